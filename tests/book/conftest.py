"""A small book with every kind of page, and one browser for all tests that look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from gillstory.book.book import Book, Page, Picture
from gillstory.book.folder import BookFolder
from gillstory.book.render import render
from gillstory.book.template import template_names

from .browser import CHROMIUM, Browser

PHOTOS = Path(__file__).parents[2] / "examples" / "photos"
TEXT = (
    'Pip walked to the meadow and counted the hens. "One, two, three," said Pip. Greta was missing, and it was cold. '
)


def painted() -> Image.Image:
    """A picture as the pocket bundle paints it: 256 pixels a side."""
    picture = Image.new("RGB", (256, 256), "skyblue")
    ImageDraw.Draw(picture).ellipse((64, 96, 192, 224), "orange")
    return picture


def sample(folder: BookFolder, lang: str = "en") -> Book:
    """Save the pictures of a book of five pages: two of the author's, three of the model's."""

    def photo(name: str) -> Image.Image:
        with Image.open(PHOTOS / name) as image:
            image.thumbnail((700, 700))
            return image.copy()

    hens = replace(folder.save_picture("page-01", photo("hens.jpg"), "author", "Four brown hens"), photo="hens.jpg")
    fox = replace(
        folder.save_picture("page-03", painted(), "generated", "A small orange fox"),
        decision={"generate": 0.834, "retrieve": 0.166},
        seed=7,
        steps=25,
        guidance_scale=5.0,
    )
    castle = replace(
        folder.save_picture("page-04", photo("castle.jpg"), "retrieved", "A castle on a hill"),
        photo="castle.jpg",
        similarity=0.31,
        decision={"generate": 0.22, "retrieve": 0.78},
        attribution="Petitemontagnedujura, public domain",
    )
    pages = (
        Page(1, ("# The meadow\n\n" + TEXT * 2, hens), author=True, heading="The meadow"),
        Page(2, ("Only three hens came. See [the list](https://example.org/hens).",), author=True),
        Page(3, (TEXT, fox, "The fox sat down."), author=False),
        Page(4, (TEXT, castle), author=False, heading="The castle"),
        Page(5, (TEXT * 16,), author=False),
    )
    return Book(
        title="Pip the Fox",
        author="Ana Torre",
        lang=lang,
        pages=pages,
        model={"name": "pocket", "licence": "Apache-2.0", "hashes": {"model.safetensors": "ab" * 32}},
        seed=7,
        source="pip.md",
        source_hash="cd" * 32,
        warnings=("page 2: no picture was found",),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[BookFolder]:
    with BookFolder(tmp_path / "pip.book").lock() as folder:
        yield folder


@pytest.fixture
def book(folder: BookFolder) -> Book:
    return sample(folder)


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The sample book as a reader gets it in each template: index.html alone, without its folder."""
    shelf = tmp_path_factory.mktemp("reader")
    with BookFolder(tmp_path_factory.mktemp("books") / "pip.book").lock() as folder:
        book = sample(folder)
        return {
            name: render(replace(book, template=name), folder).rename(shelf / f"{name}.html")
            for name in template_names()
        }


@pytest.fixture(scope="session")
def page(pages: dict[str, Path]) -> Path:
    """The sample book in the template that is taken when none is named, for tests that only look."""
    return pages["picture-book"]


@pytest.fixture(params=template_names())
def any_page(pages: dict[str, Path], request: pytest.FixtureRequest) -> Path:
    """The sample book in each template in turn."""
    return pages[request.param]


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium to look at books with; Debian: apt install chromium")
    browser = Browser(tmp_path_factory.mktemp("profile"))
    try:
        yield browser
    finally:
        browser.close()


@pytest.fixture
def write(folder: BookFolder) -> Callable[..., Path]:
    """Render a book of the given blocks, one page of the author's or the model's."""

    def write(*blocks: str | Picture, author: bool = True, title: str = "A title", lang: str = "en") -> Path:
        book = Book(title, None, lang, (Page(1, blocks, author),))
        return render(book, folder)

    return write

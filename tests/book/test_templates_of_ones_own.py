"""A template is a folder that one copies and changes; what is wrong in it is told with its file and line."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from gillstory.book.book import Book
from gillstory.book.folder import BookFolder
from gillstory.book.render import render
from gillstory.book.template import template_folder, template_names
from gillstory.errors import BookError

from .browser import Browser


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return shutil.copytree(template_folder("picture-book"), tmp_path / "my template")


def test_a_copy_that_was_changed_is_used(browser: Browser, folder: BookFolder, book: Book, mine: Path) -> None:
    assert render(replace(book, template=str(mine)), folder).read_bytes() == render(book, folder).read_bytes()
    style = mine / "style.css"
    style.write_text(style.read_text("utf-8").replace("--paper: #fbf6ec", "--paper: #eef6ff"), "utf-8")
    browser.open(render(replace(book, template=str(mine)), folder))
    assert (
        browser.evaluate("getComputedStyle(document.querySelector('.paper')).backgroundColor") == "rgb(238, 246, 255)"
    )


def test_the_page_alone_is_a_template(browser: Browser, folder: BookFolder, book: Book, tmp_path: Path) -> None:
    (tmp_path / "book.html.jinja").write_text(
        "<title>{{ title }}</title>{% for page in pages %}{{ page.texts[0].html }}"
        "{% for plate in page.plates %}<img src='{{ plate.source }}' alt='{{ plate.picture.alt }}'>{% endfor %}"
        "{% endfor %}"
    )
    browser.open(render(replace(book, template=str(tmp_path)), folder))
    assert browser.evaluate("[document.title, document.images.length]") == ["Pip the Fox", 3]


def test_the_template_that_the_documentation_shows_makes_a_book(
    browser: Browser, folder: BookFolder, book: Book, tmp_path: Path
) -> None:
    documentation = (template_folder("comic").parent / "README.md").read_text("utf-8")
    (example,) = re.findall(r"```\n(\{% extends.*?)```", documentation, re.DOTALL)
    (tmp_path / "book.html.jinja").write_text(example)
    browser.open(render(replace(book, template=str(tmp_path)), folder))
    assert browser.evaluate("document.querySelectorAll('main .leaf figure img').length") == 3
    browser.press("ArrowRight")
    assert browser.evaluate("location.hash") == "#page-1"


def test_a_picture_that_the_style_names_is_put_into_the_page(
    browser: Browser, folder: BookFolder, book: Book, mine: Path
) -> None:
    shutil.copy(folder.path / "pictures" / "page-03.png", mine / "paper.png")
    with (mine / "style.css").open("a") as style:
        style.write('body { background-image: url( "paper.png" ) }')
    page = render(replace(book, template=str(mine)), folder)
    shutil.rmtree(mine)
    browser.open(page)
    assert browser.evaluate("getComputedStyle(document.body).backgroundImage").startswith('url("data:image/png;base64,')
    assert not [address for address in browser.asked if not address.startswith(("data:", page.as_uri()))]


def test_an_unknown_template_is_told_with_those_that_there_are(folder: BookFolder, book: Book, tmp_path: Path) -> None:
    assert template_names() == ["comic", "manuscript", "picture-book", "zine"]
    with pytest.raises(BookError, match=r"no template novel\. There are: comic, manuscript, picture-book, zine"):
        render(replace(book, template="novel"), folder)
    with pytest.raises(BookError, match=r"there is no book\.html\.jinja in it"):
        render(replace(book, template=str(tmp_path)), folder)


MISTAKES = {
    "syntax": ("{% for page in pages %}", "Unexpected end of template"),
    "unknown name": ("{{ pagse }}", "'pagse' is undefined"),
    "unknown attribute": ("{{ book.titel }}", "no attribute 'titel'"),
    "unknown filter": ("{{ title|shout }}", "No filter named 'shout'"),
    "wrong type": ("{{ title + 1 }}", "can only concatenate str"),
    "division": ("{{ 1 / pages|length / 0 }}", "division by zero"),
    "forbidden": ("{{ title.__class__.__mro__ }}", "unsafe"),
    "missing part": ("{% include 'part.jinja' %}", "part.jinja"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_file_and_line(folder: BookFolder, book: Book, tmp_path: Path, mistake: str) -> None:
    line, message = MISTAKES[mistake]
    (tmp_path / "book.html.jinja").write_text(f"<title>{{{{ title }}}}</title>\n\n{line}")
    with pytest.raises(BookError, match="the template is wrong") as caught:
        render(replace(book, template=str(tmp_path)), folder)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path / 'book.html.jinja'}:3: ")


def test_a_mistake_in_a_part_is_told_with_the_part(folder: BookFolder, book: Book, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "page.jinja").write_text("\n{{ nothing }}")
    (tmp_path / "book.html.jinja").write_text("{% include 'parts/page.jinja' %}")
    with pytest.raises(BookError, match=r"parts/page\.jinja:2: the template is wrong"):
        render(replace(book, template=str(tmp_path)), folder)


@pytest.mark.parametrize(
    ("style", "message"),
    [
        ("\na { background: url(https://example.org/paper.png) }", "style.css:2: https://example.org/paper.png"),
        ("a { background: url('../secret.png') }", "style.css:1: ../secret.png is no font or picture in"),
        ("a { background: url(paper.png) }", "style.css:1: paper.png is no font or picture in"),
        ("@import url(other.css);", "style.css:1: other.css is no other style sheet in"),
        ('@import "style.css";', "style.css:1: style.css is no other style sheet in"),
        ("</style><script>", "cannot stand inside a page"),
    ],
)
def test_a_style_takes_nothing_from_elsewhere(
    folder: BookFolder, book: Book, mine: Path, style: str, message: str
) -> None:
    (mine.parent / "secret.png").touch()
    (mine / "style.css").write_text(style)
    with pytest.raises(BookError) as caught:
        render(replace(book, template=str(mine)), folder)
    assert message in str(caught.value)


def test_a_failed_render_leaves_the_last_page_as_it_was(folder: BookFolder, book: Book, tmp_path: Path) -> None:
    before = render(book, folder).read_bytes()
    (tmp_path / "book.html.jinja").write_text("{{ nothing }}")
    with pytest.raises(BookError):
        render(replace(book, template=str(tmp_path)), folder)
    assert (folder.path / "index.html").read_bytes() == before

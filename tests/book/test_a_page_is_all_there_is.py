"""index.html alone is the book: it asks for nothing, says how each picture came to be, and is the same each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gillstory.book.book import Book, Page
from gillstory.book.folder import BookFolder
from gillstory.book.render import render
from gillstory.errors import BookError

from .browser import Browser


def captions(browser: Browser) -> list[str]:
    spoken: list[str] = browser.evaluate("[...document.querySelectorAll('figcaption')].map(c => c.textContent)")
    return [" ".join(text.replace("\u202f", " ").split()) for text in spoken]


def test_nothing_is_asked_of_the_network_or_of_other_files(browser: Browser, any_page: Path) -> None:
    browser.open(any_page)
    browser.evaluate(
        "Promise.all([...document.images].map(i => i.decode())).then(() => document.fonts.ready).then(() => 1)"
    )
    assert any_page.as_uri() in browser.asked
    others = [address for address in browser.asked if not address.startswith("data:") and address != any_page.as_uri()]
    assert others == []
    cover = [] if any_page.stem == "manuscript" else [700]
    assert browser.evaluate("[...document.images].map(i => i.naturalWidth)") == [*cover, 700, 256, 700]


def test_the_typeface_comes_with_the_page(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.evaluate("document.fonts.ready.then(() => 1)")
    assert browser.evaluate("[...document.fonts].some(f => f.family === 'Alegreya' && f.status === 'loaded')")


def test_the_same_book_is_the_same_file(folder: BookFolder, book: Book) -> None:
    first = render(book, folder).read_bytes()
    folder.save(book)
    again = folder.load()
    assert again is not None
    assert render(again, folder).read_bytes() == first


def test_each_picture_says_what_it_shows_and_where_it_comes_from(browser: Browser, page: Path) -> None:
    browser.open(page)
    assert browser.evaluate("[...document.querySelectorAll('figure img')].map(i => i.alt)") == [
        "Four brown hens", "A small orange fox", "A castle on a hill"
    ]  # fmt: skip
    assert captions(browser) == [
        "the author’s picture",
        "drawn · generate 83 % seed 7, 25 steps, guidance 5",
        "photo: castle.jpg · retrieve 78 %, similarity 0.31",
    ]
    details = "document.querySelector('figcaption details').checkVisibility() && document.querySelector('details p')"
    assert browser.evaluate(f"{details}.checkVisibility({{contentVisibilityAuto: true}})") is False  # until asked for
    browser.evaluate("document.querySelector('summary').click()")
    assert browser.evaluate(f"{details}.checkVisibility({{contentVisibilityAuto: true}})") is True


def test_the_last_page_names_the_author_the_model_and_the_photographers(browser: Browser, page: Path) -> None:
    browser.open(page)
    colophon = " ".join(browser.evaluate("document.querySelector('#colophon').innerText").split())
    assert (
        "Pip the Fox was begun by Ana Torre and continued by the model pocket (Apache-2.0) from page 3 on" in colophon
    )
    assert "Page 4: Petitemontagnedujura, public domain" in colophon


def test_what_is_not_known_is_not_claimed(browser: Browser, folder: BookFolder, book: Book) -> None:
    nothing = dict.fromkeys(("decision", "seed", "steps", "guidance_scale", "similarity", "photo"))
    bare = [replace(page.pictures[0], **nothing) for page in book.pages if page.pictures]
    pages = tuple(Page(number, (picture,), author=False) for number, picture in enumerate(bare, 1))
    browser.open(render(Book("Pip", None, "en", pages), folder))
    assert captions(browser) == ["the author’s picture", "drawn", "photo: from the album"]
    assert "None" not in browser.evaluate("document.body.innerText")


def test_books_without_pictures_pages_or_author_are_books(browser: Browser, folder: BookFolder) -> None:
    for pages in ((), (Page(1, (), author=True),), (Page(1, ("One word.",), author=False),)):
        browser.open(render(Book("Pip", None, "en", pages), folder))
        assert browser.evaluate("document.querySelector('h1').textContent") == "Pip"
        assert browser.evaluate("document.querySelectorAll('main .leaf').length") == len(pages)


def test_a_missing_picture_is_named(folder: BookFolder, book: Book) -> None:
    (folder.path / "pictures" / "page-03.png").unlink()
    with pytest.raises(BookError, match=r"page-03\.png: a picture of the book cannot be read"):
        render(book, folder)


def test_a_picture_that_one_put_there_oneself_is_shown_or_named(folder: BookFolder, book: Book) -> None:
    (folder.path / "mine.webp").write_bytes(b"no picture")
    hens = replace(book.pages[0].pictures[0], file="mine.webp")
    html = render(Book("Pip", None, "en", (Page(1, (hens,), author=True),)), folder).read_text()
    assert "data:image/webp;base64," in html
    with pytest.raises(BookError, match=r"mine\.html is no picture that a book can hold"):
        render(Book("Pip", None, "en", (Page(1, (replace(hens, file="mine.html"),), author=True),)), folder)

"""A book on paper: a PDF as the browser prints it, and sheets that fold into a booklet."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from PIL import Image
from pypdf import PdfReader

from gillstory.book.book import Book, Page
from gillstory.book.folder import BookFolder
from gillstory.book.pdf import folded, render_booklet, render_pdf
from gillstory.errors import BookError

from .browser import CHROMIUM

needs_browser = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium to print with; Debian: apt install chromium"
)
MILLIMETRE = 72 / 25.4


@needs_browser
def test_a_pdf_has_all_texts_and_pictures(folder: BookFolder, book: Book) -> None:
    pdf = PdfReader(render_pdf(replace(book, template="manuscript"), folder))
    text = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
    assert "pip the fox" in text.lower()
    assert "The fox sat down." in text
    assert "About this book" in text
    assert sum(len(page.images) for page in pdf.pages) >= 3
    assert [entry.name for entry in folder.path.iterdir() if "printing" in entry.name] == []


@needs_browser
@pytest.mark.parametrize("template", ["picture-book", "comic"])
def test_a_page_with_much_text_and_a_picture_is_one_sheet(folder: BookFolder, template: str) -> None:
    fox = folder.save_picture("fox", Image.new("RGB", (256, 256), "orange"), "generated", "A fox")
    text = "Pip was a small fox who lived in the forest, and it was night. " * 12
    pages = (Page(1, (text, fox), author=True), Page(2, (text[:200], fox, text[:200]), author=True))
    pdf = PdfReader(render_pdf(Book("Pip", None, "en", pages, template=template), folder))
    assert len(pdf.pages) == 4  # with the cover and the colophon


@needs_browser
def test_a_booklet_is_a5_with_bleed_and_folds_in_the_right_order(folder: BookFolder, book: Book) -> None:
    sheets = PdfReader(render_booklet(replace(book, template="picture-book"), folder, {"Pip": "a small fox"})).pages
    assert len(sheets) == 4  # two sheets, both sides: cover, cast, five pages, colophon
    trim, media = sheets[0].trimbox, sheets[0].mediabox
    assert float(trim.width) == pytest.approx(296 * MILLIMETRE, abs=2)
    assert float(trim.height) == pytest.approx(210 * MILLIMETRE, abs=2)
    assert float(trim.left - media.left) == pytest.approx(3 * MILLIMETRE, abs=0.5)
    outside = sheets[0].extract_text()
    assert "Pip the Fox" in outside and "About this book" in outside  # the cover, and the back
    assert "Who is who" in sheets[1].extract_text()


@pytest.mark.parametrize(
    ("pages", "sides"),
    [
        (2, [(1, 0), (None, None)]),
        (4, [(3, 0), (1, 2)]),
        (6, [(5, 0), (1, None), (None, 2), (3, 4)]),
        (8, [(7, 0), (1, 6), (5, 2), (3, 4)]),
    ],
)
def test_pages_lie_on_sheets_as_folding_asks_for(pages: int, sides: list[tuple[int | None, int | None]]) -> None:
    assert folded(pages) == sides
    assert len(sides) % 2 == 0


@needs_browser
def test_a_booklet_in_hebrew_is_bound_on_the_right(folder: BookFolder) -> None:
    book = Book("Pip", None, "he", (Page(1, ("Pip slept.",), author=True),))
    outside = PdfReader(render_booklet(book, folder)).pages[0]
    places: dict[str, float] = {}

    def note(text: str, matrix: list[float], place: list[float], *_: object) -> None:
        places.setdefault(text.strip(), matrix[4] + matrix[0] * place[4])

    outside.extract_text(visitor_text=note)
    about = next(x for text, x in places.items() if "About this book" in text)
    assert about > float(outside.mediabox.width) / 2  # the back is on the right, the cover on the left


def test_without_a_browser_one_is_told_what_to_do(
    folder: BookFolder, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(BookError, match=r"no browser to print with\. Install Chromium or Google Chrome, or open"):
        render_pdf(book, folder)
    assert not (folder.path / "book.pdf").exists()

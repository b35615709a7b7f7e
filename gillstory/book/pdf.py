"""A book and its folder in, a PDF out: `book.pdf`, a sheet a page, or `booklet.pdf`, to be folded.

A headless Chromium prints the page that a reader would print, so the look is the template's. A booklet's pages are A5
with bleed, laid two and two on sheets in the order that folding asks for.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from gillstory.book.book import Book
from gillstory.book.folder import BookFolder
from gillstory.book.layout import direction
from gillstory.book.render import NOBODY, to_html
from gillstory.errors import BookError

PDF, BOOKLET, BOOKLET_STYLE = "book.pdf", "booklet.pdf", "booklet.css"
BLEED = 3 * 72 / 25.4  # points: 3 mm on each side of a booklet's page, as in booklet.css
BROWSERS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)  # fmt: skip
PATIENCE = 300  # seconds for a very long book on a slow machine


def render_pdf(book: Book, folder: BookFolder, cast: Mapping[str, str] = NOBODY) -> Path:
    """Write book.pdf.

    Parameters are those of `render`.

    Raises
    ------
    BookError : there is no browser to print with, or what `render` raises.
    """
    return folder.save_export(PDF, _printed(to_html(book, folder, cast), folder))


def render_booklet(book: Book, folder: BookFolder, cast: Mapping[str, str] = NOBODY) -> Path:
    """Write booklet.pdf: to be printed on both sides, turned along the short edge, folded once in the middle.

    Parameters and errors are those of `render_pdf`.
    """
    html = to_html(book, folder, cast, also=BOOKLET_STYLE)
    return folder.save_export(BOOKLET, impose(_printed(html, folder), direction(book.lang) == "rtl"))


def impose(pdf: bytes, right_to_left: bool = False) -> bytes:
    """Lay a PDF's pages two and two on sheets, in the order of a folded booklet.

    Each sheet's TrimBox is where it is cut; at the fold there is no bleed, so that no page reaches into the other.
    """
    from pypdf import PdfReader, PdfWriter, Transformation
    from pypdf.generic import RectangleObject

    pages = PdfReader(io.BytesIO(pdf)).pages
    width, height = float(pages[0].mediabox.width), float(pages[0].mediabox.height)
    writer = PdfWriter()
    for pair in folded(len(pages)):
        sheet = writer.add_blank_page(2 * width - 2 * BLEED, height)
        for side, number in enumerate(reversed(pair) if right_to_left else pair):
            if number is None:
                continue
            page = pages[number]
            inner = (0, 0, width - BLEED, height) if side == 0 else (BLEED, 0, width, height)
            page.cropbox = RectangleObject(inner)  # what is laid on the sheet of it
            sheet.merge_transformed_page(page, Transformation().translate(side * (width - 2 * BLEED), 0))
        sheet.trimbox = RectangleObject((BLEED, BLEED, 2 * width - 3 * BLEED, height - BLEED))
    sheets = io.BytesIO()
    writer.write(sheets)
    return sheets.getvalue()


def folded(pages: int) -> list[tuple[int | None, int | None]]:
    """Give the pages, counted from 0, on the left and right of each side of each sheet; None is a blank one.

    The last page stands on the back; blank ones, where the number is no multiple of four, come before it.
    """
    blanks = -pages % 4
    order: list[int | None] = [*range(pages - 1), *[None] * blanks, pages - 1]
    sides: list[tuple[int | None, int | None]] = []
    for outer in range(0, len(order) // 2, 2):
        sides.append((order[-1 - outer], order[outer]))
        sides.append((order[outer + 1], order[-2 - outer]))
    return sides


def _printed(html: str, folder: BookFolder) -> bytes:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise BookError(
            "there is no browser to print with",
            remedy="Install Chromium or Google Chrome, or open index.html in your browser and print it from there",
        )
    # In the book's folder: a browser that comes as a snap sees neither /tmp nor hidden folders.
    with tempfile.TemporaryDirectory(prefix="printing-", dir=folder.path, ignore_cleanup_errors=True) as name:
        page, pdf = Path(name, "book.html"), Path(name, "book.pdf")
        page.write_text(html, encoding="utf-8", errors="replace")
        command = [browser, "--headless", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage"]
        command += ["--no-pdf-header-footer", "--generate-pdf-document-outline", f"--print-to-pdf={pdf}"]
        command += [f"--user-data-dir={Path(name, 'profile')}"]
        if getattr(os, "geteuid", lambda: 1)() == 0:
            command.append("--no-sandbox")  # for root, as in a container, Chromium starts only so
        try:
            subprocess.run([*command, page.resolve().as_uri()], capture_output=True, timeout=PATIENCE, check=True)
            return pdf.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise BookError(
                f"the browser {browser} could not print the book ({error.__class__.__name__})",
                remedy="Open index.html in your browser and print it from there",
            ) from error

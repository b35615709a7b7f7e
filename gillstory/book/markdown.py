"""A book and its folder in, one `book.md` out beside its pictures: for a blog, a wiki, or pandoc and what it makes.

The texts are as they were written. Unlike story.md, which is to be continued, it begins with the title and has no
settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from gillstory.book.book import Book, Page, Picture
from gillstory.book.folder import BookFolder
from gillstory.book.render import NOBODY

MARKDOWN = "book.md"


def render_markdown(book: Book, folder: BookFolder, cast: Mapping[str, str] = NOBODY) -> Path:
    """Write book.md.

    Parameters
    ----------
    cast : who each name is, for a list after the title.

    Raises
    ------
    BookError : a picture is missing, or the folder cannot be written.
    """
    for picture in book.pictures:
        folder.read_picture(picture)  # a link to nothing is said now
    parts = [f"# {book.title}"]
    if book.author:
        parts.append(f"*{book.author}*")
    if cast:
        parts.append("\n".join(f"- **{name}**: {description}" for name, description in cast.items()))
    for page in book.pages:
        parts.extend(_page(page, book))
    return folder.save_export(MARKDOWN, "\n\n".join(parts) + "\n")


def _page(page: Page, book: Book) -> Iterator[str]:
    """Give a page's parts: its heading, or a line that parts it from the page before, then texts and pictures."""
    first = page.blocks[0] if page.blocks and isinstance(page.blocks[0], str) else ""
    begins_with_heading = first.lstrip().partition("\n")[0].lstrip("# ").strip() == page.heading
    if page.heading and not begins_with_heading and page.heading != book.title:
        yield f"## {page.heading}"
    elif not page.heading and page.number > 1:
        yield "---"
    for block in page.blocks:
        yield _picture(block) if isinstance(block, Picture) else block.strip("\n")


def _picture(picture: Picture) -> str:
    alt = "".join(f"\\{letter}" if letter in "\\[]" else letter for letter in " ".join(picture.alt.split()))
    return f"![{alt}]({quote(picture.file)})"

"""A book and its folder in, one `index.html` out that needs nothing else: no network, no files beside it.

The look is the template's; the pictures are put into the page as data.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from gillstory.book.book import Book, Picture
from gillstory.book.folder import BookFolder
from gillstory.book.layout import lay_out
from gillstory.book.template import fill, policy, read_script, read_style, template_folder
from gillstory.errors import BookError

MEDIA_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}
NOBODY: Mapping[str, str] = MappingProxyType({})


def render(book: Book, folder: BookFolder, cast: Mapping[str, str] = NOBODY) -> Path:
    """Write the book's index.html: the same book and template, the same bytes.

    Parameters
    ----------
    cast : who each name is, for a page of its own after the cover; without any, there is no such page.

    Raises
    ------
    BookError : the template is unknown or wrong, a picture is missing, or the folder cannot be written.
    """
    return folder.save_html(to_html(book, folder, cast))


def to_html(book: Book, folder: BookFolder, cast: Mapping[str, str], also: str | None = None) -> str:
    """Give the page that `render` writes; `also` is a style sheet of the template's that comes after its own."""
    theme = template_folder(book.template)
    style, script = read_style(theme), read_script(theme)
    if also is not None:
        style += read_style(theme, also)
    contents = lay_out(book, folder, cast, lambda picture: _data(picture, folder))
    return fill(theme, {**contents, "style": style, "script": script, "policy": policy(style, script)})


def _data(picture: Picture, folder: BookFolder) -> str:
    return f"data:{media_type(picture)};base64,{base64.b64encode(folder.read_picture(picture)).decode()}"


def media_type(picture: Picture) -> str:
    """Give a picture's media type.

    Raises
    ------
    BookError : it is of no kind that a browser shows.
    """
    try:
        return MEDIA_TYPES[PurePosixPath(picture.file).suffix.lower()]
    except KeyError:
        raise BookError(
            f"{picture.file} is no picture that a book can hold", remedy=f"Use one of: {', '.join(MEDIA_TYPES)}"
        ) from None

"""A book and its folder in, one `index.html` out that needs nothing else: no network, no files beside it.

The look is the template's. Here the texts are set, the pictures are put into the page as data, and what a template
cannot easily tell by itself is worked out: the reading direction, and the colour that the first picture suggests.
"""

from __future__ import annotations

import base64
import cmath
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from math import pi
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from markupsafe import Markup
from PIL import Image

from gillstory.book.book import Book, Page, Picture
from gillstory.book.folder import BookFolder
from gillstory.book.prose import Prose, to_line, to_prose
from gillstory.book.template import fill, template_folder
from gillstory.errors import BookError

RIGHT_TO_LEFT = frozenset("ar arc ckb dv fa he iw ks ps sd ug ur yi".split())
MEDIA_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}


@dataclass(frozen=True)
class Plate:
    """A picture as a template shows it: what the book knows of it, and its data as an address, `source`."""

    picture: Picture
    source: str


@dataclass(frozen=True)
class Leaf:
    """A page as a template shows it.

    Attributes
    ----------
    heading : HTML; None where the page has none, or where it repeats the title on the first page.
    length, words : of its text: characters, and what stands between spaces.
    """

    number: int
    author: bool
    heading: Markup | None
    blocks: tuple[Prose | Plate, ...]

    @property
    def texts(self) -> tuple[Prose, ...]:
        return tuple(block for block in self.blocks if isinstance(block, Prose))

    @property
    def plates(self) -> tuple[Plate, ...]:
        return tuple(block for block in self.blocks if isinstance(block, Plate))

    @property
    def length(self) -> int:
        return sum(text.length for text in self.texts)

    @property
    def words(self) -> int:
        return sum(len(text.html.striptags().split()) for text in self.texts)


def render(
    book: Book,
    folder: BookFolder,
    template: str | os.PathLike[str] = "picture-book",
    cast: Mapping[str, str] = MappingProxyType({}),
) -> Path:
    """Write the book's index.html: the same book and template, the same bytes.

    Parameters
    ----------
    template : a name, or a folder with a template of one's own.
    cast : who each name is, for a page of its own after the cover; without any, there is no such page.

    Raises
    ------
    BookError : the template is unknown or wrong, a picture is missing, or the folder cannot be written.
    """
    theme = template_folder(template)
    leaves = [_leaf(page, book, folder) for page in book.pages]
    plates = [plate for leaf in leaves for plate in leaf.plates]
    contents = {
        "book": book,
        "title": to_line(book.title, book.lang).striptags(),
        "pages": leaves,
        "cast": {name: to_line(description, book.lang) for name, description in cast.items()},
        "cover": plates[0] if plates else None,
        "hue": _hue(folder.read_picture(plates[0].picture)) if plates else None,
        "direction": "rtl" if book.lang.lower().split("-")[0] in RIGHT_TO_LEFT else "ltr",
    }
    return folder.save_html(fill(theme, contents))


def _leaf(page: Page, book: Book, folder: BookFolder) -> Leaf:
    repeats_title = page.number == 1 and page.heading == book.title
    heading = to_line(page.heading, book.lang) if page.heading and not repeats_title else None
    return Leaf(page.number, page.author, heading, tuple(_blocks(page, book, folder)))


def _blocks(page: Page, book: Book, folder: BookFolder) -> Iterator[Prose | Plate]:
    heading = page.heading
    for block in _joined(page.blocks):
        if isinstance(block, str):
            prose = to_prose(block, book.lang, heading=heading, links=page.author)
            heading = None  # only the first text may begin with it
            if prose.html:
                yield prose
        else:
            yield Plate(
                block, f"data:{_media_type(block)};base64,{base64.b64encode(folder.read_picture(block)).decode()}"
            )


def _joined(blocks: Iterable[str | Picture]) -> Iterator[str | Picture]:
    """Give texts that follow one another as one, so that texts and pictures alternate."""
    for is_text, group in groupby(blocks, lambda block: isinstance(block, str)):
        if is_text:
            yield "\n\n".join(block for block in group if isinstance(block, str))
        else:
            yield from group


def _media_type(picture: Picture) -> str:
    try:
        return MEDIA_TYPES[PurePosixPath(picture.file).suffix.lower()]
    except KeyError:
        raise BookError(
            f"{picture.file} is no picture that a book can hold", remedy=f"Use one of: {', '.join(MEDIA_TYPES)}"
        ) from None


def _hue(picture: bytes) -> int | None:
    """Give the colour that a picture is mostly made of, in degrees around the colour wheel; None if grey or damaged."""
    try:
        with Image.open(io.BytesIO(picture)) as image:
            small = image.convert("RGB").resize((32, 32), Image.Resampling.BOX).convert("HSV")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    pixels = list(zip(*[iter(small.tobytes())] * 3, strict=True))
    mean = sum(s * v * cmath.rect(1, h / 256 * 2 * pi) for h, s, v in pixels) / (255 * 255 * len(pixels))
    return round(cmath.phase(mean) / pi * 180) % 360 if abs(mean) > 0.02 else None

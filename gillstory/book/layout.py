"""A book in, what templates show of it out: set texts, pictures with their addresses, the reading direction, a colour.

Where a picture's address leads is the format's: data inside the page, or a file beside it.
"""

from __future__ import annotations

import cmath
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from math import pi
from typing import Any

from markupsafe import Markup
from PIL import Image

from gillstory.book.book import Book, Page, Picture
from gillstory.book.folder import BookFolder
from gillstory.book.prose import Prose, to_line, to_prose

RIGHT_TO_LEFT = frozenset("ar arc ckb dv fa he iw ks ps sd ug ur yi".split())


@dataclass(frozen=True)
class Plate:
    """A picture as a template shows it: what the book knows of it, and its address, `source`."""

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


def lay_out(
    book: Book, folder: BookFolder, cast: Mapping[str, str], address: Callable[[Picture], str]
) -> dict[str, Any]:
    """Give what a template finds of a book, by name: `book`, `title`, `pages`, `cast`, `cover`, `hue`, `direction`.

    Parameters
    ----------
    cast : who each name is, in Markdown.
    address : what a template writes to show a picture.

    Raises
    ------
    BookError : a picture is missing.
    """
    leaves = [_leaf(page, book, address) for page in book.pages]
    plates = [plate for leaf in leaves for plate in leaf.plates]
    return {
        "book": book,
        "title": to_line(book.title, book.lang).striptags(),
        "pages": leaves,
        "cast": {name: to_line(description, book.lang) for name, description in cast.items()},
        "cover": plates[0] if plates else None,
        "hue": _hue(folder.read_picture(plates[0].picture)) if plates else None,
        "direction": direction(book.lang),
    }


def direction(lang: str) -> str:
    """Say which way a language is written: "ltr" or "rtl"."""
    return "rtl" if lang.lower().split("-")[0] in RIGHT_TO_LEFT else "ltr"


def _leaf(page: Page, book: Book, address: Callable[[Picture], str]) -> Leaf:
    repeats_title = page.number == 1 and page.heading == book.title
    heading = to_line(page.heading, book.lang) if page.heading and not repeats_title else None
    return Leaf(page.number, page.author, heading, tuple(_blocks(page, book, address)))


def _blocks(page: Page, book: Book, address: Callable[[Picture], str]) -> Iterator[Prose | Plate]:
    heading = page.heading
    for block in _joined(page.blocks):
        if isinstance(block, str):
            prose = to_prose(block, book.lang, heading=heading, links=page.author)
            heading = None  # only the first text may begin with it
            if prose.html:
                yield prose
        else:
            yield Plate(block, address(block))


def _joined(blocks: Iterable[str | Picture]) -> Iterator[str | Picture]:
    """Give texts that follow one another as one, so that texts and pictures alternate."""
    for is_text, group in groupby(blocks, lambda block: isinstance(block, str)):
        if is_text:
            yield "\n\n".join(block for block in group if isinstance(block, str))
        else:
            yield from group


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

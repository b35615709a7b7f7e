"""What a book is: pages of text and pictures, and how each picture came to be; to book.json and back.

In: what the storyteller wrote, painted and found. Out: one JSON text from which the book can be rendered again, changed
or continued. It exists so that everything that made a book is on record beside it, in a file that a person can read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path, PurePosixPath
from typing import Any, Literal, get_args

from gillstory.errors import BookError

FORMAT = 1
Origin = Literal["author", "retrieved", "generated"]


@dataclass(frozen=True)
class Picture:
    """A picture in a book, and where it came from.

    Attributes
    ----------
    file : where it is in the book's folder, with slashes: "pictures/page-03.png".
    alt : what it shows, for those who cannot see it; empty when nobody said.
    own_alt : the author wrote that, for a picture that is not the author's.
    width, height : pixels.
    origin : "author" (in the story already), "retrieved" (a photo) or "generated" (painted).
    photo : the photo's file name, without its folder.
    similarity : of the photo to what the story asked for, cosine, -1 to 1.
    decision : the probabilities of "generate" and "retrieve".
    seed, steps, guidance_scale : what it was painted with.
    attribution : who made the photo and under which licence, where that is known.
    reason : why it was painted although a photo was wanted.
    sha256 : of the file, as it was written; another one has been put in its place.
    """

    file: str
    alt: str
    width: int
    height: int
    origin: Origin
    photo: str | None = None
    similarity: float | None = None
    decision: Mapping[str, float] | None = None
    seed: int | None = None
    steps: int | None = None
    guidance_scale: float | None = None
    attribution: str | None = None
    reason: str | None = None
    sha256: str | None = None
    own_alt: bool = False


@dataclass(frozen=True)
class Page:
    """A page: Markdown texts and pictures in reading order.

    Attributes
    ----------
    number : counted from 1.
    author : written by the story's author, not by the model.
    heading : the page's heading; a text may begin with it too, it is shown once.
    pending : its picture is yet to be made, or to be made again.
    """

    number: int
    blocks: tuple[str | Picture, ...]
    author: bool
    heading: str | None = None
    pending: bool = False

    @property
    def pictures(self) -> tuple[Picture, ...]:
        return tuple(block for block in self.blocks if isinstance(block, Picture))


@dataclass(frozen=True)
class Book:
    """A book with all that made it.

    Attributes
    ----------
    lang : the story's language, a BCP 47 tag such as "en" or "pt-BR".
    model : the bundle's "name", "licence" and "hashes" (SHA-256 by weight file).
    template : what the book looks like: a name, or a folder with a template of one's own.
    source, source_hash : the story's file name and the SHA-256 of its bytes.
    story_hash : the SHA-256 of story.md as it belongs to this book; another one has been edited.
    warnings : what did not work out while the book was made.
    """

    title: str
    author: str | None
    lang: str
    pages: tuple[Page, ...]
    model: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    template: str = "picture-book"
    source: str | None = None
    source_hash: str | None = None
    story_hash: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def pictures(self) -> tuple[Picture, ...]:
        return tuple(picture for page in self.pages for picture in page.pictures)

    def to_json(self) -> str:
        """Give the book as JSON: the same book, the same bytes."""
        content = {"format": FORMAT, **_plain(self), "pages": [_page_to_json(page) for page in self.pages]}
        return json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str, file: Path) -> Book:
        """Read what `to_json` wrote.

        Raises
        ------
        BookError : a newer gillstory wrote it, or it is damaged; `file` is named.
        """
        try:
            content = json.loads(text, parse_constant=_no_number)
            version = _of(content, dict)["format"]
            if type(version) is int and version > FORMAT:
                raise BookError(
                    f"written by a newer gillstory (format {version}, this one reads {FORMAT})",
                    file=file,
                    remedy="Update gillstory, or name another folder with --output",
                )
            if version != FORMAT:
                raise ValueError(f"format {version!r} is unknown")
            return _book_from_json(content)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            line = error.lineno if isinstance(error, json.JSONDecodeError) else None
            what = f"{error} is missing" if isinstance(error, KeyError) else str(error).splitlines()[0]
            raise BookError(
                f"the book is damaged ({what})",
                file=file,
                line=line,
                remedy="Restore the file from a copy, or name another folder with --output",
            ) from error


def _plain(thing: Book | Page | Picture) -> dict[str, Any]:
    """Give a dataclass's own fields as a dictionary, one level deep: what lies below is JSON already."""
    return {f.name: getattr(thing, f.name) for f in fields(thing)}


def _page_to_json(page: Page) -> dict[str, Any]:
    blocks = [{"text": block} if isinstance(block, str) else {"picture": _plain(block)} for block in page.blocks]
    return {**_plain(page), "blocks": blocks}


def _book_from_json(content: dict[str, Any]) -> Book:
    return Book(
        title=_of(content["title"], str),
        author=_of(content["author"], str, None),
        lang=_of(content["lang"], str),
        pages=tuple(_page_from_json(_of(page, dict)) for page in _of(content["pages"], list)),
        model=_of(content["model"], dict),
        seed=_of(content["seed"], int, None),
        template=_of(content["template"], str),
        source=_of(content["source"], str, None),
        source_hash=_of(content["source_hash"], str, None),
        story_hash=_of(content.get("story_hash"), str, None),
        warnings=tuple(_of(warning, str) for warning in _of(content["warnings"], list)),
    )


def _page_from_json(content: dict[str, Any]) -> Page:
    blocks = [_of(block, dict) for block in _of(content["blocks"], list)]
    return Page(
        number=_of(content["number"], int),
        blocks=tuple(
            _picture_from_json(_of(b["picture"], dict)) if "picture" in b else _of(b["text"], str) for b in blocks
        ),
        author=_of(content["author"], bool),
        heading=_of(content["heading"], str, None),
        pending=_of(content.get("pending", False), bool),
    )


def _picture_from_json(content: dict[str, Any]) -> Picture:
    file = PurePosixPath(_of(content["file"], str))
    if file.is_absolute() or ".." in file.parts or set("\\\0") & set(str(file)):
        raise ValueError(f"picture {str(file)!r} is not in the book's folder")
    if content["origin"] not in get_args(Origin):
        raise ValueError(f"picture {str(file)!r}: origin {content['origin']!r} is unknown")
    if min(_of(content["width"], int), _of(content["height"], int)) < 1:
        raise ValueError(f"picture {str(file)!r} is {content['width']} x {content['height']} pixels")
    decision = _of(content["decision"], dict, None)
    return Picture(
        file=str(file),
        alt=_of(content["alt"], str),
        width=content["width"],
        height=content["height"],
        origin=content["origin"],
        photo=_of(content["photo"], str, None),
        similarity=_of(content["similarity"], float, None),
        decision=decision and {_of(name, str): _of(p, float) for name, p in decision.items()},
        seed=_of(content["seed"], int, None),
        steps=_of(content["steps"], int, None),
        guidance_scale=_of(content["guidance_scale"], float, None),
        attribution=_of(content.get("attribution"), str, None),
        reason=_of(content.get("reason"), str, None),
        sha256=_of(content.get("sha256"), str, None),
        own_alt=_of(content.get("own_alt", False), bool),
    )


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _of(value: Any, *kinds: type | None) -> Any:
    """Give a value of one of these kinds; an int is a float too, a bool is no int."""
    if value is None and None in kinds:
        return None
    if type(value) in kinds:
        return value
    if float in kinds and type(value) is int:
        return float(value)
    expected = " or ".join("null" if kind is None else kind.__name__ for kind in kinds)
    raise TypeError(f"{json.dumps(value)[:40]} where {expected} should be")

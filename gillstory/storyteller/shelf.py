"""Where a book goes, and whether the book that is there already goes on or makes room.

A book goes on if it was made of the same things. If it was made of others, it is kept under another name: nothing of
the user's is ever lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from gillstory.book.book import Book
from gillstory.book.folder import BOOK, STORY, BookFolder
from gillstory.errors import BookError, PictureError
from gillstory.gill.model import Gill
from gillstory.photos.files import real_path
from gillstory.story import Story, StoryPicture
from gillstory.storyteller.edits import SHOWN
from gillstory.storyteller.options import Options
from gillstory.storyteller.photos import sha256_of

ENDING = ".book"
MADE_OF = (
    "name",
    "licence",
    "hashes",
    "settings",
    "pictures",
    "photos",
    "author_pictures",
    "style",
)  # of a book's `model`
STYLE = "style"  # in a book's `model`: of its pictures, where it was named for the whole book and not in the story


def holds(folder: BookFolder, file: Path) -> bool:
    """Whether a story's file is the story.md of the book in this folder."""
    return (folder.path / BOOK).is_file() and file.resolve() == (folder.path / STORY).resolve()


def book_path(file: Path, output: Path | None) -> Path:
    """Where the book of a story goes: `output`, or beside the story, or the book that the story is part of.

    Raises
    ------
    BookError : the book's story.md would replace the story itself.
    """
    file = file.resolve()
    if output is None:
        return file.parent if holds(BookFolder(file.parent), file) else file.with_name(file.stem + ENDING)
    output = output.expanduser()
    if holds(BookFolder(output), file):
        return output
    if file in (output.resolve() / STORY, output.resolve()):
        remedy = "Name another folder with --output, or leave it out"
        raise BookError("the book would replace the story that it continues", file=file, remedy=remedy)
    return output


def empty_book(story: Story, gill: Gill, options: Options) -> Book:
    """A book without pages, with all that decides what its pages will be."""
    photos = options.photos if options.looks_at_photos else None
    model: dict[str, Any] = {
        **_model(gill),
        "pictures": options.pictures,
        "photos": None
        if photos is None
        else _secret(real_path(photos), f"{story.settings.photos_since} {story.settings.photos_until}"),
        "author_pictures": _secret(*map(_hash_of, _pictures(story))),
        **({STYLE: options.style} if options.style else {}),
        SHOWN: {},
    }
    book = Book(
        title=story.title,
        author=story.settings.author,
        lang=story.settings.lang,
        pages=(),
        model=model,
        seed=options.seed or 0,
        source=story.file.name,
        source_hash=story.sha256,
    )
    return looking(book, options)


def going_on(book: Book, gill: Gill) -> Book:
    """The book, as it goes on with this model from its own story.md.

    Its seed stays, whatever that of this run: by that the story from which it was made knows it again.
    """
    return replace(book, model={**book.model, **_model(gill)})


def looking(book: Book, options: Options) -> Book:
    """The book, as it is asked to look."""
    return replace(book, template=options.template or book.template)


@contextmanager
def opened(folder: BookFolder, empty: Book, tell: Callable[[str], None]) -> Iterator[None]:
    """Hold the folder of a book that is to be made of the same things as `empty`.

    A book that was made of other things is moved to a free name beside it.

    Raises
    ------
    BookError : another run holds the folder, or it cannot be used.
    """
    with folder.lock():
        book = folder.load()
        if book is None or _made_of(book) == _made_of(empty):
            yield
            return
        kept = _free_name(folder.path)
        folder.path.rename(kept)  # while the lock is held, so that no other run begins in between
    tell(f"the book that was there was made of another story, seed or model; it is kept: {kept}")
    with folder.lock():
        yield


def with_shown(book: Book, picture: str, photo: str) -> Book:
    """The book, with a note of which photo a picture shows."""
    return replace(book, model={**book.model, SHOWN: {**book.model[SHOWN], picture: photo}})


def shown_photos(book: Book) -> list[str]:
    """The SHA-256 of the photos that a book shows."""
    files = {picture.file for picture in book.pictures}
    return [photo for file, photo in book.model[SHOWN].items() if file in files]


def _model(gill: Gill) -> dict[str, Any]:
    bundle = gill.bundle
    settings = repr((bundle.sizes, bundle.language, bundle.painting, bundle.writing, bundle.photos))
    return {
        "name": bundle.name,
        "licence": bundle.licence,
        "hashes": bundle.hashes(),
        "settings": hashlib.sha256(settings.encode()).hexdigest(),
    }


def _made_of(book: Book) -> tuple[Any, ...]:
    return book.source_hash, book.seed, *(book.model.get(name) for name in MADE_OF)


def _free_name(path: Path) -> Path:
    """A name for an earlier book: fox.1.book, fox.2.book, ..."""
    number = 1
    while True:
        kept = path.with_name(f"{path.name.removesuffix(ENDING)}.{number}{ENDING}")
        if not kept.exists():
            return kept
        number += 1


def _pictures(story: Story) -> Iterator[Path]:
    for page in story.pages:
        yield from (turn.path for turn in page.turns if isinstance(turn, StoryPicture))
    yield from (member.picture for member in story.settings.cast if member.picture is not None)


def _hash_of(picture: Path) -> str:
    try:
        return sha256_of(picture)
    except PictureError:
        return ""


def _secret(*parts: str) -> str:
    """One short number for some texts: books travel, and where somebody's photos lie is nobody else's business."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

"""A page's picture made again: another one in its place, or several to choose from; and one of those taken.

The choice lies in the book's folder, as a book of its own in `variants/page-03/`, with a contact sheet to look at. To
take one needs no model.
"""

from __future__ import annotations

import hashlib
import html
import io
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from gillstory.book.book import Book, Page, Picture
from gillstory.book.folder import BookFolder
from gillstory.book.render import render
from gillstory.errors import BookError
from gillstory.story import Settings, Story
from gillstory.storyteller.cast import who_is_who
from gillstory.storyteller.edits import SHOWN, free_name, held_book, made_by_us, place_picture, written_picture
from gillstory.storyteller.options import Listener, Options
from gillstory.storyteller.wishes import written_back

if TYPE_CHECKING:
    from gillstory.gill.model import Gill

VARIANTS = "variants"
SHEET = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'">
<title>{title}</title><style>
body {{ font: 1rem/1.4 system-ui, sans-serif; margin: 2rem; color-scheme: light dark }}
div {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)); gap: 1.5rem }}
figure {{ margin: 0 }} img {{ width: 100%; height: auto }}
</style></head><body><main><h1>{title}</h1><p>{text}</p><div>
{figures}
</div><p>Take one with <code>{command}</code></p></main></body></html>
"""
FIGURE = (
    '<figure><img src="{file}" width="{width}" height="{height}" alt="{alt}"><figcaption>{number}: {how}</figcaption>'
    "</figure>"
)


def redo(path: Path, page: int, gill: Gill, options: Options, listener: Listener) -> None:
    """Make a page's picture again, with `options.seed` or another seed than before.

    Raises
    ------
    BookError : there is no such book or page, or the page shows a picture of the author's.
    StoryError : the book's story.md cannot be read.
    """
    from gillstory.storyteller.painting import done
    from gillstory.storyteller.shelf import looking
    from gillstory.storyteller.telling import Telling, require_pictures

    require_pictures(gill, options)
    with _book(path, page) as (folder, book, story):
        telling = Telling(gill, options, folder, listener, looking(book, options), story)
        telling.read_until(page)
        seed = _seeds(book, page, 1)[0] if options.seed is None else options.seed
        done(telling.illustrate(book.pages[page - 1], seed), gill, listener)


def make_variants(path: Path, page: int, count: int, gill: Gill, options: Options, listener: Listener) -> Path:
    """Make so many pictures for a page, to choose from; give the contact sheet.

    Raises
    ------
    As `redo`.
    """
    from gillstory.storyteller.painting import done
    from gillstory.storyteller.telling import Telling, require_pictures

    require_pictures(gill, options)
    with _book(path, page) as (folder, book, story), _variants(folder, page).lock() as into:
        telling = Telling(gill, options, folder, listener, book, story)
        telling.read_until(page)
        seeds = _seeds(book, page, count)
        if options.seed is not None:
            seeds = [options.seed + number for number in range(count)]
        made = done(telling.variants(book.pages[page - 1], seeds, into), gill, listener)
        shown = {found.picture.file: found.photo for found in made if found.photo is not None}
        pictures = tuple(found.picture for found in made)
        title = f"{book.title}: page {page}"
        into.save(Book(title, book.author, book.lang, (Page(page, pictures, author=False),), {SHOWN: shown}))
        texts = [block for block in book.pages[page - 1].blocks if isinstance(block, str)]
        command = f"gillstory redo {shlex.quote(str(path))} --page {page} --pick 1"
        return into.save_html(_sheet(title, " ".join(texts), pictures, command))


def pick(path: Path, page: int, number: int) -> Picture:
    """Take a variant as the page's picture.

    Raises
    ------
    BookError : there is no such book, page or variant.
    """
    with _book(path, page) as (folder, book, story):
        chosen = _variants(folder, page)
        pictures = (chosen.load() or Book("", None, "en", ())).pictures
        if not 1 <= number <= len(pictures):
            there = f"there are {len(pictures)} variants of page {page}" if pictures else f"page {page} has no variants"
            raise BookError(there, file=path, remedy=f"Make some: gillstory redo {path} --page {page} --variants 4")
        variant = pictures[number - 1]
        image = Image.open(io.BytesIO(chosen.read_picture(variant)))
        name = free_name(page, book)
        saved = folder.save_picture(name, image, variant.origin, variant.alt)
        picture = replace(variant, file=saved.file, width=saved.width, height=saved.height, sha256=saved.sha256)
        shown = (chosen.load() or book).model.get(SHOWN, {}).get(variant.file)
        if shown is not None:
            book = replace(book, model={**book.model, SHOWN: {**book.model.get(SHOWN, {}), picture.file: shown}})
        old = made_by_us(book.pages[page - 1])
        attributes = {} if old is None else written_picture(story, page, old, folder.path).attributes
        book, _ = place_picture(folder, book, story, page, picture, written_back(attributes, picture))
        render(book, folder, who_is_who(story.settings.cast))
        if old is not None:
            folder.forget(old)
        return picture


def checked(path: Path, page: int) -> Settings:
    """Say what is wrong with a book or a page before a model is loaded; give what its story says at its top.

    Raises
    ------
    As `redo`.
    """
    with _book(path, page) as (_, _, story):
        return story.settings


@contextmanager
def _book(path: Path, page: int) -> Iterator[tuple[BookFolder, Book, Story]]:
    """Hold a book, and make sure that the page has a picture to be made."""
    with held_book(path) as (folder, book, story):
        if not 1 <= page <= len(book.pages):
            raise BookError(f"there is no page {page}", file=path, remedy=f"Name one from 1 to {len(book.pages)}")
        found = book.pages[page - 1]
        if found.pictures and made_by_us(found) is None:
            remedy = f"Take it out of {folder.path / 'story.md'} if another one is to be made"
            raise BookError(f"page {page} shows a picture of your own", file=path, remedy=remedy)
        yield folder, book, story


def _variants(folder: BookFolder, page: int) -> BookFolder:
    return BookFolder(folder.path / VARIANTS / f"page-{page:02}")


def _seeds(book: Book, page: int, count: int) -> list[int]:
    """Seeds that follow from that of the page's picture, and are others."""
    old = made_by_us(book.pages[page - 1])
    start = f"{book.seed or 0} {page} {old.seed if old else ''} again"
    digests = [hashlib.sha256(f"{start} {number}".encode()).digest() for number in range(count)]
    return [int.from_bytes(digest[:4], "big") for digest in digests]


def _sheet(title: str, text: str, pictures: tuple[Picture, ...], command: str) -> str:
    figures = [
        FIGURE.format(
            file=html.escape(picture.file),
            width=picture.width,
            height=picture.height,
            alt=html.escape(picture.alt),
            number=number,
            how=f"seed {picture.seed}" if picture.origin == "generated" else html.escape(picture.photo or "a photo"),
        )
        for number, picture in enumerate(pictures, 1)
    ]
    return SHEET.format(
        title=html.escape(title), text=html.escape(text), figures="\n".join(figures), command=html.escape(command)
    )

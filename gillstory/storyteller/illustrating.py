"""Finished drafts in, the same drafts with pictures out, as books: nothing is written but pictures are made.

A draft's file is never touched: the illustrated draft lies in its book. Whatever happens to a draft costs that draft,
not the run; and a run that was stopped goes on with the same command, draft by draft and page by page.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from gillstory.book.book import Book, Page
from gillstory.book.folder import BOOK, STORY, BookFolder
from gillstory.book.render import render
from gillstory.errors import StoryError
from gillstory.story import Settings, Story, StoryPage, StoryPicture, read_story, with_scenes_as_pages
from gillstory.story.read import MARKDOWN, YAML
from gillstory.storyteller.cast import who_is_who
from gillstory.storyteller.edits import as_told, edited_book, made_by_us, told_anew
from gillstory.storyteller.options import Listener, Options

if TYPE_CHECKING:
    from gillstory.gill.model import Gill
    from gillstory.storyteller.painting import Work

Every = Literal["page", "scene", "heading"]
EVERY = "every"  # in a book's `model`: which pages were to get a picture
IN_FOLDERS = (*(ending for ending in MARKDOWN if ending != ".txt"), *YAML)  # a text file there may be anything
NO_DRAFTS = ("gillstory.yaml", "readme.md", "attribution.md")
OPENING = 60  # letters of a page that are enough to know it by


@dataclass(frozen=True)
class Plan:
    """What is to be drawn for a draft.

    Attributes
    ----------
    settings : what the draft says at its top.
    book : the folder of its book.
    pages : the numbers of the pages that get a picture, those that have one already left out.
    file : in which these pages stand: the draft, or the story.md of its book once there is one.
    lines : of that file, in which they begin.
    openings : the first words of each.
    """

    draft: Path
    settings: Settings
    book: Path
    pages: tuple[int, ...]
    file: Path
    lines: tuple[int, ...]
    openings: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of a draft: so many pictures were made in this run, or what went wrong."""

    draft: Path
    pictures: int
    error: Exception | None = None


def drafts_in(paths: Sequence[Path]) -> list[Path]:
    """Give the drafts that are meant: files as they are, and those in folders, books and hidden ones left out.

    Raises
    ------
    StoryError : a folder holds none.
    """
    drafts: dict[Path, None] = {}
    for path in paths:
        found = list(_below(path)) if path.is_dir() else [path]
        if not found:
            raise StoryError(
                "there are no drafts in this folder", file=path, remedy=f"They end in {', '.join(IN_FOLDERS)}"
            )
        drafts.update(dict.fromkeys(found))
    return list(drafts)


def plan_of(draft: Path, every: Every) -> Plan:
    """Say what would be drawn, without a model.

    Raises
    ------
    StoryError : the draft cannot be read, or the story.md of its book.
    BookError : the draft has a book, which cannot be read.
    """
    story = _read(draft, every)
    settings, file = story.settings, draft
    folder = BookFolder(draft.resolve().with_name(f"{draft.stem}.book"))
    book = folder.load()
    if book is None or book.source_hash != story.sha256 or not (folder.path / STORY).exists():
        numbers = tuple(
            number for number, page in enumerate(story.pages, 1) if _has_one(every, page) and not _shows_something(page)
        )
    else:
        book, story = as_told(folder, book)
        file = story.file
        numbers = tuple(
            page.number
            for page, written in zip(_asked(book, every).pages, story.pages, strict=True)
            if page.pending and (made_by_us(page) or not _shows_something(written))
        )
    pages = [story.pages[number - 1] for number in numbers]
    openings = (
        textwrap.shorten(" ".join(turn for turn in page.turns if isinstance(turn, str)), OPENING, placeholder=" ...")
        for page in pages
    )
    return Plan(draft, settings, folder.path, numbers, file, tuple(page.line for page in pages), tuple(openings))


def illustrate_drafts(
    drafts: Sequence[Path],
    every: Every,
    gill: Gill,
    options: Callable[[Settings], Options],
    jobs: int,
    listener: Listener,
) -> Iterator[Outcome]:
    """Make the books of drafts, or finish them; a picture of each of so many drafts is painted in one batch.

    Parameters
    ----------
    options : of a draft, by what it says at its top.

    Returns
    -------
    What became of each, in the order in which they are done.
    """
    from gillstory.storyteller.painting import side_by_side

    def illustrated(draft: Path) -> Work[Outcome]:
        try:
            return Outcome(draft, (yield from _illustrated(draft, every, gill, options, listener)))
        except Exception as error:  # a bug of ours, too: it costs this draft
            return Outcome(draft, 0, error)

    works = (illustrated(draft) for draft in drafts)
    return side_by_side(works, jobs, gill, listener, lambda number: listener.on_draft(drafts[number]))


def _illustrated(
    draft: Path, every: Every, gill: Gill, options_of: Callable[[Settings], Options], listener: Listener
) -> Work[int]:
    """Make the book of a draft, or finish it; give the number of pictures made in this run."""
    from gillstory.storyteller.shelf import book_path, empty_book, looking, opened
    from gillstory.storyteller.telling import Telling, require_pictures

    source = _read(draft, every)
    options = options_of(source.settings)
    require_pictures(gill, options)
    folder = BookFolder(book_path(draft, None))
    empty = empty_book(source, gill, options)
    with opened(folder, empty, listener.on_done):
        told = edited_book(folder)
        if told is None:
            book, story = told_anew(folder, empty, source)
            pages = tuple(replace(page, pending=page.pending and _has_one(every, page)) for page in book.pages)
            book = replace(book, pages=pages, model={**book.model, EVERY: every})
            for warning in book.warnings:
                listener.on_warning(warning)
        else:
            book, story = _asked(told[0], every), told[1]
        book = looking(book, options)
        folder.save(book)
        before = {picture.file for picture in book.pictures}
        if any(page.pending for page in book.pages):
            telling = Telling(gill, options, folder, listener, book, story)
            yield from telling.go_on(len(book.pages))
            book = telling.book
        else:
            render(book, folder, who_is_who(story.settings.cast))
        return sum(picture.file not in before for picture in book.pictures)


def _read(draft: Path, every: Every) -> Story:
    story = read_story(draft)
    return with_scenes_as_pages(story) if every == "scene" else story


def _asked(book: Book, every: Every) -> Book:
    """The book, with pictures pending where others are asked for than when it was last illustrated."""
    if book.model.get(EVERY) == every:
        return book
    pages = (
        replace(page, pending=page.pending or (not page.pictures and _has_one(every, page))) for page in book.pages
    )
    return replace(book, pages=tuple(pages), model={**book.model, EVERY: every})


def _has_one(every: Every, page: StoryPage | Page) -> bool:
    """Whether a page is one of those that get a picture."""
    return every != "heading" or page.heading is not None


def _shows_something(page: StoryPage) -> bool:
    return any(isinstance(turn, StoryPicture) for turn in page.turns)


def _below(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        if BOOK in names:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not name.endswith(".book"))
        for name in sorted(names):
            if name.lower().endswith(IN_FOLDERS) and not name.startswith(".") and name.lower() not in NO_DRAFTS:
                yield Path(place, name)

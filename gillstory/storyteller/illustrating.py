"""Finished drafts in, the same drafts with pictures out, as books: nothing is written but pictures are made.

A draft's file is never touched: the illustrated draft lies in its book. A draft that cannot be read costs that draft,
not the run; and a run that was stopped goes on with the same command, draft by draft and page by page.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from gillstory.book.folder import BOOK, BookFolder
from gillstory.book.render import render
from gillstory.errors import StoryError
from gillstory.story import Story, StoryPicture, read_story
from gillstory.story.read import MARKDOWN, YAML
from gillstory.storyteller.cast import who_is_who
from gillstory.storyteller.edits import edited_book, told_anew
from gillstory.storyteller.options import Listener, Options

if TYPE_CHECKING:
    from gillstory.gill.model import Gill

Every = Literal["page", "heading"]
IN_FOLDERS = (*(ending for ending in MARKDOWN if ending != ".txt"), *YAML)  # a text file there may be anything
NO_DRAFTS = ("gillstory.yaml", "readme.md", "attribution.md")


@dataclass(frozen=True)
class Plan:
    """What is to be drawn for a draft.

    Attributes
    ----------
    book : the folder of its book.
    pages : the numbers of the pages that get a picture, those that have one already left out.
    lines : of the draft, in which these pages begin.
    """

    draft: Path
    book: Path
    pages: tuple[int, ...]
    lines: tuple[int, ...]


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
    StoryError : the draft cannot be read.
    """
    story = read_story(draft)
    pages = _wanted(story, every)
    book = draft.resolve().with_name(f"{draft.stem}.book")
    return Plan(draft, book, pages, tuple(story.pages[number - 1].line for number in pages))


def illustrate_draft(draft: Path, every: Every, gill: Gill, options: Options, listener: Listener) -> int:
    """Make the book of a draft, or finish it; give the number of pictures made in this run.

    Raises
    ------
    As `continue_story`.
    """
    from gillstory.storyteller.shelf import book_path, empty_book, opened
    from gillstory.storyteller.telling import Telling, require_pictures

    require_pictures(gill, options)
    source = read_story(draft)
    folder = BookFolder(book_path(draft, None))
    empty = empty_book(source, gill, options)
    with opened(folder, empty, listener.on_done):
        told = edited_book(folder)
        if told is None:
            book, story = told_anew(folder, empty, source)
            wanted = _wanted(source, every)
            pages = tuple(replace(page, pending=page.pending and page.number in wanted) for page in book.pages)
            book = replace(book, pages=pages)
            folder.save(book)
            for warning in book.warnings:
                listener.on_warning(warning)
        else:
            book, story = told
        before = len(book.pictures)
        if any(page.pending for page in book.pages):
            telling = Telling(gill, options, folder, listener, book, story)
            telling.go_on(len(book.pages))
            book = telling.book
        else:
            render(book, folder, options.template, who_is_who(story.settings.cast))
        return len(book.pictures) - before


def _wanted(story: Story, every: Every) -> tuple[int, ...]:
    """The pages that get a picture: those without one of the author's; all, or those that a heading begins."""
    return tuple(
        number
        for number, page in enumerate(story.pages, 1)
        if not any(isinstance(turn, StoryPicture) for turn in page.turns)
        and (every == "page" or page.heading is not None)
    )


def _below(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        if BOOK in names:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not name.endswith(".book"))
        for name in sorted(names):
            if name.lower().endswith(IN_FOLDERS) and not name.startswith(".") and name.lower() not in NO_DRAFTS:
                yield Path(place, name)

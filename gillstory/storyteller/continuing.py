"""A story's file in, its book out: the author's pages, then new ones, each finished and on the disk before the next.

A book's own story.md is a story, too: the book goes on behind its last page, and what was changed in it by hand is
understood.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gillstory.book.book import Book
from gillstory.book.folder import BookFolder
from gillstory.book.render import render
from gillstory.book.template import template_folder
from gillstory.gill.model import Gill
from gillstory.story import Story, read_story
from gillstory.storyteller.cast import who_is_who
from gillstory.storyteller.edits import edited_book, story_file, told_anew
from gillstory.storyteller.options import Listener, Options
from gillstory.storyteller.painting import done
from gillstory.storyteller.shelf import book_path, empty_book, going_on, holds, looking, opened
from gillstory.storyteller.telling import Telling, require_pictures

BEGAN = "began"  # in a book's `model` while it goes on from its own story.md: with how many pages this run began


def continue_story(file: Path, gill: Gill, options: Options, listener: Listener) -> BookFolder:
    """Make the book of a story, or go on with it, until it has `options.pages` pages behind the author's.

    Parameters
    ----------
    file : the story; or a book, its folder or its story.md, which gets `options.pages` more pages.

    Raises
    ------
    StoryError : the story cannot be read.
    BookError : another run works on the book, its folder cannot be used, or the template is wrong.
    PhotoIndexError : the folder of photos is not there, or the index cannot be used.
    GillstoryError : the pictures that are wanted are possible with neither this model nor these options.
    """
    file = story_file(file)
    folder = BookFolder(book_path(file, options.output))
    if options.template is not None:
        template_folder(options.template)
    require_pictures(gill, options)
    if holds(folder, file):
        _go_on(folder, gill, options, listener)
    else:
        _begin(read_story(file), folder, gill, options, listener)
    return folder


def _begin(source: Story, folder: BookFolder, gill: Gill, options: Options, listener: Listener) -> None:
    """Make the book of a story that lies elsewhere, or finish it."""
    total = len(source.pages) + options.pages
    empty = empty_book(source, gill, options)
    with opened(folder, empty, listener.on_done):
        before = folder.load()
        book, story = edited_book(folder) or told_anew(folder, empty, source)
        _tell(book, story, total, before, folder, gill, options, listener)


def _go_on(folder: BookFolder, gill: Gill, options: Options, listener: Listener) -> None:
    """Go on with a book from its own story.md."""
    with folder.lock():
        before = folder.load()
        told = edited_book(folder)
        assert told is not None  # `holds` has seen it
        book, story = going_on(told[0], gill), told[1]
        began = book.model.get(BEGAN, len(book.pages))
        book = replace(book, model={**book.model, BEGAN: began})
        folder.save(book)  # the same command goes on after a stop
        book = _tell(book, story, began + options.pages, before, folder, gill, options, listener)
        folder.save(replace(book, model={name: value for name, value in book.model.items() if name != BEGAN}))


def _tell(
    book: Book,
    story: Story,
    total: int,
    before: Book | None,
    folder: BookFolder,
    gill: Gill,
    options: Options,
    listener: Listener,
) -> Book:
    """Make what a book lacks up to so many pages; `before` is what it was before this run."""
    told, book = book, looking(book, options)
    for warning in book.warnings[len(before.warnings) if before else 0 :]:
        listener.on_warning(warning)
    if len(book.pages) >= total and not any(page.pending for page in book.pages):
        listener.on_done(f"the book has its {len(book.pages)} pages already")
        if book != told:
            folder.save(book)
        render(book, folder, who_is_who(story.settings.cast))
        return book
    if before is not None and before.pages:
        ready = sum(not page.pending for page in book.pages)
        listener.on_done(f"{ready} pages are there already; going on")
    telling = Telling(gill, options, folder, listener, book, story)
    done(telling.go_on(total), gill, listener)
    return telling.book

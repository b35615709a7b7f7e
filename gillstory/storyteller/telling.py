"""One book at work: how a page or a picture is made and gets onto the disk.

What continues a story, illustrates a draft and makes a picture again share this. What may need a picture painted is
work for `painting`, so that several books can be painted together. Each page draws from a random generator of its own,
and the model reads pages and pictures as they stand in the book. So a run that was stopped goes on where it was, and
the book is the same, byte for byte, as if it had not been.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import takewhile

import torch

from gillstory.book.book import Book, Page
from gillstory.book.folder import STORY, BookFolder
from gillstory.book.render import render
from gillstory.bundle import PaintingSettings
from gillstory.errors import GillstoryError, PhotoIndexError
from gillstory.gill.model import Gill
from gillstory.gill.session import ImageSlot
from gillstory.photos.files import real_path
from gillstory.photos.find import Wanted
from gillstory.story import PictureLink, Story, as_page, parse_story, with_page
from gillstory.storyteller.cast import who_is_who
from gillstory.storyteller.edits import (
    DROPPED,
    free_name,
    made_by_us,
    place_picture,
    text_of,
    with_story,
    written_picture,
)
from gillstory.storyteller.library import PhotoLibrary
from gillstory.storyteller.options import Listener, Options
from gillstory.storyteller.page_text import telling_sentence, write_page
from gillstory.storyteller.painting import Work
from gillstory.storyteller.picture import Illustrator, Shown
from gillstory.storyteller.reading import Reading
from gillstory.storyteller.shelf import STYLE, shown_photos, with_shown
from gillstory.storyteller.taste import Taste
from gillstory.storyteller.wishes import wishes, written_back


class Telling:
    """The book so far, and what the model has read of it; see the module.

    Parameters
    ----------
    book, story : as `edited_book` and `told_anew` give them; the folder is locked.
    """

    def __init__(
        self, gill: Gill, options: Options, folder: BookFolder, listener: Listener, book: Book, story: Story
    ) -> None:
        self.gill, self.options, self.folder, self.listener = gill, options, folder, listener
        self.book, self.story = book, story
        self.cast = story.settings.cast
        self.seed = (book.seed or 0) if options.seed is None else options.seed
        style = options.style or book.model.get(STYLE) or story.settings.style
        self.reading = Reading(gill, folder, book.title, self.cast, style, self._warn)
        author = [self.reading.plain(text_of(page)) for page in book.pages if page.author]
        about = [member.description for member in self.cast]
        self.taste = Taste((*author, *about), tuple(member.name for member in self.cast), book.lang)
        self.illustrator = self._illustrator()

    def go_on(self, total: int) -> Work[None]:
        """Read the pages that are there, make the pictures that they lack, and write the others."""
        for page in self.book.pages:
            if page.pending:
                self.listener.on_page(page.number, total)
                yield from self.illustrate(page)
            else:
                self.reading.read(page)
        for number in range(len(self.book.pages) + 1, total + 1):
            self.listener.on_page(number, total)
            yield from self._add_page(number)

    def read_until(self, number: int) -> None:
        """Read the pages before this one."""
        for page in self.book.pages[: number - 1]:
            self.reading.read(page)

    def illustrate(self, page: Page, seed: int | None = None) -> Work[None]:
        """Read a page and make its picture, instead of the one that it has if that is not the author's.

        Parameters
        ----------
        seed : of the painting; what story.md says, or one that follows from the book's, when None.
        """
        first = without_ours(page)
        before = self.reading.fork()
        self.reading.read(first)
        found = (yield from self._picture(page, seed)) if self.options.pictures != "none" else None
        if found is None:
            pages = [replace(other, pending=other.pending and other is not page) for other in self.book.pages]
            self.book = replace(self.book, pages=tuple(pages))
            self.folder.save(self.book)
        else:
            self._place(page, found)
        made = self.book.pages[page.number - 1]
        if made.blocks[: len(first.blocks)] == first.blocks:
            self.reading.read_pictures(made.blocks[len(first.blocks) :], made)
        else:  # the picture stands among the words: read the page as it will be read next time
            self.reading = before
            self.reading.read(made)

    def variants(self, page: Page, seeds: Sequence[int], into: BookFolder) -> Work[list[Shown]]:
        """Read a page and make pictures for it, one for each seed, in another folder than the book's."""
        self.reading.read(without_ours(page))
        illustrator = replace(self.illustrator, folder=into, painting=self._painting(page))
        slot, shown = self.reading.slot(), shown_photos(self.book)
        made = []
        for number, seed in enumerate(seeds, 1):
            found = yield from self._made(illustrator, slot, page, f"{number}", seed, shown)
            if found is not None:
                shown += [found.photo] if found.photo else []
                made.append(found)
        return made

    def _add_page(self, number: int) -> Work[None]:
        self.listener.on_stage("writing")
        generator = torch.Generator().manual_seed(self.seed_of(number, "text", again=self.book.model.get(DROPPED, 0)))
        session, writing = self.reading.prompt.session, self.gill.bundle.writing
        since = len(list(takewhile(lambda page: not page.author, reversed(self.book.pages))))
        text = write_page(session, writing, self.taste, self.reading.texts, since, generator, self.listener.on_writing)
        text = as_page(text)
        self.listener.on_text(text)
        page = Page(number, (text,), author=False)
        self.reading.read(page)
        found = (yield from self._picture(page)) if self.options.pictures != "none" else None
        pictures = [] if found is None else [found.picture]
        markdown = with_page(self.story, text, [PictureLink(picture.alt, picture.file) for picture in pictures])
        self.story = parse_story(markdown.encode(errors="replace"), self.folder.path / STORY)
        book = self.book if found is None else self._showing(found)
        book = replace(book, pages=(*book.pages, page))
        book = with_story(book, self.story, {picture.file: picture for picture in pictures}, self.folder.path)
        self.book = self.folder.save_with_story(book, markdown)
        render(self.book, self.folder, who_is_who(self.cast))
        self.reading.read_pictures(self.book.pages[-1].blocks, page)

    def seed_of(self, page: int, what: str, bits: int = 63, again: int = 0) -> int:
        """The seed of a page's text or picture: another one in each book, and each time that it is made `again`."""
        digest = hashlib.sha256(f"{self.seed} {self.book.title} {page} {what}{again or ''}".encode()).digest()
        return int.from_bytes(digest[:8], "big") >> (64 - bits)

    def _picture(self, page: Page, seed: int | None = None) -> Work[Shown | None]:
        """Make the picture of the page that was read last."""
        if seed is None:
            asked = wishes(self._attributes(page)).get("seed")
            seed = self.seed_of(page.number, "picture", bits=32) if asked is None else int(asked)
        name = free_name(page.number, self.book)
        illustrator = replace(self.illustrator, painting=self._painting(page))
        slot = self.reading.slot()
        return (yield from self._made(illustrator, slot, page, name, seed, shown_photos(self.book)))

    def _made(
        self, illustrator: Illustrator, slot: ImageSlot, page: Page, name: str, seed: int, shown: Sequence[str]
    ) -> Work[Shown | None]:
        self.listener.on_stage("making a picture")
        alt = telling_sentence(self.reading.texts[-1], self.taste.names)
        found = yield from illustrator.illustrate(slot, name, alt, seed, shown, page.number)
        if found is not None:
            self.listener.on_picture(found.picture)
        return found

    def _painting(self, page: Page) -> PaintingSettings:
        """How a page's picture is to be painted: as the bundle does, but for what the braces behind it wish."""
        wished = {name: value for name, value in wishes(self._attributes(page)).items() if name != "seed"}
        return replace(self.illustrator.painting, **wished)  # type: ignore[arg-type]

    def _attributes(self, page: Page) -> Mapping[str, str]:
        """What stands in the braces behind the page's picture that is not the author's."""
        old = made_by_us(page)
        return {} if old is None else written_picture(self.story, page.number, old, self.folder.path).attributes

    def _place(self, page: Page, found: Shown) -> None:
        """Put a page's picture into the book and onto the disk."""
        old = made_by_us(page)
        attributes = written_back(self._attributes(page), found.picture)
        self.book, self.story = place_picture(
            self.folder, self._showing(found), self.story, page.number, found.picture, attributes
        )
        render(self.book, self.folder, who_is_who(self.cast))
        if old is not None:
            self.folder.forget(old)

    def _showing(self, found: Shown) -> Book:
        return self.book if found.photo is None else with_shown(self.book, found.picture.file, found.photo)

    def _warn(self, warning: str) -> None:
        self.listener.on_warning(warning)
        self.book = replace(self.book, warnings=(*self.book.warnings, warning))

    def _illustrator(self) -> Illustrator:
        library, options = None, self.options
        if options.photos is not None and options.looks_at_photos:
            self.listener.on_stage("looking at photos")
            library = PhotoLibrary(self.gill.bundle, self.gill)
            try:
                for problem in library.update([options.photos], self.listener.on_count).problems():
                    self.listener.on_warning(problem)
            except PhotoIndexError as error:
                if not len(library.index):
                    raise
                self.listener.on_warning(str(error))  # what is in the index already can be shown
        settings = self.story.settings
        wanted = Wanted(options.photos, settings.photos_since, settings.photos_until)
        if library is not None:  # photos that look like one of the author's pictures
            own = [self.folder.path / picture.file for picture in self.book.pictures if picture.origin == "author"]
            wanted = replace(wanted, without=library.alike(own))
        index = None if library is None else library.index
        return Illustrator(
            self.gill, self.folder, options.pictures, index, wanted, self._warn, self.gill.bundle.painting
        )


def require_pictures(gill: Gill, options: Options) -> None:
    """Say what cannot be before anything is made."""
    if options.pictures == "retrieve" and options.photos is None:
        raise GillstoryError("there are no photos to choose from", remedy="Name a folder of them with --photos")
    if options.looks_at_photos and options.photos is not None and not os.path.isdir(real_path(options.photos)):
        remedy = "Correct it; if it is on a disk, connect the disk"
        raise PhotoIndexError("this folder of photos is not there", file=options.photos, remedy=remedy)
    if options.pictures == "generate" and gill.bundle.painter is None:
        message = f"the model '{gill.bundle.name}' has no painter"
        raise GillstoryError(message, remedy="Show photos instead: --pictures retrieve --photos FOLDER")


def without_ours(page: Page) -> Page:
    """A page without its picture that is not the author's."""
    ours = made_by_us(page)
    return replace(page, blocks=tuple(block for block in page.blocks if block is not ours))

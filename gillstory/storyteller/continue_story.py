"""A story's file in, its book out: the author's pages, then new ones, each finished and on the disk before the next.

Each page draws from a random generator of its own, and the model reads pages and pictures as they stand in the book. So
a run that was stopped goes on where it was, and the book is the same, byte for byte, as if it had not been.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import torch
from PIL import Image, ImageOps

from gillstory.book.book import Book, Page, Picture
from gillstory.book.folder import BookFolder
from gillstory.book.render import render
from gillstory.book.template import template_folder
from gillstory.errors import GillstoryError, PhotoIndexError, PictureError
from gillstory.gill.model import Gill
from gillstory.gill.session import ImageSlot
from gillstory.photos.decode import open_picture
from gillstory.photos.find import Wanted
from gillstory.story import PictureLink, Story, StoryPage, StoryPicture, read_story, to_markdown
from gillstory.storyteller.cast import AT_MOST, cast_words, description, introduction
from gillstory.storyteller.library import PhotoLibrary
from gillstory.storyteller.options import Listener, Options
from gillstory.storyteller.page_text import BREAK, LONGEST, telling_sentence, write_page
from gillstory.storyteller.photos import attribution, sha256_of
from gillstory.storyteller.picture import Illustrator
from gillstory.storyteller.prompt import Piece, Prompt, opening, plain_text
from gillstory.storyteller.shelf import book_path, empty_book, opened, shown_photos, with_shown
from gillstory.storyteller.taste import Taste


def continue_story(file: Path, gill: Gill, options: Options, listener: Listener) -> BookFolder:
    """Make the book of a story, or go on with it, until it has `options.pages` pages behind the author's.

    Raises
    ------
    StoryError : the story cannot be read.
    BookError : another run works on the book, its folder cannot be used, or the template is wrong.
    PhotoIndexError : the folder of photos is not there, or the index cannot be used.
    GillstoryError : the pictures that are wanted are possible with neither this model nor these options.
    """
    story = read_story(file)
    folder = BookFolder(book_path(story.file, options.output))
    template_folder(options.template)
    _require_pictures(gill, options)
    total = len(story.pages) + options.pages
    with opened(folder, empty_book(story, gill, options), listener.on_done) as book:
        if len(book.pages) >= total:
            listener.on_done(f"the book has its {total} pages already")
            render(book, folder, options.template)
        else:
            if book.pages:
                listener.on_done(f"{len(book.pages)} pages are there already; going on with page {len(book.pages) + 1}")
            _Telling(story, gill, options, folder, listener, book).go_on(total)
    return folder


def seed_of(seed: int, page: int, what: str, bits: int = 63) -> int:
    """The seed of one page's text or picture."""
    digest = hashlib.sha256(f"{seed} {page} {what}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - bits)


class _Telling:
    """One run: the book so far, and what the model has read of it."""

    def __init__(
        self, story: Story, gill: Gill, options: Options, folder: BookFolder, listener: Listener, book: Book
    ) -> None:
        self.story, self.gill, self.options, self.folder, self.listener = story, gill, options, folder, listener
        self.book = book
        self.cast = story.settings.cast
        self.texts: list[str] = []  # of each page, as the model reads it
        author = [self._plain(*(turn for turn in page.turns if isinstance(turn, str))) for page in story.pages]
        about = [member.description for member in self.cast]
        self.taste = Taste((*author, *about), tuple(member.name for member in self.cast), book.lang)
        self.prompt = Prompt(gill, self._opening(), self._reserve())
        self.illustrator = self._illustrator()

    def go_on(self, total: int) -> None:
        """Read the pages that are there and make the others."""
        for page in self.book.pages:
            self._read(page)
        for number in range(len(self.book.pages) + 1, total + 1):
            self.listener.on_page(number, total)
            if number <= len(self.story.pages):
                page = self._author_page(number, self.story.pages[number - 1])
            else:
                page = self._new_page(number)
            self._save(page)

    def _author_page(self, number: int, written: StoryPage) -> Page:
        blocks: list[str | Picture] = []
        for turn in written.turns:
            block = turn if isinstance(turn, str) else self._author_picture(turn, number, len(blocks))
            if block is not None:
                blocks.append(block)
        page = Page(number, tuple(blocks), author=True, heading=written.heading)
        self._read(page)
        if any(isinstance(turn, StoryPicture) for turn in written.turns):
            return page
        return self._illustrated(page)

    def _new_page(self, number: int) -> Page:
        self.listener.on_stage("writing")
        generator = torch.Generator().manual_seed(seed_of(self.book.seed or 0, number, "text"))
        text = write_page(self.prompt.session, self.gill.bundle.writing, self.taste, self.texts, generator)
        self.listener.on_text(text)
        page = Page(number, (text,), author=False)
        self._read(page)
        return self._illustrated(page)

    def _author_picture(self, turn: StoryPicture, number: int, place: int) -> Picture | None:
        """Copy a picture of the author's into the book."""
        try:
            photo = sha256_of(turn.path)
            name = f"page-{number:02}" + (f"-{place + 1}" if place > 1 else "")
            saved = self.folder.save_picture(name, open_picture(turn.path), "author", turn.alt)
        except PictureError as error:
            self._warn(f"page {number}: the picture {turn.path.name} cannot be shown: {error.message}")
            return None
        picture = replace(saved, attribution=attribution(turn.path))
        self.book = with_shown(self.book, picture.file, photo)
        return picture

    def _illustrated(self, page: Page) -> Page:
        """Give a page its picture, if it is to have one, and read it."""
        if self.options.pictures == "none":
            return page
        self.listener.on_stage("making a picture")
        text = self.texts[-1]
        found = self.illustrator.illustrate(
            self._slot(text),
            f"page-{page.number:02}",
            telling_sentence(text, self.taste.names),
            seed_of(self.book.seed or 0, page.number, "picture", bits=32),
            shown_photos(self.book),
            page.number,
        )
        if found is None:
            return page
        if found.photo is not None:
            self.book = with_shown(self.book, found.picture.file, found.photo)
        self.prompt.add_picture(self._look(found.picture))
        self.listener.on_picture(found.picture)
        return replace(page, blocks=(*page.blocks, found.picture))

    def _slot(self, text: str) -> ImageSlot:
        """What the model says of the picture of the last page, of which this is the text.

        The painter is told once more who those are whom the page names. The decision and the search for a photo go by
        the page itself: what it speaks of is often somebody, or something, else.
        """
        session = self.prompt.session
        start = session.length
        slot = session.image()
        session.rewind(start)
        if words := cast_words(text, self.texts[:-1], self.cast):
            session.read([words])
            slot = replace(slot, condition=session.image().condition)
            session.rewind(start)
        return slot

    def _read(self, page: Page) -> None:
        """Let the model read a page, as it stands in the book."""
        first = page.number == 1
        self.texts.append(self._plain(*(block for block in page.blocks if isinstance(block, str))))
        for block in page.blocks:
            if isinstance(block, Picture):
                self.prompt.add_picture(self._look(block), keep=first)
            elif text := self._plain(block):
                self.prompt.add_text(text, keep=first)

    def _save(self, page: Page) -> None:
        """Put a page on the disk; book.json comes last: with it, the page is finished."""
        self.book = replace(self.book, pages=(*self.book.pages, page))
        pages = [list(_linked(page)) for page in self.book.pages]
        self.folder.save_story(to_markdown(self.story.settings, pages, self.folder.path))
        self.folder.save(self.book)
        render(self.book, self.folder, self.options.template)

    def _warn(self, warning: str) -> None:
        self.listener.on_warning(warning)
        self.book = replace(self.book, warnings=(*self.book.warnings, warning))

    def _plain(self, *texts: str) -> str:
        plain = (plain_text(text, without=self.book.title) for text in texts)
        return "\n\n".join(text for text in plain if text)

    def _look(self, picture: Picture) -> Callable[[], Image.Image]:
        return lambda: Image.open(io.BytesIO(self.folder.read_picture(picture)))

    def _opening(self) -> Piece:
        members: list[tuple[str, Callable[[], Image.Image] | None]] = []
        for member in self.cast:
            picture = None
            if member.picture is not None:
                try:
                    picture = _upright(member.picture)
                except PictureError as error:
                    self._warn(f"the picture of {member.name} cannot be read: {error.message}")
            members.append((introduction(member), picture))
        return opening(self.gill.bundle.writing.opening, self.book.title, members)

    def _reserve(self) -> int:
        """Positions for a page, or for the cast's words and the [IMG] tokens."""
        words = sorted(len(self.gill.language.tokens(f" {description(member)}")) for member in self.cast)
        image = sum(words[-AT_MOST:]) + self.gill.bundle.sizes.image_tokens
        return max(self.gill.bundle.writing.page_tokens + len(BREAK) + LONGEST, image)

    def _illustrator(self) -> Illustrator:
        library, options = None, self.options
        if options.photos is not None and options.looks_at_photos:
            self.listener.on_stage("looking at photos")
            library = PhotoLibrary(self.gill.bundle, self.gill)
            try:
                for path, reason in library.update([options.photos], self.listener.on_count).failed:
                    self.listener.on_warning(f"{path}: {reason}")
            except PhotoIndexError as error:
                if not len(library.index):
                    raise
                self.listener.on_warning(str(error))  # what is in the index already can be shown
        wanted = Wanted(options.photos, options.photos_since, options.photos_until)
        index = None if library is None else library.index
        return Illustrator(self.gill, self.folder, options.pictures, index, wanted, self._warn)


def _require_pictures(gill: Gill, options: Options) -> None:
    """Say what cannot be before anything is made."""
    if options.pictures == "retrieve" and options.photos is None:
        raise GillstoryError("there are no photos to choose from", remedy="Name a folder of them with --photos")
    if options.looks_at_photos and options.photos is not None and not options.photos.expanduser().is_dir():
        remedy = "Correct it; if it is on a disk, connect the disk"
        raise PhotoIndexError("this folder of photos is not there", file=options.photos, remedy=remedy)
    if options.pictures == "generate" and gill.bundle.painter is None:
        message = f"the model '{gill.bundle.name}' has no painter"
        raise GillstoryError(message, remedy="Show photos instead: --pictures retrieve --photos FOLDER")


def _upright(path: Path) -> Callable[[], Image.Image]:
    """A picture of the cast, as the encoder takes it.

    Raises
    ------
    PictureError : it cannot be read.
    """
    try:
        image = ImageOps.exif_transpose(open_picture(path)).convert("RGB")
    except (OSError, ValueError, SyntaxError) as error:
        raise PictureError(f"the picture is damaged ({error})", file=path) from error
    return lambda: image


def _linked(page: Page) -> Iterator[str | PictureLink]:
    """A page as story.md has it."""
    for block in page.blocks:
        yield block if isinstance(block, str) else PictureLink(block.alt, block.file)

"""One book at work: what the model has read of it, and how a page or a picture is made and gets onto the disk.

What continues a story, illustrates a draft and makes a picture again share this. Each page draws from a random
generator of its own, and the model reads pages and pictures as they stand in the book. So a run that was stopped goes
on where it was, and the book is the same, byte for byte, as if it had not been.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from PIL import Image, ImageOps

from gillstory.book.book import Book, Page, Picture
from gillstory.book.folder import STORY, BookFolder
from gillstory.book.render import render
from gillstory.errors import GillstoryError, PhotoIndexError, PictureError
from gillstory.gill.model import Gill
from gillstory.gill.session import ImageSlot
from gillstory.story import PictureLink, Story, StoryPicture, as_page, parse_story, with_links, with_page, with_picture
from gillstory.storyteller.cast import AT_MOST, cast_words, description, introduction
from gillstory.storyteller.edits import DROPPED, free_name, made_by_us, text_of, with_story
from gillstory.storyteller.options import Listener, Options
from gillstory.storyteller.page_text import BREAK, LONGEST, telling_sentence, write_page
from gillstory.storyteller.photos import open_picture, photo_index
from gillstory.storyteller.picture import Illustrator, Shown
from gillstory.storyteller.prompt import Piece, Prompt, opening, plain_text
from gillstory.storyteller.shelf import shown_photos, with_shown
from gillstory.storyteller.taste import Taste


class Telling:
    """The book so far, and what the model has read of it.

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
        self.texts: list[str] = []  # of each page, as the model reads it
        author = [self._plain(text_of(page)) for page in book.pages if page.author]
        about = [member.description for member in self.cast]
        self.taste = Taste((*author, *about), tuple(member.name for member in self.cast), book.lang)
        self.prompt = Prompt(gill, self._opening(), self._reserve())
        self.illustrator = self._illustrator()

    def go_on(self, total: int) -> None:
        """Read the pages that are there, make the pictures that they lack, and write the others."""
        for page in self.book.pages:
            if page.pending:
                self.listener.on_page(page.number, total)
                self.illustrate(page)
            else:
                self._read(page)
        for number in range(len(self.book.pages) + 1, total + 1):
            self.listener.on_page(number, total)
            self._add_page(number)

    def illustrate(self, page: Page) -> None:
        """Read a page and make its picture, instead of the one that it has if that is not the author's."""
        old = made_by_us(page)
        first = replace(page, blocks=tuple(block for block in page.blocks if block is not old))
        before = self.prompt.fork()
        self._read(first)
        found = self._picture(page) if self.options.pictures != "none" else None
        if found is None:
            markdown = None
        elif old is None:
            markdown = with_picture(self.story, page.number - 1, _link(found.picture))
        else:
            markdown = with_links(self.story, [(self._written(old, page), _link(found.picture))])
        pages = list(self.book.pages)
        pages[page.number - 1] = replace(page, pending=False)
        self.book = replace(self.book, pages=tuple(pages))
        self._save(markdown, found)
        made = self.book.pages[page.number - 1]
        if made.blocks[: len(first.blocks)] == first.blocks:
            self._read_pictures(made.blocks[len(first.blocks) :], made)
        else:  # the picture stands among the words: read the page as it will be read next time
            self.prompt = before
            self.texts.pop()
            self._read(made)
        if old is not None and found is not None:
            self.folder.forget(old)

    def _add_page(self, number: int) -> None:
        self.listener.on_stage("writing")
        generator = torch.Generator().manual_seed(self.seed_of(number, "text", again=self.book.model.get(DROPPED, 0)))
        text = as_page(write_page(self.prompt.session, self.gill.bundle.writing, self.taste, self.texts, generator))
        self.listener.on_text(text)
        page = Page(number, (text,), author=False)
        self._read(page)
        found = self._picture(page) if self.options.pictures != "none" else None
        self.book = replace(self.book, pages=(*self.book.pages, page))
        self._save(with_page(self.story, text, [_link(found.picture)] if found else []), found)
        self._read_pictures(self.book.pages[-1].blocks, page)

    def seed_of(self, page: int, what: str, bits: int = 63, again: int = 0) -> int:
        """The seed of one page's text or picture, another one for each time that it is made `again`."""
        digest = hashlib.sha256(f"{self.book.seed or 0} {page} {what}{again or ''}".encode()).digest()
        return int.from_bytes(digest[:8], "big") >> (64 - bits)

    def _picture(self, page: Page) -> Shown | None:
        """Make the picture of the page that was read last."""
        self.listener.on_stage("making a picture")
        text = self.texts[-1]
        found = self.illustrator.illustrate(
            self._slot(text),
            free_name(page.number, [picture.file for picture in self.book.pictures]),
            telling_sentence(text, self.taste.names),
            self.seed_of(page.number, "picture", bits=32),
            shown_photos(self.book),
            page.number,
        )
        if found is not None:
            self.listener.on_picture(found.picture)
        return found

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
        self.texts.append(self._plain(*(block for block in page.blocks if isinstance(block, str))))
        for block in page.blocks:
            if isinstance(block, Picture):
                self._read_pictures([block], page)
            elif text := self._plain(block):
                self.prompt.add_text(text, keep=page.number == 1)

    def _read_pictures(self, blocks: Sequence[str | Picture], page: Page) -> None:
        for block in blocks:
            if isinstance(block, Picture):
                self.prompt.add_picture(self._look(block), keep=page.number == 1)

    def _written(self, picture: Picture, page: Page) -> StoryPicture:
        """Where a picture of a page stands in story.md."""
        file = (self.folder.path / picture.file).resolve()
        turns = self.story.pages[page.number - 1].turns
        return next(turn for turn in turns if isinstance(turn, StoryPicture) and turn.path == file)

    def _save(self, markdown: str | None, found: Shown | None) -> None:
        """Put a page on the disk, as it is told from now on: its texts are those that story.md has."""
        pictures = {}
        if found is not None:
            pictures[found.picture.file] = found.picture
            if found.photo is not None:
                self.book = with_shown(self.book, found.picture.file, found.photo)
        if markdown is not None:
            self.story = parse_story(markdown.encode(errors="replace"), self.folder.path / STORY)
            self.book = with_story(self.book, self.story, pictures, self.folder.path)
            self.book = self.folder.save_with_story(self.book, markdown)
        else:
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
        index, photos = None, self.options.photos
        if photos is not None and self.options.looks_at_photos:
            photos = photos.expanduser()
            self.listener.on_stage("looking at photos")
            index = photo_index(self.gill)
            for path, reason in index.update([photos], self.gill.embed_pictures, self.listener.on_count).failed:
                self.listener.on_warning(f"{path}: {reason}")
        return Illustrator(self.gill, self.folder, self.options.pictures, index, photos, self._warn)


def require_pictures(gill: Gill, options: Options) -> None:
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


def _link(picture: Picture) -> PictureLink:
    return PictureLink(picture.alt, picture.file)

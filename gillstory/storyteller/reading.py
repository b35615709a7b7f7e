"""What the model has read of a book: an opening with the cast, and the pages, as they stand in the book."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image

from gillstory.book.book import Page, Picture
from gillstory.book.folder import BookFolder
from gillstory.errors import PictureError
from gillstory.gill.model import Gill
from gillstory.gill.session import ImageSlot
from gillstory.photos.decode import open_picture
from gillstory.story import CastMember
from gillstory.storyteller.cast import AT_MOST, cast_words, description, introduction
from gillstory.storyteller.page_text import LONGEST, lead_ins
from gillstory.storyteller.prompt import Piece, Prompt, opening, plain_text


class Reading:
    """See the module.

    Parameters
    ----------
    folder : of the book, with its pictures.
    style : of the pictures, in words.
    warn : is told of pictures of the cast that cannot be read.

    Attributes
    ----------
    texts : of each page that was read, as the model reads it.
    """

    def __init__(
        self,
        gill: Gill,
        folder: BookFolder,
        title: str,
        cast: Sequence[CastMember],
        style: str | None,
        warn: Callable[[str], None],
    ) -> None:
        self.gill, self.folder, self.title, self.cast = gill, folder, title, cast
        self.style_words = f" In the style of {style}." if style else ""
        self.texts: list[str] = []
        self.prompt = Prompt(gill, self._opening(warn), self._reserve())

    def fork(self) -> Reading:
        """A second one that has read the same; each then goes its own way."""
        other = copy.copy(self)
        other.texts, other.prompt = [*self.texts], self.prompt.fork()
        return other

    def read(self, page: Page) -> None:
        """Read a page."""
        self.texts.append(self.plain(*(block for block in page.blocks if isinstance(block, str))))
        for block in page.blocks:
            if isinstance(block, Picture):
                self.read_pictures([block], page)
            elif text := self.plain(block):
                self.prompt.add_text(text, keep=page.number == 1)

    def read_pictures(self, blocks: Sequence[str | Picture], page: Page) -> None:
        """Read those of a page's blocks that are pictures."""
        for block in blocks:
            if isinstance(block, Picture):
                self.prompt.add_picture(self._look(block), keep=page.number == 1)

    def plain(self, *texts: str) -> str:
        """Markdown as the model reads it, without the book's title."""
        plain = (plain_text(text, without=self.title) for text in texts)
        return "\n\n".join(text for text in plain if text)

    def slot(self) -> ImageSlot:
        """What the model says of the picture of the last page.

        The painter is told once more who those are whom the page names, and the style. The decision and the search for
        a photo go by the page itself: what it speaks of is often somebody, or something, else.
        """
        session = self.prompt.session
        start = session.length
        slot = session.image()
        session.rewind(start)
        if words := cast_words(self.texts[-1], self.texts[:-1], self.cast) + self.style_words:
            session.read([words])
            slot = replace(slot, condition=session.image().condition)
            session.rewind(start)
        return slot

    def _look(self, picture: Picture) -> Callable[[], Image.Image]:
        return lambda: Image.open(io.BytesIO(self.folder.read_picture(picture)))

    def _opening(self, warn: Callable[[str], None]) -> Piece:
        members: list[tuple[str, Callable[[], Image.Image] | None]] = []
        for member in self.cast:
            picture = None
            if member.picture is not None:
                try:
                    picture = _upright(member.picture)
                except PictureError as error:
                    warn(f"the picture of {member.name} cannot be read: {error.message}")
            members.append((introduction(member), picture))
        return opening(self.gill.bundle.writing.opening, self.title, members)

    def _reserve(self) -> int:
        """Positions for a page, or for the cast's words and the [IMG] tokens."""

        def length(text: str) -> int:
            return len(self.gill.language.tokens(text))

        writing = self.gill.bundle.writing
        words = sorted(length(f" {description(member)}") for member in self.cast)
        image = sum(words[-AT_MOST:]) + length(self.style_words) + self.gill.bundle.sizes.image_tokens
        before = max(length(text) for text in lead_ins(writing, [member.name for member in self.cast]))
        return max(before + writing.page_tokens + LONGEST, image)


def _upright(path: Path) -> Callable[[], Image.Image]:
    """A picture of the cast, as the encoder takes it.

    Raises
    ------
    PictureError : it cannot be read.
    """
    image = open_picture(path).convert("RGB")
    return lambda: image

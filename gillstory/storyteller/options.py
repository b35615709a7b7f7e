"""What a run is asked for, and who is told how it goes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from gillstory.book.book import Picture

Pictures = Literal["auto", "retrieve", "generate", "none"]


@dataclass(frozen=True)
class Options:
    """How a story is to be continued.

    Attributes
    ----------
    pages : how many pages the book has behind the author's.
    photos : a folder of photos that pages may show.
    pictures : auto: the model decides; retrieve or generate: always that; none: only the author's own.
    seed : the same again makes the same book; 0 when None.
    template : what the book looks like, a name or a folder; as it did, or like a picture book, when None.
    output : the book's folder; `NAME.book` beside the story when None.
    style : how pictures should look, in words; what the book or its story says when None.
    """

    pages: int = 3
    photos: Path | None = None
    pictures: Pictures = "auto"
    seed: int | None = None
    template: str | None = None
    output: Path | None = None
    style: str | None = None

    @property
    def looks_at_photos(self) -> bool:
        """Whether photos may be shown, if there are any."""
        return self.pictures in ("auto", "retrieve")


class Listener(Protocol):
    """Is told what happens while it happens."""

    def on_stage(self, stage: str) -> None:
        """Something that takes a while begins."""

    def on_done(self, line: str) -> None:
        """Something is done, or worth a line."""

    def on_count(self, done: int, total: int) -> None:
        """So many photos are looked at."""

    def on_draft(self, draft: Path) -> None:
        """From now on it is about this one of several drafts."""

    def on_page(self, number: int, total: int) -> None:
        """A page begins."""

    def on_writing(self, text: str) -> None:
        """A page is one token further; the text so far, of which the last sentence may be taken back."""

    def on_text(self, text: str) -> None:
        """A page's text is there."""

    def on_painting(self, step: int, steps: int) -> None:
        """A picture, or a batch of them, is one denoising step further."""

    def on_picture(self, picture: Picture) -> None:
        """A page's picture is there."""

    def on_warning(self, warning: str) -> None:
        """Something did not work out, and the run goes on without it."""

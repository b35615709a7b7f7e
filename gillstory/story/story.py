"""What a story is once it has been read: settings and pages, each page texts and pictures in reading order.

Nothing here reads or writes a file. It exists so that those who use a story need not know how it was written down.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class StoryPicture:
    """A picture that the author put into the story.

    Attributes
    ----------
    path : absolute; the file exists, whether it is a readable picture has not been tried.
    alt : what it shows; empty when the author did not say.
    line : where it stands in the story's file, counted from 1.
    attributes : what stood in braces behind it: `{width=50% seed=7}`.
    target : where it is, as the author wrote it.
    span : where all that is written about it stands in the story's body.
    """

    path: Path
    alt: str
    line: int
    attributes: Mapping[str, str] = field(default_factory=dict)
    target: str = field(default="", compare=False)
    span: tuple[int, int] = field(default=(0, 0), compare=False)


@dataclass(frozen=True)
class StoryPage:
    """A page of a story; it has at least one turn.

    Attributes
    ----------
    heading : as it is written, without the signs that make it a heading; the first text begins with it.
    turns : Markdown texts as written, and pictures; two texts never follow each other.
    line : where the page begins in the story's file, counted from 1.
    span : where it stands in the story's body, without empty lines around it.
    """

    heading: str | None
    turns: tuple[str | StoryPicture, ...]
    line: int
    span: tuple[int, int] = field(default=(0, 0), compare=False)


@dataclass(frozen=True)
class CastMember:
    """Who a name in the story is, and perhaps a picture of them."""

    name: str
    description: str
    picture: Path | None = None


@dataclass(frozen=True)
class Settings:
    """What the top of a story says about it.

    Attributes
    ----------
    lang : a BCP 47 tag such as "en" or "pt-BR".
    model, template : a name, or the absolute path of a folder.
    photos : the absolute path of a folder; it may not be there.
    photos_since, photos_until : only photos taken on these days or between them.
    style : how pictures should look, in words.
    """

    title: str | None = None
    author: str | None = None
    lang: str = "en"
    seed: int | None = None
    model: str | None = None
    photos: Path | None = None
    photos_since: date | None = None
    photos_until: date | None = None
    template: str | None = None
    style: str | None = None
    cast: tuple[CastMember, ...] = ()


@dataclass(frozen=True)
class Story:
    """A story as it was read.

    Attributes
    ----------
    file : absolute path of the story's file.
    sha256 : of the file's bytes, in hexadecimal digits.
    top, body : a story in Markdown as it is written, its settings and all behind them, with "\n" at the end of every
        line; both empty for one in YAML.
    newline : what its file has at the end of a line.
    """

    file: Path
    sha256: str
    settings: Settings
    pages: tuple[StoryPage, ...]
    top: str = ""
    body: str = ""
    newline: str = "\n"

    @property
    def title(self) -> str:
        """The title that the author gave, or the file's name made readable."""
        words = re.sub(r"[\s_-]+", " ", self.file.stem).strip() or self.file.stem
        return self.own_title or words[:1].upper() + words[1:]

    @property
    def own_title(self) -> str | None:
        """The title in the settings, or the first heading of level 1."""
        if self.settings.title is not None:
            return self.settings.title
        from gillstory.story.markdown import opening_heading

        for page in self.pages:
            heading = opening_heading(page.turns[0]) if isinstance(page.turns[0], str) else None
            if heading is not None and heading.level == 1 and heading.plain:
                return heading.plain
        return None

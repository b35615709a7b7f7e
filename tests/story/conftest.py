"""A folder with a few pictures, a way to write a story into it, and the same story written and read again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from gillstory.errors import StoryError
from gillstory.story import PictureLink, Story, StoryPage, read_story, to_markdown

Write = Callable[..., Path]
NAMES = ("fox.png", "my hen (1).jpg", "Füchsin.png", "100%25.png", "sub/owl.png")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The story's folder."""
    return picture_folder(tmp_path / "stories")


@pytest.fixture
def write(folder: Path) -> Write:
    """Save a story, a text or bytes."""

    def save(content: str | bytes, name: str = "story.md") -> Path:
        file = folder / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return save


def picture_folder(folder: Path) -> Path:
    """Make a folder with pictures of one pixel."""
    for name in NAMES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (1, 1), "orange").save(folder / name)
    return folder


def turns(page: StoryPage) -> list[str]:
    """A page's turns, a picture as its file's name between angle brackets."""
    return [turn if isinstance(turn, str) else f"<{turn.path.name}>" for turn in page.turns]


def pages(story: Story) -> list[list[str]]:
    return [turns(page) for page in story.pages]


def same(story: Story) -> list[tuple[str | None, list[str | tuple[str, Path]]]]:
    """What must stay the same when a story is written and read again."""
    return [
        (page.heading, [turn if isinstance(turn, str) else (turn.alt, turn.path) for turn in page.turns])
        for page in story.pages
    ]


def markdown_of(story: Story, folder: Path) -> str:
    """A story as it is written into a folder that sees the same pictures."""

    def link(path: Path) -> str:
        return Path(os.path.relpath(path, folder.resolve())).as_posix()

    return to_markdown(
        story.settings,
        [
            [turn if isinstance(turn, str) else PictureLink(turn.alt, link(turn.path)) for turn in page.turns]
            for page in story.pages
        ],
        folder,
    )


def problem(file: Path) -> str:
    """The one line that says why a story cannot be read; it names the file and ends with what to do."""
    with pytest.raises(StoryError) as caught:
        read_story(file)
    assert str(caught.value).startswith(f"{file}:")
    assert "\n" not in str(caught.value)
    assert caught.value.remedy
    return str(caught.value).removeprefix(f"{file}:")

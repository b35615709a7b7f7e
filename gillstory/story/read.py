"""A story's file in, the story out; what is wrong with it is said with the line and what to do."""

from __future__ import annotations

import hashlib
from pathlib import Path

from gillstory.errors import StoryError
from gillstory.story.markdown import Embed
from gillstory.story.pages import scenes_as_pages, to_pages
from gillstory.story.pictures import Pictures
from gillstory.story.settings import split_front_matter
from gillstory.story.source import Source, decode
from gillstory.story.story import Settings, Story, StoryPage, StoryPicture
from gillstory.story.yaml_story import read_yaml

MARKDOWN = (".md", ".markdown", ".txt")
YAML = (".yaml", ".yml")


def read_story(path: Path) -> Story:
    """Read a story in Markdown or YAML.

    Raises
    ------
    StoryError : there is no such file, or it is not readable as a story; file, line and remedy are named.
    """
    return parse_story(_bytes(path), path)


def parse_story(raw: bytes, path: Path) -> Story:
    """Read the bytes of a story that lies, or is to lie, at a path.

    Raises
    ------
    StoryError : as `read_story`.
    """
    source = decode(raw, path)
    if not source.text.strip():
        raise StoryError("the story is empty", file=path, remedy="Write its beginning: a few sentences are enough")
    top = body = ""
    if path.suffix.lower() in YAML:
        settings, pages = read_yaml(source)
    else:
        settings, rest, pages = _read_markdown(source)
        top, body = source.text.removesuffix(rest.text), rest.text
    if not any(isinstance(turn, str) for page in pages for turn in page.turns):
        raise StoryError("the story has no text", file=path, remedy="Write its beginning: a few sentences are enough")
    return Story(path.absolute(), hashlib.sha256(raw).hexdigest(), settings, pages, top, body, source.newline)


def with_scenes_as_pages(story: Story) -> Story:
    """A story in Markdown in which the lines that part scenes, `***`, part pages; one in YAML as it is."""
    if not story.body:
        return story
    text = (story.top + scenes_as_pages(story.body)).replace("\n", story.newline)
    return parse_story(text.encode(errors="replace"), story.file)


def _bytes(path: Path) -> bytes:
    if path.is_dir():
        raise StoryError("this is a folder, not a story", file=path, remedy="Name the story's file in it")
    if not path.exists():
        raise StoryError("this story is not there", file=path, remedy="Check the name and the folder")
    if path.suffix.lower() not in (*MARKDOWN, *YAML):
        raise StoryError(
            f"stories do not end in {path.suffix}" if path.suffix else "the story's name has no ending",
            file=path,
            remedy=f"Save it as Markdown or YAML: a story ends in {', '.join((*MARKDOWN, *YAML))}",
        )
    try:
        return path.read_bytes()
    except OSError as error:
        raise StoryError(
            f"this story cannot be read ({error.strerror})", file=path, remedy="Check who may read it"
        ) from error


def _read_markdown(source: Source) -> tuple[Settings, Source, tuple[StoryPage, ...]]:
    settings, rest = split_front_matter(source)
    pictures = Pictures(rest, settings.photos)

    def line_at(_: int, index: int) -> int:
        return rest.line_at(index)

    def picture(embed: Embed, _: int) -> StoryPicture:
        path = pictures.find(embed.target, embed.sign, kind=embed.kind)
        span = (embed.sign, embed.behind)
        return StoryPicture(path, embed.alt, rest.line_at(embed.sign), embed.attributes, embed.target, span)

    return settings, rest, tuple(to_pages([(rest.text, 0)], line_at, picture))

"""A story in YAML in, its settings and pages out: the keys of the front matter, and `pages:`.

A page is a text, a list of texts and pictures, or has keys of its own: `heading`, `text`, `image` with `alt`, `turns`.
Each text is Markdown and may hold pictures and headings, as in a story in Markdown.
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from gillstory.errors import StoryError
from gillstory.story.markdown import Embed
from gillstory.story.nodes import Entry, compose, entries, is_null, text_of
from gillstory.story.pages import to_pages
from gillstory.story.pictures import Pictures
from gillstory.story.settings import KEYS, to_settings
from gillstory.story.source import Source
from gillstory.story.story import Settings, StoryPage, StoryPicture

TURN_KEYS = ("text", "image", "alt")
PAGE_KEYS = ("heading", *TURN_KEYS, "turns")
SHAPE = "Write below it `  - text: some words` or `  - image: picture.jpg`"


def read_yaml(source: Source) -> tuple[Settings, tuple[StoryPage, ...]]:
    """Read a story in YAML.

    Raises
    ------
    StoryError : it is not readable, or a key or value is wrong.
    """
    root = compose(source)
    if root is None:
        return Settings(), ()
    if not isinstance(root, yaml.MappingNode):
        raise source.error("this is not a story: it has no keys", root.start_mark.index, "Write `pages:` and the pages")
    found = {entry.key: entry for entry in entries(source, root, (*KEYS, "pages"))}
    pages = found.pop("pages", None)
    settings = to_settings(source, list(found.values()))
    if pages is None:
        raise StoryError("the story has no pages", file=source.file, remedy="Write `pages:` and the pages below it")
    if is_null(pages.value):
        return settings, ()
    if not isinstance(pages.value, yaml.SequenceNode):
        raise source.error("'pages' must be a list", pages.place, SHAPE)
    reader = _Reader(Pictures(source, settings.photos))
    return settings, tuple(page for node in pages.value.value for page in reader.pages(node))


class _Reader:
    """Reads pages, and knows where each of their texts stands in the file."""

    def __init__(self, pictures: Pictures) -> None:
        self.pictures = pictures
        self.source = pictures.source
        self.texts: list[yaml.Node] = []

    def pages(self, node: yaml.Node) -> list[StoryPage]:
        return to_pages(self._turns(node, PAGE_KEYS), self._line_at, self._picture)

    def _turns(self, node: yaml.Node, keys: tuple[str, ...]) -> Iterator[tuple[str, int] | StoryPicture]:
        if isinstance(node, yaml.ScalarNode):
            if not is_null(node):
                yield self._text(node, node.value)
        elif isinstance(node, yaml.SequenceNode):
            if keys is not PAGE_KEYS:
                raise self.source.error(
                    "a list within a page's list", node.start_mark.index, "Write its parts one below the other"
                )
            for turn in node.value:
                yield from self._turns(turn, TURN_KEYS)
        elif isinstance(node, yaml.MappingNode):
            yield from self._keys(entries(self.source, node, keys))

    def _keys(self, found: list[Entry]) -> Iterator[tuple[str, int] | StoryPicture]:
        alt = next((entry for entry in found if entry.key == "alt"), None)
        if alt is not None and all(entry.key != "image" for entry in found):
            raise self.source.error(
                "'alt' says what an image shows, but there is none", alt.place, "Write `image:` above"
            )
        for entry in found:
            if is_null(entry.value) or entry.key == "alt":
                continue
            if entry.key == "turns":
                if not isinstance(entry.value, yaml.SequenceNode):
                    raise self.source.error("'turns' must be a list", entry.place, SHAPE)
                yield from self._turns(entry.value, PAGE_KEYS)
                continue
            words = text_of(self.source, entry)
            if entry.key == "image":
                path = self.pictures.find(words.strip(), entry.value.start_mark.index)
                shown = "" if alt is None or is_null(alt.value) else " ".join(text_of(self.source, alt).split())
                yield StoryPicture(path, shown, self.source.line_at(entry.value.start_mark.index))
            else:
                yield self._text(entry.value, f"## {' '.join(words.split())}" if entry.key == "heading" else words)

    def _text(self, node: yaml.Node, text: str) -> tuple[str, int]:
        self.texts.append(node)
        return text, len(self.texts) - 1

    def _line_at(self, number: int, index: int) -> int:
        return self.source.line_at(self.texts[number].start_mark.index)

    def _picture(self, embed: Embed, number: int) -> StoryPicture:
        # The file's lines are not the text's: YAML joins and indents them. The picture's name is found as it is.
        node = self.texts[number]
        start = node.start_mark.index
        place = max(start, self.source.text.find(embed.target, start, node.end_mark.index))
        path = self.pictures.find(embed.target, place, kind=embed.kind)
        return StoryPicture(path, embed.alt, self.source.line_at(place), embed.attributes)

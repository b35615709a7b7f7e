"""The Markdown parser: CommonMark and tables, that remembers where pictures stood and knows Obsidian's `![[file.jpg]]`.

Each picture it finds is an "image" token whose `meta` has "start" and "end" (its place in the block's content), "label"
(the definition it refers to), "kind" ("link" or "embed") and "attributes".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, image, link
from markdown_it.token import Token

from gillstory.story.pictures import ENDINGS

OBSIDIAN = re.compile(r"!\[\[([^\[\]|\n]+)(?:\|([^\[\]\n]*))?\]\](?!\()")


@cache
def parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table")
    # Addresses as they are written: what may be used is decided where the picture is looked for.
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    parser.inline.ruler.at("image", _image)
    parser.inline.ruler.at("link", _link)
    parser.inline.ruler.before("link", "obsidian", _obsidian)
    return parser


def _image(state: StateInline, silent: bool) -> bool:
    """Parse a picture, and remember where it stood."""
    start = state.pos
    if not image(state, silent):
        return False
    if not silent:
        label = _label(state, start, start + 1)
        state.tokens[-1].meta = {"start": start, "end": state.pos, "label": label, "kind": "link", "attributes": {}}
    return True


def _link(state: StateInline, silent: bool) -> bool:
    """Parse a link, and remember where it stood."""
    start, before = state.pos, len(state.tokens)
    if not link(state, silent):
        return False
    if not silent:
        opening = next(token for token in state.tokens[before:] if token.type == "link_open")
        opening.meta = {"start": start, "end": state.pos, "label": _label(state, start, start)}
    return True


def _label(state: StateInline, start: int, bracket: int) -> str | None:
    """Give the name of the definition that a link or picture refers to."""
    end = state.md.helpers.parseLinkLabel(state, bracket, False)
    tail = state.src[end + 1 : state.pos]
    if tail.startswith("("):
        return None
    return tail[1:-1] or state.src[bracket + 1 : end]


def _obsidian(state: StateInline, silent: bool) -> bool:
    """Parse `![[file.jpg]]`, `![[file.jpg|what it shows]]` and `![[file.jpg|300]]`."""
    match = OBSIDIAN.match(state.src, state.pos)
    if match is None or not match[1].strip().lower().endswith(ENDINGS):
        return False
    if not silent:
        words = [part.strip() for part in (match[2] or "").split("|")]
        sizes = [part for part in words if re.fullmatch(r"\d+(x\d+)?", part)]
        token = state.push("image", "img", 0)
        token.attrs = {"src": match[1].strip()}
        token.content = " ".join(part for part in words if part not in sizes)
        attributes = {"width": sizes[0].partition("x")[0]} if sizes else {}
        token.meta = {"start": state.pos, "end": match.end(), "label": None, "kind": "embed", "attributes": attributes}
    state.pos = match.end()
    return True


def plain(tokens: Sequence[Token]) -> str:
    """Give inline Markdown as a reader would say it."""
    parts = []
    for token in tokens:
        if token.type == "image" and token.children:
            parts.append(plain(token.children))
        elif token.type.endswith("break"):
            parts.append(" ")
        elif token.type != "html_inline":
            parts.append(token.content)
    return "".join(parts)

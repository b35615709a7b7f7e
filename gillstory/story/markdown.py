"""Markdown in; out come the places where pages begin and where pictures stand, so that the rest can stay as written.

The text is never rendered here. A Markdown parser says what is a heading, a separator or a picture, and what is code
that only looks like one; the texts themselves are cut out of what the author wrote.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from markdown_it.common.utils import normalizeReference
from markdown_it.token import Token

from gillstory.story.syntax import parser, plain

PAGE_LEVELS = 2  # headings of these levels begin a page
ATTRIBUTE = r"""\s*(?:\#([\w-]+)|\.([\w-]+)|([\w-]+)=(?:"([^"\n]*)"|([^\s"{}]+)))"""
BRACES = re.compile(r"\{(?:" + ATTRIBUTE.replace("([", "(?:[") + r")+\s*\}")
MARKERS = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*")  # what stands before the words of a list or a quote


class Heading(NamedTuple):
    """A heading: its level, as it is written, and without emphasis and other signs."""

    level: int
    written: str
    plain: str


@dataclass(frozen=True)
class Embed:
    """A picture in Markdown.

    Attributes
    ----------
    sign : where its exclamation mark stands.
    start, end : what to cut out of the text.
    left : what to leave there.
    at : where the picture goes.
    target, alt, attributes, kind : what is said about it; kind as in `Pictures.find`.
    behind : where all that is written about it ends, braces included.
    indent, until : up to there, lines begin with so many spaces that mean nothing once the text is cut.
    """

    sign: int
    start: int
    end: int
    left: str
    at: int
    target: str
    alt: str
    attributes: Mapping[str, str]
    kind: str
    behind: int = 0
    indent: int = 0
    until: int = 0


class Parsed:
    """A Markdown text with its blocks.

    Parameters
    ----------
    references : definitions such as `[fox]: fox.png` that stand elsewhere in the same file.

    Attributes
    ----------
    blocks : the parser's tokens.
    starts : of each line, its place in the text; one more for the end.
    """

    def __init__(self, text: str, references: Mapping[str, Any] | None = None) -> None:
        self.text = text
        self.references = dict(references or {})
        self.blocks: Sequence[Token] = parser().parse(text, {"references": self.references})
        self.lines = text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)

    def span(self, token: Token) -> tuple[int, int]:
        """Give a block's place in the text, its last line's end included."""
        first, behind = token.map or (0, 0)
        return self.starts[first], min(self.starts[behind], len(self.text))

    def breaks(self, *, fresh: bool = True) -> Iterator[Token]:
        """Give the separators, and the headings that begin a new page.

        A heading right below a higher one stays on its page: a title and the first chapter's.

        Parameters
        ----------
        fresh : the text begins a page.
        """
        above = 0 if fresh else PAGE_LEVELS + 1  # level of the heading above; 0 on an empty page
        for token in self.blocks:
            if token.level or token.nesting < 0:
                continue
            level = int(token.tag[1]) if token.type == "heading_open" else PAGE_LEVELS + 1
            if token.type == "hr" and token.markup.startswith("-"):
                yield token
                above = 0
            elif level <= PAGE_LEVELS:
                if level <= above:
                    yield token
                above = level
            else:
                above = PAGE_LEVELS + 1

    def embeds(self) -> Iterator[Embed]:
        """Give the pictures in the order in which they stand; those in tables are the table's."""
        outermost = heading = None
        for token in self.blocks:
            if token.level == 0 and token.nesting >= 0:
                outermost = token
            if token.type.endswith("_open"):
                heading = token if token.type == "heading_open" else None
            if token.type == "inline" and outermost is not None and outermost.type != "table_open":
                for picture, place, alone in _pictures_in(token):
                    embed = self._embed(picture, token)
                    if heading is not None:
                        yield self._behind(embed, self.span(heading), token)
                    elif not alone:  # in a link with words of its own
                        yield replace(embed, at=self.span(token)[1])
                    else:
                        yield self._alone(embed, place, token, outermost)

    def definitions_of_pictures(self) -> Iterator[tuple[int, int]]:
        """Give the places of lines such as `[fox]: fox.png` that only pictures refer to."""
        used: dict[str, set[str]] = {}
        for token in (child for block in self.blocks for child in block.children or ()):
            if token.meta.get("label"):
                used.setdefault(normalizeReference(token.meta["label"]), set()).add(token.type)
        for label, definition in self.references.items():
            first, behind = definition["map"]
            if used.get(label) == {"image"} and re.match(r" {0,3}\[", self.lines[first]):
                yield self.starts[first], min(self.starts[behind], len(self.text))

    def _embed(self, picture: Token, inline: Token) -> Embed:
        """Give a picture that leaves what it shows in the text, as words."""
        alt = picture.content if picture.meta["kind"] == "embed" else plain(picture.children or ())
        alt = re.sub(r"[ \t\n]+", " ", alt or str(picture.attrs.get("title", ""))).strip(" ")
        attributes = dict(picture.meta["attributes"])
        start, end = self._place(inline, picture.meta["start"]), self._place(inline, picture.meta["end"])
        braces = BRACES.match(self.text, end)
        if braces:
            attributes |= _attributes(braces.group())
            end = braces.end()
        target = str(picture.attrs["src"])
        return Embed(start, start, end, alt, start, target, alt, attributes, picture.meta["kind"], end)

    def _behind(self, embed: Embed, span: tuple[int, int], inline: Token) -> Embed:
        """Put the picture of a heading behind the heading; one without words goes."""
        if not embed.alt and self.text[embed.start : embed.end] == inline.content:
            return replace(embed, start=span[0], end=span[1], at=span[0])
        return replace(embed, at=span[1])

    def _alone(self, embed: Embed, place: tuple[int, int], inline: Token, outermost: Token) -> Embed:
        """Cut the text at a picture: what stands before it and behind it must read well by itself."""
        text = self.text
        start = min(embed.start, self._place(inline, place[0]))
        end = max(embed.end, self._place(inline, place[1]))
        while start > 0 and text[start - 1] in "*_~" and text[end : end + 1] == text[start - 1]:
            start, end = start - 1, end + 1  # **![a fox](fox.png)**
        more = re.compile(r"[ \t]*(?:\\?\n[ \t]*)?").match(text, end)
        left, last = "", self._place(inline, len(inline.content))
        line = self.starts[self._row(start)]
        before = text[line:start]
        follows, beside = end < last, text[end:].partition("\n")[0].strip(" \t") != ""
        if follows and more is not None:
            end = more.end()
        if MARKERS.fullmatch(before):
            # The mark of a list's item goes to the words behind the picture, if there are any.
            start = line
            left = before.lstrip(" \t") if follows and (beside or ">" not in before) else ""
        elif beside and ">" in before:
            left = "> " * MARKERS.match(before).group().count(">")  # type: ignore[union-attr]
        if text[:start].endswith("\\\n") and not text[:start].endswith("\\\\\n"):
            start -= 2  # the author's line break
        first = self._place(inline, 0)
        indent = first - self.starts[self._row(first)] if outermost.type.endswith("list_open") and not left else 0
        return replace(embed, start=start, end=end, left=left, at=start, indent=indent, until=self.span(outermost)[1])

    def _row(self, index: int) -> int:
        return bisect_right(self.starts, index) - 1

    def _place(self, inline: Token, index: int) -> int:
        """Give where a sign of a block's content stands in the text: lines there may begin with `> ` or spaces."""
        content = inline.content.split("\n")
        row = inline.content.count("\n", 0, index)
        line = content[row].rstrip()
        column = index - (inline.content.rfind("\n", 0, index) + 1)
        # The content does not begin in the block's first line where that holds nothing but, say, a hard space.
        above, behind = inline.map or (0, 1)
        number = row + next((n for n in range(above, behind) if content[0].rstrip() in self.lines[n]), above)
        written = self.lines[number].rstrip()
        if not written.endswith(line) and line in written:  # a heading with # behind it too
            return self.starts[number] + written.index(line) + column
        return self.starts[number] + max(0, len(written) - len(line) + column)


def opening_heading(text: str) -> Heading | None:
    """Give the heading with which a text begins, if it is one that begins a page."""
    tokens = parser().parse(text)
    if not tokens or tokens[0].type != "heading_open" or int(tokens[0].tag[1]) > PAGE_LEVELS:
        return None
    return Heading(int(tokens[0].tag[1]), tokens[1].content, plain(tokens[1].children or ()).strip())


def _pictures_in(inline: Token) -> Iterator[tuple[Token, tuple[int, int], bool]]:
    """Give a block's pictures, where each stands with the link around it, and whether that holds nothing else."""
    links: list[Token] = []
    for token in inline.children or ():
        if token.type == "link_open":
            links.append(token)
        elif token.type == "link_close":
            links.pop()
        elif token.type == "image":
            start, end = token.meta["start"], token.meta["end"]
            if not links:
                yield token, (start, end), True
                continue
            around = links[0].meta
            alone = not inline.content[around["start"] + 1 : start].strip()
            alone = alone and re.match(r"\s*\]", inline.content[end:]) is not None
            yield token, (around["start"], around["end"]), alone


def _attributes(braces: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, group, key, quoted, bare in re.findall(ATTRIBUTE, braces[1:-1]):
        if name:
            found["id"] = name
        elif group:
            found["class"] = f"{found.get('class', '')} {group}".strip()
        else:
            found[key] = bare or quoted
    return found

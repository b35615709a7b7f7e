"""Markdown in, pages out: each its texts and pictures in order; and texts that keep their place in a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gillstory.story.markdown import Embed, Parsed, opening_heading
from gillstory.story.story import StoryPage, StoryPicture

SEPARATOR = "\n\n---"
PAGE_LINE = "- - -"  # unlike `---` it makes no heading of a paragraph right above


@dataclass
class Part:
    """What stands between two separators.

    Attributes
    ----------
    start, end : where it stands, without empty lines around it.
    cut : a text was cut at a picture, and may now read differently.
    """

    pieces: list[str | Embed] = field(default_factory=list)
    start: int = 0
    end: int = 0
    cut: bool = False


def divide(text: str, *, fresh: bool = True) -> list[Part]:
    """Cut a text into pages, and each page at its pictures.

    Parameters
    ----------
    fresh : the text begins a page; otherwise the first part belongs to the page before, and may be empty.
    """
    parsed = Parsed(text)
    borders = [(0, 0)]  # where a page ends, where the next begins
    for token in parsed.breaks(fresh=fresh):
        start, end = parsed.span(token)
        borders.append((start, end if token.type == "hr" else start))
    borders.append((len(text), len(text)))
    embeds = list(parsed.embeds())
    removed = list(parsed.definitions_of_pictures())
    parts = []
    for (_, start), (end, _) in zip(borders, borders[1:], strict=False):
        here = [embed for embed in embeds if start <= embed.sign < end]
        edits: list[tuple[int, int, str, Embed | None]] = [(*r, "", None) for r in removed if start <= r[0] < end]
        for embed in here:
            if embed.at == embed.start:
                edits.append((embed.start, embed.end, embed.left, embed))
            else:
                edits += [(embed.start, embed.end, embed.left, None), (embed.at, embed.at, "", embed)]
            edits += [(first, behind, "", None) for first, behind in _indents(text, embed)]
        lead = re.compile(r"(?:[ \t]*\n)*").match(text, start)
        first = lead.end() if lead else start
        part = Part(start=first, end=first + len(text[first:end].rstrip(" \t\n")), cut=bool(edits))
        _cut(text, start, end, sorted(edits, key=lambda edit: edit[:2]), part)
        if part.cut:
            part.pieces = [undefine(p, parsed.references) if isinstance(p, str) else p for p in part.pieces]
        parts.append(part)
    return parts if not fresh else [part for part in parts if part.pieces]


def scenes_as_pages(text: str) -> str:
    """Make the lines that part scenes, `***` or `___`, lines that part pages; all else stays as it is."""
    parsed = Parsed(text)
    for token in reversed(parsed.blocks):
        if token.type == "hr" and token.level == 0 and not token.markup.startswith("-"):
            start, end = parsed.span(token)
            text = text[:start] + PAGE_LINE + text[start + len(text[start:end].rstrip("\n")) :]
    return text


def to_pages(
    items: Iterable[tuple[str, int] | StoryPicture],
    line_at: Callable[[int, int], int],
    picture: Callable[[Embed, int], StoryPicture],
) -> list[StoryPage]:
    """Make pages of texts and pictures that follow each other.

    Parameters
    ----------
    items : texts, each with a number of the caller's, and pictures.
    line_at : gives the file's line for such a number and a place in its text.
    picture : finds the picture for such a number and what the text says about it.
    """
    pages: list[StoryPage] = []
    turns: list[str | StoryPicture] = []
    line, span, cut = 0, (0, 0), False

    def finish() -> None:
        if turns:
            pages.append(replace(_page(turns, line, cut), span=span))

    for item in items:
        if isinstance(item, StoryPicture):
            line = line if turns else item.line
            turns.append(item)
            continue
        text, number = item
        for part_number, part in enumerate(divide(text, fresh=not turns)):
            if part_number:
                finish()
                turns, cut = [], False
            if not turns:
                line, span = line_at(number, part.start), (part.start, part.end)
            cut = cut or part.cut
            turns.extend(piece if isinstance(piece, str) else picture(piece, number) for piece in part.pieces)
    finish()
    return pages


def protect(text: str, *, fresh: bool, references: Mapping[str, Any] | None = None) -> str:
    """Give a text that stays one piece where it stands: what would begin a page or show a picture there is words.

    A text that was read from a story comes back as it is. One that a model wrote may hold a line `---`, a picture that
    does not exist, or code without an end; a backslash makes words of them.

    Parameters
    ----------
    fresh : the text begins a page, so that it may begin with a heading.
    references : what other texts in the same file define, as in `Parsed`.
    """
    while True:
        parsed = Parsed(text, references)
        signs = [embed.sign for embed in parsed.embeds()]
        for token in parsed.breaks(fresh=fresh):
            first, behind = token.map or (0, 0)
            underlined = token.type == "heading_open" and not token.markup.startswith("#")
            signs.append(_first_sign(parsed, behind - 1 if underlined else first))
        if not signs:
            following = Parsed(text + SEPARATOR).blocks[-1]
            if following.type == "hr" and following.level == 0:
                return text
            last = next(token for token in reversed(parsed.blocks) if token.level == 0)
            if last.type == "fence":
                text = f"{text}\n{last.markup}"
                continue
            signs.append(_first_sign(parsed, (last.map or (0, 0))[0]))  # a comment without an end
        for sign in sorted(signs, reverse=True):
            text = f"{text[:sign]}\\{text[sign:]}"


def trim(text: str) -> str:
    """Take away the empty lines around a text, and nothing else; a text without any words is empty."""
    return re.sub(r"\A(?:[ \t]*\n)+", "", text).rstrip(" \t\n") if text.strip() else ""


def _page(turns: list[str | StoryPicture], line: int, cut: bool) -> StoryPage:
    joined: list[str | StoryPicture] = []
    for turn in turns:
        if isinstance(turn, str) and joined and isinstance(joined[-1], str):
            joined[-1] = f"{joined[-1]}\n\n{turn}"
            cut = True
        else:
            joined.append(turn)
    if cut or (isinstance(turns[-1], str) and Parsed(turns[-1] + SEPARATOR).blocks[-1].type != "hr"):
        joined = [
            protect(turn, fresh=number == 0) if isinstance(turn, str) else turn for number, turn in enumerate(joined)
        ]
    heading = opening_heading(joined[0]) if isinstance(joined[0], str) else None
    return StoryPage(heading.written or None if heading else None, tuple(joined), line)


def _cut(text: str, start: int, end: int, edits: list[tuple[int, int, str, Embed | None]], part: Part) -> None:
    """Fill a part with what its edits leave of the text between two places."""
    words = ""
    for first, behind, left, embed in edits:
        if first < start and embed is None:  # the indent of a line that is within a picture
            continue
        words += text[start:first]  # a picture's end may reach over the next one's beginning: nothing is between
        if embed is not None:
            part.pieces += [*filter(None, [trim(words)]), embed]
            words = ""
        words += left
        start = behind
    part.pieces += filter(None, [trim(words + text[start:end])])


def undefine(text: str, references: Mapping[str, Any]) -> str:
    """Keep words such as `[fox]: red` from saying where a link leads, now that they are a paragraph of their own."""
    while True:
        parsed = Parsed(text)
        new = (d for label, d in parsed.references.items() if references.get(label, {}).get("href") != d["href"])
        definition = next(new, None)
        if definition is None:
            return text
        sign = text.index("[", parsed.starts[definition["map"][0]])
        text = f"{text[:sign]}\\{text[sign:]}"


def _indents(text: str, embed: Embed) -> Iterable[tuple[int, int]]:
    """Give the spaces at the beginning of lines that belonged to a list's item before the cut."""
    if embed.indent:
        for line in re.compile(rf"(?<=\n) {{1,{embed.indent}}}").finditer(text, embed.end, embed.until):
            yield line.span()


def _first_sign(parsed: Parsed, row: int) -> int:
    line = parsed.lines[row]
    return parsed.starts[row] + len(line) - len(line.lstrip(" "))

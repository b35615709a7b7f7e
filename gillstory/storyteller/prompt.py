"""What the model reads: an opening that stays, and the pages that fit behind it.

Turns come in one piece at a time and are read at once. When the context is full, a new session reads the opening and
the last pieces again, about half the context: cost per page stays flat. What a session has read depends on the pieces
alone, and it reads them one by one, so that a run that was stopped goes on with the very same numbers.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from PIL import Image

from gillstory.gill.model import Gill
from gillstory.gill.session import Session

Piece = tuple[str | Callable[[], Image.Image], ...]  # read in one go; a picture is opened when it is read
SHARE = 8  # the opening pages, and each piece, take at most one such part of the context
FOOTNOTE = re.compile(r"^\[\^\S+?\]:.*|\[\^\S+?\]", re.MULTILINE | re.DOTALL)  # one, and the sign that leads to it
PARAGRAPH, SENTENCE, SPACE = re.compile(r"(?=\n\n)"), re.compile(r"(?<=[.!?…。！？])(?=\s)"), re.compile(r"(?=\s)")


class Prompt:
    """A story as the model reads it.

    Parameters
    ----------
    opening : what stays in sight whatever happens.
    reserve : positions that are free behind each piece, for what is written and taken back.

    Attributes
    ----------
    first : the piece with which what is in sight goes on behind the opening.
    """

    def __init__(self, gill: Gill, opening: Piece, reserve: int) -> None:
        self.gill, self.reserve = gill, reserve
        self.pieces: list[Piece] = []
        self.lengths: list[int] = []  # positions of each piece
        self.kept = 0  # pieces that belong to the opening
        self.first = 0
        self._session: Session | None = None
        self._read = 0  # pieces that the session has read
        self._add(opening, keep=True)

    @property
    def session(self) -> Session:
        """A session that has read all that is in sight."""
        if self._session is None:
            self._session, self._read = self.gill.session(), 0
        for number in range(self._read, len(self.pieces)):
            if number < self.kept or number >= self.first:
                self._session.read([turn if isinstance(turn, str) else turn() for turn in self.pieces[number]])
        self._read = len(self.pieces)
        return self._session

    def fork(self) -> Prompt:
        """A second prompt to which the same was added; each then goes its own way."""
        other = copy.copy(self)
        other.pieces, other.lengths, other._session = [*self.pieces], [*self.lengths], None
        return other

    def add_text(self, text: str, keep: bool = False) -> None:
        """Read a text, a page of its own or what stands between two pictures; `keep`: it belongs to the opening."""
        limit = self.gill.language.context // SHARE
        for piece in cut(f"\n\n{text}", lambda part: len(self.gill.language.tokens(part)), limit):
            self._add((piece,), keep)

    def add_picture(self, picture: Callable[[], Image.Image], keep: bool = False) -> None:
        """Read a picture."""
        self._add(("\n\n", picture), keep)

    def _add(self, piece: Piece, keep: bool) -> None:
        length = sum(self._length(turn) for turn in piece)
        context = self.gill.language.context
        if sum(self.lengths[: self.kept]) + sum(self.lengths[self.first :]) + length + self.reserve > context:
            self._move_on(context // 2 - length)
        stays = keep and self.kept == len(self.pieces)
        stays = stays and (not self.pieces or sum(self.lengths[1:]) + length <= context // SHARE)
        self.pieces.append(piece)
        self.lengths.append(length)
        if stays:
            self.kept = self.first = len(self.pieces)

    def _move_on(self, room: int) -> None:
        """Take out of sight what does not fit into so many positions behind the opening."""
        self._session = None
        self.first = max(self.first, self.kept)
        while self.first < len(self.pieces) and sum(self.lengths[: self.kept] + self.lengths[self.first :]) > room:
            self.first += 1

    def _length(self, turn: str | Callable[[], Image.Image]) -> int:
        return len(self.gill.language.tokens(turn)) if isinstance(turn, str) else self.gill.bundle.sizes.prefix_tokens


def opening(template: str, title: str, cast: Sequence[tuple[str, Callable[[], Image.Image] | None]]) -> Piece:
    """What stands before the pages: the bundle's template with the title and the cast.

    Parameters
    ----------
    template : `{title}` and `{cast}` stand for those.
    cast : a sentence about each member, and their picture, which is read behind it.
    """
    before, _, after = template.partition("{cast}")
    turns: list[str | Callable[[], Image.Image]] = []
    text, gap = before, ""
    for sentence, picture in cast:
        text, gap = f"{text}{gap}{sentence}", " "
        if picture is not None:
            turns += [text.replace("{title}", title) + "\n\n", picture]
            text, gap = "", "\n\n"
    turns.append((text + after).replace("{title}", title).rstrip())
    return tuple(turn for turn in turns if turn != "")


def plain_text(markdown: str, without: str | None = None) -> str:
    """Markdown as the model reads it: its words, paragraph by paragraph, without footnotes.

    Parameters
    ----------
    without : a first heading that is left out.
    """
    tokens = MarkdownIt("commonmark").parse(markdown)
    paragraphs = [_words(token.children or ()) for token in tokens if token.type == "inline"]
    if paragraphs and tokens[0].type == "heading_open" and paragraphs[0] == without:
        paragraphs = paragraphs[1:]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def cut(text: str, count: Callable[[str], int], limit: int) -> list[str]:
    """Cut a long text in halves, at a blank line, a sentence's end or a space, until each part is short enough."""
    if count(text) <= limit:
        return [text]
    for boundary in (PARAGRAPH, SENTENCE, SPACE):
        places = [match.start() for match in boundary.finditer(text) if text[: match.start()].strip()]
        places = [place for place in places if text[place:].strip()]
        if places:
            middle = min(places, key=lambda place: abs(place - len(text) // 2))
            break
    else:
        middle = len(text) // 2
    if not 0 < middle < len(text):
        return [text]
    return cut(text[:middle], count, limit) + cut(text[middle:], count, limit)


def _words(tokens: Sequence[Token]) -> str:
    parts = []
    for token in tokens:
        if token.type.endswith("break"):
            parts.append("\n")
        elif token.type != "html_inline":
            parts.append(token.content)
    return " ".join(FOOTNOTE.sub("", "".join(parts)).split())

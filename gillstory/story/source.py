"""A story's bytes in, its text out, and for every place in that text the line to name when something is wrong there."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from gillstory.errors import StoryError

# UTF-32 first: its mark begins with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
LINE_END = re.compile(r"\r\n?|\n")


@dataclass(frozen=True)
class Source:
    """A text and where it stands.

    Attributes
    ----------
    file : as the user named it.
    text : with "\\n" at the end of every line.
    first_line : the line of the file in which the text begins.
    newline : what most lines of the file end with.
    """

    file: Path
    text: str
    first_line: int = 1
    newline: str = "\n"

    def line_at(self, index: int) -> int:
        """Give the file's line for a place in the text."""
        return self.first_line + self.text.count("\n", 0, index)

    def error(self, message: str, index: int, remedy: str | None = None) -> StoryError:
        """Say what is wrong at a place in the text."""
        return StoryError(message, file=self.file, line=self.line_at(index), remedy=remedy)


def decode(raw: bytes, file: Path) -> Source:
    """Read a file's bytes as text: UTF-8, or what the mark at the beginning says.

    Raises
    ------
    StoryError : these bytes are no such text; the line of the first bad one is named.
    """
    mark, encoding = next(((m, e) for m, e in MARKS if raw.startswith(m)), (b"", "utf-8"))
    raw = raw[len(mark) :]
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        good = raw[: error.start].decode(encoding, errors="ignore")
        raise _not_text(good, file) from error
    if "\0" in text:  # UTF-16 without a mark, or no text at all
        raise _not_text(text[: text.index("\0")], file)
    ends = Counter(LINE_END.findall(text)).most_common(1)
    return Source(file, LINE_END.sub("\n", text.lstrip("\ufeff")), newline=ends[0][0] if ends else "\n")


def _not_text(good: str, file: Path) -> StoryError:
    line = len(LINE_END.findall(good)) + 1
    return StoryError("this is not text in UTF-8", file=file, line=line, remedy="Save it as UTF-8")

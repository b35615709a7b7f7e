"""Sentences: text in, its sentences out, and whether two of them say the same.

A quotation is part of the sentence that it stands in: `"Who is there?" asked Pip.` is one sentence.
"""

from __future__ import annotations

import re

ENDS = ".!?…。！？"
QUOTES = '"“”„«»'
CLOSING = QUOTES + "'’)"
END = re.compile(rf"[{ENDS}]+[{CLOSING}]*")
TITLES = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St)\.$")
WIDE = "。！？"  # no space follows them


def split_sentences(text: str) -> list[str]:
    """Split a text; what has no end is a sentence too, and no sentence goes over a blank line."""
    sentences = []
    for paragraph in re.split(r"\n\s*\n", text):
        rest = re.sub(r"\s+", " ", paragraph).strip()
        while rest:
            end = _sentence_end(rest) or len(rest)
            sentences.append(rest[:end])
            rest = rest[end:].lstrip()
    return sentences


def first_sentence(text: str) -> str | None:
    """The first sentence of a text that is still being written; None while it may go on.

    A sentence is over when something that cannot belong to it stands behind its end: a line break, or a word that
    begins a sentence.
    """
    start = text.lstrip()
    line, newline, _ = start.partition("\n")
    end = _sentence_end(line)
    if end is not None:
        return line[:end]
    return line.strip() if newline else None


def is_finished(sentence: str) -> bool:
    """Whether a sentence ends as sentences do, its quotations closed."""
    ends = [match.end() for match in END.finditer(sentence)]
    return ends[-1:] == [len(sentence)] and is_balanced(sentence)


def is_balanced(text: str) -> bool:
    """Whether every quotation is closed."""
    return sum(text.count(quote) for quote in QUOTES) % 2 == 0


def words_of(text: str) -> list[str]:
    """The words of a text, as they are compared: without case and punctuation."""
    return re.findall(r"\w+(?:['’]\w+)*", text.lower())


def mentions(name: str, text: str) -> list[int]:
    """The places where a text names somebody, as a whole word."""
    return [match.start() for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text)]


def unquoted(text: str) -> str:
    """A text without what is said in quotation marks."""
    return re.sub(rf"[{QUOTES}][^{QUOTES}]*(?:[{QUOTES}]|$)", " ", text)


def runs(words: list[str], length: int) -> set[tuple[str, ...]]:
    """All runs of so many words."""
    return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}


def likeness(one: str, other: str) -> float:
    """How many of the different words of two sentences are in both, 0 to 1."""
    first, second = set(words_of(one)), set(words_of(other))
    return len(first & second) / max(1, len(first | second))


def _sentence_end(line: str) -> int | None:
    """Where the first sentence of a line ends, if something else begins behind it."""
    for match in END.finditer(line):
        before, after = line[: match.end()], line[match.end() :]
        if not is_balanced(before) or TITLES.search(before):
            continue
        if before[-1] in WIDE and after:
            return match.end()
        begins = after.lstrip()
        if after[:1].isspace() and begins and not begins[0].islower() and begins[0] not in ENDS:
            return match.end()
    return None

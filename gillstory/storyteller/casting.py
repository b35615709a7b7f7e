"""A draft in, a proposal for its cast out: who is named more than once, and what the draft says of them.

Plain rules for English, and no model: a proposal is to be read and corrected. What the rules do not find, such as what
somebody looks like who is never described, is left for the author to say.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from gillstory.story import CastMember, Story
from gillstory.story.markdown import Parsed
from gillstory.story.syntax import plain
from gillstory.storyteller.sentences import split_sentences

OFTEN = 2  # times that a name stands within sentences, or is said to be somebody
LONGEST = 6  # words of a description
NAME = r"(?P<name>[A-Z][a-z]+(?: [A-Z][a-z]+)?)"
WHO = r"(?P<who>(?:an?|the) [a-z][a-z-]*(?: [a-z][a-z-]*){0,5}?)"
END = r"(?=[.,;:!?]| (?:who|that|which|with|from|in|on|at|by|of|and|but|when|while|named|called)\b|$)"
SAYINGS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{NAME} (?:is|was) {WHO}{END}",
        rf"\b(?P<who>[Aa]n? [a-z][a-z-]*(?: [a-z][a-z-]*){{0,5}}?),? (?:named|called|whose name was) {NAME}",
        rf"\b{NAME}, {WHO},",
        rf"\b{NAME},? (?P<who>the [a-z]+){END}",
    )
)
NO_NAMES = frozenset(
    "I He She It They We You The A An And But So Then There This That These Those One Once When While What Who Why "
    "How Where If As At In On Of For From To Into By Over Under Behind After Before Near Up Down With "
    "His Her Its Their My Our Your No Not Yes Oh All Every Some Soon Now "
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August "
    "September October November December Christmas Easter".split()
)
TIMES_AND_PLACES = frozenset("day night morning evening noon summer winter spring autumn place".split())


def propose_cast(story: Story) -> tuple[CastMember, ...]:
    """Propose who the story's cast is, in the order in which they appear; those whom the story has already come first.

    The description is empty where the draft says nothing.
    """
    sentences = [s for page in story.pages for turn in page.turns if isinstance(turn, str) for s in _sentences(turn)]
    said = _said(sentences)
    counts = Counter(name for sentence in sentences for name in _names_within(sentence))
    text = "\n".join(sentences)
    known = {member.name for member in story.settings.cast}
    found = {name for name in {*said, *counts} if name in said or counts[name] >= OFTEN} - known
    parts = {part for name in found for part in name.split() if " " in name}  # "Otter" of "Oskar Otter"
    members = sorted(found - parts, key=text.index)
    return (*story.settings.cast, *(CastMember(name, said.get(name, "")) for name in members))


def _sentences(markdown: str) -> list[str]:
    inline = (token for token in Parsed(markdown).blocks if token.type == "inline")
    words = (plain([c for c in token.children or () if c.type != "code_inline"]) for token in inline)
    return [sentence for text in words for sentence in split_sentences(text)]


def _said(sentences: Sequence[str]) -> dict[str, str]:
    """What is said of whom, the first time."""
    said: dict[str, str] = {}
    for saying in SAYINGS:
        for sentence in sentences:
            for match in saying.finditer(sentence):
                name, who = match["name"], match["who"].lower().split()
                words = ["an" if who[1][0] in "aeiou" else "a", *who[1:]] if who[0] == "the" else who
                if name.split()[0] not in NO_NAMES and len(words) <= LONGEST and words[-1] not in TIMES_AND_PLACES:
                    said.setdefault(name, " ".join(words))
    return said


def _names_within(sentence: str) -> list[str]:
    """Capital words of a sentence that do not begin it or what is said in it."""
    found = re.findall(r"(?<=[a-z,;] )[A-Z][a-z]+\b", sentence)
    return [word for word in found if word not in NO_NAMES]

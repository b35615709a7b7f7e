"""The words of the cast: who a page is about, said again right before its picture.

A small model that has read "Pip was a small fox. Mo was an old bear. ... Mo slept." tosses a coin between the two. It
does not when the last words that it read are "Mo, an old bear."
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gillstory.story import CastMember
from gillstory.storyteller.sentences import mentions

AT_MOST = 2  # members: with more, a picture shows none of them well
PRONOUN = re.compile(r"\b(he|she|it|they)\b", re.IGNORECASE)


def cast_words(page: str, earlier: Sequence[str], cast: Sequence[CastMember]) -> str:
    """Say again who those are whom a page is about: " Pip, a small orange fox. Greta, a plump brown hen."

    Parameters
    ----------
    page : its text.
    earlier : the texts of the pages before it. A page that names nobody, but says "he", "she", "it" or "they", is
        about the one who was named last there.
    """
    members = _named(page, cast)[:AT_MOST]
    if not members and PRONOUN.search(page):
        members = next((_last_named(text, cast) for text in reversed(earlier) if _named(text, cast)), [])
    return "".join(f" {description(member)}" for member in members)


def description(member: CastMember) -> str:
    """Give a member in a few words: "Pip, a small orange fox."."""
    words = member.description.strip().rstrip(".")
    return f"{member.name}, {words}." if words else f"{member.name}."


def introduction(member: CastMember) -> str:
    """Give a member as a sentence: "Pip is a small orange fox."."""
    words = member.description.strip().rstrip(".")
    return f"{member.name} is {words}." if words else f"This is {member.name}."


def who_is_who(cast: Sequence[CastMember]) -> dict[str, str]:
    """Give who each name is, for a page of the book; those of whom nothing is said are left out."""
    return {member.name: member.description for member in cast if member.description}


def _named(text: str, cast: Sequence[CastMember]) -> list[CastMember]:
    """Those whom a text names, in the order of their first mention."""
    found = [(places[0], member) for member in cast if (places := mentions(member.name, text))]
    return [member for _, member in sorted(found, key=lambda pair: pair[0])]


def _last_named(text: str, cast: Sequence[CastMember]) -> list[CastMember]:
    return [max(_named(text, cast), key=lambda member: mentions(member.name, text)[-1])]

"""Taste: which of the sentences that a model writes may stand in a story for children.

In go a sentence, the story so far and the page in work; out come what speaks against it. A fault is never accepted; a
blemish is, if nothing better comes. The author's own text sets the measure: what it does is no fault.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from gillstory.storyteller.sentences import (
    ENDS,
    QUOTES,
    is_finished,
    likeness,
    mentions,
    runs,
    split_sentences,
    unquoted,
    words_of,
)

SHORTEST, LONGEST = 2, 30  # words of a sentence
COMFORTABLE = 18  # words that are read out in one breath
LONG_WORD = 11  # letters
LONGEST_WORD = 20  # letters: longer ones are several that lost the spaces between them
CONTENT_WORD = 4  # letters: shorter ones are mostly those that hold a sentence together
FEW_NEW_WORDS = 3  # of a sentence, that the author does not use
SAME_RUN = 6  # words in a row that no two sentences share
ALIKE = 0.5  # of their words in common: one sentence said twice
REFRAIN = 2  # an author who says a sentence so often means it
PUNCTUATION = " ,;-–—'’…()" + ENDS + QUOTES
TALK_ABOUT_THE_STORY = frozenset(
    "story stories tale chapter chapters page pages book books reader readers moral lesson title author question "
    "questions paragraph illustration illustrations narrator character characters plot scene scenes sequel quiz "
    "importance conclusion summary passage passages text texts".split()
)
NOT_FOR_CHILDREN = frozenset(
    "kill kills killed killing murder murdered dead death die dies died dying blood bloody gun guns knife shot stabbed "
    "suicide sex sexy naked drunk drugs beer wine hell damn devil hate war corpse bomb".split()
)
LAST_WORDS = ("the end", "never woke", "never wake")  # of stories, and of their heroes
PEOPLE = frozenset(
    "man men woman women lady gentleman boy girl child children baby father mother dad mom daddy mommy brother sister "
    "son daughter husband wife uncle aunt king queen prince princess doctor teacher soldier police".split()
)
PERSONS = (frozenset("i me my mine we us our ours".split()), frozenset("you your yours".split()))  # outside of quotes
PRESENT = frozenset("is are has have am does do can will".split())
CAPITALS_EVERYWHERE = ("de", "lb")  # languages that write every noun with a capital letter


@dataclass(frozen=True)
class Taste:
    """What one story's sentences are measured by.

    Attributes
    ----------
    author : the texts of the author's pages, and whatever else the author says.
    names : of the cast.
    lang : the story's language.
    """

    author: tuple[str, ...]
    names: tuple[str, ...] = ()
    lang: str = "en"

    @cached_property
    def _text(self) -> str:
        return "\n\n".join(self.author)

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(words_of(self._text) + words_of(" ".join(self.names)))

    @cached_property
    def _unquoted_words(self) -> frozenset[str]:
        return frozenset(words_of(unquoted(self._text)))

    @cached_property
    def _signs(self) -> frozenset[str]:
        digits = "0123456789" if any(sign.isdigit() for sign in self._text) else ""
        return frozenset(self._text + PUNCTUATION + digits)

    @cached_property
    def _refrains(self) -> frozenset[str]:
        pages = [{_normal(sentence) for sentence in split_sentences(page)} for page in self.author]
        return frozenset(s for page in pages for s in page if sum(s in other for other in pages) >= REFRAIN)

    def faults(self, sentence: str, story: Sequence[str], page: Sequence[str] = ()) -> list[str]:
        """Why a sentence may not stand in the story; empty when it may.

        Parameters
        ----------
        story : the sentences before this page.
        page : those of this page.
        """
        words, outside = words_of(sentence), frozenset(words_of(unquoted(sentence)))
        found = []
        if not is_finished(sentence):
            found.append("it has no end, or a quotation is not closed")
        if not SHORTEST <= len(words) <= LONGEST:
            found.append("it is too short or too long")
        if not self._begins(sentence):
            found.append("it does not begin as a sentence does")
        if any(not (sign.isalpha() or sign in self._signs) for sign in sentence):
            found.append("there are signs in it that the author does not use")
        if any(len(word) > LONGEST_WORD and word not in self._words for word in words):
            found.append("there is a word in it that is none")
        if TALK_ABOUT_THE_STORY.intersection(words) - self._words:
            found.append("it talks about the story")
        if any(last in sentence.lower() for last in LAST_WORDS):
            found.append("nothing can come after it")
        if NOT_FOR_CHILDREN.intersection(words) - self._words:
            found.append("it is not for children")
        if any(person & outside and not person & self._unquoted_words for person in PERSONS):
            found.append("it speaks as somebody, or to the reader, as the author does not")
        if _stutters(words):
            found.append("it stutters")
        if self._repeats(sentence, story, page):
            found.append("it has been said before")
        return found

    def blemishes(self, sentence: str, page: Sequence[str] = ()) -> int:
        """How much a faultless sentence leaves to be desired; 0 is good."""
        words = words_of(sentence)
        new = {word for word in words if len(word) >= CONTENT_WORD and word not in self._words}
        count = 2 * len(self.new_names(sentence))
        count += 2 * len(PEOPLE & set(words) - self._words)  # somebody comes from nowhere
        count += max(0, len(new) - FEW_NEW_WORDS)  # the story is about something else all at once
        count += len(words) > COMFORTABLE
        count += self._says_twice_who(sentence)
        count += sum(len(word) >= LONG_WORD and word not in self._words for word in words)
        count += bool((PRESENT & frozenset(words_of(unquoted(sentence)))) - self._unquoted_words)
        if self.names and not any(is_named(name, text) for name in self.names for text in (*page[-1:], sentence)):
            count += 1  # neither this sentence nor the one before is about anybody
        return count

    def new_names(self, sentence: str) -> list[str]:
        """Names that nobody in the story has; the first word of a sentence or of a quotation may be any word."""
        if self.lang.lower().split("-")[0] in CAPITALS_EVERYWHERE:
            return []
        capitals = [word for word in re.findall(r"[^\W\d_]+", sentence) if word[0].isupper() and len(word) > 1]
        inner = re.findall(rf"(?<![{ENDS}{QUOTES}])\s([^\W\d_]+)", sentence.strip())
        new = [word for word in capitals if word.lower() not in self._words]
        return [word for word in new if word in inner or word.startswith(self.names)]  # "Pippin" is not Pip

    def _says_twice_who(self, sentence: str) -> bool:
        """Whether it cannot be told who does it to whom: "Pip took Pip home.", "He hated him."."""
        outside = unquoted(sentence)
        words = frozenset(words_of(outside))
        return (
            {"he", "him"} <= words
            or {"they", "them"} <= words
            or any(len(mentions(name, outside)) > 1 for name in self.names)
        )

    def _begins(self, sentence: str) -> bool:
        start = sentence.lstrip(QUOTES + "'‘’")
        return bool(start) and start[0].isalpha() and not start[0].islower()

    def _repeats(self, sentence: str, story: Sequence[str], page: Sequence[str]) -> bool:
        if _normal(sentence) in self._refrains and not any(_normal(sentence) == _normal(other) for other in page):
            return False
        own = runs(words_of(sentence), SAME_RUN)
        return any(
            _normal(sentence) == _normal(other)
            or likeness(sentence, other) >= ALIKE
            or own & runs(words_of(other), SAME_RUN)
            for other in (*story, *page)
        )


def is_named(name: str, text: str) -> bool:
    """Whether a text names somebody, as a whole word."""
    return bool(mentions(name, text))


def _normal(sentence: str) -> str:
    return " ".join(words_of(sentence))


def _stutters(words: list[str]) -> bool:
    """Whether a word follows itself, or two or more words come again and again."""
    twice = any(one == other for one, other in zip(words, words[1:], strict=False))
    pairs = list(zip(words, words[1:], strict=False))
    return twice or len(pairs) - len(set(pairs)) >= 2

"""The text of one page: a session that has read the story in, a page in whole sentences out.

A small model goes astray in the middle of a page, and what it has written pulls it further. So it writes sentence by
sentence: each is judged before it is read, a poor one is taken back and written again, and it never sees what the book
does not say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from gillstory.bundle import WritingSettings
from gillstory.gill.session import Session
from gillstory.storyteller.sentences import ENDS, first_sentence, split_sentences, unquoted, words_of
from gillstory.storyteller.taste import Taste, is_named

TRIES = 4  # of each sentence
WARMER = 0.12  # each try is so much freer than the one before: at the same temperature a repetition comes again
LONGEST = 40  # tokens of a sentence
RECENT = 2  # pages that say who is on the stage
FULL = 2 / 3  # of `page_tokens`: a page ends with the first sentence behind that
FEWEST = 2  # sentences of a page, if there are that many good ones
PATIENCE = 4  # sentences that may come to nothing before a page ends with fewer
BREAK = ("\n", "\n")  # a blank line as the model has learnt it, one token a line break; "\n\n" at an end is another one
NOTHING = "…"  # a page for which the model wrote no words at all


def write_page(
    session: Session,
    writing: WritingSettings,
    taste: Taste,
    story: Sequence[str],
    generator: torch.Generator,
    on_writing: Callable[[str], None],
) -> str:
    """Write a page and take it back from the session, which is left as it was.

    Parameters
    ----------
    writing : the bundle's settings.
    taste : judges the sentences.
    story : the texts of all pages before it.
    generator : is advanced; the same state writes the same page.
    on_writing : is told the page so far after each token; its last sentence may be taken back.
    """
    said = [sentence for text in story for sentence in split_sentences(text)]
    start = session.length
    session.read(BREAK)
    first = session.length
    page: list[str] = []
    hero, spare, misses = choose_hero(story, taste.names, generator), "", 0
    while session.length - first < writing.page_tokens * FULL or len(page) < FEWEST:
        room = writing.page_tokens - (session.length - first)
        if room < 1:
            break
        beginning = "" if page else hero
        sentence, draft = _write_sentence(
            session, min(room, LONGEST), writing, taste, said, page, beginning, generator, on_writing
        )
        spare = spare or draft
        if sentence is None:
            misses += 1
            if misses == PATIENCE or len(page) >= FEWEST:
                break
            continue
        session.read([f" {sentence}" if page else sentence])
        page.append(sentence)
    session.rewind(start)
    return " ".join(page) or made_presentable(spare)


def _write_sentence(
    session: Session,
    room: int,
    writing: WritingSettings,
    taste: Taste,
    said: Sequence[str],
    page: Sequence[str],
    beginning: str,
    generator: torch.Generator,
    on_writing: Callable[[str], None],
) -> tuple[str | None, str]:
    """Write the page's next sentence: the best of some tries, or None; and what was written last, good or not."""
    start = session.length
    best: tuple[int, str] | None = None
    draft = ""

    def is_whole(text: str) -> bool:
        on_writing(" ".join([*page, (beginning + text).strip()]))
        return first_sentence(beginning + text) is not None

    for attempt in range(TRIES):
        session.read([beginning])
        draft = beginning + session.write(
            room,
            temperature=writing.temperature * (1 + WARMER * attempt),
            seed=generator,
            stop=is_whole,
        )
        session.rewind(start)
        sentence = first_sentence(draft) or draft.strip()
        if taste.faults(sentence, said, page) or (beginning and not is_named(beginning, sentence)):
            continue
        blemishes = taste.blemishes(sentence, page)
        if best is None or blemishes < best[0]:
            best = (blemishes, sentence)
        if blemishes == 0:
            break
    return (best[1] if best else None), draft


def choose_hero(story: Sequence[str], names: Sequence[str], generator: torch.Generator) -> str:
    """Choose with whose name a page begins: one of those whom the last pages name, so that it stays their story."""
    recent = "\n\n".join(story[-RECENT:])
    heroes = [name for name in names if is_named(name, recent)] or [*names]
    return heroes[int(torch.randint(len(heroes), (1,), generator=generator))] if heroes else ""


def made_presentable(draft: str) -> str:
    """Make the best of a draft in which no sentence is good, rather than leave a page empty."""
    words = " ".join("".join(sign if sign.isalpha() or sign in "'’," else " " for sign in draft).split()).strip(",'’ ")
    return words[:1].upper() + words[1:] + "." if words else NOTHING


def telling_sentence(page: str, names: Sequence[str], longest: int = 120) -> str:
    """The sentence of a page that says best what its picture shows.

    It is the one that tells most, what is said in quotation marks aside; one that names somebody of the cast, if any
    does.
    """
    sentences = split_sentences(page)
    named = [sentence for sentence in sentences if any(is_named(name, unquoted(sentence)) for name in names)]
    sentence = max(named or sentences, key=lambda sentence: len(words_of(unquoted(sentence))), default="")
    if len(sentence) <= longest:
        return sentence
    return sentence[: longest - 1].rsplit(" ", 1)[0].rstrip(" ,;:" + ENDS) + "…"

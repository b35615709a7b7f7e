"""The text of one page: a session that has read the story in, a page in whole sentences out.

A small model goes astray in the middle of a page, and what it has written pulls it further. So it writes sentence by
sentence: the best of some drafts is read, the others are forgotten, and so is the plan that a page was written to: the
model never sees what the book does not say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch

from gillstory.bundle import WritingSettings
from gillstory.gill.session import Session
from gillstory.storyteller.sentences import ENDS, first_sentence, split_sentences, unquoted, words_of
from gillstory.storyteller.taste import Taste, is_named

DRAFTS = 4  # of each sentence
WARMER = 0.12  # each draft is so much freer than the one before: at the same temperature a repetition comes again
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
    number: int,
    generator: torch.Generator,
    on_writing: Callable[[str], None],
) -> str:
    """Write a page and take it back from the session, which is left as it was.

    Parameters
    ----------
    writing : the bundle's settings.
    taste : judges the sentences.
    story : the texts of all pages before it.
    number : of pages that the model has written since the author's last one.
    generator : is advanced; the same state writes the same page.
    on_writing : is told the page so far after each token; its last sentence may be taken back.
    """
    said = [sentence for text in story for sentence in split_sentences(text)]
    start = session.length
    hero = choose_hero(story, taste.names, generator)
    session.read(lead_in(writing, number, hero, generator))
    first = session.length
    page: list[str] = []
    spare, misses = "", 0
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
    """Write the page's next sentence: the best of some drafts, or None; and the first of them, good or not."""
    start = session.length
    session.read([beginning])

    told = ""

    def is_whole(draft: str) -> bool:
        nonlocal told
        if draft.startswith(told):  # who looks on sees one draft grow, the first
            told = draft
            on_writing(" ".join([*page, (beginning + draft).strip()]))
        return first_sentence(beginning + draft) is not None

    temperatures = [writing.temperature * (1 + WARMER * number) for number in range(DRAFTS)]
    drafts = [beginning + draft for draft in session.drafts(room, temperatures, generator, is_whole)]
    session.rewind(start)
    sentences = [first_sentence(draft) or draft.strip() for draft in drafts]
    good = [
        sentence
        for sentence in sentences
        if not taste.faults(sentence, said, page) and (not beginning or is_named(beginning, sentence))
    ]
    return min(good, key=lambda sentence: taste.blemishes(sentence, page), default=None), drafts[0]


def choose_hero(story: Sequence[str], names: Sequence[str], generator: torch.Generator) -> str:
    """Choose with whose name a page begins: one of those whom the last pages name, so that it stays their story."""
    recent = "\n\n".join(story[-RECENT:])
    heroes = [name for name in names if is_named(name, recent)] or [*names]
    return heroes[int(torch.randint(len(heroes), (1,), generator=generator))] if heroes else ""


def lead_in(writing: WritingSettings, number: int, hero: str, generator: torch.Generator) -> Sequence[str]:
    """What the model reads before it writes a page: what is to happen there, or just a blank line."""
    if not (writing.plan and hero):
        return BREAK
    events = writing.plan[number % len(writing.plan)]
    return [writing.request_for(events[int(torch.randint(len(events), (1,), generator=generator))], hero)]


def lead_ins(writing: WritingSettings, names: Sequence[str]) -> Iterator[str]:
    """Everything that may stand before a page, for those who keep room for it."""
    yield "".join(BREAK)
    yield from (writing.request_for(event, name) for events in writing.plan for event in events for name in names)


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

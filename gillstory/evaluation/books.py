"""Fifty continued books: does the hero stay the hero in the pictures, and how does the text read?"""

from __future__ import annotations

import io
from pathlib import Path
from random import Random

from PIL import Image

from gillstory.book.book import Book, Page
from gillstory.book.folder import BookFolder
from gillstory.evaluation.drawing import Verdict
from gillstory.evaluation.figures import Figure, Findings, Subject
from gillstory.storyteller import Listener, Options, continue_story
from gillstory.storyteller.sentences import is_finished, split_sentences, words_of
from gillstory.storyteller.taste import is_named
from gillstory.training.world.scene import Scene
from gillstory.training.world.vocabulary import HEROES, PLACES, TIMES, with_article

BOOKS = 50
PAGES = 5  # of a book: the author's first one and four more
NAMES = ("Pip", "Mo", "Tilly", "Otto", "Luna", "Bruno", "Daisy", "Finn", "Poppy", "Gus")
QUALITIES = ("small", "young", "kind", "brave", "curious", "cheerful")
BEGINNINGS = (
    "{name} woke up early. {Time} {name} stood {place} and wondered what to do.",
    "{Time} {name} sat {place} and listened. Somebody was calling for help.",
    "{name} had lost a small red button. {name} looked for it {place} {time}.",
    "Nobody had ever made such a cake as {name}. {Time} it stood ready {place}.",
    "{name} wanted to learn how to sing. So {name} practised {place} {time}.",
)

ANYWHERE = (next(iter(PLACES)), next(iter(TIMES)), 0)  # a scene of which only the subject is asked


class Unheard(Listener):
    """A listener to whom nothing is worth a line: the suite counts books."""

    def on_stage(self, stage: str) -> None: ...
    def on_done(self, line: str) -> None: ...
    def on_count(self, done: int, total: int) -> None: ...
    def on_draft(self, draft: Path) -> None: ...
    def on_page(self, number: int, total: int) -> None: ...
    def on_writing(self, text: str) -> None: ...
    def on_text(self, text: str) -> None: ...
    def on_painting(self, step: int, steps: int) -> None: ...
    def on_picture(self, picture: object) -> None: ...
    def on_warning(self, warning: str) -> None: ...


def keep_hero(subject: Subject) -> Findings:
    """In which share of the pictures of pages that name the hero the judge sees the hero's kind.

    Also without the cast: the same pages, drawn by one whom the first page alone told who the hero is.
    """
    findings = Findings()
    kept: list[bool] = []
    without: list[bool] = []
    for number, (book, kind, hero) in enumerate(_books(subject)):
        kept += _verdicts(subject, book, hero, kind, findings)
        other = subject.folder / "books" / f"{number:02}-without.md"
        if not other.exists():
            other.write_text(_without_cast(book), encoding="utf-8")
        without += _verdicts(subject, _made(subject, other, 0), hero, kind, None)
    findings.figures = {"hero_kept": Figure.share(kept), "hero_kept_without_cast": Figure.share(without)}
    return findings


def read_text(subject: Subject) -> Findings:
    """How varied and how whole the words of the continued pages are."""
    pairs: list[tuple[str, str]] = []
    ends: list[bool] = []
    repeated: list[bool] = []
    for book, _, _ in _books(subject):
        said: set[str] = set()
        for page in _read(book).pages:
            text = _text(page)
            written = split_sentences(text)
            sentences = [" ".join(words_of(sentence)) for sentence in written]
            if not page.author:
                words = words_of(text)
                pairs += zip(words, words[1:], strict=False)
                ends.append(is_finished(written[-1]))
                repeated += [sentence in said for sentence in sentences]
            said.update(sentences)
    distinct = Figure(len(set(pairs)) / max(1, len(pairs)), len(pairs))
    return Findings({"distinct_2": distinct, "full_sentence": Figure.share(ends), "repeated": Figure.share(repeated)})


def _books(subject: Subject) -> list[tuple[BookFolder, str, str]]:
    """The books, made if they are not there yet, with the hero's kind and name."""
    random = subject.random("books")
    folder = subject.folder / "books"
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for number in range(BOOKS):
        kind, name = random.choice(HEROES), random.choice(NAMES)
        file = folder / f"{number:02}.md"
        text = beginning(kind, name, random)
        if not file.exists():
            file.write_text(text, encoding="utf-8")
        made.append((_made(subject, file, PAGES - 1), kind, name))
        subject.count(number + 1, BOOKS)
    return made


def beginning(kind: str, name: str, random: Random) -> str:
    """A story's file: a hero in the cast, and a first page."""
    time = random.choice(TIMES[random.choice(list(TIMES))])
    place = random.choice(random.choice([*PLACES.values()]))
    page = random.choice(BEGINNINGS).format(name=name, time=time, Time=time.capitalize(), place=place)
    what = with_article(f"{random.choice(QUALITIES)} {kind}")
    return f"---\ntitle: {name}\ncast:\n  {name}: {what}\n---\n\n{name} was {what}. {page}\n"


def _made(subject: Subject, file: Path, pages: int) -> BookFolder:
    options = Options(pages=pages, pictures="generate", seed=subject.seed)
    return continue_story(file, subject.gill, options, Unheard())


def _verdicts(subject: Subject, folder: BookFolder, hero: str, kind: str, findings: Findings | None) -> list[bool]:
    """Whether the judge sees the hero's kind, for each picture of a page that names the hero."""
    pages = [page for page in _read(folder).pages if is_named(hero, _text(page)) and page.pictures]
    if not pages:
        return []
    pictures = [Image.open(io.BytesIO(folder.read_picture(page.pictures[-1]))) for page in pages]
    right = Verdict(subject.judge, [Scene((kind,), *ANYWHERE)] * len(pages), pictures).subject
    if findings is not None:
        shown = [(_text(page)[:60], picture, seen) for page, picture, seen in zip(pages, pictures, right, strict=True)]
        findings.sample(f"{hero}, {with_article(kind)}", shown)
    return right


def _without_cast(folder: BookFolder) -> str:
    """The book's pages as a story that has no cast."""
    pages = "\n\n---\n\n".join(_text(page) for page in _read(folder).pages)
    return f"---\ntitle: {folder.path.stem}\n---\n\n{pages}\n"


def _read(folder: BookFolder) -> Book:
    book = folder.load()
    assert book is not None  # it has just been made
    return book


def _text(page: Page) -> str:
    return "\n\n".join(block for block in page.blocks if isinstance(block, str))

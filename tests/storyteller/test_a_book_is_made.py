"""A story in, a book out: the author's pages as they are, new pages behind them, a picture on each."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from gillstory.bundle import Bundle
from gillstory.errors import BookError, GillstoryError, PhotoIndexError
from gillstory.gill.model import Gill
from gillstory.story import StoryPicture, read_story
from gillstory.storyteller import Options
from gillstory.storyteller.redo import redo
from gillstory.storyteller.sentences import is_finished, split_sentences

from .conftest import Notes, Tell, content, with_decision


def test_the_story_is_continued(tell: Tell, story: Path) -> None:
    before = content(story.parent)
    folder, book, notes = tell()
    assert folder == story.parent / "fox.book"
    assert [page.author for page in book.pages] == [True, True, False, False]
    assert book.pages[1].blocks[0] == 'Mo was an old brown bear. "Good morning," said Mo.'
    assert [page.pictures[0].origin for page in book.pages] == ["author", "generated", "generated", "generated"]
    assert notes.pages == [2, 3, 4] and not notes.warnings  # the first page has its picture
    assert [page.blocks[0] for page in book.pages[2:]] == notes.texts
    assert {name: data for name, data in content(story.parent).items() if "fox.book" not in name} == before
    page = (folder / "index.html").read_text("utf-8")
    assert "Who is who" in page and "a small orange fox" in page


def test_pages_end_where_sentences_end_and_say_nothing_twice(tell: Tell) -> None:
    _, _, notes = tell(pages=4, pictures="none")
    sentences = [sentence for text in notes.texts for sentence in split_sentences(text)]
    assert all(is_finished(sentence) for sentence in sentences)
    assert len(set(sentences)) == len(sentences)


def test_the_book_is_a_story_again(tell: Tell, story: Path) -> None:
    folder, book, _ = tell()
    again = read_story(folder / "story.md")
    assert again.settings.cast == read_story(story).settings.cast
    assert len(again.pages) == 4
    assert all(isinstance(page.turns[-1], StoryPicture) for page in again.pages)
    for number in (5, 6, 7):
        same, longer, _ = tell(folder / "story.md" if number < 7 else folder, pages=1)
        assert same == folder and len(longer.pages) == number
    before = content(folder)
    sequel, copied, _ = tell(folder / "story.md", pages=1, output=story.parent / "sequel.book")
    assert len(copied.pages) == 8 and content(folder) == before


def test_same_seed_same_bytes(tell: Tell, tmp_path: Path) -> None:
    one, other, third = (tell(output=tmp_path / name, seed=seed)[0] for name, seed in [("a", 1), ("b", 1), ("c", 2)])
    assert content(one) == content(other)
    assert content(one)["story.md"] != content(third)["story.md"]


def test_without_pictures(tell: Tell) -> None:
    folder, book, _ = tell(pictures="none")
    assert [len(page.pictures) for page in book.pages] == [1, 0, 0, 0]
    assert [file.name for file in (folder / "pictures").iterdir()] == ["page-01.jpg"]


def test_a_broken_picture_costs_that_picture(tell: Tell, story: Path) -> None:
    (story.parent / "river.png").write_bytes(b"\x89PNG\r\n\x1a\n and nothing more")
    _, book, notes = tell()
    assert [len(page.pictures) for page in book.pages] == [0, 1, 1, 1]
    assert len(notes.warnings) == 1 and "river.png" in notes.warnings[0] and "page 1" in notes.warnings[0]
    assert list(book.warnings) == notes.warnings


def test_a_picture_of_the_cast_is_read(tell: Tell, story: Path, tmp_path: Path) -> None:
    Image.new("RGB", (40, 40), "orange").save(story.parent / "pip.png")
    story.write_text(story.read_text().replace("  Pip: a small orange fox", "  Pip: {is: a fox, picture: pip.png}"))
    assert read_story(story).settings.cast[0].picture is not None
    with_picture = tell(output=tmp_path / "a")[1]
    (story.parent / "pip.png").write_bytes(b"nothing")
    _, without, notes = tell(output=tmp_path / "b")
    assert with_picture.pages[1].pictures[0].decision != without.pages[1].pictures[0].decision
    assert "Pip" in notes.warnings[0]


def test_what_cannot_be_is_said_before_anything_is_made(tell: Tell, story: Path, gill: Gill) -> None:
    with pytest.raises(GillstoryError, match="--photos"):
        tell(pictures="retrieve")
    painterless = Gill(Bundle(gill.bundle.folder, "reader", "lm", "x"), gill.language, gill.encoder, gill.adapters)
    with pytest.raises(GillstoryError, match="has no painter"):
        tell(model=painterless, pictures="generate")
    with pytest.raises(PhotoIndexError, match="not there"):
        tell(photos=story.parent / "nowhere")
    with pytest.raises(BookError, match="no template"):
        tell(template="nonsense")
    assert not (story.parent / "fox.book").exists()


def test_a_book_keeps_its_look_until_another_is_asked_for(tell: Tell, story: Path, gill: Gill) -> None:
    folder, book, _ = tell(pages=1, pictures="none", template="zine")
    assert book.template == "zine" and "/* A zine" in (folder / "index.html").read_text()
    assert tell(folder, pages=1, pictures="none")[1].template == "zine"
    _, book, _ = tell(pages=1, pictures="none", template="comic")
    assert book.template == "comic" and "/* A comic" in (folder / "index.html").read_text()
    redo(folder, 4, gill, Options(), Notes())
    assert "/* A comic" in (folder / "index.html").read_text()


def test_the_story_is_never_written_over(tell: Tell, story: Path) -> None:
    renamed = story.rename(story.parent / "story.md")
    with pytest.raises(BookError, match="would replace"):
        tell(renamed, output=story.parent)


def test_the_models_decision_is_on_record(tell: Tell, gill: Gill) -> None:
    _, book, _ = tell(model=with_decision(gill, "generate"))
    picture = book.pages[2].pictures[0]
    assert picture.decision is not None and picture.decision["generate"] > 0.99
    assert (picture.steps, picture.guidance_scale, picture.photo) == (2, 7.5, None)
    assert picture.seed is not None and picture.alt

"""The main job, end to end: the real command continues an example with the pocket bundle and photos of the examples."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from gillstory.story import read_story

ROOT = Path(__file__).parents[2]
STORY = ROOT / "examples" / "grandmothers-album.md"
NEW_PAGES = 2


def continue_story(story: Path, output: Path, data: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gillstory", "continue", str(story), "--output", str(output), *options]
    environment = {**os.environ, "GILLSTORY_DATA": str(data)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("books")
    book = folder / "album.book"
    return book, continue_story(STORY, book, folder / "data", "--pages", str(NEW_PAGES), "--json")


@pytest.fixture(scope="module")
def book(made) -> dict:
    return json.loads((made[0] / "book.json").read_text(encoding="utf-8"))


def pictures(book: dict) -> list[dict]:
    return [block["picture"] for page in book["pages"] for block in page["blocks"] if "picture" in block]


def test_it_succeeds_and_says_where_the_book_is(made):
    folder, run = made
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {"book": str(folder), "page": str(folder / "index.html")}


def test_the_story_goes_on_for_as_many_pages_as_were_asked_for(book):
    written = len(read_story(STORY).pages)
    assert [page["author"] for page in book["pages"]] == [True] * written + [False] * NEW_PAGES
    assert all(any(block.get("text") for block in page["blocks"]) for page in book["pages"])


def test_every_page_has_a_picture_that_can_be_looked_at(made, book):
    assert len(pictures(book)) == len(book["pages"])
    for picture in pictures(book):
        with Image.open(made[0] / picture["file"]) as image:
            assert image.size == (picture["width"], picture["height"])


def test_a_painted_picture_is_large_enough_for_its_page(book):
    sizes = {(picture["width"], picture["height"]) for picture in pictures(book) if picture["origin"] == "generated"}
    assert sizes == {(512, 512)}


def test_the_decision_chose_photos_for_some_pages_and_painting_for_others(book):
    origins = [picture["origin"] for picture in pictures(book)]
    assert {"retrieved", "generated"} <= set(origins)
    for picture in pictures(book):
        wanted = "retrieve" if picture["origin"] == "retrieved" or picture["reason"] else "generate"
        assert picture["decision"][wanted] > 0.5  # painted although a photo was wanted: none shows it, says the reason


def test_no_photo_is_shown_twice(book):
    photos = [picture["photo"] for picture in pictures(book) if picture["photo"]]
    assert len(photos) == len(set(photos))


def test_the_continued_story_can_be_read_again(made, book):
    story = read_story(made[0] / "story.md")
    assert len(story.pages) == len(book["pages"])


def test_the_page_needs_nothing_from_elsewhere(made):
    html = (made[0] / "index.html").read_text(encoding="utf-8")
    assert 'src="data:image/' in html
    assert 'src="http' not in html


def test_the_same_command_again_leaves_the_book_as_it_is(made):
    folder, _ = made
    before = {file.name: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    again = continue_story(STORY, folder, folder.parent / "data", "--pages", str(NEW_PAGES))
    assert again.returncode == 0, again.stderr
    assert {file.name: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before

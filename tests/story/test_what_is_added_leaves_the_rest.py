"""A picture or a page that is added to a story leaves everything else in it as it was written, byte for byte.

Over generated documents, and over the examples of the CommonMark specification, 0.31 (commonmark.json, as mistune's
tests have them).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gillstory.errors import StoryError
from gillstory.story import PictureLink, Story, as_page, parse_story, with_links, with_page, with_picture
from gillstory.story.story import StoryPicture

from .conftest import picture_folder, same
from .test_stories_written_and_read_again import MARKDOWN

EXAMPLES = json.loads((Path(__file__).parent / "commonmark.json").read_text())
HEN = PictureLink("a *hen* [1]", "my hen (1).jpg", {"id": "hen", "class": "left wide", "seed": "7", "alt": "a hen"})
NEWLINES = st.sampled_from(["\n", "\r\n"])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return picture_folder(tmp_path_factory.mktemp("stories"))


def parsed(text: str, place: Path) -> Story:
    return parse_story(text.encode(), place / "story.md")


def check(text: str, place: Path) -> None:
    """Add a page and, to each page, a picture."""
    story = parsed(text, place)
    whole = (story.top + story.body).replace("\n", story.newline)
    longer = with_page(story, "A hen.", [HEN])
    assert longer.startswith(whole)
    after = parsed(longer, place)
    assert len(after.pages) == len(story.pages) + 1
    assert same(after)[:-2] == same(story)[:-1]
    assert same(after)[-1] == (None, ["A hen.", (HEN.alt, place / HEN.target)])
    for number, page in enumerate(story.pages):
        shown = with_picture(story, number, HEN)
        cut = len((story.top + story.body[: page.span[1]]).replace("\n", story.newline))
        rest = len(whole) - cut
        assert shown[:cut] == whole[:cut] and shown[len(shown) - rest :] == whole[cut:]
        after = parsed(shown, place)
        assert len(after.pages) == len(story.pages)
        picture = after.pages[number].turns[-1]
        assert isinstance(picture, StoryPicture) and picture.path == place / HEN.target
        assert dict(picture.attributes) == HEN.attributes
        assert [same(after)[n] for n in range(len(story.pages)) if n != number] == [
            same(story)[n] for n in range(len(story.pages)) if n != number
        ]


@settings(max_examples=60, deadline=None)
@given(MARKDOWN, NEWLINES)
def test_generated_documents(place: Path, markdown: str, newline: str) -> None:
    check(f"---\ntitle: A fox # and more\n---\nFox.\n\n{markdown}".replace("\r", "").replace("\n", newline), place)


def test_the_examples_of_commonmark(place: Path) -> None:
    without_picture = 0
    for example in EXAMPLES:
        try:
            parsed(f"Fox.\n\n{example}", place)
        except StoryError:  # it shows a picture that is not there
            without_picture += 1
            continue
        check(f"Fox.\n\n{example}", place)
    assert len(EXAMPLES) > 600 and without_picture < 30


@settings(max_examples=60, deadline=None)
@given(MARKDOWN)
def test_a_picture_exchanged_leaves_the_rest(place: Path, markdown: str) -> None:
    story = parsed(f"Fox.\n\n{markdown}", place)
    pictures = [turn for page in story.pages for turn in page.turns if isinstance(turn, StoryPicture)]
    links = [(picture, PictureLink(picture.alt, "sub/owl.png", picture.attributes)) for picture in pictures]
    after = parsed(with_links(story, links), place)
    assert len(after.pages) == len(story.pages)
    shown = [turn for page in after.pages for turn in page.turns if isinstance(turn, StoryPicture)]
    assert [(p.path, p.alt, p.attributes) for p in shown] == [
        (place / "sub/owl.png", p.alt, p.attributes) for p in pictures
    ]
    assert with_links(story, []) == story.top + story.body


@settings(max_examples=60, deadline=None)
@given(st.lists(MARKDOWN, min_size=1, max_size=3))
def test_what_a_model_writes_is_one_page_as_it_was_read(place: Path, written: list[str]) -> None:
    story = parsed("Fox ![x] [r].\n", place)
    for text in map(as_page, written):
        if not text.strip():
            continue
        after = parsed(with_page(story, text), place)
        assert len(after.pages) == len(story.pages) + 1
        assert after.pages[-1].turns == (text,)
        assert [page.turns for page in after.pages[:-1]] == [page.turns for page in story.pages]
        story = after


def test_what_is_written_about_a_picture_stays(place: Path) -> None:
    story = parsed('Fox. ![a *fox*](<fox.png> "title"){width=50%} ![[fox.png|Pip]] ![r]\n\n[r]: fox.png', place)
    pictures = [turn for turn in story.pages[0].turns if isinstance(turn, StoryPicture)]
    links = [(picture, PictureLink(picture.alt, "pictures/1.png", picture.attributes)) for picture in pictures]
    assert with_links(story, links) == (
        'Fox. ![a *fox*](pictures/1.png "title"){width=50%} ![Pip](pictures/1.png) ![r](pictures/1.png)\n\n[r]: fox.png'
    )
    assert with_links(story, [(picture, None) for picture in pictures]) == "Fox.   \n\n[r]: fox.png"

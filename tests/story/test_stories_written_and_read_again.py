"""What `to_markdown` writes, `read_story` reads as the same pages, headings, texts, pictures and settings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gillstory.story import CastMember, PictureLink, Settings, StoryPicture, read_story, to_markdown

from .conftest import Write, markdown_of, pages, picture_folder, same

# Pieces of Markdown that mean something at the beginning of a line, within it, or only together.
BLOCKS = (
    *(
        "---",
        "- - -",
        "===",
        "***",
        "# Fox",
        "## Hen ##",
        "### Owl",
        "#",
        "- one",
        "1. two",
        "> said",
        "    code",
        "...",
    ),
    *("```", "~~~ yaml", "<!--", "-->", "<div>", "| a | b |", "| --- | --- |", "[^1]: note", "[r]: <fox.png>"),
)
PICTURES = (
    *("![fox](fox.png)", "![a *b* `c`](<my hen (1).jpg>){width=50% seed=7}", "![\\[](fox.png 't')", "![r]", "![x][r]"),
    *("[![a](fox.png)](https://example.org)", "[to ![a](fox.png) go](x)", "**![](sub/owl.png)**", "![[fox.png|Pip]]"),
)
WORDS = (
    *("Once upon a time", "Füchsin", "`![fox](fox.png)`", "\\![x](fox.png)", "[r]", "![[note]]", "title: x", "&amp;"),
    *("\\", "`", "*", "_", "$x$", "\t", "{.right}", "\u2028", "\u00a0", "\x0c", "\ufeff", "\r"),
)
BETWEEN = ("", " ", "\n", "\n", "\n\n", "\n\n", "\n  ", "\n> ", "\n- ", "\\\n")
MARKDOWN = st.lists(
    st.tuples(st.sampled_from(BETWEEN), st.sampled_from(BLOCKS) | st.sampled_from(PICTURES) | st.sampled_from(WORDS)),
    max_size=12,
).map(lambda pairs: "".join(between + piece for between, piece in pairs))
LINES = st.text(st.characters(exclude_categories=("Cs", "Cc"))).map(str.strip).filter(bool)
TURNS = st.lists(MARKDOWN.filter(str.strip) | st.just(PictureLink("a fox", "fox.png")), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return picture_folder(tmp_path_factory.mktemp("stories"))


@settings(max_examples=80, deadline=None)
@given(MARKDOWN)
def test_any_story_is_the_same_when_it_is_written_and_read_again(place: Path, markdown: str) -> None:
    (place / "story.md").write_bytes(f"Fox.\n\n{markdown}".encode())
    story = read_story(place / "story.md")
    (place / "again.md").write_text(markdown_of(story, place), encoding="utf-8")
    assert same(read_story(place / "again.md")) == same(story)


@settings(max_examples=80, deadline=None)
@given(st.lists(TURNS, max_size=4))
def test_whatever_a_model_writes_stays_on_its_page_and_shows_no_picture(
    place: Path, written: list[list[str | PictureLink]]
) -> None:
    (place / "book.md").write_text(to_markdown(Settings(), [["Fox."], *written], place), encoding="utf-8")
    story = read_story(place / "book.md")
    expected = [_kinds(turns, PictureLink) for turns in [["Fox."], *written]]
    assert [_kinds(page.turns, StoryPicture) for page in story.pages] == expected


@settings(max_examples=80, deadline=None)
@given(
    st.builds(
        Settings,
        title=st.none() | LINES,
        author=st.none() | LINES,
        lang=st.sampled_from(["en", "no", "pt-BR"]),
        seed=st.none() | st.integers(-(2**63) + 1, 2**63 - 1),
        model=st.none() | st.just("pocket"),
        style=st.none() | LINES,
        cast=st.lists(st.builds(CastMember, LINES, LINES), max_size=3, unique_by=lambda m: m.name).map(tuple),
    )
)
def test_settings_are_the_same_whatever_words_they_hold(place: Path, chosen: Settings) -> None:
    (place / "top.md").write_text(to_markdown(chosen, [["---", "A fox."]], place), encoding="utf-8")
    assert read_story(place / "top.md").settings == chosen


@settings(max_examples=80, deadline=None)
@given(alt=LINES | st.text("\\[]()*_`<>&!~#|{}\"' a", min_size=1).map(str.strip), name=LINES)
def test_any_words_about_a_picture_and_any_file_name_are_read_as_they_were(place: Path, alt: str, name: str) -> None:
    file = place / "names" / (name.replace("/", "")[:60].strip() + ".png")
    file.parent.mkdir(exist_ok=True)
    file.touch()
    written = to_markdown(Settings(), [["A fox.", PictureLink(alt, f"names/{file.name}")]], place)
    (place / "named.md").write_text(written, encoding="utf-8")
    _, picture = read_story(place / "named.md").pages[0].turns
    assert isinstance(picture, StoryPicture)
    assert picture.path == file
    assert picture.alt == re.sub(" +", " ", alt)  # as in HTML, several spaces are one


def test_folders_in_the_settings_are_written_as_seen_from_the_books_folder(folder: Path, write: Write) -> None:
    for name in ("album", "my model", "my template", "story.book"):
        (folder / name).mkdir()
    Image.new("RGB", (1, 1)).save(folder / "album" / "pip.png")
    story = read_story(
        write(
            "---\nphotos: album\nmodel: my model\ntemplate: my template\n"
            "cast:\n  Pip: {is: a fox, picture: album/pip.png}\n---\nA fox."
        )
    )
    markdown = to_markdown(story.settings, [["A fox."]], folder / "story.book")
    assert "photos: ../album\n" in markdown
    assert str(folder) not in markdown
    again = folder / "story.book" / "story.md"
    again.write_text(markdown, encoding="utf-8")
    assert read_story(again).settings == story.settings


def test_a_cast_members_picture_that_the_book_could_not_reach_is_left_out(folder: Path, write: Write) -> None:
    (folder / "story.book").mkdir()
    story = read_story(write("---\ncast:\n  Pip: {is: a fox, picture: fox.png}\n---\nA fox."))
    again = folder / "story.book" / "story.md"
    again.write_text(to_markdown(story.settings, [["A fox."]], again.parent), encoding="utf-8")
    assert read_story(again).settings == replace(story.settings, cast=(CastMember("Pip", "a fox"),))


def test_a_story_without_settings_begins_with_its_words(place: Path) -> None:
    assert to_markdown(Settings(), [["A fox."], [], ["  \n"], ["A hen."]], place) == "A fox.\n\n---\n\nA hen.\n"


@pytest.mark.parametrize("name", ["pip-the-fox.md", "grandmothers-album.md", "night-train.yaml"])
def test_the_examples_are_the_same_when_written_and_read_again(name: str, tmp_path: Path) -> None:
    examples = Path(__file__).parents[2] / "examples"
    story = read_story(examples / name)
    (tmp_path / "photos").symlink_to(examples / "photos")
    (tmp_path / "story.md").write_text(
        to_markdown(
            replace(story.settings, photos=examples / "photos"),
            [
                [turn if isinstance(turn, str) else PictureLink(turn.alt, str(turn.path)) for turn in page.turns]
                for page in story.pages
            ],
            tmp_path,
        ),
        encoding="utf-8",
    )
    again = read_story(tmp_path / "story.md")
    assert same(again) == same(story)
    assert again.settings == replace(story.settings, photos=(examples / "photos").resolve())
    assert all(len(turns) <= 3 for turns in pages(story))


def _kinds(turns: Iterable[object], picture: type) -> str:
    """Turns as letters, t for a text and p for a picture; texts that follow each other are one."""
    letters = "".join("p" if isinstance(turn, picture) else "t" for turn in turns)
    return re.sub("t+", "t", letters)

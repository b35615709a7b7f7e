"""The keys at the top of a story: what each gives, and what is said when one is wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from gillstory.story import CastMember, Settings, read_story, to_markdown

from .conftest import Write, pages, problem


def test_every_key_is_read(write: Write, folder: Path) -> None:
    top = (
        "title: Pip\nauthor: Ada\nlang: pt_BR\nseed: 7\nmodel: pocket\nphotos: ../album\ntemplate: comic\nstyle: ink\n"
        "cast:\n  Pip: a small fox\n  Ada: {is: a girl, picture: fox.png}\n  Mo: {picture: sub/owl.png}\n"
    )
    expected = Settings(
        title="Pip",
        author="Ada",
        lang="pt-BR",
        seed=7,
        model="pocket",
        photos=folder.parent / "album",
        template="comic",
        style="ink",
        cast=(
            CastMember("Pip", "a small fox"),
            CastMember("Ada", "a girl", folder / "fox.png"),
            CastMember("Mo", "", folder / "sub" / "owl.png"),
        ),
    )
    assert read_story(write(f"---\n{top}---\nA fox.")).settings == expected
    assert read_story(write(f"---\n{top}...\n\nA fox.")).settings == expected
    assert read_story(write(f"{top}pages: [A fox.]\n", "story.yml")).settings == expected


def test_no_key_is_needed(write: Write) -> None:
    assert read_story(write("A fox.")).settings == Settings()
    assert read_story(write("---\n---\nA fox.")).settings == Settings()
    assert read_story(write("---\ntitle:\nseed:\ncast:\nlang:\n---\nA fox.")).settings == Settings()


def test_texts_are_read_as_they_are_written(write: Write) -> None:
    found = read_story(write("---\ntitle: 1984\nauthor: No\nlang: no\nstyle: 2001-01-01\n---\nA fox.")).settings
    assert found == Settings(title="1984", author="No", lang="no", style="2001-01-01")


def test_a_model_or_template_beside_the_story_is_a_folder_and_otherwise_a_name(write: Write, folder: Path) -> None:
    markdown = "---\nmodel: mine\ntemplate: ../story.css\n---\nA fox."
    assert read_story(write(markdown)).settings == Settings(model="mine", template="../story.css")
    (folder / "mine").mkdir()
    assert read_story(write(markdown)).settings.model == str(folder / "mine")


def test_photos_may_be_those_of_some_days(write: Write) -> None:
    story = read_story(write("---\nphotos: {folder: ../album, since: 2019-06, until: 2020}\n---\nA fox."))
    folder = story.file.parent
    assert story.settings.photos == folder.parent / "album"
    assert (story.settings.photos_since, story.settings.photos_until) == (date(2019, 6, 1), date(2020, 12, 31))
    again = read_story(write(to_markdown(story.settings, [["A fox."]], folder)))
    assert again.settings == story.settings


def test_photos_may_lie_in_the_home_folder(write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read_story(write("---\nphotos: ~/Pictures\n---\nA fox.")).settings.photos == tmp_path / "Pictures"


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        ("author: x\ntitel: y", "3: unknown key 'titel'. There is: title, author, lang, seed, model, photos, template"),
        ("title: x\nauthor: y\ntitle: z", "4: 'title' stands here again, first in line 2"),
        ("title: [a, b]", "2: 'title' must be a text"),
        ("title: Pip: a fox", "2: not readable as YAML"),
        ("author: x\n\ttitle: y", "3: not readable as YAML"),
        ("title: x\nmodel: [a\nseed: 3", "4: not readable as YAML"),
        ("title: a\x07b", "2: the sign U+0007 is not allowed"),
        ("seed: many", "2: 'seed' must be a whole number"),
        ("seed: 1.5", "2: 'seed' must be a whole number"),
        ("seed: true", "2: 'seed' must be a whole number"),
        ("seed: 99999999999999999999", "2: 'seed' must be a whole number"),
        ("lang: English", "2: 'English' is not the short name of a language"),
        ("photos: [a, b]", "2: 'photos' must be a text"),
        ("photos: {a: b}", "2: unknown key 'a'. There is: folder, since, until"),
        ("photos:\n  since: last summer", "3: 'last summer' is not a date. Write a year, a month or a day"),
        ("cast: Pip", "2: 'cast' must say who each name is"),
        ("cast:\n  Pip: a fox\n  Mo:", "4: the cast does not say who Mo is"),
        ("cast:\n  Pip: [a, fox]", "3: the cast does not say who Pip is"),
        ("cast:\n  Pip: {}", "3: the cast does not say who Pip is"),
        ("cast:\n  Pip: a fox\n  Pip: a hen", "4: 'Pip' stands here again, first in line 3"),
        ("cast:\n  Pip:\n    was: a fox", "4: unknown key 'was'. There is: is, picture"),
        ("cast:\n  Pip:\n    is: a fox\n    picture: no.png", "5: the picture no.png is not there"),
        ("just words", "2: the top of the story is not a list of settings"),
        ("[a, b]: c", "2: a key must be a word"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(write: Write, top: str, expected: str) -> None:
    assert problem(write(f"---\n{top}\n---\n\nA fox.")).startswith(expected)
    if top != "just words":
        moved = problem(write(f"# a story\n{top}\npages: [A fox.]\n", "story.yaml"))
        assert moved.partition(":")[2][:20] == expected.partition(":")[2][:20]


def test_lines_are_counted_as_an_editor_counts_them(write: Write) -> None:
    assert problem(write("---\ntitle: 'a\u2028b\u0085c'\nseed: x\n---\nA fox.")).startswith("3: 'seed'")
    assert problem(write("---\r\ntitle: a\r\nseed: x\r\n---\r\nA fox.")).startswith("3: 'seed'")


@pytest.mark.parametrize(
    "markdown",
    ["---\n\nOnce: a fox.\n\n---\n\nA hen.", "---\n\nA fox.\n\n---\n\nA hen.", '---\n\n*A*: "fox\n\n---\n\nA hen.'],
)
def test_prose_between_two_separators_is_no_settings(write: Write, markdown: str) -> None:
    story = read_story(write(markdown))
    assert story.settings == Settings()
    assert len(story.pages) == 2


def test_a_separator_at_the_beginning_without_a_second_one(write: Write) -> None:
    assert pages(read_story(write("---\nA fox: a hen."))) == [["A fox: a hen."]]

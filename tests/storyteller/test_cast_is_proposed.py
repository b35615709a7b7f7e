"""A cast is proposed from what a draft says, by plain rules; and it stays with the book, pictures included."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from gillstory.story import read_story
from gillstory.storyteller.casting import propose_cast

from .conftest import Tell


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pip was a small orange fox who lived in the forest.", {"Pip": "a small orange fox"}),
        ("There was an old bear named Mo. Mo slept.", {"Mo": "an old bear"}),
        ("A small otter named Oskar came by.", {"Oskar": "a small otter"}),
        ("Greta, a plump brown hen, sang.", {"Greta": "a plump brown hen"}),
        ("They met Otto the owl. It was a cold day.", {"Otto": "an owl"}),
        ("In the wood Tilly ran. Then came Tilly again.", {"Tilly": ""}),
        ("Night fell. The river was a ribbon. It was a dark night. When Monday came, Monday was grey.", {}),
        ("Oskar Otter was a brave otter. Soon Oskar Otter swam.", {"Oskar Otter": "a brave otter"}),
        ("`Code was a fox`. To the sea, said Luna the cat.", {"Luna": "a cat"}),
    ],
)
def test_who_is_in_a_draft(tmp_path: Path, text: str, expected: dict[str, str]) -> None:
    (tmp_path / "draft.md").write_text(text)
    cast = propose_cast(read_story(tmp_path / "draft.md"))
    assert {member.name: member.description for member in cast} == expected


def test_who_is_in_the_cast_already_stays(tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_text("---\ncast:\n  Pip: a red fox\n---\nPip was a fox. Mo was a bear.")
    cast = propose_cast(read_story(tmp_path / "draft.md"))
    assert [(member.name, member.description) for member in cast] == [("Pip", "a red fox"), ("Mo", "a bear")]


def test_a_picture_of_the_cast_goes_with_the_book(tell: Tell, story: Path) -> None:
    picture = Image.new("RGB", (40, 40), "orange")
    exif = picture.getexif()
    exif[271] = "A camera"
    picture.save(story.parent / "pip.jpg", exif=exif)
    story.write_text(story.read_text().replace("  Pip: a small orange fox", "  Pip: {is: a fox, picture: pip.jpg}"))
    folder, _, _ = tell(pages=1)
    (story.parent / "pip.jpg").unlink()
    member = read_story(folder / "story.md").settings.cast[0]
    assert member.description == "a fox" and member.picture is not None
    assert member.picture.is_relative_to(folder) and b"A camera" not in member.picture.read_bytes()
    assert not tell(folder, pages=1)[2].warnings

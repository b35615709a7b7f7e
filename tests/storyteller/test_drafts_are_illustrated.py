"""Drafts get pictures and keep their words; what is broken stops nothing, and what is done is not done again."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gillstory.book.folder import BookFolder
from gillstory.errors import StoryError
from gillstory.gill.model import Gill
from gillstory.storyteller import Options
from gillstory.storyteller.illustrating import Every, Outcome, drafts_in, illustrate_drafts, plan_of

from .conftest import Notes, content

DRAFT = """# One

Pip sat.

---

Mo ran. | no | table |

# Two

Pip ate.

![owl](owl.png)

# Three

Mo slept.
"""


def illustrate(
    *drafts: Path, gill: Gill, every: Every = "page", jobs: int = 1, notes: Notes | None = None
) -> list[Outcome]:
    """Illustrate drafts: what became of each, in the order in which they are given."""
    outcomes = illustrate_drafts(drafts, every, gill, lambda settings: Options(), jobs, notes or Notes())
    return sorted(outcomes, key=lambda outcome: drafts.index(outcome.draft))


def illustrate_draft(draft: Path, every: Every, gill: Gill, notes: Notes | None = None) -> int:
    (outcome,) = illustrate(draft, gill=gill, every=every, notes=notes)
    assert outcome.error is None
    return outcome.pictures


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    file = tmp_path / "drafts" / "pip.md"
    file.parent.mkdir()
    file.write_text(DRAFT)
    Image.new("RGB", (20, 20), "grey").save(file.parent / "owl.png")
    return file


def test_a_draft_is_illustrated_once_and_its_words_stay(draft: Path, gill: Gill) -> None:
    before = content(draft.parent)
    assert plan_of(draft, "page").pages == (1, 2, 4) and plan_of(draft, "page").lines == (1, 7, 15)
    assert illustrate_draft(draft, "page", gill) == 3
    folder = plan_of(draft, "page").book
    book = BookFolder(folder).load()
    assert book is not None and [len(page.pictures) for page in book.pages] == [1, 1, 1, 1]
    text = (folder / "story.md").read_text()
    for picture in book.pictures[:2] + book.pictures[3:]:
        text = text.replace(f"\n\n![{picture.alt}]({picture.file})", "", 1)
    assert text.replace(book.pictures[2].file, "owl.png").split() == DRAFT.split()
    assert {name: data for name, data in content(draft.parent).items() if name in before} == before
    made = content(folder)
    notes = Notes()
    assert illustrate_draft(draft, "page", gill, notes) == 0 and not notes.pictures
    assert content(folder) == made


def test_headings_alone(draft: Path, gill: Gill) -> None:
    assert plan_of(draft, "heading").pages == (1, 4)
    assert illustrate_draft(draft, "heading", gill) == 2
    assert illustrate_draft(draft, "heading", gill) == 0


def test_other_pages_are_asked_for_later(draft: Path, gill: Gill) -> None:
    assert illustrate_draft(draft, "heading", gill) == 2
    assert plan_of(draft, "page").pages == (2,)
    assert illustrate_draft(draft, "page", gill) == 1
    assert plan_of(draft, "page").pages == ()


def test_scenes_become_pages_with_a_picture_each(draft: Path, gill: Gill) -> None:
    draft.write_text(
        "# One\r\n\r\nPip sat.\r\n***\r\nMo ran.\r\n\r\n---\r\n\r\n    ***\r\n\r\nPip ate.\r\n", newline=""
    )
    assert plan_of(draft, "page").lines == (1, 9)
    assert plan_of(draft, "scene").lines == (1, 5, 9)
    assert illustrate_draft(draft, "scene", gill) == 3
    folder = plan_of(draft, "scene").book
    book = BookFolder(folder).load()
    assert book is not None and [len(page.pictures) for page in book.pages] == [1, 1, 1]
    assert "    ***\r\n\r\nPip ate." in (folder / "story.md").read_bytes().decode()  # code stays code
    assert illustrate_draft(draft, "scene", gill) == 0


def test_drafts_side_by_side_get_the_pictures_that_each_would_get_alone(
    draft: Path, gill: Gill, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [draft.with_name(f"{name}.md") for name in ("mo", "no", "zoe")]
    for other in others:
        other.write_text(f"{other.stem.title()} sat.\n\n---\n\n{other.stem.title()} ran.\n")
    others[1].write_text("![x](not-there.png)\n")
    drafts = [draft, *others]
    assert [(outcome.pictures, outcome.error is None) for outcome in illustrate(*drafts, gill=gill)] == [
        (3, True),
        (2, True),
        (0, False),
        (2, True),
    ]
    books = [plan_of(file, "page").book for file in (draft, others[0], others[2])]
    alone = [content(book) for book in books]
    for book in books:
        shutil.rmtree(book)
    batches: list[int] = []
    paint = Gill.paint_batch

    def counted(self: Gill, conditions: Sequence[Any], *arguments: Any) -> list[Image.Image]:
        batches.append(len(conditions))
        return paint(self, conditions, *arguments)

    monkeypatch.setattr(Gill, "paint_batch", counted)
    assert sum(outcome.pictures for outcome in illustrate(*drafts, gill=gill, jobs=3)) == 7
    assert batches == [3, 3, 1]
    for one, other in zip(alone, map(content, books), strict=True):
        assert one.keys() == other.keys()
        for name in one:
            if name.endswith(".png"):
                images = [np.asarray(Image.open(io.BytesIO(data)), dtype=int) for data in (one[name], other[name])]
                assert np.abs(images[0] - images[1]).max() <= 1


def test_what_nobody_expects_costs_one_draft(draft: Path, gill: Gill, monkeypatch: pytest.MonkeyPatch) -> None:
    other = draft.with_name("mo.md")
    other.write_text("Mo sat.\n")
    paint = Gill.paint_batch

    def fragile(self: Gill, conditions: Sequence[Any], seeds: Sequence[int], *arguments: Any) -> list[Image.Image]:
        if broken in seeds:
            raise ZeroDivisionError
        return paint(self, conditions, seeds, *arguments)

    broken = -1
    monkeypatch.setattr(Gill, "paint_batch", fragile)
    assert illustrate(other, gill=gill)[0].pictures == 1
    book = BookFolder(plan_of(other, "page").book).load()
    assert book is not None and book.pictures[0].seed is not None
    shutil.rmtree(plan_of(other, "page").book)
    broken = book.pictures[0].seed
    draft.write_text("# One\n\n![owl](owl.png)\n\n---\n\nPip sat.\n")  # another page, and so another seed
    fine, failed = illustrate(draft, other, gill=gill, jobs=2)
    assert (fine.pictures, fine.error) == (1, None)
    assert isinstance(failed.error, ZeroDivisionError)
    broken = -1
    assert [outcome.pictures for outcome in illustrate(draft, other, gill=gill, jobs=2)] == [0, 1]  # what was left


def test_a_stopped_run_makes_what_is_left(draft: Path, gill: Gill) -> None:
    class Stopped(Notes):
        def on_page(self, number: int, total: int) -> None:
            if number == 4:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        illustrate_draft(draft, "page", gill, Stopped())
    assert illustrate_draft(draft, "page", gill) == 1


def test_what_a_person_edited_in_the_book_is_planned_made_and_counted(draft: Path, gill: Gill) -> None:
    illustrate_draft(draft, "page", gill)
    file = plan_of(draft, "page").book / "story.md"
    Image.new("RGB", (20, 20), "red").save(file.parent / "mine.png")
    edited = file.read_text().replace("Pip sat.", "Pip sat down to eat.")
    file.write_text(f"A cat.\n\n![](mine.png)\n\n---\n\nA dog.\n\n---\n\n{edited}")
    before = content(file.parent)
    plan = plan_of(draft, "page")
    assert content(file.parent) == before  # a look changes nothing
    assert (plan.file, plan.pages, plan.lines) == (file.absolute(), (2, 3), (7, 11))
    assert [opening.partition(" ")[2] for opening in plan.openings] == ["dog.", "One Pip sat down to eat."]
    assert illustrate_draft(draft, "page", gill) == 2
    assert plan_of(draft, "page").pages == ()


def test_drafts_in_folders(draft: Path, tmp_path: Path) -> None:
    for name in ("b.yaml", "sub/c.md", ".hidden/d.md", "e.book/story.md", "gillstory.yaml", "notes.txt", "README.md"):
        (draft.parent / name).parent.mkdir(exist_ok=True)
        (draft.parent / name).write_text("pages: [A fox.]\n")
    found = drafts_in([draft.parent, draft])
    assert [file.relative_to(draft.parent).as_posix() for file in found] == ["b.yaml", "pip.md", "sub/c.md"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(StoryError, match="no drafts"):
        drafts_in([tmp_path / "empty"])

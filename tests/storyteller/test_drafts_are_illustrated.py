"""Drafts get pictures and keep their words; what is broken stops nothing, and what is done is not done again."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from gillstory.book.folder import BookFolder
from gillstory.errors import StoryError
from gillstory.gill.model import Gill
from gillstory.storyteller import Options
from gillstory.storyteller.illustrating import drafts_in, illustrate_draft, plan_of

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
    assert illustrate_draft(draft, "page", gill, Options(), Notes()) == 3
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
    assert illustrate_draft(draft, "page", gill, Options(), notes) == 0 and not notes.pictures
    assert content(folder) == made


def test_headings_alone(draft: Path, gill: Gill) -> None:
    assert plan_of(draft, "heading").pages == (1, 4)
    assert illustrate_draft(draft, "heading", gill, Options(), Notes()) == 2
    assert illustrate_draft(draft, "heading", gill, Options(), Notes()) == 0


def test_a_stopped_run_makes_what_is_left(draft: Path, gill: Gill) -> None:
    class Stopped(Notes):
        def on_page(self, number: int, total: int) -> None:
            if number == 4:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        illustrate_draft(draft, "page", gill, Options(), Stopped())
    assert illustrate_draft(draft, "page", gill, Options(), Notes()) == 1


def test_drafts_in_folders(draft: Path, tmp_path: Path) -> None:
    for name in ("b.yaml", "sub/c.md", ".hidden/d.md", "e.book/story.md", "gillstory.yaml", "notes.txt", "README.md"):
        (draft.parent / name).parent.mkdir(exist_ok=True)
        (draft.parent / name).write_text("pages: [A fox.]\n")
    found = drafts_in([draft.parent, draft])
    assert [file.relative_to(draft.parent).as_posix() for file in found] == ["b.yaml", "pip.md", "sub/c.md"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(StoryError, match="no drafts"):
        drafts_in([tmp_path / "empty"])

"""A killed run loses at most the page in work, and the book is, byte for byte, that of an unbroken run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import gillstory
from gillstory.errors import BookError
from gillstory.story import read_story
from gillstory.storyteller.prompt import Prompt

from .conftest import Notes, Tell, content, write_bundle

RUN = """
import os, signal, sys
from pathlib import Path
import gillstory
from gillstory.storyteller import Options, continue_story
from tests.storyteller.conftest import Notes

class Killed(Notes):
    def on_text(self, text):
        super().on_text(text)
        if len(self.texts) == 2:
            os.kill(os.getpid(), signal.SIGKILL)

story, bundle, photos, output = map(Path, sys.argv[1:5])
options = Options(pages=3, seed=1, photos=photos, output=output)
continue_story(story, gillstory.load(bundle, device="cpu"), options, Killed())
"""


class Interrupted(Notes):
    """Ctrl-C when the picture of a page is there, before the page is on the disk."""

    def on_picture(self, picture: object) -> None:
        raise KeyboardInterrupt


def test_a_killed_run_goes_on_where_it_was(
    tell: Tell, story: Path, bundle: Path, photos: Path, tmp_path: Path, data: Path
) -> None:
    unbroken, book, _ = tell(pages=3, photos=photos)
    project = str(Path(__file__).parents[2])
    output = tmp_path / "killed.book"
    killed = subprocess.run(
        [sys.executable, "-c", RUN, str(story), str(bundle), str(photos), str(output)],
        env={**os.environ, "PYTHONPATH": project, "GILLSTORY_DATA": str(data)},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert len(read_story(output / "story.md").pages) == 3
    _, resumed, notes = tell(pages=3, photos=photos, output=output)
    assert notes.pages == [4, 5] and len(notes.texts) == 2
    assert resumed == book
    assert content(output) == content(unbroken)


def test_ctrl_c_at_any_page_is_harmless(tell: Tell, tmp_path: Path) -> None:
    unbroken, _, _ = tell()
    with pytest.raises(KeyboardInterrupt):
        tell(output=tmp_path / "stopped", notes=Interrupted())
    _, _, notes = tell(output=tmp_path / "stopped")
    assert notes.pages == [2, 3, 4]
    assert content(tmp_path / "stopped") == content(unbroken)


def test_more_pages_are_the_pages_of_a_longer_run(tell: Tell, tmp_path: Path) -> None:
    longer, _, _ = tell(pages=3)
    short, _, _ = tell(pages=1, output=tmp_path / "short")
    _, _, notes = tell(pages=3, output=tmp_path / "short")
    assert notes.pages == [4, 5]
    assert content(short) == content(longer)


def test_a_window_that_moved_on_is_the_same_after_a_stop(
    tell: Tell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves = []
    move_on = Prompt._move_on
    monkeypatch.setattr(Prompt, "_move_on", lambda self, room: (moves.append(room), move_on(self, room)))
    small = gillstory.load(write_bundle(tmp_path / "small", context=160), device="cpu")
    unbroken, _, _ = tell(model=small, pages=6)
    assert len(moves) >= 2
    for pages in (3, 4, 6):
        tell(model=small, pages=pages, output=tmp_path / "stopped")
    assert content(tmp_path / "stopped") == content(unbroken)


def test_a_finished_book_is_only_rendered_again(tell: Tell) -> None:
    folder, _, _ = tell()
    before = {name: (folder / name).stat().st_mtime_ns for name in content(folder)}
    (folder / "index.html").unlink()
    _, _, notes = tell()
    after = {name: (folder / name).stat().st_mtime_ns for name in content(folder)}
    assert notes.lines == ["the book has its 4 pages already"] and not notes.pages
    assert {name for name in before if before[name] != after[name]} == {"index.html"}


@pytest.mark.parametrize("change", ["story", "seed", "pictures"])
def test_the_book_of_another_story_is_kept(tell: Tell, story: Path, change: str) -> None:
    folder, _, _ = tell()
    before = content(folder)
    if change == "story":
        story.write_text(story.read_text() + "Then it rained.\n")
    options = {"seed": {"seed": 2}, "pictures": {"pictures": "none"}}.get(change, {})
    again, _, notes = tell(**options)
    assert again == folder and content(folder) != before
    assert content(story.parent / "fox.1.book") == before
    assert "fox.1.book" in notes.lines[0]
    if change == "seed":
        tell(seed=3)
        assert (story.parent / "fox.2.book" / "book.json").exists()


def test_two_runs_on_one_book(tell: Tell) -> None:
    class Impatient(Notes):
        """Begins a second run while the first is at work."""

        def on_text(self, text: str) -> None:
            with pytest.raises(BookError, match="another run"):
                tell()
            super().on_text(text)

    _, book, notes = tell(notes=Impatient())
    assert len(notes.texts) == 2 and len(book.pages) == 4

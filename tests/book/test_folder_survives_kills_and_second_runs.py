"""One run at a time works on a book; a kill at any moment leaves whole files; other folders are left as they are."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gillstory.book.book import Book, Page
from gillstory.book.folder import BOOK, BookFolder
from gillstory.errors import BookError

WRITES_UNTIL_KILLED = """
import itertools, sys
from gillstory.book.book import Book, Page
from gillstory.book.folder import BookFolder

with BookFolder(sys.argv[1]).lock() as folder:
    for number in itertools.count(1):
        folder.save(Book("Pip", None, "en", (Page(1, ("word " * 100_000,), True),), seed=number))
        if number == 1:
            print("writing", flush=True)
"""


def start(folder: Path) -> subprocess.Popen[str]:
    project = str(Path(__file__).parents[2])
    run = subprocess.Popen(
        [sys.executable, "-c", WRITES_UNTIL_KILLED, str(folder)],
        env={**os.environ, "PYTHONPATH": project},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None and run.stdout.readline() == "writing\n"
    return run


def test_a_second_run_says_so_and_a_kill_leaves_a_whole_book(tmp_path: Path) -> None:
    folder = BookFolder(tmp_path / "pip.book")
    run = start(folder.path)
    try:
        with pytest.raises(BookError, match=r"another run is working on this book\. Wait"), folder.lock():
            pass
        for _ in range(50):  # read while it is written
            assert folder.load() is not None
    finally:
        run.send_signal(signal.SIGKILL)
        run.communicate()
    killed = folder.load()
    assert killed is not None
    assert killed.pages == (Page(1, ("word " * 100_000,), True),)
    with folder.lock():  # nothing is left of the killed run that would be in the way
        folder.save(Book("Pip", None, "en", ()))
    assert folder.load() == Book("Pip", None, "en", ())
    assert {path.name for path in folder.path.iterdir()} <= {BOOK, ".gillstory.lock"}


def test_the_lock_is_let_go_of_after_an_error(tmp_path: Path) -> None:
    folder = BookFolder(tmp_path / "pip.book")
    with pytest.raises(RuntimeError), folder.lock():
        raise RuntimeError
    with folder.lock():
        pass


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(BookError, match=r"other files and no book\. Name a new folder"), BookFolder(tmp_path).lock():
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_an_empty_folder_and_a_moved_book_are_fine(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with BookFolder(empty).lock() as folder:
        folder.save(Book("Pip", None, "en", ()))
    (empty / ".gillstory.lock").unlink()  # as after a copy without hidden files
    (empty / "notes.txt").write_text("mine")
    moved = BookFolder(empty.rename(tmp_path / "Großmutters Buch"))
    with moved.lock():
        assert moved.load() == Book("Pip", None, "en", ())


def test_what_cannot_be_written_is_named_and_nothing_half_done_is_left(folder: BookFolder, tmp_path: Path) -> None:
    (folder.path / "story.md").mkdir()
    (folder.path / "story.md" / "in the way").touch()
    with pytest.raises(BookError, match=r"story\.md: cannot be written .*--output"):
        folder.save_with_story(Book("Pip", None, "en", ()), "Pip")
    assert not list(folder.path.glob("*.new")) and not list(folder.path.glob(".*.new"))
    (tmp_path / "file").touch()
    with pytest.raises(BookError, match="cannot be written"), BookFolder(tmp_path / "file" / "pip.book").lock():
        pass


def test_a_story_keeps_its_line_ends(folder: BookFolder) -> None:
    folder.save_with_story(Book("Pip", None, "en", ()), "Žili\r\nbyli\n")
    assert (folder.path / "story.md").read_bytes() == "Žili\r\nbyli\n".encode()


def test_a_kill_between_book_and_story_is_made_good(folder: BookFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    old = folder.save_with_story(Book("Pip", None, "en", ()), "Pip")
    monkeypatch.setattr(BookFolder, "_into_place", lambda self, waiting: None)  # killed right before
    new = folder.save_with_story(Book("Pip and Mo", None, "en", ()), "Pip and Mo")
    monkeypatch.undo()
    assert folder.load() == new and (folder.path / "story.md").read_text() == "Pip"
    folder.finish_saving(old)
    assert (folder.path / "story.md").read_text() == "Pip"
    folder.finish_saving(new)
    assert (folder.path / "story.md").read_text() == "Pip and Mo"

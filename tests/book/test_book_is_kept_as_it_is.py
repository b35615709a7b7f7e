"""book.json gives back the book that was saved, and says what is wrong with it when it was spoilt."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gillstory.book.book import FORMAT, Book
from gillstory.book.folder import BOOK, BookFolder
from gillstory.errors import BookError


def test_a_saved_book_is_read_back_the_same(folder: BookFolder, book: Book) -> None:
    assert folder.load() is None
    folder.save(book)
    assert folder.load() == book
    before = (folder.path / BOOK).read_bytes()
    folder.save(book)
    assert (folder.path / BOOK).read_bytes() == before


def test_a_person_can_read_what_made_a_picture(folder: BookFolder, book: Book) -> None:
    folder.save(book)
    content = json.loads((folder.path / BOOK).read_text("utf-8"))
    assert content["format"] == FORMAT
    assert content["pages"][2]["blocks"][1]["picture"] == {
        "file": "pictures/page-03.png", "alt": "A small orange fox", "width": 256, "height": 256,
        "origin": "generated", "photo": None, "similarity": None, "decision": {"generate": 0.834, "retrieve": 0.166},
        "seed": 7, "steps": 25, "guidance_scale": 5.0, "attribution": None, "reason": None,
        "sha256": hashlib.sha256((folder.path / "pictures/page-03.png").read_bytes()).hexdigest(), "own_alt": False,
    }  # fmt: skip


def test_a_name_that_is_not_utf8_does_not_stop_a_book(folder: BookFolder) -> None:
    folder.save(Book("caf\udce9", None, "en", ()))
    loaded = folder.load()
    assert loaded is not None and loaded.title == "caf?"


def test_a_book_of_a_newer_gillstory_is_left_alone(folder: BookFolder) -> None:
    (folder.path / BOOK).write_text(json.dumps({"format": FORMAT + 1, "chapters": []}))
    with pytest.raises(BookError, match=r"newer gillstory.*Update gillstory"):
        folder.load()


def test_a_book_cut_short_is_named_with_its_line(folder: BookFolder, book: Book) -> None:
    (folder.path / BOOK).write_text('{\n"format": 1,\n"title": "Pip')
    with pytest.raises(BookError, match=r"book\.json:3: the book is damaged") as caught:
        folder.load()
    assert caught.value.remedy


def picture(content: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = content["pages"][0]["blocks"][1]["picture"]
    return found


DAMAGE: dict[str, Callable[[dict[str, Any]], Any]] = {
    "'title' is missing": lambda c: c.pop("title"),
    "format 0 is unknown": lambda c: c.update(format=0),
    "where str should be": lambda c: c.update(lang=3),
    "where int should be": lambda c: c["pages"][1].update(number="two"),
    "where bool should be": lambda c: c["pages"][1].update(author=1),
    "'text' is missing": lambda c: c["pages"][1].update(blocks=[{}]),
    "origin 'stolen' is unknown": lambda c: picture(c).update(origin="stolen"),
    "0 x 5 pixels": lambda c: picture(c).update(width=0, height=5),
    "NaN is no number": lambda c: picture(c).update(similarity=float("nan")),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_named(folder: BookFolder, book: Book, what: str) -> None:
    content = json.loads(book.to_json())
    DAMAGE[what](content)
    (folder.path / BOOK).write_text(json.dumps(content))
    with pytest.raises(BookError, match="the book is damaged") as caught:
        folder.load()
    assert what in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_book_is_an_error_of_one_line(folder: BookFolder, content: bytes) -> None:
    (folder.path / BOOK).write_bytes(content)
    with pytest.raises(BookError, match="the book is damaged") as caught:
        folder.load()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("file", ["/etc/passwd", "../secret.png", "pictures/../../secret.png", "..\\secret.png", "\0"])
def test_a_picture_outside_the_folder_is_refused(folder: BookFolder, book: Book, file: str) -> None:
    content = json.loads(book.to_json())
    picture(content)["file"] = file
    (folder.path / BOOK).write_text(json.dumps(content))
    with pytest.raises(BookError, match="is not in the book's folder"):
        folder.load()


def test_a_link_that_leads_out_of_the_folder_is_not_followed(folder: BookFolder, book: Book, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (shown,) = book.pages[0].pictures
    (folder.path / shown.file).unlink()
    with pytest.raises(BookError, match=r"cannot be read.*Put it back"):
        folder.read_picture(shown)
    (folder.path / shown.file).symlink_to(tmp_path / "secret")
    with pytest.raises(BookError, match="leads out of the book's folder"):
        folder.read_picture(shown)

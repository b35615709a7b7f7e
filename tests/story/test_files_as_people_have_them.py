"""Encodings, line ends, and files that are no stories."""

from __future__ import annotations

import codecs
import hashlib
import os
from pathlib import Path

import pytest

from gillstory.story import read_story

from .conftest import Write, pages, problem

TEXT = "---\ntitle: Füchsin\n---\n\nEine Füchsin 🦊.\n\n![](Füchsin.png)\n\n---\n\nEine Henne.\n"
PAGES = [["Eine Füchsin 🦊.", "<Füchsin.png>"], ["Eine Henne."]]


@pytest.mark.parametrize(
    "raw",
    [
        TEXT.encode("utf-8"),
        TEXT.encode("utf-8-sig"),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        TEXT.replace("\n", "\r\n").encode("utf-8-sig"),
        codecs.BOM_UTF16_LE + TEXT.replace("\n", "\r\n").encode("utf-16-le"),
        TEXT.replace("\n", "\r").encode(),
    ],
)
def test_the_same_story_however_an_editor_saved_it(write: Write, raw: bytes) -> None:
    story = read_story(write(raw))
    assert pages(story) == PAGES
    assert story.title == "Füchsin"
    assert story.pages[1].line == 11
    assert story.sha256 == hashlib.sha256(raw).hexdigest()


@pytest.mark.parametrize("name", ["a.md", "a.MD", "a.markdown", "a.txt", "a.yaml", "a.YML"])
def test_every_ending_of_a_story(write: Write, name: str) -> None:
    assert len(read_story(write("pages: [A fox.]", name)).pages) == 1


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ("Ein Fuchs.\n\nEine Füchsin.".encode("latin-1"), 3),
        ("Ein Fuchs.\r\rEine Füchsin.".encode("cp1252"), 3),
        ("Ein Fuchs.\nEine".encode("utf-16-le"), 1),
        (codecs.BOM_UTF16_LE + "Fuchs\n".encode("utf-16-le") + b"\x00\xd8", 2),
        (b"PK\x03\x04\n\x00\x00", 2),
    ],
)
@pytest.mark.parametrize("name", ["story.md", "story.yaml"])
def test_other_encodings_are_named_with_the_line(write: Write, raw: bytes, line: int, name: str) -> None:
    assert problem(write(raw, name)) == f"{line}: this is not text in UTF-8. Save it as UTF-8."


def test_what_is_no_story_is_said(write: Write, folder: Path) -> None:
    assert "is not there" in problem(folder / "no.md")
    assert "this is a folder" in problem(folder)
    assert "do not end in .docx" in problem(write("A fox.", "story.docx"))
    assert "has no ending" in problem(write("A fox.", "story"))


@pytest.mark.parametrize("markdown", ["", "\ufeff", " \n\r\n\t"])
def test_an_empty_file_is_said(write: Write, markdown: str) -> None:
    assert "the story is empty" in problem(write(markdown))
    assert "the story is empty" in problem(write(markdown, "story.yaml"))


@pytest.mark.parametrize("markdown", ["---\ntitle: x\n---\n", "---\n", "![x](fox.png)\n\n---\n"])
def test_a_story_without_words_is_said(write: Write, markdown: str) -> None:
    assert "the story has no text" in problem(write(markdown))


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="everything is readable")
def test_a_file_that_one_may_not_read_is_said(write: Write) -> None:
    file = write("A fox.")
    file.chmod(0)
    assert "cannot be read" in problem(file)


def test_the_storys_file_is_never_changed(write: Write, folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    file = write("A fox.\r\n\r\n![x](fox.png)  \r\n")
    read_story(file)
    assert file.read_bytes() == b"A fox.\r\n\r\n![x](fox.png)  \r\n"
    assert sorted(folder.rglob("*")) == sorted([*before, file])

"""`gillstory render` makes a book again from its folder: in its own template, with its cast, or as one asks."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gillstory.book.book import Book, Page
from gillstory.book.folder import BookFolder
from gillstory.cli import main


@pytest.fixture
def book(tmp_path: Path) -> Path:
    with BookFolder(tmp_path / "pip.book").lock() as folder:
        folder.save(Book("Pip", None, "en", (Page(1, ("Pip slept.",), author=True),), template="zine"))
    return folder.path


def rendered(book: Path, *options: str) -> str:
    result = CliRunner().invoke(main, ["render", str(book), *options])
    assert result.exit_code == 0, result.output
    return (book / "index.html").read_text()


def test_a_book_keeps_its_template_until_another_is_named(book: Path) -> None:
    assert "/* A zine" in rendered(book)
    (book / "story.md").write_text("---\ntemplate: comic\ncast:\n  Pip: a small fox\n---\n\nPip slept.\n")
    page = rendered(book)
    assert "/* A comic" in page
    assert "<dt>Pip</dt><dd>a small fox</dd>" in page
    assert "/* A manuscript" in rendered(book, "--template", "manuscript")


def test_gillstory_yaml_beside_the_book_says_how_it_looks(book: Path) -> None:
    (book.parent / "gillstory.yaml").write_text("template: comic\n")
    assert "/* A comic" in rendered(book)
    (book / "story.md").write_text("---\ntemplate: manuscript\n---\n\nPip slept.\n")
    assert "/* A manuscript" in rendered(book)

"""What a person changes in story.md is understood: only that is made again, and provenance follows the pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from gillstory.book.book import Book
from gillstory.book.folder import BookFolder
from gillstory.storyteller.edits import edited_book, text_of

from .conftest import Tell, content

FOREIGN = """
| hen | egg |
|-----|:---:|
| Greta | *two*  |

A note[^1], and $e^{i\\pi}$.\x20\x20
<!-- to do: more foxes -->

[^1]: Of
    the fox.

<details open><summary>More</summary>

* [ ] a task
</details>
"""


@pytest.fixture
def made(tell: Tell) -> tuple[Path, Book]:
    """A book of two pages of the author's and two new ones."""
    folder, book, _ = tell()
    return folder, book


def edit(folder: Path, old: str, new: str) -> None:
    file = folder / "story.md"
    text = file.read_bytes().decode()
    assert old in text
    file.write_bytes(text.replace(old, new).encode())


def pages_of(folder: Path) -> list[str]:
    return (folder / "story.md").read_text().split("\n\n---\n\n")


def understood(folder: Path) -> Book:
    """The book after no more than a look at story.md, as `gillstory render` takes it."""
    with BookFolder(folder).lock():
        told = edited_book(BookFolder(folder))
    assert told is not None
    return told[0]


def test_a_book_that_nobody_touched_is_as_it_was(made: tuple[Path, Book]) -> None:
    folder, book = made
    before = content(folder)
    assert understood(folder) == book
    (folder / "story.md").write_text((folder / "story.md").read_text() + "\n")  # an editor's last line
    assert understood(folder).pages == book.pages
    assert {name for name, data in content(folder).items() if before[name] != data} == {"book.json", "story.md"}


def test_only_the_picture_of_a_changed_page_is_made_again(tell: Tell, made: tuple[Path, Book]) -> None:
    folder, book = made
    edit(folder, "Mo was an old brown bear.", "Mo was a very old brown bear with a drum.")
    stale = understood(folder)
    assert [page.pending for page in stale.pages] == [False, True, False, False]
    assert stale.pages[1].pictures[0].file == book.pages[1].pictures[0].file  # until there is another one
    _, after, notes = tell()
    assert notes.pages == [2] and len(notes.pictures) == 1 and not notes.texts
    assert after.pages[1].pictures[0].alt.startswith("Mo was a very old") and not after.pages[1].pending
    assert [page.pictures for page in after.pages if page.number != 2] == [
        page.pictures for page in book.pages if page.number != 2
    ]
    before = content(folder)
    assert tell()[2].lines == ["the book has its 4 pages already"] and content(folder) == before


def test_moved_and_deleted_pages_keep_and_lose_what_they_have(tell: Tell, made: tuple[Path, Book]) -> None:
    folder, book = made
    one, two, three, four = pages_of(folder)
    (folder / "story.md").write_text("\n\n---\n\n".join([four.rstrip("\n"), two, one]) + "\n")
    after = understood(folder)
    assert [page.pictures for page in after.pages] == [book.pages[n].pictures for n in (3, 1, 0)]
    assert [page.author for page in after.pages] == [False, True, True]
    assert [page.number for page in after.pages] == [1, 2, 3] and not any(page.pending for page in after.pages)
    _, again, notes = tell()
    assert notes.pages == [4] and again.pages[:3] == after.pages
    assert again.pages[3].blocks[0] != book.pages[2].blocks[0]  # what was thrown away does not come back


def test_a_new_page_gets_a_picture(tell: Tell, made: tuple[Path, Book]) -> None:
    folder, book = made
    one, *others = pages_of(folder)
    (folder / "story.md").write_text("\n\n---\n\n".join([one, "A goose came by, with a hat.", *others]))
    _, after, notes = tell()
    assert notes.pages == [2] and [page.author for page in after.pages] == [True, True, True, False, False]
    assert after.pages[1].pictures[0].origin == "generated"
    assert [page.pictures for page in (after.pages[0], *after.pages[2:])] == [page.pictures for page in book.pages]
    assert tell()[2].lines == ["the book has its 5 pages already"]


def test_a_swapped_picture_is_the_authors(tell: Tell, made: tuple[Path, Book]) -> None:
    folder, book = made
    photo = Image.new("RGB", (50, 40), "green")
    exif = photo.getexif()
    exif[271] = "A camera"
    photo.save(folder / "mine.jpg", exif=exif)
    old = book.pages[2].pictures[0]
    edit(folder, f"({old.file})", "(mine.jpg)")
    edit(folder, "Mo was an old", "Mo was a friendly old")
    new = understood(folder).pages[2].pictures[0]
    assert new.origin == "author" and (new.width, new.height) == (50, 40) and new.seed is None
    assert b"A camera" not in (folder / new.file).read_bytes()
    assert (folder / "mine.jpg").exists() and (folder / old.file).exists()
    _, after, notes = tell()
    assert notes.pages == [2] and after.pages[2].pictures == (new,)


def test_a_picture_taken_out_stays_out(tell: Tell, made: tuple[Path, Book]) -> None:
    folder, book = made
    picture = book.pages[3].pictures[0]
    edit(folder, f"\n\n![{picture.alt}]({picture.file})", "")
    _, after, notes = tell()
    assert not after.pages[3].pictures and not notes.pages


def test_settings_are_understood(tell: Tell, made: tuple[Path, Book]) -> None:
    folder, _ = made
    edit(folder, "title: Pip and Mo", "title: Two Friends # not three")
    assert understood(folder).title == "Two Friends"
    tell(folder, pages=1)
    assert "title: Two Friends # not three\n" in (folder / "story.md").read_text()


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_markdown_that_is_not_ours_comes_back_byte_for_byte(tell: Tell, story: Path, newline: str) -> None:
    source = (story.read_text() + FOREIGN + "\n## A heading\n\nThe end,\nalmost.\n").replace("\n", newline).encode()
    story.write_bytes(source)
    folder, book, _ = tell(pages=1)
    written = (folder / "story.md").read_bytes()
    for picture in book.pictures:
        written = written.replace(f"{newline * 2}![{picture.alt}]({picture.file})".encode(), b"")
    first = source.replace(f"{newline * 2}![A river](river.png)".encode(), b"")
    assert written.startswith(first)
    before = (folder / "story.md").read_bytes()
    tell(folder, pages=1)
    assert (folder / "story.md").read_bytes().startswith(before)


def test_going_on_twice_is_going_on_once(tell: Tell, tmp_path: Path) -> None:
    long = tell(pages=3, output=tmp_path / "long.book")[0]
    short = tell(pages=1, output=tmp_path / "short.book")[0]
    tell(short, pages=2)
    assert content(short) == content(long)


def test_a_book_without_its_story_gets_it_back(tell: Tell, made: tuple[Path, Book]) -> None:
    folder, book = made
    (folder / "story.md").unlink()
    assert understood(folder).pages == book.pages


def test_a_picture_that_was_put_in_the_place_of_another_is_the_authors(tell: Tell, made: tuple[Path, Book]) -> None:
    folder, book = made
    old = book.pages[2].pictures[0]
    mine = folder / old.file
    Image.new("RGB", (40, 20), "red").save(mine)
    drawn = mine.read_bytes()
    after = understood(folder)
    (picture,) = after.pages[2].pictures
    assert (picture.origin, picture.width, picture.height, picture.seed) == ("author", 40, 20, None)
    assert (folder / picture.file).read_bytes() != drawn  # only its pixels
    assert picture.file in (folder / "story.md").read_text() and old.file not in (folder / "story.md").read_text()
    assert [page for page in after.pages if page.number != 3] == [page for page in book.pages if page.number != 3]
    assert not any(page.pending for page in after.pages)
    assert understood(folder) == after
    edit(folder, f"![{old.alt}]({picture.file})", "")
    understood(folder)
    edit(folder, text_of(after.pages[2]), "Mo swam in the river all day long.")
    _, again, _ = tell(folder, pages=1)
    assert len(again.pages[2].pictures) == 1 and mine.read_bytes() == drawn  # what a person drew is never painted over


def test_a_picture_that_was_spoilt_costs_that_picture(made: tuple[Path, Book]) -> None:
    folder, book = made
    (folder / book.pages[2].pictures[0].file).write_bytes(b"spoilt")
    after = understood(folder)
    assert [len(page.pictures) for page in after.pages] == [1, 1, 0, 1]
    assert "page 3: the picture" in after.warnings[-1]

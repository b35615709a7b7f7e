"""One page's picture made again, several to choose from, and settings in the braces behind it; all else stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from gillstory.book.book import Book
from gillstory.book.folder import BookFolder
from gillstory.errors import BookError
from gillstory.gill.model import Gill
from gillstory.storyteller import Options
from gillstory.storyteller.redo import make_variants, pick, redo

from .conftest import Notes, Tell, content


def loaded(folder: Path) -> Book:
    book = BookFolder(folder).load()
    assert book is not None
    return book


def others(book: Book, number: int) -> list[object]:
    return [page for page in book.pages if page.number != number]


def test_one_picture_is_made_again_with_another_seed(tell: Tell, gill: Gill) -> None:
    folder, book, _ = tell()
    files = content(folder)
    redo(folder, 3, gill, Options(), Notes())
    after = loaded(folder)
    old, new = book.pages[2].pictures[0], after.pages[2].pictures[0]
    assert new.seed != old.seed and others(after, 3) == others(book, 3)
    assert (folder / new.file).exists() and not (folder / old.file).exists()
    assert {name for name in files if name.startswith("pictures/")} - set(content(folder)) == {old.file}
    redo(folder, 3, gill, Options(seed=old.seed), Notes())
    assert content(folder) == files  # the same seed, the same picture


def test_variants_change_nothing_until_one_is_taken(tell: Tell, gill: Gill) -> None:
    folder, book, _ = tell()
    before = content(folder)
    sheet = make_variants(folder, 4, 3, gill, Options(), Notes())
    after = content(folder)
    assert {name: after[name] for name in before} == before
    assert sheet == folder / "variants" / "page-04" / "index.html"
    made = loaded(sheet.parent).pictures
    assert len({picture.seed for picture in made}) == 3
    assert all(picture.file in sheet.read_text() for picture in made)
    pick(folder, 4, 2)
    chosen = loaded(folder).pages[3].pictures[0]
    assert (
        chosen.seed == made[1].seed and (folder / chosen.file).read_bytes() == after[f"variants/page-04/{made[1].file}"]
    )
    assert others(loaded(folder), 4) == others(book, 4)
    assert chosen.file in (folder / "story.md").read_text()
    with pytest.raises(BookError, match="3 variants"):
        pick(folder, 4, 4)


def test_settings_in_the_braces_are_honoured_and_written_back(tell: Tell, gill: Gill) -> None:
    folder, book, _ = tell()
    picture, file = book.pages[2].pictures[0], folder / "story.md"
    link = f"({picture.file})"
    file.write_text(file.read_text().replace(link, link + "{.wide seed=7 steps=3 guidance=2.5}"))
    _, after, notes = tell()
    assert notes.pages == [3]
    new = after.pages[2].pictures[0]
    assert (new.seed, new.steps, new.guidance_scale) == (7, 3, 2.5)
    assert f"({new.file}){{.wide seed=7 steps=3 guidance=2.5}}" in file.read_text()
    assert not tell()[2].pages
    redo(folder, 3, gill, Options(seed=9), Notes())
    assert "{.wide seed=9 steps=3 guidance=2.5}" in file.read_text() and not tell()[2].pages
    made = loaded(make_variants(folder, 3, 2, gill, Options(), Notes()).parent).pictures
    assert [(variant.steps, variant.guidance_scale) for variant in made] == [(3, 2.5)] * 2


def test_what_the_author_says_that_a_picture_shows_stays(tell: Tell, gill: Gill) -> None:
    folder, book, _ = tell(pictures="generate")
    picture, file = book.pages[2].pictures[0], folder / "story.md"
    file.write_text(file.read_text().replace(f"![{picture.alt}]", "![Pip, at last]"))
    redo(folder, 3, gill, Options(pictures="generate"), Notes())
    make_variants(folder, 3, 1, gill, Options(pictures="generate"), Notes())
    pick(folder, 3, 1)
    again = loaded(folder).pages[2].pictures[0]
    assert again.alt == "Pip, at last" and again.seed != picture.seed
    assert f"![Pip, at last]({again.file})" in file.read_text()


def test_a_style_changes_every_painted_picture_alike(tell: Tell, story: Path, tmp_path: Path) -> None:
    plain = tell(output=tmp_path / "plain", pictures="generate")[0]
    story.write_text(story.read_text().replace("lang: en\n", "lang: en\nstyle: watercolour\n"))
    styled, book, _ = tell(output=tmp_path / "styled", pictures="generate")
    painted = [picture.file for picture in book.pictures if picture.origin == "generated"]
    assert len(painted) == 3 and (styled / painted[0]).read_bytes() != (plain / painted[0]).read_bytes()


def test_what_cannot_be_made_again_is_said(tell: Tell, gill: Gill, tmp_path: Path) -> None:
    folder, _, _ = tell(pages=1)
    for page, reason in [(1, "picture of your own"), (9, "no page 9")]:
        with pytest.raises(BookError, match=reason):
            redo(folder, page, gill, Options(), Notes())
    with pytest.raises(BookError, match="no such book"):
        redo(tmp_path / "nothing.book", 1, gill, Options(), Notes())
    with pytest.raises(BookError, match="page 3 has no variants"):
        pick(folder, 3, 1)

"""A book as an EPUB that epubcheck passes, and as Markdown beside its pictures."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gillstory.book.book import Book, Page
from gillstory.book.epub import render_epub
from gillstory.book.folder import BookFolder
from gillstory.book.markdown import render_markdown
from gillstory.errors import BookError
from gillstory.story import read_story

from .conftest import painted

EPUBCHECK = shutil.which("epubcheck")
XHTML = "{http://www.w3.org/1999/xhtml}"


def complaints(epub: Path) -> list[str]:
    """What epubcheck finds wrong: errors and warnings."""
    if EPUBCHECK is None:
        pytest.skip("there is no epubcheck; Debian: apt install epubcheck")
    report = epub.with_suffix(".json")
    jar = Path(EPUBCHECK).resolve()  # Debian's is a jar that only a kernel with its handler starts
    start = ["java", "-jar", str(jar)] if jar.suffix == ".jar" else [EPUBCHECK]
    subprocess.run([*start, str(epub), "--json", str(report)], capture_output=True)
    messages = json.loads(report.read_text("utf-8"))["messages"]
    return [f"{m['ID']} {m['severity']} {m['message']}" for m in messages if m["severity"] != "USAGE"]


def parts(epub: Path) -> dict[str, str]:
    with zipfile.ZipFile(epub) as archive:
        assert archive.testzip() is None
        return {n: archive.read(n).decode() for n in archive.namelist() if not n.startswith("EPUB/pictures/")}


@pytest.mark.parametrize("template", ["picture-book", "comic"])  # the two looks that there are of an EPUB
def test_epubcheck_finds_nothing_wrong(folder: BookFolder, book: Book, template: str) -> None:
    assert complaints(render_epub(replace(book, template=template), folder, {"Pip": "a *small* fox"})) == []


def test_epubcheck_finds_nothing_wrong_in_strange_books(folder: BookFolder, book: Book) -> None:
    picture = folder.save_picture("page-01", painted(), "author", 'A "fox" & <hen>')
    with_webp = folder.path / "pictures" / "müll & co.webp"
    painted().save(with_webp)
    webp = replace(picture, file="pictures/müll & co.webp")
    text = (
        "1. <b>one</b>\n\n7. x\x0b\x00\n\n| a | b |\n|:-:|--:|\n| 1 | 2 |\n\n***\n\nline  \nbreak `<code>` ~~gone~~"
        ' &nbsp;\n\n```py\n<x>\n```\n\n[link](https://example.org/a?b=1&c=2 "t") ![](x.png)'
    )
    strange = Book("<Pip> & \x0bco", "A & B", "ar", (Page(1, (text, picture, webp), True, "A *b* <c>"),))
    assert complaints(render_epub(strange, folder)) == []
    bare = Book("Pip", None, "pt-BR", ())
    assert complaints(render_epub(bare, folder)) == []


def test_an_epub_has_all_that_the_page_has(folder: BookFolder, book: Book) -> None:
    read = parts(render_epub(book, folder))
    assert next(iter(read)) == "mimetype"
    for name, content in read.items():
        if name.endswith((".xhtml", ".opf", ".xml")):
            ElementTree.fromstring(content)  # it is XML
    page = ElementTree.fromstring(read["EPUB/page-3.xhtml"])
    assert [image.get("alt") for image in page.iter(f"{XHTML}img")] == ["A small orange fox"]
    assert "Pip walked to the meadow" in "".join(page.itertext())
    assert page.get("lang") == "en"
    nav = ElementTree.fromstring(read["EPUB/nav.xhtml"])
    links = [a.text for a in nav.find(f".//{XHTML}ol").iter(f"{XHTML}a")]  # type: ignore[union-attr]
    assert links == [
        "Pip the Fox", "The meadow", "Page 2", "Page 3", "The castle", "Page 5", "About this book"
    ]  # fmt: skip
    assert 'properties="cover-image"' in read["EPUB/package.opf"]
    assert "Petitemontagnedujura" in read["EPUB/about.xhtml"]


def test_the_same_book_is_the_same_epub(folder: BookFolder, book: Book) -> None:
    folder.save(book)
    assert render_epub(book, folder).read_bytes() == render_epub(book, folder).read_bytes()


def test_a_damaged_picture_is_named(folder: BookFolder, book: Book) -> None:
    (folder.path / "mine.webp").write_bytes(b"no picture")
    hens = replace(book.pages[0].pictures[0], file="mine.webp")
    with pytest.raises(BookError, match=r"mine\.webp: the picture is damaged"):
        render_epub(Book("Pip", None, "en", (Page(1, (hens,), author=True),)), folder)


def test_markdown_is_the_texts_as_they_were_with_the_pictures_beside_them(folder: BookFolder, book: Book) -> None:
    page = render_markdown(book, folder, {"Pip": "a small fox"})
    text = page.read_text("utf-8")
    assert text.startswith("# Pip the Fox\n\n*Ana Torre*\n\n- **Pip**: a small fox\n\n# The meadow\n\nPip walked")
    assert "\n\n---\n\nOnly three hens came. See [the list](https://example.org/hens).\n\n---\n\n" in text
    assert "\n\n## The castle\n\n" in text
    found = [picture for page in read_story(page).pages for picture in page.turns if not isinstance(picture, str)]
    assert [picture.alt for picture in found] == ["Four brown hens", "A small orange fox", "A castle on a hill"]
    assert all(picture.path.is_file() for picture in found)

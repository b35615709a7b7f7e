"""Books pass axe-core, the rules of accessibility that browsers' own tools use, in every template."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gillstory.book.book import Book
from gillstory.book.folder import BookFolder
from gillstory.book.render import render
from gillstory.book.template import template_names

from .browser import Browser

AXE = Path(__file__).parents[2] / ".cache/axe/node_modules/axe-core/axe.min.js"


@pytest.mark.parametrize("template", template_names())
def test_axe_finds_nothing_wrong(browser: Browser, folder: BookFolder, book: Book, template: str) -> None:
    if not AXE.is_file():
        pytest.skip("there is no axe-core; npm install --prefix .cache/axe axe-core@4")
    named = replace(book, pages=tuple(replace(page, heading=page.heading or "Pip") for page in book.pages))
    page = render(replace(named, template=template), folder, {"Pip": "a small fox"})
    for width, dark in ((320, False), (1440, True)):
        browser.open(page, width, dark=dark)
        browser.evaluate(AXE.read_text("utf-8") + "; 0")  # from outside the page: its policy holds for the page alone
        violations = browser.evaluate(
            "axe.run().then(({violations}) => violations.map(v => [v.id, v.nodes.slice(0, 3).map(n => n.html)]))"
        )
        assert violations == [], (width, dark)


def test_pictures_say_their_size_and_wait_until_they_are_read(browser: Browser, any_page: Path) -> None:
    source = any_page.read_text("utf-8")
    assert source.count('loading="lazy"') == 3
    browser.open(any_page)
    sizes = browser.evaluate("[...document.querySelectorAll('figure img')].map(i => [i.getAttribute('width'), i.alt])")
    assert sizes == [["700", "Four brown hens"], ["256", "A small orange fox"], ["700", "A castle on a hill"]]
    assert browser.evaluate("getComputedStyle(document.querySelector('.text')).hyphens") == (
        "manual" if any_page.stem == "manuscript" else "auto"
    )

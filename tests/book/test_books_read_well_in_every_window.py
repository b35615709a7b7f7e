"""From a small phone to a large screen, by day and by night, in any language, on paper: nothing is cut off or pale."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from gillstory.book.book import Book, Page
from gillstory.book.folder import BookFolder
from gillstory.book.render import render
from gillstory.book.template import template_names

from .browser import Browser

# The contrast of each text with the colour behind it, as the Web Content Accessibility Guidelines define it.
CONTRASTS = """
(() => {
  const light = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);
  const colour = (text) => text.match(/[\\d.]+/g).map(Number);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const c = colour(getComputedStyle(e).backgroundColor);
      if (c[3] !== 0) return c;
    }
  };
  return [...document.querySelectorAll(%r)].map((element) => {
    const [a, b] = [colour(getComputedStyle(element).color), behind(element)].map(luminance);
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  });
})()
"""
TEXTS = ".text p, .text a, figcaption, summary, h2, .folio, #colophon p, #colophon li"
SIZES = [(320, 568), (390, 844), (820, 1180), (1440, 900)]
CLOTHS = ["oxblood", "chestnut", "olive", "forest", "teal", "navy", "plum", "slate"]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_nothing_sticks_out_of_the_window(browser: Browser, any_page: Path, width: int, height: int) -> None:
    browser.open(any_page, width, height)
    assert browser.evaluate("document.documentElement.scrollWidth") == width
    outside = (
        "[...document.querySelectorAll('img, p, h1, h2, a')].filter(e => e.getBoundingClientRect().right > innerWidth)"
    )
    assert browser.evaluate(f"{outside}.map(e => e.outerHTML.slice(0, 80))") == []


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_pictures_are_large_undistorted_and_whole(browser: Browser, page: Path, width: int, height: int) -> None:
    browser.open(page, width, height)
    sizes = browser.evaluate("[...document.querySelectorAll('figure img')].map(i => [i.width, i.height])")
    natural = browser.evaluate(
        "[...document.querySelectorAll('figure img')].map(i => i.naturalWidth / i.naturalHeight)"
    )
    for (shown_width, shown_height), ratio in zip(sizes, natural, strict=True):
        assert shown_width > min(0.75 * width, 400)
        assert shown_height < height
        assert shown_width / shown_height == pytest.approx(ratio, rel=0.1)  # the mat around it is part of it


def test_the_cover_fits_the_window(browser: Browser, page: Path) -> None:
    browser.open(page)
    for width, height in [*SIZES, (1366, 768)]:
        browser.resize(width, height)
        assert browser.evaluate("document.querySelector('.cover').offsetHeight") <= height


def test_very_long_words_and_wide_tables_stay_on_the_page(browser: Browser, folder: BookFolder) -> None:
    table = "|" + " a long column |" * 12 + "\n|" + "---|" * 12 + "\n|" + " 1 |" * 12
    word = "Donaudampfschifffahrtsgesellschaft" * 4
    page = Page(1, (f"{word}\n\n`{word}`\n\n{table}\n\n    {word}",), author=True, heading=word)
    browser.open(render(Book(word, word, "de", (page,)), folder), 320, 568)
    assert browser.evaluate("document.documentElement.scrollWidth") == 320


def test_who_is_who_and_the_contents_stand_after_the_cover(
    browser: Browser, folder: BookFolder, book: Book, tmp_path: Path
) -> None:
    named = replace(book, pages=tuple(replace(page, heading=f"Chapter {page.number}") for page in book.pages))
    for template in template_names():
        browser.open(render(replace(named, template=template), folder, {"Pip": "a *small* fox"}))
        cast = browser.evaluate("document.querySelector('#cover + #front .cast').innerText").split("\n")
        assert [line.strip() for line in cast if line.strip()] == ["Pip", "a small fox"]
        browser.click("#front .contents a[href='#page-4']")
        assert browser.evaluate("location.hash") == "#page-4"


def test_a_very_high_window_shows_several_pages(browser: Browser, page: Path) -> None:
    browser.open(page)
    for width in (390, 820, 1440):
        browser.resize(width, 3200)
        tops = browser.evaluate("[...document.querySelectorAll('.leaf')].map(l => l.getBoundingClientRect().top)")
        assert sum(top < 3200 for top in tops) >= 3


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_stands_out_from_the_paper(browser: Browser, any_page: Path, dark: bool) -> None:
    browser.open(any_page, dark=dark)
    contrasts = browser.evaluate(CONTRASTS % TEXTS)
    assert len(contrasts) > 20
    assert min(contrasts) >= 4.5


def brightness_of_a_page(browser: Browser, scratch: Path) -> float:
    """The mean brightness, up to 255, of what a window shows that stands at a page without a picture."""
    browser.evaluate("document.querySelector('#page-5').scrollIntoView()")
    browser.screenshot(scratch / "page.png")
    with Image.open(scratch / "page.png") as shot:
        grey = shot.convert("L")
        assert grey.getextrema()[1] - grey.getextrema()[0] > 120  # there is something to read
        return ImageStat.Stat(grey).mean[0]


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_pages_are_light_by_day_and_dark_by_night(browser: Browser, any_page: Path, width: int, tmp_path: Path) -> None:
    brightness = []
    for dark in (False, True):
        browser.open(any_page, width, 900, dark)
        brightness.append(brightness_of_a_page(browser, tmp_path))
    assert brightness[0] > 150
    assert brightness[1] < 90


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_pages_stand_in_the_order_of_the_story(browser: Browser, any_page: Path, width: int) -> None:
    browser.open(any_page, width)
    places = "[...document.querySelectorAll('.leaf')].map(l => l.getBoundingClientRect()).map(b => [b.top, b.left])"
    assert (places := browser.evaluate(places)) == sorted(places)


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_paper_is_white_whatever_the_screen_is(browser: Browser, any_page: Path, width: int, tmp_path: Path) -> None:
    browser.open(any_page, width, 900, dark=True)
    browser.show_as("print", dark=True)
    assert brightness_of_a_page(browser, tmp_path) > 200
    leaf = "document.querySelector('#page-5 .text')"
    assert min(browser.evaluate(CONTRASTS % "#page-5 .text p")) >= 7
    ink = browser.evaluate(f"getComputedStyle({leaf}).color")
    assert max(map(int, re.findall(r"\d+", ink))) < 90
    shown = "[...document.querySelectorAll('.skip, .folio a')].filter(e => e.checkVisibility()).length"
    assert browser.evaluate(shown) == 0


def test_the_title_stands_out_from_every_cloth(browser: Browser, page: Path) -> None:
    browser.open(page)
    for cloth in CLOTHS:
        browser.evaluate(f"document.querySelector('.cover').className = 'cover {cloth}'")
        assert min(browser.evaluate(CONTRASTS % "h1, .byline, .open")) >= 4.5, cloth


def test_the_page_says_its_language_and_has_one_heading_for_each_page(browser: Browser, page: Path) -> None:
    browser.open(page)
    assert browser.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["en", "ltr"]
    assert browser.evaluate("[...document.querySelectorAll('h1')].map(h => h.textContent)") == ["Pip the Fox"]
    headings = browser.evaluate("[...document.querySelectorAll('main h2')].map(h => h.textContent)")
    assert headings == ["The meadow", "Page 2", "Page 3", "The castle", "Page 5"]
    unnamed = "[...document.querySelectorAll('a')].filter(a => !a.textContent.trim() && !a.ariaLabel)"
    assert browser.evaluate(f"{unnamed}.length") == 0


def test_books_in_arabic_and_hebrew_run_from_the_right(browser: Browser, folder: BookFolder) -> None:
    text = "كان بيب ثعلبا صغيرا. " * 8
    for lang in ("ar", "he-IL"):
        browser.open(render(Book("بيب", "آنا", lang, (Page(1, (text,), author=True),)), folder), 390, 844)
        assert browser.evaluate("[document.documentElement.lang, document.documentElement.dir]") == [lang, "rtl"]
        right = "document.querySelector('.text').getBoundingClientRect().right"
        first = (
            "(() => { const r = document.createRange(); r.setStart(document.querySelector('.text p').firstChild, 0);"
        )
        first += " r.setEnd(r.startContainer, 3); return r.getBoundingClientRect().right; })()"
        assert browser.evaluate(first) == pytest.approx(browser.evaluate(right), abs=3)
        # The next page is to the left, and there the arrow points.
        arrows = "[...document.querySelectorAll('.leaf .folio')[0].querySelectorAll('a')].map("
        arrows += "a => [a.getBoundingClientRect().x, a.ariaLabel, getComputedStyle(a, '::before').content])"
        (_, left, on), (_, right, back) = sorted(browser.evaluate(arrows))
        assert (on, left, back, right) == ('"‹"', "To the end of the book", '"›"', "Back to the cover")
        # What the template says is English and says so.
        assert browser.evaluate("document.querySelector('#colophon').lang") == "en"
        browser.press("ArrowLeft")
        assert browser.evaluate("location.hash") == "#page-1"


def test_a_book_prints_one_sheet_for_each_short_page(browser: Browser, folder: BookFolder, book: Book) -> None:
    browser.open(render(Book(book.title, book.author, "en", book.pages[:4], book.model), folder))
    sheets = re.findall(rb"/Type\s*/Page\b(?!s)", browser.pdf())
    assert len(sheets) == 1 + 4 + 1  # cover, pages, colophon

"""Pages turn by key and by link; a book whose scripts are off loses the keys and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from .browser import Browser

LEAVES = ["#cover", "#page-1", "#page-2", "#page-3", "#page-4", "#page-5", "#colophon"]


def place(browser: Browser) -> str:
    """The leaf that the address and the keyboard's focus agree on."""
    leaf, focus = browser.evaluate("[location.hash, '#' + document.activeElement.id]")
    assert leaf == focus
    return str(leaf)


def in_window(browser: Browser, leaf: str) -> bool:
    box = f"document.querySelector('{leaf}').getBoundingClientRect()"
    return bool(browser.evaluate(f"{box}.top < innerHeight - 50 && {box}.bottom > 50"))


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844), (1440, 3200)])
def test_arrow_keys_turn_every_page_forwards_and_back(browser: Browser, page: Path, width: int, height: int) -> None:
    browser.open(page, width, height)
    for leaf in [*LEAVES[1:], LEAVES[-1]]:  # at the end one stays there
        browser.press("ArrowRight")
        assert place(browser) == leaf
        assert in_window(browser, leaf)
    for leaf in [*LEAVES[-2::-1], LEAVES[0]]:
        browser.press("ArrowLeft")
        assert place(browser) == leaf
        assert in_window(browser, leaf)


def test_home_and_end_go_to_the_cover_and_the_last_page(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.press("End")
    assert place(browser) == "#colophon"
    browser.press("Home")
    assert place(browser) == "#cover"
    assert browser.evaluate("scrollY") == 0


def test_the_space_bar_turns_to_what_follows(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.press(" ")
    assert place(browser) == "#page-1"


def test_a_key_goes_on_from_where_the_reader_has_scrolled_to(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.press("ArrowRight")
    browser.evaluate("document.querySelector('#page-4').scrollIntoView()")
    browser.evaluate("new Promise(done => setTimeout(done, 300, true))")
    browser.press("ArrowRight")
    assert place(browser) == "#page-5"


@pytest.fixture
def without_scripts(browser: Browser) -> Iterator[Browser]:
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    yield browser
    browser.call("Emulation.setScriptExecutionDisabled", value=False)


def test_without_scripts_every_page_is_one_link_from_the_next(without_scripts: Browser, any_page: Path) -> None:
    browser = without_scripts
    browser.open(any_page)
    browser.press("End")
    assert browser.evaluate("location.hash") == ""  # the script is off indeed
    browser.evaluate("scrollTo(0, 0)")
    browser.evaluate("document.querySelector('.skip').click()")
    assert browser.evaluate("location.hash") == LEAVES[1]
    for here, leaf in pairwise(LEAVES[1:]):
        browser.click(f"{here} a[href='{leaf}']")
        assert browser.evaluate("location.hash") == leaf
        assert in_window(browser, leaf)
    browser.click("#colophon a[href='#cover']")
    assert in_window(browser, "#cover")

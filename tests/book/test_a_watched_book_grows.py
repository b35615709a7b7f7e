"""A book that is watched grows in a real browser, page by page, and stays there to be read when the run has ended."""

from __future__ import annotations

import socket
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from gillstory.book.book import Book
from gillstory.book.folder import BookFolder
from gillstory.book.render import render
from gillstory.cli.watch import watched

from .browser import Browser

BOOK = "document.querySelector('iframe')?.contentDocument"
WAITING = "new Promise(done => {{ const look = () => {condition} ? done(true) : setTimeout(look, 50); look(); }})"


def test_a_watched_book_grows(browser: Browser, folder: BookFolder, book: Book) -> None:
    with watched(folder.path / "index.html") as url:
        browser.call("Page.navigate", url=url)
        browser.evaluate(WAITING.format(condition=f"{BOOK}?.body?.innerText.includes('is being written')"))
        for number in range(1, 4):
            render(replace(book, pages=book.pages[:number]), folder)
            browser.evaluate(WAITING.format(condition=f"{BOOK}?.querySelectorAll('article').length === {number}"))
            assert browser.evaluate(f"{BOOK}.querySelector('img').decode().then(() => true)")
        assert browser.evaluate("document.title") == book.title
    place = urlsplit(url)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((place.hostname or "", place.port or 0), timeout=1)
    assert browser.evaluate(f"{BOOK}.querySelectorAll('article').length") == 3

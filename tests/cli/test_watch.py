"""A book that is watched grows in the browser; nobody else can see it, and nothing is left of it when the run ends."""

from __future__ import annotations

import http.client
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gillstory.cli import watch
from gillstory.cli.watch import watched


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody takes a last look here."""
    monkeypatch.setattr(watch, "LAST_LOOK", 0.01)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """Where the book's page will be."""
    (tmp_path / "fox.book").mkdir()
    (tmp_path / "fox.book" / "story.md").write_text("a secret", encoding="utf-8")
    return tmp_path / "fox.book" / "index.html"


@pytest.fixture
def url(page: Path) -> Iterator[str]:
    with watched(page) as url:
        yield url


def get(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:
        return bytes(answer.read())


def status(url: str, path: str, **headers: str) -> int:
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    connection.request("GET", path, headers=headers)
    return connection.getresponse().status


def test_the_book_grows(page: Path, url: str) -> None:
    assert b"being written" in get(url + "book")
    versions = [get(url + "version")]
    for text in ("<p>One.</p>", "<p>One.</p><p>Two.</p>"):
        new = page.with_name("new")
        new.write_text(text, encoding="utf-8")
        new.replace(page)
        versions.append(get(url + "version"))
        assert get(url + "book").decode() == text  # as it lies on the disk
    assert len(set(versions)) == 3


def test_only_this_computer_can_reach_it(url: str) -> None:
    place = urlsplit(url)
    assert place.hostname == "127.0.0.1"
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", place.port or 0), timeout=1):
        pass  # it would answer there, too, if it listened on all addresses


@pytest.mark.parametrize("path", ["/", "/book", "/version", "/guess/", "/guess/book"])
def test_who_does_not_know_the_address_gets_nothing(url: str, path: str) -> None:
    assert status(url, path) == 404


@pytest.mark.parametrize("path", ["story.md", "../fox.book/story.md", "%2e%2e/story.md", "book/../story.md", "//etc"])
def test_no_other_file_is_served(url: str, path: str) -> None:
    assert status(url, urlsplit(url).path + path) == 404


def test_another_site_whose_name_leads_here_is_refused(url: str) -> None:
    path = urlsplit(url).path
    assert status(url, path) == 200
    assert status(url, path, Host=f"evil.example:{urlsplit(url).port}") == 403


def test_it_is_gone_when_the_run_ends_however_it_ends(page: Path) -> None:
    with pytest.raises(KeyboardInterrupt), watched(page) as url:
        get(url)
        raise KeyboardInterrupt
    with pytest.raises(urllib.error.URLError):
        get(url)


def test_two_runs_have_two_addresses(page: Path) -> None:
    with watched(page) as one, watched(page) as two:
        assert urlsplit(one).path != urlsplit(two).path
        assert urlsplit(one).port != urlsplit(two).port

"""What stands in a story is shown and never run, and only its author's links lead anywhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gillstory.book.book import Book, Page
from gillstory.book.folder import BookFolder
from gillstory.book.prose import to_line, to_prose
from gillstory.book.render import render

from .browser import Browser

ATTACK = """<script>document.title = 'taken'</script><img src=x onerror="document.title='taken'">"""
HARMLESS = set("p br em strong s code pre a blockquote ul ol li hr h3 h4 h5 h6 table thead tbody tr th td".split())
HARMLESS_ATTRIBUTES = {"href", "title", "rel", "start", "class"}


class Tags(HTMLParser):
    """Lists a text's tags and attributes as a browser would find them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_a_script_anywhere_in_a_book_is_only_text(browser: Browser, folder: BookFolder, book: Book) -> None:
    hens = replace(book.pages[0].pictures[0], alt=f'">{ATTACK}', photo=ATTACK, attribution=ATTACK, origin="retrieved")
    pages = (
        Page(1, (ATTACK, hens), author=True, heading=ATTACK),
        Page(2, (f"> {ATTACK}\n\n`{ATTACK}`",), author=False),
    )
    attacked = Book(f"Pip {ATTACK}", ATTACK, "en", pages, {"name": ATTACK, "licence": f"</style>{ATTACK}"})
    browser.open(render(attacked, folder))
    assert browser.evaluate("document.title").startswith("Pip <script>document.title = ‘taken’</script><img src=x ")
    assert browser.evaluate("document.scripts.length") == 1  # the template's own
    assert browser.evaluate("document.querySelectorAll('[onerror]').length") == 0
    assert browser.evaluate("document.images.length") == 2  # on the cover and on its page
    assert "<script>document.title" in browser.evaluate("document.querySelector('.text').textContent")


def test_the_page_refuses_what_a_careless_template_lets_through(
    browser: Browser, folder: BookFolder, tmp_path: Path
) -> None:
    careless = tmp_path / "careless"
    careless.mkdir()
    (careless / "book.html.jinja").write_text(
        '<!DOCTYPE html><meta http-equiv="Content-Security-Policy" content="{{ policy }}"><title>kept</title>'
        "<style>{{ style }}</style><script>{{ script }}</script>{{ book.title|safe }}"
    )
    (careless / "style.css").write_text("body { color: rgb(1, 2, 3) }")
    (careless / "book.js").write_text(
        "const refused = []; addEventListener('securitypolicyviolation', (e) => refused.push(e.effectiveDirective))"
    )
    title = f"{ATTACK}<img id=remote src='https://example.org/pixel.png'><iframe src='https://example.org'></iframe>"
    browser.open(render(Book(title, None, "en", (), template=str(careless)), folder))
    assert browser.evaluate("document.title") == "kept"
    assert browser.evaluate("document.getElementById('remote').naturalWidth") == 0
    assert browser.evaluate("getComputedStyle(document.body).color") == "rgb(1, 2, 3)"
    directives = {"script-src-elem", "script-src-attr", "img-src", "frame-src"}
    assert directives == set(browser.evaluate("new Promise(done => setTimeout(done, 100)).then(() => refused)"))


LINKS = (
    "[web](https://example.org/a?b=1&c=2) <ana@example.org> [script](javascript:document.title=1) "
    "[data](data:text/html,<script>1</script>) [file](file:///etc/passwd) [folder](../secret) "
    "[JS](JaVaScRiPt:1) ![picture](https://example.org/pixel.png) [![inside](x.png)](https://example.org/c)"
)


def test_only_links_to_the_web_and_to_mail_are_kept_and_only_the_authors(
    write: Callable[..., Path], browser: Browser
) -> None:
    links = "[...document.querySelectorAll('.text a')].map(a => [a.getAttribute('href'), a.rel])"
    browser.open(write(LINKS, author=True))
    assert browser.evaluate(links) == [
        ["https://example.org/a?b=1&c=2", "noopener noreferrer"],
        ["mailto:ana@example.org", "noopener noreferrer"],
        ["https://example.org/c", "noopener noreferrer"],
    ]
    shown = "web ana@example.org script data file folder JS picture inside"
    assert browser.evaluate("document.querySelector('.text').textContent.trim()") == shown
    browser.open(write(LINKS, author=False))
    assert browser.evaluate(links) == []
    assert browser.evaluate("document.querySelector('.text').textContent.trim()") == shown


PIECES = st.sampled_from(
    ["<!--", "-->", "|:-:|", "<", ">", '"', "'", "&", "[", "]", "(", ")", "!", "*", "_", "`", "\n", "\n\n", "# ",
     "> ", "- ", "|", "<script>", "javascript:", "data:", "http://", "https://e.org", "<b onclick=1>", "&lt;", "&#0;",
     "\\", "~~", " ", "Pip", "\0"]
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.lists(PIECES | st.text(max_size=3), max_size=25).map("".join), st.booleans())
def test_no_text_becomes_anything_but_set_text(text: str, links: bool) -> None:
    for html in (to_prose(text, "en", links=links).html, to_line(text, "en")):
        for tag, attributes in Tags(html).found:
            assert tag in HARMLESS
            assert set(attributes) <= HARMLESS_ATTRIBUTES
            if tag == "a":
                assert links
                assert str(attributes["href"]).startswith(("http:", "https:", "mailto:"))


@pytest.mark.parametrize(
    ("lang", "quotation"), [("en", "“Pip”"), ("de", "„Pip“"), ("fr", "«\u202fPip\u202f»"), ("pt-BR", "“Pip”")]
)
def test_quotation_marks_are_those_of_the_language(lang: str, quotation: str) -> None:
    assert f"<p>{quotation}</p>" in to_prose('"Pip"', lang).html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<!-- note -->", ""),
        ("One.\n\n<!-- a note\n\nof *two* parts -->\n\nTwo.", "<p>One.</p>\n<p>Two.</p>\n"),
        ("One.\n<!-- note -->\nTwo.", "<p>One.</p>\n<p>Two.</p>\n"),
        ("Pip <!-- which? --> slept.", "<p>Pip  slept.</p>\n"),
        ("<!-- note --> Pip slept.", "<p>Pip slept.</p>\n"),
        ("> <!-- note -->\n> Pip", "<blockquote>\n<p>Pip</p>\n</blockquote>\n"),
        ("`<!-- code -->`", "<p><code>&lt;!-- code --&gt;</code></p>\n"),
        ("    <!-- code -->", "<pre><code>&lt;!-- code --&gt;\n</code></pre>\n"),
        ("Pip <!-- slept", "<p>Pip &lt;!-- slept</p>\n"),
        ("<!-- Pip\n\nslept", "<p>&lt;!-- Pip</p>\n<p>slept</p>\n"),
    ],
)
def test_comments_are_the_writers_own_and_not_printed(text: str, html: str) -> None:
    assert to_prose(text, "en").html == html


def test_a_tables_columns_are_aligned(browser: Browser, write: Callable[..., Path]) -> None:
    browser.open(write("| a | b | c |\n|:--|:-:|--:|\n| 1 | 2 | 3 |"))
    aligned = "[...document.querySelectorAll('.text td')].map(cell => getComputedStyle(cell).textAlign)"
    assert browser.evaluate(aligned) == ["left", "center", "right"]


@pytest.mark.parametrize(
    ("written", "shown"),
    [("### a", "3"), ("# a\n# b", "33"), ("## a\n#### b\n### c\n## d", "3443"), ("###### a\n# b\n> ### c", "334")],
)
def test_headings_in_a_text_leave_out_no_level(written: str, shown: str) -> None:
    html = to_prose(written, "en").html
    assert "".join(re.findall(r"<h(\d)>", html)) == "".join(re.findall(r"</h(\d)>", html)) == shown


def test_a_heading_is_shown_once(browser: Browser, folder: BookFolder) -> None:
    page = Page(1, ("## The *meadow*\n\nText.", "## The *meadow*"), author=True, heading="The *meadow*")
    browser.open(render(Book("Pip", None, "en", (page,)), folder))
    headings = browser.evaluate("[...document.querySelectorAll('.leaf :is(h2, h3, h4)')].map(h => h.outerHTML)")
    assert headings[0] == '<h2 id="heading-1">The <em>meadow</em></h2>'
    assert headings[1] == "<h3>The <em>meadow</em></h3>"  # the author's second one stays

"""A page's Markdown in, safe HTML out: what a writer typed becomes set text, and nothing in it can act or reach out.

HTML in a story is shown as it is written, but for comments: these are the writer's own notes and are left out. Links
lead to web and mail addresses only, and only where the story's author set them; a model's are text. Pictures inside a
text are their alt text: real ones are the book's `Picture` blocks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markupsafe import Markup

LINKS = ("http", "https", "mailto")
# Opening and closing quotation marks, then those inside: a straight " or ' becomes what the language prints.
QUOTES = {
    "cs": "„“‚‘", "da": "»«›‹", "de": "„“‚‘", "el": "«»“”", "es": "«»“”", "fi": "””’’", "hu": "„”»«", "it": "«»“”",
    "nb": "«»‘’", "nl": "“”‘’", "nn": "«»‘’", "pl": "„”«»", "pt": "“”‘’", "ro": "„”«»", "ru": "«»„“", "sk": "„“‚‘",
    "sl": "„“‚‘", "sv": "””’’", "uk": "«»„“",
}  # fmt: skip
SPACED_QUOTES = {"fr": ["«\u202f", "\u202f»", "“", "”"]}  # French keeps a narrow space inside
LETTERS_OF_INITIALS = ("LATIN", "GREEK", "CYRILLIC")  # scripts whose first letter may stand alone, three lines high
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
SHORTEST_WITH_INITIAL = 140  # characters: about the three lines beside a large initial


class Prose(NamedTuple):
    """A text as HTML, how long it is in characters, and whether it may begin with a large initial."""

    html: Markup
    length: int
    initial: bool


def to_prose(markdown: str, lang: str, *, heading: str | None = None, links: bool = False) -> Prose:
    """Set a text.

    Parameters
    ----------
    lang : decides the quotation marks.
    heading : the page's; left out where the text begins with it.
    links : keep links to web and mail addresses.
    """
    setter = _setter(lang.lower().split("-")[0])
    tokens = setter.parse(markdown)
    if heading is not None and len(tokens) > 2 and tokens[0].type == "heading_open":
        tokens = tokens[3:] if tokens[1].content.strip() == heading.strip() else tokens
    above: list[int] = []  # levels, as they were written, of the headings that the text stands under
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1])
            above = [*(other for other in above if other < level), level]
        if token.type in ("heading_open", "heading_close"):  # the page's heading is level 2; none is left out below it
            token.tag = f"h{min(6, 2 + len(above))}"
        if style := token.attrs.pop("style", None):  # a table's column; the page's policy refuses styles
            token.attrs["class"] = str(style).replace("text-align:", "align-")
        if token.children:
            token.children = list(_harmless(token.children, links))
    texts = [_plain(token) for token in tokens if token.type == "inline"]
    starts_with_text = bool(tokens) and tokens[0].type == "paragraph_open"
    html = setter.renderer.render(tokens, setter.options, {})
    return Prose(Markup(html), sum(map(len, texts)), starts_with_text and _takes_initial(texts[0]))


def to_line(markdown: str, lang: str) -> Markup:
    """Set a single line, a heading, without links."""
    setter = _setter(lang.lower().split("-")[0])
    tokens = setter.parseInline(markdown)
    for token in tokens:
        token.children = list(_harmless(token.children or (), links=False))
    return Markup(setter.renderer.render(tokens, setter.options, {}))


@cache
def _setter(lang: str) -> MarkdownIt:
    quotes = SPACED_QUOTES.get(lang) or QUOTES.get(lang, "“”‘’")
    setter = MarkdownIt("commonmark", {"html": False, "typographer": True, "quotes": quotes})
    setter.enable(["smartquotes", "replacements", "strikethrough", "table"])
    setter.block.ruler.before("reference", "comment", _comment_block, {"alt": ["paragraph", "blockquote", "list"]})
    setter.inline.ruler.before("autolink", "comment", _comment_inline)
    # Every address is read as one here, so that `_harmless` sees it: a refused one would be left as raw Markdown.
    setter.validateLink = lambda url: True  # type: ignore[method-assign]
    return setter


def _comment_block(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """Pass over a comment that stands on lines of its own; one that does not end is text."""
    if state.is_code_block(line):
        return False
    start = state.bMarks[line] + state.tShift[line]
    comment = COMMENT.match(state.src, start, state.eMarks[end - 1])
    if comment is None:
        return False
    last = next(n for n in range(line, end) if state.eMarks[n] >= comment.end())
    if state.src[comment.end() : state.eMarks[last]].strip():
        return False
    if not silent:
        state.line = last + 1
    return True


def _comment_inline(state: StateInline, silent: bool) -> bool:
    comment = COMMENT.match(state.src, state.pos, state.posMax)
    if comment is None:
        return False
    before, state.pos = state.pos, comment.end()
    while before == 0 and state.pos < state.posMax and state.src[state.pos].isspace():
        state.pos += 1  # a paragraph begins with its text
    return True


def _harmless(tokens: Iterable[Token], links: bool) -> Iterable[Token]:
    """Keep what is text; links only to addresses of the allowed kinds; of pictures, the alt text."""
    kept: list[bool] = []  # of the links that are open: were they kept?
    for token in tokens:
        if token.type == "link_open":
            kept.append(links and _allowed(str(token.attrs.get("href", ""))))
            token.attrs["rel"] = "noopener noreferrer"
            if kept[-1]:
                yield token
        elif token.type == "link_close":
            if kept.pop():
                yield token
        elif token.type == "image":
            yield Token("text", "", 0, content=token.content)
        else:
            yield token


def _allowed(address: str) -> bool:
    try:
        return urlsplit(address).scheme in LINKS
    except ValueError:
        return False


def _plain(token: Token) -> str:
    parts: Sequence[Token] = token.children or ()
    return "".join(" " if part.type.endswith("break") else part.content for part in parts)


def _takes_initial(text: str) -> bool:
    letter = text[:1]
    return (
        len(text) >= SHORTEST_WITH_INITIAL
        and letter.isalpha()
        and unicodedata.name(letter, "").startswith(LETTERS_OF_INITIALS)
    )

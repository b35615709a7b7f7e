"""Something to add to a story in, the story's text out, in which all else is as it was written, byte for byte.

Writers have footnotes, tables, comments and habits. So a story that a person may have touched is never written anew:
pictures and pages are set into the text that is there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from gillstory.story.markdown import Parsed
from gillstory.story.pages import SEPARATOR, protect, trim, undefine
from gillstory.story.story import Settings, Story, StoryPicture
from gillstory.story.write import PictureLink, destination, front_matter, picture_link

Edit = tuple[int, int, str]  # where it begins and ends in the body, and what is to stand there
ENDS = {"<!--": "-->", "<?": "?>", "<![CDATA[": "]]>", "<!": ">"}  # of HTML that goes on until its end is written


def with_links(story: Story, links: Sequence[tuple[StoryPicture, PictureLink | None]]) -> str:
    """Give the text in which pictures of the story are other ones; None takes a picture away."""
    return _spliced(story, [(*picture.span, _relinked(story, picture, link)) for picture, link in links])


def with_picture(story: Story, page: int, link: PictureLink) -> str:
    """Give the text with a picture behind all else on a page, counted from 0."""
    start, end = story.pages[page].span
    text, rest = story.body[start:end], story.body[end:]
    below = "" if not rest.strip() or re.match(r"[ \t]*\n[ \t]*\n", rest) else "\n"
    return _spliced(story, [(end, end, f"{_closing(text)}\n\n{picture_link(link)}{below}")])


def with_page(story: Story, text: str, pictures: Sequence[PictureLink] = ()) -> str:
    """Give the text with one more page behind the last one; `text` as from `as_page`."""
    body = story.body
    start, end = story.pages[-1].span
    above = f"{_closing(body[start:end])}\n"
    last = Parsed(body).blocks[-1:]
    if body.endswith("\n") and above == "\n":
        above = ""
    separator = "" if last and last[0].type == "hr" and last[0].markup.startswith("-") else "\n---\n"
    page = "\n\n".join([text, *map(picture_link, pictures)])
    return _spliced(story, [(len(body), len(body), f"{above}{separator}\n{page}\n")])


def as_page(text: str) -> str:
    """Give a text that is one page wherever it stands: it begins none, shows no picture and defines no link."""
    return protect(undefine(trim(re.sub(r"\r\n?", "\n", text)), {}), fresh=True)


def front_matter_moved(story: Story, settings: Settings, folder: Path) -> str:
    """Give the top of a story that is to lie in another folder: as it is, or with its paths as seen from there.

    Parameters
    ----------
    settings : what it is to say there; without some pictures of the cast, if they do not come along.
    """
    said = story.settings
    paths = [said.photos, *(member.picture for member in said.cast)]
    paths += [path for path in map(Path, filter(None, (said.model, said.template))) if path.is_absolute()]
    return front_matter(settings, folder) if any(paths) else story.top


def _relinked(story: Story, picture: StoryPicture, link: PictureLink | None) -> str:
    if link is None:
        return ""
    written = story.body[slice(*picture.span)]
    if link.alt == picture.alt and link.attributes == picture.attributes:
        label, bracket, tail = written.rpartition("](")
        for target in (picture.target, f"<{picture.target}>"):
            if bracket and tail.startswith(target):
                return f"{label}]({destination(link.target)}{tail[len(target) :]}"
    return picture_link(link)


def _closing(text: str) -> str:
    """What a text needs behind it so that something new can follow: the end of code or of a comment."""
    parsed = Parsed(text + SEPARATOR)
    if parsed.blocks and parsed.blocks[-1].type == "hr" and parsed.blocks[-1].level == 0:
        return ""
    last = next(token for token in reversed(Parsed(text).blocks) if token.level == 0)
    if last.type == "fence":
        return f"\n{last.markup}"
    beginning = last.content.lstrip()
    for start, end in ENDS.items():
        if beginning.startswith(start):
            return f"\n{end}"
    tag = re.match(r"<(\w+)", beginning)
    return f"\n</{tag[1]}>" if tag else ""


def _spliced(story: Story, edits: Sequence[Edit]) -> str:
    body = story.body
    for start, end, new in sorted(edits, reverse=True):
        body = body[:start] + new + body[end:]
    return (story.top + body).replace("\n", story.newline)

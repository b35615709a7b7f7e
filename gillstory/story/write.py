"""A story's settings and pages in, Markdown out, such that `read_story` gives the same settings and pages again."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from gillstory.story.markdown import Parsed
from gillstory.story.pages import protect, trim
from gillstory.story.story import CastMember, Settings


@dataclass(frozen=True)
class PictureLink:
    """A picture to be shown.

    Attributes
    ----------
    alt : what it shows.
    target : where it is, seen from the story's folder, with slashes.
    attributes : what stands in braces behind it.
    """

    alt: str
    target: str
    attributes: Mapping[str, str] = field(default_factory=dict)


def to_markdown(settings: Settings, pages: Sequence[Sequence[str | PictureLink]], folder: Path) -> str:
    """Write a story as Markdown.

    Texts are Markdown and stay as they are, but none begins a page or shows a picture of its own: see `protect`.

    Parameters
    ----------
    pages : each its texts and pictures in reading order; a page without any is left out.
    folder : where the file will lie; paths are written as seen from there. A cast member's picture that lies neither
        there nor in the photo folder is left out, since it could not be read again.
    """
    blocks = _protected([_merge(turns) for turns in pages])
    written = ["\n\n".join(b if isinstance(b, str) else picture_link(b) for b in page) for page in blocks if page]
    story = "\n\n---\n\n".join(written) + "\n"
    top = front_matter(settings, folder)
    return f"{top}\n{story}" if top else story


def _merge(turns: Sequence[str | PictureLink]) -> list[str | PictureLink]:
    """Make one text of texts that follow each other; in a file nothing stands between them."""
    blocks: list[str | PictureLink] = []
    for turn in turns:
        block = trim(re.sub(r"\r\n?", "\n", turn)) if isinstance(turn, str) else turn
        if isinstance(block, str) and blocks and isinstance(blocks[-1], str):
            block = f"{blocks.pop()}\n\n{block}" if block else blocks.pop()
        if block:
            blocks.append(block)
    return blocks


def _protected(pages: list[list[str | PictureLink]]) -> list[list[str | PictureLink]]:
    """Keep every text in its place; what one text defines, such as `[fox]: fox.png`, holds in the others too."""
    while True:
        references: dict[str, Any] = {}
        for text in (block for page in pages for block in page if isinstance(block, str)):
            references = Parsed(text, references).references
        before, pages = (
            pages,
            [
                [
                    protect(block, fresh=number == 0, references=references) if isinstance(block, str) else block
                    for number, block in enumerate(page)
                ]
                for page in pages
            ],
        )
        if pages == before:
            return pages


def picture_link(picture: PictureLink) -> str:
    """Write a picture as Markdown."""
    alt = re.sub(r"[ \t\r\n]+", " ", picture.alt).strip(" ")
    alt = re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", alt) if re.search(r"[\\`*_\[\]<>&!~]", alt) else alt
    return f"![{alt}]({destination(picture.target)}){_braces(picture.attributes)}"


def destination(target: str) -> str:
    """Write where a picture is, as it stands between the round brackets of Markdown."""
    # What is not a plain name goes between angle brackets, within which few signs have a meaning.
    target = re.sub(r"[%<>\\\r\n&]", lambda sign: f"%{ord(sign.group()):02X}", target)
    return target if re.fullmatch(r"[\w./%~-]+", target) else f"<{target}>"


def _braces(attributes: Mapping[str, str]) -> str:
    """Write attributes as pandoc reads them: `{#pip .wide seed=7}`."""
    written = []
    for key, value in attributes.items():
        if key == "id":
            written.append(f"#{value}")
        elif key == "class":
            written += [f".{name}" for name in value.split()]
        else:
            written.append(f"{key}={value}" if re.fullmatch(r"[^\s\"{}]+", value) else f'{key}="{value}"')
    return f"{{{' '.join(written)}}}" if written else ""


def front_matter(settings: Settings, folder: Path) -> str:
    """Write settings as the top of a story in a folder, with the lines `---` around; empty if there are none."""
    folder = folder.resolve()
    cast = {member.name: _member(member, settings, folder) for member in settings.cast}
    values: dict[str, Any] = {
        "title": settings.title,
        "author": settings.author,
        "lang": settings.lang if settings.lang != Settings.lang else None,
        "seed": settings.seed,
        "model": as_seen_from(folder, settings.model),
        "photos": _photos(settings, folder),
        "template": as_seen_from(folder, settings.template),
        "style": settings.style,
        "cast": cast or None,
    }
    values = {key: value for key, value in values.items() if value is not None}
    if not values:
        return ""
    return f"---\n{yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=2**20)}---\n"


def _member(member: CastMember, settings: Settings, folder: Path) -> str | dict[str, str]:
    homes = [folder, *([settings.photos.resolve()] if settings.photos else [])]
    if member.picture is None or not any(member.picture.resolve().is_relative_to(home) for home in homes):
        return member.description
    about = {"is": member.description} if member.description else {}
    return {**about, "picture": as_seen_from(folder, member.picture) or ""}


def _photos(settings: Settings, folder: Path) -> str | dict[str, Any] | None:
    place = as_seen_from(folder, settings.photos)
    said = {"folder": place, "since": settings.photos_since, "until": settings.photos_until}
    said = {key: value for key, value in said.items() if value is not None}
    return said if said.keys() - {"folder"} else place


def as_seen_from(folder: Path, path: str | Path | None) -> str | None:
    """Give an absolute path as seen from the folder, with slashes; a name stays a name."""
    if path is None or not os.path.isabs(path):
        return None if path is None else str(path)
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive
        return Path(path).as_posix()

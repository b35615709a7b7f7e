"""The settings at the top of a story in, `Settings` out; every key is checked and an error names its line."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from gillstory import dates
from gillstory.errors import StoryError
from gillstory.story.nodes import INTEGER, Entry, compose, entries, is_null, text_of
from gillstory.story.pictures import Pictures
from gillstory.story.source import Source
from gillstory.story.story import CastMember, Settings

KEYS = ("title", "author", "lang", "seed", "model", "photos", "template", "style", "cast")
PHOTO_KEYS = ("folder", "since", "until")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
LARGEST_SEED = 2**63 - 1
END = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)


def split_front_matter(source: Source) -> tuple[Settings, Source]:
    """Give a Markdown story's settings, and what comes after them.

    Raises
    ------
    StoryError : the settings are not readable, or one of them is wrong.
    """
    beginning = re.match(r"---[ \t]*\n", source.text)
    end = END.search(source.text, beginning.end()) if beginning else None
    if beginning is None or end is None:
        return Settings(), source
    top = Source(source.file, source.text[beginning.end() : end.start()], source.first_line + 1)
    # A story may begin with a line `---` that only separates; then an empty line and prose follow.
    may_be_prose = top.text.partition("\n")[0].strip() == ""
    try:
        root = compose(top)
    except StoryError:
        if may_be_prose and top.text.strip():
            return Settings(), source
        raise
    rest = Source(source.file, source.text[end.end() + 1 :], source.line_at(end.end()) + 1)
    if root is None:
        return Settings(), rest
    if not isinstance(root, yaml.MappingNode):
        if may_be_prose:
            return Settings(), source
        raise top.error("the top of the story is not a list of settings", 0, "Write each as `key: value`")
    if may_be_prose and not any(getattr(key, "value", None) in KEYS for key, _ in root.value):
        return Settings(), source
    return to_settings(top, entries(top, root, KEYS)), rest


def to_settings(source: Source, found: Sequence[Entry]) -> Settings:
    """Check settings and give them; a key without a value counts as not written.

    Raises
    ------
    StoryError : a value is not one for its key.
    """
    folder = source.file.absolute().parent
    values: dict[str, Any] = {}
    cast: Entry | None = None
    for entry in found:
        if is_null(entry.value):
            continue
        if entry.key == "cast":
            cast = entry
        elif entry.key == "seed":
            values["seed"] = _seed(source, entry)
        elif entry.key == "photos" and isinstance(entry.value, yaml.MappingNode):
            values |= _photos(source, entry.value, folder)
        else:
            text = text_of(source, entry).strip()
            if entry.key == "lang":
                text = _language(source, entry, text)
            if text:
                values[entry.key] = _resolved(entry.key, text, folder)
    settings = Settings(**values)
    # Their pictures may lie in the photo folder, which is known only now.
    return settings if cast is None else replace(settings, cast=_cast(Pictures(source, settings.photos), cast))


def _photos(source: Source, node: yaml.MappingNode, folder: Path) -> dict[str, Path | date]:
    """The folder of photos, and the days between which they were taken."""
    values: dict[str, Path | date] = {}
    for entry in entries(source, node, PHOTO_KEYS):
        text = "" if is_null(entry.value) else text_of(source, entry).strip()
        if text and entry.key == "folder":
            values["photos"] = _folder_of_photos(text, folder)
        elif text:
            try:
                day = dates.first_day(text) if entry.key == "since" else dates.last_day(text)
            except ValueError as error:
                raise source.error(f"'{text}' is not a date", entry.place, dates.HOW_TO_WRITE) from error
            values[f"photos_{entry.key}"] = day
    return values


def _resolved(key: str, text: str, folder: Path) -> str | Path:
    """Make paths absolute: that of the photos, and those of a model or template where there is such a folder."""
    if key == "photos":
        return _folder_of_photos(text, folder)
    if key in ("model", "template") and (folder / Path(text).expanduser()).is_dir():
        return str((folder / Path(text).expanduser()).resolve())
    return text


def _folder_of_photos(text: str, folder: Path) -> Path:
    # Not by `Path.expanduser`, which raises where there is nobody of that name.
    return (folder / os.path.expanduser(text)).resolve()


def _seed(source: Source, entry: Entry) -> int:
    node = entry.value
    if isinstance(node, yaml.ScalarNode) and node.tag == INTEGER and re.fullmatch(r"[+-]?[0-9]{1,19}", node.value):
        seed = int(node.value)
        if abs(seed) <= LARGEST_SEED:
            return seed
    raise source.error("'seed' must be a whole number", entry.place, "Write it as `seed: 7`")


def _language(source: Source, entry: Entry, text: str) -> str:
    tag = text.replace("_", "-")
    if LANGUAGE.fullmatch(tag):
        return tag
    raise source.error(
        f"'{text}' is not the short name of a language", entry.place, "Write, for example, `lang: en` or `lang: pt-BR`"
    )


def _cast(pictures: Pictures, cast: Entry) -> tuple[CastMember, ...]:
    source = pictures.source
    if not isinstance(cast.value, yaml.MappingNode):
        raise source.error("'cast' must say who each name is", cast.place, "Write below it `  Pip: a small orange fox`")
    members = []
    for entry in entries(source, cast.value, what="name"):
        remedy = f"Write `{entry.key}: a few words` or `{entry.key}: {{is: a few words, picture: file.jpg}}`"
        if isinstance(entry.value, yaml.ScalarNode) and not is_null(entry.value):
            members.append(CastMember(entry.key, entry.value.value.strip()))
        elif isinstance(entry.value, yaml.MappingNode):
            about = {e.key: e for e in entries(source, entry.value, ("is", "picture")) if not is_null(e.value)}
            description = text_of(source, about["is"]).strip() if "is" in about else ""
            picture = None
            if "picture" in about:
                picture = pictures.find(text_of(source, about["picture"]).strip(), about["picture"].place)
            if not description and picture is None:
                raise source.error(f"the cast does not say who {entry.key} is", entry.place, remedy)
            members.append(CastMember(entry.key, description, picture))
        else:
            raise source.error(f"the cast does not say who {entry.key} is", entry.place, remedy)
    return tuple(members)

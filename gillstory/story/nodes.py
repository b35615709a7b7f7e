"""YAML text in, its parts out with their places, so that an error can name the line of the key that it is about."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import yaml

from gillstory.errors import StoryError
from gillstory.story.source import Source

NULL, INTEGER = "tag:yaml.org,2002:null", "tag:yaml.org,2002:int"


class Entry(NamedTuple):
    """A key, its value, and where the key stands in the text."""

    key: str
    value: yaml.Node
    place: int


def compose(source: Source) -> yaml.Node | None:
    """Read YAML without making values of it yet.

    Raises
    ------
    StoryError : it is not YAML.
    """
    try:
        return yaml.compose(source.text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context
        remedy = "Use spaces instead of tabs" if "'\\t'" in str(problem) else "Texts with a colon or # need quotes"
        raise source.error(f"not readable as YAML: {problem}", mark.index if mark else 0, remedy) from error
    except yaml.reader.ReaderError as error:
        sign = int(error.character)
        raise source.error(f"the sign U+{sign:04X} is not allowed in YAML", error.position, "Delete it") from error
    except RecursionError as error:
        raise StoryError(
            "not readable as YAML: nested too deeply", file=source.file, remedy="Remove some brackets"
        ) from error


def entries(
    source: Source, node: yaml.MappingNode, known: Collection[str] | None = None, what: str = "key"
) -> list[Entry]:
    """Give a mapping's entries in the order in which they are written.

    Parameters
    ----------
    known : the keys that there are; None: any.
    what : what to call a key in an error.

    Raises
    ------
    StoryError : a key is unknown or stands there twice.
    """
    found: dict[str, Entry] = {}
    for key_node, value in node.value:
        index = key_node.start_mark.index
        if not isinstance(key_node, yaml.ScalarNode):
            raise source.error(f"a {what} must be a word", index, "Write each as `key: value`")
        key = key_node.value
        if known is not None and key not in known:
            raise source.error(f"unknown {what} '{key}'", index, f"There is: {', '.join(known)}")
        if key in found:
            first = source.line_at(found[key].place)
            raise source.error(f"'{key}' stands here again, first in line {first}", index, "Delete one of the two")
        found[key] = Entry(key, value, index)
    return list(found.values())


def is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == NULL


def text_of(source: Source, entry: Entry) -> str:
    """Give a text as it is written: `title: 1984` and `lang: no` are texts too.

    Raises
    ------
    StoryError : it is a list or has keys of its own.
    """
    if not isinstance(entry.value, yaml.ScalarNode):
        raise source.error(f"'{entry.key}' must be a text", entry.place, f"Write it as `{entry.key}: some words`")
    return str(entry.value.value)

"""Defaults for options, from gillstory.yaml: beside the story first, then in the user's configuration folder.

What stands in such a file is checked as if it had been typed, and an error names the file and the line. Relative paths
count from the file's folder. What is typed on the command line, and a story's own front matter, come first.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from gillstory.bundle import config_folder
from gillstory.errors import GillstoryError

FILE = "gillstory.yaml"
KEYS = ("model", "pages", "photos", "pictures", "seed", "template")
FOLDERS = ("model", "photos", "template")  # may be the path of a folder


def use_defaults(ctx: click.Context, folder: Path) -> None:
    """Give a command the defaults that hold in a folder.

    Raises
    ------
    GillstoryError : a file is not readable, is not a list of `option: value`, or a value is not one for its option.
    """
    defaults: dict[str, Any] = {}
    for file in (config_folder() / FILE, folder / FILE):
        if file.is_file():
            defaults |= _read(file, ctx)
    ctx.default_map = defaults


def defaults_beside(ctx: click.Context, param: click.Parameter, path: Path) -> Path:
    """Callback of an argument that is a file: the defaults of its folder hold; of a book's, those beside the book."""
    folder = path.absolute().parent
    use_defaults(ctx, folder.parent if (folder / "book.json").is_file() else folder)
    return path


def chosen(ctx: click.Context, name: str, story_says: Any) -> Any:
    """Give an option's value: as it was typed, or as a story says at its top, or as in gillstory.yaml, or its default.

    Parameters
    ----------
    name : of an option of this command; of another command's, there is only what the two files say.
    """
    if story_says is not None and ctx.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
        return story_says
    return ctx.params[name] if name in ctx.params else ctx.lookup_default(name)


def _read(file: Path, ctx: click.Context) -> dict[str, Any]:
    import yaml

    try:
        root = yaml.compose(file.read_text(encoding="utf-8-sig"), yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise GillstoryError("not text in UTF-8", file=file) from error
    except yaml.MarkedYAMLError as error:
        line = None if error.problem_mark is None else error.problem_mark.line + 1
        raise GillstoryError(f"not YAML: {error.problem}", file=file, line=line) from error
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode):
        raise GillstoryError("expected lines of `option: value`", file=file, line=root.start_mark.line + 1)

    values: dict[str, Any] = {}
    options = {param.name: param for param in ctx.command.params}
    for key_node, value_node in root.value:
        key, line = key_node.value, key_node.start_mark.line + 1
        if key not in KEYS:
            raise GillstoryError(f"unknown option '{key}'", file=file, line=line, remedy=f"There is: {', '.join(KEYS)}")
        if not isinstance(value_node, yaml.ScalarNode):
            raise GillstoryError(f"'{key}' takes one value", file=file, line=line)
        value: Any = value_node.value
        if key in FOLDERS and (file.parent / Path(value).expanduser()).is_dir():
            value = str(file.parent / Path(value).expanduser())
        values[key] = value
        if key in options:  # another command's option is not checked here
            try:
                values[key] = options[key].type.convert(value, options[key], ctx)
            except click.BadParameter as error:
                raise GillstoryError(f"'{key}': {error.message.rstrip('.')}", file=file, line=line) from error
    return values

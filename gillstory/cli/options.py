"""The options that commands share: named, explained and defaulted once, so that they are the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

DEBUG = "gillstory.debug"  # in a context's meta: show where an error comes from
DEFAULT_MODEL = "pocket"


def _remember_debug(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        ctx.meta[DEBUG] = True


debug_option = click.option(
    "--debug",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_remember_debug,
    help="Show where an error comes from.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print what came out as JSON.")
model_option = click.option(
    "--model",
    metavar="NAME|DIR",
    default=DEFAULT_MODEL,
    show_default=True,
    help="The model bundle: a name of `gillstory models list`, or its folder.",
)
template_option = click.option(
    "--template",
    metavar="NAME|DIR",
    help="What the book looks like: a template's name, or your own copy's folder.  [default: as it did; picture-book]",
)
photos_option = click.option(
    "--photos",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Your photos: pages may show one of them. They are only read.",
)
pictures_option = click.option(
    "--pictures",
    type=click.Choice(["auto", "retrieve", "generate", "none"]),
    default="auto",
    show_default=True,
    help="auto: the model decides, page by page, whether to take a photo or to paint.",
)
style_option = click.option("--style", metavar="TEXT", help="How painted pictures should look: watercolour.")
open_option = click.option("--open", "open_book", is_flag=True, help="Open the book in a browser when it is done.")


def story_argument(callback: Callable[[click.Context, click.Parameter, Path], Path]) -> Callable[[Any], Any]:
    """STORY; eager, so that the defaults that stand beside it are there when the other options are read."""
    return click.argument("story", type=click.Path(path_type=Path), is_eager=True, callback=callback)

"""gillstory search: words or a picture in, the photos of the index that look like it out."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gillstory import dates
from gillstory.cli.defaults import use_defaults
from gillstory.cli.options import debug_option, json_option, model_option

if TYPE_CHECKING:
    from gillstory.photos.find import Match

PREVIEW = 28  # columns of the terminal
PREVIEW_PIXELS = 320
NOTHING = "Nothing in the index looks like this."


class Day(click.ParamType):
    """A date as people write it: the first day that it means, or the last."""

    name = "date"

    def __init__(self, last: bool) -> None:
        self.day_of = dates.last_day if last else dates.first_day

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else self.day_of(str(value))
        except ValueError:
            self.fail(f"'{value}' is not a date. {dates.HOW_TO_WRITE}.", param, ctx)


def _defaults_here(ctx: click.Context, param: click.Parameter, query: str) -> str:
    use_defaults(ctx, Path.cwd())
    return query


@click.command("search")
@click.argument("query", metavar="WORDS|PICTURE", is_eager=True, callback=_defaults_here)
@click.option("--since", type=Day(last=False), metavar="DATE", help="Only photos taken then or later: 2019, 2019-06.")
@click.option("--until", type=Day(last=True), metavar="DATE", help="Only photos taken then or earlier.")
@click.option(
    "--in", "folder", type=click.Path(path_type=Path), metavar="FOLDER", help="Only photos below this folder."
)
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many photos at most.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write a contact sheet.")
@model_option
@json_option
@debug_option
def command(
    query: str,
    since: date | None,
    until: date | None,
    folder: Path | None,
    limit: int,
    html: Path | None,
    model: str,
    as_json: bool,
) -> None:
    """Find photos in the index that look like WORDS or like a PICTURE.

    Each comes with its similarity, and the list ends where photos no longer look like it. Words are also found in names
    of folders and files, in captions and keywords. Photos whose date is not known are outside of --since and --until.

    \b
    Examples:
      gillstory search "a dog on a beach"
      gillstory search picture.jpg --limit 5
      gillstory search "birthday cake" --since 2019 --until 2021-06 --in ~/Pictures/family
      gillstory search "a castle" --html castles.html
    """
    from gillstory.bundle import find_bundle
    from gillstory.cli.progress import Narration
    from gillstory.errors import PhotoIndexError

    if not query.strip():
        raise click.UsageError("there is nothing to search for")
    bundle = find_bundle(model)
    bundle.require()
    with Narration() as narration:
        narration.on_stage("searching")
        from gillstory.photos.find import Wanted
        from gillstory.storyteller import PhotoLibrary

        library = PhotoLibrary(bundle)
        if not len(library.index):
            raise PhotoIndexError("no photos have been indexed yet", remedy="Run: gillstory index ~/Pictures")
        if folder is not None and not library.index.holds(folder):
            problem = "no photo of this folder is in the index"
            raise PhotoIndexError(problem, file=folder, remedy="Correct it, or name it to: gillstory index")
        wanted = Wanted(folder, since, until)
        picture = os.path.expanduser(query)
        if os.path.isfile(picture):
            found = library.search_alike(Path(picture), limit, wanted)
        else:
            words = os.fsencode(query).decode("utf-8", "replace")  # a terminal may send bytes that are no UTF-8
            found = library.search(words, limit, wanted)

    if html is not None:
        from gillstory.photos.sheet import write_sheet

        write_sheet(found, query, html)
    if as_json:
        click.echo(json.dumps([_as_json(match) for match in found], indent=2))
    else:
        _print(found)
        if html is not None:
            click.echo(html)


def _as_json(match: Match) -> dict[str, Any]:
    return {
        "path": str(match.path),
        "similarity": round(match.similarity, 4),
        "by_words": match.by_words,
        "taken": match.taken and match.taken.isoformat(),
        "sha256": match.sha256,
    }


def _print(found: Sequence[Match]) -> None:
    """A line for each photo and, in a terminal, a small preview above it."""
    if not found:
        click.echo(NOTHING)
    terminal = sys.stdout.isatty() and os.get_terminal_size(sys.stdout.fileno()).columns > 0  # some do not know it
    for match in found:
        if terminal:
            _preview(match.path)
        taken = "unknown   " if match.taken is None else match.taken.date().isoformat()
        click.echo(f"{match.similarity:5.2f}  {taken}  {match.path}" + ("  (by its words)" if match.by_words else ""))


def _preview(photo: Path) -> None:
    from rich.console import Console
    from textual_image.renderable import Image

    from gillstory.photos.sheet import thumbnail

    if picture := thumbnail(photo, PREVIEW_PIXELS):
        Console().print(Image(picture, width=PREVIEW, height="auto"))

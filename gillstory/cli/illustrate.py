"""gillstory illustrate: finished drafts in, the same drafts as illustrated books out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gillstory.cli.defaults import use_defaults
from gillstory.cli.options import (
    debug_option,
    json_option,
    model_option,
    photos_option,
    pictures_option,
    style_option,
    template_option,
)

if TYPE_CHECKING:
    from gillstory.storyteller.illustrating import Every
    from gillstory.storyteller.options import Options, Pictures


def _defaults_here(ctx: click.Context, param: click.Parameter, paths: tuple[Path, ...]) -> tuple[Path, ...]:
    use_defaults(ctx, Path.cwd())
    return paths


@click.command("illustrate")
@click.argument(
    "paths",
    type=click.Path(path_type=Path),
    nargs=-1,
    required=True,
    metavar="PATH...",
    is_eager=True,
    callback=_defaults_here,
)
@click.option(
    "--every",
    type=click.Choice(["page", "heading"]),
    default="page",
    show_default=True,
    help="Which pages get a picture: each, or each that a heading begins.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be drawn and where, and make nothing.")
@model_option
@photos_option
@pictures_option
@click.option("--seed", type=int, help="The same seed makes the same pictures.")
@style_option
@template_option
@json_option
@debug_option
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    every: Every,
    dry_run: bool,
    model: str,
    photos: Path | None,
    pictures: Pictures,
    seed: int | None,
    style: str | None,
    template: str,
    as_json: bool,
) -> None:
    """Give finished drafts their pictures; not a word in them is changed.

    Each PATH is a draft, or a folder of them. The illustrated draft is a book beside it, as `gillstory continue` makes
    one. A draft that cannot be read is named at the end and does not stop the others; a run that was stopped goes on
    with the same command.

    \b
    Examples:
      gillstory illustrate draft.md
      gillstory illustrate drafts --every heading --style watercolour
      gillstory illustrate drafts --dry-run
    """
    from gillstory.storyteller.illustrating import drafts_in
    from gillstory.storyteller.options import Options

    drafts = drafts_in(paths)
    options = Options(photos=photos, pictures=pictures, seed=seed, template=template, style=style)
    rows = _planned(drafts, every) if dry_run else _made(drafts, every, model, options)
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    else:
        _print(rows)
    failed = [row for row in rows if row["error"] is not None]
    for row in failed:
        click.echo(f"Error: {row['error']}", err=True)
    ctx.exit(0 if not failed else 2 if len(failed) == len(rows) else 1)


def _planned(drafts: list[Path], every: Every) -> list[dict[str, Any]]:
    from gillstory.errors import GillstoryError
    from gillstory.storyteller.illustrating import plan_of

    rows: list[dict[str, Any]] = []
    for draft in drafts:
        try:
            plan = plan_of(draft, every)
        except GillstoryError as error:
            rows.append({"draft": str(draft), "error": str(error)})
            continue
        row = {"pictures": len(plan.pages), "pages": list(plan.pages), "lines": list(plan.lines)}
        rows.append({"draft": str(draft), "book": str(plan.book), **row, "error": None})
    return rows


def _made(drafts: list[Path], every: Every, model: str, options: Options) -> list[dict[str, Any]]:
    """Illustrate the drafts that can be read, with one model for all."""
    from gillstory.bundle import find_bundle
    from gillstory.cli.progress import Narration
    from gillstory.errors import GillstoryError

    rows = _planned(drafts, every)
    if all(row["error"] is not None for row in rows):
        return rows
    bundle = find_bundle(model)
    bundle.require()
    with Narration() as narration:
        narration.on_stage(f"loading the model {bundle.name}")
        import gillstory
        from gillstory.storyteller.illustrating import illustrate_draft

        gill = gillstory.load(model)
        for row in rows:
            if row["error"] is not None:
                continue
            narration.on_done(row["draft"])
            try:
                row["pictures"] = illustrate_draft(Path(row["draft"]), every, gill, options, narration)
            except (GillstoryError, OSError) as error:
                row["pictures"], row["error"] = 0, str(error)
    return rows


def _print(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("draft", "pictures", "on the pages that begin in line", "book")
    for row in rows:
        lines = ", ".join(map(str, row.get("lines", ())))
        failed = row["error"] is not None
        table.add_row(row["draft"], "-" if failed else str(row["pictures"]), lines, "failed" if failed else row["book"])
    Console().print(table)

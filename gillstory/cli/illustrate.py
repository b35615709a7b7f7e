"""gillstory illustrate: finished drafts in, the same drafts as illustrated books out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gillstory.cli.defaults import chosen, use_defaults
from gillstory.cli.failures import failure
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
    from gillstory.story import Settings
    from gillstory.storyteller.illustrating import Every, Plan
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
    type=click.Choice(["page", "scene", "heading"]),
    default="page",
    show_default=True,
    help="What gets a picture: each page; each scene, which a line *** ends, too, and which becomes a page; or each "
    "page that a heading begins.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Work on so many drafts side by side; their pictures are painted together, which a GPU likes.",
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
    jobs: int,
    dry_run: bool,
    pictures: Pictures,
    style: str | None,
    as_json: bool,
    **settings: Any,  # read from the context, where each draft's own are considered
) -> None:
    """Give finished drafts their pictures; not a word in them is changed.

    Each PATH is a draft, or a folder of them. The illustrated draft is a book beside it, as `gillstory continue` makes
    one. Pages are what a line --- or a heading begins. A draft that cannot be read is named at the end and does not
    stop the others; a run that was stopped goes on with the same command.

    \b
    Examples:
      gillstory illustrate draft.md
      gillstory illustrate drafts --every heading --style watercolour
      gillstory illustrate drafts --every scene --dry-run
      gillstory illustrate drafts --jobs 8
    """
    from gillstory.bundle import find_bundle
    from gillstory.storyteller.illustrating import drafts_in
    from gillstory.storyteller.options import Options

    def options(settings: Settings) -> Options:
        return Options(
            photos=chosen(ctx, "photos", settings.photos),
            pictures=pictures,
            seed=chosen(ctx, "seed", settings.seed),
            template=chosen(ctx, "template", settings.template),
            style=style,
        )

    rows = _planned(ctx, drafts_in(paths), every)
    if not dry_run:
        by_model: dict[str, list[_Row]] = {}
        for row in rows:
            if row.plan is not None:
                by_model.setdefault(chosen(ctx, "model", row.plan.settings.model), []).append(row)
        for name in by_model:  # what is wrong with a model is said before anything is made with another one
            find_bundle(name).require()
        for name, of_this_model in by_model.items():
            _make(ctx, of_this_model, every, jobs, name, options)
    click.echo(json.dumps([row.to_json() for row in rows], indent=2)) if as_json else _print(rows, dry_run)
    failed = [row.failure for row in rows if row.failure is not None]
    for line, _ in failed:
        click.echo(line, err=True)
    ctx.exit(0 if not failed else 2 if len(failed) == len(rows) and all(code == 2 for _, code in failed) else 1)


@dataclass
class _Row:
    """A draft, what is to be drawn for it if that could be told, how much was, and what went wrong."""

    draft: Path
    plan: Plan | None = None
    pictures: int = 0
    failure: tuple[str, int] | None = None

    def to_json(self) -> dict[str, Any]:
        row: dict[str, Any] = {"draft": str(self.draft)}
        if self.plan is not None:
            row |= {"book": str(self.plan.book), "pictures": self.pictures, "pages": list(self.plan.pages)}
            row |= {"file": str(self.plan.file), "lines": list(self.plan.lines), "openings": list(self.plan.openings)}
        return {**row, "error": None if self.failure is None else self.failure[0].removeprefix("Error: ")}


def _planned(ctx: click.Context, drafts: list[Path], every: Every) -> list[_Row]:
    from gillstory.errors import BookError
    from gillstory.storyteller.illustrating import plan_of

    rows, books = [_Row(draft) for draft in drafts], dict[Path, Path]()
    for row in rows:
        try:
            plan = plan_of(row.draft, every)
            if books.setdefault(plan.book, row.draft) is not row.draft:
                raise BookError(
                    f"its book would be that of {books[plan.book]}, too", file=row.draft, remedy="Rename one of the two"
                )
            row.plan, row.pictures = plan, len(plan.pages)
        except Exception as error:
            row.failure = failure(ctx, error)
    return rows


def _make(
    ctx: click.Context, rows: list[_Row], every: Every, jobs: int, model: str, options: Callable[[Settings], Options]
) -> None:
    """Illustrate the drafts of which the plan is known, with one model for all."""
    from gillstory.cli.progress import Narration

    with Narration(pictures=sum(row.pictures for row in rows)) as narration:
        narration.on_stage(f"loading the model {model}")
        import gillstory
        from gillstory.storyteller.illustrating import illustrate_drafts

        gill = gillstory.load(model)
        of = {row.draft: row for row in rows}
        for outcome in illustrate_drafts(list(of), every, gill, options, jobs, narration):
            row = of[outcome.draft]
            row.pictures = outcome.pictures
            if outcome.error is not None:
                row.failure = failure(ctx, outcome.error)


def _print(rows: list[_Row], dry_run: bool) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("draft", "pictures", "on the pages that begin in line", "book")
    for row in rows:
        plan, failed = row.plan, row.failure is not None
        where = ""
        if plan is not None and plan.lines:
            where = "" if plan.file == row.draft else f"of {plan.file.parent.name}/{plan.file.name}:\n"
            if dry_run:
                where += "\n".join(f"{line}: {text}" for line, text in zip(plan.lines, plan.openings, strict=True))
            else:
                where += ", ".join(map(str, plan.lines))
        book = "failed" if failed or plan is None else str(plan.book)
        table.add_row(*map(escape, (str(row.draft), "-" if failed else str(row.pictures), where, book)))
    Console().print(table)

"""gillstory redo: a book and a page in, another picture on that page, or several to choose from, out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from gillstory.cli.defaults import chosen, defaults_beside
from gillstory.cli.options import (
    debug_option,
    json_option,
    model_option,
    open_option,
    photos_option,
    pictures_option,
    style_option,
)


@click.command("redo")
@click.argument("book", type=click.Path(path_type=Path), is_eager=True, callback=defaults_beside)
@click.option("--page", type=click.IntRange(1), required=True, help="The page whose picture is to be another one.")
@click.option("--variants", type=click.IntRange(1, 64), help="Make so many to choose from, and change nothing yet.")
@click.option("--pick", type=click.IntRange(1), help="Take this one of the variants.")
@click.option("--seed", type=int, help="Of the painting; another one than before when it is left out.")
@style_option
@model_option
@photos_option
@pictures_option
@open_option
@json_option
@debug_option
@click.pass_context
def command(
    ctx: click.Context,
    book: Path,
    page: int,
    variants: int | None,
    pick: int | None,
    open_book: bool,
    as_json: bool,
    **settings: Any,  # read from the context, where the story's own are considered
) -> None:
    """Make the picture of one page of BOOK again; all else stays as it is.

    --variants makes several, beside the book, and a contact sheet to look at; --pick takes one of them.

    \b
    Examples:
      gillstory redo story.book --page 3
      gillstory redo story.book --page 3 --style watercolour
      gillstory redo story.book --page 3 --variants 4 --open
      gillstory redo story.book --page 3 --pick 2
    """
    if pick is not None and variants is not None:
        raise click.UsageError("--variants makes pictures, --pick takes one: name one of the two.")
    shown = book / "index.html"
    if pick is not None:
        from gillstory.storyteller.redo import pick as take

        take(book, page, pick)
    else:
        shown = _make(ctx, book, page, variants) or shown
    click.echo(json.dumps({"book": str(book), "page": str(shown)}, indent=2) if as_json else shown)
    if open_book:
        click.launch(str(shown))


def _make(ctx: click.Context, book: Path, page: int, variants: int | None) -> Path | None:
    """Make one picture, or a contact sheet of several."""
    from gillstory.bundle import find_bundle
    from gillstory.cli.progress import Narration
    from gillstory.storyteller.options import Options
    from gillstory.storyteller.redo import checked

    settings = checked(book, page)
    name = chosen(ctx, "model", settings.model)
    options = Options(
        photos=chosen(ctx, "photos", settings.photos),
        pictures=ctx.params["pictures"],
        seed=ctx.params["seed"],
        template=chosen(ctx, "template", settings.template),
        style=ctx.params["style"],
    )
    bundle = find_bundle(name)
    bundle.require()
    with Narration() as narration:
        narration.on_stage(f"loading the model {bundle.name}")
        import gillstory
        from gillstory.storyteller.redo import make_variants, redo

        gill = gillstory.load(name)
        if variants is not None:
            return make_variants(book, page, variants, gill, options, narration)
        redo(book, page, gill, options, narration)
    return None

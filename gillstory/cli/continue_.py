"""gillstory continue: a story in, the same story a few pages longer out, as an illustrated book."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gillstory.cli.defaults import chosen, defaults_beside
from gillstory.cli.options import (
    debug_option,
    json_option,
    model_option,
    open_option,
    photos_option,
    pictures_option,
    story_argument,
    style_option,
    template_option,
)

if TYPE_CHECKING:
    from gillstory.storyteller.options import Pictures


@click.command("continue")
@story_argument(defaults_beside)
@click.option("--pages", type=click.IntRange(1), default=3, show_default=True, help="How many pages to write.")
@model_option
@photos_option
@pictures_option
@click.option("--seed", type=int, help="The same seed makes the same book.")
@style_option
@template_option
@click.option(
    "--output", type=click.Path(path_type=Path), metavar="DIR", help="The book's folder.  [default: STORY.book]"
)
@open_option
@click.option("--watch", is_flag=True, help="Show the book in a browser while it is made, page by page.")
@json_option
@debug_option
@click.pass_context
def command(
    ctx: click.Context,
    story: Path,
    pages: int,
    model: str,
    photos: Path | None,
    pictures: Pictures,
    seed: int | None,
    style: str | None,
    template: str | None,
    output: Path | None,
    open_book: bool,
    watch: bool,
    as_json: bool,
) -> None:
    """Continue STORY as an illustrated book.

    STORY is a Markdown or YAML file. The book is a folder beside it: index.html to read, story.md to edit, pictures/.
    Your own file is never changed. A run that was stopped goes on with the same command.

    STORY may also be a book: it gets more pages, and only what you changed in its story.md is made again.

    Defaults for these options may stand in the story's front matter, in gillstory.yaml beside it, and in gillstory.yaml
    in your configuration folder (gillstory doctor says where that is).

    \b
    Examples:
      gillstory continue story.md
      gillstory continue story.md --pages 5 --photos ~/Pictures/2019
      gillstory continue story.md --watch
      gillstory continue story.book --pages 2
      gillstory continue story.yaml --pictures generate --seed 7 --open
      gillstory continue story.md --output /tmp/try.book --json
    """
    from gillstory.bundle import find_bundle
    from gillstory.cli.progress import Narration
    from gillstory.story import read_story
    from gillstory.storyteller.edits import story_file

    # What is wrong with the story or the model is said before anything heavy is loaded.
    story = story_file(story)
    settings = read_story(story).settings
    model = chosen(ctx, "model", settings.model)
    photos = chosen(ctx, "photos", settings.photos)
    seed = chosen(ctx, "seed", settings.seed)
    template = chosen(ctx, "template", settings.template)
    bundle = find_bundle(model)
    bundle.require()

    with Narration() as narration, ExitStack() as until_done:
        narration.on_stage(f"loading the model {bundle.name}")
        import gillstory
        from gillstory.storyteller import Options, continue_story

        options = Options(pages, photos, pictures, seed, template, output, style)
        if watch:
            from gillstory.cli.watch import watched
            from gillstory.storyteller.shelf import book_path

            url = until_done.enter_context(watched(book_path(story, output) / "index.html"))
            narration.on_done(f"the book as it grows: {url}")
            click.launch(url)
        gill = gillstory.load(model)
        folder = continue_story(story, gill, options, narration)

    page = folder.path / "index.html"
    if as_json:
        click.echo(json.dumps({"book": str(folder.path), "page": str(page)}, indent=2))
    else:
        click.echo(page)
    if open_book:
        click.launch(str(page))

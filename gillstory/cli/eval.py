"""gillstory eval: a bundle in, how well it draws, remembers, finds, decides and writes out."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gillstory.cli.options import DEFAULT_MODEL, debug_option, json_option

PARTS = ("probe", "drawing", "context", "retrieval", "threshold", "decision", "cast", "text")  # --help imports no torch


@click.command("eval")
@click.argument("bundle", default=DEFAULT_MODEL, metavar="[BUNDLE]")
@click.argument("parts", type=click.Choice(PARTS), nargs=-1, metavar="[PART]...")
@click.option("--seed", type=int, default=0, show_default=True, help="Changes every draw: stories, scenes, pictures.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where results, books and the contact sheet go.  [default: BUNDLE-eval-SEED]",
)
@json_option
@debug_option
def command(bundle: str, parts: tuple[str, ...], seed: int, output: Path | None, as_json: bool) -> None:
    """Measure BUNDLE on the story world, where the scene behind each text is known.

    All parts take an hour or more on two CPU cores. A run that was stopped goes on with the same command.

    \b
    Parts:
      probe      is the judge, a classifier of rendered scenes, right about rendered scenes?
      drawing    pictures from captions never trained on
      context    the last page of a story, with and without the story; a picture in the place of words
      retrieval  sentences against 500 rendered scenes and 100 photographs
      threshold  how similar a photo must be that a search or a story shows
      decision   paint, or look for a photo
      cast       50 continued books: does the hero stay the hero?
      text       the same books: variety, whole sentences, repetition

    \b
    Examples:
      gillstory eval
      gillstory eval pocket drawing context --json
      gillstory eval training/bundle --seed 7
    """
    from gillstory.bundle import find_bundle
    from gillstory.cli.progress import Narration

    found = find_bundle(bundle)
    found.require()
    folder = output or Path(f"{found.name}-eval-{seed}")
    with Narration() as narration:
        narration.on_stage(f"loading the model {found.name}")
        import gillstory
        from gillstory.evaluation.report import table, write_sheet
        from gillstory.evaluation.suite import evaluate

        results = evaluate(gillstory.load(bundle), folder, seed, parts or PARTS, narration)
        sheet = write_sheet(results, folder, found.name)
    if as_json:
        nested = {part: {name: vars(f) for name, f in figures.items()} for part, figures in results.figures.items()}
        click.echo(json.dumps(nested, indent=2))
    else:
        from rich.console import Console

        Console().print(table(results))
        click.echo(f"The pictures: {sheet}")

"""gillstory train: a recipe in, a bundle out, stage by stage."""

from __future__ import annotations

from pathlib import Path

import click

from gillstory.cli.options import debug_option
from gillstory.training.stages import STAGES as stages_of_a_recipe
from gillstory.training.stages import run_stages

STAGES = tuple(stages_of_a_recipe)


@click.command("train")
@click.argument("stages", type=click.Choice(STAGES), nargs=-1, metavar="[STAGE]...")
@click.option(
    "--recipe",
    metavar="NAME|FILE",
    default="pocket",
    show_default=True,
    help="The settings of all stages: a recipe that ships with gillstory, or your own copy of one.",
)
@click.option(
    "--work",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("training"),
    show_default=True,
    help="Where stages keep what they make; the finished bundle is its folder bundle/.",
)
@debug_option
def command(stages: tuple[str, ...], recipe: str, work: Path) -> None:
    """Train a small GILL of your own: all stages of a recipe in order, or those STAGEs that you name.

    Each stage goes on where it stopped, so Ctrl-C costs two minutes at most. WORK/STAGE/curves.png shows how it learns.
    Two CPU cores take some hours; a GPU is used where there is one.

    \b
    Stages, in order:
      vae        pictures to latents and back           text      captions to the painter's condition
      wording    the same in other words                world     scenes to latents, encoded once
      painter    the UNet that denoises them            encoder   pictures, as the image encoder sees
      prefix     pictures, as the language model reads  prose      what the language model writes
      adapters   [IMG] tokens, GILLMapper, retrieval    mapper    GILLMapper, as the painter hears it
      decision   paint, or look for a photo             bundle    all of it as a bundle
      probe      the judge of `gillstory eval`

    \b
    Examples:
      gillstory train
      gillstory train painter --work training
      gillstory train --recipe mine.yaml --work mine
      gillstory continue story.md --model training/bundle
    """
    from gillstory.training.recipe import read_recipe

    settings = read_recipe(recipe)
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    run_stages(stages or STAGES, settings, work, device)
    if "bundle" in (stages or STAGES):
        click.echo(f"The bundle: {work / 'bundle'}")

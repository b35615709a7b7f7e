"""python -m gillstory.training STAGE --work FOLDER --sprites FOLDER: one stage of a recipe, from where it stopped."""

from __future__ import annotations

from pathlib import Path

import click

from gillstory.bundle import BUNDLED
from gillstory.training.recipe import read_recipe

STAGES = ("vae", "text", "world", "painter", "encoder", "prefix", "adapters", "decision", "bundle")


@click.command(help=__doc__)
@click.argument("stage", type=click.Choice(STAGES))
@click.option("--recipe", default="pocket", show_default=True)
@click.option("--work", type=click.Path(path_type=Path), required=True, help="Checkpoints and what each stage makes.")
@click.option(
    "--sprites", type=click.Path(path_type=Path, exists=True), required=True, help="Fluent Emoji 3D's assets."
)
def train(stage: str, recipe: str, work: Path, sprites: Path) -> None:
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    settings = read_recipe(recipe)
    if stage == "vae":
        from gillstory.training.vae import train_vae

        train_vae(settings, work, sprites, device)
    elif stage == "text":
        from gillstory.training.text import train_text

        train_text(settings, work, device)
    elif stage == "world":
        from gillstory.training.latents import encode_world

        encode_world(settings, work, sprites, device)
    elif stage == "painter":
        from gillstory.training.painter import train_painter

        train_painter(settings, work, device)
    elif stage == "encoder":
        from gillstory.training.features import encode_pictures

        encode_pictures(settings, work, sprites, device)
    elif stage == "prefix":
        from gillstory.training.prefix import train_prefix

        train_prefix(settings, work, device)
    elif stage == "adapters":
        from gillstory.training.adapters import train_adapters

        train_adapters(settings, work, device)
    elif stage == "decision":
        from gillstory.training.decision import train_decision

        train_decision(settings, work, device)
    else:
        from gillstory.training.bundle import write_bundle

        write_bundle(settings, work, BUNDLED / recipe)


train()

"""gillstory models: which bundles there are, what is in them, and how to get their weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from gillstory.cli.options import debug_option, json_option


@click.group("models")
def command() -> None:
    """See, fetch and import the models that write and draw.

    \b
    Examples:
      gillstory models list
      gillstory models pull pocket
      gillstory models info pocket
    """


@command.command("list")
@json_option
@debug_option
def list_command(as_json: bool) -> None:
    """List the bundles, and whether their weights are here.

    \b
    Examples:
      gillstory models list
      gillstory models list --json
    """
    from gillstory.bundle import list_bundles

    bundles = [
        {
            "name": bundle.name,
            "description": bundle.description,
            "licence": bundle.licence,
            "folder": str(bundle.folder),
            "missing": bundle.missing(),
        }
        for bundle in list_bundles()
    ]
    if as_json:
        click.echo(json.dumps(bundles, indent=2))
        return
    for bundle in bundles:
        missing = bundle["missing"]
        state = f"weights missing, run: gillstory models pull {bundle['name']}" if missing else "ready"
        click.echo(f"{bundle['name']:10} {state}")
        click.echo(f"{'':10} {bundle['description']} ({bundle['licence']})")


@command.command("pull")
@click.argument("name")
@debug_option
def pull_command(name: str) -> None:
    """Fetch the weights of the bundle NAME into the cache; the one command that uses the network.

    Each file's hash is checked. A pull that was stopped goes on with the same command.

    \b
    Examples:
      gillstory models pull pocket
    """
    import os

    from gillstory.cli.progress import Narration

    os.environ["HF_HUB_OFFLINE"] = "0"
    with Narration() as narration:
        narration.on_stage(f"pulling {name}")
        from gillstory.pull import pull

        pull(name, narration.on_done)


@command.command("info")
@click.argument("name", metavar="NAME|DIR")
@json_option
@debug_option
def info_command(name: str, as_json: bool) -> None:
    """Say what the bundle NAME is made of: its parts, where they lie, their sizes and hashes.

    \b
    Examples:
      gillstory models info pocket
      gillstory models info ./my-bundle --json
    """
    from dataclasses import asdict

    from gillstory.bundle import find_bundle

    bundle = find_bundle(name)
    missing = bundle.missing()
    what: dict[str, Any] = {
        "name": bundle.name,
        "description": bundle.description,
        "licence": bundle.licence,
        "folder": str(bundle.folder),
        "parts": {part: getattr(bundle, part) for part in ("language_model", "encoder", "painter", "adapters")},
        "missing": missing,
        "sizes": asdict(bundle.sizes),
        "hashes": {} if missing else bundle.hashes(),
    }
    if as_json:
        click.echo(json.dumps(what, indent=2, default=str))
        return
    for key, value in what.items():
        if not isinstance(value, dict):
            click.echo(
                f"{key.replace('_', ' ')}: {', '.join(value) or 'nothing' if isinstance(value, list) else value}"
            )
            continue
        click.echo(f"{key}:")
        for name, entry in value.items():
            click.echo(f"  {name.replace('_', ' ') if key != 'hashes' else name}: {entry}")
    if missing:
        click.echo(f"To get what is missing: gillstory models pull {bundle.name}")


@command.command("import")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--lm", required=True, metavar="PATH", help="The frozen language model: a folder, or hf:ORG/NAME.")
@click.option(
    "--encoder", required=True, metavar="PATH", help="The image encoder, of open_clip: a folder, or hf:ORG/NAME."
)
@click.option("--painter", metavar="PATH", help="Stable Diffusion: a folder, or hf:ORG/NAME; without one, photos only.")
@click.option(
    "--output", type=click.Path(path_type=Path), required=True, metavar="BUNDLE", help="The new bundle's folder."
)
@json_option
@debug_option
def import_command(folder: Path, lm: str, encoder: str, painter: str | None, output: Path, as_json: bool) -> None:
    """Turn an official GILL checkpoint FOLDER (model_args.json, *.pth.tar) into a bundle.

    Its pickles are read as plain tensors, never run, and written as safetensors.

    \b
    Examples:
      gillstory models import checkpoints/gill_opt --lm hf:facebook/opt-6.7b \\
        --encoder hf:timm/vit_large_patch14_clip_224.openai \\
        --painter hf:stable-diffusion-v1-5/stable-diffusion-v1-5 --output ~/bundles/gill
    """
    from gillstory.cli.progress import Narration

    with Narration() as narration:
        narration.on_stage("reading the checkpoint")
        from gillstory.gill.checkpoint import import_checkpoint

        bundle = import_checkpoint(folder, lm, encoder, output, painter)
    if as_json:
        click.echo(json.dumps({"bundle": str(bundle.folder), "missing": bundle.missing()}, indent=2))
    else:
        click.echo(bundle.folder)

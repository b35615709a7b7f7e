"""gillstory index: folders of photos in, their embeddings in the photo index out."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gillstory.cli.defaults import use_defaults
from gillstory.cli.options import debug_option, json_option, model_option


def _defaults_here(ctx: click.Context, param: click.Parameter, folders: tuple[Path, ...]) -> tuple[Path, ...]:
    use_defaults(ctx, Path.cwd())
    return folders


@click.command("index")
@click.argument(
    "folders",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    nargs=-1,
    required=True,
    metavar="FOLDER...",
    is_eager=True,
    callback=_defaults_here,
)
@model_option
@json_option
@debug_option
def command(folders: tuple[Path, ...], model: str, as_json: bool) -> None:
    """Look at each FOLDER's photos, so that stories find them.

    JPEG, PNG and WebP; only what is new or changed is looked at, and photos that are gone are forgotten. The photos are
    only read. `gillstory continue --photos FOLDER` does this by itself: index a large folder beforehand.

    \b
    Examples:
      gillstory index ~/Pictures
      gillstory index ~/Pictures/2019 ~/Pictures/2020 --json
    """
    from gillstory.bundle import find_bundle
    from gillstory.cli.progress import Narration

    bundle = find_bundle(model)
    bundle.require()
    with Narration() as narration:
        narration.on_stage(f"loading the model {bundle.name}")
        import gillstory
        from gillstory.storyteller import photo_index

        gill = gillstory.load(model)
        narration.on_stage("looking at photos")
        report = photo_index(gill).update(folders, gill.embed_pictures, narration.on_count)
        for path, reason in report.failed:
            narration.on_warning(f"{path}: {reason}")

    counts = {name: getattr(report, name) for name in ("added", "changed", "unchanged", "removed")}
    if as_json:
        failed = [{"path": str(path), "reason": reason} for path, reason in report.failed]
        click.echo(json.dumps({**counts, "failed": failed}, indent=2))
    else:
        unread = f", {len(report.failed)} not readable" if report.failed else ""
        click.echo(", ".join(f"{count} {name}" for name, count in counts.items()) + unread)

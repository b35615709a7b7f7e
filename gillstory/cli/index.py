"""gillstory index: folders of photos in, their embeddings in the photo index out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from gillstory.cli.defaults import use_defaults
from gillstory.cli.options import debug_option, json_option, model_option

COUNTS = ("added", "changed", "moved", "unchanged", "removed")


def _defaults_here(ctx: click.Context, param: click.Parameter, folders: tuple[Path, ...]) -> tuple[Path, ...]:
    use_defaults(ctx, Path.cwd())
    return folders


@click.command("index")
@click.argument(
    "folders",
    type=click.Path(path_type=Path),
    nargs=-1,
    metavar="[FOLDER]...",
    is_eager=True,
    callback=_defaults_here,
)
@model_option
@json_option
@debug_option
def command(folders: tuple[Path, ...], model: str, as_json: bool) -> None:
    """Look at each FOLDER's photos, so that searches and stories find them.

    Without a FOLDER, those that were looked at before are looked at again. Only what is new or changed is opened;
    photos that are gone are forgotten; a folder that is not there, because its disk is not connected, is kept. JPEG,
    PNG, WebP, GIF, TIFF, HEIC, AVIF, and camera RAW where rawpy is installed. Hidden folders and what a .gillignore
    names (as in git) are passed over. The photos are only read, and where they were taken is never kept.

    \b
    Examples:
      gillstory index ~/Pictures
      gillstory index ~/Pictures /media/disk/Photos --json
      gillstory index
    """
    from gillstory.bundle import find_bundle
    from gillstory.cli.progress import Narration
    from gillstory.errors import PhotoIndexError

    bundle = find_bundle(model)
    bundle.require()
    with Narration() as narration:
        narration.on_stage("looking at photos")
        from gillstory.storyteller import PhotoLibrary

        library = PhotoLibrary(bundle)
        wanted: Sequence[Path] = folders or library.index.folders
        if not wanted:
            raise PhotoIndexError("no folder has been indexed yet", remedy="Name one: gillstory index ~/Pictures")
        report = library.update(wanted, narration.on_count)
        for folder in report.missing:
            narration.on_warning(f"{folder} is not there now; what the index knows of it has been kept")
        for line in report.problems():
            narration.on_warning(line)

    if as_json:
        click.echo(json.dumps({**asdict(report), "failed": _as_json(report.failed)}, indent=2, default=str))
    else:
        unread = f", {len(report.failed)} not readable" if report.failed else ""
        click.echo(", ".join(f"{getattr(report, name)} {name}" for name in COUNTS) + unread)


def _as_json(failed: Sequence[tuple[Path, str]]) -> list[dict[str, str]]:
    return [{"path": str(path), "reason": reason} for path, reason in failed]

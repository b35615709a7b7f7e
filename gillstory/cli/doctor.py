"""gillstory doctor: what this machine has, what works here, and the commands that would make more work."""

from __future__ import annotations

import json
import os
import platform
import shutil
from pathlib import Path
from typing import Any

import click

from gillstory import __version__
from gillstory.cli.options import debug_option, json_option

GIGABYTE = 1e9
MEMORY_NEEDED = 3.0  # GB, for the pocket bundle
DISK_NEEDED = 0.6  # GB, to pull the pocket bundle


@click.command("doctor")
@json_option
@debug_option
def command(as_json: bool) -> None:
    """Say what works on this machine, and what to do.

    Looks at the device, memory, disk, models and photo indexes; changes nothing.

    \b
    Examples:
      gillstory doctor
      gillstory doctor --json
    """
    found = examine()
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    click.echo(f"gillstory {found['version']}, Python {found['python']}, torch {found['torch']}")
    click.echo(f"device:  {found['device']}, {found['dtype']}, {found['cores']} CPU cores")
    click.echo(f"memory:  {found['memory_gb']:.1f} GB, {found['memory_free_gb']:.1f} GB of it free")
    click.echo(f"disk:    {found['disk_free_gb']:.1f} GB free")
    for name, folder in found["folders"].items():
        click.echo(f"{name + ':':8} {folder}")
    for model in found["models"]:
        click.echo(
            f"model:   {model['name']}: " + (f"missing {', '.join(model['missing'])}" if model["missing"] else "ready")
        )
    for index in found["photo_indexes"]:
        click.echo(f"photos:  {index['photos']} in the index {index['name']}")
    click.echo()
    for line in found["to_do"] or ["Everything works here. To begin: gillstory continue STORY.md"]:
        click.echo(line)


def examine() -> dict[str, Any]:
    """What there is, and under `to_do` the sentences that say what to do about what there is not."""
    import torch

    from gillstory.bundle import cache_folder, config_folder, data_folder, list_bundles
    from gillstory.gill.device import choose_device, choose_dtype

    device = choose_device()
    memory, free = _memory()
    disk = shutil.disk_usage(_nearest(cache_folder())).free / GIGABYTE
    models = [{"name": bundle.name, "missing": bundle.missing()} for bundle in list_bundles()]
    folders = sorted((data_folder() / "photos").glob("*/"))
    indexes = [{"name": folder.name, "photos": _photos(folder)} for folder in folders]

    to_do = []
    missing = [model["name"] for model in models if model["missing"]]
    if missing and disk < DISK_NEEDED:
        to_do.append(f"The cache needs {DISK_NEEDED} GB: make room, or name another folder in GILLSTORY_CACHE.")
    to_do += [f"To write with {name}, run: gillstory models pull {name}" for name in missing]
    if free < MEMORY_NEEDED:
        to_do.append(f"A book needs about {MEMORY_NEEDED:.0f} GB of free memory: close what you do not need.")
    to_do += [
        f"{folder} cannot be written: make it writable, or name another in {variable}."
        for folder, variable in ((cache_folder(), "GILLSTORY_CACHE"), (data_folder(), "GILLSTORY_DATA"))
        if not os.access(_nearest(folder), os.W_OK)
    ]
    return {
        "version": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "dtype": str(choose_dtype(device)).removeprefix("torch."),
        "memory_gb": round(memory, 1),
        "memory_free_gb": round(free, 1),
        "disk_free_gb": round(disk, 1),
        "cores": os.cpu_count(),
        "folders": {"cache": str(cache_folder()), "data": str(data_folder()), "config": str(config_folder())},
        "models": models,
        "photo_indexes": indexes,
        "to_do": to_do,
    }


def _photos(folder: Path) -> int:
    """How many photos an index holds."""
    import lancedb

    from gillstory.photos.table import TABLE

    try:
        return int(lancedb.connect(folder).open_table(TABLE).count_rows())
    except (OSError, RuntimeError, ValueError):  # never finished, or not an index
        return 0


def _memory() -> tuple[float, float]:
    """Gigabytes of memory in all, and of what is free (where the system does not say: in all)."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / GIGABYTE
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return total, total
    available = next((line for line in lines if line.startswith("MemAvailable:")), None)
    return total, total if available is None else int(available.split()[1]) * 1024 / GIGABYTE


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(path for path in (folder, *folder.parents) if path.exists())

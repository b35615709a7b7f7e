"""The stages of a recipe in the order in which they build on each other, each a function of recipe, work and device."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from gillstory.errors import GillstoryError

if TYPE_CHECKING:
    from gillstory.training.recipe import Recipe

STAGES: dict[str, tuple[str, str]] = {  # name: module and function
    "vae": ("vae", "train_vae"),
    "text": ("text", "train_text"),
    "wording": ("wording", "train_wording"),
    "world": ("latents", "encode_world"),
    "painter": ("painter", "train_painter"),
    "encoder": ("features", "encode_pictures"),
    "prefix": ("prefix", "train_prefix"),
    "prose": ("prose", "write_prose"),
    "adapters": ("adapters", "train_adapters"),
    "mapper": ("mapper", "train_mapper"),
    "decision": ("decision", "train_decision"),
    "bundle": ("bundle", "write_bundle"),
    "probe": ("probe", "train_probe"),
}
NEEDS: dict[str, tuple[str, ...]] = {  # what a stage reads of WORK, and the stage that writes it
    "wording": ("text/text_encoder",),
    "world": ("vae/model",),
    "painter": ("text/text_encoder", "world/0000.npy"),
    "prefix": ("encoder/training/features.npy",),
    "adapters": ("text/text_encoder", "encoder/held_out/features.npy", "prefix/map.pt"),
    "mapper": ("adapters/adapters.pt", "painter/unet"),
    "decision": ("adapters/adapters.pt",),
    "bundle": (
        "vae/model",
        "wording/text_encoder",
        "painter/unet",
        "adapters/adapters.pt",
        "mapper/mapper.pt",
        "decision/head.pt",
    ),
}


def run_stages(names: Sequence[str], recipe: Recipe, work: Path, device: str) -> None:
    """Run stages, each from where it stopped.

    Raises
    ------
    GillstoryError : what a stage needs is not there.
    """
    for name in names:
        for needed in NEEDS.get(name, ()):
            if not (work / needed).exists():
                stage = needed.split("/")[0]
                message = f"the stage {name} needs what the stage {stage} makes, and {needed} is not there"
                raise GillstoryError(message, file=work, remedy=f"Run the stage {stage} first")
        module, function = STAGES[name]
        getattr(import_module(f"gillstory.training.{module}"), function)(recipe, work, device)

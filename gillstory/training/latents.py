"""Stage world: scenes -> their latents, rendered and encoded once, in shards that a killed run does not lose."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from random import Random

import numpy as np
import torch
from diffusers import AutoencoderDC
from torch import Tensor

from gillstory.gill.device import autocast
from gillstory.training.progress import write_array
from gillstory.training.recipe import Recipe
from gillstory.training.vae import pictures_to_tensor
from gillstory.training.world.render import Renderer
from gillstory.training.world.scene import Scene, random_scene

SHARD = 500  # scenes in one file
BATCH = 10
PAIR_SHARE = 0.5  # two subjects are drawn smaller and are harder to learn: the painter meets them more often


@torch.no_grad()
def encode_world(recipe: Recipe, work: Path, device: str) -> None:
    """Write WORK/world/NNNN.npy, (SHARD, channels, 16, 16) float16, with NNNN.json, its scenes."""
    folder = work / "world"
    folder.mkdir(parents=True, exist_ok=True)
    vae = AutoencoderDC.from_pretrained(work / "vae" / "model").to(device, memory_format=torch.channels_last).eval()
    render = Renderer()
    for shard in range(recipe.world["scenes"] // SHARD):
        name = folder / f"{shard:04d}"
        if name.with_suffix(".npy").exists():
            continue
        random = Random(f"{recipe.seed}-{shard}")
        scenes = [random_scene(random, pair_share=PAIR_SHARE) for _ in range(SHARD)]
        rows = []
        for start in range(0, SHARD, BATCH):
            pictures = np.stack([np.asarray(render(scene)) for scene in scenes[start : start + BATCH]])
            pixels = pictures_to_tensor(pictures).to(device, memory_format=torch.channels_last)
            with autocast(device):
                rows.append(vae.encode(pixels, return_dict=False)[0].half().cpu().numpy())
        name.with_suffix(".json").write_text(json.dumps([asdict(scene) for scene in scenes]))
        write_array(name.with_suffix(".npy"), np.concatenate(rows))
        print(f"{(shard + 1) * SHARD} scenes", flush=True)


def read_world(work: Path) -> tuple[Tensor, list[Scene]]:
    """All encoded scenes so far: (scenes, channels, 16, 16) float16 and what they show."""
    latents, scenes = [], []
    for shard in sorted((work / "world").glob("[0-9][0-9][0-9][0-9].npy")):
        latents.append(np.load(shard))
        rows = json.loads(shard.with_suffix(".json").read_text())
        scenes += [Scene(tuple(row["subjects"]), row["place"], row["time"], row["seed"]) for row in rows]
    return torch.from_numpy(np.concatenate(latents)), scenes

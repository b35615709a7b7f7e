"""The decoder's stage: scenes are painted over once, the decoder learns from them and the encoder stays."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
import torch
from diffusers import AutoencoderDC

from gillstory.training.decoder import train_decoder
from gillstory.training.latents import read_shards, write_shard
from gillstory.training.painter import build_unet
from gillstory.training.recipe import Recipe, read_recipe
from gillstory.training.text import train_text
from gillstory.training.vae import build_vae
from gillstory.training.world.scene import random_scene

SMALL: dict[str, dict[str, object]] = {
    "vae": {
        "latent_channels": 4,
        "encoder_channels": [4, 4, 4, 4, 4],
        "encoder_layers": [0, 1, 1, 1, 1],
        "decoder_channels": [4, 4, 4, 4, 4, 4],
        "decoder_layers": [0, 1, 1, 1, 1, 1],
    },
    "text": {"vocabulary": 400, "context": 16, "width": 16, "layers": 1, "heads": 2, "batch": 2, "steps": 1, "learning_rate": 1e-3},
    "painter": {"channels": [32, 32, 32], "heads": 2, "train_timesteps": 100},
    "decoder": {"scenes": 32, "batch": 1, "steps": 10, "learning_rate": 1e-3},
    "bundle": {"steps": 20, "guidance_scale": 4.0},
}


@pytest.fixture
def recipe() -> Recipe:
    return replace(read_recipe("pocket"), stages=SMALL)


@pytest.fixture
def work(tmp_path, recipe):
    """A work folder as the stages before leave it, of models that have hardly learned a thing."""
    torch.manual_seed(0)
    train_text(recipe, tmp_path, "cpu")
    build_vae(recipe.vae).save_pretrained(tmp_path / "vae" / "model")
    build_unet(recipe.painter, 4, 16).save_pretrained(tmp_path / "painter" / "unet")
    (tmp_path / "world").mkdir()
    scenes = [random_scene(Random(number)) for number in range(32)]
    write_shard(tmp_path / "world" / "0000", np.zeros((32, 4, 16, 16), np.float16), scenes)
    return tmp_path


def test_the_decoder_learns_on_what_the_painter_made_of_scenes(recipe, work):
    train_decoder(recipe, work, "cpu")
    before, after = (AutoencoderDC.from_pretrained(work / stage / "model").state_dict() for stage in ("vae", "decoder"))
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed
    assert all(name.startswith("decoder.") for name in changed)

    painted, scenes = read_shards(work / "decoder")
    assert scenes == read_shards(work / "world")[1]
    assert torch.isfinite(painted).all()
    assert painted.float().std() > 0.01, "a scene painted over is no longer the scene"


def test_what_was_painted_over_is_not_painted_again(recipe, work):
    train_decoder(recipe, work, "cpu")
    painted = (work / "decoder" / "0000.npy").stat().st_mtime_ns
    train_decoder(recipe, work, "cpu")
    assert (work / "decoder" / "0000.npy").stat().st_mtime_ns == painted


def test_a_picture_is_twice_as_large_as_what_the_encoder_saw(recipe):
    vae = build_vae(recipe.vae)
    latents = vae.encode(torch.zeros(1, 3, 256, 256)).latent
    assert latents.shape == (1, 4, 16, 16)
    assert vae.decode(latents).sample.shape == (1, 3, 512, 512)

"""From turns to a painted picture, with small models of either family; painting happens only when asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import gillstory
from gillstory.bundle import PaintingSettings
from gillstory.errors import BundleError, PictureError
from gillstory.gill.adapters import Adapters
from gillstory.gill.model import Gill
from gillstory.gill.painter import Painter

from .conftest import golden_picture, write_painter

TURNS = ["A fox ", golden_picture(2), " walked to the river"]


def test_a_reply_with_a_picture(tiny: Gill) -> None:
    reply = tiny.reply(TURNS, max_new_tokens=20, min_new_tokens=5, image_factor=1e6, max_images=2, seed=1)
    sizes = tiny.bundle.sizes
    assert [slot.position for slot in reply.images] == [5, 5 + sizes.image_tokens]
    slot = reply.images[0]
    assert reply.token_ids[5 : 5 + sizes.image_tokens] == list(tiny.language.image_ids)
    assert slot.hidden.shape == (sizes.image_tokens, 32)
    assert slot.condition.shape == (sizes.condition_tokens, sizes.condition_width)
    assert np.linalg.norm(slot.query) == pytest.approx(1, abs=1e-5)
    assert sum(slot.decision.values()) == pytest.approx(1) and set(slot.decision) == {"generate", "retrieve"}
    assert np.linalg.norm(tiny.embed_pictures([golden_picture(1)]), axis=1) == pytest.approx([1], abs=1e-5)
    assert "painter" not in vars(tiny)  # nothing was painted, nor even loaded


def test_a_reply_without_pictures_when_none_are_allowed(tiny: Gill) -> None:
    reply = tiny.reply(TURNS, max_new_tokens=10, image_factor=1e6, max_images=0)
    assert not reply.images and max(reply.token_ids, default=0) < tiny.language.vocabulary


def test_same_seed_same_reply(tiny: Gill) -> None:
    first, same, other = (
        tiny.reply(TURNS, 20, 20, temperature=1.0, top_p=0.9, seed=s, max_images=0) for s in (1, 1, 2)
    )
    assert first.token_ids == same.token_ids != other.token_ids


def test_same_seed_same_picture(tiny: Gill) -> None:
    condition = tiny.reply(TURNS, max_new_tokens=2, image_factor=1e6, max_images=1).images[0].condition
    first, same, other = (tiny.paint(condition, seed=seed) for seed in (1, 1, 2))
    assert first.size == (32, 32)
    assert first.tobytes() == same.tobytes() != other.tobytes()


def test_guidance_and_condition_matter(tiny: Gill) -> None:
    condition = torch.randn(8, 24, generator=torch.Generator().manual_seed(0))
    plain = tiny.paint(condition, seed=1, guidance_scale=1)
    assert plain.tobytes() != tiny.paint(condition, seed=1, guidance_scale=9).tobytes()
    assert plain.tobytes() != tiny.paint(-condition, seed=1, guidance_scale=1).tobytes()


def test_a_condition_of_another_painter_is_refused(tiny: Gill) -> None:
    with pytest.raises(PictureError, match=r"\(8, 24\)"):
        tiny.paint(np.zeros((77, 768)), seed=1)


@pytest.mark.parametrize("autoencoder", ["AutoencoderKL", "AutoencoderTiny"])
@pytest.mark.parametrize("scheduler", ["dpm-solver++", "own"])
def test_any_autoencoder_and_scheduler(tmp_path: Path, autoencoder: str, scheduler: str) -> None:
    write_painter(tmp_path, autoencoder)
    painter = Painter.load(tmp_path, PaintingSettings(32, 3, 2.0, scheduler), torch.device("cpu"), torch.float32)
    assert painter.encode(["a fox", "a moon"]).shape == (2, 8, 24)
    assert painter.paint(painter.encode(["a fox"])[0], seed=1).size == (32, 32)


def test_the_denoising_loop_is_the_pipelines_own(tmp_path: Path) -> None:
    """With the same latents, our loop and diffusers' StableDiffusionPipeline paint the same."""
    import diffusers

    write_painter(tmp_path, "AutoencoderKL")
    painter = Painter.load(tmp_path, PaintingSettings(32, 4, 3.0), torch.device("cpu"), torch.float32)
    condition = painter.encode(["a fox"])
    pipeline = diffusers.StableDiffusionPipeline(
        vae=painter.vae,
        unet=painter.unet,
        scheduler=painter.scheduler,
        text_encoder=None,
        tokenizer=None,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    latents = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(5))
    theirs = pipeline(
        prompt_embeds=condition,
        negative_prompt_embeds=painter.unconditional,
        latents=latents,
        num_inference_steps=4,
        guidance_scale=3.0,
    ).images[0]
    ours = painter.paint(condition[0], seed=5)
    assert np.abs(np.asarray(ours, dtype=int) - np.asarray(theirs, dtype=int)).max() <= 1


def test_adapters_of_another_model_are_refused(tiny: Gill, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    Adapters(tiny.bundle.sizes, hidden=64, encoder_width=48).save(tmp_path / "adapters.safetensors")
    bundle = replace(tiny.bundle, folder=folder, language_model=str(tiny.bundle.folder / "lm"), painter=None)
    bundle = replace(bundle, adapters=str(tmp_path / "adapters.safetensors"))
    bundle.save()
    with pytest.raises(BundleError, match="does not fit the bundle: decision.weight"):
        gillstory.load(folder, device="cpu")


def test_a_folder_without_a_painter_is_said(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="Stable Diffusion"):
        Painter.load(tmp_path, PaintingSettings(), torch.device("cpu"), torch.float32)

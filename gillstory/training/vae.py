"""Stage vae: rendered scenes -> an autoencoder of 16 px cells (AutoencoderDC f16), trained on crops.

Crops begin where a cell begins, as the painter's pictures do: what stands on the grid of cells looks the same in each.

A perceptual term keeps edges sharp that the reconstruction alone would blur. Two more terms make the latents fit for
diffusion without a whitening step: each channel is drawn to mean 0 and standard deviation 1, and the decoder sees
latents with a little noise, as it will from the painter.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderDC
from torch import Tensor
from torch.nn import functional

from gillstory.gill.device import autocast
from gillstory.training.perceptual import PerceptualLoss
from gillstory.training.progress import Average, Progress, set_learning_rate, warm_cosine
from gillstory.training.recipe import Recipe
from gillstory.training.world.render import CELL, SIZE, Renderer
from gillstory.training.world.scene import random_scene

LATENT_NOISE = 0.05  # standard deviations added to the latents while training
MOMENT_WEIGHT = 0.02
PERCEPTUAL_WEIGHT = 0.2
POOL = 1200  # rendered scenes in memory; one is replaced at every step


def build_vae(settings: dict[str, Any]) -> AutoencoderDC:
    """The autoencoder of a recipe: residual blocks only, f16."""
    return AutoencoderDC(
        latent_channels=settings["latent_channels"],
        encoder_block_out_channels=tuple(settings["channels"]),
        decoder_block_out_channels=tuple(settings["channels"]),
        encoder_layers_per_block=tuple(settings["encoder_layers"]),
        decoder_layers_per_block=tuple(settings["decoder_layers"]),
        encoder_qkv_multiscales=((),) * len(settings["channels"]),
        decoder_qkv_multiscales=((),) * len(settings["channels"]),
        scaling_factor=1.0,
    )


def pictures_to_tensor(pictures: np.ndarray) -> Tensor:
    """(batch, height, width, 3) uint8 -> (batch, 3, height, width) in -1..1."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1


def gradient_difference(output: Tensor, target: Tensor) -> Tensor:
    """How far the edges of two pictures differ, both (batch, 3, height, width)."""
    along_x = (output.diff(dim=-1) - target.diff(dim=-1)).abs().mean()
    along_y = (output.diff(dim=-2) - target.diff(dim=-2)).abs().mean()
    return along_x + along_y


def train_vae(recipe: Recipe, work: Path, device: str) -> None:
    """Train the autoencoder and save it, averaged, to WORK/vae/model."""
    settings = recipe.vae
    torch.manual_seed(recipe.seed)
    random = Random(recipe.seed)
    vae = build_vae(settings).to(device, memory_format=torch.channels_last)
    average = Average(vae)
    rate = float(settings["learning_rate"])
    optimizer = torch.optim.AdamW(vae.parameters(), lr=rate, betas=(0.9, 0.99), weight_decay=0.01)
    progress = Progress(work / "vae", settings["steps"], {"vae": vae, "average": average, "optimizer": optimizer})

    perceptual = PerceptualLoss.load(device)
    render = Renderer()
    random.seed(recipe.seed + progress.step)
    pool = np.stack([np.asarray(render(random_scene(random))) for _ in range(POOL)])
    crop = settings["crop"]
    while not progress.done:
        pool[random.randrange(POOL)] = np.asarray(render(random_scene(random)))
        corners = [
            (random.randrange(POOL), *(random.randrange(0, SIZE - crop + 1, CELL) for _ in "yx"))
            for _ in range(settings["batch"])
        ]
        target = pictures_to_tensor(np.stack([pool[i, y : y + crop, x : x + crop] for i, y, x in corners]))
        target = target.to(device, memory_format=torch.channels_last)
        set_learning_rate(optimizer, warm_cosine(progress.step, settings["steps"]))
        with autocast(device):
            latent = vae.encode(target, return_dict=False)[0]
            noisy = latent + LATENT_NOISE * torch.randn_like(latent)
            output = vae.decode(noisy, return_dict=False)[0]
            look = perceptual(output, target)
        output, latent = output.float(), latent.float()
        deviation = latent.std(dim=(0, 2, 3))
        moments = latent.mean(dim=(0, 2, 3)).square().mean() + (deviation + 1e-4).log().square().mean()
        squared = functional.mse_loss(output, target)
        loss = functional.l1_loss(output, target) + squared + 0.5 * gradient_difference(output, target)
        optimizer.zero_grad(set_to_none=True)
        (loss + PERCEPTUAL_WEIGHT * look + MOMENT_WEIGHT * moments).backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        average.update(vae)
        progress.tick(loss=loss.item(), squared=squared.item(), look=look.item(), moments=moments.item())
    vae.load_state_dict(average.weights)
    vae.save_pretrained(work / "vae" / "model")
    print(f"PSNR on 64 held-out scenes: {psnr(vae, render, 64):.2f} dB")


@torch.no_grad()
def psnr(vae: AutoencoderDC, render: Renderer, count: int) -> float:
    """Mean peak signal-to-noise ratio in dB over whole scenes that training never shows."""
    random, total = Random(0), 0.0
    for _ in range(count):
        scene = random_scene(random, held_out=True)
        target = pictures_to_tensor(np.array(render(scene))[None]).to(vae.device)
        output = vae.decode(vae.encode(target, return_dict=False)[0], return_dict=False)[0].clamp(-1, 1)
        total += float(10 * torch.log10(4 / functional.mse_loss(output, target)))
    return total / count

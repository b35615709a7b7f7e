"""Stage vae: rendered scenes -> an autoencoder (AutoencoderDC), trained on crops.

The encoder sees a scene at 256 px, in cells of 16 px; the decoder has a stage more and says it at 512 px. So the
latents, and with them the painter, are as small as for 256 px, and a page of a book is sharp.

Two terms beside the reconstruction make the latents fit for diffusion without a whitening step: each channel is drawn
to mean 0 and standard deviation 1, and the decoder sees latents with a little noise, as it will from the painter.
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
from gillstory.training.progress import Average, Progress, set_learning_rate, warm_cosine
from gillstory.training.recipe import Recipe
from gillstory.training.world.render import SIZE, Renderer
from gillstory.training.world.scene import Scene, random_scene

LATENT_NOISE = 0.05  # standard deviations added to the latents while training
MOMENT_WEIGHT = 0.02
POOL = 500  # rendered scenes in memory; one is replaced at every step

Pair = tuple[np.ndarray, np.ndarray]  # a scene as the encoder sees it and as the decoder should say it, uint8


def build_vae(settings: dict[str, Any]) -> AutoencoderDC:
    """The autoencoder of a recipe: residual blocks only."""
    return AutoencoderDC(
        latent_channels=settings["latent_channels"],
        encoder_block_out_channels=tuple(settings["encoder_channels"]),
        decoder_block_out_channels=tuple(settings["decoder_channels"]),
        encoder_layers_per_block=tuple(settings["encoder_layers"]),
        decoder_layers_per_block=tuple(settings["decoder_layers"]),
        encoder_qkv_multiscales=((),) * len(settings["encoder_channels"]),
        decoder_qkv_multiscales=((),) * len(settings["decoder_channels"]),
        scaling_factor=1.0,
    )


def enlargement(vae: AutoencoderDC) -> int:
    """How many times as many px, along a side, what is decoded has as what is encoded."""
    config = vae.config
    return int(2 ** (len(config.decoder_block_out_channels) - len(config.encoder_block_out_channels)))


def pictures_to_tensor(pictures: np.ndarray) -> Tensor:
    """(batch, height, width, 3) uint8 -> (batch, 3, height, width) in -1..1."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1


def gradient_difference(output: Tensor, target: Tensor) -> Tensor:
    """How far the edges of two pictures differ, both (batch, 3, height, width)."""
    along_x = (output.diff(dim=-1) - target.diff(dim=-1)).abs().mean()
    along_y = (output.diff(dim=-2) - target.diff(dim=-2)).abs().mean()
    return along_x + along_y


def reconstruction_loss(output: Tensor, target: Tensor) -> Tensor:
    """How far a decoded picture is from what it should be, both (batch, 3, height, width)."""
    pixels = functional.l1_loss(output, target) + functional.mse_loss(output, target)
    return pixels + 0.5 * gradient_difference(output, target)


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

    scale = enlargement(vae)
    small, large = Renderer(), Renderer(scale)
    random.seed(recipe.seed + progress.step)
    pool = [_both(small, large, random_scene(random)) for _ in range(POOL)]
    crop = settings["crop"]
    while not progress.done:
        pool[random.randrange(POOL)] = _both(small, large, random_scene(random))
        pairs = [_crops(random.choice(pool), crop, random) for _ in range(settings["batch"])]
        pixels, target = (
            pictures_to_tensor(np.stack(crops)).to(device, memory_format=torch.channels_last)
            for crops in zip(*pairs, strict=True)
        )
        set_learning_rate(optimizer, warm_cosine(progress.step, settings["steps"]))
        with autocast(device):
            latent = vae.encode(pixels, return_dict=False)[0]
            noisy = latent + LATENT_NOISE * torch.randn_like(latent)
            output = vae.decode(noisy, return_dict=False)[0]
        output, latent = output.float(), latent.float()
        deviation = latent.std(dim=(0, 2, 3))
        moments = latent.mean(dim=(0, 2, 3)).square().mean() + (deviation + 1e-4).log().square().mean()
        loss = reconstruction_loss(output, target)
        optimizer.zero_grad(set_to_none=True)
        (loss + MOMENT_WEIGHT * moments).backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        average.update(vae)
        progress.tick(loss=loss.item(), moments=moments.item())
    vae.load_state_dict(average.weights)
    vae.save_pretrained(work / "vae" / "model")
    print(f"PSNR on 64 held-out scenes: {psnr(vae, 64):.2f} dB")


def _both(small: Renderer, large: Renderer, scene: Scene) -> Pair:
    return np.asarray(small(scene)), np.asarray(large(scene))


def _crops(pair: Pair, side: int, random: Random) -> Pair:
    """The same crop of both, so many px of the small one."""
    top, left = random.randint(0, SIZE - side), random.randint(0, SIZE - side)
    scales = (len(picture) // SIZE for picture in pair)
    small, large = (
        picture[top * scale : (top + side) * scale, left * scale : (left + side) * scale]
        for picture, scale in zip(pair, scales, strict=True)
    )
    return small, large


@torch.no_grad()
def psnr(vae: AutoencoderDC, count: int) -> float:
    """Mean peak signal-to-noise ratio in dB over whole scenes that training never shows."""
    small, large = Renderer(), Renderer(enlargement(vae))
    random, total = Random(0), 0.0
    for _ in range(count):
        seen, wanted = _both(small, large, random_scene(random, held_out=True))
        pixels, target = (pictures_to_tensor(picture[None]).to(vae.device) for picture in (seen, wanted))
        output = vae.decode(vae.encode(pixels, return_dict=False)[0], return_dict=False)[0].clamp(-1, 1)
        total += float(10 * torch.log10(4 / functional.mse_loss(output, target)))
    return total / count

"""Stage painter: latents and captions -> a UNet that denoises latents under the frozen text encoder's states.

Velocity prediction (Salimans and Ho 2022) weighted by min-SNR 5 (Hang et al. 2023), the condition dropped now and then
so that guidance has an unconditional half; what ships is the average of the weights.

GILL is not always sure whom a page is about, and then its condition lies between those of several scenes. A painter
that has only met captions draws a mixture of them. So it also meets such conditions, with one of these scenes as the
picture, the nearer ones more often: it learns to draw one of them.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from random import Random
from typing import Any

import torch
from diffusers import DPMSolverMultistepScheduler, UNet2DConditionModel
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from gillstory.gill.device import autocast
from gillstory.training.latents import read_world
from gillstory.training.progress import Average, Progress, set_learning_rate, warm_cosine
from gillstory.training.recipe import Recipe
from gillstory.training.text import any_caption, tokenize
from gillstory.training.world.scene import DOUBTS, Scene, misheard, plain_caption

SNR_CAP = 5.0
UNSURE_SHARE = 0.4  # of the conditions lie between those of several scenes
MEANINGS = 5  # so many at most
LOOK_AGAIN = 500  # steps until scenes that have been encoded in the meantime join in


def build_unet(settings: dict[str, Any], latent_channels: int, width: int) -> UNet2DConditionModel:
    """A UNet over 16 x 16 latents with attention at 8 x 8 and 4 x 4, and the text's pooled state in every block."""
    return UNet2DConditionModel(
        sample_size=16,
        in_channels=latent_channels,
        out_channels=latent_channels,
        block_out_channels=tuple(settings["channels"]),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=width,
        attention_head_dim=settings["heads"],
        addition_embed_type="text",
        addition_embed_type_num_heads=settings["heads"],
        resnet_time_scale_shift="scale_shift",
    )


def build_scheduler(settings: dict[str, Any]) -> DPMSolverMultistepScheduler:
    """DPM-Solver++ over the cosine schedule that the UNet is trained with."""
    return DPMSolverMultistepScheduler(
        num_train_timesteps=settings["train_timesteps"],
        beta_schedule="squaredcos_cap_v2",
        prediction_type="v_prediction",
        algorithm_type="dpmsolver++",
        timestep_spacing="trailing",
    )


def train_painter(recipe: Recipe, work: Path, device: str) -> None:
    """Train the UNet on WORK/world and save its average to WORK/painter/unet."""
    settings = recipe.painter
    torch.manual_seed(recipe.seed)
    tokenizer = CLIPTokenizer.from_pretrained(work / "text" / "tokenizer")
    encoder = CLIPTextModel.from_pretrained(work / "text" / "text_encoder").to(device).eval()
    unet = build_unet(settings, recipe.vae["latent_channels"], recipe.text["width"])
    unet = unet.to(device, memory_format=torch.channels_last).train()
    average = Average(unet)
    rate = float(settings["learning_rate"])
    optimizer = torch.optim.AdamW(unet.parameters(), lr=rate, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
    progress = Progress(work / "painter", settings["steps"], {"unet": unet, "average": average, "optimizer": optimizer})
    scheduler = build_scheduler(settings)
    signal = scheduler.alphas_cumprod.to(device)  # (timesteps,) the share of the signal's variance
    latents, scenes = read_world(work)
    random = Random(recipe.seed + progress.step)
    torch.manual_seed(recipe.seed + progress.step)

    while not progress.done:
        if progress.step % LOOK_AGAIN == 0:
            latents, scenes = read_world(work)
        rows = random.sample(range(len(scenes)), settings["batch"])
        condition = conditions(encoder, tokenizer, [scenes[row] for row in rows], settings["drop_condition"], random)
        clean = latents[rows].float().to(device, memory_format=torch.channels_last)  # (batch, channels, 16, 16)
        timesteps = torch.randint(0, len(signal), (len(rows),), device=device)
        share = signal[timesteps]
        noise = torch.randn_like(clean)
        alpha, sigma = share.sqrt()[:, None, None, None], (1 - share).sqrt()[:, None, None, None]
        velocity = alpha * noise - sigma * clean
        set_learning_rate(optimizer, warm_cosine(progress.step, settings["steps"]))
        with autocast(device):
            output = unet(alpha * clean + sigma * noise, timesteps, condition).sample
        loss = weighted_loss(output.float(), velocity, share)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(unet.parameters(), 1.0)
        optimizer.step()
        average.update(unet)
        progress.tick(loss=loss.item())
    unet.load_state_dict(average.weights)
    unet.eval().save_pretrained(work / "painter" / "unet")


@torch.no_grad()
def conditions(
    encoder: CLIPTextModel, tokenizer: CLIPTokenizer, scenes: list[Scene], drop: float, random: Random
) -> Tensor:
    """(scenes, context, width) of a caption, of none, or between those of what a scene may be taken for."""
    told = [meanings(scene, drop, random) for scene in scenes]
    captions = [caption for said in told for caption in said]
    states = encoder(tokenize(tokenizer, captions).to(encoder.device)).last_hidden_state
    shares = torch.tensor([share for said in told for share in said.values()], device=encoder.device)
    parts = (states * shares[:, None, None]).split([len(said) for said in told])
    return torch.stack([part.sum(dim=0) for part in parts])


def meanings(scene: Scene, drop: float, random: Random) -> dict[str, float]:
    """Captions and the share that each has in the condition under which a scene is painted.

    Of several, shares are drawn evenly, Dirichlet (1, ..., 1), and by them which one is painted; seen from the one that
    is, that is Dirichlet (2, 1, ..., 1).
    """
    draw = random.random()
    if draw >= UNSURE_SHARE:
        return {"" if draw > 1 - drop else any_caption(scene, random): 1.0}
    doubts = random.sample(DOUBTS, random.choice((1, 1, 2, len(DOUBTS))))
    others = [misheard(scene, doubts, random) for _ in range(random.randint(1, MEANINGS - 1))]
    weights = [random.gammavariate(2, 1), *(random.gammavariate(1, 1) for _ in others)]
    shares = defaultdict[str, float](float)
    for meant, weight in zip((scene, *others), weights, strict=True):
        shares[plain_caption(meant)] += weight / sum(weights)
    return shares


def weighted_loss(output: Tensor, velocity: Tensor, share: Tensor) -> Tensor:
    """Squared error of the velocity, min-SNR weighted: min(SNR, cap) / (SNR + 1)."""
    ratio = share / (1 - share)
    error = (output - velocity).square().mean(dim=(1, 2, 3))
    return (error * ratio.clamp(max=SNR_CAP) / (ratio + 1)).mean()

"""Stage decoder: the autoencoder's decoder once more, on latents as the painter makes them.

The painter's latents are never quite those of a scene, and a decoder that only saw scenes makes mush of what is not
quite right. So scenes are painted over: their latents get noise, more or less of it, and the painter denoises them
under their caption. What comes out has the painter's faults, and one knows which picture was meant.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import torch
from diffusers import AutoencoderDC, UNet2DConditionModel
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from gillstory.gill.device import autocast
from gillstory.training.latents import read_shards, write_shard
from gillstory.training.painter import build_scheduler
from gillstory.training.progress import Average, Progress, set_learning_rate, warm_cosine
from gillstory.training.recipe import Recipe
from gillstory.training.text import tokenize
from gillstory.training.vae import enlargement, pictures_to_tensor, reconstruction_loss
from gillstory.training.world.render import Renderer
from gillstory.training.world.scene import plain_caption

SHARD = 32  # scenes that are painted over together and lie in one file
FIRST_STARTS = 3, 9  # denoising steps that are left out: with fewer, the scene becomes another one


def train_decoder(recipe: Recipe, work: Path, device: str) -> None:
    """Go on with the decoder of WORK/vae and save the autoencoder to WORK/decoder/model."""
    settings = recipe.decoder
    paint_over_world(recipe, work, device)
    latents, scenes = read_shards(work / "decoder")
    torch.manual_seed(recipe.seed)
    vae = AutoencoderDC.from_pretrained(work / "vae" / "model").to(device, memory_format=torch.channels_last)
    decoder = vae.decoder
    average = Average(decoder)
    optimizer = torch.optim.AdamW(decoder.parameters(), lr=float(settings["learning_rate"]), betas=(0.9, 0.99))
    parts = {"decoder": decoder, "average": average, "optimizer": optimizer}
    progress = Progress(work / "decoder", settings["steps"], parts)
    random, render = Random(recipe.seed + progress.step), Renderer(enlargement(vae))
    while not progress.done:
        rows = random.sample(range(len(scenes)), settings["batch"])
        pictures = np.stack([np.asarray(render(scenes[row])) for row in rows])
        target = pictures_to_tensor(pictures).to(device, memory_format=torch.channels_last)
        set_learning_rate(optimizer, warm_cosine(progress.step, settings["steps"]))
        with autocast(device):
            output = vae.decode(latents[rows].float().to(device), return_dict=False)[0]
        loss = reconstruction_loss(output.float(), target)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(decoder.parameters(), 1.0)
        optimizer.step()
        average.update(decoder)
        progress.tick(loss=loss.item())
    decoder.load_state_dict(average.weights)
    vae.save_pretrained(work / "decoder" / "model")


def paint_over_world(recipe: Recipe, work: Path, device: str) -> None:
    """Write scenes of WORK/world, painted over, to WORK/decoder/NNNN.npy and .json."""
    folder = work / "decoder"
    folder.mkdir(parents=True, exist_ok=True)
    latents, scenes = read_shards(work / "world")
    tokenizer = CLIPTokenizer.from_pretrained(work / "text" / "tokenizer")
    encoder = CLIPTextModel.from_pretrained(work / "text" / "text_encoder").to(device).eval()
    unet = UNet2DConditionModel.from_pretrained(work / "painter" / "unet").eval()
    unet.to(device, memory_format=torch.channels_last)
    for shard, start in enumerate(range(0, min(recipe.decoder["scenes"], len(scenes)), SHARD)):
        name = folder / f"{shard:04d}"
        if name.with_suffix(".npy").exists():
            continue
        torch.manual_seed(recipe.seed + shard)
        shown = scenes[start : start + SHARD]
        captions = tokenize(tokenizer, ["", *map(plain_caption, shown)]).to(device)
        with torch.no_grad():
            states = encoder(captions).last_hidden_state
        clean = latents[start : start + SHARD].float().to(device)
        skipped = int(torch.randint(*FIRST_STARTS, ()))
        painted = paint_over(recipe, unet, clean, states[1:], states[:1], skipped)
        write_shard(name, painted.half().cpu().numpy(), shown)
        if (shard + 1) % 8 == 0:
            print(f"{start + len(shown)} scenes painted over", flush=True)


@torch.no_grad()
def paint_over(
    recipe: Recipe, unet: UNet2DConditionModel, clean: Tensor, states: Tensor, unconditional: Tensor, skipped: int
) -> Tensor:
    """Latents (batch, channels, side, side) with noise, denoised as a picture is, but for the first steps."""
    scheduler = build_scheduler(recipe.painter)
    scheduler.set_timesteps(recipe.bundle["steps"], device=clean.device)
    scheduler.set_begin_index(skipped)
    guidance = float(recipe.bundle["guidance_scale"])
    now = scheduler.add_noise(clean, torch.randn_like(clean), scheduler.timesteps[skipped].repeat(len(clean)))
    conditions = torch.cat([unconditional.expand_as(states), states])
    for timestep in scheduler.timesteps[skipped:]:
        twice = now.repeat(2, 1, 1, 1).contiguous(memory_format=torch.channels_last)
        with autocast(clean.device):
            output = unet(twice, timestep, conditions).sample
        without, given = output.float().chunk(2)
        now = scheduler.step(without + guidance * (given - without), timestep, now).prev_sample
    return now

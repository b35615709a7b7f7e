"""A condition in, a picture out: a Stable Diffusion pipeline's parts and a denoising loop of our own.

The condition takes the place of the text encoder's states; the unconditional half of classifier-free guidance is the
text encoder's states of an empty prompt (paper, section 3.2). The loop is ours so that every autoencoder works: KL,
Tiny, and DC of which only the decoder is kept.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTokenizer

from gillstory.bundle import PaintingSettings
from gillstory.errors import BundleError, PictureError
from gillstory.gill.quiet import without_progress_bar
from gillstory.gill.sampling import generator_from

AUTOENCODER_WEIGHTS = "diffusion_pytorch_model.safetensors"
BATCH = 64  # prompts through the text encoder at once


class Painter:
    """The parts of a Stable Diffusion folder that painting needs.

    Parameters
    ----------
    folder : model_index.json's folder; its text encoder is read only when a prompt is to be encoded.
    unet, vae : diffusers' models, on their device.
    scheduler : a diffusers scheduler, whose configuration is used for each picture afresh.
    settings : defaults for size, steps and guidance.
    """

    def __init__(self, folder: Path, unet: Any, vae: Any, scheduler: Any, settings: PaintingSettings) -> None:
        self.folder, self.unet, self.vae, self.scheduler, self.settings = folder, unet, vae, scheduler, settings

    @classmethod
    def load(cls, folder: Path, settings: PaintingSettings, device: torch.device, dtype: torch.dtype) -> Painter:
        """Load a Stable Diffusion folder.

        Raises
        ------
        BundleError : it is not one, or parts of it are missing.
        """
        try:
            unet = diffusers.UNet2DConditionModel.from_pretrained(
                folder / "unet", torch_dtype=dtype, use_safetensors=True, local_files_only=True
            )
            vae = _load_autoencoder(folder / "vae", dtype)
            own: Any = getattr(diffusers, _class_name(folder / "scheduler" / "scheduler_config.json"))
            scheduler = own.from_pretrained(folder / "scheduler", local_files_only=True)
        except (OSError, ValueError, KeyError, AttributeError, RuntimeError) as error:
            message = f"not a Stable Diffusion folder that diffusers can load: {str(error).splitlines()[0]}"
            raise BundleError(message, file=folder) from error
        if settings.scheduler == "dpm-solver++":
            scheduler = diffusers.DPMSolverMultistepScheduler.from_config(
                scheduler.config, algorithm_type="dpmsolver++"
            )
        layout = torch.channels_last  # the faster one for convolutions, on CPUs and GPUs
        for model in (unet, vae):
            model.to(device, memory_format=layout).eval().requires_grad_(False)
        return cls(folder, unet, vae, scheduler, settings)

    @torch.inference_mode()
    def encode(self, prompts: Sequence[str]) -> Tensor:
        """The text encoder's states of prompts, what the adapters learn to imitate: (N, tokens, width), float32.

        The text encoder is in memory for this call only.
        """
        device = self.unet.device
        tokenizer = CLIPTokenizer.from_pretrained(self.folder / "tokenizer", local_files_only=True)
        with without_progress_bar():
            encoder: Any = CLIPTextModel.from_pretrained(
                self.folder / "text_encoder", dtype=self.unet.dtype, use_safetensors=True, local_files_only=True
            )
        encoder.to(device).eval()
        length = encoder.config.max_position_embeddings
        rows = []
        for start in range(0, len(prompts), BATCH):
            batch = list(prompts[start : start + BATCH])
            ids = tokenizer(batch, padding="max_length", max_length=length, truncation=True, return_tensors="pt")
            rows.append(encoder(ids.input_ids.to(device)).last_hidden_state.float())
        return torch.cat(rows)

    @cached_property
    def unconditional(self) -> Tensor:
        """(1, tokens, width) states of the empty prompt."""
        return self.encode([""])

    def paint(
        self,
        condition: Tensor,
        seed: int | torch.Generator | None = None,
        steps: int | None = None,
        guidance_scale: float | None = None,
    ) -> Image.Image:
        """Paint one picture from a condition (tokens, width); see `paint_batch`."""
        return self.paint_batch([condition], [seed], steps, guidance_scale)[0]

    @torch.inference_mode()
    def paint_batch(
        self,
        conditions: Sequence[Tensor],
        seeds: Sequence[int | torch.Generator | None],
        steps: int | None = None,
        guidance_scale: float | None = None,
        on_step: Callable[[int, int], None] = lambda step, steps: None,
    ) -> list[Image.Image]:
        """Paint pictures together, one from each condition (tokens, width); defaults are the bundle's.

        The first latents are drawn on the CPU, each picture's with its own seed: a seed means the same picture on every
        device and in every batch, up to rounding.

        Parameters
        ----------
        on_step : is told how many denoising steps of how many are done, after each.

        Raises
        ------
        PictureError : a condition's shape is not that of the text encoder's states.
        """
        steps = self.settings.steps if steps is None else steps
        guidance = self.settings.guidance_scale if guidance_scale is None else guidance_scale
        if steps < 1:
            raise PictureError(f"a picture takes at least one denoising step, not {steps}")
        wanted = self.unconditional.shape[1:]
        for condition in conditions:
            if condition.shape != wanted:
                raise PictureError(
                    f"the painter takes a condition of shape {tuple(wanted)}, not {tuple(condition.shape)}"
                )
        device, dtype = self.unet.device, self.unet.dtype
        states = torch.stack(list(conditions)).to(device, dtype)  # (batch, tokens, width)
        if guidance != 1:
            states = torch.cat([self.unconditional.to(device, dtype).expand_as(states), states])
        copies = len(states) // len(conditions)
        scheduler = type(self.scheduler).from_config(self.scheduler.config)  # it keeps steps in mind: a fresh one
        scheduler.set_timesteps(steps, device=device)
        size, side = self.settings.size, self.unet.config.sample_size
        if size is not None:
            side = size // _pixels_per_latent(self.vae)
        generators = [generator_from(seed) for seed in seeds]
        shape = (self.unet.config.in_channels, side, side)
        noise = torch.stack([torch.randn(shape, generator=generator) for generator in generators])
        latents = noise.to(device) * scheduler.init_noise_sigma  # float32, (batch, channels, side, side)
        for number, timestep in enumerate(scheduler.timesteps, 1):
            noisy = scheduler.scale_model_input(latents, timestep).to(dtype).repeat(copies, 1, 1, 1)
            noisy = noisy.contiguous(memory_format=torch.channels_last)
            output = self.unet(noisy, timestep, encoder_hidden_states=states).sample.float()
            if guidance != 1:
                without, given = output.chunk(2)
                output = without + guidance * (given - without)
            latents = scheduler.step(output, timestep, latents, **_noise_source(scheduler, generators)).prev_sample
            on_step(number, len(scheduler.timesteps))
        return [self._decode(one[None]) for one in latents]  # one by one: the decoder takes the most memory

    def _decode(self, latents: Tensor) -> Image.Image:
        """(1, channels, side, side) -> picture."""
        config = self.vae.config
        latents = latents / (config.get("scaling_factor") or 1) + (config.get("shift_factor") or 0)
        pixels = self.vae.decode(latents.to(self.vae.dtype), return_dict=False)[0][0].float()  # (3, height, width)
        pixels = ((pixels / 2 + 0.5).clamp(0, 1) * 255).round().permute(1, 2, 0)
        return Image.fromarray(pixels.cpu().numpy().astype(np.uint8))


def _class_name(config: Path) -> str:
    return str(json.loads(config.read_text(encoding="utf-8"))["_class_name"])


def _noise_source(scheduler: Any, generators: list[torch.Generator]) -> dict[str, list[torch.Generator]]:
    """Schedulers that add noise at each step are given each picture's generator."""
    return {"generator": generators} if "generator" in inspect.signature(scheduler.step).parameters else {}


def _pixels_per_latent(vae: Any) -> int:
    """How many pixels one latent stands for, along a side."""
    ratio = getattr(vae, "spatial_compression_ratio", None)
    if ratio is None:
        config = vae.config
        ratio = 2 ** (len(config.get("block_out_channels") or config["decoder_block_out_channels"]) - 1)
    return int(ratio)


def _load_autoencoder(folder: Path, dtype: torch.dtype) -> Any:
    """The autoencoder, without its encoder if only the decoder's weights are kept."""
    kind: Any = getattr(diffusers, _class_name(folder / "config.json"))
    file = folder / AUTOENCODER_WEIGHTS
    weights = load_file(file)
    if any(name.startswith("encoder.") for name in weights):
        return kind.from_pretrained(folder, torch_dtype=dtype, use_safetensors=True, local_files_only=True)
    with torch.device("meta"):
        vae = kind.from_config(kind.load_config(folder))
    vae.encoder = nn.Identity()
    vae.load_state_dict({name: tensor.to(dtype) for name, tensor in weights.items()}, assign=True)
    return vae

"""Stage mapper: GILLMapper once more, by what the painter makes of its conditions.

A condition near to the text encoder's states is not yet one that the painter draws well: the UNet listens to some
directions more than to others, and guidance enlarges what it mishears. So GILLMapper goes on, all else frozen, with
a third loss: how far the UNet's prediction under its condition is from that under the states of the plain caption, in
the first steps of denoising, where it is decided what a picture shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import torch
from diffusers import UNet2DConditionModel
from torch import Tensor, nn
from torch.nn import functional

from gillstory.gill.adapters import Adapters
from gillstory.gill.device import autocast
from gillstory.gill.language import Language
from gillstory.training.adapters import CLASSES, Scenes, adapter_sizes, measure
from gillstory.training.painter import build_scheduler
from gillstory.training.progress import Progress, set_learning_rate, warm_cosine
from gillstory.training.prompts import frozen_language, image_states, read
from gillstory.training.recipe import Recipe
from gillstory.training.text import tokenize
from gillstory.training.world.scene import Scene

NAMING_WEIGHT = 0.3  # of the cross-entropy of what the condition says: it names the subject well already
FIRST_STEPS = 8  # of denoising
REMEMBERED = 100  # batches of stories: reading one costs as much as some steps with it
TIMES = 4  # steps for each batch that is read: with it, and with others that are remembered


@dataclass(frozen=True)
class Heard:
    """A batch of stories as far as they concern GILLMapper.

    Attributes
    ----------
    states : (batch, n_img, hidden) of the [IMG] tokens.
    scenes : what the stories mean.
    wanted : (batch, context, width) the text encoder's states of their plain captions.
    latents : (batch, FIRST_STEPS, channels, side, side) of their pictures in the making, painted from `wanted`.
    """

    states: Tensor
    scenes: list[Scene]
    wanted: Tensor
    latents: Tensor


class PainterEar:
    """The frozen UNet, asked how a condition differs from another.

    Parameters
    ----------
    unconditional : (1, context, width) states of the empty prompt.
    """

    def __init__(self, recipe: Recipe, unet: UNet2DConditionModel, unconditional: Tensor) -> None:
        self.unet, self.unconditional = unet, unconditional
        self.guidance = float(recipe.bundle["guidance_scale"])
        self.scheduler = build_scheduler(recipe.painter)
        self.steps = recipe.bundle["steps"]
        self.scheduler.set_timesteps(self.steps, device=unconditional.device)
        self.timesteps = self.scheduler.timesteps[:FIRST_STEPS]

    @torch.no_grad()
    def latents(self, wanted: Tensor) -> Tensor:
        """(batch, FIRST_STEPS, channels, side, side) what the UNet sees while it paints from `wanted`."""
        self.scheduler.set_timesteps(self.steps, device=wanted.device)  # it keeps steps in mind: from the beginning
        side = self.unet.config.sample_size
        now = torch.randn(len(wanted), self.unet.config.in_channels, side, side, device=wanted.device)
        seen = []
        for timestep in self.timesteps:
            seen.append(now)
            without, given = self._predict(now, timestep, self.unconditional.expand_as(wanted), wanted)
            now = self.scheduler.step(without + self.guidance * (given - without), timestep, now).prev_sample
        return torch.stack(seen, dim=1)

    def loss(self, heard: Heard, condition: Tensor) -> Tensor:
        """Squared distance of predictions, as a share of what `wanted` changes in them against the empty prompt."""
        which = torch.randint(len(self.timesteps), (len(condition),))
        now, timesteps = heard.latents[torch.arange(len(which)), which], self.timesteps[which.to(self.timesteps.device)]
        with torch.no_grad():
            without, given = self._predict(now, timesteps, self.unconditional.expand_as(condition), heard.wanted)
        (said,) = self._predict(now, timesteps, condition)
        return functional.mse_loss(said, given) / functional.mse_loss(without, given)

    def _predict(self, latents: Tensor, timesteps: Tensor, *conditions: Tensor) -> tuple[Tensor, ...]:
        count = len(conditions)
        times = timesteps.expand(len(latents)).repeat(count)
        latents = latents.repeat(count, 1, 1, 1).contiguous(memory_format=torch.channels_last)
        with autocast(latents.device):
            output: Tensor = self.unet(latents, times, torch.cat(conditions)).sample
        return output.float().chunk(count)


def train_mapper(recipe: Recipe, work: Path, device: str) -> None:
    """Go on with the GILLMapper of WORK/adapters and save its weights to WORK/mapper/mapper.pt."""
    settings = recipe.mapper
    torch.manual_seed(recipe.seed)
    language, adapters = _trained(recipe, work, device)
    scenes = Scenes(recipe, work, device, held_out=False)
    unet = UNet2DConditionModel.from_pretrained(work / "painter" / "unet").eval().requires_grad_(False)
    unet.to(device, memory_format=torch.channels_last)
    with torch.no_grad():
        nothing = scenes.encoder(tokenize(scenes.tokenizer, [""]).to(device)).last_hidden_state
    ear = PainterEar(recipe, unet, nothing)
    mapper = adapters.mapper.requires_grad_(True)
    optimizer = torch.optim.AdamW(mapper.parameters(), lr=float(settings["learning_rate"]), betas=(0.9, 0.95))
    progress = Progress(work / "mapper", settings["steps"], {"mapper": mapper, "optimizer": optimizer})
    random = Random(recipe.seed + progress.step)
    batches = _batches(language, scenes, ear, settings["batch"], random)
    while not progress.done:
        heard = next(batches)
        condition = adapters.condition(heard.states)
        generation = functional.mse_loss(condition, heard.wanted) / heard.wanted.var()
        naming = scenes.naming_loss(condition, heard.scenes)
        painting = ear.loss(heard, condition)
        set_learning_rate(optimizer, warm_cosine(progress.step, settings["steps"], warmup=30))
        optimizer.zero_grad(set_to_none=True)
        (generation + NAMING_WEIGHT * naming + painting).backward()
        torch.nn.utils.clip_grad_norm_(mapper.parameters(), 1.0)
        optimizer.step()
        progress.tick(generation=generation.item(), naming=naming.item(), painting=painting.item())
    torch.save(mapper.state_dict(), work / "mapper" / "mapper.pt")
    print(measure(adapters, language, Scenes(recipe, work, device, held_out=True)))


def _trained(recipe: Recipe, work: Path, device: str) -> tuple[Language, Adapters]:
    """The language model with the [IMG] tokens of WORK/adapters, and those adapters, frozen."""
    weights = torch.load(work / "adapters" / "adapters.pt", weights_only=True)
    language = frozen_language(nn.Parameter(weights["image_embeddings"].to(device), requires_grad=False), device)
    adapters = Adapters(adapter_sizes(recipe), language.hidden_size, CLASSES)
    adapters.load_state_dict(weights)
    return language, adapters.to(device).requires_grad_(False)


@torch.no_grad()
def _hear(language: Language, scenes: Scenes, ear: PainterEar, size: int, random: Random) -> Iterator[Heard]:
    """Stories that mean a scene, without end."""
    for stories, prompts in scenes.batches(language, size, random):
        painted = [row for row, story in enumerate(stories) if story.scene is not None]
        meant = [story.scene for story in stories if story.scene is not None]
        cache, mask, _ = read(language, [prompts[row] for row in painted])
        wanted = scenes.conditions(meant)
        yield Heard(image_states(language, cache, mask), meant, wanted, ear.latents(wanted))


def _batches(language: Language, scenes: Scenes, ear: PainterEar, size: int, random: Random) -> Iterator[Heard]:
    """New stories, and between them some of the last that were heard."""
    remembered: list[Heard] = []
    for heard in _hear(language, scenes, ear, size, random):
        remembered = [*remembered, heard][-REMEMBERED:]
        yield heard
        yield from random.choices(remembered, k=TIMES - 1)

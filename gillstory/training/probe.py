"""Stage probe: rendered scenes -> a classifier that names what a picture shows, the yardstick of `gillstory eval`.

Small heads over the inner maps of the frozen image encoder. It has seen rendered scenes only, never a painted picture;
some are softened and bent a little, for it should judge what a picture shows and not how crisp it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np
import torch
from PIL import Image, ImageFilter
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from gillstory.gill.encoder import Encoder
from gillstory.training.features import load_encoder
from gillstory.training.progress import Progress, set_learning_rate, warm_cosine
from gillstory.training.recipe import Recipe
from gillstory.training.world.render import Renderer
from gillstory.training.world.scene import Scene, random_scene
from gillstory.training.world.vocabulary import PLACES, SUBJECTS, TIMELESS, TIMES

LEVELS = (3, 4)  # of the encoder's pyramid: strides 16 and 32
CHANNELS = (112, 320)  # of those maps
WIDTH = 160
BATCH = 25  # pictures through the encoder at once
SOFT_SHARE = 0.75  # of the scenes are softened
PAIR_SHARE = 0.5
WEIGHTS = Path(__file__).parent / "probe.safetensors"


class Probe(nn.Module):
    """Names subjects, place and time of pictures from the encoder's inner maps."""

    def __init__(self) -> None:
        super().__init__()
        self.reduce = nn.ModuleList(nn.Conv2d(channels, WIDTH, 1) for channels in CHANNELS)
        self.heads = nn.ModuleList(
            nn.Linear(2 * len(CHANNELS) * WIDTH, n) for n in (len(SUBJECTS), len(PLACES), len(TIMES))
        )

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Maps (batch, channels, side, side), one for each level -> logits of subjects, place and time."""
        reduced = [functional.relu(layer(map)) for layer, map in zip(self.reduce, maps, strict=True)]
        pooled = torch.cat([map.mean(dim=(2, 3)) for map in reduced] + [map.amax(dim=(2, 3)) for map in reduced], dim=1)
        pooled = functional.dropout(pooled, 0.2, self.training)
        return [head(pooled) for head in self.heads]


class Judge:
    """The probe that ships, with the encoder whose maps it reads."""

    def __init__(self) -> None:
        self.encoder = load_encoder("cpu")
        self.probe = Probe().eval()
        self.probe.load_state_dict({name: tensor.float() for name, tensor in load_file(WEIGHTS).items()})

    @torch.no_grad()
    def __call__(self, pictures: Sequence[Image.Image]) -> list[Tensor]:
        """Log-probabilities of subjects (N, subjects), place (N, places) and time (N, times) of pictures."""
        rows = [
            self.probe(inner_maps(self.encoder, pictures[start : start + BATCH]))
            for start in range(0, len(pictures), BATCH)
        ]
        return [torch.cat(logits).log_softmax(dim=-1) for logits in zip(*rows, strict=True)]


@torch.no_grad()
def inner_maps(encoder: Encoder, pictures: Sequence[Image.Image]) -> list[Tensor]:
    """Maps of pictures at LEVELS: (N, channels, side, side) each."""
    pixels = torch.stack([encoder.preprocess(picture) for picture in pictures])
    maps: list[Tensor] = encoder.visual.trunk.forward_intermediates(
        pixels, indices=list(LEVELS), intermediates_only=True
    )
    return maps


def subject_targets(scenes: Sequence[Scene]) -> Tensor:
    """(scenes, subjects) shares that add up to 1: a half each where there are two."""
    names = list(SUBJECTS)
    targets = torch.zeros(len(scenes), len(names))
    for row, scene in enumerate(scenes):
        for subject in scene.subjects:
            targets[row, names.index(subject)] = 1 / len(scene.subjects)
    return targets


def place_targets(scenes: Sequence[Scene]) -> Tensor:
    """(scenes,) indices of places."""
    return torch.tensor([list(PLACES).index(scene.place) for scene in scenes])


def time_targets(scenes: Sequence[Scene]) -> Tensor:
    """(scenes,) indices of times; -1 where neither sun nor moon shows."""
    return torch.tensor([-1 if scene.place in TIMELESS else list(TIMES).index(scene.time) for scene in scenes])


def train_probe(recipe: Recipe, work: Path, device: str) -> None:
    """Train the probe and save it to WORK/probe/probe.safetensors, float16."""
    settings, folder = recipe.probe, work / "probe"
    torch.manual_seed(recipe.seed)
    random = Random(f"{recipe.seed}-probe")
    scenes = [random_scene(random, pair_share=PAIR_SHARE) for _ in range(settings["scenes"])]
    maps = _maps(scenes, random)
    targets = subject_targets(scenes), place_targets(scenes), time_targets(scenes)
    probe = Probe().to(device)
    optimizer = torch.optim.AdamW(probe.parameters(), lr=float(settings["learning_rate"]), weight_decay=0.05)
    progress = Progress(folder, settings["steps"], {"probe": probe, "optimizer": optimizer})
    while not progress.done:
        rows = torch.randint(len(scenes), (settings["batch"],))
        set_learning_rate(optimizer, warm_cosine(progress.step, settings["steps"]))
        subjects, place, time = probe([map[rows].float().to(device) for map in maps])
        loss = functional.cross_entropy(subjects, targets[0][rows].to(device))
        loss = loss + functional.cross_entropy(place, targets[1][rows].to(device))
        loss = loss + functional.cross_entropy(time, targets[2][rows].to(device), ignore_index=-1)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        progress.tick(loss=loss.item())
    save_file(
        {name: tensor.half().contiguous() for name, tensor in probe.cpu().state_dict().items()},
        folder / "probe.safetensors",
    )


def _maps(scenes: Sequence[Scene], random: Random) -> list[Tensor]:
    """The maps of rendered scenes, float16, some of the pictures softened."""
    render, encoder = Renderer(), load_encoder("cpu")
    rows: list[list[Tensor]] = []
    for start in range(0, len(scenes), BATCH):
        pictures = [_softened(render(scene), random) for scene in scenes[start : start + BATCH]]
        rows.append([map.half() for map in inner_maps(encoder, pictures)])
        if start % (20 * BATCH) == 0:
            print(f"probe: {start} of {len(scenes)} scenes", flush=True)
    return [torch.cat(level) for level in zip(*rows, strict=True)]


def _softened(picture: Image.Image, random: Random) -> Image.Image:
    """As it is, or as a soft brush would have it: coarser, a little out of shape, off colour, with noise."""
    if random.random() >= SOFT_SHARE:
        return picture
    generator = np.random.default_rng(random.getrandbits(32))
    side = random.randint(40, 128)
    coarse = picture.resize((side, side), Image.Resampling.BOX).resize(picture.size, Image.Resampling.BICUBIC)
    cells = random.choice((4, 6, 9))
    shift = random.uniform(0, 7) * generator.standard_normal((2, cells, cells)).astype(np.float32)  # px
    grid = functional.interpolate(torch.from_numpy(shift)[None], coarse.size, mode="bicubic", align_corners=True)[0]
    rows, columns = np.mgrid[0 : coarse.height, 0 : coarse.width]
    rows = (rows + grid[0].numpy()).round().clip(0, coarse.height - 1).astype(int)
    columns = (columns + grid[1].numpy()).round().clip(0, coarse.width - 1).astype(int)
    pixels = np.asarray(coarse, np.float32)[rows, columns] * generator.uniform(0.88, 1.12, 3)
    pixels = pixels + generator.normal(0, random.uniform(0, 8), pixels.shape)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(random.uniform(0, 1)))

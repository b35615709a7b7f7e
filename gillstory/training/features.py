"""Stage encoder: pictures of the world, and photographs that nobody took, as the image encoder's classifier sees them.

The maps from pictures that GILL trains (prefix, retrieval) start here from the 1000 logits of ImageNet's classifier,
which stands behind the encoder's pooled feature, and are folded into one linear map of the feature afterwards. Logits
are where photographs can be had without photographs: a class's own row says which way its pictures lie.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from gillstory.bundle import cache_folder
from gillstory.gill.encoder import Encoder
from gillstory.training.progress import write_array
from gillstory.training.recipe import Recipe
from gillstory.training.world.render import Renderer
from gillstory.training.world.scene import Scene, random_scene

BATCH = 50
ENCODER = "efficientnet-lite0"
PAIR_SHARE = 0.4  # of the scenes show two subjects: books need those of two heroes
PEAK = (6.0, 13.0)  # the logit of a photograph's own class: real ones have 8 to 13, hard ones less


@dataclass(frozen=True)
class Classifier:
    """The classifier behind the encoder: logits = weight @ feature + bias."""

    weight: Tensor  # (classes, width)
    bias: Tensor  # (classes,)

    @classmethod
    def load(cls) -> Classifier:
        """Read what `models pull` unpacked."""
        tensors = load_file(cache_folder() / "models" / ENCODER / "classifier.safetensors")
        return cls(tensors["weight"].float(), tensors["bias"].float())

    def logits(self, features: Tensor) -> Tensor:
        """(N, width) -> (N, classes)."""
        return features @ self.weight.T + self.bias

    def fold(self, map: nn.Linear) -> tuple[Tensor, Tensor]:
        """A linear map of logits as one of features: its weight (out, width) and bias (out,)."""
        weight, bias = map.weight.detach().cpu(), map.bias.detach().cpu()
        return weight @ self.weight, bias + weight @ self.bias


class Pictures:
    """Scenes with their logits, and photographs made up from classes.

    Attributes
    ----------
    scenes : those that have been rendered.
    logits : (scenes, classes).
    """

    def __init__(self, folder: Path, classifier: Classifier) -> None:
        self.scenes = _read_scenes(folder / "scenes.json")
        self.logits = classifier.logits(torch.from_numpy(np.load(folder / "features.npy")).float())
        self.row = {scene: row for row, scene in enumerate(self.scenes)}
        # How much each class's logit rises when a feature moves towards one class, that class's rise being 1.
        gram = classifier.weight @ classifier.weight.T
        self.rise = gram / gram.diagonal()[:, None]  # (moved towards, classes)

    def of_scene(self, scene: Scene) -> Tensor:
        """(classes,) logits of a scene's picture."""
        return self.logits[self.row[scene]]

    def of_photograph(self, classes: tuple[int, ...], random: Random) -> Tensor:
        """(classes,) logits of a photograph of one of these classes: its rise, and what else is in a picture.

        What else: the logits of a scene, of which class is which being shuffled.
        """
        rest = self.logits[random.randrange(len(self.logits))]
        rest = rest[torch.randperm(len(rest), generator=torch.Generator().manual_seed(random.getrandbits(31)))]
        rest = (rest - rest.mean()) / rest.std().clamp(min=1e-3)
        return rest.clamp(max=4.0) + random.uniform(*PEAK) * self.rise[random.choice(classes)]


def load_encoder(device: str) -> Encoder:
    """The image encoder that `models pull` unpacked, in float32, whatever the bundle in question has."""
    return Encoder.load(cache_folder() / "models" / ENCODER, torch.device(device), torch.float32)


def encode_pictures(recipe: Recipe, work: Path, device: str) -> None:
    """Render scenes and write their pooled features to WORK/encoder/{training,held_out}/."""
    encoder = load_encoder(device)
    render = Renderer()
    for name, count in (("training", recipe.encoder["scenes"]), ("held_out", recipe.encoder["held_out"])):
        folder = work / "encoder" / name
        if (folder / "features.npy").exists():
            continue
        folder.mkdir(parents=True, exist_ok=True)
        random = Random(f"{recipe.seed}-{name}")
        scenes = [random_scene(random, held_out=name == "held_out", pair_share=PAIR_SHARE) for _ in range(count)]
        rows = []
        for start in range(0, count, BATCH):
            rows.append(encoder.pooled([render(scene) for scene in scenes[start : start + BATCH]]).cpu().numpy())
            print(f"{name}: {start + BATCH} of {count} scenes", flush=True)
        (folder / "scenes.json").write_text(json.dumps([asdict(scene) for scene in scenes]))
        write_array(folder / "features.npy", np.concatenate(rows).astype(np.float16))


def _read_scenes(file: Path) -> list[Scene]:
    return [
        Scene(tuple(row["subjects"]), row["place"], row["time"], row["seed"]) for row in json.loads(file.read_text())
    ]

"""How differently two pictures look: a perceptual loss (Johnson et al. 2016) by the image encoder's first layers.

Where a decoder cannot know an edge exactly, the squared error asks for the mean of all edges that may be, which is a
blur. The encoder's first layers see an edge that is a little off as nearly the same, and a blur as something else.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gillstory.training.features import load_encoder

LAYERS = (0, 1, 2, 3)  # of the encoder, stem and blocks: features at 1/2, 1/2, 1/4 and 1/8 of the picture's size


class PerceptualLoss:
    """Mean absolute difference of features, each layer's in units of its standard deviation.

    Parameters
    ----------
    visual : the image tower of the encoder, a timm EfficientNet in open_clip's wrapper, frozen.
    """

    def __init__(self, visual: Any) -> None:
        self.trunk = visual.trunk
        weight = next(self.trunk.parameters())
        mean, deviation = (weight.new_tensor(visual.preprocess_cfg[name]) for name in ("mean", "std"))
        self.mean, self.deviation = mean[:, None, None], deviation[:, None, None]

    @classmethod
    def load(cls, device: str) -> PerceptualLoss:
        """Look through the image encoder that `models pull` unpacked."""
        return cls(load_encoder(device).visual)

    def __call__(self, output: Tensor, target: Tensor) -> Tensor:
        """Both (batch, 3, height, width) in -1..1; a scalar, 0 where they are the same."""
        with torch.no_grad():
            wanted = self._features(target)
        terms = [
            (seen.float() - aim.float()).abs().mean() / aim.float().std()
            for seen, aim in zip(self._features(output), wanted, strict=True)
        ]
        return torch.stack(terms).mean()

    def _features(self, pictures: Tensor) -> list[Tensor]:
        pixels = ((pictures + 1) / 2 - self.mean) / self.deviation
        features: list[Tensor] = self.trunk.forward_intermediates(
            pixels, indices=list(LAYERS), extra_blocks=True, stop_early=True, intermediates_only=True
        )
        return features

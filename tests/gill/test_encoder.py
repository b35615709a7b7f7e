"""The pooled feature is what comes before the projection, for ViT and timm towers alike."""

from __future__ import annotations

import numpy as np
import torch
from open_clip.timm_model import TimmModel
from torchvision.transforms.functional import to_tensor

from gillstory.gill.encoder import Encoder

from .conftest import golden_picture


def test_a_timm_tower_without_its_projection() -> None:
    torch.manual_seed(0)
    tower = TimmModel("test_resnet", embed_dim=7, image_size=64, proj="linear")
    encoder = Encoder(tower, to_tensor)
    pictures = [golden_picture(i) for i in range(20)]  # more than one batch
    pooled = encoder.pooled(pictures)
    assert encoder.width == tower.trunk.num_features
    with torch.inference_mode():
        expected = tower.trunk(torch.stack([to_tensor(picture) for picture in pictures]))
    assert torch.allclose(pooled, expected, atol=1e-5)


def test_no_pictures_are_no_rows(golden: object) -> None:
    assert np.shape(golden.embed_pictures([])) == (0, 256)  # type: ignore[attr-defined]

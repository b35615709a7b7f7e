"""Pictures in, the pooled feature of a frozen open_clip image tower out.

The pooled feature is what comes before the projection into CLIP's joint space: what GILL's linear maps were trained
on. The text tower is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn

from gillstory.errors import BundleError

BATCH = 16  # pictures through the tower at once


class Encoder:
    """The image tower of an open_clip model.

    Parameters
    ----------
    visual : open_clip's image tower, ViT or timm; its projection is taken off.
    preprocess : picture -> (3, height, width) tensor.

    Attributes
    ----------
    width : of the pooled feature.
    """

    def __init__(self, visual: Any, preprocess: Any) -> None:
        self.visual = visual.eval().requires_grad_(False)
        _remove_projection(self.visual)
        self.preprocess = preprocess
        self.width = self.pooled([Image.new("RGB", (32, 32))]).shape[1]

    @classmethod
    def load(cls, folder: Path, device: torch.device, dtype: torch.dtype) -> Encoder:
        """Load a folder with open_clip_config.json and its weights.

        Raises
        ------
        BundleError : it is not one.
        """
        import open_clip
        from open_clip.transform import PreprocessCfg, image_transform_v2

        try:
            model = open_clip.create_model(f"local-dir:{folder}")
        except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
            message = f"not an image encoder that open_clip can load: {str(error).splitlines()[0]}"
            raise BundleError(message, file=folder) from error
        preprocess = image_transform_v2(PreprocessCfg(**model.visual.preprocess_cfg), is_train=False)
        return cls(model.visual.to(device=device, dtype=dtype), preprocess)

    @torch.inference_mode()
    def pooled(self, pictures: Sequence[Image.Image]) -> Tensor:
        """Pooled features of pictures: (N, width), float32."""
        weight = next(self.visual.parameters())
        rows = []
        for start in range(0, len(pictures), BATCH):
            batch = pictures[start : start + BATCH]
            pixels = torch.stack([self.preprocess(picture.convert("RGB")) for picture in batch])
            rows.append(self.visual(pixels.to(weight.device, weight.dtype)).float())
        return torch.cat(rows) if rows else torch.empty(0, self.width, device=weight.device)


def _remove_projection(visual: Any) -> None:
    """Make an image tower end with its pooled feature."""
    if isinstance(getattr(visual, "head", None), nn.Sequential):  # timm: pool, drop, proj or mlp
        for name in ("proj", "mlp"):
            if hasattr(visual.head, name):
                setattr(visual.head, name, nn.Identity())
    elif getattr(visual, "proj", None) is not None:  # ViT
        visual.proj = None

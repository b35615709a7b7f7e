"""A folder of small photos made by code, and an embedding that anyone can follow: mean colours on a grid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from gillstory.photos.index import PhotoIndex
from gillstory.photos.table import Space

GRID = 4
DIMENSIONS = GRID * GRID * 3


class ColourGrid:
    """Embed pictures by their mean colours on a 4 x 4 grid, and remember how many were asked for in each call."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def __call__(self, pictures: Sequence[Image.Image]) -> npt.NDArray[np.float32]:
        self.calls.append(len(pictures))
        grids = [np.asarray(p.resize((GRID, GRID), Image.Resampling.BOX), np.float32).ravel() for p in pictures]
        colours = np.stack(grids) - 127.5  # (N, 48)
        return colours / np.linalg.norm(colours, axis=1, keepdims=True)


def space(encoder: str = "colour grid", width: int = DIMENSIONS, name: str = "colours", sign: float = 1.0) -> Space:
    """Where photos lie as the encoder sees them, or (sign -1) opposite."""
    return Space(
        encoder, width, name, width, lambda pooled: sign * pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
    )


Colour = str | tuple[int, int, int]
Painter = Callable[..., Path]


@pytest.fixture
def embed() -> ColourGrid:
    return ColourGrid()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


@pytest.fixture
def paint(photos: Path) -> Painter:
    """Save a picture whose left half has one colour and whose right half another."""

    def save(name: str, left: Colour, right: Colour | None = None, **options: Any) -> Path:
        picture = Image.new("RGB", (64, 48), left)
        picture.paste(right or left, (32, 0, 64, 48))
        path = photos / name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path, **options)
        return path

    return save


@pytest.fixture
def index(tmp_path: Path) -> PhotoIndex:
    return PhotoIndex.open(tmp_path / "index", space())

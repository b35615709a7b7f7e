"""What `gillstory index` costs: indexing against the bare encoder on the same decoded pictures, and a look at folders
in which nothing has changed.

Run: python benchmarks/index.py [--photos N] [--files N]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

SHARE = 0.85  # goal: indexing runs at this share of the bare encoder's speed
FILES_A_SECOND = 10_000  # goal, of a rescan without changes
CAMERA = (2048, 1536)  # pixels
ROOT = Path(__file__).parents[1]


def take_photos(folder: Path, count: int) -> None:
    """Save photographs, no two alike, as a camera does: the examples' own, cut differently and enlarged."""
    random = np.random.default_rng(0)
    originals = [Image.open(path).convert("RGB") for path in sorted((ROOT / "examples" / "photos").glob("*.jpg"))]
    for number in range(count):
        original = originals[number % len(originals)]
        left, top = (int(random.uniform(0, 0.2) * side) for side in original.size)
        box = (left, top, left + int(0.8 * original.width), top + int(0.8 * original.height))
        original.resize(CAMERA, box=box).save(folder / f"{number:05}.jpg", quality=90)


def indexing(count: int) -> tuple[float, float]:
    """Photos a second of an index made from nothing, and of the encoder alone on the same pictures."""
    from gillstory.bundle import find_bundle
    from gillstory.photos.decode import read_picture
    from gillstory.storyteller import PhotoLibrary

    with tempfile.TemporaryDirectory() as place:
        os.environ["GILLSTORY_DATA"] = place
        folder = Path(place) / "photos"
        folder.mkdir()
        take_photos(folder, count)
        library = PhotoLibrary(find_bundle("pocket"))
        pictures = [read_picture(path) for path in sorted(folder.iterdir())]
        library._pooled(pictures[:32])  # warm
        len(library.index)
        start = time.perf_counter()
        library._pooled(pictures)
        bare = time.perf_counter() - start
        start = time.perf_counter()
        report = library.update([folder])
        whole = time.perf_counter() - start
        assert report.added == count, report
    return count / whole, count / bare


def rescan(count: int) -> float:
    """Files a second of an update when nothing has changed, once the file system's cache is warm."""
    from gillstory.photos.index import PhotoIndex
    from gillstory.photos.table import Floats, Space

    def embed(pictures: list[Image.Image]) -> Floats:
        return np.stack([np.asarray(p.resize((4, 4)), np.float32).ravel() + 1 for p in pictures])

    space = Space("colours", 48, "colours", 48, lambda rows: rows / np.linalg.norm(rows, axis=1, keepdims=True))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "photos"
        for number in range(count):
            path = folder / f"{number // 200:04}" / f"IMG_{number:06}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            colour = (number % 256, number // 256 % 256, number // 65536)
            Image.new("RGB", (8, 8), colour).save(path, compress_level=1)
        index = PhotoIndex.open(Path(place) / "index", space)
        index.update([folder], embed)
        times = []
        for _ in range(3):
            start = time.perf_counter()
            report = index.update([folder], embed)
            times.append(time.perf_counter() - start)
            assert report.unchanged == count, report
    return count / min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=256)
    parser.add_argument("--files", type=int, default=20_000)
    arguments = parser.parse_args()
    whole, bare = indexing(arguments.photos)
    files = rescan(arguments.files)
    print(f"gillstory index, model pocket: {arguments.photos} photos of {CAMERA[0]} x {CAMERA[1]} pixels")
    print(f"{'':34}{'ours':>10}{'limit':>10}{'ratio':>8}{'goal':>8}")
    print(f"{'photos/s, against bare encoder':34}{whole:10.1f}{bare:10.1f}{whole / bare:8.2f}{SHARE:8.2f}")
    name = f"rescan of {arguments.files}, files/s"
    print(f"{name:34}{files:10.0f}{FILES_A_SECOND:10}{files / FILES_A_SECOND:8.2f}{1:8}")


if __name__ == "__main__":
    main()

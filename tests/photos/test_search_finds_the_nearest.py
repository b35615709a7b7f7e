"""Search is exact, orders by cosine similarity, and can be kept to a folder and away from photos already used."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gillstory.photos.find import Wanted
from gillstory.photos.index import PhotoIndex

from .conftest import DIMENSIONS, ColourGrid, Painter


def test_the_order_and_the_similarities_are_those_of_an_exact_search(
    index: PhotoIndex, photos: Path, embed: ColourGrid
) -> None:
    generator = np.random.default_rng(0)
    for number in range(70):
        noise = generator.integers(0, 256, (4, 4, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((64, 64), Image.Resampling.NEAREST).save(photos / f"{number}.png")
    index.update([photos], embed)
    query = generator.normal(size=DIMENSIONS) * 7
    pictures = [Image.open(path) for path in sorted(photos.iterdir())]
    expected = embed(pictures) @ query / np.linalg.norm(query)  # (70,)
    matches = index.search(query, limit=10)
    assert [match.path for match in matches] == [sorted(photos.iterdir())[i] for i in np.argsort(-expected)[:10]]
    np.testing.assert_allclose(
        [match.similarity for match in matches], np.sort(expected)[::-1][:10], atol=2e-4
    )  # kept in 16 bits


def test_a_photo_finds_itself(index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter) -> None:
    for left, right in [("red", "blue"), ("blue", "red"), ("green", "white")]:
        paint(f"{left}-{right}.png", left, right)
    index.update([photos], embed)
    best = index.search(embed([Image.open(photos / "blue-red.png")])[0], limit=1)[0]
    assert best.path == photos / "blue-red.png"
    assert best.similarity == pytest.approx(1.0, abs=1e-6)
    assert best.sha256 == hashlib.sha256((photos / "blue-red.png").read_bytes()).hexdigest()


def test_a_search_can_be_kept_to_a_folder(index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter) -> None:
    paint("2019/sea.jpg", "blue")
    paint("2019 copies/sea.jpg", "blue")
    index.update([photos], embed)
    found = index.search(np.ones(DIMENSIONS), wanted=Wanted(photos / "2019"))
    assert [match.path for match in found] == [photos / "2019" / "sea.jpg"]


def test_a_photo_shown_before_is_passed_over_under_every_name(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    shown = paint("shown.jpg", "blue")
    shutil.copy(shown, photos / "a copy.jpg")
    paint("other.jpg", "red")
    index.update([photos], embed)
    digest = hashlib.sha256(shown.read_bytes()).hexdigest()
    assert [match.path.name for match in index.search(np.ones(DIMENSIONS), wanted=Wanted(without=[digest]))] == [
        "other.jpg"
    ]


def test_an_empty_index_finds_nothing(index: PhotoIndex) -> None:
    assert index.search(np.ones(DIMENSIONS)) == []


def test_a_query_of_another_model_is_refused(index: PhotoIndex) -> None:
    with pytest.raises(ValueError, match=r"\(48,\) is wanted"):
        index.search(np.ones(DIMENSIONS + 1))

"""The photographs that come with gillstory: small, free, and each with its author."""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image

PHOTOS = Path(__file__).parents[2] / "examples" / "photos"
FREE = re.compile(r"\| (public domain|\[CC0 1\.0\]\(\S+\)|\[CC BY(-SA)? [34]\.0\]\(\S+\)) \|")


def test_every_photo_has_an_author_and_a_free_licence() -> None:
    rows = [line for line in (PHOTOS / "ATTRIBUTION.md").read_text("utf-8").splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == sorted(path.name for path in PHOTOS.glob("*.jpg"))
    assert all(FREE.search(row) for row in rows)
    assert all(re.search(r"\]\(https://commons\.wikimedia\.org/wiki/File:\S+\) \| \S", row) for row in rows)


def test_the_photos_are_small_and_say_nothing_about_the_place() -> None:
    photos = list(PHOTOS.glob("*.jpg"))
    assert len(photos) >= 16
    assert sum(path.stat().st_size for path in photos) < 3_000_000
    for path in photos:
        with Image.open(path) as image:
            assert max(image.size) <= 1024
            assert not image.getexif()

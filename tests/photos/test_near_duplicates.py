"""Photos that look alike are one group, of which a book shows one; large indexes are searched approximately."""

from __future__ import annotations

import hashlib
from pathlib import Path

import lancedb
import numpy as np
import pytest
from PIL import Image

from gillstory.photos import find, upkeep
from gillstory.photos.alike import group_alike
from gillstory.photos.find import Wanted
from gillstory.photos.index import PhotoIndex
from gillstory.photos.table import TABLE

from .conftest import DIMENSIONS, ColourGrid, Painter


def groups(index: PhotoIndex) -> dict[str, str]:
    """The group of each photo by its file's name."""
    rows = lancedb.connect(index.folder).open_table(TABLE).search().limit(None).to_list()
    return {Path(row["path"]).name: row["group"] for row in rows}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_burst_is_passed_over_with_the_photo_that_was_shown(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    burst = [paint(f"burst {number}.png", (200 + number, 0, 0), (0, 0, 200)) for number in range(4)]
    other = paint("other.png", (0, 0, 200), (200, 0, 0))
    index.update([photos], embed)
    found = index.search(np.ones(DIMENSIONS), wanted=Wanted(without=[digest(burst[2])]))
    assert [match.path for match in found] == [other]
    later = paint("burst later.png", (199, 0, 0), (0, 0, 200))
    index.update([photos], embed)
    assert len({groups(index)[path.name] for path in [*burst, later]}) == 1
    assert len(set(groups(index).values())) == 2


def test_photos_that_a_killed_run_left_without_a_group_get_one(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    paint("one.png", "red")
    index.update([photos], embed)
    lancedb.connect(index.folder).open_table(TABLE).update(values={"group": None})
    assert index.update([photos], embed).unchanged == 1
    assert groups(index) == {"one.png": digest(photos / "one.png")}


def test_groups_do_not_wander_off() -> None:
    """Each photo of a slow turn resembles its neighbour; the last has nothing to do with the first."""
    angles = np.radians(np.arange(0, 90, 10))
    turn = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    found = group_alike(turn, [str(number) for number in range(9)], [], alike=float(np.cos(np.radians(21))))
    assert found == ["0", "0", "0", "3", "3", "3", "6", "6", "6"]


@pytest.mark.parametrize("known", [0, 700])
def test_groups_are_those_of_comparing_each_with_every_leader(known: int) -> None:
    random = np.random.default_rng(0)
    centres = random.normal(size=(40, 16))
    kind = random.integers(0, 40, 1500)
    rows = (centres[kind] + 0.05 * random.normal(size=(1500, 16))).astype(np.float32)
    names = [str(number) for number in range(1500)]
    before = group_alike(rows[:known], names[:known], [], 0.9) if known else []
    leaders = [number for number in range(known) if before[number] == names[number]]
    blocks = [(rows[[number]], [names[number]]) for number in leaders]
    after = group_alike(rows[known:], names[known:], blocks, 0.9)
    assert len(set(zip([*before, *after], kind.tolist(), strict=True))) == len({*before, *after}) == 40


def test_a_large_index_is_searched_by_parts_and_as_well(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "INDEXED_FROM", 300)
    monkeypatch.setattr(upkeep, "PARTITION", 20)
    random = np.random.default_rng(0)
    for number in range(320):
        paint(f"{number}.png", tuple(random.integers(0, 256, 3)), tuple(random.integers(0, 256, 3)))
    query = random.normal(size=DIMENSIONS)
    index.update([photos], embed)
    columns = {column for each in index._table.list_indices() for column in each.columns}
    assert {"embedding", "pooled", "words"} <= columns
    found = index.search(query, limit=10)
    rows = index._table.search().limit(None).to_list()
    cosines = [float(np.dot(row["embedding"], query) / np.linalg.norm(query)) for row in rows]
    assert [match.similarity for match in found] == pytest.approx(sorted(cosines)[::-1][:10], abs=1e-5)
    paint("new.png", "white", "black")
    assert index.update([photos], embed).added == 1
    white = embed([Image.open(photos / "new.png")])[0]
    assert index.search_alike(white, limit=1)[0].path.name == "new.png"


def test_a_photo_far_from_the_query_is_found_where_no_other_is_wanted(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "INDEXED_FROM", 300)
    monkeypatch.setattr(upkeep, "PARTITION", 20)
    monkeypatch.setattr(find, "PARTITIONS_LOOKED_INTO", 1)
    random = np.random.default_rng(0)
    for number in range(320):
        paint(f"{number}.png", tuple(random.integers(0, 256, 3)), tuple(random.integers(0, 256, 3)))
    far = paint("far/away.png", "white", "black")
    index.update([photos], embed)
    query = embed([Image.open(paint("near.png", "black", "white"))])[0]
    assert far not in [match.path for match in index.search(query, limit=10)]
    assert [match.path for match in index.search(query, limit=10, wanted=Wanted(photos / "far"))] == [far]

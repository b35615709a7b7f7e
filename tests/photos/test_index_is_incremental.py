"""Only what is new or changed is embedded; what is gone leaves the index; photos are never touched."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from gillstory.errors import PhotoIndexError
from gillstory.photos.index import PhotoIndex

from .conftest import DIMENSIONS, ColourGrid, Painter


def paths(index: PhotoIndex, embed: ColourGrid, photo: Path) -> list[str]:
    """Names of all photos in the index, the ones most like a photo first."""
    from PIL import Image

    return [match.path.name for match in index.search(embed([Image.open(photo).convert("RGB")])[0], limit=1000)]


def test_unchanged_photos_are_not_embedded_again(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    for number in range(40):
        paint(f"{number:02}.jpg", "red")
    first = index.update([photos], embed)
    assert (first.added, first.changed, first.unchanged, first.removed, first.failed) == (40, 0, 0, 0, ())
    assert embed.calls == [32, 8]
    second = index.update([photos], embed)
    assert (second.added, second.changed, second.unchanged, second.removed) == (0, 0, 40, 0)
    assert embed.calls == [32, 8]
    assert len(index) == 40


def test_a_changed_photo_is_embedded_again_and_kept_once(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    paint("same.png", "red")
    changing = paint("changing.png", "red")
    index.update([photos], embed)
    paint("changing.png", "blue")
    os.utime(changing, ns=(1, 1))
    report = index.update([photos], embed)
    assert (report.added, report.changed, report.unchanged) == (0, 1, 1)
    assert embed.calls == [2, 1]
    assert len(index) == 2
    assert paths(index, embed, changing) == ["changing.png", "same.png"]


def test_a_deleted_photo_leaves_the_index_and_other_folders_stay(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    going = paint("summer/going.jpg", "red")
    paint("summer/staying.jpg", "red")
    paint("summer and more/staying.jpg", "red")
    index.update([photos], embed)
    going.unlink()
    report = index.update([photos / "summer"], embed)
    assert (report.removed, report.unchanged) == (1, 1)
    assert len(index) == 2


def test_a_missing_folder_is_an_error_and_its_photos_stay(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    paint("disk/one.jpg", "red")
    index.update([photos / "disk"], embed)
    shutil.rmtree(photos / "disk")
    with pytest.raises(PhotoIndexError, match=r"disk: this folder is not there\. .*kept"):
        index.update([photos / "disk"], embed)
    assert len(index) == 1


def test_a_folder_that_may_not_be_read_is_named_and_its_photos_stay(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    paint("closed/one.jpg", "red")
    index.update([photos], embed)
    (photos / "closed").chmod(0)
    try:
        if os.access(photos / "closed", os.R_OK):
            pytest.skip("this user may read everything")
        report = index.update([photos], embed)
    finally:
        (photos / "closed").chmod(0o755)
    assert [path for path, _ in report.failed] == [photos / "closed"]
    assert len(index) == 1


def test_overlapping_folders_count_a_photo_once(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    paint("sea/one.jpg", "red")
    assert index.update([photos, photos / "sea", photos / "sea" / ".." / "sea"], embed).added == 1
    assert len(index) == 1


def test_photos_are_only_read(index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter) -> None:
    paint("one.jpg", "red")
    paint("deep/two.webp", "green")
    for path in photos.rglob("*.*"):
        path.chmod(0o444)
    before = {path: (path.stat().st_mtime_ns, path.is_file() and path.read_bytes()) for path in photos.rglob("*")}
    index.update([photos], embed)
    after = {path: (path.stat().st_mtime_ns, path.is_file() and path.read_bytes()) for path in photos.rglob("*")}
    assert after == before


def test_the_index_is_found_again_and_progress_is_told(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    for number in range(33):
        paint(f"{number}.jpg", "red")
    told: list[tuple[int, int]] = []
    index.update([photos], embed, lambda done, total: told.append((done, total)))
    assert told == [(0, 33), (32, 33), (33, 33)]
    again = PhotoIndex.open(index.folder, "colour grid", DIMENSIONS)
    assert len(again) == 33
    assert again.update([photos], embed).unchanged == 33


def test_an_index_of_another_encoder_is_refused_with_the_remedy(index: PhotoIndex) -> None:
    with pytest.raises(PhotoIndexError, match=r"made with the encoder 'colour grid'.*Use the model that made it"):
        PhotoIndex.open(index.folder, "another encoder", DIMENSIONS)
    with pytest.raises(PhotoIndexError, match=r"delete .* and index the photos again"):
        PhotoIndex.open(index.folder, "colour grid", DIMENSIONS + 1)
    assert len(PhotoIndex.open(index.folder, "colour grid", DIMENSIONS)) == 0


def test_an_index_that_cannot_be_made_says_where(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(PhotoIndexError, match="file/index: the photo index cannot be opened"):
        PhotoIndex.open(tmp_path / "file" / "index", "colour grid", DIMENSIONS)

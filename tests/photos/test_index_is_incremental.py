"""Only what is new or changed is embedded; what is gone leaves the index; photos are never touched."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from gillstory.errors import PhotoIndexError
from gillstory.photos.index import PhotoIndex

from .conftest import DIMENSIONS, ColourGrid, Painter, space


def paths(index: PhotoIndex, embed: ColourGrid, photo: Path) -> list[str]:
    """Names of all photos in the index, the ones most like a photo first."""
    from PIL import Image

    return [match.path.name for match in index.search(embed([Image.open(photo).convert("RGB")])[0], limit=1000)]


def test_unchanged_photos_are_not_embedded_again(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    for number in range(80):
        paint(f"{number:02}.jpg", "red")
    first = index.update([photos], embed)
    assert (first.added, first.changed, first.unchanged, first.removed, first.failed) == (80, 0, 0, 0, [])
    assert embed.calls == [64, 16]
    second = index.update([photos], embed)
    assert (second.added, second.changed, second.unchanged, second.removed) == (0, 0, 80, 0)
    assert embed.calls == [64, 16]
    assert len(index) == 80


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


@pytest.mark.parametrize("mount_point", [False, True])
def test_a_folder_that_was_unplugged_is_reported_and_its_photos_stay(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter, mount_point: bool
) -> None:
    paint("disk/summer/one.jpg", "red")
    paint("here/two.jpg", "red")
    index.update([photos / "disk", photos / "here"], embed)
    shutil.rmtree(photos / "disk")
    if mount_point:  # some systems leave the empty place of the disk behind
        (photos / "disk").mkdir()
    report = index.update(index.folders, embed)
    assert (report.missing, report.unchanged, report.removed) == ([photos / "disk"], 1, 0)
    assert len(index) == 2


def test_a_disk_is_known_by_its_name_where_it_turns_up(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    """The same disk in another place, and one of that name with other photos."""
    for name in ("one.jpg", "two.jpg"):
        paint(f"media/Family/{name}", "red" if name == "one.jpg" else "blue")
    index.update([photos / "media" / "Family"], embed)
    (photos / "media").rename(photos / "mnt")
    paint("other/Family/one.jpg", "green")
    report = index.update([photos / "other" / "Family"], embed)
    assert (report.added, report.moved, report.removed, len(index)) == (1, 0, 0, 3)
    (photos / "mnt" / "Family" / "two.jpg").unlink()
    report = index.update([photos / "mnt" / "Family"], embed)
    assert (report.added, report.moved, report.removed, len(index)) == (0, 1, 0, 3)
    assert sum(embed.calls) == 3
    assert index.folders == [photos / place / "Family" for place in ("media", "mnt", "other")]


def test_photos_that_are_there_twice_are_moved_together(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    shutil.copy(paint("summer/one.jpg", "red"), photos / "summer" / "copy.jpg")
    index.update([photos], embed)
    (photos / "summer").rename(photos / "autumn")
    report = index.update([photos], embed)
    assert (report.added, report.moved, report.removed) == (0, 2, 0)


def test_so_is_a_disk_to_which_a_link_leads(index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter) -> None:
    paint("disk/one.jpg", "red")
    paint("here/two.jpg", "red")
    (photos / "here" / "disk").symlink_to(photos / "disk")
    index.update([photos / "here"], embed)
    (photos / "disk" / "one.jpg").unlink()
    report = index.update([photos / "here"], embed)
    assert (report.missing, report.unchanged, report.removed) == ([photos / "disk"], 1, 0)
    assert len(index) == 2


def test_a_folder_that_nobody_knows_is_an_error(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    with pytest.raises(PhotoIndexError, match=r"nowhere: this folder is not there\. Correct it"):
        index.update([photos / "nowhere"], embed)
    (photos / "file").write_text("no folder")
    with pytest.raises(PhotoIndexError, match=r"file: this is not a folder"):
        index.update([photos / "file"], embed)
    photo = paint("one.jpg", "red")
    index.update([photos], embed)
    with pytest.raises(PhotoIndexError, match=r"one.jpg: this is not a folder"):
        index.update([photo], embed)


def test_moved_renamed_and_swapped_photos_keep_their_embedding(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    first, second = paint("first.png", "red"), paint("trip/second.png", "blue")
    third, fourth = paint("third.png", "green"), paint("fourth.png", "white")
    index.update([photos], embed)
    assert embed.calls == [4]
    (photos / "new folder").mkdir()
    first.rename(photos / "new folder" / "first.png")
    second.rename(photos / "trip" / "renamed.png")
    third.rename(photos / "aside")
    fourth.rename(third)
    (photos / "aside").rename(fourth)
    os.utime(third, ns=(1, 1))
    os.utime(fourth, ns=(2, 2))
    report = index.update([photos], embed)
    assert (report.moved, report.changed, report.added, report.removed) == (2, 2, 0, 0)
    assert sum(embed.calls) == 4 and len(index) == 4
    assert paths(index, embed, fourth)[0] == "fourth.png"


def test_an_edited_photo_whose_old_self_was_renamed(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    photo = paint("photo.png", "red")
    index.update([photos], embed)
    photo.rename(photos / "photo.original.png")
    paint("photo.png", "blue")
    report = index.update([photos], embed)
    assert (report.changed, report.added, report.removed) == (1, 1, 0)
    assert paths(index, embed, photos / "photo.original.png") == ["photo.original.png", "photo.png"]


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
    for number in range(65):
        paint(f"{number}.jpg", "red")
    told: list[tuple[int, int]] = []
    index.update([photos], embed, lambda done, total: told.append((done, total)))
    assert told == [(0, 65), (64, 65), (65, 65)]
    again = PhotoIndex.open(index.folder, space())
    assert len(again) == 65
    assert again.update([photos], embed).unchanged == 65


def test_an_index_of_another_encoder_is_refused_with_the_remedy(index: PhotoIndex) -> None:
    with pytest.raises(PhotoIndexError, match=r"made with the encoder 'colour grid'.*Use the model that made it"):
        PhotoIndex.open(index.folder, space("another encoder"))
    with pytest.raises(PhotoIndexError, match=r"delete .* and index the photos again"):
        PhotoIndex.open(index.folder, space(width=DIMENSIONS + 1))
    assert len(PhotoIndex.open(index.folder, space())) == 0


def test_an_index_that_cannot_be_made_says_where(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(PhotoIndexError, match="file/index: the photo index cannot be opened"):
        PhotoIndex.open(tmp_path / "file" / "index", space())

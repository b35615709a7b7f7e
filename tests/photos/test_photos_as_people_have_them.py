"""Turned, mislabelled, broken and huge files: each is indexed as it looks, or named with the reason."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pillow_heif import register_heif_opener

from gillstory.errors import PictureError
from gillstory.photos.decode import SHORTER_SIDE, open_picture, read_photo
from gillstory.photos.files import PhotoFile
from gillstory.photos.find import Wanted
from gillstory.photos.index import PhotoIndex

from .conftest import ColourGrid, Painter

ORIENTATION, RESOLUTION = 0x0112, 0x011A


def read(path: Path) -> Image.Image:
    return read_photo(PhotoFile(str(path), str(path.parent), path.stat().st_size, path.stat().st_mtime_ns)).picture


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif", "avif"])
def test_a_photo_is_read_as_the_camera_was_held(photos: Path, ending: str) -> None:
    stored = Image.new("RGB", (1600, 1200), "red")
    stored.paste("blue", (0, 0, 1600, 600))  # blue above red; the camera was held so that blue is on the right
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    stored.save(photos / f"turned.{ending}", exif=exif)
    picture = read(photos / f"turned.{ending}")
    assert picture.size == (SHORTER_SIDE, round(SHORTER_SIDE * 4 / 3))
    left, right = (np.asarray(picture)[300, x].astype(int) for x in (SHORTER_SIDE // 4, SHORTER_SIDE * 3 // 4))
    assert left[0] > 200 > 50 > left[2]
    assert right[2] > 200 > 50 > right[0]


def test_photos_of_phones_and_the_first_frame_of_animations_are_read(photos: Path) -> None:
    register_heif_opener()
    Image.new("RGB", (64, 48), "blue").save(photos / "phone.HEIC", format="HEIF")
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("blue", "red")]
    frames[0].save(photos / "animation.gif", save_all=True, append_images=frames[1:])
    for name in ("phone.HEIC", "animation.gif"):
        red, _, blue = read(photos / name).getpixel((5, 5))  # type: ignore[misc]
        assert red < 10 and blue > 240


def test_transparent_parts_are_white(photos: Path) -> None:
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(photos / "clear.png")
    assert read(photos / "clear.png").getpixel((5, 5)) == (255, 255, 255)


def test_scans_of_16_bits_keep_their_greys(photos: Path) -> None:
    Image.fromarray(np.full((20, 20), 100 * 256, np.uint16)).save(photos / "scan.png")
    assert read(photos / "scan.png").getpixel((5, 5)) == (100, 100, 100)


def test_small_pictures_keep_their_size(photos: Path, paint: Painter) -> None:
    assert read(paint("small.jpg", "red")).size == (64, 48)


def test_what_cannot_be_read_is_named_with_the_reason(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    paint("good.jpg", "red")
    whole = (paint("whole.jpg", "red", "green", quality=95)).read_bytes()
    (photos / "truncated.jpg").write_bytes(whole[: len(whole) * 2 // 3])
    (photos / "empty.png").write_bytes(b"")
    (photos / "letter.webp").write_text("Dear grandmother")
    Image.new("P", (8, 8)).save(photos / "windows.bmp")
    (photos / "windows.bmp").rename(photos / "windows.jpg")
    (photos / "negative.dng").write_bytes(b"II*\0 no negative")
    report = index.update([photos], embed)
    assert report.added == 2
    reasons = {path.name: why for path, why in report.failed}
    assert set(reasons) == {"truncated.jpg", "empty.png", "letter.webp", "windows.jpg", "negative.dng"}
    assert "truncated" in reasons["truncated.jpg"].lower()
    assert reasons["empty.png"] == "the file is empty"
    assert reasons["letter.webp"] == reasons["windows.jpg"] == "not a picture of a kind that is known"
    assert "RAW" in reasons["negative.dng"]


def test_damage_that_decoders_do_not_expect_costs_that_photo(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    paint("good.jpg", "red")
    damaged = paint("damaged.avif", "red")
    damaged.write_bytes(damaged.read_bytes().replace(b"pitm", b"pi?m"))  # Pillow raises a RuntimeError
    report = index.update([photos], embed)
    assert (report.added, [path for path, _ in report.failed]) == (1, [damaged])


def test_notes_that_are_damaged_do_not_keep_a_photo_from_being_turned(photos: Path) -> None:
    entries = struct.pack("<HHIHH", ORIENTATION, 3, 1, 6, 0) + struct.pack("<HHI4s", RESOLUTION, 2, 4, b"abc")
    exif = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 2) + entries + bytes(4)  # a resolution that is a word
    Image.new("RGB", (64, 48), "red").save(photos / "one.jpg", exif=exif)
    assert read(photos / "one.jpg").size == open_picture(photos / "one.jpg").size == (48, 64)


def test_a_photo_that_was_spoilt_leaves_the_index(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    path = paint("one.jpg", "red")
    index.update([photos], embed)
    path.write_text("no picture any more")
    assert [failed for failed, _ in index.update([photos], embed).failed] == [path]
    assert len(index) == 0


def test_a_decompression_bomb_is_not_unpacked(
    index: PhotoIndex, photos: Path, embed: ColourGrid, monkeypatch: pytest.MonkeyPatch
) -> None:
    for side in (900, 1100, 1500):  # Pillow itself only warns up to twice the limit
        Image.new("RGB", (side, side), "red").save(photos / f"{side}.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1_000_000)
    for side in (1700, 1800):  # phones take photos of twice the limit, which are scaled down while they are decoded
        Image.new("RGB", (side, side), "red").save(photos / f"{side}.jpg")
    report = index.update([photos], embed)
    assert report.added == 2
    assert {path.name: why for path, why in report.failed} == dict.fromkeys(
        ["1100.png", "1500.png", "1800.jpg"], "too large: more pixels than a photo has"
    )
    assert open_picture(photos / "1700.jpg").size == (1700, 1700)
    with pytest.raises(PictureError, match="too large"):
        open_picture(photos / "1500.png")


def test_content_counts_more_than_the_ending(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    paint("a.png", "red").rename(photos / "really a png.JPG")
    paint("b.webp", "red").rename(photos / "no ending")
    (photos / "README").write_text("no picture and not one that failed")
    (photos / "notes.txt").write_text("nor this")
    report = index.update([photos], embed)
    assert (report.added, report.failed) == (2, [])


def test_hidden_files_and_folders_are_passed_over(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    paint("seen.jpg", "red")
    paint(".thumbnails/one.jpg", "red")
    paint("trip/.cache/two.jpg", "red")
    paint("trip/._three.jpg", "red")
    assert index.update([photos], embed).added == 1


def test_caches_and_what_gillignore_names_are_passed_over(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    kept = {"a.jpg", "drafts/keep.jpg", "trip/b.jpg"}
    passed_over = {"@eaDir/a.jpg", "drafts/c.jpg", "trip/b_edited.jpg", "trip/work/d.jpg", "tagged/e.jpg"}
    for name in kept | passed_over:
        paint(name, "red")
    (photos / "tagged" / "CACHEDIR.TAG").touch()
    (photos / ".gillignore").write_text("# not these\n*_edited.jpg\ndrafts/*\n!keep.jpg\n")
    (photos / "trip" / ".gillignore").write_text("work/\n")
    index.update([photos], embed)
    found = {match.path.relative_to(photos).as_posix() for match in index.search(np.ones(48))}
    assert found == kept
    (photos / ".gillignore").write_text("*.jpg")
    assert index.update([photos], embed).removed == len(kept)


def test_links_are_followed_and_what_they_lead_to_is_there_once(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter, tmp_path: Path
) -> None:
    paint("album/one.jpg", "red")
    (tmp_path / "elsewhere").mkdir()
    paint("two.jpg", "blue").rename(tmp_path / "elsewhere" / "two.jpg")
    (photos / "again").symlink_to(photos / "album")
    (photos / "album" / "round").symlink_to(photos)
    (photos / "linked.jpg").symlink_to(photos / "album" / "one.jpg")
    (photos / "outside").symlink_to(tmp_path / "elsewhere")
    (photos / "broken.jpg").symlink_to(tmp_path / "nowhere.jpg")
    (photos / "circle").symlink_to("circle")
    os.mkfifo(tmp_path / "pipe.jpg")
    (photos / "pipe.jpg").symlink_to(tmp_path / "pipe.jpg")
    (photos / ".gillignore").write_text("private/")
    report = index.update([photos], embed)
    assert (report.added, [path.name for path, _ in report.failed]) == (2, ["nowhere.jpg", "circle"])
    assert {match.path for match in index.search(np.ones(48), wanted=Wanted(photos))} == {
        photos / "album" / "one.jpg",
        tmp_path / "elsewhere" / "two.jpg",
    }
    assert index.update([photos], embed).unchanged == 2
    (photos / "outside").unlink()
    assert index.update([photos], embed).removed == 1


def test_names_in_every_script_and_with_quotes_work(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    names = ["Großmutter's Garten.jpg", "été à la mer.png", "猫 写真.webp", 'a "quoted" name.jpg', "100%_\\.jpg"]
    written = [paint(f"l'été/{name}", "red") for name in names]
    index.update([photos], embed)
    assert {match.path for match in index.search(np.ones(48), wanted=Wanted(photos / "l'été"))} == set(written)
    paint("other.jpg", "blue")
    for path in written:
        path.unlink()
    assert index.update([photos], embed).removed == len(names)

"""Camera RAW is seen by its embedded preview, HEIC as the phone turned it: both as the camera was held."""

from __future__ import annotations

import hashlib
import io
import struct
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image
from pillow_heif import register_heif_opener

from gillstory.errors import PictureError
from gillstory.photos import decode
from gillstory.photos.decode import SHORTER_SIDE, read_photo, read_picture
from gillstory.photos.files import PhotoFile

RED, BLUE = 0, 2  # channels
UPRIGHT, UPSIDE_DOWN, TO_THE_RIGHT, TO_THE_LEFT = (
    1,
    3,
    6,
    8,
)  # EXIF orientation: how the sensor's picture is to be turned
Entry = tuple[int, int, list]  # tag, type, values
SIDE = 64  # pixels of the sensor


def red_above_blue() -> Image.Image:
    picture = Image.new("RGB", (640, 480), "blue")
    picture.paste("red", (0, 0, 640, 240))
    return picture


def directory(entries: list[Entry], start: int) -> bytes:
    """A TIFF directory that begins at an offset, with its values behind it."""
    head, values = struct.pack("<H", len(entries)), b""
    for tag, kind, given in entries:
        if kind == 10:  # signed fractions
            packed = b"".join(struct.pack("<ii", number, 1) for number in given)
        else:
            packed = struct.pack(f"<{len(given)}{ {1: 'B', 2: 'B', 3: 'H', 4: 'I'}[kind] }", *given)
        place = packed.ljust(4, b"\0")
        if len(packed) > 4:
            place = struct.pack("<I", start + 2 + 12 * len(entries) + 4 + len(values))
            values += packed + b"\0" * (len(packed) % 2)
        head += struct.pack("<HHI", tag, kind, len(given)) + place
    return head + bytes(4) + values


def negative(preview: bytes, size: tuple[int, int], orientation: int) -> bytes:
    """A DNG: a JPEG preview, and a sensor's picture in grey noise below it (Adobe's specification, 1.4)."""
    pixels = struct.pack("<H", 1000) * SIDE * SIDE
    preview_at, pixels_at = 8, 8 + len(preview) + len(preview) % 2
    first_at = pixels_at + len(pixels)

    def first(second_at: int) -> bytes:
        return directory(
            [
                (254, 4, [1]), (256, 4, [size[0]]), (257, 4, [size[1]]), (258, 3, [8, 8, 8]), (259, 3, [7]),
                (262, 3, [6]), (271, 2, [*b"Kodak\0"]), (272, 2, [*b"Box\0"]), (273, 4, [preview_at]),
                (274, 3, [orientation]), (277, 3, [3]), (278, 4, [size[1]]), (279, 4, [len(preview)]),
                (306, 2, [*b"2019:06:24 10:15:00\0"]),
                (330, 4, [second_at]), (50706, 1, [1, 4, 0, 0]), (50708, 2, [*b"Kodak Box\0"]),
                (50721, 10, [1, 0, 0, 0, 1, 0, 0, 0, 1]), (50778, 3, [21]),
            ],
            first_at,
        )  # fmt: skip

    second_at = first_at + len(first(0))
    second = directory(
        [
            (254, 4, [0]), (256, 4, [SIDE]), (257, 4, [SIDE]), (258, 3, [16]), (259, 3, [1]), (262, 3, [32803]),
            (273, 4, [pixels_at]), (277, 3, [1]), (278, 4, [SIDE]), (279, 4, [len(pixels)]), (33421, 3, [2, 2]),
            (33422, 1, [0, 1, 1, 2]), (50717, 3, [65535]),
        ],
        second_at,
    )  # fmt: skip
    start = struct.pack("<2sHI", b"II", 42, first_at)
    return start + preview + bytes(len(preview) % 2) + pixels + first(second_at) + second


def turned(orientation: int) -> bytes:
    """A HEIC whose container says how to turn it, as phones write it: `irot`, in the place of a box as long, `pixi`."""
    register_heif_opener()
    saved = io.BytesIO()
    red_above_blue().save(saved, "HEIF")
    quarters = {UPRIGHT: 0, TO_THE_LEFT: 1, UPSIDE_DOWN: 2, TO_THE_RIGHT: 3}[orientation]  # anticlockwise
    before, pixels_kind, behind = saved.getvalue().partition(b"\0\0\0\x10pixi")
    assert pixels_kind
    return before + b"\0\0\0\x10irot" + bytes([quarters]).ljust(8, b"\0") + behind[8:]


def test_a_negative_that_cannot_be_seen_is_not_read(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no rawpy, each look at a folder of them would read them whole, for nothing."""
    monkeypatch.setattr(decode, "find_spec", lambda name: None)
    monkeypatch.setattr(hashlib, "file_digest", None)
    (photos / "photo.dng").write_bytes(b"II*\0")
    with pytest.raises(PictureError, match="camera RAW is read where rawpy is installed: pip install rawpy"):
        read_picture(photos / "photo.dng")


def test_a_negative_says_when_it_was_taken_and_with_what(photos: Path) -> None:
    pytest.importorskip("rawpy")
    preview, photo = io.BytesIO(), photos / "photo.dng"
    red_above_blue().save(preview, "JPEG")
    content = negative(preview.getvalue(), (640, 480), TO_THE_RIGHT)
    photo.write_bytes(content)
    notes = read_photo(PhotoFile(str(photo), str(photos), len(content), 0)).notes
    assert (notes.taken, notes.camera) == (datetime(2019, 6, 24, 10, 15), "Kodak Box")


@pytest.mark.parametrize(
    ("orientation", "red_at"),
    [(UPRIGHT, (0.5, 0.2)), (UPSIDE_DOWN, (0.5, 0.8)), (TO_THE_RIGHT, (0.8, 0.5)), (TO_THE_LEFT, (0.2, 0.5))],
)
@pytest.mark.parametrize("kind", ["dng", "heic"])
def test_it_is_seen_as_the_camera_was_held(
    photos: Path, kind: str, orientation: int, red_at: tuple[float, float]
) -> None:
    photo = photos / f"photo.{kind}"
    if kind == "dng":
        pytest.importorskip("rawpy")
        preview = io.BytesIO()
        red_above_blue().save(preview, "JPEG")
        photo.write_bytes(negative(preview.getvalue(), (640, 480), orientation))
    else:
        photo.write_bytes(turned(orientation))
    picture = read_picture(photo)
    assert min(picture.size) == SHORTER_SIDE
    assert (picture.width < picture.height) == (orientation in (TO_THE_RIGHT, TO_THE_LEFT))
    x, y = red_at
    for place, colour in (((x, y), RED), ((1 - x, 1 - y), BLUE)):
        pixel = picture.getpixel((round(place[0] * picture.width), round(place[1] * picture.height)))
        assert isinstance(pixel, tuple) and pixel[colour] > 200 > 50 > pixel[RED + BLUE - colour]

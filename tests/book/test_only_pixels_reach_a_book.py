"""A photo in a book looks as it did, and says nothing of where, when or with what it was taken."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from gillstory.book.book import Origin, Picture
from gillstory.book.folder import BookFolder
from gillstory.errors import PictureError

from .conftest import painted

ORIENTATION, CAMERA, GPS = 0x0112, 0x0110, 0x8825


def reopened(image: Image.Image, **options: object) -> Image.Image:
    """A picture as it comes from a JPEG file."""
    stream = io.BytesIO()
    image.save(stream, "JPEG", **options)
    return Image.open(stream)


def saved(folder: BookFolder, picture: Picture) -> Image.Image:
    image = Image.open(folder.path / picture.file)
    assert image.size == (picture.width, picture.height)
    return image


def camera_photo(size: tuple[int, int] = (400, 300), orientation: int = 6) -> Image.Image:
    """Blue above red on the sensor; the camera was held so that blue is on the right."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (0, 0, size[0], size[1] // 2))
    exif = Image.Exif()
    exif[ORIENTATION], exif[CAMERA] = orientation, "SecretCam 3000"
    exif[GPS] = {1: "N", 2: (48.0, 51.0, 30.0), 3: "E", 4: (2.0, 17.0, 40.0)}
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return reopened(image, exif=exif, comment=b"my house", xmp=b"<x>my house</x>", icc_profile=profile)


@pytest.mark.parametrize("origin", ["author", "retrieved", "generated"])
def test_where_and_how_a_photo_was_taken_stays_out(folder: BookFolder, origin: Origin) -> None:
    photo = camera_photo()
    assert photo.getexif().get_ifd(GPS) and photo.info["comment"]  # there is something to lose
    picture = folder.save_picture("page-01", photo, origin)
    image = saved(folder, picture)
    assert not image.getexif()
    assert not {"exif", "comment", "xmp", "icc_profile"} & set(image.info)
    content = (folder.path / picture.file).read_bytes()
    assert not any(secret in content for secret in (b"SecretCam", b"my house", b"Exif", b"GPS"))


def test_a_photo_stands_as_the_camera_was_held(folder: BookFolder) -> None:
    picture = folder.save_picture("page-01", camera_photo(), "retrieved", "red and blue")
    assert (picture.file, picture.alt, picture.origin) == ("pictures/page-01.jpg", "red and blue", "retrieved")
    assert (picture.width, picture.height) == (300, 400)
    left, right = (np.asarray(saved(folder, picture))[200, x].astype(int) for x in (50, 250))
    assert left[0] > 200 > 50 > left[2]
    assert right[2] > 200 > 50 > right[0]


@pytest.mark.parametrize(
    ("size", "becomes"), [((2400, 1800), (1600, 1200)), ((500, 2000), (400, 1600)), ((640, 480), (640, 480))]
)
def test_photos_are_at_most_1600_pixels_long(
    folder: BookFolder, size: tuple[int, int], becomes: tuple[int, int]
) -> None:
    picture = folder.save_picture("page-01", camera_photo(size, orientation=1), "author")
    assert saved(folder, picture).size == becomes


def test_painted_pictures_keep_every_pixel_and_not_their_prompt(folder: BookFolder) -> None:
    information = PngInfo()
    information.add_text("parameters", "the prompt")
    stream = io.BytesIO()
    painted().save(stream, "PNG", pnginfo=information)
    picture = folder.save_picture("page-01", Image.open(stream), "generated")
    assert picture.file == "pictures/page-01.png"
    assert saved(folder, picture).tobytes() == painted().tobytes()
    assert b"the prompt" not in (folder.path / picture.file).read_bytes()


@pytest.mark.parametrize(
    ("image", "colour"),
    [
        (Image.new("RGBA", (20, 20), (255, 0, 0, 0)), (255, 255, 255)),
        (Image.new("LA", (20, 20), (0, 0)), (255, 255, 255)),
        (Image.new("CMYK", (20, 20), (0, 0, 0, 0)), (255, 255, 255)),
        (Image.new("1", (20, 20), 1), (255, 255, 255)),
        (Image.fromarray(np.full((20, 20), 100 * 256, np.uint16)), (100, 100, 100)),
    ],
    ids=["RGBA", "LA", "CMYK", "1", "16-bit"],
)
def test_every_kind_of_picture_looks_as_it_did(
    folder: BookFolder, image: Image.Image, colour: tuple[int, int, int]
) -> None:
    assert saved(folder, folder.save_picture("page-01", image, "generated")).getpixel((5, 5)) == colour


def test_a_broken_colour_profile_costs_nothing(folder: BookFolder) -> None:
    photo = reopened(Image.new("RGB", (40, 40), "red"), icc_profile=b"no profile at all")
    assert saved(folder, folder.save_picture("page-01", photo, "author")).size == (40, 40)


def test_a_photo_cut_short_is_an_error_and_leaves_no_file(folder: BookFolder) -> None:
    stream = io.BytesIO()
    Image.effect_noise((300, 300), 80).save(stream, "JPEG")
    cut = Image.open(io.BytesIO(stream.getvalue()[: len(stream.getvalue()) // 2]))
    with pytest.raises(PictureError, match="page-01 is damaged"):
        folder.save_picture("page-01", cut, "author")
    assert not (folder.path / "pictures").exists()

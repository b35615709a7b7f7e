"""Photo files in, upright RGB pictures of a size fit for an encoder out, decoded by a few threads ahead of their use.

Decoding costs more than finding: JPEGs are scaled down while they are decoded, only a bounded number of pictures is in
memory at a time, and a photo whose bytes the index knows is not decoded at all. A file that holds no whole picture
becomes a `PictureError`, never the end of the run.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections import deque
from collections.abc import Collection, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError
from PIL.JpegImagePlugin import jpeg_factory

from gillstory.errors import PictureError
from gillstory.photos.captions import DAMAGED, Notes, read_notes
from gillstory.photos.files import RAW_ENDINGS, PhotoFile, reason

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "HEIF", "AVIF")
SHORTER_SIDE = 384  # pixels: no less than what image encoders look at (224 to 384), far below what cameras write
JPEG_START = b"\xff\xd8\xff"
LARGER_JPEGS = 3  # times the pixels that others may have, for they are scaled down: some phones take 200 million
LARGE = 4096  # pixels of the shorter side: a book needs no more of them
_TOO_LARGE = "too large: more pixels than a photo has"
LOOK_AHEAD = 96  # pictures decoded or in work before they are asked for: one batch and a half
RAW_TURNS = {3: Image.Transpose.ROTATE_180, 5: Image.Transpose.ROTATE_90, 6: Image.Transpose.ROTATE_270}


@dataclass(frozen=True)
class DecodedPhoto:
    """A photo ready to be embedded.

    Attributes
    ----------
    sha256 : of the file's bytes.
    size : pixels, width and height, as the file has them.
    picture : None where the bytes are known already.
    """

    file: PhotoFile
    sha256: str
    size: tuple[int, int]
    notes: Notes
    picture: Image.Image | None


def read_photo(file: PhotoFile, known: Collection[str] = ()) -> DecodedPhoto:
    """Read a photo upright and scaled down to `SHORTER_SIDE`; of one whose SHA-256 is known, only what is noted in it.

    Raises
    ------
    PictureError : the file holds no whole picture of an acceptable size, or cannot be read (its cause has an errno).
    """
    path = Path(file.path)
    with _in_words(path), path.open("rb") as stream:
        if file.size == 0:
            raise PictureError("the file is empty", file=path)
        with _opened(path, stream) as image:  # what is no picture is not read any further
            sha256, size, notes = _sha256(stream), image.size, read_notes(image)
            picture = None if sha256 in known else _upright(image)
            return DecodedPhoto(file, sha256, size, notes, picture)


def read_picture(path: Path) -> Image.Image:
    """Read a picture as photos are read, upright and scaled down.

    Raises
    ------
    PictureError : it is not there, or no whole picture of an acceptable size.
    """
    try:
        about = path.stat()
    except OSError as error:
        raise PictureError(reason(error), file=path) from error
    picture = read_photo(PhotoFile(str(path), str(path.parent), about.st_size, about.st_mtime_ns)).picture
    assert picture is not None  # no bytes are known
    return picture


def read_ahead(
    files: Sequence[PhotoFile], known: Collection[str] = ()
) -> Generator[tuple[PhotoFile, DecodedPhoto | PictureError], None, None]:
    """Read photos in order, some ahead of their use, each as a picture or as the reason why there is none."""
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as threads:
        waiting: deque[tuple[PhotoFile, Future[DecodedPhoto]]] = deque()
        remaining = iter(files)
        try:
            while True:
                while len(waiting) < LOOK_AHEAD and (file := next(remaining, None)) is not None:
                    waiting.append((file, threads.submit(read_photo, file, known)))
                if not waiting:
                    return
                file, future = waiting.popleft()
                try:
                    result: DecodedPhoto | PictureError = future.result()
                except PictureError as error:
                    result = error
                yield file, result
        finally:
            threads.shutdown(wait=True, cancel_futures=True)


def open_picture(path: Path) -> Image.Image:
    """Read a picture's file of any kind that photos come in, upright.

    Raises
    ------
    PictureError : it is not there, or no whole picture of an acceptable size.
    """
    with _in_words(path), path.open("rb") as stream:
        image = _opened(path, stream)
        image.draft(None, (LARGE, LARGE))
        _turn(image)
        return image


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """Say what is wrong with a file, for a reader: decoders raise errors of all kinds when a file is damaged."""
    try:
        yield
    except PictureError:
        raise
    except UnidentifiedImageError as error:
        raise PictureError("not a picture of a kind that is known", file=path) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError(_TOO_LARGE, file=path) from error
    except Exception as error:
        raise PictureError(reason(error) or "the picture is damaged", file=path) from error


def _opened(path: Path, stream: BinaryIO) -> Image.Image:
    """Open a picture that has not too many pixels; of camera RAW, the preview that is embedded in it."""
    most, start = Image.MAX_IMAGE_PIXELS, stream.read(len(JPEG_START))
    stream.seek(0)
    if path.suffix.lower() in RAW_ENDINGS:
        image = _raw_preview(path, stream)
    elif start == JPEG_START:  # not by `Image.open`, which refuses what some phones take
        image, most = jpeg_factory(stream), most and LARGER_JPEGS * most
    else:
        image = Image.open(stream, formats=_formats())
    if most is not None and image.width * image.height > most:
        raise Image.DecompressionBombError
    return image


@cache
def _formats() -> tuple[str, ...]:
    from pillow_heif import register_heif_opener

    register_heif_opener()
    return FORMATS


def _raw_preview(path: Path, stream: BinaryIO) -> Image.Image:
    if find_spec("rawpy") is None:
        raise PictureError("camera RAW is read where rawpy is installed: pip install rawpy", file=path)
    import rawpy

    try:
        with rawpy.imread(stream) as raw:
            preview, turn, taken = raw.extract_thumb(), RAW_TURNS.get(raw.sizes.flip), raw.other.timestamp
    except rawpy.LibRawError as error:
        raise PictureError("no preview is embedded in this RAW file", file=path) from error
    if preview.format == rawpy.ThumbFormat.BITMAP:
        image = Image.fromarray(preview.data)
    else:
        image = Image.open(io.BytesIO(preview.data), formats=("JPEG",))
        if image.getexif().get(ExifTags.Base.Orientation):  # the preview itself says how the camera was held
            turn = None
    upright = image if turn is None else image.transpose(turn)
    _add_notes(upright.getexif(), stream, taken)
    return upright


def _add_notes(exif: Image.Exif, stream: BinaryIO, taken: datetime) -> None:
    """Add to what a preview says of itself what the RAW file around it does: with which camera, and when."""
    with suppress(*DAMAGED):  # most kinds of RAW begin as a TIFF does
        around = Image.Exif()
        stream.seek(0)
        around.load_from_fp(stream)
        for tag in (ExifTags.Base.Make, ExifTags.Base.Model):
            exif.setdefault(tag, around.get(tag, ""))
    if taken.timestamp() > 0:  # it is known
        exif.get_ifd(ExifTags.IFD.Exif).setdefault(ExifTags.Base.DateTimeOriginal, f"{taken:%Y:%m:%d %H:%M:%S}")


def _sha256(stream: io.BufferedReader) -> str:
    """The SHA-256 of a whole file, which is left at the place where its reader had come to."""
    place = stream.tell()
    stream.seek(0)
    sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    stream.seek(place)
    return sha256


def _turn(image: Image.Image) -> None:
    """Decode a picture and turn it as the camera was held (EXIF orientation)."""
    image.load()
    with suppress(*DAMAGED):  # by other notes that are damaged: the picture has been turned by then
        ImageOps.exif_transpose(image, in_place=True)


def _upright(image: Image.Image) -> Image.Image:
    """Decode, turn as the camera was held (EXIF orientation), put transparent parts on white, scale down."""
    image.draft("RGB", _scaled(image.size))  # JPEG decodes at 1/2, 1/4 or 1/8 where that is still large enough
    _turn(image)
    if image.mode.startswith("I"):  # 16-bit grey, as scanners write it: converting would clip it to white
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    image = image.convert("RGB")
    return image.resize(_scaled(image.size), Image.Resampling.BICUBIC, reducing_gap=3)


def _scaled(size: tuple[int, int]) -> tuple[int, int]:
    """Give the size at which the shorter side is `SHORTER_SIDE`, or the size itself where that is smaller."""
    scale = min(1.0, SHORTER_SIDE / min(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))

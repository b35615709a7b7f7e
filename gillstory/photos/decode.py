"""Photo files in, upright RGB pictures of a size fit for an encoder out, decoded by a few threads ahead of their use.

Decoding costs more than finding: JPEGs are scaled down while they are decoded, and only a bounded number of pictures
is in memory at a time. A file that holds no whole picture becomes a `PictureError`, never the end of the run.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from gillstory.errors import PictureError
from gillstory.photos.files import PhotoFile, reason

FORMATS = ("JPEG", "PNG", "WEBP")
SHORTER_SIDE = 512  # pixels: above what image encoders look at (224 to 448), far below what cameras write
_TOO_LARGE = "too large: more pixels than a photo has"
LOOK_AHEAD = 48  # pictures decoded or in work before they are asked for: one batch and a half


@dataclass(frozen=True)
class DecodedPhoto:
    """A photo ready to be embedded, with the SHA-256 of its file's bytes."""

    file: PhotoFile
    sha256: str
    picture: Image.Image


def read_photo(file: PhotoFile) -> DecodedPhoto:
    """Read a photo upright and scaled down to `SHORTER_SIDE`.

    Raises
    ------
    PictureError : the file holds no whole JPEG, PNG or WebP picture of an acceptable size.
    """
    path = Path(file.path)
    try:
        with path.open("rb") as stream:
            if file.size == 0:
                raise PictureError("the file is empty", file=path)
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            stream.seek(0)
            with Image.open(stream, formats=FORMATS) as image:
                return DecodedPhoto(file, sha256, _upright(image, path))
    except UnidentifiedImageError as error:
        raise PictureError("not a JPEG, PNG or WebP picture", file=path) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError(_TOO_LARGE, file=path) from error
    except (OSError, ValueError, SyntaxError) as error:  # Pillow raises SyntaxError for broken PNG files
        raise PictureError(reason(error) or "the picture is damaged", file=path) from error


def read_ahead(files: Sequence[PhotoFile]) -> Generator[tuple[PhotoFile, DecodedPhoto | PictureError], None, None]:
    """Read photos in order, some ahead of their use, each as a picture or as the reason why there is none."""
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as threads:
        waiting: deque[tuple[PhotoFile, Future[DecodedPhoto]]] = deque()
        remaining = iter(files)
        try:
            while True:
                while len(waiting) < LOOK_AHEAD and (file := next(remaining, None)) is not None:
                    waiting.append((file, threads.submit(read_photo, file)))
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


def _upright(image: Image.Image, path: Path) -> Image.Image:
    """Decode, turn as the camera was held (EXIF orientation), put transparent parts on white, scale down."""
    if Image.MAX_IMAGE_PIXELS is not None and image.width * image.height > Image.MAX_IMAGE_PIXELS:
        raise PictureError(_TOO_LARGE, file=path)
    smaller = _scaled(image.size)
    image.draft("RGB", smaller)  # JPEG decodes at 1/2, 1/4 or 1/8 where that is still large enough
    image = ImageOps.exif_transpose(image)
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

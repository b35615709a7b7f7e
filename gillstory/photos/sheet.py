"""Photos found in, a contact sheet out: one HTML file with small pictures, their similarity and where they lie."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment
from PIL import Image

from gillstory.errors import PhotoIndexError, PictureError
from gillstory.photos.decode import read_picture
from gillstory.photos.find import Match

THUMBNAIL = 320  # pixels of the longer side
MARK = b'content="gillstory search"'  # in what we wrote: it may be replaced


def write_sheet(matches: Sequence[Match], query: str, file: Path) -> None:
    """Write the contact sheet; only an earlier one is replaced. It holds pixels, nothing else of the photos' files.

    Raises
    ------
    PhotoIndexError : another file is there already, or it cannot be written.
    """
    if file.exists() and MARK not in file.read_bytes():
        raise PhotoIndexError("this file is there already", file=file, remedy="Name another one for the contact sheet")
    template = (files("gillstory.photos") / "sheet.html.jinja").read_text("utf-8")
    photos = [_photo(match) for match in matches]
    page = Environment(autoescape=True).from_string(template).render(query=query, photos=photos)
    scratch = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        scratch.write_bytes(page.encode("utf-8", "replace"))
        os.replace(scratch, file)
    except OSError as error:
        problem = f"the contact sheet cannot be written ({error.strerror})"
        raise PhotoIndexError(problem, file=file, remedy="Name a file in a folder that may be written") from error


def thumbnail(photo: Path, side: int) -> Image.Image | None:
    """A small picture of a photo, upright; None if it cannot be read now."""
    try:
        picture = read_picture(photo)
    except PictureError:
        return None
    picture.thumbnail((side, side))
    return picture


def _photo(match: Match) -> dict[str, Any]:
    picture = thumbnail(match.path, THUMBNAIL)
    if picture is None:
        return {"match": match}
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=80)
    data = base64.b64encode(stream.getvalue()).decode()
    return {
        "match": match,
        "thumbnail": f"data:image/jpeg;base64,{data}",
        "width": picture.width,
        "height": picture.height,
    }

"""The user's photos as a book needs them: what to call one, and whom to thank for it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from gillstory.errors import PictureError

ATTRIBUTION = "ATTRIBUTION.md"
CAMERA_NAMES = re.compile(
    r"(img|image|dsc[a-z]?|pxl|dcim|photo|pict?|screenshot|mvimg|gopr|wa|edited|copy|[a-z])?\d*", re.IGNORECASE
)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a picture's bytes, by which it is known under whatever name.

    Raises
    ------
    PictureError : it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise PictureError(f"cannot be read ({error.strerror})", file=path) from error


def called(photo: Path) -> str:
    """What a photo shows, as far as its file's name says it: "photo: red panda"."""
    words = [word for word in re.split(r"[\W_]+", photo.stem) if not CAMERA_NAMES.fullmatch(word)]
    return f"photo: {' '.join(words)}" if words else "a photo"


def attribution(photo: Path) -> str | None:
    """Title, author and licence of a photo, from its row in the ATTRIBUTION.md that lies beside it."""
    try:
        lines = (photo.parent / ATTRIBUTION).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    columns: list[str] = []
    for line in lines:
        cells = _cells(line)
        if {"file", "title", "author"} <= {cell.lower() for cell in cells}:
            columns = [cell.lower().replace("license", "licence") for cell in cells]
        elif columns and len(cells) == len(columns):
            row = dict(zip(columns, cells, strict=True))
            if row["file"].strip("`") == photo.name:
                return ", ".join(row[name] for name in ("title", "author", "licence") if row.get(name))
    return None


def _cells(line: str) -> list[str]:
    """The cells of a row of a Markdown table, links as their words."""
    if not line.lstrip().startswith("|"):
        return []
    cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
    return [re.sub(r"\[([^\]]*)\]\([^)\s]*\)", r"\1", cell).replace("\\|", "|").strip() for cell in cells]

"""A template's style sheet in, one text out that needs no other file: imports, fonts and pictures are put into it.

What a style names is looked for in the template's folder and then among the shared pieces, and nowhere else.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from pathlib import Path

from gillstory.errors import BookError

MEDIA_TYPES = {
    ".woff2": "font/woff2", ".woff": "font/woff", ".ttf": "font/ttf", ".otf": "font/otf",
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".svg": "image/svg+xml",
}  # fmt: skip
# What a style asks for: another sheet; a font or picture, but for data and for marks inside the page.
ASKED = re.compile(
    r"""@import\s+(?:url\(\s*)?["']?(?P<sheet>[^"')\s;]+)["']?\s*\)?\s*;"""
    r"""|url\(\s*["']?(?!data:|#)(?P<media>[^"')]+?)["']?\s*\)"""
)


def find_own(name: str, folders: Sequence[Path]) -> Path | None:
    """Find a file in the first of these folders that has it; None when none has, or when it lies outside of them."""
    for folder in folders:
        file = folder / name
        if file.is_file() and file.resolve().is_relative_to(folder.resolve()):
            return file
    return None


def read_own(file: Path, element: str) -> str:
    """Read a style or script that goes between the tags of `element`.

    Raises
    ------
    BookError : it cannot be read, or would end the element.
    """
    try:
        content = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BookError(f"cannot be read ({error})", file=file) from error
    if re.search(rf"</{element}|<!--", content, re.IGNORECASE):
        raise BookError(f"cannot stand inside a page: it has </{element} or <!-- in it", file=file)
    return content


def read_stylesheet(file: Path, folders: Sequence[Path], above: tuple[Path, ...] = ()) -> str:
    """Read a style sheet with all that it imports and names.

    Parameters
    ----------
    folders : where to look, in this order.
    above : the sheets that import this one.

    Raises
    ------
    BookError : something that it names is not there, or is not in these folders; file and line are named.
    """
    style = read_own(file, "style")

    def own(match: re.Match[str], kind: str, endings: Sequence[str]) -> Path:
        name = match["sheet"] or match["media"]
        found = find_own(name, folders)
        if found is None or found.suffix.lower() not in endings or found in (*above, file):
            raise BookError(
                f"{name} is no {kind} in the template's folder",
                file=file,
                line=style.count("\n", 0, match.start()) + 1,
                remedy=f"Put a file there that ends in one of: {', '.join(endings)}",
            )
        return found

    def put_in(match: re.Match[str]) -> str:
        if match["sheet"]:
            return read_stylesheet(own(match, "other style sheet", [".css"]), folders, (*above, file))
        media = own(match, "font or picture", list(MEDIA_TYPES))
        content = base64.b64encode(media.read_bytes()).decode()
        return f"url(data:{MEDIA_TYPES[media.suffix.lower()]};base64,{content})"

    return ASKED.sub(put_in, style)

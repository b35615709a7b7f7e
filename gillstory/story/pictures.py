"""What a story says about a picture in, the picture's file out, or the reason why it is none.

Nothing is fetched and nothing is opened. A story may come from somebody else, so it reaches only pictures in its own
folder and in its photo folder; links on the disk are followed before that is decided.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from gillstory.story.source import Source

# What Obsidian embeds as a picture; `![[Another note]]` is none.
ENDINGS = (".avif", ".bmp", ".gif", ".heic", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".svg", ".tif", ".tiff", ".webp")
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|//|data:|file:|javascript:", re.IGNORECASE)


@dataclass(frozen=True)
class Pictures:
    """The pictures that a story may show: those in its folder and in its photo folder."""

    source: Source
    photos: Path | None = None

    def find(self, target: str, index: int, *, kind: str = "path") -> Path:
        """Give the absolute path of a picture that exists.

        Parameters
        ----------
        target : what the story says.
        index : where it says so.
        kind : "path"; "link", as in Markdown, where `%20` is a space; "embed", Obsidian's, which may leave out folders.

        Raises
        ------
        StoryError : there is no such file, or it is not one of the story's.
        """
        if not target.strip():
            raise self.source.error("a picture without a file", index, "Write the picture's path between the brackets")
        if ADDRESS.match(target):
            shown = target if len(target) <= 80 else f"{target[:77]}..."
            raise self.source.error(
                f"the picture {shown} is not a file, and nothing is fetched from the internet",
                index,
                "Save the picture beside the story and write its name",
            )
        folder = self.source.file.absolute().parent
        places = [folder]
        if kind == "embed" and "/" not in target:
            below = sorted(path.parent for path in folder.glob("*/*") if path.name == target)
            places += [*([self.photos] if self.photos else []), *below]
        found = next(
            (place / name for name in _spellings(target, kind) for place in places if os.path.exists(place / name)),
            None,
        )
        if found is None:
            raise self.source.error(
                f"the picture {target} is not there", index, "Put it where the story says, or correct the path"
            )
        path = found.resolve()
        if not any(path.is_relative_to(home.resolve()) for home in (folder, self.photos) if home is not None):
            raise self.source.error(
                f"the picture {target} lies outside the story's folder",
                index,
                "Copy it beside the story, or name its folder as `photos:` at the top of the story",
            )
        if not path.is_file():
            raise self.source.error(f"{target} is a folder, not a picture", index, "Write the name of a picture in it")
        return path


def _spellings(target: str, kind: str) -> Iterator[str]:
    """Give the names that may be meant, the likeliest first."""
    decoded = unquote(target)
    for name in (decoded, target) if kind == "link" else (target, decoded):
        yield name
        yield unicodedata.normalize("NFC", name)
        yield unicodedata.normalize("NFD", name)  # as older Macs wrote names
        yield name.replace("\\", "/")

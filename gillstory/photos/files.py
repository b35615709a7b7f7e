"""Folders in, the photo files below them out, each with the size and time that tell whether it has changed.

Nothing is opened here but the first bytes of files whose name has no ending: a rescan costs one look at the folder
listing per file. Hidden files and folders are passed over.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gillstory.errors import PhotoIndexError

PICTURE_ENDINGS = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp"})


@dataclass(frozen=True)
class PhotoFile:
    """A file that should hold a photo, as it was when the folder was read.

    Attributes
    ----------
    path : absolute path as text, the key of the index.
    size : bytes.
    mtime_ns : time of the last modification, in nanoseconds.
    """

    path: str
    size: int
    mtime_ns: int


@dataclass
class Listing:
    """What a walk found: photo files by path, and the reasons by path of files and folders it could not look at."""

    files: dict[str, PhotoFile] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def list_photos(folders: Sequence[Path]) -> Listing:
    """Find the photo files below some folders; a file below two of them is found once.

    Raises
    ------
    PhotoIndexError : a folder is missing or is not a folder; nothing has been read then.
    """
    for folder in folders:
        if not folder.is_dir():
            problem = "this is not a folder" if folder.exists() else "this folder is not there"
            remedy = "If it is on a disk, connect the disk; what the index knows of it has been kept"
            raise PhotoIndexError(problem, file=folder, remedy=remedy)
    listing = Listing()
    for folder in folders:
        for entry in _walk(folder.resolve(), listing):
            try:
                entry.path.encode()
                about = entry.stat()
                if _is_photo(entry):
                    listing.files[entry.path] = PhotoFile(entry.path, about.st_size, about.st_mtime_ns)
            except UnicodeEncodeError:
                listing.failed[entry.path] = "its name is not valid Unicode: rename it"
            except OSError as error:
                listing.failed[entry.path] = reason(error)
    return listing


def reason(error: Exception) -> str:
    """An error in a few words, without the path, which the reader sees beside it."""
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


def _walk(folder: Path, listing: Listing) -> Iterator[os.DirEntry[str]]:
    """Give the files below a folder that are not hidden, in the order of their names."""
    waiting = [str(folder)]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here) as entries:
                visible = sorted((e for e in entries if not e.name.startswith(".")), key=lambda entry: entry.name)
        except OSError as error:
            listing.failed[here] = reason(error)
            continue
        folders = [entry.path for entry in visible if entry.is_dir(follow_symlinks=False)]
        waiting.extend(reversed(folders))
        yield from (entry for entry in visible if entry.is_file())


def _is_photo(entry: os.DirEntry[str]) -> bool:
    """Go by the ending of the name or, where there is none, by the first bytes."""
    ending = os.path.splitext(entry.name)[1].lower()
    if ending:
        return ending in PICTURE_ENDINGS
    with open(entry.path, "rb") as file:
        start = file.read(12)
    return start.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (start[:4] == b"RIFF" and start[8:] == b"WEBP")

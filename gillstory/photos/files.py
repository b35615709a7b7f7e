"""Folders in, the photo files below them out, each with the size and time that tell whether it has changed.

Nothing is opened here but the first bytes of files whose name has no ending: a rescan costs one look at the folder
listing per file. Hidden files, other programs' caches and what a `.gillignore` names are passed over; links are
followed, and what they lead to is found once, under its own name.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pathspec import GitIgnoreSpec

RAW_ENDINGS = frozenset(".3fr .arw .cr2 .cr3 .dng .erf .nef .nrw .orf .pef .raf .raw .rw2 .sr2 .srw".split())
PICTURE_ENDINGS = RAW_ENDINGS | frozenset(
    ".jpg .jpeg .jpe .jfif .png .webp .gif .tif .tiff .heic .heif .hif .avif".split()
)
IGNORE_FILE = ".gillignore"
CACHE_TAG = "CACHEDIR.TAG"  # marks a cache folder, whoever made it (bford.info/cachedir)
CACHES = frozenset(
    name.lower()
    for name in ("@eaDir", "__MACOSX", "$RECYCLE.BIN", "System Volume Information", "lost+found", "Thumbnails")
    + ("iPod Photo Cache", "Previews.lrdata", "Smart Previews.lrdata", "derivatives")
)

Ignore = tuple[str, GitIgnoreSpec]  # a folder, and what is to be passed over below it


@dataclass(frozen=True)
class PhotoFile:
    """A file that should hold a photo, as it was when the folder was read.

    Attributes
    ----------
    path : absolute path as text, the key of the index; links are resolved.
    folder : the folder, among those that were to be read, by which it was found.
    size : bytes.
    mtime_ns : time of the last modification, in nanoseconds.
    """

    path: str
    folder: str
    size: int
    mtime_ns: int


@dataclass
class Listing:
    """What a walk found.

    Attributes
    ----------
    files : photo files by path.
    failed : why files and folders could not be looked at, by path.
    missing : folders that are not there, or empty as the place of a disk is that is not connected.
    """

    files: dict[str, PhotoFile] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


def list_photos(folders: Sequence[Path]) -> Listing:
    """Find the photo files below some folders; a file below two of them, or reached in two ways, is found once."""
    listing, seen = Listing(), set[tuple[int, int]]()
    for folder in dict.fromkeys(real_path(folder) for folder in folders):
        if is_missing(folder):
            listing.missing.append(folder)
            continue
        for path in _walk(folder, listing, seen):
            try:
                path.encode()
                about = os.stat(path)
                is_file = stat.S_ISREG(about.st_mode)  # links lead to pipes and devices, too, which have no end
                if is_file and (about.st_dev, about.st_ino) not in seen and _is_photo(path):
                    listing.files[path] = PhotoFile(path, folder, about.st_size, about.st_mtime_ns)
                seen.add((about.st_dev, about.st_ino))
            except UnicodeEncodeError:
                listing.failed[path] = "its name is not valid Unicode: rename it"
            except OSError as error:
                listing.failed[path] = reason(error)
    return listing


def reason(error: Exception) -> str:
    """An error in a few words, without the path, which the reader sees beside it."""
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


def real_path(folder: Path) -> str:
    """A folder's own path, without links; a ~ of nobody stays, where `Path.expanduser` raises."""
    return os.path.realpath(os.path.expanduser(folder))


def is_missing(folder: str) -> bool:
    """Whether a folder is not there, or is empty as the place of a disk is that is not connected."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False  # it is there and may not be read: the walk says why


def _walk(root: str, listing: Listing, seen: set[tuple[int, int]]) -> Iterator[str]:
    """Give the files below a folder in the order of their names, then those that links lead to."""
    waiting: list[tuple[str, tuple[Ignore, ...]]] = [(root, ())]
    links: list[str] = []
    while waiting or links:
        if not waiting:
            target = os.path.realpath(links.pop(0))
            if not os.path.isdir(target):
                yield target
            elif is_missing(target):
                listing.missing.append(target)
            else:
                waiting.append((target, ()))
            continue
        here, ignored = waiting.pop()
        try:
            about = os.stat(here)
            if (about.st_dev, about.st_ino) in seen:
                continue
            seen.add((about.st_dev, about.st_ino))
            with os.scandir(here) as found:
                entries = sorted(found, key=lambda entry: entry.name)
            ignored += tuple(_ignored_here(here, entries))
        except OSError as error:
            listing.failed[here] = reason(error)
            continue
        if any(entry.name == CACHE_TAG for entry in entries):
            continue
        entries = [entry for entry in entries if not _is_passed_over(entry, ignored)]
        folders = [(entry.path, ignored) for entry in entries if entry.is_dir(follow_symlinks=False)]
        waiting.extend(reversed(folders))
        links += (entry.path for entry in entries if entry.is_symlink())
        yield from (entry.path for entry in entries if entry.is_file(follow_symlinks=False))


def _ignored_here(folder: str, entries: Sequence[os.DirEntry[str]]) -> Iterator[Ignore]:
    for entry in entries:
        if entry.name == IGNORE_FILE and entry.is_file():
            with open(entry.path, encoding="utf-8", errors="replace") as file:
                yield folder, GitIgnoreSpec.from_lines(file)


def _is_passed_over(entry: os.DirEntry[str], ignored: Sequence[Ignore]) -> bool:
    if entry.name.startswith(".") or entry.name.lower() in CACHES:
        return True
    if not ignored:
        return False
    # Not by `entry.is_dir()` alone, which raises where links lead in a circle.
    is_folder = entry.is_dir(follow_symlinks=False) or (entry.is_symlink() and os.path.isdir(entry.path))
    slash = "/" if is_folder else ""
    # The patterns of the innermost folder that says anything about it are what counts, as in git.
    for folder, patterns in reversed(ignored):
        verdict = patterns.check_file(os.path.relpath(entry.path, folder) + slash).include
        if verdict is not None:
            return verdict
    return False


def _is_photo(path: str) -> bool:
    """Go by the ending of the name or, where there is none, by the first bytes."""
    ending = os.path.splitext(path)[1].lower()
    if ending:
        return ending in PICTURE_ENDINGS
    with open(path, "rb") as file:
        start = file.read(12)
    known = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"II*\0", b"MM\0*")
    return start.startswith(known) or (start[:4] == b"RIFF" and start[8:] == b"WEBP") or start[4:8] == b"ftyp"

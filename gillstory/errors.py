"""What can go wrong, said in one line a writer can act on.

Every error that a user may meet is a `GillstoryError`: it names the file, the line and the remedy. The command line
prints it and exits with code 2; programs catch the class that they can do something about.
"""

from __future__ import annotations

from os import PathLike


class GillstoryError(Exception):
    """A problem with what the user gave or has.

    Parameters
    ----------
    message : what is wrong, without a full stop.
    file : the file that it is about.
    line : the line in that file, counted from 1.
    remedy : what to do about it, as a sentence without a full stop.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | PathLike[str] | None = None,
        line: int | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line
        self.remedy = remedy

    def __str__(self) -> str:
        place = "" if self.file is None else f"{self.file}: " if self.line is None else f"{self.file}:{self.line}: "
        remedy = "" if self.remedy is None else f". {self.remedy}"
        return f"{place}{self.message}{remedy}."


class StoryError(GillstoryError):
    """A story that cannot be read."""


class BundleError(GillstoryError):
    """A model bundle that is unknown, incomplete or damaged."""


class PhotoIndexError(GillstoryError):
    """A photo index that cannot be opened, written or searched."""


class BookError(GillstoryError):
    """A book folder that cannot be used."""


class PictureError(GillstoryError):
    """A picture that cannot be read or painted; it costs that picture, not the run."""

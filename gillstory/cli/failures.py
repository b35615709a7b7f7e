"""What went wrong in, one line for the user and an exit code out: 2 for what the user can put right, 1 for our bugs."""

from __future__ import annotations

import errno
import traceback

import click

from gillstory.cli.options import DEBUG
from gillstory.errors import GillstoryError

# What the operating system refuses for a reason that the user can see to.
REFUSALS = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENOTDIR, errno.EISDIR)


def failure(ctx: click.Context, error: Exception) -> tuple[str, int]:
    """Give the line and the exit code; with --debug, print where the error comes from."""
    if ctx.meta.get(DEBUG):
        traceback.print_exception(error)
    if isinstance(error, GillstoryError):
        return f"Error: {error}", 2
    if isinstance(error, OSError) and error.errno in REFUSALS:
        place = "" if error.filename is None else f"{error.filename}: "
        return f"Error: {place}{error.strerror}.", 2
    reason = (str(error).strip().splitlines() or [""])[0]
    bug = f"Error: this is a bug in gillstory: {type(error).__name__}: {reason}. "
    return bug + "Run it again with --debug, and report what that prints.", 1

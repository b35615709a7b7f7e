"""The storyteller: a story's beginning in, the same story some pages longer out, as an illustrated book.

It decides; the command line only parses and prints, the model only reads, writes and paints. What needs no model is
there without the libraries of one: see `edits`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gillstory.storyteller.continuing import continue_story
    from gillstory.storyteller.library import PhotoLibrary
    from gillstory.storyteller.options import Listener, Options

__all__ = ["Listener", "Options", "PhotoLibrary", "continue_story"]
MODULES = {"Listener": "options", "Options": "options", "PhotoLibrary": "library", "continue_story": "continuing"}


def __getattr__(name: str) -> Any:
    """Import what is asked for, and no more."""
    from importlib import import_module

    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{MODULES[name]}"), name)

"""The storyteller: a story's beginning in, the same story some pages longer out, as an illustrated book.

It decides; the command line only parses and prints, the model only reads, writes and paints.
"""

from gillstory.storyteller.continue_story import continue_story
from gillstory.storyteller.library import PhotoLibrary
from gillstory.storyteller.options import Listener, Options

__all__ = ["Listener", "Options", "PhotoLibrary", "continue_story"]

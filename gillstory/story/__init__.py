"""A story's file in, its pages of texts and pictures out, and back: Markdown and YAML, with settings at the top.

`read_story` reads what a person wrote; `to_markdown` writes a story so that `read_story` gives the same one again.
"""

from gillstory.story.read import read_story
from gillstory.story.story import CastMember, Settings, Story, StoryPage, StoryPicture
from gillstory.story.write import PictureLink, to_markdown

__all__ = [
    "CastMember",
    "PictureLink",
    "Settings",
    "Story",
    "StoryPage",
    "StoryPicture",
    "read_story",
    "to_markdown",
]

"""A story's file in, its pages of texts and pictures out, and back: Markdown and YAML, with settings at the top.

`read_story` reads what a person wrote; `to_markdown` writes a story so that `read_story` gives the same one again.
What `splice` adds to a story leaves everything else in it as it was written, byte for byte.
"""

from gillstory.story.read import parse_story, read_story, with_scenes_as_pages
from gillstory.story.splice import as_page, front_matter_moved, with_links, with_page, with_picture
from gillstory.story.story import CastMember, Settings, Story, StoryPage, StoryPicture
from gillstory.story.write import PictureLink, to_markdown

__all__ = [
    "CastMember",
    "PictureLink",
    "Settings",
    "Story",
    "StoryPage",
    "StoryPicture",
    "as_page",
    "front_matter_moved",
    "parse_story",
    "read_story",
    "to_markdown",
    "with_links",
    "with_page",
    "with_picture",
    "with_scenes_as_pages",
]

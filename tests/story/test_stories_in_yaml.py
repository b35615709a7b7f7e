"""Stories in YAML: every way to write a page, and what is said when one is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from gillstory.story import StoryPicture, read_story

from .conftest import Write, pages, problem


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("- A fox.", [["A fox."]]),
        ("- - text: A fox.\n  - image: fox.png\n    alt: a fox\n  - text: A hen.", [["A fox.", "<fox.png>", "A hen."]]),
        ("- - A fox.\n  - image: my hen (1).jpg", [["A fox.", "<my hen (1).jpg>"]]),
        ("- - text: A fox.\n  - text: A hen.", [["A fox.\n\nA hen."]]),
        ("- text: A fox.\n  image: fox.png", [["A fox.", "<fox.png>"]]),
        ("- image: fox.png\n  alt: a fox\n  text: A fox.", [["<fox.png>", "A fox."]]),
        (
            "- heading: The fox\n  turns:\n    - text: A fox.\n    - image: fox.png",
            [["## The fox\n\nA fox.", "<fox.png>"]],
        ),
        ("- heading: The fox\n  text: A fox.", [["## The fox\n\nA fox."]]),
        ("- A fox.\n-\n- []\n- text:\n- 7", [["A fox."], ["7"]]),
        ("- text: |\n    A fox.\n\n    ![x](fox.png) A hen.", [["A fox.", "<fox.png>", "A hen."]]),
        ("- text: |\n    # One\n\n    A fox.\n\n    ## Two\n\n    A hen.", [["# One\n\nA fox."], ["## Two\n\nA hen."]]),
        ("- - A fox.\n  - '## Two'\n  - A hen.", [["A fox."], ["## Two\n\nA hen."]]),
        (
            "- 'A fox. ![x](100%25.png)'\n- - A.\n  - image: 100%25.png",
            [["A fox.", "<100%25.png>"], ["A.", "<100%25.png>"]],
        ),
        ("- &a A fox.\n- *a", [["A fox."], ["A fox."]]),
    ],
)
def test_every_way_to_write_a_page(write: Write, page: str, expected: list[list[str]]) -> None:
    assert pages(read_story(write(f"title: x\npages:\n{page}\n", "story.yaml"))) == expected


def test_pages_know_their_lines_and_headings(write: Write, folder: Path) -> None:
    story = read_story(
        write(
            "pages:\n  - A fox.\n\n  - heading: Two\n    turns:\n      - text: >-\n          A\n          hen.\n"
            "          ![x](fox.png)\n      - image: fox.png\n        alt: a\n          fox\n",
            "story.yaml",
        )
    )
    assert [(page.heading, page.line) for page in story.pages] == [(None, 2), ("Two", 4)]
    assert story.pages[1].turns == (
        "## Two\n\nA hen.",
        StoryPicture(folder / "fox.png", "x", 9),
        StoryPicture(folder / "fox.png", "a fox", 10),
    )


@pytest.mark.parametrize(
    ("yaml", "expected"),
    [
        ("title: x\npages:\n  - text: [\n", "4: not readable as YAML"),
        ("title: x\npages: A fox.", "2: 'pages' must be a list"),
        ("title: x", " the story has no pages"),
        ("just words", "1: this is not a story"),
        ("- a\n- b", "1: this is not a story"),
        ("titel: x\npages: [A.]", "1: unknown key 'titel'. There is: title, author"),
        ("pages: [A.]\npages: [B.]", "2: 'pages' stands here again, first in line 1"),
        ("pages:\n  - - text: A.\n    - picture: fox.png", "3: unknown key 'picture'. There is: text, image, alt"),
        ("pages:\n  - - text: A.\n    - heading: B", "3: unknown key 'heading'"),
        ("pages:\n  - - text: A.\n      text: B.", "3: 'text' stands here again, first in line 2"),
        ("pages:\n  - - text: A.\n    - text: [B.]", "3: 'text' must be a text"),
        ("pages:\n  - - text: A.\n    - alt: B", "3: 'alt' says what an image shows"),
        ("pages:\n  - - A.\n    - - B.", "3: a list within a page's list"),
        ("pages:\n  - turns: A.", "2: 'turns' must be a list"),
        ("pages:\n  - - A.\n    - image: no.png", "3: the picture no.png is not there"),
        (
            "pages:\n  - - A.\n    - alt: a\n      image: https://x/y.png",
            "4: the picture https://x/y.png is not a file",
        ),
        ("pages:\n  - text: |\n      A.\n\n      B ![x](no.png)", "5: the picture no.png is not there"),
        ("pages:\n  - >\n    A.\n    B ![x](no.png)\n", "4: the picture no.png is not there"),
        ("pages:", " the story has no text"),
        ("pages: [{image: fox.png}]", " the story has no text"),
        ("pages: " + "[" * 600, " not readable as YAML: nested too deeply"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(write: Write, yaml: str, expected: str) -> None:
    assert problem(write(yaml, "story.yaml")).startswith(expected)


def test_nothing_in_yaml_is_executed(write: Write, folder: Path) -> None:
    read_story(write(f"pages:\n  - !!python/object/apply:os.mkdir ['{folder}/made']\n", "story.yaml"))
    assert not (folder / "made").exists()

"""Where a page begins, where a picture stands, and that everything else stays as the author wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gillstory.story import StoryPicture, read_story

from .conftest import Write, pages, problem


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("A fox.\n\n---\n\nA hen.\n", [["A fox."], ["A hen."]]),
        ("A fox.\n\n- - -\nA hen.\n\n-----\n\n---\n", [["A fox."], ["A hen."]]),
        ("---\n\nA fox.\n\n---\n\nA hen.", [["A fox."], ["A hen."]]),
        ("# One\n\nA fox.\n\n## Two\nA hen.", [["# One\n\nA fox."], ["## Two\nA hen."]]),
        ("# One\nA fox.\n# Two\nA hen.", [["# One\nA fox."], ["# Two\nA hen."]]),
        ("The fox\n===\nA fox.\n\nThe hen\n---\nA hen.", [["The fox\n===\nA fox."], ["The hen\n---\nA hen."]]),
        ("A fox.\n\n### Later\n\nA hen.", [["A fox.\n\n### Later\n\nA hen."]]),
        ("# Title\n\n## One\n\nA fox.", [["# Title\n\n## One\n\nA fox."]]),
        ("# Title\n\n---\n\n## One", [["# Title"], ["## One"]]),
        ("A fox.\n\n***\n\nA hen.", [["A fox.\n\n***\n\nA hen."]]),
        ("> A fox.\n>\n> ---\n> # A hen.", [["> A fox.\n>\n> ---\n> # A hen."]]),
        ("- A fox.\n\n  ---\n", [["- A fox.\n\n  ---"]]),
        ("```\n---\n# no\n![x](no.png)\n```", [["```\n---\n# no\n![x](no.png)\n```"]]),
        ("A fox.\n\n    ---\n\n    # no", [["A fox.\n\n    ---\n\n    # no"]]),
        ("<!--\n\n---\n\n![x](no.png) -->\n\nA fox.", [["<!--\n\n---\n\n![x](no.png) -->\n\nA fox."]]),
    ],
)
def test_pages_begin_at_separators_and_headings_only(write: Write, markdown: str, expected: list[list[str]]) -> None:
    assert pages(read_story(write(markdown))) == expected


def test_a_page_knows_its_heading_and_its_line(write: Write) -> None:
    story = read_story(write("---\ntitle: x\n---\n\n# The *fox* #\n\nA fox.\n\n## ![](fox.png)\n\n---\n\n\nA hen."))
    assert [(page.heading, page.line) for page in story.pages] == [("The *fox*", 5), (None, 9), (None, 14)]


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("A fox.\n\n![](fox.png)\n\nA hen.", ["A fox.", "<fox.png>", "A hen."]),
        ("A ![](fox.png) fox\nruns.", ["A", "<fox.png>", "fox\nruns."]),
        ("A fox\n![](fox.png)\nruns.", ["A fox", "<fox.png>", "runs."]),
        ("A fox\\\n![](fox.png)\\\nruns.", ["A fox", "<fox.png>", "runs."]),
        ("A. ![](fox.png)![](sub/owl.png)", ["A.", "<fox.png>", "<owl.png>"]),
        ("![a](fox.png)\n  ![b](sub/owl.png) sat.", ["<fox.png>", "<owl.png>", "sat."]),
        (
            "![a](fox.png)\n  ![r]![c](fox.png)\n> [r]: <sub/owl.png>",
            ["<fox.png>", "<owl.png>", "<fox.png>", "> [r]: <sub/owl.png>"],
        ),
        ("A. ![a](<my hen (1).jpg>)", ["A.", "<my hen (1).jpg>"]),
        ("A. ![a](my%20hen%20\\(1\\).jpg 'A hen')", ["A.", "<my hen (1).jpg>"]),
        ("A. ![a](100%2525.png) ![a](100%25.png)", ["A.", "<100%25.png>", "<100%25.png>"]),
        ("A. ![a](F%C3%BCchsin.png) ![a](Fu\u0308chsin.png)", ["A.", "<Füchsin.png>", "<Füchsin.png>"]),
        ("A. ![a](sub\\owl.png) ![a](./sub/../fox.png)", ["A.", "<owl.png>", "<fox.png>"]),
        ("A. ![a fox][f] B.\n\n[f]: fox.png", ["A.", "<fox.png>", "B."]),
        ("A. ![f] [link][f]\n\n[f]: fox.png", ["A.", "<fox.png>", "[link][f]\n\n[f]: fox.png"]),
        ("A. ![[fox.png]] B.", ["A.", "<fox.png>", "B."]),
        ("A. ![[owl.png]]", ["A.", "<owl.png>"]),
        ("A. ![[Another note]] ![[song.mp3]]", ["A. ![[Another note]] ![[song.mp3]]"]),
        ("A. [![a](fox.png)](https://example.org/fox) B.", ["A.", "<fox.png>", "B."]),
        ("A. [to ![the fox](fox.png) go](x).\n\nB.", ["A. [to the fox go](x).", "<fox.png>", "B."]),
        ("A. **![a](fox.png)** B.", ["A.", "<fox.png>", "B."]),
        ("## The ![fox](fox.png) hen\n\nA.", ["## The fox hen", "<fox.png>", "A."]),
        ("> A.\n> ![a](fox.png) B.\n> C.", ["> A.", "<fox.png>", "> B.\n> C."]),
        ("- A.\n- ![a](fox.png)\n- ![a](fox.png) B.", ["- A.", "<fox.png>", "<fox.png>", "- B."]),
        ("1.  A.\n\n    ![a](fox.png)\n\n    B.\n2.  C.", ["1.  A.", "<fox.png>", "B.\n2.  C."]),
        ("A. ![a](fox.png) # B ![a](fox.png) ---", ["A.", "<fox.png>", "\\# B", "<fox.png>", "\\---"]),
        ("[A]: b ![a](fox.png) [B]: c", ["\\[A]: b", "<fox.png>", "\\[B]: c"]),
        ("A `![a](no.png)` \\![a](no.png) ![no]", ["A `![a](no.png)` \\![a](no.png) ![no]"]),
        ("| A | B |\n|---|---|\n| ![a](no.png) | b |", ["| A | B |\n|---|---|\n| ![a](no.png) | b |"]),
    ],
)
def test_each_picture_is_a_turn_in_its_place(write: Write, markdown: str, expected: list[str]) -> None:
    assert pages(read_story(write(markdown))) == [expected]


@pytest.mark.parametrize(
    ("markdown", "alt", "attributes"),
    [
        ("![A *small* `fox` &amp;\n\\[hen\\]](fox.png)", "A small fox & [hen]", {}),
        ("![](fox.png 'A fox')", "A fox", {}),
        ("![a](fox.png){width=50% seed=7}", "a", {"width": "50%", "seed": "7"}),
        (
            "![a](fox.png){#pip .left .small alt=\"a 'fox'\"}",
            "a",
            {"id": "pip", "class": "left small", "alt": "a 'fox'"},
        ),
        ("![[fox.png|A fox]]", "A fox", {}),
        ("![[fox.png|A fox|300]]", "A fox", {"width": "300"}),
        ("![[fox.png|300x200]]", "", {"width": "300"}),
    ],
)
def test_what_is_said_about_a_picture_is_kept(
    write: Write, folder: Path, markdown: str, alt: str, attributes: dict[str, str]
) -> None:
    assert read_story(write(f"A fox.\n\n{markdown}")).pages[0].turns[1:] == (
        StoryPicture(folder / "fox.png", alt, 3, attributes),
    )


def test_braces_that_are_no_attributes_are_text(write: Write) -> None:
    assert pages(read_story(write("A.\n\n![a](fox.png){said the fox}"))) == [["A.", "<fox.png>", "{said the fox}"]]


def test_everything_else_stays_as_it_is_written(write: Write) -> None:
    text = (
        "A fox[^1] with  two spaces  \nand a [link](https://example.org \"x\") <b>bold</b> $a_b$ &amp; 'quotes'...\n\n"
        "| a | b |\n|---|:-:|\n| 1 | 2 |\n\n\n[^1]: A note.\n\n<!-- not shown -->\n\n* * *\n\n\tcode\n\n"
        "::: {.poem}\n| line\n:::"
    )
    assert pages(read_story(write(f"\n\n{text}\n\n"))) == [[text]]


def test_the_title_is_that_of_the_settings_then_the_first_heading_then_the_files_name(write: Write) -> None:
    assert read_story(write("---\ntitle: Pip\n---\n# The fox\n\nA fox.")).title == "Pip"
    assert read_story(write("A fox.\n\n# The *small* fox\n\nA fox.")).title == "The small fox"
    assert read_story(write("## One\n\nA fox.", "the_small-fox.md")).title == "The small fox"


def test_a_missing_picture_is_named_with_its_line(write: Write) -> None:
    assert problem(write("---\ntitle: x\n---\n\nA.\n\nB ![x](<no hen.png>)")).startswith(
        "7: the picture no hen.png is not there"
    )
    assert problem(write("A.\n\n> B\n> C\n> ![[no.png]]")).startswith("5: the picture no.png is not there")
    assert problem(write("A.\n\n![x]( )")).startswith("3: a picture without a file")
    assert problem(write("A.\n\n![x](sub)")).startswith("3: sub is a folder")


@pytest.mark.parametrize(
    "address",
    ["https://example.org/fox.png", "HTTP://x/y", "//x/y.png", "data:image/png;base64,AA", "file:///etc/x.png"],
)
def test_nothing_is_fetched_from_an_address(write: Write, address: str) -> None:
    line = problem(write(f"A.\n\n![x]({address})"))
    assert line.startswith(f"3: the picture {address} is not a file")
    assert "Save the picture beside the story" in line


def test_pictures_outside_the_storys_folder_are_refused_however_they_are_reached(write: Write, folder: Path) -> None:
    secret = folder.parent / "secret.png"
    secret.touch()
    (folder / "link.png").symlink_to(secret)
    (folder / "home").symlink_to(folder.parent)
    for target in ("../secret.png", "%2E%2E/secret.png", str(secret), "link.png", "home/secret.png"):
        assert "outside the story's folder" in problem(write(f"A.\n\n![x]({target})"))
    assert "outside the story's folder" in problem(write("A.\n\n![[link.png]]"))
    assert "outside the story's folder" in problem(write("pages: [[A., image: ../secret.png]]", "story.yaml"))
    assert "outside the story's folder" in problem(write("---\ncast: {P: {picture: link.png}}\n---\nA."))


def test_pictures_in_the_photo_folder_are_the_storys_too(write: Write, folder: Path) -> None:
    album = folder.parent / "album"
    album.mkdir()
    (album / "photo.jpg").touch()
    markdown = "---\nphotos: ../album\n---\nA.\n\n![x](../album/photo.jpg) ![[photo.jpg]]"
    assert [turn.path for turn in read_story(write(markdown)).pages[0].turns if not isinstance(turn, str)] == [
        album / "photo.jpg",
        album / "photo.jpg",
    ]


def test_a_folder_and_a_story_with_unusual_names(folder: Path) -> None:
    place = folder / "Omas Märchen (2019) #1"
    place.mkdir()
    (place / "狐 & 鸡.webp").touch()
    (place / "物語 1.md").write_text("狐。\n\n![狐](<狐 & 鸡.webp>)", encoding="utf-8")
    story = read_story(place / "物語 1.md")
    assert pages(story) == [["狐。", "<狐 & 鸡.webp>"]]
    assert story.title == "物語 1"


def test_a_story_named_relative_to_where_one_is(write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("A.\n\n![x](fox.png)")
    monkeypatch.chdir(folder)
    story = read_story(Path("story.md"))
    assert story.file == folder / "story.md"
    assert story.pages[0].turns[1] == StoryPicture(folder / "fox.png", "x", 3)

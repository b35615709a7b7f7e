"""The prompt: an opening that stays in sight, the last pages behind it, and long texts in parts."""

from __future__ import annotations

import pytest
from PIL import Image

import gillstory
from gillstory.gill.model import Gill
from gillstory.storyteller.prompt import Prompt, cut, opening, plain_text

from .conftest import write_bundle

CONTEXT = 256


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Gill:
    return gillstory.load(write_bundle(tmp_path_factory.mktemp("small") / "bundle", CONTEXT), device="cpu")


def test_the_opening_stays_and_the_last_pages_are_there(small: Gill) -> None:
    prompt = Prompt(small, ("Pip is a fox.",), reserve=40)
    prompt.add_text("Page 0: Pip sat.", keep=True)
    for number in range(1, 30):
        prompt.add_text(f"Page {number}: Mo ran.")
        text = small.language.text(prompt.session.token_ids)
        assert text.startswith("Pip is a fox.\n\nPage 0: Pip sat.\n\n")
        assert text.endswith(f"\n\nPage {number}: Mo ran.")
        assert prompt.session.length + 40 <= CONTEXT
    assert "Page 1:" not in text and "Page 28:" in text


def test_what_was_read_depends_on_the_pieces_alone(small: Gill) -> None:
    eager, lazy = (Prompt(small, ("Pip is a fox.",), reserve=40) for _ in range(2))
    for number in range(20):
        for prompt in (eager, lazy):
            prompt.add_text(f"Page {number}: Mo ran.", keep=number == 0)
            if number % 3 == 0:
                prompt.add_picture(lambda: Image.new("RGB", (32, 32), "red"))
        eager.session.write(10, seed=1)
        eager.session.rewind(eager.session.length - 10)
    assert eager.session.token_ids == lazy.session.token_ids
    assert (eager.session.states == lazy.session.states).all()


def test_a_page_longer_than_the_context_is_read_in_parts(small: Gill) -> None:
    prompt = Prompt(small, ("Pip is a fox.",), reserve=40)
    prompt.add_text(" ".join(f"Pip counted hen {number}." for number in range(100)), keep=True)
    text = small.language.text(prompt.session.token_ids)
    assert text.startswith("Pip is a fox.") and text.endswith("Pip counted hen 99.")


def test_cut() -> None:
    text = "\n\nOne two. Three four.\n\nFive six seven. Eight"
    for limit in range(1, 60):
        parts = cut(text, len, limit)
        assert "".join(parts) == text and (limit < 12 or max(map(len, parts)) <= limit)
    assert cut(text, len, 30) == ["\n\nOne two. Three four.", "\n\nFive six seven. Eight"]
    assert cut("x" * 40, len, 10) == ["x" * 10] * 4


def test_the_opening_is_the_bundles() -> None:
    def picture() -> Image.Image:
        return Image.new("RGB", (8, 8))

    cast = [("Pip is a fox.", None), ("Mo is a bear.", None)]
    assert opening("{title}\n\n{cast}", "Foxes {cast}", cast) == ("Foxes {cast}\n\nPip is a fox. Mo is a bear.",)
    assert opening("{title}\n\n{cast}", "Foxes", []) == ("Foxes",)
    assert opening("Tell of {cast}\n{title}", "Foxes", [("Pip is a fox.", picture), ("Mo is a bear.", None)]) == (
        "Tell of Pip is a fox.\n\n",
        picture,
        "\n\nMo is a bear.\nFoxes",
    )


def test_markdown_is_read_as_words() -> None:
    text = "# The *Fox*\n\nA [fox](x.html) ran\naway.<!-- no -->\n\n## One\n\n- **Pip**"
    assert plain_text(text, without="The Fox") == "A fox ran away.\n\nOne\n\nPip"
    assert plain_text(text).startswith("The Fox\n\nA fox")
    assert plain_text("") == ""
    noted = "A fox[^1] ran.[^two]\n\nIt was late.\n[^1]: A true\nstory.\n\n[^two]: Far away."
    assert plain_text(noted) == "A fox ran.\n\nIt was late."

"""A session computes nothing twice, and what comes out is what reading everything at once gives."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

import gillstory
from gillstory.errors import GillstoryError
from gillstory.gill.model import Gill

from .conftest import golden_picture

TEXT = "The fox saw a light between the trees."


def fresh_states(gill: Gill, token_ids: list[int]) -> torch.Tensor:
    """Hidden states of tokens read in one go, without any cache."""
    with torch.inference_mode():
        return gill.language.forward(gill.language.embed(torch.tensor([token_ids])))[0]


def test_the_cache_changes_nothing(tiny: Gill) -> None:
    session = tiny.session()
    session.read([TEXT])
    session.write(300, 300, seed=1)  # longer than the cache's first room
    session.image()
    session.read([" She walked on."])
    session.write(5, 5, seed=2)
    assert torch.allclose(session.states, fresh_states(tiny, session.token_ids), atol=1e-4)


def test_the_cache_changes_nothing_but_rounding_in_16_bits(tiny: Gill) -> None:
    """Here single tokens of models whose heads share keys take a way of their own, the faster one on CPUs."""
    gill = gillstory.load(tiny.bundle.folder, device="cpu", dtype="bfloat16")
    session = gill.session()
    session.read([TEXT])
    session.write(60, 60, seed=1)
    one_by_one, at_once = session.states.float(), fresh_states(gill, session.token_ids).float()
    assert torch.cosine_similarity(one_by_one, at_once).min() > 0.99


def test_what_is_taken_back_leaves_no_trace(tiny: Gill) -> None:
    session = tiny.session()
    session.read([TEXT, golden_picture(1)])
    length = session.length
    first = session.write(20, 20, seed=1)
    session.image()
    session.rewind(length)
    assert session.length == length
    assert session.write(20, 20, seed=1) == first
    assert session.write(20, 20, seed=2) != first


def test_forks_go_their_own_ways(tiny: Gill) -> None:
    session = tiny.session()
    session.read([TEXT])
    other = session.fork()
    text, slot = session.write(20, 20, seed=1), session.image()
    other.read([" Something else."])
    other.rewind(other.length - 3)
    again = tiny.session()
    again.read([TEXT])
    assert again.write(20, 20, seed=1) == text
    assert np.allclose(again.image().hidden, slot.hidden, atol=1e-5)
    assert torch.allclose(other.states, fresh_states(tiny, other.token_ids), atol=1e-4)


def test_a_page_feeds_only_its_own_tokens(tiny: Gill, monkeypatch: pytest.MonkeyPatch) -> None:
    session = tiny.session()
    session.read([TEXT * 5])
    lengths = []
    body = tiny.language.model.base_model
    hook = body.register_forward_pre_hook(
        lambda module, args, kwargs: lengths.append(kwargs["inputs_embeds"].shape[1]), with_kwargs=True
    )
    session.write(10, 10, seed=1)
    session.image()
    hook.remove()
    assert lengths == [1] * 10 + [len(tiny.language.image_ids)]


def test_writing_never_leaks_pictures_or_special_tokens(tiny: Gill) -> None:
    session = tiny.session()
    session.read([TEXT])
    start = session.length
    text = session.write(200, 200, temperature=5.0, top_p=1.0, seed=3)
    ids = set(session.token_ids[start:])
    assert len(ids) > 50
    assert not ids & {0, 1, 2, 3}
    assert max(ids) < tiny.language.vocabulary
    assert "[IMG" not in text and "</s>" not in text


def test_text_goes_on_with_its_leading_space(golden: Gill) -> None:
    whole = "She walked to the river and the moon rose."
    session = golden.session()
    session.read(["Once upon a time."])
    start = session.length
    ids = golden.language.tokens(" " + whole)
    session.read_tokens(ids[:3])
    middle = session.length
    session.read_tokens(ids[3:])
    assert session.text_since(start) == " " + whole
    assert golden.language.text(session.token_ids[start:middle]) + session.text_since(middle) == " " + whole


def test_writing_stops_when_told(tiny: Gill) -> None:
    session = tiny.session()
    session.read([TEXT])
    seen: list[str] = []
    text = session.write(50, 4, seed=1, stop=lambda text: seen.append(text) or len(seen) == 3)  # type: ignore[func-returns-value]
    assert len(seen) == 3 and seen[-1] == text


def test_drafts_side_by_side_are_what_each_would_be_alone(tiny: Gill) -> None:
    session = tiny.session()
    session.read([TEXT])
    before = session.length, session.states.clone()

    def drafts(*temperatures: float) -> list[str]:
        generator = torch.Generator().manual_seed(1)
        return session.drafts(40, temperatures, generator, stop=lambda text: "e" in text)

    alone = session.fork().write(40, temperature=0, stop=lambda text: "e" in text)
    first, free, last = drafts(0, 3.0, 0)
    assert first == last == alone and free != alone  # although each ends when it ends
    assert drafts(0, 3.0, 0) == [first, free, last]
    assert session.length == before[0] and torch.equal(session.states, before[1])
    assert session.write(40, temperature=0, stop=lambda text: "e" in text) == alone


def test_a_draft_may_end_by_itself(tiny: Gill, monkeypatch: pytest.MonkeyPatch) -> None:
    session = tiny.session()
    session.read([TEXT])
    monkeypatch.setattr(tiny.language, "ends", frozenset(range(4, 386)))
    assert session.drafts(10, [0.5, 1.0], torch.Generator(), stop=lambda text: False) == ["", ""]
    with pytest.raises(GillstoryError, match="nothing to go on from"):
        tiny.session().drafts(10, [0.5], torch.Generator(), stop=lambda text: False)


def test_an_end_of_sequence_ends_the_text(tiny: Gill, monkeypatch: pytest.MonkeyPatch) -> None:
    session = tiny.session()
    session.read([TEXT])
    length = session.length
    monkeypatch.setattr(tiny.language, "ends", frozenset(range(4, 386)))  # whatever it writes next is one
    assert session.write(10, seed=1) == ""
    assert session.length == length


def test_a_generator_goes_on_where_it_was(tiny: Gill) -> None:
    session = tiny.session()
    session.read([TEXT])
    length = session.length
    generator = torch.Generator().manual_seed(1)
    first = session.write(20, 20, seed=generator)
    session.rewind(length)
    assert session.write(20, 20, seed=generator) != first


def test_repetition_penalty_makes_a_repeated_token_rarer(tiny: Gill) -> None:
    def distinct(penalty: float) -> int:
        session = tiny.session()
        session.read([TEXT])
        start = session.length
        session.write(60, 60, temperature=0, repetition_penalty=penalty)
        return len(set(session.token_ids[start:]))

    assert distinct(5.0) > distinct(1.0)


def test_a_full_context_is_said_before_anything_is_read(tiny: Gill) -> None:
    session = tiny.session()
    session.read([TEXT])
    length = session.length
    with pytest.raises(GillstoryError, match="do not fit"):
        session.write(session.context)
    with pytest.raises(GillstoryError, match="do not fit"):
        session.read([TEXT * 500])
    assert session.length == length
    assert session.write(3, 3, seed=1)


def test_a_picture_is_as_long_as_its_prefix(tiny: Gill) -> None:
    session = tiny.session()
    session.read([Image.new("RGB", (80, 30), "red"), Image.new("L", (30, 80))])
    assert session.length == 2 * tiny.bundle.sizes.prefix_tokens

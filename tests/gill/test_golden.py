"""gillstory computes what the official GILL code computes; golden/README.md says how those numbers were made."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from gillstory.gill.model import Gill

from .conftest import GOLDEN, golden_picture

CASES: dict[str, Any] = json.loads((GOLDEN / "cases.json").read_text())
EXPECTED = np.load(GOLDEN / "expected.npz")
PHOTOS = [golden_picture(i) for i in range(100, 112)]
TOLERANCE = 1e-4
ALL = range(len(CASES["cases"]))


def turns(k: int) -> list[Any]:
    prompts = CASES["cases"][k]["prompts"]
    return [part["text"] if "text" in part else golden_picture(part["image"]) for part in prompts]


def reply(golden: Gill, k: int, max_images: int | None = None) -> Any:
    options = CASES["cases"][k]["options"]
    return golden.reply(
        turns(k),
        max_new_tokens=options["num_words"],
        min_new_tokens=options.get("min_word_tokens", 0),
        image_factor=options.get("gen_scale_factor", 1.0),
        max_images=max_images,
    )


def near(ours: Any, official: Any) -> bool:
    return bool(np.shape(ours) == np.shape(official) and np.abs(np.subtract(ours, official)).max() <= TOLERANCE)


def test_pictures_in_retrieval_space(golden: Gill) -> None:
    assert near(golden.encoder.pooled(PHOTOS), EXPECTED["photo_pooled"])
    assert near(golden.embed_pictures(PHOTOS), EXPECTED["photo_ret"])


@pytest.mark.parametrize("k", ALL)
def test_token_ids_and_text(golden: Gill, k: int) -> None:
    expected = CASES["expected"][k]
    ours = reply(golden, k)
    assert ours.token_ids == expected["ids"]
    assert ours.text == expected["text"][0].split(" [IMG0]")[0]


@pytest.mark.parametrize("k", ALL)
def test_hidden_states_of_everything_generated(golden: Gill, k: int) -> None:
    session = golden.session()
    session.read(turns(k))
    start = session.length
    session.read_tokens(CASES["expected"][k]["ids"])
    official = EXPECTED[f"{k}_hidden"]
    assert near(session.states[start : start + len(official)], official)


@pytest.mark.parametrize("k", ALL)
def test_image_slots(golden: Gill, k: int) -> None:
    ours = reply(golden, k, max_images=len(CASES["expected"][k]["images"]))
    assert len(ours.images) == len(CASES["expected"][k]["images"])
    for j, (slot, official) in enumerate(zip(ours.images, CASES["expected"][k]["images"], strict=True)):
        assert slot.position == official["at"]
        hidden = EXPECTED[f"{k}_hidden"][slot.position :][:8]
        assert near(slot.hidden[: len(hidden)], hidden)
        assert near(slot.query, EXPECTED[f"{k}_{j}_ret_emb"])
        assert near(slot.condition, EXPECTED[f"{k}_{j}_gen_emb"])
        assert near([slot.decision["generate"], slot.decision["retrieve"]], official["decision"])


@pytest.mark.parametrize("k", ALL)
def test_the_photos_retrieved(golden: Gill, k: int) -> None:
    """Official similarities are scaled by exp(logit_scale); the quirk of skipping photos spares the first slot."""
    official = CASES["expected"][k]["images"]
    photos, scale = golden.embed_pictures(PHOTOS), float(golden.adapters.logit_scale.exp())
    for j, slot in enumerate(reply(golden, k, max_images=len(official)).images):
        similarities = photos @ slot.query
        retrieved = official[j]["retrieved"]
        if j == 0:
            assert similarities.argsort()[::-1][: len(retrieved)].tolist() == [photo for photo, _ in retrieved]
        assert near([similarities[photo] * scale for photo, _ in retrieved], [score for _, score in retrieved])


@pytest.mark.parametrize("k", [k for k in ALL if "loglik" in CASES["expected"][k]])
def test_log_likelihood(golden: Gill, k: int) -> None:
    assert abs(golden.score(turns(k)) - CASES["expected"][k]["loglik"]) <= TOLERANCE

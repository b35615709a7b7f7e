"""Any words for a scene are heard as its plain caption is."""

from __future__ import annotations

from random import Random

import pytest
import torch
from transformers import CLIPTextModel, CLIPTokenizer

from gillstory.bundle import find_bundle
from gillstory.training.text import tokenize
from gillstory.training.wording import strange_caption, strange_words
from gillstory.training.world.scene import Scene, plain_caption, random_scene
from gillstory.training.world.vocabulary import PLACES, TIMELESS, TIMES


@pytest.fixture(scope="module")
def painter_folder():
    bundle = find_bundle("pocket")
    return bundle.locate(bundle.painter)


@pytest.fixture(scope="module")
def tokenizer(painter_folder) -> CLIPTokenizer:
    return CLIPTokenizer.from_pretrained(painter_folder / "tokenizer")


@pytest.fixture(scope="module")
def encoder(painter_folder) -> CLIPTextModel:
    return CLIPTextModel.from_pretrained(painter_folder / "text_encoder", dtype=torch.float32).eval()


def test_strange_captions_say_the_scene_within_the_painters_context(tokenizer):
    random, strangers = Random(0), strange_words()
    for _ in range(100):
        scene = random_scene(random)
        text = strange_caption(scene, strangers, tokenizer, random)
        assert len(tokenizer(text).input_ids) <= tokenizer.model_max_length
        assert any(phrase in text for phrase in PLACES[scene.place])
        assert scene.place in TIMELESS or any(phrase in text for phrase in TIMES[scene.time])


def test_strange_words_say_nothing_of_a_scene():
    assert not {"fox", "kitten", "meadow", "dawn", "sea", "night"} & set(strange_words())


@torch.inference_mode()
def test_the_pockets_text_encoder_hears_the_scene_through_other_words(tokenizer, encoder):
    plain = plain_caption(Scene(("fox",), "forest", "night", 0))
    said = [
        plain,
        "Yesterday, I believe, a rather tired fox stayed in the woods at midnight",
        plain_caption(Scene(("bear",), "beach", "morning", 0)),
    ]
    same, strange, other = encoder(tokenize(tokenizer, said)).last_hidden_state[:, -1]  # having heard all of it
    assert (strange - same).square().mean() < (other - same).square().mean() / 4

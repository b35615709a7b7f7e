"""What the painter is told in training: captions, nothing, and conditions that are not sure of what they say."""

from __future__ import annotations

from random import Random

import torch
from transformers import CLIPTextModel, CLIPTokenizer

from gillstory.bundle import find_bundle
from gillstory.training import painter
from gillstory.training.painter import meanings
from gillstory.training.text import tokenize
from gillstory.training.world.scene import Scene, misheard, plain_caption, random_scene

PAIR = Scene(("fox", "owl"), "forest", "evening", 5)


def test_what_is_misheard_differs_where_there_are_doubts_and_may_be_trained_on():
    random = Random(0)
    for _ in range(300):
        scene = random_scene(random, pair_share=0.5)
        heard = misheard(scene, ("second", "place"), random)
        assert heard.subjects[0] == scene.subjects[0] and len(set(heard.subjects)) == len(heard.subjects)
        assert heard.place != scene.place or heard.time == scene.time
        assert not heard.held_out
    assert misheard(PAIR, (), random) == PAIR


def test_the_scene_that_is_drawn_weighs_most_on_the_whole_where_the_painter_is_told_of_several():
    random, plain = Random(0), plain_caption(PAIR)
    told = [said for said in (meanings(PAIR, 0.0, random) for _ in range(1000)) if len(said) > 1]
    assert len(told) > 200
    assert all(abs(sum(said.values()) - 1) < 1e-6 and plain in said for said in told)
    assert sum(said[plain] * len(said) for said in told) / len(told) > 1.25  # 1 if it weighed as much as the others


@torch.inference_mode()
def test_a_condition_that_is_sure_is_the_captions_own(monkeypatch):
    bundle = find_bundle("pocket")
    folder = bundle.locate(bundle.painter)
    tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
    encoder = CLIPTextModel.from_pretrained(folder / "text_encoder", dtype=torch.float32).eval()
    other = Scene(("bear",), "beach", "night", 0)
    said = iter([{"": 1.0}, {plain_caption(PAIR): 0.75, plain_caption(other): 0.25}])
    monkeypatch.setattr(painter, "meanings", lambda *_: next(said))
    nothing, unsure = painter.conditions(encoder, tokenizer, [PAIR, PAIR], 0.1, Random(1))
    empty, own, others = encoder(tokenize(tokenizer, ["", plain_caption(PAIR), plain_caption(other)])).last_hidden_state
    torch.testing.assert_close(nothing, empty, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(unsure, 0.75 * own + 0.25 * others, atol=1e-4, rtol=1e-4)

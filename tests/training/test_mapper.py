"""How the painter hears a condition: as nothing new where it is right, as nothing said where it is empty."""

from __future__ import annotations

import pytest
import torch

from gillstory.training.mapper import FIRST_STEPS, Heard, PainterEar
from gillstory.training.painter import build_unet
from gillstory.training.recipe import read_recipe
from gillstory.training.world.scene import Scene

CHANNELS, CONTEXT, WIDTH = 4, 8, 16


@pytest.fixture(scope="module")
def ear():
    torch.manual_seed(0)
    unet = build_unet({"channels": [32, 32, 32], "heads": 2}, CHANNELS, WIDTH).eval().requires_grad_(False)
    return PainterEar(read_recipe("pocket"), unet, torch.randn(1, CONTEXT, WIDTH))


@pytest.fixture(scope="module")
def heard(ear):
    torch.manual_seed(1)
    wanted = torch.randn(3, CONTEXT, WIDTH)
    return Heard(torch.empty(3, 8, 4), [Scene(("fox",), "snow", "day", 0)] * 3, wanted, ear.latents(wanted))


def test_the_painter_is_asked_about_the_first_steps_of_a_picture(heard):
    assert heard.latents.shape == (3, FIRST_STEPS, CHANNELS, 16, 16)
    assert heard.latents.isfinite().all()
    assert not torch.equal(heard.latents[:, 0], heard.latents[:, -1])


def test_the_right_condition_costs_nothing(ear, heard):
    assert float(ear.loss(heard, heard.wanted)) == pytest.approx(0, abs=0.01)


def test_an_empty_condition_costs_as_much_as_was_to_be_said(ear, heard):
    assert float(ear.loss(heard, ear.unconditional.expand(3, -1, -1))) == pytest.approx(1, abs=0.01)


def test_what_the_painter_mishears_teaches_the_condition(ear, heard):
    condition = torch.zeros_like(heard.wanted, requires_grad=True)
    ear.loss(heard, condition).backward()
    assert float(condition.grad.abs().max()) > 0

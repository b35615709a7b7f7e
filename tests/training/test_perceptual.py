"""The autoencoder's perceptual loss minds a blur more than the squared error does."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter
from torch.nn import functional

from gillstory.training.perceptual import PerceptualLoss
from gillstory.training.vae import pictures_to_tensor
from gillstory.training.world.render import Renderer
from gillstory.training.world.scene import Scene


@pytest.fixture(scope="module")
def difference() -> PerceptualLoss:
    return PerceptualLoss.load("cpu")


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    return Renderer()(Scene(("fox",), "street", "day", 5))


def tensor(picture: Image.Image):
    return pictures_to_tensor(np.asarray(picture)[None].copy())


def test_a_picture_looks_like_itself(difference, picture):
    assert difference(tensor(picture), tensor(picture)) == 0


def test_a_blur_is_worse_than_a_shade_that_is_as_far_off(difference, picture):
    sharp, blurred = tensor(picture), tensor(picture.filter(ImageFilter.GaussianBlur(2)))
    shaded = sharp + functional.mse_loss(blurred, sharp).sqrt()
    assert difference(blurred, sharp) > 1.5 * difference(shaded, sharp)


def test_a_stronger_blur_is_worse(difference, picture):
    blurs = [difference(tensor(picture.filter(ImageFilter.GaussianBlur(radius))), tensor(picture)) for radius in (1, 3)]
    assert 0 < blurs[0] < blurs[1]

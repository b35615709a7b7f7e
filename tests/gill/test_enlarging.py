"""A small picture is shown large: its edges are sharp there, and nothing else of it changes."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from gillstory.gill.enlarging import enlarge

SKY, BEAR = (150, 200, 240), (110, 70, 60)


def disc(side: int) -> Image.Image:
    """A brown disc before a blue sky, as it looks in a picture so wide."""
    large = Image.new("RGB", (1024, 1024), SKY)
    ImageDraw.Draw(large).ellipse((256, 256, 768, 768), fill=BEAR)
    return large.resize((side, side), Image.Resampling.BOX)


def pixels(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture, np.int32)


@pytest.mark.parametrize("factor", [2, 3])
def test_a_soft_picture_comes_near_to_one_that_was_drawn_so_large(factor: int) -> None:
    soft = disc(128).filter(ImageFilter.GaussianBlur(1))
    sharp, wanted = enlarge(soft, factor), disc(128 * factor)
    assert sharp.size == wanted.size
    merely_larger = soft.resize(sharp.size, Image.Resampling.BICUBIC)
    error, before = (np.abs(pixels(picture) - pixels(wanted)).mean() for picture in (sharp, merely_larger))
    assert error < before / 2, (error, before)


def test_no_edge_gets_a_halo() -> None:
    sharp = pixels(enlarge(disc(128).filter(ImageFilter.GaussianBlur(1)), 2))
    assert (sharp >= np.minimum(SKY, BEAR) - 6).all() and (sharp <= np.maximum(SKY, BEAR) + 6).all()


def test_shading_stays_as_it_is() -> None:
    shading = Image.radial_gradient("L").resize((128, 128)).convert("RGB").crop((16, 16, 56, 56))
    sharp, larger = enlarge(shading, 2), shading.resize((80, 80), Image.Resampling.BICUBIC)
    assert np.abs(pixels(sharp) - pixels(larger)).mean() < 1


def test_by_one_it_is_the_same_picture() -> None:
    picture = disc(64)
    assert enlarge(picture, 1).tobytes() == picture.tobytes()


def test_a_picture_need_not_be_square() -> None:
    assert enlarge(Image.new("RGB", (30, 17), SKY), 3).size == (90, 51)

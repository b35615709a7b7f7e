"""A small painted picture -> the same at the size of a book's page, with edges as steep there as a small one's are.

A shock filter (Osher and Rudin, 1990; with the smoothed second derivative of Alvarez and Mazorra, 1994): either side of
an edge spreads towards it until they meet, and where the picture is smooth nothing moves. It draws nothing new.
"""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import conv2d, pad

OVERSAMPLING = 1.5  # the filter's edges are steps; made a little too large and reduced, they are smooth lines
SIGMA = 0.67  # pixels of the small picture: finer changes are no edges
REACH = 1.5  # pixels of the small picture that the sides of an edge spread
STEP = 0.6  # pixels of the large one in a step; above 0.7 the scheme is not stable
STEEPNESS = 100.0  # curvature, of brightness from 0 to 1, times this: up to 1 it is shading rather than an edge


@torch.inference_mode()
def enlarge(picture: Image.Image, factor: int) -> Image.Image:
    """An RGB picture so many times as wide and high; by 1 it is the same picture."""
    if factor == 1:
        return picture
    scale = factor * OVERSAMPLING
    large = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.BICUBIC)
    pixels = torch.from_numpy(np.asarray(large, np.float32) / 255).permute(2, 0, 1)[:, None]  # (3, 1, height, width)
    for _ in range(round(REACH * scale / STEP)):
        pixels = _spread(pixels, _bend(_blur(pixels, SIGMA * scale)))
    sharp = (pixels[:, 0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0)
    size = (picture.width * factor, picture.height * factor)
    return Image.fromarray(sharp.numpy()).resize(size, Image.Resampling.HAMMING)


def _blur(pixels: Tensor, sigma: float) -> Tensor:
    """Gaussian blur of (channels, 1, height, width)."""
    radius = round(2.5 * sigma)
    kernel = torch.exp(-((torch.arange(-radius, radius + 1) / sigma) ** 2) / 2)
    kernel /= kernel.sum()
    pixels = pad(pixels, (radius,) * 4, mode="replicate")
    return conv2d(conv2d(pixels, kernel.view(1, 1, 1, -1)), kernel.view(1, 1, -1, 1))


def _bend(pixels: Tensor) -> Tensor:
    """The second derivative across the edges, along the gradient: below 0 on the brighter side."""
    framed = _framed(pixels)
    left, right, up, down = _neighbours(framed)
    dx, dy = (right - left) / 2, (down - up) / 2
    dxx, dyy = left + right - 2 * pixels, up + down - 2 * pixels
    dxy = (framed[..., 2:, 2:] - framed[..., 2:, :-2] - framed[..., :-2, 2:] + framed[..., :-2, :-2]) / 4
    return (dx * dx * dxx + 2 * dx * dy * dxy + dy * dy * dyy) / (dx * dx + dy * dy).clamp_min(1e-9)


def _spread(pixels: Tensor, bend: Tensor) -> Tensor:
    """One upwind step: where the picture bends down its brighter side grows, where it bends up its darker one."""
    left, right, up, down = _neighbours(_framed(pixels))
    brighter = bend < 0
    dx = torch.where(brighter, torch.maximum(left, right) - pixels, pixels - torch.minimum(left, right)).relu()
    dy = torch.where(brighter, torch.maximum(up, down) - pixels, pixels - torch.minimum(up, down)).relu()
    return pixels - STEP * torch.tanh(STEEPNESS * bend) * (dx * dx + dy * dy).sqrt()


def _framed(pixels: Tensor) -> Tensor:
    """The picture with its outermost pixels once more around it."""
    return pad(pixels, (1, 1, 1, 1), mode="replicate")


def _neighbours(framed: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The pixels to the left, to the right, above and below of each."""
    return framed[..., 1:-1, :-2], framed[..., 1:-1, 2:], framed[..., :-2, 1:-1], framed[..., 2:, 1:-1]

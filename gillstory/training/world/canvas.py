"""A surface to paint scenes on, at any number of pixels: shapes with soft borders, and sprites.

Places and lengths are in the world's px, of which a picture has SIZE both ways; a canvas of a larger scale shows the
same picture in more pixels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

SIZE = 256  # px of the world, both ways
Colour = tuple[int, int, int]
Pixels = NDArray[np.float32]  # (height, width, 3 or 4) or a colour (3,), 0..1


def rgb(values: ArrayLike) -> Pixels:
    """Colours as what canvases are made of."""
    return np.asarray(values, np.float32)


class Canvas:
    """A square surface.

    Parameters
    ----------
    scale : pixels a px of the world.

    Attributes
    ----------
    pixels : (SIZE * scale, SIZE * scale, 3), black at first; light may take them a little beyond 1.
    rows, columns : (SIZE * scale, SIZE * scale) where each pixel lies, in px of the world.
    """

    def __init__(self, scale: int) -> None:
        self.scale = scale
        self.pixels = np.zeros((SIZE * scale, SIZE * scale, 3), np.float32)
        middles = ((np.arange(SIZE * scale) + 0.5) / scale - 0.5).astype(np.float32)
        self.columns, self.rows = np.meshgrid(middles, middles)

    def picture(self) -> Image.Image:
        """What has been painted, RGB."""
        return Image.fromarray((self.pixels.clip(0, 1) * 255 + 0.5).astype(np.uint8))

    def gradient(self, top: Colour, bottom: Colour) -> Pixels:
        """(SIZE * scale, SIZE * scale, 3) from the top colour to the bottom one, which is reached at four fifths."""
        side = SIZE * self.scale
        share = np.linspace(0, 1.25, side, dtype=np.float32).clip(0, 1)[:, None, None]
        column = (rgb(top) * (1 - share) + rgb(bottom) * share) / 255
        return np.broadcast_to(column, (side, side, 3)).copy()

    def area(self, top: int, bottom: int, left: int = 0, right: int = SIZE) -> Pixels:
        """The pixels of a rectangle, to be changed; what lies outside the canvas is cut."""
        down, across = (
            slice(max(0, a) * self.scale, max(0, b) * self.scale) for a, b in ((top, bottom), (left, right))
        )
        return self.pixels[down, across]

    def wave(self, random: np.random.Generator, height: float) -> Pixels:
        """(SIZE * scale,) a gentle curve of at most that many px up and down."""
        phase = random.uniform(0, 2 * np.pi, 2)
        x = self.columns[0]
        wave = height * (0.7 * np.sin(x / 52 + phase[0]) + 0.3 * np.sin(x / 23 + phase[1]))
        return wave.astype(np.float32)

    def cover(self, edge: Pixels | float, colour: Pixels) -> None:
        """Everything below the edge, with a soft border and a little shade towards the bottom."""
        edge = rgb(edge + 0 * self.columns[0])
        top = max(0, int(edge.min()) - 1) * self.scale
        below = self.rows[top:] - edge
        shade = rgb(1.0 - 0.14 * (below / SIZE).clip(0, 1)[..., None])
        _blend(self.pixels[top:], colour * shade, self._soft(below))

    def band(self, edge: Pixels, thickness: float, colour: Pixels) -> None:
        """A stripe along the edge."""
        cover = (1 - (np.abs(self.rows - edge) - thickness / 2)).clip(0, 1)
        _blend(self.pixels, colour, cover)

    def mountain(self, peak: tuple[float, float, float], base: float, rock: Pixels, snow: Pixels) -> None:
        """A mountain with a lit and a dark side and snow on top; the peak is its column, its row and its slope."""
        x, top, slope = peak
        edge = (top + np.abs(self.columns[0] - x) * slope).astype(np.float32)
        cover = self._soft(self.rows - edge) * (base - self.rows).clip(0, 1)
        facet = np.where(x > self.columns, 1.08, 0.86)[..., None].astype(np.float32)
        cap = (top + 30 + 6 * np.sin(self.columns / 5) - self.rows).clip(0, 1)[..., None]
        _blend(self.pixels, rock * facet * (1 - cap) + snow * cap, cover)

    def dot(self, x: float, y: float, radius: float, colour: tuple[float, float, float]) -> None:
        """A filled circle."""
        part = self._window(x, y, radius + 1)
        distance = np.hypot(self.columns[part] - x, self.rows[part] - y)
        _blend(self.pixels[part], rgb(colour), self._soft(radius - distance))

    def ring(self, x: float, y: float, radius: float) -> None:
        """A white circle that one sees through."""
        part = self._window(x, y, radius + 2)
        distance = np.hypot(self.columns[part] - x, self.rows[part] - y)
        _blend(self.pixels[part], rgb(1), (1 - np.abs(distance - radius)).clip(0, 1) * 0.6)

    def glow(self, x: float, y: float, radius: float, colour: tuple[float, float, float]) -> None:
        """Light that fades with the distance."""
        distance = np.hypot(self.columns - x, self.rows - y)
        _blend(self.pixels, rgb(colour), (1 - distance / radius).clip(0, 1) ** 2 * 0.7)

    def ellipse(self, x: float, y: float, width: float, height: float, colour: Pixels) -> None:
        """A filled ellipse; width and height are its radii."""
        distance = np.hypot((self.columns - x) / width, (self.rows - y) / height)
        _blend(self.pixels, colour, self._soft((1 - distance) * min(width, height)))

    def shadow(self, x: float, y: float, width: float) -> None:
        """The dark under somebody who stands on the ground."""
        distance = np.hypot((self.columns - x) / (width * 0.5), (self.rows - y) / 9)
        self.pixels *= 1 - (1 - distance).clip(0, 1)[..., None] * 0.45

    def paste(self, sprite: Pixels, centre: int, base: int, light: Pixels) -> None:
        """The sprite, (height, width, 4) pixels, its lowest row on `base`, its middle on `centre`, cut at the edges."""
        side = SIZE * self.scale
        height, width = sprite.shape[:2]
        left, top = centre * self.scale - width // 2, base * self.scale - height
        inner = sprite[max(0, -top) : side - top, max(0, -left) : side - left]
        part = self.pixels[max(0, top) : max(0, top) + inner.shape[0], max(0, left) : max(0, left) + inner.shape[1]]
        _blend(part, inner[..., :3] * light, inner[..., 3])

    def _soft(self, inside: Pixels) -> Pixels:
        """How far each pixel is covered, from how many px of the world it lies inside a border."""
        return (inside * self.scale + 0.5).clip(0, 1)

    def _window(self, x: float, y: float, reach: float) -> tuple[slice, slice]:
        side = SIZE * self.scale

        def around(middle: float) -> slice:
            first, last = int((middle - reach) * self.scale), int((middle + reach) * self.scale)
            return slice(max(0, first), max(0, min(side, last + 2)))

        return around(y), around(x)


def _blend(part: Pixels, colour: Pixels, cover: Pixels) -> None:
    """Paint over a part of a canvas, as far as each pixel is covered, (height, width)."""
    cover = cover[..., None]
    part[:] = part * (1 - cover) + colour * cover

"""Scene -> picture: paints a scene of the story world with numpy and Pillow, 256 px, the same seed the same picture.

Sky, far land, near ground and furniture are painted; subjects and trees are sprites. A small painter draws sharply what
it has met often, and mixes what may stand here or there. So the world is made of few shapes: a place is always seen in
one of four views, whatever the time of day; sun, moon, planets and windows keep to their side; and a subject has one
place and one size. Subjects, stars and bubbles stand on a grid of 16 px, which is the latent's cell.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from gillstory.training.world.scene import Scene
from gillstory.training.world.vocabulary import SUBJECTS

SPRITES = Path(__file__).parent / "sprites"
SIZE = 256  # px, both ways
CELL = 16  # px of the picture under one cell of the latent
VIEWS = 4  # in which a place is seen
Canvas = NDArray[np.float32]  # (SIZE, SIZE, 3), 0..1

Colour = tuple[int, int, int]
SKIES: dict[str, tuple[Colour, Colour]] = {  # top and horizon
    "morning": ((255, 196, 170), (255, 238, 190)),
    "day": ((96, 176, 240), (206, 236, 252)),
    "evening": ((120, 70, 140), (255, 150, 90)),
    "night": ((14, 18, 58), (58, 64, 128)),
}
LIGHT: dict[str, tuple[float, float, float]] = {
    "morning": (1.04, 0.97, 0.90),
    "day": (1.0, 1.0, 1.0),
    "evening": (0.98, 0.78, 0.70),
    "night": (0.46, 0.50, 0.78),
}
GROUND: dict[str, tuple[Colour, Colour]] = {  # far land and near ground
    "meadow": ((140, 200, 110), (104, 184, 80)),
    "snow": ((214, 228, 244), (244, 249, 255)),
    "beach": ((52, 150, 200), (242, 216, 150)),
    "desert": ((228, 176, 100), (240, 198, 120)),
    "forest": ((54, 110, 66), (84, 140, 66)),
    "mountains": ((128, 134, 158), (122, 168, 98)),
    "lake": ((112, 168, 96), (126, 186, 96)),
    "street": ((176, 172, 168), (120, 122, 130)),
    "farm": ((206, 190, 96), (166, 140, 84)),
}
# Furniture of a place: sprite, height in px, how many.
FURNITURE: dict[str, tuple[tuple[str, int, int], ...]] = {
    "meadow": (("1f337", 34, 3), ("1f33c", 28, 3)),
    "snow": (("1f332", 76, 3),),
    "beach": (("1f334", 112, 1), ("1f41a", 26, 2)),
    "desert": (("1f335", 76, 2),),
    "forest": (("1f332", 128, 3), ("1f333", 120, 2)),
    "mountains": (("1f332", 48, 3),),
    "lake": (("1f33e", 52, 3), ("1f333", 76, 1)),
    "street": (("1f3e1", 92, 2), ("1f3e2", 104, 1)),
    "sea floor": (("1fab8", 58, 2), ("1f33f", 52, 2)),
    "farm": (("1f6d6", 92, 1), ("1f33e", 50, 4)),
}
WALLS: tuple[Colour, ...] = ((236, 208, 178), (222, 206, 224))  # of the room, each with a picture or a clock
ON_THE_WALL = ("1f5bc-fe0f", "1f570-fe0f")
ROWS, COLUMNS = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)  # each (SIZE, SIZE)


def _rgb(values: ArrayLike) -> Canvas:
    """Colours as what canvases are made of."""
    return np.asarray(values, np.float32)


class Renderer:
    """Paints scenes with the sprites in sprites/ (Fluent Emoji 3D, MIT; WebP files named by code point)."""

    def __init__(self) -> None:
        self.sprite = lru_cache(maxsize=2048)(self._read_sprite)

    def _read_sprite(self, code: str, height: int) -> Canvas:
        """(height, width, 4), 0..1: cropped to what is visible, as high as asked or, if wide, as wide."""
        with Image.open(SPRITES / f"{code}.webp") as file:
            picture = file.convert("RGBA")
        picture = picture.crop(picture.getchannel("A").point(lambda a: 255 if a > 24 else 0).getbbox())
        scale = height / max(picture.height, picture.width * 0.85)
        size = (max(2, round(picture.width * scale)), max(2, round(picture.height * scale)))
        return _rgb(np.asarray(picture.resize(size, Image.Resampling.LANCZOS), np.float32) / 255)

    def __call__(self, scene: Scene) -> Image.Image:
        """The picture of a scene, RGB, 256 x 256."""
        view = int(np.random.default_rng(scene.seed).integers(VIEWS))
        canvas = self.background(scene.place, scene.time, view)
        light = _rgb(LIGHT[scene.time if scene.place not in ("space", "sea floor") else "day"])
        glow = light if scene.place != "room" else 0.5 + 0.5 * light
        subject_light = 0.35 + 0.65 * glow  # subjects stay readable at night
        places = [(8, 10 * CELL)] if len(scene.subjects) == 1 else [(4, 7 * CELL), (12, 7 * CELL)]
        floating = scene.place in ("space", "sea floor")
        for name, (column, height) in zip(scene.subjects, places, strict=True):
            sprite = self.sprite(SUBJECTS[name], height)
            base = (13 if floating else 15) * CELL
            if not floating:
                _shadow(canvas, column * CELL, base - 3, sprite.shape[1])
            _paste(canvas, sprite, column * CELL, base, subject_light)
        return Image.fromarray((canvas.clip(0, 1) * 255 + 0.5).astype(np.uint8))

    def background(self, place: str, time: str, view: int) -> Canvas:
        """The scene without its subjects; by day and by night a view is of the same land."""
        random = np.random.default_rng(view)
        if place == "room":
            return self._room(time, view)
        if place == "space":
            return self._space(random)
        if place == "sea floor":
            return self._sea_floor(random)
        light = _rgb(LIGHT[time])
        canvas = _gradient(*SKIES[time])
        self._sky(canvas, time, np.random.default_rng(view))
        far, near = (_rgb(_rgb(colour) / 255 * light) for colour in GROUND[place])
        horizon = 150 + int(random.integers(-8, 9))
        if place == "mountains":
            for _ in range(3):
                peak = (float(random.uniform(10, 246)), float(random.uniform(50, 90)), float(random.uniform(0.7, 1.2)))
                _mountain(canvas, peak, horizon + 20, far, _rgb([0.96, 0.97, 1.0]) * light)
        elif place in ("beach", "street"):
            _cover(canvas, horizon + 0 * COLUMNS[0], far)
        else:
            _cover(canvas, horizon + _wave(random, 10), far)
        if place == "beach":
            for row in (horizon + 8, horizon + 20):
                _cover_band(canvas, row + _wave(random, 2), 2, far * 0.6 + 0.4 * light)
        ground = {"beach": 188, "street": 188, "lake": 176}.get(place, 196)
        if place in ("street", "forest", "farm", "snow", "desert"):
            self._furnish(canvas, place, ground + 4, light, random)
        _cover(canvas, ground + _wave(random, 4), near)
        if place == "street":
            for x in range(-10, SIZE, 56):
                canvas[232:237, max(0, x) : max(0, x + 30)] = near * 0.4 + 0.6 * light
        if place == "lake":
            _ellipse(canvas, 128, 184, 150, 26, _rgb([0.26, 0.56, 0.86]) * light)
            _ellipse(canvas, 128, 180, 132, 17, _rgb([0.46, 0.72, 0.94]) * light)
        if place in ("meadow", "beach", "mountains", "lake"):
            self._furnish(canvas, place, 204, light, random)
        return canvas

    def _furnish(self, canvas: Canvas, place: str, base: int, light: Canvas, random: np.random.Generator) -> None:
        """Sprites along the base line, from left to right with gaps, so that they frame the subject."""
        pieces = [(code, height) for code, height, count in FURNITURE[place] for _ in range(count)]
        slots = np.linspace(16, SIZE - 16, len(pieces)) if len(pieces) > 1 else np.array([random.choice([40, 216])])
        for slot, piece in zip(random.permutation(slots), pieces, strict=True):
            sprite = self.sprite(*piece)
            _paste(
                canvas,
                sprite,
                int(slot) + int(random.integers(-8, 9)),
                base + int(random.integers(-2, 6)),
                light * 0.95,
            )

    def _sky(self, canvas: Canvas, time: str, random: np.random.Generator) -> None:
        white = _rgb([1, 1, 1])
        if time == "night":
            _stars(canvas, 26, 8, random)
            _paste(canvas, self.sprite("1f319", 44), 212, 72, white)
        elif time == "day":
            _paste(canvas, self.sprite("2600-fe0f", 50), 44, 72, white)
            _paste(canvas, self.sprite("2601-fe0f", 40), 212, 76, white)
        elif time == "morning":
            _glow(canvas, 44, 120, 90, (1.0, 0.96, 0.7))
            _ellipse(canvas, 44, 120, 20, 20, _rgb([1.0, 0.93, 0.55]))
        else:
            _glow(canvas, 212, 138, 120, (1.0, 0.55, 0.25))
            _ellipse(canvas, 212, 138, 26, 26, _rgb([1.0, 0.62, 0.28]))

    def _room(self, time: str, view: int) -> Canvas:
        tone = 0.55 + 0.45 * _rgb(LIGHT[time])
        canvas = np.broadcast_to(_rgb(WALLS[view % 2]) / 255 * tone, (SIZE, SIZE, 3)).copy()
        canvas[:, ::32] *= 0.96
        canvas[30:118, 150:230] = _rgb([0.55, 0.36, 0.22]) * tone
        canvas[36:112, 156:224] = _gradient(*SKIES[time])[: 76 * 3 : 3, :68]
        if time == "night":
            _paste(canvas, self.sprite("1f319", 24), 206, 66, _rgb([1, 1, 1]))
        elif time == "day":
            _paste(canvas, self.sprite("2600-fe0f", 26), 206, 68, _rgb([1, 1, 1]))
        elif time == "evening":
            _ellipse(canvas, 204, 98, 12, 12, _rgb([1.0, 0.5, 0.2]))
        canvas[36:112, 188:192] = canvas[72:76, 156:224] = _rgb([0.55, 0.36, 0.22]) * tone
        _paste(canvas, self.sprite(ON_THE_WALL[view // 2], 46), 50, 90, tone)
        _cover(canvas, 190 + 0 * COLUMNS[0], _rgb([0.66, 0.45, 0.29]) * tone)
        canvas[190:194] = _rgb([0.42, 0.27, 0.17]) * tone
        _ellipse(canvas, 128, 232, 110, 18, _rgb([0.80, 0.33, 0.32]) * tone)
        return canvas

    def _space(self, random: np.random.Generator) -> Canvas:
        canvas = _gradient((10, 8, 34), (46, 26, 84))
        _stars(canvas, 44, 13, random)
        _paste(canvas, self.sprite("1f30d", 36), 40, 60, _rgb([1, 1, 1]))
        _paste(canvas, self.sprite("1fa90", 62), 212, 84, _rgb([1, 1, 1]))
        _cover(canvas, 214 + _wave(random, 5), _rgb([0.62, 0.61, 0.68]))
        for _ in range(4):
            _ellipse(canvas, random.uniform(10, 246), random.uniform(228, 250), 16, 5, _rgb([0.5, 0.49, 0.57]))
        return canvas

    def _sea_floor(self, random: np.random.Generator) -> Canvas:
        canvas = _gradient((70, 190, 220), (10, 70, 130))
        for x in random.uniform(20, 236, 3):
            beam = np.exp(-(((COLUMNS - x - ROWS * 0.25) / 14) ** 2)) * (1 - ROWS / SIZE) * 0.22
            canvas += beam[..., None]
        for row, column in _cells(12, 12, random):
            _ring(canvas, column, row, 5)
        _cover(canvas, 212 + _wave(random, 6), _rgb([0.80, 0.72, 0.50]) * _rgb([0.75, 0.9, 0.95]))
        self._furnish(canvas, "sea floor", 226, _rgb([0.8, 0.9, 1.0]), random)
        return canvas


def _gradient(top: Colour, bottom: Colour) -> Canvas:
    share = np.linspace(0, 1.25, SIZE, dtype=np.float32).clip(0, 1)[:, None, None]
    column = (_rgb(top) * (1 - share) + _rgb(bottom) * share) / 255
    return np.broadcast_to(column, (SIZE, SIZE, 3)).copy()


def _wave(random: np.random.Generator, height: float) -> NDArray[np.float32]:
    """(SIZE,) a gentle curve of at most that many px up and down."""
    phase = random.uniform(0, 2 * np.pi, 2)
    x = COLUMNS[0]
    wave = height * (0.7 * np.sin(x / 52 + phase[0]) + 0.3 * np.sin(x / 23 + phase[1]))
    return wave.astype(np.float32)


def _cover(canvas: Canvas, edge: NDArray[np.float32], colour: Canvas) -> None:
    """Everything below the edge, with a soft border and a little shade towards the bottom."""
    top = max(0, int(edge.min()) - 1)
    cover = (ROWS[top:] - edge + 0.5).clip(0, 1)[..., None]
    shade = 1.0 - 0.14 * ((ROWS[top:] - edge) / SIZE).clip(0, 1)[..., None]
    canvas[top:] = canvas[top:] * (1 - cover) + colour * shade * cover


def _cover_band(canvas: Canvas, edge: NDArray[np.float32], thickness: float, colour: Canvas) -> None:
    band = (1 - (np.abs(ROWS - edge) - thickness / 2)).clip(0, 1)[..., None]
    canvas[:] = canvas * (1 - band) + colour * band


def _mountain(canvas: Canvas, peak: tuple[float, float, float], base: float, rock: Canvas, snow: Canvas) -> None:
    x, top, slope = peak
    edge = (top + np.abs(COLUMNS[0] - x) * slope).astype(np.float32)
    cover = ((ROWS - edge + 0.5).clip(0, 1) * (base - ROWS).clip(0, 1))[..., None]
    facet = np.where(x > COLUMNS, 1.08, 0.86)[..., None].astype(np.float32)
    cap = (top + 30 + 6 * np.sin(COLUMNS / 5) - ROWS).clip(0, 1)[..., None]
    canvas[:] = canvas * (1 - cover) + (rock * facet * (1 - cap) + snow * cap) * cover


def _window(x: float, y: float, reach: float) -> tuple[slice, slice]:
    return (
        slice(max(0, int(y - reach)), max(0, min(SIZE, int(y + reach) + 2))),
        slice(max(0, int(x - reach)), max(0, min(SIZE, int(x + reach) + 2))),
    )


def _dot(canvas: Canvas, x: float, y: float, radius: float, colour: tuple[float, float, float]) -> None:
    part = _window(x, y, radius + 1)
    cover = (radius + 0.5 - np.hypot(COLUMNS[part] - x, ROWS[part] - y)).clip(0, 1)[..., None]
    canvas[part] = canvas[part] * (1 - cover) + _rgb(colour) * cover


def _cells(count: int, rows: int, random: np.random.Generator) -> NDArray[np.int64]:
    """(count, 2) the middles of that many cells of the topmost rows, no cell twice: row and column in px."""
    cells = random.choice(rows * SIZE // CELL, count, replace=False)
    return np.stack(np.divmod(cells, SIZE // CELL), axis=1) * CELL + CELL // 2


def _stars(canvas: Canvas, count: int, rows: int, random: np.random.Generator) -> None:
    """Stars of two sizes, each in the middle of a cell of the topmost rows."""
    for star, (row, column) in enumerate(_cells(count, rows, random)):
        _dot(canvas, column, row, 1.8 if star % 3 == 0 else 1.0, (1.0, 0.98, 0.88))


def _ring(canvas: Canvas, x: float, y: float, radius: float) -> None:
    part = _window(x, y, radius + 2)
    cover = (1 - np.abs(np.hypot(COLUMNS[part] - x, ROWS[part] - y) - radius)).clip(0, 1)[..., None] * 0.6
    canvas[part] = canvas[part] * (1 - cover) + cover


def _glow(canvas: Canvas, x: float, y: float, radius: float, colour: tuple[float, float, float]) -> None:
    cover = (1 - np.hypot(COLUMNS - x, ROWS - y) / radius).clip(0, 1)[..., None] ** 2 * 0.7
    canvas[:] = canvas * (1 - cover) + _rgb(colour) * cover


def _ellipse(canvas: Canvas, x: float, y: float, width: float, height: float, colour: Canvas) -> None:
    distance = np.hypot((COLUMNS - x) / width, (ROWS - y) / height)
    cover = ((1 - distance) * min(width, height) + 0.5).clip(0, 1)[..., None]
    canvas[:] = canvas * (1 - cover) + colour * cover


def _shadow(canvas: Canvas, x: int, y: int, width: int) -> None:
    cover = (1 - np.hypot((COLUMNS - x) / (width * 0.5), (ROWS - y) / 9)).clip(0, 1)[..., None] * 0.45
    canvas *= 1 - cover


def _paste(canvas: Canvas, sprite: Canvas, centre: int, base: int, light: Canvas) -> None:
    """The sprite with its lowest row on `base`, its middle column on `centre`; what hangs over the edge is cut."""
    height, width = sprite.shape[:2]
    left, top = centre - width // 2, base - height
    inner = sprite[max(0, -top) : SIZE - top, max(0, -left) : SIZE - left]
    part = canvas[max(0, top) : max(0, top) + inner.shape[0], max(0, left) : max(0, left) + inner.shape[1]]
    part[:] = part * (1 - inner[..., 3:]) + inner[..., :3] * light * inner[..., 3:]

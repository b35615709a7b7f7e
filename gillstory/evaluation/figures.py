"""What a part of the suite finds: shares with their counts, and samples for the contact sheet."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image

from gillstory.gill.model import Gill
from gillstory.gill.painter import Painter
from gillstory.gill.session import ImageSlot, Turn
from gillstory.training.probe import Judge

SAMPLES = 48  # of each part on the contact sheet
THUMBNAIL = 160  # px


@dataclass(frozen=True)
class Figure:
    """A share from 0 to 1, or a similarity from -1 to 1, and of how many."""

    value: float
    n: int

    @classmethod
    def share(cls, right: Sequence[bool]) -> Figure:
        """How many of these are true."""
        return cls(sum(right) / max(1, len(right)), len(right))


@dataclass
class Findings:
    """What a part has found.

    Attributes
    ----------
    figures : by name, such as "subject".
    samples : of each: what was to be drawn, and the pictures with a label, and whether they are right.
    """

    figures: dict[str, Figure] = field(default_factory=dict)
    samples: list[dict[str, Any]] = field(default_factory=list)

    def sample(self, caption: str, pictures: Sequence[tuple[str, Image.Image, bool]]) -> None:
        """Keep pictures for the contact sheet, unless there are enough."""
        if len(self.samples) < SAMPLES:
            rows = [{"label": label, "picture": _thumbnail(p), "right": right} for label, p, right in pictures]
            self.samples.append({"caption": caption, "pictures": rows})


@dataclass(frozen=True)
class Subject:
    """What is evaluated, and with what.

    Attributes
    ----------
    folder : where a part keeps what it makes on the way.
    seed : of every draw.
    count : is told how much of a part is done.
    """

    gill: Gill
    judge: Judge
    folder: Path
    seed: int
    count: Callable[[int, int], None]

    @property
    def painter(self) -> Painter:
        """The bundle's painter; the suite refuses bundles that have none."""
        painter = self.gill.painter
        assert painter is not None
        return painter

    def slot(self, *turns: Turn) -> ImageSlot:
        """What the model says of the picture behind turns that are a whole story."""
        session = self.gill.session()
        session.read(turns)
        return session.image()

    def random(self, part: str) -> Random:
        """A part's random numbers, which training has never used."""
        return Random(f"evaluation-{part}-{self.seed}")


def _thumbnail(picture: Image.Image) -> str:
    """A small JPEG as a data address."""
    buffer = io.BytesIO()
    picture.convert("RGB").resize((THUMBNAIL, THUMBNAIL)).save(buffer, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()

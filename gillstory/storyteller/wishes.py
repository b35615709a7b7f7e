"""What the braces behind a picture in story.md wish for in, the settings of its painting out, and back.

`![fox](pictures/page-03.png){seed=7 steps=30 guidance=5}`: all else in the braces is left to those who know it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gillstory.book.book import Picture

NAMES = {"seed": "seed", "steps": "steps", "guidance": "guidance_scale"}  # in the braces: of a picture
SEEDS, MOST_STEPS, MOST_GUIDANCE = 2**32, 500, 50


def wishes(attributes: Mapping[str, str]) -> dict[str, int | float]:
    """Give what is wished for, as a `Picture` names it; what is no such number is no wish."""
    found: dict[str, int | float] = {}
    for name in ("seed", "steps"):
        if re.fullmatch(r"[0-9]{1,10}", attributes.get(name, "")):
            found[name] = int(attributes[name])
    if re.fullmatch(r"[0-9]{1,3}(\.[0-9]+)?", attributes.get("guidance", "")):
        found["guidance_scale"] = float(attributes["guidance"])
    if found.get("seed", 0) >= SEEDS:
        del found["seed"]
    if not 1 <= found.get("steps", 1) <= MOST_STEPS:
        del found["steps"]
    if found.get("guidance_scale", 0) > MOST_GUIDANCE:
        del found["guidance_scale"]
    return found


def written_back(attributes: Mapping[str, str], picture: Picture) -> dict[str, str]:
    """Give the attributes of a picture that was made anew: a wish in them says what it was painted with."""
    made = {name: getattr(picture, field) for name, field in NAMES.items()}
    return {
        key: f"{made[key]:g}"
        if key == "guidance" and made[key] is not None
        else str(made[key])
        if made.get(key) is not None
        else value
        for key, value in attributes.items()
    }

"""recipes/NAME.yaml -> the settings of each training stage."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True)
class Recipe:
    """The settings of all stages; `recipe.vae["steps"]` and so on."""

    seed: int
    stages: dict[str, dict[str, Any]]

    def __getattr__(self, stage: str) -> dict[str, Any]:
        try:
            return self.stages[stage]
        except KeyError:
            raise AttributeError(stage) from None


def read_recipe(name: str) -> Recipe:
    """The recipe that ships with gillstory under this name."""
    settings = yaml.safe_load((files("gillstory.training") / "recipes" / f"{name}.yaml").read_text("utf-8"))
    return Recipe(settings.pop("seed"), settings)

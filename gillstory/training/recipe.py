"""recipes/NAME.yaml, or a file of the user's -> the settings of each training stage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from gillstory.errors import GillstoryError

REMEDY = "Begin with a copy of gillstory/training/recipes/pocket.yaml"


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
    """A recipe that ships with gillstory, by its name, or one in a file.

    Raises
    ------
    GillstoryError : there is none, or it lacks a stage or a setting that the shipped recipe has.
    """
    shipped = files("gillstory.training") / "recipes"
    if (shipped / f"{name}.yaml").is_file():
        settings = yaml.safe_load((shipped / f"{name}.yaml").read_text("utf-8"))
    else:
        settings = _read(Path(name).expanduser())
        said = set(_names(settings))
        for wanted in _names(yaml.safe_load((shipped / "pocket.yaml").read_text("utf-8"))):
            if wanted not in said:
                raise GillstoryError(f"the recipe does not say {wanted}", file=Path(name), remedy=REMEDY)
    return Recipe(settings.pop("seed"), settings)


def _names(settings: dict[str, Any]) -> Iterator[str]:
    """What a recipe says: "vae", "vae: crop" and so on."""
    for stage, said in settings.items():
        if said is not None:
            yield stage
        if isinstance(said, dict):
            yield from (f"{stage}: {key}" for key in said)


def _read(file: Path) -> dict[str, Any]:
    try:
        settings = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
        raise GillstoryError(f"no recipe ({reason})", file=file, remedy=REMEDY) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = None if mark is None else mark.line + 1
        raise GillstoryError("the recipe is not YAML", file=file, line=line, remedy=REMEDY) from error
    if not isinstance(settings, dict):
        raise GillstoryError("the recipe is not a table of settings", file=file, remedy=REMEDY)
    return settings

"""A stage goes on where it stopped, shows how it learns, and says what it needs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from PIL import Image

from gillstory.cli import main
from gillstory.cli.train import STAGES as STAGES_OF_THE_COMMAND
from gillstory.training.stages import NEEDS, STAGES

ROOT = Path(__file__).parents[2]
POCKET = ROOT / "gillstory" / "training" / "recipes" / "pocket.yaml"


@pytest.fixture
def recipe(tmp_path):
    """Write a recipe whose text stage is so small that it trains in a second or two."""

    def write(steps: int, **changes: object) -> Path:
        settings = yaml.safe_load(POCKET.read_text(encoding="utf-8"))
        settings["text"] |= {"vocabulary": 400, "width": 32, "layers": 1, "heads": 2, "batch": 4, "steps": steps}
        for name, value in changes.items():
            settings[name] = value
        file = tmp_path / "small.yaml"
        file.write_text(yaml.safe_dump({k: v for k, v in settings.items() if v is not None}), encoding="utf-8")
        return file

    return write


def train(*arguments: object):
    return CliRunner().invoke(main, ["train", *map(str, arguments)])


def test_a_stage_goes_on_where_it_stopped(recipe, tmp_path):
    work = tmp_path / "work"
    assert train("text", "--recipe", recipe(50), "--work", work).exit_code == 0
    run = train("text", "--recipe", recipe(100), "--work", work)
    assert "text: step 100 of 100" in run.output
    assert "step 50 of" not in run.output
    log = [json.loads(line) for line in (work / "text" / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in log] == [50, 100]


def test_curves_are_a_picture(recipe, tmp_path):
    work = tmp_path / "work"
    train("text", "--recipe", recipe(50), "--work", work)
    with Image.open(work / "text" / "curves.png") as curves:
        assert curves.width > curves.height > 100


def test_a_stage_that_needs_another_names_it(recipe, tmp_path):
    run = train("painter", "--recipe", recipe(50), "--work", tmp_path / "work")
    assert run.exit_code == 2
    assert "Run the stage text first." in run.output


def test_a_recipe_that_lacks_a_setting_is_told_which(recipe, tmp_path):
    run = train("text", "--recipe", recipe(50, vae={"crop": 128}), "--work", tmp_path / "work")
    assert run.exit_code == 2
    assert "small.yaml: the recipe does not say vae: " in run.output


def test_a_recipe_that_is_not_yaml_names_the_line(tmp_path):
    file = tmp_path / "broken.yaml"
    file.write_text("seed: 1\ntext: [\n", encoding="utf-8")
    run = train("text", "--recipe", file, "--work", tmp_path / "work")
    assert run.exit_code == 2
    assert "broken.yaml:" in run.output


def test_a_recipe_that_is_not_there_names_one_to_begin_with(tmp_path):
    run = train("text", "--recipe", tmp_path / "none.yaml", "--work", tmp_path / "work")
    assert run.exit_code == 2
    assert "pocket.yaml" in run.output


def test_the_shipped_recipe_is_complete(tmp_path):
    copied = shutil.copy(POCKET, tmp_path / "mine.yaml")
    run = train("painter", "--recipe", copied, "--work", tmp_path / "work")
    assert "does not say" not in run.output


def test_the_command_knows_every_stage():
    assert tuple(STAGES) == STAGES_OF_THE_COMMAND
    assert set(NEEDS) <= set(STAGES)
    assert {needed.split("/")[0] for group in NEEDS.values() for needed in group} <= set(STAGES)

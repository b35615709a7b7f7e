"""`gillstory eval` keeps what it has found, tells it as JSON, and never mixes two seeds."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from gillstory.cli import main
from gillstory.cli.eval import PARTS as PARTS_OF_THE_COMMAND
from gillstory.errors import GillstoryError
from gillstory.evaluation import books, context, decision, drawing, retrieval
from gillstory.evaluation.report import write_sheet
from gillstory.evaluation.suite import PARTS, evaluate
from gillstory.evaluation.threshold import best_threshold


class Counted:
    """Notes which parts were run."""

    def __init__(self) -> None:
        self.stages: list[str] = []

    def on_stage(self, stage: str) -> None:
        self.stages.append(stage)

    def on_count(self, done: int, total: int) -> None: ...


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """A few of each, for the test's sake."""
    for module, name, count in (
        (drawing, "RENDERED", 6), (drawing, "DRAWN", 2), (context, "TALES", 1), (retrieval, "SCENES", 12),
        (retrieval, "PHOTOGRAPHS", 3), (decision, "STORIES", 4), (books, "BOOKS", 1), (books, "PAGES", 2),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, count)


def test_all_figures_are_there(gill, tmp_path):
    results = evaluate(gill, tmp_path, 0, list(PARTS), Counted())
    wanted = {
        "probe": {"subject", "place"},
        "drawing": {"subject", "second_subject", "place", "time"},
        "context": {"gill_story", "gill_sentence", "painter_sentence", "painter_story", "picture"},
        "cast": {"hero_kept"},
        "retrieval": {"renders_r1", "photos_r5"},
        "threshold": {"search_threshold", "search_balanced_accuracy", "story_threshold", "story_nothing_found"},
        "decision": {"macro_f1"},
        "text": {"distinct_2", "full_sentence", "repeated"},
    }
    for part, names in wanted.items():
        assert names <= set(results.figures[part])
        for name, figure in results.figures[part].items():
            assert (-1 if name.endswith("threshold") else 0) <= figure.value <= 1  # a cosine, or a share
    page = write_sheet(results, tmp_path, "pocket").read_text(encoding="utf-8")
    assert page.count("<img") >= 1 + 2 + 5
    assert "<script" not in page


def test_a_part_that_is_done_is_not_run_again(gill, tmp_path):
    first, second = Counted(), Counted()
    once = evaluate(gill, tmp_path, 0, ["probe"], first)
    again = evaluate(gill, tmp_path, 0, ["probe", "decision"], second)
    assert (first.stages, second.stages) == (["probe"], ["decision"])
    assert once.figures["probe"] == again.figures["probe"]


def test_results_of_two_seeds_are_kept_apart(gill, tmp_path):
    evaluate(gill, tmp_path, 0, ["probe"], Counted())
    with pytest.raises(GillstoryError, match="another seed"):
        evaluate(gill, tmp_path, 1, ["probe"], Counted())


def test_json_is_nested_by_part(tmp_path):
    run = CliRunner().invoke(main, ["eval", "pocket", "probe", "--output", str(tmp_path / "out"), "--json"])
    assert run.exit_code == 0, run.output
    found = json.loads(run.stdout)
    assert found["probe"]["subject"]["n"] == 6
    assert 0 <= found["probe"]["place"]["value"] <= 1


def test_the_command_knows_every_part():
    assert tuple(PARTS) == PARTS_OF_THE_COMMAND


def test_the_threshold_is_the_one_that_separates_best():
    fitting, others = np.array([0.9, 0.5, 0.4, 0.1]), np.array([0.45, 0.3, 0.2, 0.0, -0.1])
    assert best_threshold(fitting, others) == (0.4, pytest.approx((3 / 4 + 4 / 5) / 2))
    assert best_threshold(others[::-1] + 1, others) == (pytest.approx(0.9), 1.0)

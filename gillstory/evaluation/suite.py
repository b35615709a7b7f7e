"""The parts of the suite in order; each is kept as soon as it is done, so that a stopped run goes on behind it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from gillstory.errors import GillstoryError
from gillstory.evaluation.books import keep_hero, read_text
from gillstory.evaluation.context import draw_last_pages
from gillstory.evaluation.decision import decide_stories
from gillstory.evaluation.drawing import draw_captions, judge_renders
from gillstory.evaluation.figures import Figure, Findings, Subject
from gillstory.evaluation.retrieval import find_pictures
from gillstory.evaluation.threshold import find_thresholds
from gillstory.gill.model import Gill
from gillstory.training.probe import Judge
from gillstory.training.progress import write_text

PARTS: dict[str, Callable[[Subject], Findings]] = {
    "probe": judge_renders,
    "drawing": draw_captions,
    "context": draw_last_pages,
    "retrieval": find_pictures,
    "threshold": find_thresholds,
    "decision": decide_stories,
    "cast": keep_hero,
    "text": read_text,
}


class Listener(Protocol):
    """Is told how far the suite is."""

    def on_stage(self, stage: str) -> None:
        """A part begins."""

    def on_count(self, done: int, total: int) -> None:
        """So much of the part is done."""


@dataclass(frozen=True)
class Results:
    """What all parts have found so far, by part."""

    figures: dict[str, dict[str, Figure]]
    samples: dict[str, list[dict[str, Any]]]


def evaluate(gill: Gill, folder: Path, seed: int, parts: Sequence[str], listener: Listener) -> Results:
    """Run parts of the suite, those that are done already excepted.

    Parameters
    ----------
    folder : where the parts' results and the books are kept, for this bundle and this seed.

    Raises
    ------
    GillstoryError : the bundle has no painter; or the folder holds results of another bundle or seed.
    """
    if gill.bundle.painter is None:
        raise GillstoryError(f"the model '{gill.bundle.name}' has no painter: there is no drawing to judge")
    made_by = {"hashes": gill.bundle.hashes(), "seed": seed}
    _require_same(folder, made_by)
    judge: Judge | None = None
    results = Results({}, {})
    for part in parts:
        file = folder / f"{part}.json"
        if not file.exists():
            listener.on_stage(part)
            judge = judge or Judge()
            findings = PARTS[part](Subject(gill, judge, folder, seed, listener.on_count))
            write_text(file, json.dumps(asdict(findings), indent=1))
        found = json.loads(file.read_text(encoding="utf-8"))
        results.figures[part] = {name: Figure(**figure) for name, figure in found["figures"].items()}
        results.samples[part] = found["samples"]
    return results


def _require_same(folder: Path, made_by: dict[str, Any]) -> None:
    """Keep results of two bundles, or of two seeds, apart."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "suite.json"
    if file.exists() and json.loads(file.read_text(encoding="utf-8")) != made_by:
        remedy = "Name another one with --output, or delete it"
        raise GillstoryError("this folder holds results of other weights or another seed", file=folder, remedy=remedy)
    write_text(file, json.dumps(made_by, indent=1))

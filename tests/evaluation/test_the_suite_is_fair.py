"""What the suite asks was never trained on, and its judge is right about what it was trained for."""

from __future__ import annotations

from pathlib import Path
from random import Random

from gillstory.evaluation import decision, drawing, retrieval, tales
from gillstory.evaluation.drawing import Verdict
from gillstory.training.world import scene as scenes
from gillstory.training.world import stories
from gillstory.training.world.render import Renderer
from gillstory.training.world.scene import Scene, random_scene
from gillstory.training.world.vocabulary import SUBJECTS, SYNONYMS

PHOTOGRAPHS = Path(retrieval.__file__).parent / "photographs"


def test_the_judge_is_right_about_rendered_scenes(judge):
    random, render = Random("judge"), Renderer()
    shown = [random_scene(random, held_out=True) for _ in range(60)]
    verdict = Verdict(judge, shown, [render(scene) for scene in shown])
    assert sum(verdict.subject) >= 0.97 * len(shown)
    assert sum(verdict.place) >= 0.99 * len(shown)


def test_the_judge_sees_when_a_picture_shows_something_else(judge):
    render = Renderer()
    picture = render(Scene(("fox",), "forest", "night", 1))
    verdict = Verdict(judge, [Scene(("whale",), "beach", "day", 1)], [picture])
    assert (verdict.subject, verdict.place, verdict.time) == ([False], [False], [False])


def test_no_template_of_the_suite_is_one_of_training():
    asked = {
        *tales.INTRODUCTIONS, *tales.SETTINGS, *tales.TIMES_TOLD, *tales.ENDINGS_BY_NAME, *tales.ENDINGS_BY_PRONOUN,
        *tales.SHOWN, *retrieval.SIGHTS, *decision.MEMORIES,
    }  # fmt: skip
    trained = {
        *stories.INTRODUCTIONS, *stories.MIDDLES, *stories.SETTINGS, *stories.TIME_SETTINGS, *stories.ENDINGS,
        *stories.PLACED_ENDINGS, *stories.MEMORIES, *stories.SIGHTS, *stories.MEETINGS, *stories.REMARKS,
    }  # fmt: skip
    assert not asked & trained
    assert not set(tales.NAMES) & set(stories.NAMES)
    assert not any(
        template.startswith(opening) for template in drawing.CAPTIONS for opening in scenes.OPENINGS if opening
    )


def test_a_tale_names_its_subject_only_at_its_beginning():
    random = Random(2)
    for _ in range(200):
        tale = tales.tell_tale(random)
        assert 2 <= len(tale.sentences) <= 5
        assert tale.scene.held_out
        words = {*tale.sentences[-1].lower().rstrip(".").split(), *" ".join(tale.shown).lower().split()}
        assert not words & {*SUBJECTS, *(word for said in SYNONYMS.values() for word in said)}


def test_another_seed_asks_for_something_else():
    assert tales.tell_tale(Random("evaluation-context-0")) != tales.tell_tale(Random("evaluation-context-1"))


def test_every_photograph_is_attributed():
    nouns, pictures = retrieval.photographs()
    assert len(nouns) == len(pictures) == 100
    table = (PHOTOGRAPHS / "ATTRIBUTION.md").read_text(encoding="utf-8")
    assert all(f"`{file.name}`" in table for file in PHOTOGRAPHS.glob("*.webp"))

"""Does the painter draw what a caption says? And does the judge see what a rendered scene shows?"""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from gillstory.evaluation.figures import Figure, Findings, Subject
from gillstory.training.probe import Judge, place_targets, time_targets
from gillstory.training.world.render import Renderer
from gillstory.training.world.scene import Scene, random_scene
from gillstory.training.world.vocabulary import PLACES, SUBJECTS, TIMELESS, TIMES, with_article

RENDERED = 400
DRAWN = 240
PAIR_SHARE = 0.25
CAPTIONS = (  # none that training has
    "{who} could be seen {place} {time}",
    "{time} {who} stayed {place}",
    "an illustration of {who} {place} {time}",
    "here is {who} {place} {time}",
)


def judge_renders(subject: Subject) -> Findings:
    """How often the judge is right about rendered scenes."""
    random, render = subject.random("probe"), Renderer()
    scenes = [random_scene(random, held_out=True) for _ in range(RENDERED)]
    verdict = Verdict(subject.judge, scenes, [render(scene) for scene in scenes])
    return Findings({"subject": Figure.share(verdict.subject), "place": Figure.share(verdict.place)})


def draw_captions(subject: Subject) -> Findings:
    """How often the judge sees in a painted picture what its caption says."""
    painter, random = subject.painter, subject.random("drawing")
    scenes = [random_scene(random, held_out=True, pair_share=PAIR_SHARE) for _ in range(DRAWN)]
    captions = [held_out_caption(scene, random.choice(CAPTIONS), random.randrange(4)) for scene in scenes]
    pictures = []
    for number, condition in enumerate(painter.encode(captions)):
        pictures.append(painter.paint(condition, seed=random.getrandbits(32)))
        subject.count(number + 1, DRAWN)
    verdict = Verdict(subject.judge, scenes, pictures)
    findings = Findings(
        {
            "subject": Figure.share(verdict.subject),
            "second_subject": Figure.share(verdict.second),
            "place": Figure.share(verdict.place),
            "time": Figure.share(verdict.time),
        }
    )
    for caption, picture, right in zip(captions, pictures, verdict.subject, strict=True):
        findings.sample(caption, [("", picture, right)])
    return findings


class Verdict:
    """What the judge sees in pictures, against the scenes that they should show.

    Attributes
    ----------
    subject : for each picture, whether its scene's first subject is among the likeliest, as many as the scene has.
    second : the same of the second one, for pictures of two.
    place : for each picture; time : for those whose place has times of day.
    """

    def __init__(self, judge: Judge, scenes: Sequence[Scene], pictures: Sequence[Image.Image]) -> None:
        subjects, places, times = judge(pictures)
        names = list(SUBJECTS)
        self.subject: list[bool] = []
        self.second: list[bool] = []
        for scene, row in zip(scenes, subjects, strict=True):
            seen = {names[index] for index in row.topk(len(scene.subjects)).indices}
            self.subject.append(scene.subjects[0] in seen)
            self.second += [other in seen for other in scene.subjects[1:]]
        self.place: list[bool] = (places.argmax(-1) == place_targets(scenes)).tolist()
        told = time_targets(scenes)
        self.time: list[bool] = (times.argmax(-1) == told)[told >= 0].tolist()


def held_out_caption(scene: Scene, template: str, phrase: int) -> str:
    """A scene in words: a template, and one of the phrases for its place and time."""
    text = template.format(
        who=" and ".join(with_article(name) for name in scene.subjects),
        place=PLACES[scene.place][phrase],
        time="" if scene.place in TIMELESS else TIMES[scene.time][phrase],
    )
    return " ".join(text.split())

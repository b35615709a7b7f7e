"""Does GILL draw the last page of a story as one who has read the story (the paper's Table 1 in small)?"""

from __future__ import annotations

import torch
from PIL import Image
from torch import Tensor

from gillstory.evaluation.drawing import Verdict
from gillstory.evaluation.figures import Figure, Findings, Subject
from gillstory.evaluation.tales import tell_tale
from gillstory.gill.session import Turn
from gillstory.training.world.render import Renderer

TALES = 120
WAYS = ("gill_story", "gill_sentence", "painter_sentence", "painter_story", "picture")


def draw_last_pages(subject: Subject) -> Findings:
    """Draw each tale's last page in five ways from the same seed, and ask the judge for its subject.

    GILL with the whole story and with the last sentence alone; the painter's own text encoder with the last sentence
    and with the whole story; and GILL with an earlier page's picture in the place of the words that say who it is.
    """
    random, render, painter = subject.random("context"), Renderer(), subject.painter

    def mapped(*turns: Turn) -> Tensor:
        return torch.from_numpy(subject.slot(*turns).condition)

    tales = [tell_tale(random) for _ in range(TALES)]
    sentences = painter.encode([tale.sentences[-1] for tale in tales])
    stories = painter.encode([" ".join(tale.sentences) for tale in tales])
    right: dict[str, list[bool]] = {way: [] for way in WAYS}
    findings = Findings()
    for number, tale in enumerate(tales):
        seed = random.getrandbits(32)
        conditions = {
            "gill_story": mapped(" ".join(tale.sentences)),
            "gill_sentence": mapped(tale.sentences[-1]),
            "painter_sentence": sentences[number],
            "painter_story": stories[number],
            "picture": mapped(render(tale.earlier), "\n\n" + " ".join(tale.shown)),
        }
        pictures: list[Image.Image] = [painter.paint(conditions[way], seed=seed) for way in WAYS]
        verdicts = Verdict(subject.judge, [tale.scene] * len(WAYS), pictures).subject
        for way, verdict in zip(WAYS, verdicts, strict=True):
            right[way].append(verdict)
        findings.sample(" ".join(tale.sentences), list(zip(WAYS, pictures, verdicts, strict=True)))
        subject.count(number + 1, TALES)
    findings.figures = {way: Figure.share(right[way]) for way in WAYS}
    return findings

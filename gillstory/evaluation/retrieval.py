"""Do a story's words find the picture that they mean, among rendered scenes and among real photographs?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import as_file, files

import numpy as np
from PIL import Image

from gillstory.evaluation.drawing import CAPTIONS, held_out_caption
from gillstory.evaluation.figures import Figure, Findings, Subject
from gillstory.evaluation.tales import NAMES
from gillstory.training.world.render import Renderer
from gillstory.training.world.scene import random_scene
from gillstory.training.world.vocabulary import with_article

SCENES = 500
PHOTOGRAPHS = 100  # at most: there are no more
SIGHTS = (  # none that training has
    "Nobody had told {name} that {a_kind} would be waiting there.",
    "{name} whispered: what a beautiful thing, {a_kind}!",
    "On the wall hung a snapshot of {a_kind}.",
    "All at once {name} noticed {a_kind}.",
)


def find_pictures(subject: Subject) -> Findings:
    """Recall at 1 and 5 of held-out sentences against rendered scenes, and of sentences against photographs.

    A picture is right when it shows the same subjects, place and time as the sentence says; a photograph, when it
    shows the noun.
    """
    random, render, gill = subject.random("retrieval"), Renderer(), subject.gill
    scenes = [random_scene(random, held_out=True) for _ in range(SCENES)]
    embeddings = gill.embed_pictures([render(scene) for scene in scenes])
    sentences = [held_out_caption(scene, random.choice(CAPTIONS), random.randrange(4)) + "." for scene in scenes]
    shows = [(scene.subjects, scene.place, scene.time) for scene in scenes]
    renders = ranks(queries(subject, sentences), shows, embeddings, shows)
    nouns, pictures = photographs()
    told = [random.choice(SIGHTS).format(name=random.choice(NAMES), a_kind=with_article(noun)) for noun in nouns]
    photos = ranks(queries(subject, told), nouns, gill.embed_pictures(pictures), nouns)
    findings = Findings(
        {
            "renders_r1": Figure.share([rank < 1 for rank in renders]),
            "renders_r5": Figure.share([rank < 5 for rank in renders]),
            "photos_r1": Figure.share([rank < 1 for rank in photos]),
            "photos_r5": Figure.share([rank < 5 for rank in photos]),
        }
    )
    for sentence, picture, rank in zip(told, pictures, photos, strict=True):
        findings.sample(sentence, [(f"found as number {rank + 1}", picture, rank < 5)])
    return findings


def queries(subject: Subject, sentences: Sequence[str]) -> np.ndarray:
    """(sentences, retrieval) GILL's retrieval queries, each sentence a story of its own."""
    rows = []
    for sentence in sentences:
        rows.append(subject.slot(sentence).query)
        subject.count(len(rows), len(sentences))
    return np.stack(rows)


def ranks(queries: np.ndarray, wanted: Sequence[object], embeddings: np.ndarray, shown: Sequence[object]) -> list[int]:
    """How many pictures are more similar to each query than the first one that shows what is wanted."""
    order = np.argsort(-(queries @ embeddings.T), axis=1, kind="stable")
    return [
        next(rank for rank, column in enumerate(row) if shown[column] == want)
        for row, want in zip(order, wanted, strict=True)
    ]


def photographs() -> tuple[list[str], list[Image.Image]]:
    """Real photographs with the nouns that they show; photographs/ATTRIBUTION.md says whose they are."""
    folder = files("gillstory.evaluation") / "photographs"
    listed = json.loads((folder / "photographs.json").read_text("utf-8"))[:PHOTOGRAPHS]
    pictures = []
    for row in listed:
        with as_file(folder / row["file"]) as path, Image.open(path) as picture:
            pictures.append(picture.convert("RGB"))
    return [row["noun"] for row in listed], pictures

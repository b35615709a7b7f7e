"""Does GILL paint what the painter can draw, and look for a photograph where that serves better?"""

from __future__ import annotations

from random import Random

import torch

from gillstory.evaluation.drawing import CAPTIONS, held_out_caption
from gillstory.evaluation.figures import Figure, Findings, Subject
from gillstory.evaluation.retrieval import SIGHTS
from gillstory.evaluation.tales import NAMES, tell_tale
from gillstory.gill.adapters import DECISIONS
from gillstory.training.decision import macro_f1
from gillstory.training.world.photographs import OF_THE_WORLD
from gillstory.training.world.scene import random_scene
from gillstory.training.world.stories import held_out_nouns
from gillstory.training.world.vocabulary import with_article

STORIES = 400
MEMORIES = (  # none that training has
    "Grandmother's old camera had caught {a_kind} one summer.",
    "{name} kept a faded photograph of {a_kind} in a tin box.",
    "Look, that is the snapshot of {a_kind} that Father took.",
    "In those years we had {a_kind}, and here it is in a photo.",
)


def decide_stories(subject: Subject) -> Findings:
    """Macro-F1 of the decision on held-out stories.

    Half of them mean held-out scenes of the world, in a sentence or as a tale. The other half speak of nouns that
    neither the painter nor the training ever met, or of a photograph, whatever it shows.
    """
    random = subject.random("decision")
    decisions, targets = [], []
    for number in range(STORIES):
        paintable = number % 2 == 0
        decision = subject.slot(_of_the_world(random) if paintable else _of_a_photograph(random)).decision
        decisions.append(DECISIONS.index(max(decision, key=lambda name: decision[name])))
        targets.append(DECISIONS.index("generate" if paintable else "retrieve"))
        subject.count(number + 1, STORIES)
    return Findings({"macro_f1": Figure(macro_f1(torch.tensor(decisions), torch.tensor(targets)), STORIES)})


def _of_the_world(random: Random) -> str:
    if random.random() < 0.5:
        return " ".join(tell_tale(random).sentences)
    scene = random_scene(random, held_out=True)
    return held_out_caption(scene, random.choice(CAPTIONS), random.randrange(4)) + "."


def _of_a_photograph(random: Random) -> str:
    unseen = random.choice(list(held_out_nouns()))
    if random.random() < 0.5:
        return random.choice(SIGHTS).format(name=random.choice(NAMES), a_kind=with_article(unseen))
    noun = random.choice((unseen, random.choice(list(OF_THE_WORLD))))
    return random.choice(MEMORIES).format(name=random.choice(NAMES), a_kind=with_article(noun))

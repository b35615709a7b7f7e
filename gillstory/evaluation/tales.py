"""Stories of 2 to 5 sentences whose last one means a known scene only to those who have read the others.

No sentence here is one of the templates that anything was trained on, and the scenes are held out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from gillstory.training.world.scene import Scene, random_scene
from gillstory.training.world.vocabulary import HEROES, PLACES, TIMELESS, TIMES, with_article

NAMES = ("Bella", "Koko", "Rufus", "Tansy", "Olli", "Juno", "Barnaby", "Pepper", "Lotte", "Milo", "Nora", "Fritz")
INTRODUCTIONS = (
    "In a far-off land lived {a_kind}, and everybody called it {name}.",
    "Let me tell you about {name}, who was {a_kind}.",
    "My neighbour is {a_kind}. The neighbour's name is {name}.",
    "Do you know {name}? {name} is {a_kind} with a warm heart.",
    "Have you met {a_kind} whose name is {name}?",
)
SETTINGS = (
    "One fine time {name} wandered off and ended up {place}.",
    "All of this took place {place}.",
    "There was nobody else {place}.",
    "{name} felt at ease {place}.",
)
TIMES_TOLD_BY_DAY = ("What follows came to pass {time}.", "It all began {time}.")
TIMES_TOLD = ("The clock said that it was late, for this was {time}.", *TIMES_TOLD_BY_DAY)
ENDINGS_BY_NAME = (
    "{name} yawned and closed both eyes.",
    "{name} hummed a merry tune.",
    "{name} turned around twice.",
    "Now {name} felt much better.",
    "{name} kept very still.",
)
ENDINGS_BY_PRONOUN = (
    "{Pronoun} yawned and closed both eyes.",
    "{Pronoun} hummed a merry tune.",
    "Soon {pronoun} turned around twice.",
    "Now {pronoun} felt much better.",
    "{Pronoun} kept very still.",
)
SHOWN = ("Here you see {name}.", "The one in the picture is {name}.", "{name} is the name of this one.")


@dataclass(frozen=True)
class Tale:
    """A story and the scene that its last sentence means.

    Attributes
    ----------
    sentences : of which the last is to be drawn.
    earlier : what an earlier page's picture shows: the hero, elsewhere.
    shown : the story without the words that say what the hero is, for a reader who has seen that picture.
    """

    sentences: tuple[str, ...]
    scene: Scene
    earlier: Scene
    shown: tuple[str, ...]


def tell_tale(random: Random) -> Tale:
    """Tell a tale of a held-out scene."""
    while True:
        scene = random_scene(random, held_out=True, pair_share=0.0)
        if scene.subjects[0] in HEROES:
            break
    timeless = scene.place in TIMELESS
    pronoun = random.choice(("he", "she", "it"))
    words = {
        "name": random.choice(NAMES),
        "a_kind": with_article(scene.subjects[0]),
        "pronoun": pronoun,
        "Pronoun": pronoun.capitalize(),
        "place": random.choice(PLACES[scene.place]),
        "time": random.choice(TIMES[scene.time]),
    }
    told = [random.choice(SETTINGS)]
    if not timeless:
        told.append(random.choice(TIMES_TOLD if scene.time in ("evening", "night") else TIMES_TOLD_BY_DAY))
    random.shuffle(told)
    told.append(random.choice(random.choice((ENDINGS_BY_NAME, ENDINGS_BY_PRONOUN))))
    story, shown = [random.choice(INTRODUCTIONS), *told], [random.choice(SHOWN), *told]
    earlier = replace(random_scene(random, pair_share=0.0), subjects=scene.subjects)
    return Tale(
        tuple(sentence.format(**words) for sentence in story),
        scene,
        earlier,
        tuple(sentence.format(**words) for sentence in shown),
    )

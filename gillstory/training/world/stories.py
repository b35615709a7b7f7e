"""Short stories whose last sentence means a known scene: what teaches GILL's adapters to listen to the whole story.

A hero is introduced ("Pip was a small fox."), the place and the time are set, something happens, and the last sentence
names the hero by name, by pronoun, or by kind. Some stories have no scene in the world at all: they speak of things
that the painter cannot draw, or of photographs and memories, and a photo serves them better.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from gillstory.training.world.scene import Scene, caption, random_scene
from gillstory.training.world.vocabulary import HEROES, PLACES, TIMELESS, TIMES, with_article

NAMES = (
    "Pip", "Mo", "Ada", "Tilly", "Otto", "Nell", "Bruno", "Luna", "Finn", "Rosie", "Max", "Daisy", "Hugo", "Poppy",
    "Leo", "Mia", "Oscar", "Ruby", "Sam", "Willow", "Teddy", "Hazel", "Jack", "Ivy", "Toby", "Clara", "Gus", "Wren",
)  # fmt: skip
QUALITIES = ("small", "little", "old", "young", "brave", "kind", "shy", "happy", "curious", "clever", "gentle", "tiny")
INTRODUCTIONS = (
    "{name} was {a_kind}.", "Once upon a time there was {a_kind} named {name}.", "This is {name}, {a_kind}.",
    "There once was {a_kind} called {name}.", "{name} is {a_kind}.", "{A_kind} called {name} lived here.",
    "Once there was {a_kind}, and its name was {name}.",
)  # fmt: skip
MIDDLES = (
    "{name} liked to sing.", "It was a good day.", "{name} had many friends.", "Everyone loved {name}.",
    "{Pronoun} wanted to see the whole world.", "{name} was hungry.", "{Pronoun} had a dream.",
    "Nobody knew what would happen next.", "{name} was never afraid.", "{Pronoun} told a funny joke.",
    "The wind was soft.", "{name} thought about it for a long time.", "{Pronoun} smiled.",
    "Something wonderful was about to happen.", "{name} said, \"Let us go!\"", "\"What a day,\" said {name}.",
)  # fmt: skip
SETTINGS = (
    "{name} went on a long walk and came to rest {place}.", "One day {name} was {place}.", "{Pronoun} lived {place}.",
    "They were all {place}.", "{name} woke up {place}.", "The story begins {place}.", "{Pronoun} travelled far and arrived {place}.",
)  # fmt: skip
TIME_SETTINGS = ("It was {time_noun}.", "{Time}, all was quiet.", "{Time}, everything looked different.", "It happened {time}.")
TIME_NOUNS = {
    "morning": ("morning", "early morning", "sunrise"),
    "day": ("noon", "a bright day", "a sunny afternoon"),
    "evening": ("evening", "sunset", "dusk"),
    "night": ("night", "midnight", "a dark night"),
}
ENDINGS = (
    "{who} sat down and rested.", "{who} slept.", "{who} looked around.", "{who} waited.", "{who} was happy.",
    "{who} stopped and listened.", "And there {who_low} stood.", "{who} laughed and danced.", "{who} played for hours.",
    "{who} saw something strange.", "Then {who_low} began to sing.", "{who} smiled at last.", "{who} took a deep breath.",
)  # fmt: skip
PLACED_ENDINGS = (
    "{who} sat {place}.", "{who} was {place}.", "{who} played {place}.", "{who} walked {place}.", "{who} slept {place}.",
    "{who} found a friend {place}.", "At last {who_low} arrived {place}.",
)  # fmt: skip


@dataclass(frozen=True)
class WorldStory:
    """Sentences, and the scene that the last one means (None where only a photograph would do)."""

    sentences: tuple[str, ...]
    scene: Scene
    hero: str
    name: str


def random_story(random: Random, *, held_out: bool = False) -> WorldStory:
    """A story of 1 to 5 sentences about one hero."""
    scene = random_scene(random, held_out=held_out, pair_share=0.0)
    while scene.subjects[0] not in HEROES:
        scene = random_scene(random, held_out=held_out, pair_share=0.0)
    kind, name = scene.subjects[0], random.choice(NAMES)
    quality = random.choice(QUALITIES)
    a_kind = with_article(f"{quality} {kind}" if random.random() < 0.6 else kind)
    pronoun = random.choice(("he", "she", "it"))
    place, time = random.choice(PLACES[scene.place]), random.choice(TIMES[scene.time])
    words = {
        "name": name, "a_kind": a_kind, "A_kind": a_kind[0].upper() + a_kind[1:], "pronoun": pronoun,
        "Pronoun": pronoun.capitalize(), "place": place, "time": time, "Time": time[0].upper() + time[1:],
        "time_noun": random.choice(TIME_NOUNS[scene.time]),
    }  # fmt: skip
    who = random.choice((name, name, pronoun, f"the {kind}"))
    words["who"], words["who_low"] = who[0].upper() + who[1:], who
    if random.random() < 0.15:  # a caption alone is a story of one sentence
        return WorldStory((caption(scene, random).rstrip(".") + ".",), scene, kind, name)
    placed = random.random() < 0.4
    ending = random.choice(PLACED_ENDINGS if placed else ENDINGS)
    body = [] if placed else [random.choice(SETTINGS)]
    if scene.place not in TIMELESS and (scene.time != "day" or random.random() < 0.5):
        body.append(random.choice(TIME_SETTINGS))
    body += random.sample(MIDDLES, random.choice((0, 0, 1, 1, 2)))
    random.shuffle(body)
    sentences = [random.choice(INTRODUCTIONS), *body, ending]
    return WorldStory(tuple(s.format(**words) for s in sentences), scene, kind, name)

"""Random numbers -> a scene, and a scene -> the captions that say it.

Some combinations of subject, place and time are held out: training never meets them, so that `eval` can ask whether
the painter composes or remembers.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from random import Random
from zlib import crc32

from gillstory.training.world.vocabulary import PLACES, SUBJECTS, TIMELESS, TIMES, with_article

HELD_OUT_SHARE = 12  # one combination in so many is never trained on
PAIR_SHARE = 0.2  # of scenes show two subjects
DOUBTS = ("first", "second", "place", "time")  # what one may be unsure of: either subject, where, when


@dataclass(frozen=True)
class Scene:
    """What one picture shows: one or two subjects, left to right, the place, the light; the seed decides the rest."""

    subjects: tuple[str, ...]
    place: str
    time: str
    seed: int

    @property
    def held_out(self) -> bool:
        """Whether training must never show this combination of first subject, place and time."""
        return crc32(f"{self.subjects[0]}|{self.place}|{self.time}".encode()) % HELD_OUT_SHARE == 0


def random_scene(random: Random, *, held_out: bool = False, pair_share: float = PAIR_SHARE) -> Scene:
    """A scene of the world that training may use or, if asked, one that it may not."""
    while True:
        subjects = tuple(random.sample(list(SUBJECTS), 2 if random.random() < pair_share else 1))
        place = random.choice(list(PLACES))
        time = "day" if place in TIMELESS else random.choice(list(TIMES))
        scene = Scene(subjects, place, time, random.getrandbits(32))
        if scene.held_out == held_out:
            return scene


def misheard(scene: Scene, doubts: Collection[str], random: Random) -> Scene:
    """What one might take a scene for who is not sure of these DOUBTS; it is a scene that training may use."""
    while True:
        other = random_scene(random, pair_share=0.5)
        first = (other if "first" in doubts else scene).subjects[:1]
        second = (other if "second" in doubts else scene).subjects[1:]
        place = (other if "place" in doubts else scene).place
        time = "day" if place in TIMELESS else (other if "time" in doubts else scene).time
        heard = Scene(first + second, place, time, scene.seed)
        if first != second and not heard.held_out:
            return heard


ACTIONS = (
    "is", "sits", "stands", "waits", "rests", "sleeps", "plays", "smiles", "looks around", "sings", "stops", "stayed",
    "was", "sat", "stood", "waited", "rested", "slept", "played", "smiled", "walked", "was happy",
)  # fmt: skip
QUALITIES = ("", "", "", "", "little ", "small ", "big ", "old ", "young ", "happy ", "kind ", "brave ", "lovely ")
OPENINGS = ("", "", "", "A picture of ", "There is ", "There was ", "Look, ", "We see ", "Once there was ")


def caption(scene: Scene, random: Random) -> str:
    """One of the many ways to say a scene; the time is left out now and then by day, when it goes without saying."""
    articles = [_noun_phrase(name, random) for name in scene.subjects]
    who = " and ".join(articles)
    where = random.choice(PLACES[scene.place])
    silent = scene.place in TIMELESS or (scene.time == "day" and random.random() < 0.5)
    when = "" if silent else random.choice(TIMES[scene.time])
    opening = random.choice(OPENINGS)
    verb = "" if opening or random.random() < 0.4 else " " + random.choice(ACTIONS)
    if when and random.random() < 0.25:
        text = f"{when}, {who}{verb} {where}" if not opening else f"{when}, {opening.lower()}{who} {where}"
    elif when and random.random() < 0.3:
        text = f"{opening}{who}{verb} {when} {where}"
    else:
        text = f"{opening}{who}{verb} {where}{' ' + when if when else ''}"
    return text[0].upper() + text[1:] + random.choice((".", ".", ""))


def plain_caption(scene: Scene) -> str:
    """The shortest exact caption, used to label contact sheets."""
    who = " and ".join(with_article(name) for name in scene.subjects)
    when = "" if scene.place in TIMELESS else " " + TIMES[scene.time][0]
    return f"{who} {PLACES[scene.place][0]}{when}"


def _noun_phrase(name: str, random: Random) -> str:
    quality = random.choice(QUALITIES)
    article = random.choice(("a", "a", "the"))
    return f"the {quality}{name}" if article == "the" else with_article(quality + name)

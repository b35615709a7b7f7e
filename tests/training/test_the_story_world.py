"""The story world: the same seed the same picture, held-out scenes stay out, the model's prose says nothing of them."""

from __future__ import annotations

import re
from random import Random

import numpy as np

from gillstory.training.prose import content, sentences
from gillstory.training.world.render import VIEWS, Renderer
from gillstory.training.world.scene import Scene, random_scene
from gillstory.training.world.stories import NAMES, Prose, StoryTeller, training_nouns
from gillstory.training.world.vocabulary import HEROES, PLACES, SUBJECTS, SYNONYMS, TIMES

OPENING = "{title}\n\n{cast}"


def test_the_same_scene_is_the_same_picture():
    scene = Scene(("fox",), "forest", "night", 5)
    assert np.array_equal(np.asarray(Renderer()(scene)), np.asarray(Renderer()(scene)))


def test_a_place_looks_the_same_each_time_but_for_its_views():
    render = Renderer()
    for place, time in (("forest", "day"), ("sea floor", "day"), ("room", "night"), ("mountains", "evening")):
        seen = {np.asarray(render(Scene(("fox",), place, time, seed))).tobytes() for seed in range(200)}
        assert len(seen) == VIEWS


def test_every_subject_place_and_time_can_be_drawn():
    render = Renderer()
    times, places = list(TIMES), list(PLACES)
    for number, subject in enumerate(SUBJECTS):
        scene = Scene((subject,), places[number % len(places)], times[number % len(times)], number)
        assert render(scene).size == (256, 256)


def test_training_never_meets_a_held_out_scene():
    random = Random(0)
    assert not any(random_scene(random).held_out for _ in range(500))
    assert all(random_scene(random, held_out=True).held_out for _ in range(50))


def test_stories_end_with_the_cast_that_they_mean():
    scenes = [random_scene(Random(number)) for number in range(400)]
    teller = StoryTeller(
        scenes, training_nouns(), Prose(("{name} hoped for the best.",), ("{name} ate an apple.",)), OPENING
    )
    random = Random(1)
    stories = [teller.story(random) for _ in range(300)]
    assert {story.retrieve for story in stories} == {True, False}
    for story in stories:
        assert isinstance(story.parts[-1], str)
        assert "{" not in "".join(part for part in story.parts if isinstance(part, str))


def test_a_book_opens_with_its_heroes_whatever_a_photograph_shows():
    teller = StoryTeller([random_scene(Random(n)) for n in range(400)], training_nouns(), Prose(), "Cast: {cast}")
    random = Random(1)
    told = [part for _ in range(600) for part in teller.story(random).parts if isinstance(part, str)]
    openings = [part for part in told if part.startswith("Cast: ")]
    introduced = [sentence for opening in openings for sentence in re.findall(r"\w+ is (an? [^.]+)\.", opening)]
    heroes = {word for hero in HEROES for word in (hero, *SYNONYMS.get(hero, ()))}
    assert len(introduced) > len(openings) > 100
    assert [words for words in introduced if not words.endswith(tuple(heroes))] == []


def test_a_page_about_two_names_both_and_may_say_who_they_are():
    scenes = [random_scene(Random(n), pair_share=0.5) for n in range(400)]
    teller = StoryTeller(scenes, training_nouns(), Prose(), "{title}\n\nCast: {cast}")
    random, books, said_again = Random(1), 0, 0
    for story in (teller.page(random) for _ in range(1500)):
        texts = [part for part in story.parts if isinstance(part, str)]
        _, opened, cast = texts[0].partition("Cast: ")
        if story.scene is None or len(story.scene.subjects) == 1 or not opened:
            continue
        books += 1
        who = dict(re.findall(r"(\w+) is (an? [^.]+)\.", cast))
        words = re.findall(r"(\w+), an? [^.]*\.", texts[-1])
        said_again += len(words) == 2
        meeting = texts[-2] if words else texts[-1]
        assert set(who) == set(re.findall(r"\w+", meeting)) & set(NAMES)
        for name, subject in zip(words, story.scene.subjects, strict=False):
            assert who[name].endswith((subject, *SYNONYMS.get(subject, ())))
    assert books > said_again > 50


def test_somebody_outside_the_cast_is_spoken_of_only_where_its_words_follow():
    teller = StoryTeller([random_scene(Random(n)) for n in range(400)], training_nouns(), Prose(), OPENING)
    random, spoken_of = Random(1), 0
    for story in (teller.page(random) for _ in range(1500)):
        texts = [part for part in story.parts if isinstance(part, str)]
        if story.scene is not None and any("the new friend" in text for text in texts):
            spoken_of += 1
            assert re.fullmatch(r"(\w+, an? [^.]*\. ?)+", texts[-1])
    assert spoken_of > 0


def test_prose_that_says_where_or_when_is_left_out():
    assert content("{name} walked through the forest.") is None
    assert content("At night {name} sang.") is None
    assert content("{name} ate an apple.") is True
    assert content("{name} was very happy.") is False


def test_prose_that_names_somebody_else_is_left_out():
    hero = {"name": "Pip", "kind": "fox"}
    assert sentences("Pip was glad that it was over. Then Sarah laughed about it.", hero) == [
        "{name} was glad that it was over."
    ]

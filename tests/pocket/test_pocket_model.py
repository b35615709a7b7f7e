"""The pocket bundle does what a GILL does: it decides, retrieves, paints what the story says and reads pictures."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

PAINTABLE = {
    "fox": "Pip was a small fox. It was night. Pip was in the forest.",
    "whale": "Mo was a big whale. It was morning. Mo was by the sea.",
    "robot": "Otto was a kind robot. Otto was at home. It was a bright day.",
}
PHOTOGRAPHS = {
    "castle": "Ada turned the page. There was a photo of an old castle.",
    "gorilla": "This is an old photograph of a gorilla.",
    "red-panda": "In the album was a photo of a red panda.",
    "camels": "There was a picture of a camel in the album.",
    "koala": "Grandmother had taken a picture of a koala.",
    "meerkats": "Ada turned the page. There was a photo of a meerkat.",
}


def slot_of(gill, text):
    session = gill.session()
    session.read([text])
    return session.image()


@pytest.fixture(scope="module")
def pictures(gill):
    """A painted picture for each story that the painter can paint."""
    return {name: gill.paint(slot_of(gill, text).condition, seed=3) for name, text in PAINTABLE.items()}


@pytest.mark.parametrize("name", PAINTABLE)
def test_what_the_painter_knows_is_painted(gill, name):
    assert slot_of(gill, PAINTABLE[name]).decision["generate"] > 0.5


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_a_photo_that_the_story_speaks_of_is_looked_for(gill, name):
    assert slot_of(gill, PHOTOGRAPHS[name]).decision["retrieve"] > 0.5


def test_photos_are_found_by_what_they_show(gill, photos):
    embeddings = gill.embed_pictures([Image.open(photo) for photo in photos])
    found = []
    for name, text in PHOTOGRAPHS.items():
        ranking = np.argsort(-(embeddings @ slot_of(gill, text).query))
        found.append(name in [photos[row].stem for row in ranking[:3]])
    assert sum(found) >= 5, dict(zip(PHOTOGRAPHS, found, strict=True))


def test_pictures_are_of_the_size_that_the_painter_was_trained_for(pictures):
    assert {picture.size for picture in pictures.values()} == {(256, 256)}


def test_each_picture_is_nearest_to_the_story_that_it_was_painted_for(gill, pictures):
    queries = np.stack([slot_of(gill, text).query for text in PAINTABLE.values()])
    similarity = gill.embed_pictures(list(pictures.values())) @ queries.T
    assert similarity.argmax(axis=1).tolist() == [0, 1, 2], similarity


def test_the_same_seed_paints_the_same_picture_and_another_seed_another(gill, pictures):
    condition = slot_of(gill, PAINTABLE["fox"]).condition
    assert gill.paint(condition, seed=3).tobytes() == pictures["fox"].tobytes()
    assert gill.paint(condition, seed=4).tobytes() != pictures["fox"].tobytes()


def test_a_picture_tells_the_model_something(gill, photos):
    castle = Image.open(next(photo for photo in photos if photo.stem == "castle"))
    text = " a photo of a castle."
    dog = Image.open(next(photo for photo in photos if photo.stem == "dog"))
    assert gill.score([castle, text]) > gill.score([dog, text])


def test_reply_is_the_same_again_with_the_same_seed(gill):
    turns = ["Pip was a small fox. Pip was in the forest."]
    first = gill.reply(turns, max_new_tokens=12, temperature=0.7, top_p=0.9, seed=1, max_images=0)
    again = gill.reply(turns, max_new_tokens=12, temperature=0.7, top_p=0.9, seed=1, max_images=0)
    assert first.token_ids == again.token_ids
    assert first.text


def test_bundle_is_small_enough_to_ship(gill):
    size = sum(file.stat().st_size for file in gill.bundle.folder.rglob("*") if file.is_file())
    assert size < 80e6

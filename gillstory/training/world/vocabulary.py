"""The nouns, places and times of the story world, and the phrases that English has for them.

Sprites are Fluent Emoji 3D (MIT), named by code point. A subject stands in front of a scene; a place is where the scene
is; a time of day is its light. Names outside this vocabulary are what photographs are for.
"""

from __future__ import annotations

SUBJECTS: dict[str, str] = {
    # animals
    "fox": "1f98a", "bear": "1f43b", "rabbit": "1f407", "cat": "1f408", "dog": "1f415", "mouse": "1f401",
    "hedgehog": "1f994", "owl": "1f989", "frog": "1f438", "duck": "1f986", "chick": "1f425", "pig": "1f416",
    "cow": "1f404", "horse": "1f40e", "sheep": "1f411", "goat": "1f410", "rooster": "1f413", "elephant": "1f418",
    "lion": "1f981", "monkey": "1f412", "panda": "1f43c", "penguin": "1f427", "turtle": "1f422", "fish": "1f420",
    "whale": "1f433", "dolphin": "1f42c", "octopus": "1f419", "crab": "1f980", "snail": "1f40c", "butterfly": "1f98b",
    "bee": "1f41d", "ladybug": "1f41e", "unicorn": "1f984", "dragon": "1f409", "dinosaur": "1f995", "wolf": "1f43a",
    "squirrel": "1f43f-fe0f", "deer": "1f98c", "giraffe": "1f992", "koala": "1f428", "parrot": "1f99c",
    # people and the like
    "girl": "1f467-1f3fc", "boy": "1f466-1f3fd", "grandmother": "1f475-1f3fc", "grandfather": "1f474-1f3fc",
    "princess": "1f478-1f3fd", "prince": "1f934-1f3fc", "fairy": "1f9da-1f3fd", "mermaid": "1f9dc-200d-2640-fe0f",
    "wizard": "1f9d9-1f3fc", "astronaut": "1f9d1-1f3fc-200d-1f680", "snowman": "26c4", "ghost": "1f47b",
    "robot": "1f916",
    # things
    "boat": "26f5", "car": "1f697", "train": "1f682", "bicycle": "1f6b2", "rocket": "1f680", "balloon": "1f388",
    "house": "1f3e0", "tent": "26fa", "kite": "1fa81", "umbrella": "2602-fe0f", "lantern": "1f3ee", "key": "1f511",
    "bell": "1f514", "drum": "1f941", "crown": "1f451", "mushroom": "1f344", "sunflower": "1f33b", "apple": "1f34e",
    "cake": "1f382", "gift": "1f381", "teddy bear": "1f9f8", "book": "1f4d5", "pumpkin": "1f383", "star": "2b50",
}  # fmt: skip

PEOPLE = frozenset(
    "girl boy grandmother grandfather princess prince fairy mermaid wizard astronaut snowman ghost robot".split()
)
THINGS = frozenset(list(SUBJECTS)[list(SUBJECTS).index("boat") :])
HEROES: tuple[str, ...] = tuple(name for name in SUBJECTS if name not in THINGS)

# Other words that writers use for them; the painter is asked for the first.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "rabbit": ("bunny", "hare"), "cat": ("kitten",), "dog": ("puppy",), "mouse": ("little mouse",), "pig": ("piglet",),
    "horse": ("pony",), "sheep": ("lamb",), "rooster": ("cock", "hen", "brown hen", "plump brown hen"),
    "monkey": ("ape",), "turtle": ("tortoise",),
    "parrot": ("bird",), "chick": ("young bird",), "girl": ("woman", "girl with brown hair", "sister"),
    "boy": ("man", "brother"), "grandmother": ("old woman", "granny", "old woman with glasses"),
    "grandfather": ("old man", "grandpa"), "boat": ("sailing boat", "ship"), "train": ("steam engine", "night train"),
    "wizard": ("magician",), "bicycle": ("bike",), "gift": ("present",), "tent": ("green tent",), "deer": ("fawn",),
    "duck": ("duckling",), "wolf": ("grey wolf",), "frog": ("toad",), "lantern": ("lamp",), "princess": ("queen",),
    "prince": ("king",), "cow": ("calf",), "teddy bear": ("teddy",),
}  # fmt: skip

PLACES: dict[str, tuple[str, ...]] = {
    "meadow": ("in the meadow", "on the grass", "in a green field", "among the flowers"),
    "snow": ("in the snow", "on the ice", "in the snowy land", "in deep white snow"),
    "beach": ("on the beach", "by the sea", "on the sand by the sea", "at the seaside"),
    "desert": ("in the desert", "among the dunes", "in the hot desert", "on the dry sand among the cacti"),
    "forest": ("in the forest", "in the woods", "among the trees", "under the tall trees"),
    "mountains": ("in the mountains", "high in the mountains", "below the mountain", "among the peaks"),
    "lake": ("by the lake", "at the pond", "on the shore of the lake", "beside the water of the lake"),
    "street": ("in the street", "in the town", "in the village", "between the houses of the town"),
    "room": ("in the room", "at home", "inside the house", "by the window at home"),
    "sea floor": ("under the sea", "at the bottom of the sea", "deep under water", "among the corals"),
    "space": ("in space", "on the moon", "among the stars", "on a far planet"),
    "farm": ("on the farm", "in the farmyard", "near the barn", "at the farm"),
}

TIMES: dict[str, tuple[str, ...]] = {
    "morning": ("in the morning", "at dawn", "at sunrise", "early in the morning"),
    "day": ("at noon", "on a bright day", "in the afternoon", "in the bright sunshine"),
    "evening": ("in the evening", "at sunset", "at dusk", "as the sun went down"),
    "night": ("at night", "in the dark night", "at midnight", "in the middle of the night"),
}

TIMELESS = frozenset({"space", "sea floor"})  # neither sun nor moon shows there, so no words about the time either


def with_article(noun: str) -> str:
    """The noun with its indefinite article: ``an owl``, ``a fox``."""
    return f"{'an' if noun[0] in 'aeiou' and not noun.startswith('uni') else 'a'} {noun}"

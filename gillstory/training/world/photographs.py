"""What the story world lacks and photographs have: nouns with the ImageNet classes that show them.

The image encoder's classifier has one weight row for each class, a prototype in feature space: it teaches the
retrieval heads where "a wombat" lies without a single photograph.
"""

from __future__ import annotations

PHOTOGRAPHED: dict[str, tuple[int, ...]] = {
    # animals
    "shark": (2, 3), "stingray": (6,), "ostrich": (9,), "robin": (15,), "magpie": (18,), "eagle": (22,),
    "vulture": (23,), "salamander": (25, 28), "axolotl": (29,), "lizard": (42, 46), "gecko": (38,), "iguana": (39,),
    "chameleon": (40, 47), "crocodile": (49,), "alligator": (50,), "cobra": (63,), "scorpion": (71,),
    "spider": (72, 74), "tarantula": (76,), "peacock": (84,), "partridge": (86,), "cockatoo": (89,),
    "hornbill": (93,), "hummingbird": (94,), "toucan": (96,), "goose": (99,), "swan": (100,), "echidna": (102,),
    "platypus": (103,), "wallaby": (104,), "kangaroo": (104,), "wombat": (106,), "jellyfish": (107,),
    "sea anemone": (108,), "conch": (112,), "slug": (114,), "lobster": (122, 123), "crayfish": (124,),
    "stork": (127, 128), "flamingo": (130,), "heron": (131,), "egret": (132,), "crane": (134,), "pelican": (144,),
    "albatross": (146,), "orca": (148,), "sea lion": (150,), "husky": (250,), "dalmatian": (251,), "poodle": (265, 266),
    "coyote": (272,), "hyena": (276,), "cougar": (286,), "lynx": (287,), "leopard": (288,), "jaguar": (290,),
    "tiger": (292,), "cheetah": (293,), "polar bear": (296,), "mongoose": (298,), "meerkat": (299,),
    "beetle": (302, 304),
    "grasshopper": (311,), "praying mantis": (315,), "dragonfly": (319,), "starfish": (327,), "sea urchin": (328,),
    "hare": (331,), "hamster": (333,), "porcupine": (334,), "marmot": (336,), "beaver": (337,), "guinea pig": (338,),
    "zebra": (340,), "wild boar": (342,), "warthog": (343,), "hippopotamus": (344,), "ox": (345,), "buffalo": (346,),
    "bison": (347,), "ram": (348,), "ibex": (350,), "gazelle": (353,), "antelope": (351, 352), "camel": (354,),
    "llama": (355,), "weasel": (356,), "otter": (360,), "skunk": (361,), "badger": (362,), "armadillo": (363,),
    "sloth": (364,), "orangutan": (365,), "gorilla": (366,), "chimpanzee": (367,), "baboon": (372,), "lemur": (383,),
    "red panda": (387,), "eel": (390,), "pufferfish": (397,),
    # music
    "accordion": (401,), "guitar": (402, 546), "banjo": (420,), "bassoon": (432,), "cello": (486,), "trumpet": (513,),
    "flute": (558,), "French horn": (566,), "gong": (577,), "grand piano": (579,), "harmonica": (593,), "harp": (594,),
    "marimba": (642,), "oboe": (683,), "organ": (687,), "saxophone": (776,), "trombone": (875,), "violin": (889,),
    # places and buildings
    "lighthouse": (437,), "castle": (483,), "church": (497,), "dam": (525,), "fountain": (562,), "greenhouse": (580,),
    "library": (624,), "stone circle": (649,), "monastery": (663,), "mosque": (668,), "obelisk": (682,),
    "palace": (698,), "pier": (718,), "bridge": (821, 839), "pagoda": (832,), "triumphal arch": (873,),
    "viaduct": (888,), "water tower": (900,), "yurt": (915,), "cliff": (972,), "coral reef": (973,), "geyser": (974,),
    "volcano": (980,), "valley": (979,), "totem pole": (863,), "barn": (425,),
    # things that go
    "airplane": (404, 895), "airship": (405,), "ambulance": (407,), "canoe": (472,), "fire engine": (555,),
    "gondola": (576,), "jeep": (609,), "lifeboat": (625,), "motor scooter": (670,), "tram": (829,), "submarine": (833,),
    "school bus": (779,), "schooner": (780,), "space shuttle": (812,), "tractor": (866,), "tricycle": (870,),
    "unicycle": (880,), "snowmobile": (802,), "parachute": (701,), "sailing ship": (724, 780), "truck": (867, 717),
    # things
    "abacus": (398,), "barrel": (427,), "basketball": (430,), "binoculars": (447,), "broom": (462,),
    "camera": (759, 732),
    "cannon": (471,), "carousel": (476,), "clock": (409, 892), "compass": (635,), "hammer": (587,), "hourglass": (604,),
    "necklace": (679,), "padlock": (695,), "radio": (754,), "rocking chair": (765,), "sundial": (835,),
    "telephone": (528,), "television": (851,), "typewriter": (878,), "vase": (883,), "sewing machine": (786,),
    # food and plants
    "strawberry": (949,), "orange": (950,), "lemon": (951,), "fig": (952,), "pineapple": (953,), "banana": (954,),
    "pomegranate": (957,), "pizza": (963,), "pretzel": (932,), "ice cream": (928,), "broccoli": (937,),
    "cauliflower": (938,), "cucumber": (943,), "artichoke": (944,), "corn": (987,), "acorn": (988,), "daisy": (985,),
    "orchid": (986,), "haystack": (958,),
}  # fmt: skip
HELD_OUT_PHOTOGRAPHED = frozenset(list(PHOTOGRAPHED)[::9])  # never in training: does the decision generalise?

# The nouns of the world that ImageNet knows too: a photo of one serves where a story speaks of a photo.
OF_THE_WORLD: dict[str, tuple[int, ...]] = {
    "fox": (277, 278, 280), "bear": (294, 295), "rabbit": (330, 331, 332), "cat": (281, 282, 283), "owl": (24,),
    "dog": (207, 208, 235), "hedgehog": (334,), "frog": (30, 31, 32), "duck": (97, 98), "pig": (341,), "cow": (345,),
    "horse": (339, 603), "sheep": (348, 349), "goat": (350,), "rooster": (7,), "elephant": (385, 386), "lion": (291,),
    "monkey": (373, 376, 382), "panda": (388,), "penguin": (145,), "turtle": (33, 35, 37), "fish": (1, 391, 393),
    "whale": (147,), "crab": (118, 119, 120), "snail": (113,), "butterfly": (322, 323, 324), "bee": (309,),
    "ladybug": (301,), "wolf": (269, 270), "squirrel": (335,), "koala": (105,), "parrot": (87, 88, 90), "chick": (8,),
    "deer": (351, 353), "car": (511, 817), "train": (466, 547), "bicycle": (444, 671), "balloon": (417,),
    "tent": (672,), "umbrella": (879,), "bell": (494,), "drum": (541,), "mushroom": (947,), "apple": (948,),
    "teddy bear": (850,), "book": (921,), "boat": (484, 914), "rocket": (657,), "snowman": (), "star": (),
}  # fmt: skip

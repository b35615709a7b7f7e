"""Short stories whose last words mean a known scene, or a photograph: what teaches GILL's adapters to listen.

Heroes are introduced ("Pip was a small fox."), place and time are set, something happens, and the last sentence names
the hero by name, by pronoun or by kind; at times the words of the cast stand again behind it, as the storyteller puts
them, and at times an earlier page's picture stands between the sentences. Other stories speak of what the painter
cannot draw, or of photographs and memories: a photo serves them better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from gillstory.training.world.photographs import HELD_OUT_PHOTOGRAPHED, OF_THE_WORLD, PHOTOGRAPHED
from gillstory.training.world.scene import Scene, caption
from gillstory.training.world.vocabulary import HEROES, PLACES, SYNONYMS, TIMELESS, TIMES, with_article

NAMES = (
    "Pip", "Mo", "Ada", "Tilly", "Otto", "Nell", "Bruno", "Luna", "Finn", "Rosie", "Max", "Daisy", "Hugo", "Poppy",
    "Leo", "Mia", "Oscar", "Ruby", "Sam", "Willow", "Teddy", "Hazel", "Jack", "Ivy", "Toby", "Clara", "Gus", "Wren",
)  # fmt: skip
QUALITIES = (
    "small", "little", "old", "young", "brave", "kind", "shy", "happy", "curious", "clever", "gentle", "tiny", "big",
    "small brown", "small orange", "big brown", "fat grey", "little red", "tall", "plump", "proud", "lonely", "red",
    "blue", "green", "yellow", "white", "grey", "big blue", "tiny grey", "little white",
)  # fmt: skip
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
    "Something wonderful was about to happen.", '{name} said, "Let us go!"', '"What a day," said {name}.',
    "{name} looked for something to eat.", "{Pronoun} heard a noise and stopped.", '"Who is there?" asked {name}.',
    "{name} counted to ten.", "There was a smell of bread.", "{Pronoun} had lost a shoe.",
    "{name} ran as fast as the wind.",
)  # fmt: skip
SETTINGS = (
    "{name} went on a long walk and came to rest {place}.", "One day {name} was {place}.", "{Pronoun} lived {place}.",
    "They were all {place}.", "{name} woke up {place}.", "The story begins {place}.",
    "{Pronoun} travelled far and arrived {place}.",
)  # fmt: skip
TIME_SETTINGS = (
    "It was {time_noun}.",
    "{Time}, all was quiet.",
    "{Time}, everything looked different.",
    "It happened {time}.",
)
TIME_NOUNS = {
    "morning": ("morning", "early morning", "sunrise"),
    "day": ("noon", "a bright day", "a sunny afternoon"),
    "evening": ("evening", "sunset", "dusk"),
    "night": ("night", "midnight", "a dark night"),
}
ENDINGS = (
    "{who} sat down and rested.", "{who} slept.", "{who} looked around.", "{who} waited.", "{who} was happy.",
    "{who} stopped and listened.", "And there {who_low} stood.", "{who} laughed and danced.", "{who} played for hours.",
    "{who} saw something strange.", "Then {who_low} began to sing.", "{who} smiled at last.",
    "{who} took a deep breath.",
)  # fmt: skip
PLACED_ENDINGS = (
    "{who} sat {place}.", "{who} was {place}.", "{who} played {place}.", "{who} walked {place}.",
    "{who} slept {place}.",
    "{who} found a friend {place}.", "At last {who_low} arrived {place}.",
)  # fmt: skip
TITLES = (
    "{name}", "The Story of {name}", "{name} and the Long Way Home", "{name}'s Great Day", "The Day {name} Got Lost",
    "Good Night, {name}", "{name} the {Kind}", "{name} and the Secret", "Where Is {name}?", "{name} Finds a Friend",
)  # fmt: skip
MEMORIES = (
    "There was a photo of {a_kind}.", "{name} turned the page. There was a picture of {a_kind}.",
    "This is an old photograph of {a_kind}.", "{name} remembered {a_kind} from long ago.",
    "In the album was a photo of {a_kind}.", "{name} had taken a picture of {a_kind}.",
    "{Pronoun} showed me a photo of {a_kind}.",
    "I still have the photograph of {a_kind}, from our last holiday.", "The next page of the album showed {a_kind}.",
)  # fmt: skip
SIGHTS = (
    "{name} saw {a_kind}.", "There was {a_kind} {place}.", "{A_kind} looked at {name}.",
    "Behind the tree stood {a_kind}.",
    "{name} had never seen {a_kind} before.", "{Pronoun} met {a_kind} {place}.", "Then {a_kind} came along.",
    "{A_kind}.",
    "A picture of {a_kind}.", "It was {a_kind}!", "{name} came to {a_kind}.",
)  # fmt: skip
MEETINGS = (
    "{0} and {1} looked at each other.", "{0} sat with {1}.", "{0} and {1} laughed.", '"Hello," said {0} to {1}.',
    "{0} found {1}, who had waited all the time.", '"Come with me," said {0}, and {1} came.',
    "{0} was glad that {1} was there.", "{0} told {1} everything.", "Only {0} was not afraid of {1}.",
    "{0} and {1} tried it together.",
)  # fmt: skip
REMARKS = (
    '"I slept there once," said {name}.', '"That one was my friend," said {name}.', "It looked very old.",
    "{Pronoun} laughed.", "Nobody said a word.", '"Look at that!" said {name}.', "What a sight it was.",
)  # fmt: skip


LONG_SHARE = 0.4  # of the stories have other pages before the one that counts
BOTH_SHARE = 0.5  # of the books and stories of two heroes end with a page about both
BYSTANDER_SHARE = 0.3  # of the pages that end with the cast's words speak of somebody who is not in the cast
PAGE = "\n\n"  # among the parts: a new page begins
Part = str | Scene | tuple[int, ...]


@dataclass(frozen=True)
class Prose:
    """Sentences of a language model about {name}, for between those that say what a story means.

    Attributes
    ----------
    plain : they mention nothing that could be painted.
    busy : they mention it, but it is not what the page is about.
    """

    plain: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()


@dataclass(frozen=True)
class WorldStory:
    """A story told, and what its last words mean.

    Attributes
    ----------
    parts : sentences, and pictures of earlier pages (scenes, or photographs by their classes), in order.
    scene : what is to be painted; None where only a photograph would do.
    classes : ImageNet's classes of the photograph that would do; empty where there is none.
    """

    parts: tuple[Part, ...]
    scene: Scene | None = None
    classes: tuple[int, ...] = ()

    @property
    def retrieve(self) -> bool:
        """Whether a photograph serves this story better than a painted picture."""
        return self.scene is None


class StoryTeller:
    """Tells stories of scenes whose pictures are at hand.

    Parameters
    ----------
    scenes : what the stories mean.
    nouns : what the photographs show, with ImageNet's classes.
    prose : what a language model adds.
    opening : what stands before a book's pages (see `book_opening`).
    """

    def __init__(
        self, scenes: Sequence[Scene], nouns: Mapping[str, tuple[int, ...]], prose: Prose, opening: str
    ) -> None:
        self.scenes, self.nouns, self.prose, self.opening = scenes, nouns, prose, opening
        self.names = list(nouns)
        self.of_heroes = [scene for scene in scenes if len(scene.subjects) == 1 and scene.subjects[0] in HEROES]
        self.by_hero: dict[str, list[Scene]] = {}
        for scene in self.of_heroes:
            self.by_hero.setdefault(scene.subjects[0], []).append(scene)
        self.of_pairs = [
            scene for scene in scenes if len(scene.subjects) == 2 and set(scene.subjects) <= {*self.by_hero}
        ]

    def story(self, random: Random) -> WorldStory:
        """A story of 1 to 4 pages; what the last one means is what counts, whatever was shown before."""
        story = self.page(random)
        if random.random() >= LONG_SHARE:
            return story
        parts: list[Part] = []
        for _ in range(random.choice((1, 2, 3))):
            earlier = self.page(random)
            parts += earlier.parts
            if picture := earlier.scene or earlier.classes:
                parts.append(picture)
            parts.append(PAGE)
        return WorldStory((*parts, *story.parts), story.scene, story.classes)

    def page(self, random: Random) -> WorldStory:
        """A page of a few sentences, or a book of some pages; a quarter ask for a photograph."""
        share = random.random()
        if share < 0.3:
            return self._book(random)
        if share < 0.55:
            return self._photograph(random)
        if share < 0.6:
            scene = random.choice(self.scenes)
            return WorldStory((caption(scene, random).rstrip(".") + ".",), scene)
        return self._two_heroes(random) if share < 0.75 else self._one_hero(random)

    def _book(self, random: Random) -> WorldStory:
        """A book as the storyteller has it: title, cast, pages with pictures, perhaps the cast's words at the end."""
        scene, shown, pair = self._heroes(random)
        hero, both = shown[0], len(shown) == 2
        cast = shown if both or random.random() < 0.5 else pair
        parts: list[Part] = [book_opening(self.opening, random.sample(cast, len(cast)), random), PAGE]
        goes_on = random.random() < 0.6  # the last page says neither where nor when: the page before does
        earlier = [random.choice(self.by_hero[scene.subjects[0]]) for _ in range(random.choice((0, 0, 1, 2)))]
        for before in [*earlier, scene] if goes_on else earlier:
            parts += self._tell(before, random, hero, introduce=False)
            if random.random() < 0.6:
                parts.append(before)
            parts.append(PAGE)
        again = random.random() < 0.6  # the cast's words, for the painter; the decision goes by the page itself
        busy = self._busy(random, hero) if again else []
        if goes_on:
            who = random.choice((hero["name"], hero["name"], hero["pronoun"]))
            written = [text.format(**hero) for text in self._between(random, 3)] + busy
            random.shuffle(written)
            if not both and (not written or random.random() < 0.5):
                written.append(random.choice(ENDINGS).format(who=_capital(who), who_low=who))
        else:
            written = [*self._tell(scene, random, hero, introduce=False), *busy]
        parts += written
        if both:
            parts.append(_meeting(pair, random))
        if again:
            parts.append(_cast_words(shown))
        return WorldStory(tuple(parts), scene)

    def _heroes(self, random: Random) -> tuple[Scene, list[dict[str, str]], list[dict[str, str]]]:
        """A scene of one hero or of two, the words for those whom it shows, and for two in any case."""
        scene = random.choice(self.of_pairs if random.random() < BOTH_SHARE else self.of_heroes)
        first, *rest = scene.subjects
        second = rest[0] if rest else random.choice([hero for hero in HEROES if hero != first])
        name, other_name = random.sample(NAMES, 2)
        pair = [hero_words(first, name, random), hero_words(second, other_name, random)]
        return scene, pair[: len(scene.subjects)], pair

    def _tell(self, scene: Scene, random: Random, hero: dict[str, str], *, introduce: bool = True) -> list[str]:
        return tell(scene, random, hero, self._between(random, 2), introduce=introduce)

    def _between(self, random: Random, at_most: int) -> list[str]:
        """Sentences that say nothing of what a story means."""
        source = self.prose.plain if self.prose.plain and random.random() < 0.6 else MIDDLES
        return random.sample(source, random.randint(0, min(at_most, len(source))))

    def _busy(self, random: Random, hero: dict[str, str]) -> list[str]:
        """At times sentences that mention what is not to be painted; only where the cast's words follow."""
        count = min(random.choice((0, 0, 1, 1, 2)), len(self.prose.busy))
        sentences = [text.format(**hero) for text in random.sample(self.prose.busy, count)]
        if random.random() < BYSTANDER_SHARE:
            bystander = random.choice(("the new friend", f"the {random.choice(HEROES)}"))
            sentences.append(_meeting([hero, {"name": bystander}], random))
        return sentences

    def _one_hero(self, random: Random) -> WorldStory:
        scene = random.choice(self.of_heroes)
        hero = hero_words(scene.subjects[0], random.choice(NAMES), random)
        share = random.random()
        parts: list[Part] = []
        if share < 0.3:  # there are earlier pages, of the hero elsewhere, with or without their pictures
            for _ in range(random.choice((1, 1, 2))):
                earlier = random.choice(self.by_hero[scene.subjects[0]])
                parts += self._tell(earlier, random, hero, introduce=not parts)
                if random.random() < 0.7:
                    parts.append(earlier)
            parts += self._tell(scene, random, hero, introduce=False)
        elif share < 0.45:  # a picture alone says what the hero is
            parts = [random.choice(self.by_hero[scene.subjects[0]]), f"This is {hero['name']}."]
            parts += self._tell(scene, random, hero | {"kind": "little one"}, introduce=False)
            return WorldStory(tuple(parts), scene)
        else:
            parts += self._tell(scene, random, hero)
        if random.random() < 0.5:
            parts += [*self._busy(random, hero), _cast_words([hero])]
        return WorldStory(tuple(parts), scene)

    def _two_heroes(self, random: Random) -> WorldStory:
        """Two are introduced; the end is about one of them, or about both, and the cast's words say so again."""
        scene, shown, (hero, other) = self._heroes(random)
        parts = self._tell(scene, random, hero)
        parts.insert(random.randrange(len(parts) - 1), random.choice(INTRODUCTIONS).format(**other))
        if len(shown) == 2:
            parts.append(_meeting(shown, random))
        return WorldStory((*parts, *self._busy(random, hero), _cast_words(shown)), scene)

    def _photograph(self, random: Random) -> WorldStory:
        """A photograph serves better: the noun is not in the world, or the text speaks of a photo or a memory."""
        noun = random.choice(self.names)
        remembered = random.random() < 0.5
        if remembered and random.random() < 0.3:
            noun = random.choice(list(OF_THE_WORLD))
        scene = random.choice(self.of_heroes)
        hero = hero_words(scene.subjects[0], random.choice(NAMES), random)
        sentences = self._tell(scene, random, hero)
        words = hero | _setting(scene, random)
        quality = random.choice(("", "", "old ", "small ", "big ", "young ", "great "))
        words |= {"a_kind": with_article(quality + noun), "A_kind": _capital(with_article(quality + noun))}
        parts: list[Part] = list(sentences[: random.randrange(len(sentences))])
        if random.random() < 0.5:
            parts = [book_opening(self.opening, [hero], random), PAGE, *parts]
        parts.append(random.choice(MEMORIES if remembered else SIGHTS).format(**words))
        if random.random() < 0.5:
            parts.append(random.choice(REMARKS).format(**words))
        if random.random() < 0.25:  # the storyteller names the cast again here, too
            parts.append(f"{words['name']}, {with_article(words['kind'])}.")
        return WorldStory(tuple(parts), None, self.nouns.get(noun) or OF_THE_WORLD.get(noun, ()))


def tell(
    scene: Scene, random: Random, hero: dict[str, str], between: Sequence[str], *, introduce: bool = True
) -> list[str]:
    """A page about a hero (see `hero_words`) that means the scene; one that introduces nobody always says the time.

    `between` are sentences that say nothing of the scene.
    """
    who = random.choice((hero["name"], hero["name"], hero["pronoun"], f"the {hero['kind']}"))
    words = hero | _setting(scene, random) | {"who": _capital(who), "who_low": who}
    placed = random.random() < 0.4
    body = [] if placed else [random.choice(SETTINGS)]
    if scene.place not in TIMELESS and (scene.time != "day" or not introduce or random.random() < 0.5):
        body.append(random.choice(TIME_SETTINGS))
    body += between
    random.shuffle(body)
    sentences = [random.choice(INTRODUCTIONS)] if introduce else []
    sentences += [*body, random.choice(PLACED_ENDINGS if placed else ENDINGS)]
    return [sentence.format(**words) for sentence in sentences]


def book_opening(template: str, cast: Sequence[dict[str, str]], random: Random) -> str:
    """What the storyteller puts before a book's pages: a bundle's template with a title and who is who."""
    title = random.choice(TITLES).format(**cast[0], Kind=cast[0]["kind"].title())
    people = " ".join("{name} is {a_kind}.".format(**hero) for hero in cast)
    return template.replace("{title}", title).replace("{cast}", people).rstrip()


def hero_words(kind: str, name: str, random: Random) -> dict[str, str]:
    """The words for a hero: name, kind (at times by another word), "a small fox", pronoun."""
    if random.random() < 0.3:
        kind = random.choice(SYNONYMS.get(kind, (kind,)))
    a_kind = with_article(f"{random.choice(QUALITIES)} {kind}" if random.random() < 0.7 else kind)
    pronoun = random.choice(("he", "she", "it"))
    return {
        "name": name,
        "kind": kind,
        "a_kind": a_kind,
        "A_kind": _capital(a_kind),
        "pronoun": pronoun,
        "Pronoun": _capital(pronoun),
    }


def _meeting(two: Sequence[Mapping[str, str]], random: Random) -> str:
    """A sentence that names both."""
    return random.choice(MEETINGS).format(*(hero["name"] for hero in two))


def _cast_words(heroes: Sequence[dict[str, str]]) -> str:
    """Who a page is about, as the storyteller says it again before the picture."""
    return " ".join("{name}, {a_kind}.".format(**hero) for hero in heroes)


def _setting(scene: Scene, random: Random) -> dict[str, str]:
    """The words for a scene's place and time."""
    place, time = random.choice(PLACES[scene.place]), random.choice(TIMES[scene.time])
    noun = random.choice(TIME_NOUNS[scene.time])
    return {"place": place, "time": time, "Time": _capital(time), "time_noun": noun}


def training_nouns() -> dict[str, tuple[int, ...]]:
    """The nouns of photographs that training may use."""
    return {noun: classes for noun, classes in PHOTOGRAPHED.items() if noun not in HELD_OUT_PHOTOGRAPHED}


def held_out_nouns() -> dict[str, tuple[int, ...]]:
    """Those that it may not."""
    return {noun: PHOTOGRAPHED[noun] for noun in HELD_OUT_PHOTOGRAPHED}


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]

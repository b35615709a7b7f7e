"""What a page may say, where its sentences end, what its picture is about: the parts that need no model."""

from __future__ import annotations

import pytest
import torch

from gillstory.bundle import WritingSettings
from gillstory.story import CastMember
from gillstory.storyteller.cast import cast_words
from gillstory.storyteller.page_text import choose_hero, lead_in, lead_ins, made_presentable, telling_sentence
from gillstory.storyteller.sentences import first_sentence, is_finished, split_sentences
from gillstory.storyteller.taste import Taste

PIP, MO, ADA = (
    CastMember("Pip", "a small orange fox"),
    CastMember("Mo", "an old brown bear."),
    CastMember("Ada", "a girl"),
)
CAST = (PIP, MO, ADA)
AUTHOR = ('Pip ran up the hill to the castle. "Who is there?" asked Pip.', "Pip turned the page. It was dark.")
TASTE = Taste((*AUTHOR, "Pip turned the page. Mo slept."), ("Pip", "Mo"))


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("Mo slept.", " Mo, an old brown bear."),
        ("Mo saw Pip. Ada saw Mo.", " Mo, an old brown bear. Pip, a small orange fox."),  # two, as first mentioned
        ("Pip's hat blew away.", " Pip, a small orange fox."),
        ("Pippin sang to Mona.", ""),  # other names
        ("He was tired.", " Mo, an old brown bear."),  # whoever was named last
        ("It rained.", " Mo, an old brown bear."),
        ("The rain fell.", ""),
    ],
)
def test_the_casts_words_stand_again_before_the_picture(page: str, words: str) -> None:
    assert cast_words(page, ["Pip met Ada.", "Ada and Pip found Mo.", "The sun rose."], CAST) == words


def test_nobody_was_named() -> None:
    assert cast_words("She sang.", ["The sun rose."], CAST) == ""
    assert cast_words("Pip sang.", [], ()) == ""
    assert cast_words("Zoë sang.", [], [CastMember("Zoë", "")]) == " Zoë."


def test_sentences() -> None:
    text = '"Hello. Who is there?" asked Pip. Mr. Mole said, “Me!” Then... nothing. It was 5 o\'clock\n\nNight fell'
    assert split_sentences(text) == [
        '"Hello. Who is there?" asked Pip.',
        "Mr. Mole said, “Me!”",
        "Then... nothing.",
        "It was 5 o'clock",
        "Night fell",
    ]
    assert split_sentences("狐狸睡了。月亮出来了。") == ["狐狸睡了。", "月亮出来了。"]


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (" Pip ran", None),
        (" Pip ran.", None),  # "..." or a closing quotation mark may follow
        (" Pip ran. H", "Pip ran."),
        (' "Who is there?" ask', None),
        (' "Who is there?" asked Pip. H', '"Who is there?" asked Pip.'),
        (' "Stop. Go.', None),
        ("\n\nPip ran\n", "Pip ran"),
    ],
)
def test_when_a_sentence_is_over(written: str, sentence: str | None) -> None:
    assert first_sentence(written) == sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "Pip ran",
        '"Pip ran.',
        "pip ran home.",
        "Home.",
        "Pip ran up the hill, to the castle!",  # said before, in other punctuation
        "Mo ran up the hill to the old castle.",  # the same six words
        "Then Pip counted 3 hens.",
        "# Pip ran home.",
        "Title: Pip ran home.",
        "See https://pip.org for more.",
        "* Pip ran home.",
        "The moral is that foxes count.",
        "Once you have read this, draw Pip.",
        "And so it was the end of Pip.",
        "Pip fell asleep and never woke up.",
        "Pip killed a hen.",
        "Pip looked at <b>Mo</b>.",
        "Pip very very gladly ran.",
        "The grass was grownlverylilylaughing.",
        "Pip \ufffd ran.",
    ],
)
def test_what_may_not_stand_in_a_story(sentence: str) -> None:
    assert TASTE.faults(sentence, split_sentences(" ".join(AUTHOR)))


@pytest.mark.parametrize(
    "sentence",
    ["Pip found a hen.", '"I am here," said Mo.', '"Are you a ghost?" asked Pip.', "Pip turned the page.", "Ta-da!…"],
)
def test_what_may(sentence: str) -> None:
    assert TASTE.faults(sentence, split_sentences(" ".join(AUTHOR)), ["Mo sat down."]) == []


def test_the_authors_own_ways_are_no_faults() -> None:
    author = ("I am Pip. We count 3 hens. You know this story.",)
    for sentence in ("I went home.", "We saw 5 hens!", "You know my story now."):
        assert not Taste(author).faults(sentence, [])
        assert Taste(("Pip sat.",)).faults(sentence, [])


def test_a_refrain_is_allowed_once_a_page() -> None:
    assert not TASTE.faults("Pip turned the page.", ["Pip turned the page."], ["Mo slept."])
    assert TASTE.faults("Pip turned the page.", [], ["Pip turned the page."])
    assert TASTE.faults("Mo slept.", ["Mo slept."])


def test_blemishes() -> None:
    assert TASTE.blemishes("Pip ran to the castle.") == 0
    assert TASTE.blemishes("It was dark.", ["Pip ran to the castle."]) == 0
    for sentence in (
        "It was dark.",
        "Pip saw Charlie.",
        "Pippin ran to the castle.",
        "Pip met an old lady.",
        "Pip is happy.",
        "Pip took Pip to the castle.",
        "Pip saw that he hid him.",
    ):
        assert TASTE.blemishes(sentence) > 0
    assert Taste(("Pip fand ein Ei.",), ("Pip",), "de").new_names("Pip sah den Hund.") == []


def test_a_page_begins_with_somebody_who_is_on_the_stage() -> None:
    generator = torch.Generator().manual_seed(0)
    story = ["Ada sang.", "Pip ran.", "Mo slept."]
    assert {choose_hero(story, ("Pip", "Mo", "Ada"), generator) for _ in range(20)} == {"Pip", "Mo"}
    assert choose_hero(story, (), generator) == ""


def test_each_page_has_its_place_in_the_plan() -> None:
    plan = [["{name} runs.", "{name} hides."], ["{name} rests."]]
    writing, generator = WritingSettings(plan=plan, request="<{plan}>"), torch.Generator().manual_seed(0)
    assert {*lead_in(writing, 0, "Pip", generator)} <= {"<Pip runs.>", "<Pip hides.>"}
    assert [*lead_in(writing, 3, "Mo", generator)] == ["<Mo rests.>"]
    assert (
        "".join(lead_in(writing, 0, "", generator))
        == "".join(lead_in(WritingSettings(), 0, "Pip", generator))
        == "\n\n"
    )
    assert {"<Pip runs.>", "<Mo rests.>", "\n\n"} < {*lead_ins(writing, ("Pip", "Mo"))}


def test_a_page_is_never_empty() -> None:
    assert made_presentable(" ## xx* pip\ufffd ran, ") == "Xx pip ran."
    assert made_presentable("123 ***") == "…"


def test_what_a_painted_picture_shows() -> None:
    page = 'Mo saw Pip. Pip sat under a tree. A big wind blew over the hill. "It is a very good tree for me," said Mo.'
    assert telling_sentence(page, ("Pip", "Mo")) == "Pip sat under a tree."
    assert telling_sentence(page, ()) == "A big wind blew over the hill."
    assert telling_sentence("", ("Pip",)) == ""
    long = telling_sentence("Pip ran " + "and ran " * 40 + ".", ("Pip",))
    assert len(long) <= 120 and long.endswith("and…") and is_finished(long)

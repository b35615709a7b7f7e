"""Stage prose: the frozen language model writes, and its sentences join the templates in the stories of the adapters.

At home the adapters read the model's own words, written to the plan that the bundle has for the storyteller. Sentences
that say where or when they are would contradict the scene that a story means, and are left out; those that mention
something that could be painted are kept apart.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from random import Random

import torch
from torch import nn

from gillstory.bundle import WritingSettings
from gillstory.training.progress import write_text
from gillstory.training.prompts import frozen_language
from gillstory.training.recipe import Recipe
from gillstory.training.world.photographs import PHOTOGRAPHED
from gillstory.training.world.stories import INTRODUCTIONS, NAMES, PAGE, Prose, book_opening, hero_words
from gillstory.training.world.vocabulary import HEROES, PLACES, SUBJECTS, SYNONYMS, TIMES

BATCH = 24
TOKENS = 56
SMALL_WORDS = frozenset(
    "a an the in on at of by to as and with among under near between beside below above deep high sun went down early "
    "dry hot tall green white dark middle bright little red old young brown plump grey steam time".split()
)
WHERE_AND_WHEN = frozenset(
    "tree trees wood woods sea ocean water sand snow ice hill hills mountain garden park road town city village river "
    "shore shop school kitchen house home bed bedroom castle sky moon stars sun sunny sunlight moonlight morning noon "
    "afternoon evening night midnight dawn dusk day days today tomorrow yesterday winter summer autumn spring tonight "
    "cave island world land country field fields path door window jungle".split()
)


def read_prose(work: Path) -> Prose:
    """What the stage has written; no sentences if it has not been run."""
    file = work / "prose" / "prose.json"
    if not file.exists():
        return Prose()
    found = json.loads(file.read_text(encoding="utf-8"))
    return Prose(tuple(found["plain"]), tuple(found["busy"]))


@torch.no_grad()
def write_prose(recipe: Recipe, work: Path, device: str) -> None:
    """Let the model go on with beginnings of books, and write WORK/prose/prose.json."""
    folder = work / "prose"
    folder.mkdir(parents=True, exist_ok=True)
    language = frozen_language(nn.Parameter(torch.zeros(0)), device)
    language.tokenizer.pad_token, language.tokenizer.padding_side = language.tokenizer.eos_token, "left"
    torch.manual_seed(recipe.seed)
    random = Random(recipe.seed)
    opening = recipe.bundle["opening"]
    writing = WritingSettings(opening=opening, **recipe.bundle["writing"])
    events = [event for page in writing.plan for event in page]
    plain, busy = set[str](), set[str]()
    for done in range(0, recipe.prose["pages"], BATCH):
        heroes = [hero_words(random.choice(HEROES), random.choice(NAMES), random) for _ in range(BATCH)]
        prompts = [
            book_opening(opening, [hero], random)
            + PAGE
            + random.choice(INTRODUCTIONS).format(**hero)
            + (writing.request_for(random.choice(events), hero["name"]) if events else PAGE)
            + hero["name"]
            for hero in heroes
        ]
        inputs = language.tokenizer(prompts, return_tensors="pt", padding=True).to(device)
        output = language.model.generate(
            **inputs, max_new_tokens=TOKENS, do_sample=True, temperature=0.8, top_p=0.92, repetition_penalty=1.15,
            pad_token_id=language.tokenizer.pad_token_id,
        )  # fmt: skip
        for hero, ids in zip(heroes, output, strict=True):
            text = language.tokenizer.decode(ids[inputs.input_ids.shape[1] :], skip_special_tokens=True)
            for sentence in sentences(hero["name"] + text, hero):
                kind = content(sentence)
                if kind is not None:
                    (busy if kind else plain).add(sentence)
        print(f"{done + BATCH} of {recipe.prose['pages']} pages: {len(plain)} plain, {len(busy)} busy", flush=True)
        found = asdict(Prose(tuple(sorted(plain)), tuple(sorted(busy))))
        write_text(folder / "prose.json", json.dumps(found, indent=0))


def sentences(text: str, hero: dict[str, str]) -> list[str]:
    """The finished sentences of a page about a hero that name nobody else, the hero as {name}."""
    found = []
    for sentence in re.split(r'(?<=[.!?"])\s+', " ".join(text.split("\n\n")[0].split())):
        if not re.fullmatch(r'["A-Z][^{}:;()*#_\d]{12,140}[.!?]"?', sentence) or sentence.count('"') % 2:
            continue
        template = re.sub(rf"\b{hero['name']}\b", "{name}", sentence)
        template = re.sub(rf"\b[Tt]he (\w+ )?{hero['kind']}\b", "{name}", template)
        inner = re.findall(r'(?<![.!?"] )(?<!^)(?<!^")\b[A-Z][a-z]+', template)
        if not [word for word in inner if word not in ("I", "Mr", "Mrs")]:
            found.append(template)
    return found


def content(sentence: str) -> bool | None:
    """Whether a sentence mentions something that could be painted; None: it says where or when it is."""
    words = set(re.findall(r"[a-z]+", sentence.lower()))
    if words & _SETTINGS:
        return None
    return bool(words & _THINGS or {word.removesuffix("s") for word in words} & _THINGS)


def _content_words(phrases: list[str]) -> frozenset[str]:
    return frozenset(word for phrase in phrases for word in phrase.lower().split()) - SMALL_WORDS


_SETTINGS = WHERE_AND_WHEN | _content_words(
    [p for table in (PLACES, TIMES) for phrases in table.values() for p in phrases]
)
_THINGS = _content_words([*SUBJECTS, *PHOTOGRAPHED, *(text for said in SYNONYMS.values() for text in said)])

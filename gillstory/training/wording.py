"""Stage wording: any words for a scene -> the states that the text encoder has for the scene's plain caption.

The encoder of the stage text names what a caption says, but words that it never met shift its states, and the painter
hears them shifted. So a copy of it learns to say, once it has heard the whole of any wording, strange words included,
what the first one says for the plain caption. These are states that the painter and the adapters know: neither need
learn anything again.
"""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path
from random import Random

import torch
from torch import Tensor
from torch.nn import functional
from transformers import AutoTokenizer, CLIPTextModel, CLIPTokenizer

from gillstory.bundle import cache_folder
from gillstory.training.progress import Progress, set_learning_rate, warm_cosine
from gillstory.training.prompts import LANGUAGE_MODEL
from gillstory.training.recipe import Recipe
from gillstory.training.text import any_caption, tokenize
from gillstory.training.world.scene import Scene, plain_caption, random_scene
from gillstory.training.world.vocabulary import PLACES, SUBJECTS, SYNONYMS, TIMELESS, TIMES, with_article

STRANGE_SHARE = 0.5  # of captions have words that say nothing about the scene
WORD = re.compile(r"Ġ[a-z]{2,10}")  # a whole word, as the language model's vocabulary writes it


def train_wording(recipe: Recipe, work: Path, device: str) -> None:
    """Train the copy and save it to WORK/wording/text_encoder."""
    settings = recipe.wording
    torch.manual_seed(recipe.seed)
    folder = work / "wording"
    tokenizer = CLIPTokenizer.from_pretrained(work / "text" / "tokenizer")
    plain = CLIPTextModel.from_pretrained(work / "text" / "text_encoder", dtype=torch.float32).to(device).eval()
    encoder = deepcopy(plain).train()
    rate = float(settings["learning_rate"])
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=rate, weight_decay=0.01)
    progress = Progress(folder, settings["steps"], {"encoder": encoder, "optimizer": optimizer})
    random = Random(recipe.seed + progress.step)
    strangers = strange_words()
    while not progress.done:
        scenes = [random_scene(random, pair_share=0.4) for _ in range(settings["batch"])]
        captions = [
            strange_caption(scene, strangers, tokenizer, random)
            if random.random() < STRANGE_SHARE
            else any_caption(scene, random)
            for scene in scenes
        ]
        aims = [plain_caption(scene) for scene in scenes]
        captions[0] = aims[0] = ""  # what guidance leads away from stays what it is
        set_learning_rate(optimizer, warm_cosine(progress.step, settings["steps"]))
        said, meant = (tokenize(tokenizer, texts).to(device) for texts in (captions, aims))
        with torch.no_grad():
            own, plain_states = plain(said).last_hidden_state, plain(meant).last_hidden_state
        aim = torch.where(whole(said) & whole(meant), plain_states, own)
        states = encoder(said).last_hidden_state  # (batch, context, width)
        loss = functional.mse_loss(states, aim)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
        optimizer.step()
        progress.tick(loss=loss.item())
    encoder.eval().save_pretrained(folder / "text_encoder")


def whole(tokens: Tensor) -> Tensor:
    """(batch, context, 1) whether a position stands at the end of the text or behind it.

    The encoder reads from left to right: what stands before that has not heard all yet, and keeps the states it has.
    """
    ends = tokens.eq(tokens[:, -1:]).int()  # the token of the end pads, too
    return ends.cummax(dim=1).values.bool()[..., None]


def strange_words() -> list[str]:
    """English words, from the language model's vocabulary, that say nothing about a scene of the world."""
    names = [*SUBJECTS, *(other for others in SYNONYMS.values() for other in others)]
    phrases = [phrase for said in (*PLACES.values(), *TIMES.values()) for phrase in said]
    telling = {word for text in (*names, *phrases) for word in text.split()}
    vocabulary = AutoTokenizer.from_pretrained(cache_folder() / "models" / LANGUAGE_MODEL).get_vocab()
    return sorted({token[1:] for token in vocabulary if WORD.fullmatch(token)} - telling)


def strange_caption(scene: Scene, strangers: list[str], tokenizer: CLIPTokenizer, random: Random) -> str:
    """A scene said in any order, between words that say nothing about it, as many as the painter's context holds."""
    who = " and ".join(_named(name, strangers, random) for name in scene.subjects)
    said = [who, random.choice(PLACES[scene.place])]
    if scene.place not in TIMELESS:
        said.append(random.choice(TIMES[scene.time]))
    random.shuffle(said)
    pieces = [*said, ""]
    text = " ".join(said)
    for place in range(len(pieces)):
        for _ in range(random.randrange(3)):
            longer = [*pieces]
            longer[place] = f"{random.choice(strangers)} {longer[place]}"
            fuller = " ".join(" ".join(longer).split())
            if len(tokenizer(fuller, verbose=False).input_ids) > tokenizer.model_max_length:
                return text
            pieces, text = longer, fuller
    return text


def _named(name: str, strangers: list[str], random: Random) -> str:
    """A subject by one of its names, some of them with a quality that no picture shows."""
    noun = random.choice(SYNONYMS[name]) if name in SYNONYMS and random.random() < 0.3 else name
    quality = random.choice(strangers) + " " if random.random() < 0.3 else ""
    return (
        f"{random.choice(('the', 'one', 'his', 'her'))} {quality}{noun}"
        if random.random() < 0.25
        else with_article(quality + noun)
    )

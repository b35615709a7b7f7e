"""Stage prefix: pictures -> the input vectors by which the frozen language model reads them (paper, section 3.1).

It starts from the ridge regression of the vectors on the words that name the picture (subject, place, time), which a
language model reads without further training, and goes on with the paper's captioning loss.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from gillstory.gill.language import Language
from gillstory.training.features import Classifier, Pictures
from gillstory.training.progress import Progress, set_learning_rate, warm_cosine
from gillstory.training.prompts import frozen_language, words
from gillstory.training.recipe import Recipe
from gillstory.training.world.scene import Scene, caption, plain_caption
from gillstory.training.world.stories import training_nouns
from gillstory.training.world.vocabulary import PLACES, TIMELESS, TIMES, with_article

VECTORS = 4
RIDGE = 30.0
PHOTOGRAPHS_EACH = 12  # made-up photographs of each noun for the regression
IGNORED = -100  # cross_entropy's mark for positions without a target


def naming_words(scene: Scene) -> list[str]:
    """The words that the vectors of a scene's picture should stand for, one each."""
    time = "" if scene.place in TIMELESS else TIMES[scene.time][0]
    second = f" {scene.subjects[1]}" if len(scene.subjects) > 1 else f" {scene.subjects[0]}"
    return [
        f" {scene.subjects[0]}",
        second,
        " " + PLACES[scene.place][0].split()[-1],
        " " + (time.split() or ["picture"])[-1],
    ]


def regress(inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Ridge regression: (N, in), (N, out) -> weight (out, in), bias (out,)."""
    mean, aim = inputs.mean(dim=0), targets.mean(dim=0)
    centred = inputs - mean
    gram = centred.T @ centred + RIDGE * torch.eye(inputs.shape[1])
    weight = torch.linalg.solve(gram, centred.T @ (targets - aim)).T.contiguous()
    return weight, aim - weight @ mean


def start_map(language: Language, pictures: Pictures, random: Random) -> nn.Linear:
    """The map from logits to VECTORS input vectors by regression on the words that name a picture."""
    inputs, targets, known = [], [], dict[str, Tensor]()

    def vectors(names: list[str]) -> Tensor:
        for name in names:
            if name not in known:  # the mean input embedding of a word's tokens
                known[name] = words(language, name).float().mean(dim=0)
        return torch.cat([known[name] for name in names])

    for scene in pictures.scenes:
        inputs.append(pictures.of_scene(scene))
        targets.append(vectors(naming_words(scene)))
    for noun, classes in training_nouns().items():
        for _ in range(PHOTOGRAPHS_EACH):
            inputs.append(pictures.of_photograph(classes, random))
            targets.append(vectors([f" {noun}", f" {noun}", " photo", " picture"]))
    weight, bias = regress(torch.stack(inputs), torch.stack(targets))
    map = nn.Linear(weight.shape[1], weight.shape[0])
    map.load_state_dict({"weight": weight, "bias": bias})
    return map


def train_prefix(recipe: Recipe, work: Path, device: str) -> None:
    """Train the prefix and save its map from logits to WORK/prefix/map.pt."""
    settings: dict[str, Any] = recipe.prefix
    torch.manual_seed(recipe.seed)
    language = frozen_language(torch.nn.Parameter(torch.zeros(8, 0)), device)
    pictures = Pictures(work / "encoder" / "training", Classifier.load())
    map = start_map(language, pictures, Random(recipe.seed)).to(device)
    optimizer = torch.optim.AdamW(map.parameters(), lr=float(settings["learning_rate"]) * 0.1, weight_decay=0.0)
    progress = Progress(work / "prefix", settings["steps"], {"map": map, "optimizer": optimizer})
    random = Random(recipe.seed + progress.step)
    nouns = training_nouns()
    while not progress.done:
        logits, captions = [], []
        for _ in range(settings["batch"]):
            if random.random() < 0.3:
                noun = random.choice(list(nouns))
                logits.append(pictures.of_photograph(nouns[noun], random))
                captions.append(f"a photo of {with_article(noun)}.")
            else:
                scene = random.choice(pictures.scenes)
                logits.append(pictures.of_scene(scene))
                captions.append(plain_caption(scene) + "." if random.random() < 0.5 else caption(scene, random))
        set_learning_rate(optimizer, warm_cosine(progress.step, settings["steps"]))
        vectors = map(torch.stack(logits).to(device)).unflatten(-1, (VECTORS, -1))  # (batch, VECTORS, hidden)
        loss = captioning_loss(language, vectors, captions)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(map.parameters(), 1.0)
        optimizer.step()
        progress.tick(loss=loss.item())
    torch.save(map.state_dict(), work / "prefix" / "map.pt")


def captioning_loss(language: Language, vectors: Tensor, captions: list[str]) -> Tensor:
    """Cross-entropy of captions behind pictures (paper, equation 1)."""
    rows = [language.tokens(" " + caption) for caption in captions]
    length = max(map(len, rows))
    ids = torch.tensor([row + [0] * (length - len(row)) for row in rows], device=vectors.device)
    targets = torch.tensor([row + [IGNORED] * (length - len(row)) for row in rows], device=vectors.device)
    inputs = torch.cat([vectors.to(language.dtype), language.model.get_input_embeddings()(ids)], dim=1)
    states = language.forward(inputs)[:, VECTORS - 1 : -1]
    logits = language.model.get_output_embeddings()(states[targets != IGNORED]).float()
    return functional.cross_entropy(logits, targets[targets != IGNORED])

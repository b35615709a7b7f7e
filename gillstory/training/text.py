"""Stage text: captions -> the painter's tokenizer and text encoder (CLIPTextModel), by naming what captions say.

The encoder learns to tell subjects, place and time of a caption from its states, and is frozen from then on. The
painter is spared that work, and the adapters, which imitate these states, need not wait for the painter.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import torch
from tokenizers import Tokenizer
from tokenizers.trainers import BpeTrainer
from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from gillstory.training.progress import Progress, set_learning_rate, warm_cosine
from gillstory.training.recipe import Recipe
from gillstory.training.world.scene import Scene, caption, plain_caption, random_scene
from gillstory.training.world.vocabulary import PLACES, SUBJECTS, TIMES

PLAIN_SHARE = 0.4  # of captions are the plain one, which the adapters will aim at


def any_caption(scene: Scene, random: Random) -> str:
    """The plain caption or one of its many variations."""
    return plain_caption(scene) if random.random() < PLAIN_SHARE else caption(scene, random)


def train_tokenizer(vocabulary: int, context: int, seed: int) -> CLIPTokenizer:
    """A CLIP tokenizer whose byte pairs come from the words of the story world."""
    random = Random(seed)
    lines = [caption(random_scene(random), random) for _ in range(30_000)]
    blank = CLIPTokenizer()
    backend: Tokenizer = blank.backend_tokenizer
    alphabet = sorted({symbol for line in lines for symbol in line.lower() if symbol.isascii()})
    trainer = BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=["<|startoftext|>", "<|endoftext|>"],
        end_of_word_suffix="</w>",
        initial_alphabet=[s for s in alphabet if s != " "] + [chr(c) for c in range(33, 127)],
        show_progress=False,
    )
    backend.train_from_iterator(lines, trainer)
    model = json.loads(backend.to_str())["model"]
    merges = [tuple(pair) for pair in model["merges"]]
    return CLIPTokenizer(vocab=model["vocab"], merges=merges, model_max_length=context)


def tokenize(tokenizer: CLIPTokenizer, captions: list[str]) -> Tensor:
    """(batch, context) token ids, padded and cut to the context, as Stable Diffusion does it."""
    return tokenizer(captions, padding="max_length", truncation=True, return_tensors="pt").input_ids


class SceneReader(nn.Module):
    """Linear heads that name what a caption says, from the mean of its states and from the last one."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.heads = nn.ModuleList(
            nn.Linear(2 * width, n) for n in (len(SUBJECTS), len(SUBJECTS) + 1, len(PLACES), len(TIMES) + 1)
        )

    def forward(self, states: Tensor) -> list[Tensor]:
        """(batch, context, width) -> logits of first subject, second subject or none, place, time or none said."""
        summary = torch.cat([states.mean(dim=1), states[:, -1]], dim=-1)
        return [head(summary) for head in self.heads]


def labels(scenes: list[Scene], captions: list[str]) -> Tensor:
    """(4, batch) what the heads should say; the last class of the time stands for captions that leave it open."""
    subjects, places, times = list(SUBJECTS), list(PLACES), list(TIMES)
    rows: list[list[int]] = [[], [], [], []]
    for scene, text in zip(scenes, captions, strict=True):
        said = [t for t in times if any(phrase in text.lower() for phrase in TIMES[t])]
        rows[0].append(subjects.index(scene.subjects[0]))
        rows[1].append(subjects.index(scene.subjects[1]) if len(scene.subjects) > 1 else len(subjects))
        rows[2].append(places.index(scene.place))
        rows[3].append(times.index(said[0]) if said else len(times))
    return torch.tensor(rows)


def train_text(recipe: Recipe, work: Path, device: str) -> None:
    """Train tokenizer and text encoder and save them to WORK/text/tokenizer and WORK/text/text_encoder."""
    settings: dict[str, Any] = recipe.text
    torch.manual_seed(recipe.seed)
    folder = work / "text"
    tokenizer = train_tokenizer(settings["vocabulary"], settings["context"], recipe.seed)
    tokenizer.save_pretrained(folder / "tokenizer")
    config = CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=settings["width"], intermediate_size=4 * settings["width"],
        num_hidden_layers=settings["layers"], num_attention_heads=settings["heads"], projection_dim=settings["width"],
        max_position_embeddings=settings["context"], bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    encoder, reader = CLIPTextModel(config).to(device).train(), SceneReader(settings["width"]).to(device)
    rate = float(settings["learning_rate"])
    optimizer = torch.optim.AdamW([*encoder.parameters(), *reader.parameters()], lr=rate, weight_decay=0.01)
    progress = Progress(folder, settings["steps"], {"encoder": encoder, "reader": reader, "optimizer": optimizer})
    random = Random(recipe.seed + progress.step)
    while not progress.done:
        scenes = [random_scene(random, pair_share=0.4) for _ in range(settings["batch"])]
        captions = [any_caption(scene, random) for scene in scenes]
        set_learning_rate(optimizer, warm_cosine(progress.step, settings["steps"]))
        states = encoder(tokenize(tokenizer, captions).to(device)).last_hidden_state  # (batch, context, width)
        logits = reader(states)
        targets = labels(scenes, captions).to(device)
        loss = torch.stack([functional.cross_entropy(x, y) for x, y in zip(logits, targets, strict=True)]).sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
        optimizer.step()
        right = [float((x.argmax(-1) == y).float().mean()) for x, y in zip(logits, targets, strict=True)]
        progress.tick(loss=loss.item(), subject=right[0], second=right[1], place=right[2], time=right[3])
    encoder.eval().save_pretrained(folder / "text_encoder")

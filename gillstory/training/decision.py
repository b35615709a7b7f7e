"""Stage decision: stories -> the head that says whether to paint or to look for a photograph (paper, section 3.3).

Trained last, on the hidden state at [IMG0], everything below it frozen: a scene of the world is painted, what the
world lacks and what is told as a photo or a memory is looked for.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import torch
from torch import Tensor, nn
from torch.nn import functional

from gillstory.gill.adapters import DECISIONS, Adapters
from gillstory.gill.language import Language
from gillstory.training.adapters import CLASSES, Scenes, adapter_sizes
from gillstory.training.progress import Progress, set_learning_rate, warm_cosine
from gillstory.training.prompts import frozen_language, image_states, read
from gillstory.training.recipe import Recipe

BATCH = 32
DROPOUT = 0.5


@torch.no_grad()
def read_stories(language: Language, scenes: Scenes, count: int, random: Random) -> tuple[Tensor, Tensor]:
    """States at [IMG0] of some `count` stories, (N, hidden), and their decisions as indices of DECISIONS, (N,)."""
    states, decisions = list[Tensor](), list[int]()
    batches = scenes.batches(language, BATCH, random)
    while len(decisions) < count:
        stories, prompts = next(batches)
        cache, mask, _ = read(language, prompts)
        states.append(image_states(language, cache, mask)[:, 0].cpu())
        decisions += [DECISIONS.index("retrieve" if story.retrieve else "generate") for story in stories]
        print(f"{len(decisions)} of {count} stories", flush=True)
    return torch.cat(states), torch.tensor(decisions)


def train_decision(recipe: Recipe, work: Path, device: str) -> None:
    """Train the decision head and save it to WORK/decision/head.pt."""
    settings = recipe.decision
    torch.manual_seed(recipe.seed)
    weights = torch.load(work / "adapters" / "adapters.pt", weights_only=True)
    language = frozen_language(nn.Parameter(weights["image_embeddings"].to(device)), device)
    head = Adapters(adapter_sizes(recipe), language.hidden_size, CLASSES).decision
    inputs, targets = read_stories(
        language, Scenes(recipe, work, device, held_out=False), settings["stories"], Random(recipe.seed)
    )
    rate = float(settings["learning_rate"])
    optimizer = torch.optim.AdamW(head.parameters(), lr=rate, weight_decay=0.01)
    progress = Progress(work / "decision", settings["steps"], {"head": head, "optimizer": optimizer})
    while not progress.done:
        rows = torch.randint(len(inputs), (200,))
        set_learning_rate(optimizer, warm_cosine(progress.step, settings["steps"]))
        loss = functional.cross_entropy(head(functional.dropout(inputs[rows], DROPOUT)), targets[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        progress.tick(loss=loss.item())
    torch.save(head.state_dict(), work / "decision" / "head.pt")
    inputs, targets = read_stories(language, Scenes(recipe, work, device, held_out=True), 512, Random(0))
    print(f"macro-F1 on held-out stories: {macro_f1(head(inputs).argmax(dim=-1), targets):.3f}")


def macro_f1(decisions: Tensor, targets: Tensor) -> float:
    """The mean of both classes' F1."""
    scores = []
    for index in range(len(DECISIONS)):
        hits = int(((decisions == index) & (targets == index)).sum())
        scores.append(2 * hits / max(1, int((decisions == index).sum() + (targets == index).sum())))
    return sum(scores) / len(scores)

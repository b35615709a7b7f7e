"""A stage's folder: checkpoints that survive a kill, a log of losses, and averaged weights.

A stage is a straight line: data, step, log, save. What it shares with the others is here.
"""

from __future__ import annotations

import json
import math
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gillstory.training.curves import draw_curves

SAVE_EVERY = 120.0  # seconds between checkpoints


class Progress:
    """Counts steps, saves the training state every two minutes, and logs the mean loss since the last line.

    What it logs is also drawn, as curves.png.

    Parameters
    ----------
    folder : where `state.pt` and `log.jsonl` of this stage live.
    steps : how many steps the stage takes.
    parts : what is saved: modules, optimizers, anything with state_dict and load_state_dict.
    """

    def __init__(self, folder: Path, steps: int, parts: dict[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.steps, self.parts = folder, steps, parts
        self.step = 0
        self.losses: dict[str, list[float]] = {}
        self.saved = self.logged = time.monotonic()
        self.logged_step = 0
        state = folder / "state.pt"
        if state.exists():
            loaded = torch.load(state, map_location="cpu", weights_only=True)
            self.step = self.logged_step = loaded["step"]
            for name, part in parts.items():
                part.load_state_dict(loaded[name])

    @property
    def done(self) -> bool:
        return self.step >= self.steps

    def tick(self, **losses: float) -> None:
        """One step is over: note its losses, log every 50 steps, save when it is time or all is done."""
        self.step += 1
        for name, loss in losses.items():
            self.losses.setdefault(name, []).append(loss)
        if self.step % 50 == 0:
            now = time.monotonic()
            means = {name: round(sum(v) / len(v), 5) for name, v in self.losses.items()}
            speed = round((self.step - self.logged_step) / (now - self.logged), 3)
            with (self.folder / "log.jsonl").open("a", encoding="utf-8") as log:
                log.write(json.dumps({"step": self.step, "of": self.steps, "steps_per_second": speed, **means}) + "\n")
            left = timedelta(seconds=round((self.steps - self.step) / speed))
            shown = ", ".join(f"{name} {value:.4f}" for name, value in means.items())
            print(f"{self.folder.name}: step {self.step} of {self.steps}, {left} left; {shown}", flush=True)
            self.losses.clear()
            self.logged, self.logged_step = now, self.step
        if self.done or time.monotonic() - self.saved > SAVE_EVERY:
            self.save()

    def save(self) -> None:
        """Write the state beside the old one, then put it in its place."""
        temporary = self.folder / "state.pt.new"
        torch.save({"step": self.step} | {name: part.state_dict() for name, part in self.parts.items()}, temporary)
        os.replace(temporary, self.folder / "state.pt")
        if (self.folder / "log.jsonl").exists():
            draw_curves(self.folder)
        self.saved = time.monotonic()


def warm_cosine(step: int, steps: int, warmup: int = 100) -> float:
    """The share of the learning rate at a step: linear warm-up, then a cosine down to 2 %."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warmup) / max(1, steps - warmup))))


def set_learning_rate(optimizer: torch.optim.Optimizer, share: float) -> None:
    """Scale every group's learning rate to this share of its `base_rate`."""
    for group in optimizer.param_groups:
        group["lr"] = group.setdefault("base_rate", group["lr"]) * share


class Average:
    """An exponential moving average of a module's weights, which is what ships.

    It looks at the module every few steps only, and decays accordingly: a look costs as much as a part of the step.
    """

    def __init__(self, module: nn.Module, decay: float = 0.999, every: int = 10) -> None:
        self.decay, self.every = decay, every
        self.count = 0
        self.weights: dict[str, Tensor] = {
            name: tensor.detach().clone() for name, tensor in module.state_dict().items()
        }

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Move towards the module; faster in the first steps, which know little."""
        self.count += 1
        if self.count % self.every:
            return
        decay = min(self.decay, (1 + self.count) / (10 + self.count)) ** self.every
        mine = [tensor for tensor in self.weights.values() if tensor.is_floating_point()]
        theirs = [tensor for tensor in module.state_dict().values() if tensor.is_floating_point()]
        torch._foreach_lerp_(mine, theirs, 1 - decay)

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {"count": self.count, "weights": self.weights}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self.count = state["count"]
        for name, tensor in state["weights"].items():
            self.weights[name].copy_(tensor)


def write_text(path: Path, text: str) -> None:
    """Save a text so that the file is either whole or as it was."""
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


def write_array(path: Path, array: np.ndarray) -> None:
    """Save an array so that the file is either whole or not there."""
    temporary = path.with_suffix(".new.npy")
    np.save(temporary, array)
    os.replace(temporary, path)

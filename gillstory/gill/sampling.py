"""Next-token logits in, one token id out: greedy, or sampled with temperature, top-p and a repetition penalty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gillstory.errors import GillstoryError

REMEMBERED = 256  # last positions that the repetition penalty looks at; names in a long story are not worn out

HEAD = 1024  # likeliest tokens that are nearly always enough for top_p; sorting them is cheap


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen.

    Attributes
    ----------
    temperature : 0 takes the likeliest token.
    top_p : only the likeliest tokens that together reach this probability.
    repetition_penalty : how much the logits of recent tokens are lowered (Keskar et al. 2019); 1 is not at all.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    repetition_penalty: float = 1.0

    def __post_init__(self) -> None:
        if self.temperature < 0 or not 0 < self.top_p <= 1 or self.repetition_penalty <= 0:
            message = "temperature is at least 0, top_p above 0 and at most 1, repetition_penalty above 0"
            raise GillstoryError(f"{message}; got {self.temperature}, {self.top_p}, {self.repetition_penalty}")

    def choose(self, logits: Tensor, recent: Sequence[int], generator: torch.Generator) -> int:
        """One id from logits (ids,) on the CPU; `recent` are the ids that came before."""
        if self.repetition_penalty != 1:
            seen = torch.tensor(sorted({id for id in recent[-REMEMBERED:] if id >= 0}), dtype=torch.long)
            raised, factor = logits[seen], self.repetition_penalty
            logits = logits.index_put((seen,), torch.where(raised < 0, raised * factor, raised / factor))
        if self.temperature == 0:
            return int(logits.argmax())
        probabilities = (logits / self.temperature).softmax(dim=-1)
        if self.top_p < 1:
            ordered, ids = probabilities.topk(min(HEAD, len(probabilities)))
            if ordered.sum() < self.top_p:
                ordered, ids = probabilities.sort(descending=True)
            kept = ordered * (ordered.cumsum(dim=-1) - ordered < self.top_p)
            return int(ids[torch.multinomial(kept, 1, generator=generator)])
        return int(torch.multinomial(probabilities, 1, generator=generator))


def generator_from(seed: int | torch.Generator | None) -> torch.Generator:
    """A generator on the CPU, the same on every device; without a seed, an unpredictable one."""
    if isinstance(seed, torch.Generator):
        return seed
    generator = torch.Generator()
    if seed is None:
        generator.seed()
    else:
        generator.manual_seed(seed)
    return generator

"""Near duplicates: embeddings in, groups of photos that look alike out, so that a book shows one of a burst.

Each group has a leader, its first photo. A photo joins the group whose leader it resembles most, or leads one of its
own: unlike chains of neighbours, groups cannot wander off. Whoever has a group keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
BLOCK = 512  # photos compared at once


def group_alike(
    newcomers: Floats, names: Sequence[str], leaders: Iterable[tuple[Floats, Sequence[str]]], alike: float
) -> list[str]:
    """Give each newcomer its group.

    Parameters
    ----------
    newcomers, names : (N, width) embeddings, and the name of the group that each leads if it resembles nobody.
    leaders : blocks of (M, width) embeddings of leaders with the names of their M groups.
    alike : the cosine similarity from which on two photos look alike.
    """
    newcomers = _unit(newcomers)
    best, groups = np.full(len(newcomers), alike, np.float32), [""] * len(newcomers)
    for embeddings, known in leaders:
        for start in range(0, len(newcomers), BLOCK):
            rows = slice(start, start + BLOCK)
            _join(newcomers[rows] @ _unit(embeddings).T, known, best[rows], groups, start)
    new: list[int] = []  # newcomers who lead
    for start in range(0, len(newcomers), BLOCK):
        block = newcomers[start : start + BLOCK]
        if new:
            _join(block @ newcomers[new].T, [names[i] for i in new], best[start : start + BLOCK], groups, start)
        among = block @ block.T
        here: list[int] = []
        for row in range(len(block)):
            if here:
                nearest = here[int(among[row, here].argmax())]
                if among[row, nearest] >= best[start + row]:
                    groups[start + row] = names[start + nearest]
            if not groups[start + row]:
                groups[start + row] = names[start + row]
                here.append(row)
        new += (start + row for row in here)
    return groups


def _join(similarities: Floats, known: Sequence[str], best: Floats, groups: list[str], start: int) -> None:
    """Put rows into the group of the leader that they resemble most, if more than any before."""
    nearest = similarities.argmax(axis=1)
    for row, column in enumerate(nearest):
        if similarities[row, column] >= best[row]:
            best[row] = similarities[row, column]
            groups[start + row] = known[int(column)]


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.maximum(lengths, np.float32(1e-12))

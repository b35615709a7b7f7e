"""Work on books that needs pictures painted in, the work done out: one book, or several with their pictures in batches.

Work is a generator: it hands out a `Commission` where it needs a picture, and goes on once it is given the picture.
Who is at work on a book need not know whether others are, nor wait for a batch to be full.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

import numpy as np
from PIL import Image

from gillstory.gill.model import Gill
from gillstory.storyteller.options import Listener

T = TypeVar("T")


@dataclass(frozen=True)
class Commission:
    """A picture to be painted, as `Gill.paint` takes it."""

    condition: np.ndarray  # (n_cond, width)
    seed: int
    steps: int
    guidance_scale: float


Work = Generator[Commission, Image.Image, T]


def done(work: Work[T], gill: Gill, listener: Listener) -> T:
    """Do one piece of work, painting its pictures as it asks for them."""
    (result,) = side_by_side([work], 1, gill, listener)
    return result


def side_by_side(
    works: Iterable[Work[T]],
    at_once: int,
    gill: Gill,
    listener: Listener,
    on_turn: Callable[[int], None] = lambda number: None,
) -> Iterator[T]:
    """Do several pieces of work, up to so many `at_once`, and paint the pictures that they ask for in one batch.

    A picture that cannot be painted is an error of the work that asked for it, raised where it asked.

    Parameters
    ----------
    on_turn : is told, before anything is done for it, which work's turn it is, counted from 0.

    Returns
    -------
    What each gives, in the order in which they are done.
    """
    coming = enumerate(works)
    under_way: dict[int, Work[T]] = {}
    waiting: dict[int, Commission] = {}

    def go_on(number: int, picture: Image.Image | Exception | None) -> Iterator[T]:
        on_turn(number)
        work = under_way[number]
        try:
            if isinstance(picture, Exception):
                waiting[number] = work.throw(picture)
            else:
                waiting[number] = next(work) if picture is None else work.send(picture)
        except StopIteration as end:
            del under_way[number]
            yield end.value

    try:
        while True:
            while len(waiting) < at_once and (new := next(coming, None)) is not None:
                under_way[new[0]] = new[1]
                yield from go_on(new[0], None)
            if not waiting:
                return
            asked, waiting = waiting, {}
            for number, picture in _painted(asked, gill, listener):
                yield from go_on(number, picture)
    finally:
        for work in under_way.values():
            work.close()


def _painted(
    asked: dict[int, Commission], gill: Gill, listener: Listener
) -> Iterator[tuple[int, Image.Image | Exception]]:
    """Paint pictures, those together that take the same steps; where that fails, each alone."""

    def settings(pair: tuple[int, Commission]) -> tuple[int, float]:
        return pair[1].steps, pair[1].guidance_scale

    for (steps, guidance), group in groupby(sorted(asked.items(), key=settings), settings):
        numbers, commissions = zip(*group, strict=True)
        try:
            pictures: list[Image.Image] | list[Exception] = gill.paint_batch(
                [commission.condition for commission in commissions],
                [commission.seed for commission in commissions],
                steps,
                guidance,
                listener.on_painting,
            )
        except Exception as error:
            if len(numbers) > 1:  # one of them, or all at once, may be more than there is memory for
                for number, commission in zip(numbers, commissions, strict=True):
                    yield from _painted({number: commission}, gill, listener)
                continue
            pictures = [error]
        yield from zip(numbers, pictures, strict=True)

"""What a search costs: exact over many embeddings, approximate over very many, and what the approximate one misses.

The embeddings are made up: clusters, as photos of the same things make them. A second search, by numpy in memory, is
the limit and the judge.

Run: python benchmarks/search.py [--exact N] [--approximate N] [--queries N]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import lancedb
import numpy as np
import pyarrow as pa

from gillstory.photos.find import EVERY_PHOTO, find
from gillstory.photos.table import Floats, vector_array
from gillstory.photos.upkeep import index_vectors

DIMENSIONS = 256  # of the pocket bundle's retrieval space
PHOTOS_PER_CLUSTER = 200
SPREAD = 0.8  # length of what tells a photo from its cluster's centre, whose length is 1
BATCH = 50_000
EXACT_MS, APPROXIMATE_MS, RECALL = 20, 50, 0.98  # goals
BEST = 10


def made_up(count: int, queries: int) -> tuple[Floats, Floats]:
    """(count, DIMENSIONS) embeddings and (queries, DIMENSIONS) queries, unit length."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(max(1, count // PHOTOS_PER_CLUSTER), DIMENSIONS)).astype(np.float32)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)

    def draw(number: int) -> Floats:
        rows = centres[random.integers(0, len(centres), number)]
        rows = rows + (SPREAD / DIMENSIONS**0.5) * random.standard_normal((number, DIMENSIONS), np.float32)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)

    return np.concatenate([draw(min(BATCH, count - start)) for start in range(0, count, BATCH)]), draw(queries)


def milliseconds(search: Callable[[Floats], list[int]], queries: Floats) -> tuple[float, list[list[int]]]:
    """The median time of a search, after one that warms up, and what each found."""
    search(queries[0])
    times, found = [], []
    for query in queries:
        start = time.perf_counter()
        found.append(search(query))
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times), found


def measure(count: int, queries: int) -> tuple[float, float, float, float]:
    """Milliseconds of a search by gillstory and by numpy, the share of numpy's `BEST` that gillstory finds, and the
    seconds that its index took."""
    embeddings, asked = made_up(count, queries)
    with tempfile.TemporaryDirectory() as folder:
        table = lancedb.connect(Path(folder)).create_table("photos", data=rows(embeddings[:BATCH], 0))
        for first in range(BATCH, count, BATCH):
            table.add(rows(embeddings[first : first + BATCH], first))
        start = time.perf_counter()
        index_vectors(table, "embedding")
        indexing = time.perf_counter() - start

        def ours(query: Floats) -> list[int]:
            return [int(match.sha256) for match in find(table, "embedding", query, "", BEST, EVERY_PHOTO)]

        def limit(query: Floats) -> list[int]:
            similarities = embeddings @ query
            best = np.argpartition(-similarities, BEST)[:BEST]
            return [int(row) for row in best[np.argsort(-similarities[best])]]

        own, found = milliseconds(ours, asked)
        other, right = milliseconds(limit, asked)
    recall = statistics.mean(len(set(a) & set(b)) / BEST for a, b in zip(found, right, strict=True))
    return own, other, recall, indexing


def rows(embeddings: Floats, start: int) -> pa.Table:
    """Rows of the table, as far as a search looks at them."""
    names = [str(start + row) for row in range(len(embeddings))]
    taken = pa.nulls(len(names), pa.timestamp("s"))
    return pa.table({"path": names, "sha256": names, "taken": taken, "embedding": vector_array(embeddings, np.float32)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exact", type=int, default=100_000)
    parser.add_argument("--approximate", type=int, default=1_000_000, help="0: leave it out")
    parser.add_argument("--queries", type=int, default=20)
    arguments = parser.parse_args()
    print(f"search, {DIMENSIONS} dimensions, median of {arguments.queries} queries")
    print(
        f"{'':24}{'ours, ms':>10}{'goal, ms':>10}{'ratio':>8}{'numpy, ms':>11}{'ratio':>8}{'recall':>8}{'goal':>7}"
        f"{'indexing, s':>13}"
    )
    for name, count, goal, recall_goal in (
        ("exact", arguments.exact, EXACT_MS, 1),
        ("approximate", arguments.approximate, APPROXIMATE_MS, RECALL),
    ):
        if count:
            own, other, recall, indexing = measure(count, arguments.queries)
            print(
                f"{f'{name}, {count}':24}{own:10.1f}{goal:10}{own / goal:8.2f}{other:11.1f}{own / other:8.2f}"
                f"{recall:8.3f}{recall_goal:7}{indexing:13.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()

"""A query in, the photos nearest to it out, kept to folders and dates, with those whose words were asked for.

Up to some hundred thousand photos every embedding is compared, so that the search is exact; beyond, those in the parts
of LanceDB's index that are nearest to the query. Either way the similarities that come out are exact.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from gillstory.photos.files import real_path
from gillstory.photos.table import Floats, vectors

if TYPE_CHECKING:
    from lancedb.table import Table

Column = Literal["embedding", "pooled"]
COLUMNS: tuple[Column, ...] = get_args(Column)
PARTITIONS_LOOKED_INTO = 50  # of the index, at least; all of a small one
CANDIDATES = 10  # for each photo wanted, where the index is not exact
TELLING = 0.1  # of the best score of the words: photos that score less have only words that nearly all of them have
NO_LIMIT = 0  # where a filter leaves too few photos in these, the others are looked into as well


@dataclass(frozen=True)
class Match:
    """A photo found.

    Attributes
    ----------
    similarity : cosine, of its embedding to the query's, from -1 to 1.
    by_words : its name, caption or keywords have words that were asked for.
    taken : when, where that is known.
    """

    path: Path
    sha256: str
    similarity: float
    by_words: bool = False
    taken: datetime | None = None


@dataclass(frozen=True)
class Wanted:
    """Which photos are looked at; those without a known date are outside of every period.

    Attributes
    ----------
    under : only photos below this folder, or found by way of it.
    since, until : only photos taken on these days or between them.
    without : SHA-256 of photos to pass over, under whatever name, with all that look like them.
    """

    under: Path | None = None
    since: date | None = None
    until: date | None = None
    without: Sequence[str] = ()


EVERY_PHOTO = Wanted()


def find(table: Table, column: Column, query: Floats, words: str, limit: int, wanted: Wanted) -> list[Match]:
    """Find the photos most similar to a query and, where there are words, those that have the words.

    Parameters
    ----------
    query : (length of the column,); its length doesn't matter.
    limit : how many at most.

    Returns
    -------
    list of Match, the best first: by similarity, or by similarity and words together (reciprocal rank fusion).
    """
    columns = ["path", "sha256", "taken", column]
    condition = " AND ".join(_conditions(table, wanted))
    if words:
        from lancedb.rerankers import RRFReranker

        search: Any = table.search(query_type="hybrid", vector_column_name=column, fts_columns="words")
        search = search.vector(query).text(words).rerank(RRFReranker(return_score="all"))
    else:
        search = table.search(query, vector_column_name=column).select([*columns, "_distance"])
    search = search.distance_type("cosine").limit(limit)
    search = search.minimum_nprobes(PARTITIONS_LOOKED_INTO).maximum_nprobes(NO_LIMIT)
    if column == "pooled":
        search = search.refine_factor(CANDIDATES)
    if condition:
        search = search.where(condition, prefilter=True)
    found = search.to_arrow()
    if not len(found):
        return []
    embeddings = vectors(found, column)
    lengths = np.linalg.norm(embeddings, axis=1) * np.linalg.norm(query)
    similarities = np.clip(embeddings @ query / np.maximum(lengths, 1e-12), -1, 1)
    rows, ranked = found.drop_columns([column]).to_pylist(), []
    telling = TELLING * max((row.get("_score") or 0 for row in rows), default=0)
    for row, similarity in zip(rows, similarities.tolist(), strict=True):
        by_words = (row.get("_score") or 0) > telling
        match = Match(Path(row["path"]), row["sha256"], similarity, by_words, row["taken"])
        ranked.append((-row.get("_relevance_score", 0), -similarity, row["path"], match))
    return [match for *_, match in sorted(ranked, key=lambda rank: rank[:3])]


def count(table: Table, wanted: Wanted) -> int:
    """How many photos may be found."""
    return int(table.count_rows(" AND ".join(_conditions(table, wanted)) or None))


def _conditions(table: Table, wanted: Wanted) -> Iterator[str]:
    """What photos must be, in the database's own words."""
    from lancedb.expr import col, lit

    if wanted.under is not None:
        folder = real_path(wanted.under)
        below = lit(os.path.join(folder, "")).to_sql()
        yield f"(starts_with(path, {below}) OR {(col('folder') == lit(folder)).to_sql()})"
    if wanted.since is not None:
        yield f"taken >= timestamp '{wanted.since.isoformat()} 00:00:00'"
    if wanted.until is not None:
        yield f"taken <= timestamp '{wanted.until.isoformat()} 23:59:59'"
    if wanted.without:
        shown = col("sha256").isin(sorted(wanted.without))
        yield (~shown).to_sql()
        rows = table.search().where(shown.to_sql()).select(["group"]).limit(None).to_arrow()
        if groups := {group for group in rows["group"].to_pylist() if group is not None}:
            yield f"(`group` IS NULL OR {(~col('group').isin(sorted(groups))).to_sql()})"

"""What a photo index needs after photos have come and gone: groups of near duplicates, compact files, fast indexes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gillstory.photos.alike import group_alike
from gillstory.photos.find import COLUMNS, Column
from gillstory.photos.table import OLD, Floats, vectors

if TYPE_CHECKING:
    from lancedb.table import Table

INDEXED_FROM = 5_000  # photos: the embeddings of fewer are read from the disk for each search
PARTITION = 2_000  # photos in each part of the index


def group_new(table: Table, alike: float) -> int:
    """Group the photos that have not been compared yet, among themselves and with all others; give how many."""
    import pyarrow as pa

    new = table.search().where("`group` IS NULL").select(["path", "sha256", "pooled"]).limit(None)
    rows = new.to_arrow().sort_by("path")
    if not len(rows):
        return 0
    groups = group_alike(vectors(rows, "pooled"), rows["sha256"].to_pylist(), _leaders(table), alike)
    merge = table.merge_insert("path").when_matched_update_all()
    merge.execute(pa.table({"path": rows["path"], "group": groups}))
    return len(rows)


def index_large(table: Table) -> None:
    """Index the vectors where there are many and they are not indexed: a table that was made anew has no index."""
    indexed = {column for index in table.list_indices() for column in index.columns}
    for column in COLUMNS:
        if column not in indexed and table.count_rows() >= INDEXED_FROM:
            index_vectors(table, column)


def compact(table: Table) -> None:
    """Compact what many small writes have left, and bring what was written into the indexes."""
    table.optimize(cleanup_older_than=OLD)


def index_vectors(table: Table, column: Column) -> None:
    """Index a column of vectors: in parts of similar ones that stay in memory between searches.

    `embedding`, in which stories look, is indexed as it is, so that a search of all parts is exact; the long `pooled`
    with 8 bits a number, for candidates of which the best are then chosen exactly. Both take seconds where a graph of
    neighbours takes minutes, and grow with the table.
    """
    from lancedb.index import IvfFlat, IvfSq

    kind = IvfFlat if column == "embedding" else IvfSq
    table.create_index(column, config=kind(distance_type="cosine", target_partition_size=PARTITION))


def _leaders(table: Table) -> Iterator[tuple[Floats, list[str]]]:
    """The first photo of each group, some at a time: embeddings and groups."""
    seen = set[str]()
    search = table.search().where("`group` IS NOT NULL").select(["group", "pooled"]).limit(None)
    for rows in search.to_batches():
        first = []
        for row, group in enumerate(rows["group"].to_pylist()):
            if group not in seen:
                seen.add(group)
                first.append(row)
        if first:
            yield vectors(rows.take(first), "pooled"), rows["group"].take(first).to_pylist()

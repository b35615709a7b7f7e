"""What a photo index needs after photos have come and gone: groups of near duplicates, compact files, fast indexes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gillstory.photos.alike import group_alike
from gillstory.photos.table import OLD, Floats, vectors

if TYPE_CHECKING:
    from lancedb.table import Table

APPROXIMATE_FROM = 50_000  # photos: fewer are searched one by one in a few hundredths of a second


def group_new(table: Table, alike: float) -> None:
    """Group the photos that have not been compared yet, among themselves and with all others."""
    import pyarrow as pa

    new = table.search().where("`group` IS NULL").select(["path", "sha256", "pooled"]).limit(None)
    rows = new.to_arrow().sort_by("path")
    if not len(rows):
        return
    groups = group_alike(vectors(rows, "pooled"), rows["sha256"].to_pylist(), _leaders(table), alike)
    merge = table.merge_insert("path").when_matched_update_all()
    merge.execute(pa.table({"path": rows["path"], "group": groups}))


def tidy(table: Table) -> None:
    """Compact what many small writes have left, and index what there is much of."""
    from lancedb.index import HnswSq

    indexed = {column for index in table.list_indices() for column in index.columns}
    for column in ("embedding", "pooled"):
        if column not in indexed and table.count_rows() >= APPROXIMATE_FROM:
            table.create_index(column, config=HnswSq(distance_type="cosine"))
    table.optimize(cleanup_older_than=OLD)


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

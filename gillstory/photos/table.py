"""The LanceDB table behind a photo index: its columns, how it is opened, and what its errors mean for a reader.

A row per photo. `pooled` is what the encoder makes of the picture; `embedding` is the same in the space in which a
bundle's stories look for pictures, one matrix product away: a bundle that has been trained anew has its column made
anew, without a look at any photo. Where a photo was taken is not kept.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from filelock import FileLock, Timeout

from gillstory.errors import PhotoIndexError

if TYPE_CHECKING:
    import pyarrow as pa
    from lancedb.table import Table

TABLE = "photos"
FORMAT = b"2"  # version of the table's columns
LOCK = ".gillstory.lock"
OLD = timedelta(hours=1)  # earlier versions of the table are kept for those who read them now
REWRITTEN_AT_ONCE = 4096  # rows in memory while a column is made anew

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Space:
    """What the numbers of an index mean.

    Attributes
    ----------
    encoder, width : identity of what embeds pictures, and the length of what it makes of one.
    name, dimensions : identity of the space in which stories look for pictures, and its dimensions.
    project : from the one to the other, (N, width) -> (N, dimensions), unit length.
    """

    encoder: str
    width: int
    name: str
    dimensions: int
    project: Callable[[Floats], Floats]


def open_table(folder: Path, space: Space) -> Table:
    """Open the table in a folder, or begin an empty one there; one of another space is brought into this one.

    Raises
    ------
    PhotoIndexError : it cannot be opened or made, or belongs to another encoder or version.
    """
    os.environ.setdefault("LANCEDB_LOG", "error")  # it warns of many photos that are alike: nothing to be mended
    import lancedb

    with store(folder, "opened"):
        folder.mkdir(parents=True, exist_ok=True)
        database = lancedb.connect(folder)
        table = database.open_table(TABLE) if TABLE in database.list_tables().tables else None
        schema = None if table is None else table.schema
        is_whole = table is not None and bool(table.list_indices())  # a run may have been killed before it had any
    if table is not None and schema is not None:
        _check(folder, schema, space)
        if is_whole and (schema.metadata or {}).get(b"space") == space.name.encode():
            return table
    with locked(folder), store(folder, "written"):
        if table is None:
            new = database.create_table(TABLE, schema=schema_of(space), exist_ok=True)
        else:
            table.checkout_latest()
            new = database.create_table(TABLE, data=_projected(table, space), mode="overwrite")
        index_words(new)
        return new


def schema_of(space: Space) -> pa.Schema:
    """The table's columns."""
    import pyarrow as pa

    columns = [
        pa.field("path", pa.string(), nullable=False),
        pa.field("folder", pa.string(), nullable=False),  # the one that was indexed
        pa.field("size", pa.int64(), nullable=False),  # bytes
        pa.field("mtime_ns", pa.int64(), nullable=False),
        pa.field("sha256", pa.string(), nullable=False),
        pa.field("taken", pa.timestamp("s")),  # by the camera's clock
        pa.field("camera", pa.string()),
        pa.field("width", pa.int32(), nullable=False),  # pixels
        pa.field("height", pa.int32(), nullable=False),
        pa.field("words", pa.string(), nullable=False),  # of names of folders and file, captions and keywords
        pa.field("group", pa.string()),  # SHA-256 of the first of those that look alike; null: not compared yet
        pa.field("pooled", pa.list_(pa.float16(), space.width), nullable=False),
        pa.field("embedding", pa.list_(pa.float32(), space.dimensions), nullable=False),
    ]
    about = {b"format": FORMAT, b"encoder": space.encoder.encode(), b"space": space.name.encode()}
    return pa.schema(columns, metadata=about)


def index_words(table: Table) -> None:
    """Make the words searchable."""
    from lancedb.index import FTS

    table.create_index("words", config=FTS())


def vectors(rows: pa.Table | pa.RecordBatch, column: str) -> Floats:
    """A column of vectors, (N, length), float32."""
    values = rows[column]
    values = values.combine_chunks() if hasattr(values, "combine_chunks") else values
    numbers = np.asarray(values.flatten(), dtype=np.float32)
    return numbers.reshape(len(values), values.type.list_size)


def vector_array(values: Floats, kind: npt.DTypeLike) -> pa.FixedSizeListArray:
    """(N, length) as a column of vectors."""
    import pyarrow as pa

    return pa.FixedSizeListArray.from_arrays(pa.array(values.astype(kind).ravel()), values.shape[1])


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only one who writes; reading needs no lock.

    Raises
    ------
    PhotoIndexError : somebody else writes, or the folder may not be written.
    """
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        problem = "another run of gillstory is writing this photo index"
        raise PhotoIndexError(problem, file=folder, remedy="Wait until it has ended, then run it again") from error
    except OSError as error:
        raise _refusal(folder, "written", error) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def store(folder: Path, doing: str) -> Iterator[None]:
    """Turn what LanceDB raises into one line for the user."""
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:
        raise _refusal(folder, doing, error) from error


def _refusal(folder: Path, doing: str, error: Exception) -> PhotoIndexError:
    first_line = (str(error).splitlines() or [type(error).__name__])[0][:200]
    return PhotoIndexError(
        f"the photo index cannot be {doing} ({first_line})",
        file=folder,
        remedy="What it knew before has been kept. Make sure that the disk has room and that the folder may be "
        "written; if it still fails, delete the folder (it holds no photos) and index the photos again",
    )


def _check(folder: Path, schema: pa.Schema, space: Space) -> None:
    """Refuse an index whose numbers come from something else than the encoder."""
    about = schema.metadata or {}
    begin_anew = f"delete {folder} (it holds no photos) and index the photos again"
    if about.get(b"format") != FORMAT:
        remedy = f"Use the version that made it, or {begin_anew}"
        raise PhotoIndexError("this photo index was made by another version of gillstory", file=folder, remedy=remedy)
    made_by = about.get(b"encoder", b"").decode()
    width = schema.field("pooled").type.list_size
    if (made_by, width) != (space.encoder, space.width):
        raise PhotoIndexError(
            f"this photo index was made with the encoder {made_by!r} ({width} numbers a photo), "
            f"the model in use has {space.encoder!r} ({space.width})",
            file=folder,
            remedy=f"Use the model that made it, or {begin_anew}",
        )


def _projected(table: Table, space: Space) -> pa.RecordBatchReader:
    """The table's rows with their embedding in another space."""
    import pyarrow as pa

    schema = schema_of(space)

    def batches() -> Iterator[pa.RecordBatch]:
        for rows in table.search().limit(None).to_batches(REWRITTEN_AT_ONCE):
            embedding = vector_array(space.project(vectors(rows, "pooled")), np.float32)
            columns = [embedding if name == "embedding" else rows[name] for name in schema.names]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())

"""The photo index: folders of photos and an encoder in, the photos nearest to a query out.

One LanceDB table holds a row per photo: its path, size and modification time (what tells a changed file), the SHA-256
of its bytes (what tells the same photo under another name) and its embedding in the retrieval space of one encoder.
An update writes one batch at a time, so that a killed run loses at most the batch in work.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt
from PIL import Image

from gillstory.errors import PhotoIndexError, PictureError
from gillstory.photos.decode import DecodedPhoto, read_ahead
from gillstory.photos.files import list_photos

if TYPE_CHECKING:
    import pyarrow as pa
    from lancedb.query import LanceVectorQueryBuilder
    from lancedb.table import Table

Embed = Callable[[list[Image.Image]], npt.NDArray[np.float32]]  # N pictures -> (N, dimensions), unit length
Progress = Callable[[int, int], None]  # photos done, photos to do

BATCH = 32  # photos embedded and written together
TABLE = "photos"
FORMAT = b"1"  # version of the table's columns


@dataclass(frozen=True)
class IndexReport:
    """What an update did: counts of photos, and the files and folders that could not be read, with the reason."""

    added: int
    changed: int
    unchanged: int
    removed: int
    failed: tuple[tuple[Path, str], ...]


@dataclass(frozen=True)
class Match:
    """A photo found, with the cosine similarity of its embedding to the query, from -1 to 1."""

    path: Path
    sha256: str
    similarity: float


class PhotoIndex:
    """Photos and their embeddings by one encoder; made by `PhotoIndex.open`."""

    def __init__(self, folder: Path, table: Table, dimensions: int) -> None:
        self.folder = folder
        self.dimensions = dimensions
        self._table = table

    @classmethod
    def open(cls, folder: Path, encoder: str, dimensions: int) -> PhotoIndex:
        """Open the index in a folder, or begin an empty one there.

        Parameters
        ----------
        folder : where the index lives; it holds embeddings and paths, never photos.
        encoder : identity of what embeds: embeddings of two encoders can't be compared.
        dimensions : length of an embedding.

        Raises
        ------
        PhotoIndexError : the index can't be opened or made, or belongs to another encoder.
        """
        import lancedb

        with _store(folder, "opened"):
            folder.mkdir(parents=True, exist_ok=True)
            database = lancedb.connect(folder)
            if TABLE in database.list_tables().tables:
                table = database.open_table(TABLE)
            else:
                table = database.create_table(TABLE, schema=_schema(encoder, dimensions))
            schema = table.schema
        _check_same_encoder(folder, schema, encoder, dimensions)
        return cls(folder, table, dimensions)

    def __len__(self) -> int:
        with _store(self.folder, "read"):
            return int(self._table.count_rows())

    def update(self, folders: Sequence[Path], embed: Embed, progress: Progress | None = None) -> IndexReport:
        """Make the index agree with what is in some folders now; photos elsewhere stay as they are.

        Only photos that are new, or whose size or modification time differs, are opened. A photo that is no longer
        there, or no longer a whole picture, leaves the index; one below a folder that can't be read stays.

        Parameters
        ----------
        folders : folders of photos, searched with all that is below them.
        embed : pictures -> (N, dimensions), unit length; called with at most `BATCH` pictures.
        progress : called with the numbers of photos done and to do, at the start and after each batch written.

        Raises
        ------
        PhotoIndexError : a folder is missing (its photos stay in the index), or the index can't be written.
        """
        listing = list_photos(folders)
        known = self._known()
        to_do = [file for file in listing.files.values() if known.get(file.path) != (file.size, file.mtime_ns)]
        roots = [str(folder.resolve()) for folder in folders]
        gone = {path for path in known if path not in listing.files and _below(path, roots)}
        gone = {path for path in gone if not _below(path, listing.failed)}
        failed, embedded = dict(listing.failed), list[str]()
        batch: list[DecodedPhoto] = []
        if progress:
            progress(0, len(to_do))
        with warnings.catch_warnings(), closing(read_ahead(to_do)) as photos:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            for done, (file, photo) in enumerate(photos, start=1):
                if isinstance(photo, PictureError):
                    failed[file.path] = photo.message
                else:
                    batch.append(photo)
                if len(batch) == BATCH or done == len(to_do):
                    self._write(batch, embed)
                    embedded += (photo.file.path for photo in batch)
                    batch = []
                    if progress:
                        progress(done, len(to_do))
        spoilt = {file.path for file in to_do if file.path in failed and file.path in known}
        self._remove(gone | spoilt)
        if embedded or gone or spoilt:
            with _store(self.folder, "tidied"):
                self._table.optimize()
        return IndexReport(
            added=sum(path not in known for path in embedded),
            changed=sum(path in known for path in embedded),
            unchanged=len(listing.files) - len(to_do),
            removed=len(gone),
            failed=tuple((Path(path), why) for path, why in sorted(failed.items())),
        )

    def search(
        self,
        query: npt.ArrayLike,
        limit: int = 10,
        under: Path | None = None,
        exclude: Collection[str] = (),
    ) -> list[Match]:
        """Find the photos most similar to a query, by exact search.

        Parameters
        ----------
        query : (dimensions,), in the encoder's retrieval space; its length doesn't matter.
        limit : how many at most.
        under : only photos below this folder.
        exclude : SHA-256 of photos to pass over, under whatever name.

        Returns
        -------
        list of Match, the most similar first; photos equally similar in the order of their paths.
        """
        from lancedb.expr import col, lit

        vector = np.asarray(query, dtype=np.float32)
        if vector.shape != (self.dimensions,):
            raise ValueError(f"a query of shape ({self.dimensions},) is wanted, not {vector.shape}")
        conditions = []
        if under is not None:
            conditions.append(f"starts_with(path, {lit(os.path.join(under.resolve(), '')).to_sql()})")
        if exclude:
            conditions.append((~col("sha256").isin(sorted(exclude))).to_sql())
        with _store(self.folder, "searched"):
            search = cast("LanceVectorQueryBuilder", self._table.search(vector))
            search = search.distance_type("cosine").bypass_vector_index().limit(limit)
            if conditions:
                search = search.where(" AND ".join(conditions), prefilter=True)
            rows = search.select(["path", "sha256", "_distance"]).to_list()
        matches = [Match(Path(row["path"]), row["sha256"], min(1.0, 1.0 - row["_distance"])) for row in rows]
        return sorted(matches, key=lambda match: (-match.similarity, match.path))

    def _known(self) -> dict[str, tuple[int, int]]:
        """Give size and modification time by path, as they were when the photos were embedded."""
        with _store(self.folder, "read"):
            rows = self._table.search().select(["path", "size", "mtime_ns"]).limit(None).to_arrow()
        sizes_and_times = zip(rows["size"].to_pylist(), rows["mtime_ns"].to_pylist(), strict=True)
        return dict(zip(rows["path"].to_pylist(), sizes_and_times, strict=True))

    def _write(self, batch: Sequence[DecodedPhoto], embed: Embed) -> None:
        """Embed a batch and put its rows into the table in one step; rows of the same paths are replaced."""
        import pyarrow as pa

        if not batch:
            return
        embeddings = np.ascontiguousarray(embed([photo.picture for photo in batch]), dtype=np.float32)
        if embeddings.shape != (len(batch), self.dimensions):
            raise ValueError(f"embeddings of shape {(len(batch), self.dimensions)} are wanted, not {embeddings.shape}")
        columns = {
            "path": pa.array([photo.file.path for photo in batch]),
            "size": pa.array([photo.file.size for photo in batch], pa.int64()),
            "mtime_ns": pa.array([photo.file.mtime_ns for photo in batch], pa.int64()),
            "sha256": pa.array([photo.sha256 for photo in batch]),
            "embedding": pa.FixedSizeListArray.from_arrays(pa.array(embeddings.ravel()), self.dimensions),
        }
        with _store(self.folder, "written"):
            merge = self._table.merge_insert("path").when_matched_update_all().when_not_matched_insert_all()
            merge.execute(pa.table(columns))

    def _remove(self, paths: Collection[str]) -> None:
        from lancedb.expr import col

        if paths:
            with _store(self.folder, "written"):
                self._table.delete(col("path").isin(sorted(paths)))


def _schema(encoder: str, dimensions: int) -> pa.Schema:
    import pyarrow as pa

    columns = [
        pa.field("path", pa.string(), nullable=False),
        pa.field("size", pa.int64(), nullable=False),
        pa.field("mtime_ns", pa.int64(), nullable=False),
        pa.field("sha256", pa.string(), nullable=False),
        pa.field("embedding", pa.list_(pa.float32(), dimensions), nullable=False),
    ]
    return pa.schema(columns, metadata={b"encoder": encoder.encode(), b"format": FORMAT})


def _check_same_encoder(folder: Path, schema: pa.Schema, encoder: str, dimensions: int) -> None:
    """Refuse an index whose embeddings mean something else than the encoder's."""
    about = schema.metadata or {}
    begin_anew = f"delete {folder} (it holds no photos) and index the photos again"
    if about.get(b"format") != FORMAT:
        remedy = f"Use the version that made it, or {begin_anew}"
        raise PhotoIndexError("this photo index was made by another version of gillstory", file=folder, remedy=remedy)
    made_by = about.get(b"encoder", b"").decode()
    width = schema.field("embedding").type.list_size
    if (made_by, width) != (encoder, dimensions):
        raise PhotoIndexError(
            f"this photo index was made with the encoder {made_by!r} ({width} numbers a photo), "
            f"the model in use has {encoder!r} ({dimensions})",
            file=folder,
            remedy=f"Use the model that made it, or {begin_anew}",
        )


def _below(path: str, folders: Iterable[str]) -> bool:
    """Tell whether a path is one of some folders or lies below one."""
    return any(path == folder or path.startswith(os.path.join(folder, "")) for folder in folders)


@contextmanager
def _store(folder: Path, doing: str) -> Iterator[None]:
    """Turn what LanceDB raises into one line for the user."""
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:
        first_line = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise PhotoIndexError(
            f"the photo index cannot be {doing} ({first_line})",
            file=folder,
            remedy="Make sure that the disk has room and that the folder may be written; if it still fails, "
            "delete the folder (it holds no photos) and index the photos again",
        ) from error

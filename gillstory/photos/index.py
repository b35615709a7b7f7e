"""The photo index: folders of photos and an encoder in, the photos nearest to a query out.

What tells a changed file is its size and modification time; what tells the same photo under another name is the SHA-256
of its bytes. An update writes one batch at a time, so that a killed run loses at most the batch in work.
"""

from __future__ import annotations

import os
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from gillstory.errors import PhotoIndexError, PictureError
from gillstory.photos.captions import date_in_name, words_of_path
from gillstory.photos.decode import DecodedPhoto, read_ahead, read_photo
from gillstory.photos.files import Listing, PhotoFile, is_missing, list_photos, real_path
from gillstory.photos.find import EVERY_PHOTO, Column, Match, Wanted, count, find
from gillstory.photos.table import Floats, Space, locked, open_table, schema_of, store, vector_array, vectors
from gillstory.photos.upkeep import compact, group_new, index_large

if TYPE_CHECKING:
    import pyarrow as pa
    from lancedb.table import Table

Embed = Callable[[list[Image.Image]], Floats]  # N pictures -> (N, width)
Progress = Callable[[int, int], None]  # photos done, photos to do

BATCH = 64  # photos embedded and written together
COMPACTED_AFTER = 64  # batches
EXAMPLES = 3  # files named for each reason why files could not be read
ALIKE = 0.85  # cosine of two photos of one burst


@dataclass
class IndexReport:
    """What an update did.

    Attributes
    ----------
    added, changed, moved, unchanged, removed : counts of photos.
    failed : the files and folders that could not be read, with the reason.
    missing : the folders that are not there now; what the index knows of them has been kept.
    """

    added: int = 0
    changed: int = 0
    moved: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: list[tuple[Path, str]] = field(default_factory=list)
    missing: list[Path] = field(default_factory=list)

    def problems(self) -> Iterator[str]:
        """A line for each file that could not be read or, where many have the same reason, for the first of them."""
        by_reason = defaultdict[str, list[Path]](list)
        for path, why in self.failed:
            by_reason[why].append(path)
        for why, paths in by_reason.items():
            yield from (f"{path}: {why}" for path in paths[:EXAMPLES])
            if len(paths) > EXAMPLES:
                yield f"and {len(paths) - EXAMPLES} more: {why}; gillstory index --json lists them all"


class Known(NamedTuple):
    """A photo as the index has it."""

    folder: str
    size: int
    mtime_ns: int
    sha256: str


class PhotoIndex:
    """Photos and their embeddings by one encoder; made by `PhotoIndex.open`."""

    def __init__(self, folder: Path, table: Table, space: Space) -> None:
        self.folder = folder
        self.space = space
        self._table = table

    @classmethod
    def open(cls, folder: Path, space: Space) -> PhotoIndex:
        """Open the index in a folder, or begin an empty one there; it holds embeddings and paths, never photos.

        Raises
        ------
        PhotoIndexError : the index can't be opened or made, or belongs to another encoder or version.
        """
        return cls(folder, open_table(folder, space), space)

    def __len__(self) -> int:
        with store(self.folder, "read"):
            return int(self._table.count_rows())

    def holds(self, folder: Path) -> bool:
        """Whether there is a photo below a folder, or one that was found by way of it."""
        with store(self.folder, "read"):
            return bool(count(self._table, Wanted(folder)))

    @property
    def folders(self) -> list[Path]:
        """The folders that have been indexed."""
        return sorted({Path(known.folder) for known in self._known().values()})

    def update(
        self, folders: Sequence[Path], embed: Embed, progress: Progress | None = None, alike: float = ALIKE
    ) -> IndexReport:
        """Make the index agree with what is in some folders now; photos elsewhere stay as they are.

        Only photos that are new, or whose size or modification time differs, are opened, and only those whose bytes are
        new are embedded. A photo that is no longer there, or no longer a whole picture, leaves the index; those in a
        folder that is missing or can't be read stay, until a folder of the same name has them: a disk is known by its
        name, for it is not always connected in the same place.

        Parameters
        ----------
        folders : folders of photos, searched with all that is below them.
        embed : pictures -> (N, width); called with at most `BATCH` pictures.
        progress : called with the numbers of photos done and to do, at the start and after each batch written.
        alike : the cosine similarity from which on two photos count as near duplicates.

        Raises
        ------
        PhotoIndexError : a folder is missing of which the index knows nothing, the index can't be written, or another
            run writes it.
        """
        with locked(self.folder):
            with store(self.folder, "read"):
                self._table.checkout_latest()
            listing, known = list_photos(folders), self._known()
            for folder in listing.missing:
                is_file = os.path.isfile(folder)
                if is_file or (not os.path.isdir(folder) and not any(_below(path, [folder]) for path in known)):
                    problem = "this is not a folder" if is_file else "this folder is not there"
                    raise PhotoIndexError(problem, file=folder, remedy="Correct it; if it is on a disk, connect it")
            roots = {real_path(folder) for folder in folders} - set(listing.missing)
            kept = [*listing.failed, *listing.missing]
            gone = {path for path, photo in known.items() if photo.folder in roots or _below(path, roots)}
            gone = {path for path in gone - listing.files.keys() if not _below(path, kept)}
            away = _elsewhere(roots, known)
            report = IndexReport(
                failed=[(Path(path), why) for path, why in listing.failed.items()],
                missing=[Path(folder) for folder in listing.missing if any(_below(path, [folder]) for path in known)],
            )
            self._read(listing, known, gone, away, embed, progress, report)
            with store(self.folder, "written"):
                ungrouped = group_new(self._table, alike)  # of a run that was killed, too
                index_large(self._table)
                if ungrouped or report.added or report.changed or report.moved or report.removed:
                    compact(self._table)
            report.failed.sort()
            return report

    def search(
        self, query: npt.ArrayLike, limit: int = 10, wanted: Wanted = EVERY_PHOTO, words: str = ""
    ) -> list[Match]:
        """Find the photos nearest to a query in the space in which stories look for pictures: (dimensions,).

        Where there are words, photos whose names, captions or keywords have them are found too.
        """
        return self._find("embedding", query, words, limit, wanted)

    def search_alike(self, pooled: npt.ArrayLike, limit: int = 10, wanted: Wanted = EVERY_PHOTO) -> list[Match]:
        """Find the photos that look most like a picture of which this is the encoder's feature: (width,)."""
        return self._find("pooled", pooled, "", limit, wanted)

    def _find(self, column: Column, query: npt.ArrayLike, words: str, limit: int, wanted: Wanted) -> list[Match]:
        vector = np.asarray(query, dtype=np.float32)
        length = self.space.width if column == "pooled" else self.space.dimensions
        if vector.shape != (length,):
            raise ValueError(f"a query of shape ({length},) is wanted, not {vector.shape}")
        with store(self.folder, "searched"):
            return find(self._table, column, vector, words, limit, wanted)

    def _known(self) -> dict[str, Known]:
        """Give what tells a change by path, as it was when the photos were embedded."""
        with store(self.folder, "read"):
            rows = self._table.search().select(["path", *Known._fields]).limit(None).to_arrow()
        return dict(
            zip(rows["path"].to_pylist(), map(Known, *(rows[n].to_pylist() for n in Known._fields)), strict=True)
        )

    def _read(
        self,
        listing: Listing,
        known: dict[str, Known],
        gone: set[str],
        away: set[str],
        embed: Embed,
        progress: Progress | None,
        report: IndexReport,
    ) -> None:
        """Bring new and changed photos into the table and take those out that are gone, or away and found elsewhere."""
        to_do = [file for file in listing.files.values() if _is_new(file, known.get(file.path))]
        contents, left = {photo.sha256 for photo in known.values()}, Counter(known[path].sha256 for path in gone | away)
        unchanged = listing.files.keys() - {file.path for file in to_do}
        here = {known[path].sha256 for path in unchanged}
        batch, spoilt = list[DecodedPhoto](), set[str]()
        report.unchanged = len(unchanged)
        if progress:
            progress(0, len(to_do))
        with warnings.catch_warnings(), closing(read_ahead(to_do, contents)) as photos:
            warnings.filterwarnings("ignore", module="PIL")  # of notes that are damaged
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            for done, (file, photo) in enumerate(photos, start=1):
                if isinstance(photo, PictureError):
                    report.failed.append((Path(file.path), photo.message))
                    if file.path in known and not _is_out_of_reach(photo):
                        spoilt.add(file.path)
                else:
                    batch.append(photo)
                    here.add(photo.sha256)
                    if file.path in known:
                        report.changed += 1
                    elif left[photo.sha256]:
                        left[photo.sha256] -= 1
                        report.moved += 1
                    else:
                        report.added += 1
                if len(batch) == BATCH or done == len(to_do):
                    self._write(batch, known, embed)
                    batch = []
                    if progress:
                        progress(done, len(to_do))
                if done % (BATCH * COMPACTED_AFTER) == 0:
                    with store(self.folder, "tidied"):
                        index_large(self._table)
                        compact(self._table)
        found = {path for path in away if known[path].sha256 in here}
        self._remove(gone | spoilt | found)
        report.removed = len(gone | found) - report.moved

    def _write(self, batch: Sequence[DecodedPhoto], known: dict[str, Known], embed: Embed) -> None:
        """Embed a batch and put its rows into the table in one step; rows of the same paths are replaced."""
        if not batch:
            return
        rows = self._rows(batch, embed)
        with store(self.folder, "written"):
            if any(photo.file.path in known for photo in batch):
                merge = self._table.merge_insert("path").when_matched_update_all().when_not_matched_insert_all()
                merge.execute(rows)
            else:
                self._table.add(rows)

    def _rows(self, batch: Sequence[DecodedPhoto], embed: Embed) -> pa.Table:
        import pyarrow as pa

        before = self._known_embeddings([photo.sha256 for photo in batch if photo.picture is None])
        pooled = np.empty((len(batch), self.space.width), np.float32)
        pictures: dict[int, Image.Image] = {}
        for row, photo in enumerate(batch):
            if photo.sha256 in before:
                pooled[row] = before[photo.sha256][0]
            else:  # its bytes are new, or those known have been overwritten in this run
                picture = photo.picture or read_photo(photo.file).picture
                assert picture is not None
                pictures[row] = picture
        if pictures:
            pooled[list(pictures)] = embed(list(pictures.values()))
        pooled = pooled.astype(np.float16).astype(np.float32)  # as it is kept: a projection made later is the same
        columns = {
            "path": [photo.file.path for photo in batch],
            "folder": [photo.file.folder for photo in batch],
            "size": [photo.file.size for photo in batch],
            "mtime_ns": [photo.file.mtime_ns for photo in batch],
            "sha256": [photo.sha256 for photo in batch],
            "taken": [photo.notes.taken or date_in_name(photo.file.path) for photo in batch],
            "camera": [photo.notes.camera for photo in batch],
            "width": [photo.size[0] for photo in batch],
            "height": [photo.size[1] for photo in batch],
            "words": [f"{words_of_path(p.file.path, p.file.folder)} {p.notes.captions}".strip() for p in batch],
            "group": [before[photo.sha256][1] if photo.sha256 in before else None for photo in batch],
            "pooled": vector_array(pooled, np.float16),
            "embedding": vector_array(self.space.project(pooled), np.float32),
        }
        return pa.table(columns, schema=schema_of(self.space))

    def _known_embeddings(self, contents: Sequence[str]) -> dict[str, tuple[Floats, str | None]]:
        """Pooled feature and group of photos by the SHA-256 of their bytes, as far as they are in the table."""
        from lancedb.expr import col

        if not contents:
            return {}
        with store(self.folder, "read"):
            search = self._table.search().where(col("sha256").isin(sorted(set(contents))).to_sql())
            rows = search.select(["sha256", "pooled", "group"]).limit(None).to_arrow()
        features = zip(vectors(rows, "pooled"), rows["group"].to_pylist(), strict=True)
        return dict(zip(rows["sha256"].to_pylist(), features, strict=True))

    def _remove(self, paths: Collection[str]) -> None:
        from lancedb.expr import col

        if paths:
            with store(self.folder, "written"):
                self._table.delete(col("path").isin(sorted(paths)))


def _is_new(file: PhotoFile, known: Known | None) -> bool:
    return known is None or (known.size, known.mtime_ns) != (file.size, file.mtime_ns)


def _is_out_of_reach(error: PictureError) -> bool:
    """Whether the disk, not the picture, is the problem: it was unplugged, or the file may not be read."""
    return isinstance(error.__cause__, OSError) and error.__cause__.errno is not None


def _elsewhere(roots: Collection[str], known: dict[str, Known]) -> set[str]:
    """The photos of folders that are not there and have the name of one that is."""
    names = {os.path.basename(root) for root in roots}
    folders = {photo.folder for photo in known.values()} - set(roots)
    missing = {folder for folder in folders if os.path.basename(folder) in names and is_missing(folder)}
    return {path for path, photo in known.items() if photo.folder in missing}


def _below(path: str, folders: Iterable[str]) -> bool:
    """Tell whether a path is one of some folders or lies below one."""
    return any(path == folder or path.startswith(os.path.join(folder, "")) for folder in folders)

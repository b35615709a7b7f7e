"""Whatever happens while an index is written, what it knew before is there and works; what is wrong is said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import lancedb
import numpy as np
import pytest

from gillstory.errors import PhotoIndexError
from gillstory.photos.index import PhotoIndex
from gillstory.photos.table import TABLE, locked

from .conftest import DIMENSIONS, ColourGrid, Painter, space

INDEXED = """
import resource, signal, sys
from pathlib import Path
from gillstory.photos.index import PhotoIndex
from tests.photos.conftest import ColourGrid, space
if len(sys.argv) > 3:  # as on a full disk: no file may grow beyond this
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    index = PhotoIndex.open(Path(sys.argv[1]), space())
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
else:
    index = PhotoIndex.open(Path(sys.argv[1]), space())
print("open", flush=True)
try:
    print(index.update([Path(sys.argv[2])], ColourGrid()))
except Exception as error:
    print(f"{type(error).__name__}: {error}")
"""


def start(place: Path, photos: Path, *arguments: str) -> subprocess.Popen[str]:
    """Index photos in a process of its own."""
    command = [sys.executable, "-c", INDEXED, str(place), str(photos), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def contents(index: PhotoIndex) -> list[str]:
    """The paths in the table, with every repetition."""
    rows = lancedb.connect(index.folder).open_table(TABLE).search().select(["path"]).limit(None).to_list()
    return sorted(row["path"] for row in rows)


@pytest.mark.parametrize("after", [0.05, 0.4])
def test_killed_at_any_moment_nothing_is_lost_or_doubled(
    tmp_path: Path, photos: Path, embed: ColourGrid, paint: Painter, after: float
) -> None:
    expected = [paint(f"{number:03}.png", (number, 0, 0)) for number in range(250)]
    place = tmp_path / "index"
    run = start(place, photos)
    assert run.stdout is not None and run.stdout.readline() == "open\n"
    time.sleep(after)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    index = PhotoIndex.open(place, space())
    before = len(index)
    report = index.update([photos], embed)
    assert (report.added, report.unchanged) == (250 - before, before)
    assert contents(index) == sorted(map(str, expected))
    assert index.update([photos], embed).unchanged == 250


def test_killed_before_words_can_be_found_it_is_made_good(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    """A bundle was trained anew, and the run that made the table anew was killed halfway."""
    paint("Aunt Erna.jpg", "red")
    index.update([photos], embed)
    lancedb.connect(index.folder).open_table(TABLE).drop_index("words_idx")
    index = PhotoIndex.open(index.folder, space())
    assert index.update([photos], embed).unchanged == 1
    assert [match.by_words for match in index.search(np.ones(DIMENSIONS), words="erna")] == [True]


def test_a_second_run_says_so_and_searching_goes_on(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    paint("one.jpg", "red")
    index.update([photos], embed)
    with locked(index.folder):
        run = start(index.folder, photos)
        said, _ = run.communicate(timeout=60)
        assert "PhotoIndexError" in said and "another run of gillstory is writing this photo index. Wait until" in said
        assert len(PhotoIndex.open(index.folder, space()).search(np.ones(DIMENSIONS))) == 1
    said, _ = start(index.folder, photos).communicate(timeout=60)
    assert "unchanged=1" in said


def test_on_a_full_disk_the_index_stays_as_it_was(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    paint("one.jpg", "red")
    index.update([photos], embed)
    paint("two.jpg", "blue")
    said, _ = start(index.folder, photos, "64").communicate(timeout=60)
    assert "PhotoIndexError" in said and "cannot be written" in said and "disk has room" in said
    index = PhotoIndex.open(index.folder, space())
    assert [match.path.name for match in index.search(np.ones(DIMENSIONS))] == ["one.jpg"]
    assert index.update([photos], embed).added == 1
    assert len(contents(index)) == 2


def test_an_index_that_may_only_be_read_is_searched(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    paint("one.jpg", "red")
    index.update([photos], embed)
    paint("two.jpg", "red")
    for path in (index.folder, *index.folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        if os.access(index.folder, os.W_OK):
            pytest.skip("this user may write everything")
        only_read = PhotoIndex.open(index.folder, space())
        with pytest.raises(PhotoIndexError, match=r"cannot be written .*may be written"):
            only_read.update([photos], embed)
        assert len(only_read.search(np.ones(DIMENSIONS))) == 1
    finally:
        for path in (index.folder, *index.folder.rglob("*")):
            path.chmod(0o755)


def test_a_bundle_trained_anew_needs_no_photo(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter
) -> None:
    for name in ("red", "blue", "green"):
        paint(f"{name}.png", name)
    index.update([photos], embed)
    query = np.arange(DIMENSIONS) - 20.0
    before = index.search(query)
    opposite = PhotoIndex.open(index.folder, space(name="trained anew", sign=-1))
    after = opposite.search(query)
    assert [match.path for match in after] == [match.path for match in before][::-1]
    assert after[0].similarity == pytest.approx(-before[-1].similarity)
    assert opposite.update([photos], embed).unchanged == 3
    assert embed.calls == [3]


def test_an_index_of_another_version_is_left_alone(tmp_path: Path) -> None:
    import pyarrow as pa

    schema = pa.schema([pa.field("path", pa.string())], metadata={b"format": b"1", b"encoder": b"colour grid"})
    lancedb.connect(tmp_path).create_table(TABLE, schema=schema)
    with pytest.raises(PhotoIndexError, match=r"another version of gillstory\. .*index the photos again"):
        PhotoIndex.open(tmp_path, space())
    assert lancedb.connect(tmp_path).open_table(TABLE).schema.names == ["path"]


def test_a_photo_that_is_out_of_reach_for_a_while_stays(
    index: PhotoIndex, photos: Path, embed: ColourGrid, paint: Painter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that goes away while it is read: its files answer with an error of the system."""
    photo = paint("one.jpg", "red")
    index.update([photos], embed)
    os.utime(photo, ns=(1, 1))
    opened = Path.open

    def gone(self: Path, *arguments: str, **options: str) -> object:
        if self == photo:
            raise OSError(5, "Input/output error")
        return opened(self, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", gone)
    assert index.update([photos], embed).failed == [(photo, "Input/output error")]
    assert len(index) == 1

"""A run that is killed loses at most the batch in work; the next run does the rest, and nothing is there twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from gillstory.photos.index import PhotoIndex

from .conftest import DIMENSIONS, ColourGrid, Painter

KILLED_IN_ITS_THIRD_BATCH = """
import os, signal, sys
from pathlib import Path
from gillstory.photos.index import PhotoIndex
from tests.photos.conftest import DIMENSIONS, ColourGrid

class Killed(ColourGrid):
    def __call__(self, pictures):
        if len(self.calls) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(pictures)

PhotoIndex.open(Path(sys.argv[1]), "colour grid", DIMENSIONS).update([Path(sys.argv[2])], Killed())
"""


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path, photos: Path, embed: ColourGrid, paint: Painter) -> None:
    for number in range(100):
        paint(f"{number}.jpg", "red")
    place = tmp_path / "index"
    project = str(Path(__file__).parents[2])
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_IN_ITS_THIRD_BATCH, str(place), str(photos)],
        env={**os.environ, "PYTHONPATH": project},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    index = PhotoIndex.open(place, "colour grid", DIMENSIONS)
    assert len(index) == 64
    report = index.update([photos], embed)
    assert (report.added, report.unchanged) == (36, 64)
    assert embed.calls == [32, 4]
    assert len(index) == 100

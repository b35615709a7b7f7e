"""A run that is killed loses at most the batch in work; the next run does the rest, and nothing is there twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from gillstory.photos.index import PhotoIndex

from .conftest import ColourGrid, Painter, space

KILLED_IN_ITS_THIRD_BATCH = """
import os, signal, sys
from pathlib import Path
from gillstory.photos.index import PhotoIndex
from tests.photos.conftest import ColourGrid, space

class Killed(ColourGrid):
    def __call__(self, pictures):
        if len(self.calls) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(pictures)

PhotoIndex.open(Path(sys.argv[1]), space()).update([Path(sys.argv[2])], Killed())
"""


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path, photos: Path, embed: ColourGrid, paint: Painter) -> None:
    for number in range(200):
        paint(f"{number}.png", (number, 0, 0))
    place = tmp_path / "index"
    project = str(Path(__file__).parents[2])
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_IN_ITS_THIRD_BATCH, str(place), str(photos)],
        env={**os.environ, "PYTHONPATH": project},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    index = PhotoIndex.open(place, space())
    assert len(index) == 128
    report = index.update([photos], embed)
    assert (report.added, report.unchanged) == (72, 128)
    assert embed.calls == [64, 8]
    assert len(index) == 200

"""What a book costs: `gillstory continue` with the pocket bundle, whole and in its parts, and a late page against an
early one.

Run: python benchmarks/story.py [STORY] [--pages N]
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SECONDS, GIGABYTES = 60, 3.0  # goals for five pages, weights in the cache, on two CPU cores
GROWTH = 1.3  # goal: page 10 costs at most this many times page 2


class Clock:
    """A storyteller's listener that notes when what happens."""

    def __init__(self) -> None:
        self.events: list[tuple[str, float]] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        if not name.startswith("on_"):
            raise AttributeError(name)
        return lambda *arguments: self.note(name.removeprefix("on_"))

    def note(self, event: str) -> None:
        """Something happens now."""
        self.events.append((event, time.perf_counter()))

    def between(self, first: str, second: str) -> list[float]:
        """The seconds from each `first` to the next `second`, where no other `first` comes between."""
        spans, start = [], None
        for event, moment in self.events:
            if event == first:
                start = moment
            elif event == second and start is not None:
                spans.append(moment - start)
                start = None
        return spans


def whole(story: Path, pages: int) -> tuple[float, float]:
    """Wall seconds and peak gigabytes of the command, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        output = ["--output", str(Path(folder) / "bench.book")]
        command = [sys.executable, "-m", "gillstory", "continue", str(story), "--pages", str(pages), *output]
        start = time.perf_counter()
        environment = {**os.environ, "GILLSTORY_DATA": folder}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        seconds = time.perf_counter() - start
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e9


def parts(story: Path, pages: int) -> dict[str, Any]:
    """Seconds of the parts of a run in this process, and of each new page."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GILLSTORY_DATA"] = folder
        start = time.perf_counter()
        import gillstory
        from gillstory.storyteller import Options, continue_story

        gill = gillstory.load("pocket")
        loaded = time.perf_counter()
        clock = Clock()
        continue_story(story, gill, Options(pages=pages, output=Path(folder) / "bench.book"), clock)
        end = time.perf_counter()
    text, pictures = clock.between("page", "text"), clock.between("text", "picture")
    moments = [moment for event, moment in clock.events if event == "page"] + [end]
    return {
        "load": loaded - start,
        "text": sum(text),
        "pictures": sum(pictures),
        "rest": end - loaded - sum(text) - sum(pictures),
        "pages": [second - first for first, second in zip(moments, moments[1:], strict=False)],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("story", nargs="?", type=Path, default=ROOT / "examples" / "grandmothers-album.md")
    parser.add_argument("--pages", type=int, default=5)
    arguments = parser.parse_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")

    seconds, gigabytes = whole(arguments.story, arguments.pages)
    spent = parts(arguments.story, arguments.pages)
    long = parts(arguments.story, 10)["pages"][-10:]
    growth = long[9] / long[1]
    print(f"gillstory continue {arguments.story.name} --pages {arguments.pages}, model pocket")
    print(f"{'':26}{'ours':>9}{'goal':>9}{'ratio':>8}")
    print(f"{'wall seconds':26}{seconds:9.1f}{SECONDS:9}{seconds / SECONDS:8.2f}")
    print(f"{'peak memory, GB':26}{gigabytes:9.2f}{GIGABYTES:9}{gigabytes / GIGABYTES:8.2f}")
    print(f"{'page 10 / page 2':26}{growth:9.2f}{GROWTH:9}{growth / GROWTH:8.2f}")
    print("its parts, seconds in one process:")
    for name in ("load", "text", "pictures", "rest"):
        print(f"{'  ' + name:26}{spent[name]:9.1f}")
    print(f"each of ten new pages, seconds: {', '.join(f'{page:.1f}' for page in long)}")
    print(f"median of pages 2 to 5 against 7 to 10: {statistics.median(long[6:]) / statistics.median(long[1:5]):.2f}")


if __name__ == "__main__":
    main()

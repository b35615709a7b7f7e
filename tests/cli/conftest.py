"""The real command, run as a user runs it: in a process of its own, with folders of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home folder, without settings or data."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def gillstory(home: Path, tmp_path: Path) -> Run:
    """Run `gillstory ARGUMENTS`; by default no weights are in the cache. `environment` adds variables."""

    def run(*arguments: str | Path, **environment: str | Path) -> subprocess.CompletedProcess[str]:
        variables = {
            **{name: value for name, value in os.environ.items() if not name.startswith("XDG_")},
            "HOME": str(home),
            "GILLSTORY_CACHE": str(home / "cache"),
            "GILLSTORY_DATA": str(home / "data"),
            "COLUMNS": "100",
            "OMP_NUM_THREADS": "1",
            **{name: str(value) for name, value in environment.items()},
        }
        command = [sys.executable, "-m", "gillstory", *map(str, arguments)]
        return subprocess.run(
            command, cwd=tmp_path, env=variables, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120
        )

    return run


@pytest.fixture
def story(tmp_path: Path) -> Path:
    """A story of one page."""
    file = tmp_path / "story.md"
    file.write_text("# The fox\n\nA small fox lived in the forest.\n", encoding="utf-8")
    return file

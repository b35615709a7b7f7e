"""A terminal shows a small picture of each photo that was found; a pipe gets the lines alone."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import termios
from pathlib import Path

from PIL import Image

PRINT = """
import sys
from pathlib import Path
from gillstory.cli.search import _print
from gillstory.photos.find import Match
_print([Match(Path(path), "0", 0.5) for path in sys.argv[1:]])
"""


def shown(stdout: int, *photos: Path) -> None:
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "COLUMNS": "80"}
    command = [sys.executable, "-c", PRINT, *map(str, photos)]
    subprocess.run(command, stdout=stdout, stdin=stdout, env=environment, check=True, timeout=60)


def in_a_terminal(size: tuple[int, int], *photos: Path) -> str:
    """What a terminal of so many lines and columns is sent."""
    terminal, inside = pty.openpty()
    termios.tcsetwinsize(inside, size)
    shown(inside, *photos)
    os.close(inside)
    said = b""
    try:
        while part := os.read(terminal, 65536):
            said += part
    except OSError:  # nobody writes to it any more
        pass
    return said.decode()


def test_a_terminal_shows_a_preview_of_what_can_be_read(tmp_path: Path) -> None:
    photo, gone = tmp_path / "sea.png", tmp_path / "gone.png"
    Image.new("RGB", (60, 40), (10, 20, 200)).save(photo)
    text = in_a_terminal((24, 80), photo, gone)
    preview, line = text[: text.index(" 0.50")], text[text.index(" 0.50") :]
    assert "10;20;200" in preview and preview.count("\n") > 3
    assert str(photo) in line and str(gone) in line and "10;20;200" not in line


def test_a_terminal_that_does_not_know_its_size_gets_lines_alone(tmp_path: Path) -> None:
    photo = tmp_path / "sea.png"
    Image.new("RGB", (60, 40), (10, 20, 200)).save(photo)
    assert in_a_terminal((0, 0), photo).split() == ["0.50", "unknown", str(photo)]


def test_a_pipe_gets_lines_alone(tmp_path: Path) -> None:
    photo, file = tmp_path / "sea.png", tmp_path / "found.txt"
    Image.new("RGB", (60, 40), (10, 20, 200)).save(photo)
    with file.open("wb") as stream:
        shown(stream.fileno(), photo)
    assert file.read_text() == f" 0.50  unknown     {photo}\n"

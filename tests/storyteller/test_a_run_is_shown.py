"""Who watches a run in a terminal sees the page as it is written; a log has lines only; Ctrl-C leaves all in order."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gillstory.cli.progress import Narration, _Left

from .conftest import Tell

PROJECT = str(Path(__file__).parents[2])
HIDDEN, SHOWN = b"\x1b[?25l", b"\x1b[?25h"  # the cursor
WRITING = re.compile(rb"page \d+ of \d+: writing")


@pytest.fixture
def command(story: Path, bundle: Path, photos: Path) -> list[str]:
    options = ["--pages", "2", "--seed", "1", "--photos", str(photos)]
    return [sys.executable, "-m", "gillstory", "continue", str(story), "--model", str(bundle), *options]


@pytest.fixture
def environment(data: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": PROJECT,
        "GILLSTORY_DATA": str(data),
        "TERM": "xterm-256color",
        "COLUMNS": "120",
        "LINES": "40",
    }


def in_terminal(
    command: list[str],
    environment: dict[str, str],
    act: Callable[[subprocess.Popen[bytes], bytes], object] = lambda process, seen: None,
) -> tuple[int, bytes]:
    """Run a command whose stderr is a terminal: its exit code, and all that it has shown there.

    Parameters
    ----------
    act : is given the process and what it has shown so far, each time that it shows more.
    """
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # tests in the background inherit "ignore"
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            more = os.read(ours, 65536)
        except OSError:  # how Linux says that the other side is gone
            more = b""
        if not more:
            break
        seen += more
        act(process, seen)
    os.close(ours)
    return process.wait(), seen


def test_a_terminal_shows_page_step_speed_text_origin_and_time_left(
    command: list[str], environment: dict[str, str]
) -> None:
    code, seen = in_terminal(command, environment)
    assert code == 0, seen.decode()
    assert WRITING.search(seen) and b"page 4 of 4: making a picture" in seen
    assert b"tokens a second" in seen and b"step 2 of 2" in seen
    assert re.search(rb"\d (s|min) left", seen)
    assert b"picture: painted" in seen or b"found among your photos" in seen
    assert seen.count(HIDDEN) == 1 and seen.rindex(SHOWN) > seen.rindex(HIDDEN)


def test_nobody_is_told_for_long_that_no_time_is_left() -> None:
    narration = Narration()
    (left,) = (column for column in narration.progress.columns if isinstance(column, _Left))
    (task,) = narration.progress.tasks
    for ends, told in [(None, ""), (90.5, "2 min left"), (30.5, "30 s left"), (-1.0, "")]:
        narration.progress.update(task.id, ends=None if ends is None else time.monotonic() + ends)
        assert left.render(task).plain == told


def test_the_page_is_told_as_it_grows(tell: Tell) -> None:
    _, book, notes = tell(pages=1)
    assert any(notes.texts[0].startswith(draft) for draft in notes.drafts)
    assert max(map(len, notes.drafts)) > min(map(len, notes.drafts))


@pytest.mark.parametrize(
    ("signalled", "when", "expected"),
    [(signal.SIGINT, WRITING, 130), (signal.SIGTERM, re.compile(b"loading the model"), 143)],
)
def test_who_stops_a_run_gets_the_cursor_back(
    command: list[str], environment: dict[str, str], signalled: signal.Signals, when: re.Pattern[bytes], expected: int
) -> None:
    pressed = []

    def press(process: subprocess.Popen[bytes], seen: bytes) -> None:
        if not pressed and when.search(seen):
            pressed.append(True)
            process.send_signal(signalled)

    code, seen = in_terminal([*command, "--pages", "50"], environment, press)
    assert code == expected
    assert seen.rindex(SHOWN) > seen.rindex(HIDDEN)
    assert (b"run the same command to go on" in seen) == (signalled == signal.SIGINT)  # a person has pressed Ctrl-C


def test_where_there_is_no_terminal_there_are_lines_and_no_control_characters(
    command: list[str], environment: dict[str, str]
) -> None:
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "\x1b" not in run.stderr and "\r" not in run.stderr
    assert "tokens a second" not in run.stderr
    assert run.stderr.count("writing ...") == 2 and "Page 4 of 4\n" in run.stderr

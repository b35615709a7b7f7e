"""What a long command is doing, on stderr: the storyteller's events in, lines and, in a terminal, a live view out."""

from __future__ import annotations

import signal
import time
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

if TYPE_CHECKING:
    from pathlib import Path

    from gillstory.book.book import Picture

UPDATES = 8  # of the live view, a second
MINUTE, HOUR = 60, 3600  # seconds


class Narration:
    """Tells what the storyteller does; a context manager, for the live view needs an end.

    Its methods are the storyteller's listener. The live view is the step, how much is done, the time left, tokens a
    second or the denoising step, and the page as it is written; below the lines that stay. Where stderr is no terminal
    there are only those, and a line for each step.

    Parameters
    ----------
    pictures : how many will be made, where that is known beforehand: the time left goes by them, not by pages.
    """

    def __init__(self, pictures: int | None = None) -> None:
        self.console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
        self.is_live = self.console.is_terminal and not self.console.is_dumb_terminal
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            _Left(),
            TextColumn("{task.fields[speed]}"),
        )
        self.progress = Progress(*columns, console=self.console)
        self.task = self.progress.add_task("", total=None, ends=None, speed="")
        self.draft: Path | None = None  # which of several
        self.page = ""  # which of how many
        self.pictures, self.made = pictures, 0
        self.written = ""  # of the page that is being written
        self.tokens, self.since = 0, 0.0  # written since when
        self.first: tuple[int, int, float] | None = None  # done, of how many, when: what the time left goes by
        self.before: Any = signal.SIG_DFL  # what SIGTERM did
        self.live = Live(console=self.console, get_renderable=self._view, transient=True, refresh_per_second=UPDATES)

    def __enter__(self) -> Narration:
        if self.is_live:
            self.before = signal.signal(signal.SIGTERM, _stop)
            try:
                self.live.start()
            except BaseException:  # Ctrl-C, too
                self._end()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def on_stage(self, stage: str) -> None:
        """Something that takes a while begins: reading, writing, painting."""
        if self.is_live:  # what the step before came to: a fast machine is through before the view's next update
            self.live.refresh()
        self.tokens, self.since = 0, time.monotonic()
        self.progress.update(self.task, description=self.page + stage, speed="")
        if not self.is_live:
            self.console.print(f"{stage} ...")

    def on_done(self, line: str) -> None:
        """Something is done, or worth a line."""
        self.console.print(line)

    def on_count(self, done: int, total: int) -> None:
        """So much of it is done."""
        now = time.monotonic()
        if self.first is None or total != self.first[1] or done <= self.first[0]:
            self.first = (done, total, now)
        before, _, start = self.first
        ends = now + (now - start) / (done - before) * (total - done) if done > before else None
        self.progress.update(self.task, completed=done, total=total, ends=ends)

    def on_draft(self, draft: Path) -> None:
        """From now on it is about this one of several drafts."""
        if draft != self.draft:
            self.draft, self.page = draft, f"{draft}: "
            self.console.print(f"{draft}:", style="bold")

    def on_page(self, number: int, total: int) -> None:
        """A page begins."""
        self.page = f"page {number} of {total}: "
        if self.pictures is None:
            self.on_count(number - 1, total)
        self.console.print(f"Page {number} of {total}", style="bold")

    def on_writing(self, text: str) -> None:
        """A page's text is one token further."""
        self.written = text
        self.tokens += 1
        speed = self.tokens / max(time.monotonic() - self.since, 1e-3)
        self.progress.update(self.task, speed=f"{speed:.0f} tokens a second")

    def on_text(self, text: str) -> None:
        """A page's text is there."""
        self.written = ""
        self.console.print(f"  {text.strip()}", style="dim")

    def on_painting(self, step: int, steps: int) -> None:
        """A picture is one denoising step further."""
        self.progress.update(self.task, speed=f"step {step} of {steps}")

    def on_picture(self, picture: Picture) -> None:
        """A page's picture is there."""
        self.made += 1
        if self.pictures is not None:
            self.on_count(self.made, self.pictures)
        if picture.origin == "retrieved":
            self.console.print(f"  picture: {picture.photo}, found among your photos", style="green")
        else:
            self.console.print("  picture: painted", style="green")

    def on_warning(self, warning: str) -> None:
        """Something did not work out, and the run goes on without it."""
        self.console.print(f"warning: {warning}", style="yellow")

    def _view(self) -> RenderableType:
        # The console does not wrap lines, so that those that stay can be copied; the live view has to know its height.
        text = Text(self.written, style="dim", no_wrap=False, overflow="fold")
        return Group(self.progress.get_renderable(), Padding(text, (0, 2))) if text else self.progress.get_renderable()

    def _end(self) -> None:
        self.written = ""
        try:
            self.live.stop()
        finally:  # a second Ctrl-C must not leave the terminal without its cursor, either
            self.console.show_cursor()
            if self.is_live:
                signal.signal(signal.SIGTERM, self.before)


def _stop(number: int, frame: FrameType | None) -> None:
    """End as one does by the signal, but not without putting the terminal in order."""
    raise SystemExit(128 + number)


class _Left(ProgressColumn):
    """The time left, once there is something to tell it by; nothing when that has proved wrong."""

    def render(self, task: Task) -> Text:
        ends = task.fields["ends"]
        seconds = None if ends is None else ends - time.monotonic()
        return Text("" if seconds is None or seconds < 0 else f"{_in_words(seconds)} left")


def _in_words(seconds: float) -> str:
    if seconds < MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / MINUTE:.0f} min" if seconds < HOUR else f"{seconds / HOUR:.1f} h"

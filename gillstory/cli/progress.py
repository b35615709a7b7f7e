"""What a long command is doing, on stderr: the storyteller's events in, lines and, on a terminal, a moving bar out."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gillstory.book.book import Picture


class Narration:
    """Tells what the storyteller does; a context manager, for the bar needs an end.

    Its methods are the storyteller's listener. Where stderr is no terminal there is no bar, only a line for each event.
    """

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self.console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        live = self.console.is_terminal
        self.progress = Progress(*columns, console=self.console, transient=True, disable=not live)
        self.task = self.progress.add_task("", total=None)

    def __enter__(self) -> Narration:
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    def on_stage(self, stage: str) -> None:
        """Something that takes a while begins: reading, writing, painting."""
        self.progress.update(self.task, description=stage)
        if not self.console.is_terminal:
            self.console.print(f"{stage} ...")

    def on_done(self, line: str) -> None:
        """Something is done, or worth a line."""
        self.console.print(line)

    def on_count(self, done: int, total: int) -> None:
        """So much of it is done."""
        self.progress.update(self.task, completed=done, total=total)

    def on_page(self, number: int, total: int) -> None:
        """A page begins."""
        self.progress.update(self.task, completed=number - 1, total=total)
        self.console.print(f"Page {number} of {total}", style="bold")

    def on_text(self, text: str) -> None:
        """A page's text is there."""
        self.console.print(f"  {text.strip()}", style="dim")

    def on_picture(self, picture: Picture) -> None:
        """A page's picture is there."""
        if picture.origin == "retrieved":
            self.console.print(f"  picture: {picture.photo}, found among your photos", style="green")
        else:
            self.console.print("  picture: painted", style="green")

    def on_warning(self, warning: str) -> None:
        """Something did not work out, and the run goes on without it."""
        self.console.print(f"warning: {warning}", style="yellow")

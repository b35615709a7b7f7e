"""Results -> a table for the terminal and a contact sheet in HTML."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from jinja2 import Environment
from rich.table import Table

from gillstory.evaluation.suite import Results
from gillstory.training.progress import write_text

TARGETS = {  # what the pocket bundle aims at: at least that, or under it where the lower is the better
    "probe": {"subject": 0.97, "place": 0.99},
    "drawing": {"subject": 0.85, "place": 0.95, "time": 0.95},
    "cast": {"hero_kept": 0.80},
    "retrieval": {"renders_r1": 0.60, "photos_r5": 0.60},
    "decision": {"macro_f1": 0.85},
    "text": {"repeated": 0.02},
}
LOWER = {("text", "repeated")}


def table(results: Results) -> Table:
    """A row for each figure: its value in per cent, of how many, and the aim."""
    shown = Table("part", "figure", "value", "of", "aim")
    for part, figures in results.figures.items():
        for name, figure in figures.items():
            aim = TARGETS.get(part, {}).get(name)
            sign = "under" if (part, name) in LOWER else "at least"
            words = "" if aim is None else f"{sign} {aim:.0%}"
            shown.add_row(part, name.replace("_", " "), f"{figure.value:.1%}", str(figure.n), words)
        shown.add_section()
    return shown


def write_sheet(results: Results, folder: Path, name: str) -> Path:
    """Write the contact sheet, FOLDER/index.html: figures, and samples of what was drawn; one file, no script."""
    template = (files("gillstory.evaluation") / "sheet.html.jinja").read_text("utf-8")
    page = Environment(autoescape=True).from_string(template).render(name=name, results=results)
    file = folder / "index.html"
    write_text(file, page)
    return file

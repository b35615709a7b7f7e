"""A stage's log -> a picture of its losses, so that a person sees at a glance whether it still learns."""

from __future__ import annotations

import json
import os
from pathlib import Path

INCHES = 3.2  # of one panel, both ways


def draw_curves(folder: Path) -> None:
    """Draw FOLDER/log.jsonl as FOLDER/curves.png, a panel for each number over the steps."""
    from matplotlib.figure import Figure

    rows = [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    names = [name for name in rows[-1] if name not in ("step", "of")]
    figure = Figure(figsize=(INCHES * len(names), INCHES), layout="constrained")
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        seen = [row for row in rows if name in row]
        axes.plot([row["step"] for row in seen], [row[name] for row in seen], linewidth=1)
        axes.set_title(name.replace("_", " "))
        axes.set_xlabel("step")
        axes.grid(alpha=0.3)
    figure.suptitle(folder.name)
    temporary = folder / "curves.new.png"
    figure.savefig(temporary, dpi=100)
    os.replace(temporary, folder / "curves.png")

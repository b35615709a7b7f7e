"""Help comes at once and shows how each command is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

COMMANDS = (
    *("continue", "illustrate", "redo", "cast", "index", "search", "render"),
    *("train", "eval", "models", "doctor"),
)
HEAVY = ("torch", "transformers", "diffusers", "open_clip", "lancedb", "numpy", "PIL", "rich")


def test_help_lists_every_command(gillstory):
    run = gillstory("--help")
    assert run.returncode == 0
    for command in COMMANDS:
        assert f"\n  {command} " in run.stdout


@pytest.mark.parametrize(
    "command", [(c,) for c in COMMANDS] + [("models", c) for c in ("list", "pull", "info", "import")], ids=" ".join
)
def test_help_of_a_command_shows_examples(gillstory, command):
    run = gillstory(*command, "--help")
    assert run.returncode == 0
    assert f"Examples:\n    gillstory {command[0]}" in run.stdout


@pytest.mark.parametrize("command", [(), *[(c,) for c in COMMANDS]], ids=" ".join)
def test_help_imports_nothing_heavy(command):
    program = (
        "import sys\nfrom gillstory.cli import main\n"
        f"try: main([*{command!r}, '--help'])\nexcept SystemExit: pass\n"
        f"heavy = sorted(set({HEAVY!r}) & set(sys.modules))\nsys.exit(f'imported {{heavy}}' if heavy else 0)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_version(gillstory):
    assert gillstory("--version").stdout.startswith("gillstory, version ")

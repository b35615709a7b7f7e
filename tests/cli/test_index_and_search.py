"""gillstory index and search, run as a family runs them, with a tiny model."""

from __future__ import annotations

import json
import runpy
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from gillstory.cli import main

TINY = runpy.run_path(str(Path(__file__).parents[1] / "storyteller" / "conftest.py"))


@pytest.fixture
def gillstory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `gillstory ARGUMENTS` in this process: a library that is loaded once is loaded for all."""
    monkeypatch.setenv("GILLSTORY_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A tiny random bundle that finds everything but what is unlike a picture."""
    folder = TINY["write_bundle"](tmp_path / "tiny")
    file = folder / "bundle.yaml"
    file.write_text(file.read_text().replace("picture: -1", "picture: 0.999"))
    return folder


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "Pictures"
    (folder / "Aunt Erna").mkdir(parents=True)
    for name, colour in {"Aunt Erna/20190624.jpg": "red", "20210101.png": "blue", "cake.webp": "green"}.items():
        picture = Image.new("RGB", (64, 48), colour)
        picture.paste("white", (0, 0, 20, 20))
        picture.save(folder / name)
    (folder / "empty.jpg").touch()
    return folder


def test_index_and_search(gillstory, model: Path, photos: Path, tmp_path: Path) -> None:
    run = gillstory("search", "a dog", "--model", model)
    assert run.exit_code == 2 and "no photos have been indexed yet. Run: gillstory index" in run.stderr
    run = gillstory("index", "--model", model)
    assert run.exit_code == 2 and "no folder has been indexed yet" in run.stderr

    run = gillstory("index", photos, "--model", model)
    assert run.exit_code == 0, run.stderr
    assert run.stdout == "3 added, 0 changed, 0 moved, 0 unchanged, 0 removed, 1 not readable\n"
    assert f"{photos / 'empty.jpg'}: the file is empty" in run.stderr

    def search(*arguments: str | Path) -> list[dict]:
        run = gillstory("search", *arguments, "--model", model, "--json")
        assert run.exit_code == 0, run.stderr
        return json.loads(run.stdout)

    found = search("Aunt Erna's birthday")
    assert len(found) == 3 and found[0]["path"] == str(photos / "Aunt Erna" / "20190624.jpg") and found[0]["by_words"]
    assert found[0]["taken"] == "2019-06-24T00:00:00"
    assert [Path(each["path"]).name for each in search("a dog", "--since", "2020", "--until", "2021")] == [
        "20210101.png"
    ]
    assert [Path(each["path"]).name for each in search("dog", "--until", "2019-06")] == ["20190624.jpg"]
    assert len(search("a dog", "--in", photos / "Aunt Erna")) == len(search("a dog", "--limit", "1")) == 1
    assert [Path(each["path"]).name for each in search(photos / "cake.webp")] == ["cake.webp"]

    shutil.rmtree(photos)
    run = gillstory("index", "--model", model, "--json")
    assert run.exit_code == 0 and json.loads(run.stdout)["missing"] == [str(photos)]
    assert f"{photos} is not there now; what the index knows of it has been kept" in run.stderr
    assert len(search("a dog")) == 3


def test_words_that_people_wrote_are_found_however_few_are_wanted(gillstory, model: Path, photos: Path) -> None:
    file = model / "bundle.yaml"
    file.write_text(file.read_text().replace("search: -1", "search: 1"))  # to this model nothing looks like words
    gillstory("index", photos, "--model", model)
    for words in ("Erna", "Pictures of Aunt Erna"):  # every photo is in the folder Pictures: that says nothing
        run = gillstory("search", words, "--model", model, "--json", "--limit", "1")
        assert [Path(each["path"]).name for each in json.loads(run.stdout)] == ["20190624.jpg"]
    run = gillstory("search", "Pictures of Aunt Erna", "--model", model, "--json")
    assert len(json.loads(run.stdout)) == 1


def test_the_list_ends_and_the_contact_sheet_shows_it(gillstory, model: Path, photos: Path, tmp_path: Path) -> None:
    gillstory("index", photos, "--model", model)
    sheet = tmp_path / "sheet.html"
    run = gillstory("search", photos / "cake.webp", "--model", model, "--html", sheet)
    similarity, taken, path = run.stdout.splitlines()[0].split()
    assert (float(similarity), taken, path) == (1.0, "unknown", str(photos / "cake.webp"))
    page = sheet.read_text("utf-8")
    assert page.count("<img ") == page.count("data:image/jpeg;base64,") == 1 and "http" not in page.replace(
        "http-eq", ""
    )

    Image.radial_gradient("L").save(tmp_path / "unlike.png")
    run = gillstory("search", tmp_path / "unlike.png", "--model", model, "--html", sheet)
    assert run.stdout.splitlines() == ["Nothing in the index looks like this.", str(sheet)]
    assert "Nothing in the index looks like this." in sheet.read_text("utf-8")

    (tmp_path / "letter.html").write_text("Dear Erna")
    run = gillstory("search", "<script>", "--model", model, "--html", tmp_path / "letter.html")
    assert run.exit_code == 2 and "letter.html: this file is there already" in run.stderr
    assert (tmp_path / "letter.html").read_text() == "Dear Erna"
    run = gillstory("search", "a dog", "--model", model, "--html", tmp_path / "nowhere" / "sheet.html")
    assert run.exit_code == 2 and "sheet.html: the contact sheet cannot be written (No such file" in run.stderr
    gillstory("search", "<script>", "--model", model, "--html", sheet)
    assert "<script>" not in sheet.read_text("utf-8")


def test_whatever_is_asked_for_is_words_where_it_is_no_file(gillstory, model: Path, photos: Path) -> None:
    gillstory("index", photos, "--model", model)
    for words in ("~ 50 birds", "a dog on a long, long beach " * 10, '"a dog" AND (cat', "a caf\udce9"):
        run = gillstory("search", words, "--model", model, "--json")
        assert run.exit_code == 0 and len(json.loads(run.stdout)) == 3
    run = gillstory("search", "a dog", "--in", photos / "Uncle Bert", "--model", model)
    assert run.exit_code == 2 and "Uncle Bert: no photo of this folder is in the index. Correct it" in run.stderr
    run = gillstory("index", "~nobody-of-this-name/Pictures", "--model", model)
    assert run.exit_code == 2 and "this folder is not there" in run.stderr


@pytest.mark.parametrize("wrong", ["last summer", "2019-13", "2019-02-30"])
def test_a_date_that_is_none_is_said(gillstory, wrong: str) -> None:
    run = gillstory("search", "a dog", "--since", wrong)
    assert run.exit_code == 2 and f"'{wrong}' is not a date. Write a year, a month or a day" in run.stderr

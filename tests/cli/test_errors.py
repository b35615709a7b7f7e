"""What is wrong is said in one line that names the file and what to do; the exit code is 2."""

from __future__ import annotations

import json

import pytest


def only_line(run) -> str:
    """The one line of a run that failed as it should."""
    assert run.returncode == 2, run.stderr
    lines = run.stderr.strip().splitlines()
    assert len(lines) == 1, run.stderr
    return lines[0]


def test_unknown_model_is_named_with_those_there_are(gillstory, story):
    line = only_line(gillstory("continue", story, "--model", "nowhere"))
    assert "nowhere" in line
    assert "pocket" in line


def test_missing_weights_name_the_command_that_fetches_them(gillstory, story):
    assert "gillstory models pull pocket" in only_line(gillstory("continue", story))


def test_story_that_is_not_there(gillstory, tmp_path):
    line = only_line(gillstory("continue", tmp_path / "nothing.md"))
    assert f"{tmp_path / 'nothing.md'}:" in line


def test_unreadable_story_names_file_and_line(gillstory, tmp_path):
    file = tmp_path / "story.yaml"
    file.write_text("title: A fox\npages:\n  - text: [\n", encoding="utf-8")
    assert f"{file}:" in only_line(gillstory("continue", file))


def test_story_with_a_picture_that_is_missing_names_the_line(gillstory, tmp_path):
    file = tmp_path / "story.md"
    file.write_text("# The fox\n\nA fox.\n\n![a fox](fox.png)\n", encoding="utf-8")
    line = only_line(gillstory("continue", file))
    assert f"{file}:5:" in line
    assert "fox.png" in line


def test_cache_that_cannot_be_written_names_the_variable(gillstory, tmp_path):
    file = tmp_path / "file"
    file.touch()
    run = gillstory("models", "pull", "pocket", GILLSTORY_CACHE=file / "cache")
    assert run.returncode == 2
    line = run.stderr.strip().splitlines()[-1]
    assert str(file) in line
    assert "GILLSTORY_CACHE" in line


def test_render_of_what_is_no_book(gillstory, tmp_path):
    assert str(tmp_path) in only_line(gillstory("render", tmp_path))
    assert "gillstory continue" in only_line(gillstory("render", tmp_path / "no.book"))


def test_wrong_option_is_explained(gillstory, story):
    run = gillstory("continue", story, "--pictures", "some")
    assert run.returncode == 2
    assert "retrieve" in run.stderr


def test_debug_shows_where_an_error_comes_from(gillstory, story):
    run = gillstory("continue", story, "--debug")
    assert run.returncode == 2
    assert "Traceback" in run.stderr


def test_errors_leave_the_story_as_it_was(gillstory, story, tmp_path):
    before = story.read_bytes()
    gillstory("continue", story)
    assert story.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"story.md", "home"}


@pytest.mark.parametrize("command", ["list", "info"])
def test_models_are_told_as_json(gillstory, command):
    run = gillstory("models", command, *(["pocket"] if command == "info" else []), "--json")
    found = json.loads(run.stdout)
    pocket = found if command == "info" else next(model for model in found if model["name"] == "pocket")
    assert pocket["licence"] == "Apache-2.0"
    assert pocket["missing"]  # the cache is empty


def test_doctor_says_what_to_do_and_succeeds(gillstory):
    run = gillstory("doctor")
    assert run.returncode == 0, run.stderr
    assert "gillstory models pull pocket" in run.stdout
    assert json.loads(gillstory("doctor", "--json").stdout)["to_do"]

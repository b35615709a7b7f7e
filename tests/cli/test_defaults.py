"""Defaults stand in gillstory.yaml beside the story and in the configuration folder; what is typed comes first.

Which model a run asked for is told by the error about it: none of these models is there.
"""

from __future__ import annotations


def test_defaults_beside_the_story_hold(gillstory, story):
    (story.parent / "gillstory.yaml").write_text("model: beside\n", encoding="utf-8")
    assert "beside" in gillstory("continue", story).stderr


def test_users_own_defaults_hold_after_those_beside_the_story(gillstory, story, home):
    own = home / ".config" / "gillstory" / "gillstory.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("model: mine\n", encoding="utf-8")
    assert "mine" in gillstory("continue", story).stderr
    (story.parent / "gillstory.yaml").write_text("model: beside\n", encoding="utf-8")
    assert "beside" in gillstory("continue", story).stderr


def test_front_matter_comes_before_defaults_and_the_command_line_before_both(gillstory, story):
    (story.parent / "gillstory.yaml").write_text("model: beside\n", encoding="utf-8")
    story.write_text("---\nmodel: within\n---\n\nA fox.\n", encoding="utf-8")
    assert "within" in gillstory("continue", story).stderr
    assert "typed" in gillstory("continue", story, "--model", "typed").stderr


def test_another_commands_default_does_no_harm(gillstory, tmp_path):
    (tmp_path / "gillstory.yaml").write_text("pages: 5\n", encoding="utf-8")
    assert "unknown" not in gillstory("index", tmp_path).stderr


def check_error(run, *parts):
    assert run.returncode == 2
    assert len(run.stderr.strip().splitlines()) == 1
    for part in parts:
        assert part in run.stderr


def test_unknown_key_names_file_and_line(gillstory, story):
    file = story.parent / "gillstory.yaml"
    file.write_text("pages: 3\nmodle: pocket\n", encoding="utf-8")
    check_error(gillstory("continue", story), f"{file}:2:", "modle", "model")


def test_wrong_value_names_file_and_line(gillstory, story):
    file = story.parent / "gillstory.yaml"
    file.write_text("model: pocket\npages: many\n", encoding="utf-8")
    check_error(gillstory("continue", story), f"{file}:2:", "pages", "many")


def test_broken_yaml_names_file_and_line(gillstory, story):
    file = story.parent / "gillstory.yaml"
    file.write_text("pages: 3\nmodel: [pocket\n", encoding="utf-8")
    check_error(gillstory("continue", story), f"{file}:3:")

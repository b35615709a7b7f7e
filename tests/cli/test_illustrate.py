"""`gillstory illustrate`: what would be drawn is told without a model, and broken drafts are named at the end."""

from __future__ import annotations

import json


def test_what_would_be_drawn(gillstory, tmp_path):
    (tmp_path / "drafts").mkdir()
    (tmp_path / "drafts" / "a.md").write_text("# One\n\nA fox.\n\n---\n\nA hen.\n")
    run = gillstory("illustrate", "drafts", "--dry-run", "--json")
    assert run.returncode == 0, run.stderr
    (row,) = json.loads(run.stdout)
    assert (row["pages"], row["lines"], row["error"]) == ([1, 2], [1, 7], None)
    assert row["openings"] == ["# One A fox.", "A hen."]
    (tmp_path / "drafts" / "b.md").write_text("![x](not-there.png)\n")
    run = gillstory("illustrate", "drafts", "--dry-run", "--every", "heading")
    assert run.returncode == 1
    assert "a.md" in run.stdout and "failed" in run.stdout
    assert run.stderr.startswith("Error: drafts/b.md:1:")
    assert {path.name for path in (tmp_path / "drafts").iterdir()} == {"a.md", "b.md"}


def test_two_drafts_of_one_book(gillstory, tmp_path):
    (tmp_path / "a.md").write_text("A fox.\n")
    (tmp_path / "a.yaml").write_text("pages: [A hen.]\n")
    run = gillstory("illustrate", ".", "--dry-run")
    assert run.returncode == 1 and "a.yaml: its book would be that of a.md, too" in run.stderr


def test_only_broken_drafts(gillstory, tmp_path):
    (tmp_path / "b.md").write_text("![x](not-there.png)\n")
    run = gillstory("illustrate", "b.md")  # no weights are needed to say so
    assert run.returncode == 2 and "not-there.png" in run.stderr


def test_redo_says_what_is_wrong_before_a_model_is_loaded(gillstory, tmp_path):
    run = gillstory("redo", "nothing.book", "--page", "1")
    assert run.returncode == 2 and "there is no such book" in run.stderr
    assert gillstory("redo", "nothing.book", "--page", "1", "--pick", "1", "--variants", "2").returncode == 2

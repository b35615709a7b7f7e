"""`gillstory cast`: what it proposes can be put at the top of the story as it is."""

from __future__ import annotations


def test_a_proposal_stands_as_it_is_at_the_top_of_the_story(gillstory, tmp_path):
    draft = tmp_path / "drafts" / "draft.md"
    draft.parent.mkdir()
    (draft.parent / "mo.png").touch()
    draft.write_text("---\ncast:\n  Mo: {is: a bear, picture: mo.png}\n---\nA hen named Greta met Mo.\n")
    run = gillstory("cast", "drafts/draft.md")
    assert run.stdout == "cast:\n  Mo:\n    is: a bear\n    picture: mo.png\n  Greta: a hen\n"
    draft.write_text(f"---\n{run.stdout}---\nA hen named Greta met Mo.\n")
    assert gillstory("cast", "drafts/draft.md").stdout == run.stdout


def test_what_the_rules_cannot_read_is_not_called_empty(gillstory, tmp_path):
    (tmp_path / "draft.md").write_text("Лис Пип жил в лесу. Однажды Пип был рад.\n", encoding="utf-8")
    run = gillstory("cast", "draft.md")
    assert run.returncode == 0 and "rules for English" in run.stderr

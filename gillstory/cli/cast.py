"""gillstory cast: a draft in, a proposal for the cast at its top out."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gillstory.cli.defaults import defaults_beside
from gillstory.cli.options import debug_option, json_option, story_argument


@click.command("cast")
@story_argument(defaults_beside)
@json_option
@debug_option
def command(story: Path, as_json: bool) -> None:
    """Propose the cast of STORY: lines to put at its top, between the lines ---.

    Whoever is in the cast stays themselves in all pictures. The proposal comes from plain rules for English; correct
    it, and say in a few plain words what those look like of whom the story does not say it. STORY is not changed.

    \b
    Examples:
      gillstory cast story.md
      gillstory cast story.md --json
    """
    from gillstory.story import read_story
    from gillstory.story.write import as_seen_from
    from gillstory.storyteller.casting import propose_cast
    from gillstory.storyteller.edits import story_file

    told = read_story(story_file(story))
    cast = propose_cast(told)
    if as_json:
        click.echo(json.dumps({member.name: member.description for member in cast}, ensure_ascii=False, indent=2))
        return
    if not cast:
        click.echo("Nobody is named twice in this story, as far as rules for English can tell.", err=True)
        return
    import yaml

    proposal: dict[str, object] = {}
    for member in cast:
        words = member.description or "(say here what this one looks like)"
        proposal[member.name] = words
        if member.picture is not None:
            picture = as_seen_from(told.file.resolve().parent, member.picture)
            proposal[member.name] = {"is": words, "picture": picture}
    click.echo(yaml.safe_dump({"cast": proposal}, allow_unicode=True, sort_keys=False), nl=False)

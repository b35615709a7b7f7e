"""gillstory render: a book's folder in, its index.html made again out."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gillstory.cli.defaults import defaults_beside
from gillstory.cli.options import debug_option, json_option, open_option, template_option
from gillstory.errors import BookError


@click.command("render")
@click.argument("book", type=click.Path(path_type=Path), is_eager=True, callback=defaults_beside)
@template_option
@open_option
@json_option
@debug_option
def command(book: Path, template: str, open_book: bool, as_json: bool) -> None:
    """Make BOOK's pages again, in another template if you like.

    Everything comes from the book's folder, with the changes that you made to its story.md; no model is needed. The
    pictures of pages that you changed are made again by the next `gillstory continue` or `gillstory redo`.

    \b
    Examples:
      gillstory render story.book
      gillstory render story.book --template my-template --open
    """
    from gillstory.book.folder import BookFolder
    from gillstory.book.render import render
    from gillstory.storyteller.edits import edited_book

    if not book.is_dir():
        raise BookError(
            "there is no such book", file=book, remedy="A book is a folder, made by: gillstory continue STORY"
        )
    folder = BookFolder(book)
    with folder.lock():
        told = edited_book(folder)
        if told is None:
            raise BookError("not a book: it has no book.json", file=book, remedy="Name a folder that gillstory made")
        page = render(told[0], folder, template)
    click.echo(json.dumps({"book": str(book), "page": str(page)}, indent=2) if as_json else page)
    if open_book:
        click.launch(str(page))

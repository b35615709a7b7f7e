"""gillstory render: a book's folder in, the book again out, as a page or in another format."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gillstory.cli.defaults import chosen, defaults_beside
from gillstory.cli.options import debug_option, json_option, open_option, template_option

if TYPE_CHECKING:
    from gillstory.book.book import Book
    from gillstory.book.folder import BookFolder

FORMATS = ("html", "epub", "pdf", "booklet", "markdown")


@click.command("render")
@click.argument("book", type=click.Path(path_type=Path), is_eager=True, callback=defaults_beside)
@click.option(
    "--to",
    "format",
    type=click.Choice(FORMATS),
    default="html",
    show_default=True,
    help="A web page in one file, an EPUB, a PDF, a PDF to fold, or Markdown beside its pictures.",
)
@template_option
@open_option
@json_option
@debug_option
@click.pass_context
def command(ctx: click.Context, book: Path, format: str, template: str | None, open_book: bool, as_json: bool) -> None:
    """Make BOOK again, in another template or format if you like.

    Everything comes from the book's folder, with the changes that you made to its story.md; no model is needed. The
    pictures of pages that you changed are made again by the next `gillstory continue` or `gillstory redo`. Without
    --template the book looks as its story.md or gillstory.yaml says, or as it did.

    \b
    Examples:
      gillstory render story.book
      gillstory render story.book --template comic --open
      gillstory render story.book --to booklet
    """
    from gillstory.book.epub import render_epub
    from gillstory.book.markdown import render_markdown
    from gillstory.book.pdf import render_booklet, render_pdf
    from gillstory.book.render import render
    from gillstory.storyteller.cast import who_is_who
    from gillstory.storyteller.edits import held_book

    renderers: dict[str, Callable[[Book, BookFolder, Mapping[str, str]], Path]] = {
        "html": render,
        "epub": render_epub,
        "pdf": render_pdf,
        "booklet": render_booklet,
        "markdown": render_markdown,
    }
    with held_book(book) as (folder, content, story):
        content = replace(content, template=chosen(ctx, "template", story.settings.template) or content.template)
        made = renderers[format](content, folder, who_is_who(story.settings.cast))
    click.echo(json.dumps({"book": str(book), "page": str(made)}, indent=2) if as_json else made)
    if open_book:
        click.launch(str(made))

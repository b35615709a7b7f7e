"""gillstory render: a book's folder in, the book again out, as a page or in another format."""

from __future__ import annotations

import json
from pathlib import Path

import click
from click.core import ParameterSource

from gillstory.cli.defaults import defaults_beside
from gillstory.cli.options import debug_option, json_option, open_option, template_option
from gillstory.errors import BookError

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
def command(ctx: click.Context, book: Path, format: str, template: str, open_book: bool, as_json: bool) -> None:
    """Make BOOK again, in another template or format if you like.

    Everything comes from the book's folder, with the changes that you made to its story.md; no model is needed. The
    pictures of pages that you changed are made again by the next `gillstory continue` or `gillstory redo`. Without
    --template the book looks as its story.md says, or as it did.

    \b
    Examples:
      gillstory render story.book
      gillstory render story.book --template comic --open
      gillstory render story.book --to booklet
    """
    from gillstory.book.epub import render_epub
    from gillstory.book.folder import BookFolder
    from gillstory.book.markdown import render_markdown
    from gillstory.book.pdf import render_booklet, render_pdf
    from gillstory.book.render import render
    from gillstory.storyteller.cast import who_is_who
    from gillstory.storyteller.edits import edited_book

    renderers = {"html": render, "epub": render_epub, "pdf": render_pdf, "booklet": render_booklet}
    if not book.is_dir():
        raise BookError(
            "there is no such book", file=book, remedy="A book is a folder, made by: gillstory continue STORY"
        )
    folder = BookFolder(book)
    with folder.lock():
        told = edited_book(folder)
        if told is None:
            raise BookError("not a book: it has no book.json", file=book, remedy="Name a folder that gillstory made")
        content, story = told
        if ctx.get_parameter_source("template") is not ParameterSource.COMMANDLINE:
            template = story.settings.template or content.template
        cast = who_is_who(story.settings.cast)
        if format == "markdown":
            made = render_markdown(content, folder, cast)
        else:
            made = renderers[format](content, folder, template, cast)
    click.echo(json.dumps({"book": str(book), "page": str(made)}, indent=2) if as_json else made)
    if open_book:
        click.launch(str(made))

"""A template's name or folder in, the folder out; its files, and the page that it makes of a book's contents.

A template is a folder with `book.html.jinja` and, if it likes, `style.css`, `book.js` and the fonts and pictures that
its style names. Those that come with gillstory stand in `templates/`, to be copied and changed. What a template lacks
it takes from `templates/shared`, the pieces that all of them are made of.
"""

from __future__ import annotations

import base64
import hashlib
import os
import traceback
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from gillstory.book.stylesheet import find_own, read_own, read_stylesheet
from gillstory.errors import BookError

PAGE, STYLE, SCRIPT, SHARED = "book.html.jinja", "style.css", "book.js", "shared"
# What an expression in a template can raise.
MISTAKES = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError, OSError)


def template_names() -> list[str]:
    """List the templates that come with gillstory."""
    return sorted(page.parent.name for page in _templates().glob(f"*/{PAGE}"))


def template_folder(name_or_path: str | os.PathLike[str]) -> Path:
    """Find a template: one that comes with gillstory by its name, or a folder of the user's own.

    Raises
    ------
    BookError : it is neither.
    """
    if str(name_or_path) in template_names():
        return _templates() / name_or_path
    folder = Path(name_or_path).expanduser()
    if (folder / PAGE).is_file():
        return folder
    remedy = f"There are: {', '.join(template_names())}; or name a folder with a {PAGE}, a copy of one of these"
    problem = f"no template: there is no {PAGE} in it" if folder.is_dir() else f"there is no template {name_or_path}"
    raise BookError(problem, file=folder if folder.is_dir() else None, remedy=remedy)


def fill(folder: Path, contents: Mapping[str, Any], page: str = PAGE) -> str:
    """Fill a page of a template with a book's contents.

    Raises
    ------
    BookError : the template is wrong; its file and line are named.
    """
    try:
        return _environment(folder).get_template(page).render(contents)
    except TemplateSyntaxError as error:
        raise BookError(f"the template is wrong ({error.message})", file=error.filename, line=error.lineno) from error
    except (TemplateError, *MISTAKES) as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(folder)]
        file, line = (frames[-1].filename, frames[-1].lineno) if frames else (folder / page, None)
        raise BookError(f"the template is wrong ({error})", file=file, line=line) from error


def read_style(folder: Path, name: str = STYLE) -> Markup:
    """Give a template's style, with all that it names put into it; nothing when the template has none."""
    sheet = find_own(name, _own_and_shared(folder))
    return Markup(read_stylesheet(sheet, _own_and_shared(folder)) if sheet else "")


def read_script(folder: Path) -> Markup:
    """Give a template's script."""
    script = find_own(SCRIPT, _own_and_shared(folder))
    return Markup(read_own(script, "script") if script else "")


def policy(style: str, script: str) -> str:
    """Give a content security policy that allows these two, pictures and fonts inside the page, and nothing else."""

    def allowed(content: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"

    return "; ".join(
        (
            "default-src 'none'",
            "img-src data:",
            "font-src data:",
            f"style-src {allowed(style)}",
            f"script-src {allowed(script)}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


@cache
def _environment(folder: Path) -> SandboxedEnvironment:
    return SandboxedEnvironment(
        loader=FileSystemLoader(_own_and_shared(folder)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _own_and_shared(folder: Path) -> tuple[Path, Path]:
    return folder, _templates() / SHARED


def _templates() -> Path:
    packaged = Path(str(resources.files("gillstory"))) / "templates"
    # In a checkout, `gillstory/templates` is a link; where links were not checked out, what it leads to.
    return packaged if packaged.is_dir() else packaged.parents[1] / "templates"

"""A template's name or folder in, the folder out; its files, and the page that it makes of a book's contents.

A template is a folder with `book.html.jinja` and, if it likes, `style.css`, `book.js` and the fonts and pictures that
its style names. Those that come with gillstory stand in `templates/`, to be copied and changed.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import traceback
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from gillstory.errors import BookError

PAGE, STYLE, SCRIPT = "book.html.jinja", "style.css", "book.js"
MEDIA_TYPES = {
    ".woff2": "font/woff2", ".woff": "font/woff", ".ttf": "font/ttf", ".otf": "font/otf",
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".svg": "image/svg+xml",
}  # fmt: skip
ADDRESS = re.compile(r"""url\(\s*(["']?)(?!data:|#)([^"')]+?)\1\s*\)""")  # what a style asks for, but data and #marks
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


def fill(folder: Path, contents: Mapping[str, Any]) -> str:
    """Fill a template with a book's contents.

    The template also finds `style` and `script`, its own files to be put into the page, and `policy`, a content
    security policy that allows these two and pictures and fonts inside the page, and nothing else from anywhere.

    Raises
    ------
    BookError : the template is wrong; its file and line are named.
    """
    style = Markup(_with_data(_own_file(folder / STYLE, "style"), folder))
    script = Markup(_own_file(folder / SCRIPT, "script"))
    environment = SandboxedEnvironment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    try:
        page = environment.get_template(PAGE)
        return page.render(contents, style=style, script=script, policy=_policy(style, script))
    except TemplateSyntaxError as error:
        raise BookError(f"the template is wrong ({error.message})", file=error.filename, line=error.lineno) from error
    except (TemplateError, *MISTAKES) as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(folder)]
        file, line = (frames[-1].filename, frames[-1].lineno) if frames else (folder / PAGE, None)
        raise BookError(f"the template is wrong ({error})", file=file, line=line) from error


def _templates() -> Path:
    packaged = Path(str(resources.files("gillstory"))) / "templates"
    # In a checkout, `gillstory/templates` is a link; where links were not checked out, what it leads to.
    return packaged if packaged.is_dir() else packaged.parents[1] / "templates"


def _own_file(file: Path, element: str) -> str:
    """Read a style or script that goes between the tags of `element`; nothing when the template has none."""
    try:
        content = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise BookError(f"cannot be read ({error})", file=file) from error
    if re.search(rf"</{element}|<!--", content, re.IGNORECASE):
        raise BookError(f"cannot stand inside a page: it has </{element} or <!-- in it", file=file)
    return content


def _with_data(style: str, folder: Path) -> str:
    """Put the fonts and pictures that a style names into it, from the template's own folder and from nowhere else."""

    def data(address: re.Match[str]) -> str:
        name = address[2]
        file = (folder / name).resolve()
        line = style.count("\n", 0, address.start()) + 1
        if file.suffix.lower() not in MEDIA_TYPES or not file.is_relative_to(folder.resolve()):
            remedy = f"Put a file with one of these endings there: {', '.join(MEDIA_TYPES)}"
            raise BookError(
                f"{name} is no font or picture in the template's folder", file=folder / STYLE, line=line, remedy=remedy
            )
        try:
            content = base64.b64encode(file.read_bytes()).decode()
        except OSError as error:
            raise BookError(f"{name} cannot be read ({error.strerror})", file=folder / STYLE, line=line) from error
        return f"url(data:{MEDIA_TYPES[file.suffix.lower()]};base64,{content})"

    return ADDRESS.sub(data, style)


def _policy(style: str, script: str) -> str:
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

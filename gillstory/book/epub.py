"""A book and its folder in, one EPUB 3 out, `book.epub`: for e-readers, with a cover, contents and alt texts.

Text reflows and the typeface is the reader's; the look is the template's `epub.css`. The parts are templates too,
`epub/*.jinja` among the shared ones.
"""

from __future__ import annotations

import io
import re
import uuid
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from PIL import Image

from gillstory.book.book import Book, Picture
from gillstory.book.folder import BOOK, BookFolder
from gillstory.book.layout import lay_out
from gillstory.book.render import NOBODY, media_type
from gillstory.book.template import fill, read_style, template_folder
from gillstory.errors import BookError

EPUB, STYLE = "book.epub", "epub.css"
CONTAINER = """<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>
"""
READABLE = ("image/png", "image/jpeg")  # what every e-reader shows
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # characters that XML has no place for
NO_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can say: the same book is the same file


def render_epub(book: Book, folder: BookFolder, cast: Mapping[str, str] = NOBODY) -> Path:
    """Write book.epub: the same book and template, the same bytes.

    Parameters are those of `render`.

    Raises
    ------
    BookError : the template is unknown or wrong, a picture is missing or damaged, or the folder cannot be written.
    """
    theme = template_folder(book.template)
    pictures: dict[str, tuple[str, bytes]] = {}  # by file in the EPUB: media type, content
    files: dict[str, str] = {}  # by file in the book's folder: file in the EPUB

    def address(picture: Picture) -> str:
        if picture.file not in files:
            media, content = _for_readers(picture, folder)
            file = f"pictures/{len(files) + 1:03}.{'png' if media == 'image/png' else 'jpg'}"
            files[picture.file], pictures[file] = file, (media, content)
        return files[picture.file]

    contents = lay_out(book, folder, cast, address)
    about_it = {
        "identifier": uuid.uuid5(uuid.NAMESPACE_OID, repr((book.title, book.author, book.source, book.seed))).urn,
        "modified": _modified(folder),
        "pictures": {file: media for file, (media, _) in pictures.items()},
    }
    parts = {"cover": fill(theme, contents, "epub/cover.xhtml.jinja")}
    if contents["cast"]:
        parts["cast"] = fill(theme, contents, "epub/cast.xhtml.jinja")
    for leaf in contents["pages"]:
        parts[f"page-{leaf.number}"] = fill(theme, {**contents, "page": leaf}, "epub/page.xhtml.jinja")
    parts["about"] = fill(theme, contents, "epub/about.xhtml.jinja")
    package = fill(theme, {**contents, **about_it, "parts": list(parts)}, "epub/package.opf.jinja")

    encoded = io.BytesIO()
    with zipfile.ZipFile(encoded, "w", zipfile.ZIP_DEFLATED) as archive:

        def put(name: str, content: str | bytes, method: int = zipfile.ZIP_DEFLATED) -> None:
            if isinstance(content, str):
                content = NO_XML.sub("", content).encode()
            archive.writestr(zipfile.ZipInfo(name, NO_TIME), content, method)

        put("mimetype", "application/epub+zip", zipfile.ZIP_STORED)  # first and as it is, says the standard
        put("META-INF/container.xml", CONTAINER)
        put("EPUB/package.opf", package)
        put("EPUB/nav.xhtml", fill(theme, contents, "epub/nav.xhtml.jinja"))
        put("EPUB/style.css", read_style(theme, STYLE))
        for name, part in parts.items():
            put(f"EPUB/{name}.xhtml", part)
        for file, (_, content) in pictures.items():
            put(f"EPUB/{file}", content, zipfile.ZIP_STORED)
    return folder.save_export(EPUB, encoded.getvalue())


def _for_readers(picture: Picture, folder: BookFolder) -> tuple[str, bytes]:
    """Give a picture's media type and content; one that e-readers may not know becomes a PNG."""
    media, content = media_type(picture), folder.read_picture(picture)
    if media in READABLE:
        return media, content
    encoded = io.BytesIO()
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.convert("RGBA" if image.has_transparency_data else "RGB").save(encoded, "PNG")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BookError(f"the picture is damaged ({error})", file=folder.path / PurePosixPath(picture.file)) from error
    return "image/png", encoded.getvalue()


def _modified(folder: BookFolder) -> str:
    """Say when the book was last changed, as EPUB does; a book that was never saved has no such time."""
    file = folder.path / BOOK
    seconds = int(file.stat().st_mtime) if file.is_file() else 0
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

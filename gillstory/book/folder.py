"""A book's folder: book.json, story.md, index.html and pictures/, written so that a kill at any time leaves it whole.

In: books, pictures as Pillow has them, Markdown. Out: files. Every file is written beside its place and renamed into
it; one process at a time holds the lock. Pictures are written anew from their pixels, so that nothing else that was in
a photo's file (where it was taken, with which camera) gets into a book.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath

from filelock import FileLock, Timeout
from PIL import Image, ImageCms, ImageOps

from gillstory.book.book import Book, Origin, Picture
from gillstory.errors import BookError, PictureError

BOOK, STORY, HTML, PICTURES, LOCK = "book.json", "story.md", "index.html", "pictures", ".gillstory.lock"
NEXT_STORY = ".story.md.next"  # waits for the book.json that it belongs to
PHOTO_SIDE = 1600  # pixels: the longer side; a large screen shows it at about this size, and a book stays small
PHOTO_QUALITY = 90


class BookFolder:
    """The folder of one book, there or yet to be made."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    @contextmanager
    def lock(self) -> Iterator[BookFolder]:
        """Make the folder if need be and hold it; the operating system lets go of it when this process ends.

        Raises
        ------
        BookError : another process holds it, it cannot be written, or it holds files that are no book's.
        """
        try:
            if self.path.is_dir() and not self._is_ours():
                raise BookError(
                    "this folder holds other files and no book",
                    file=self.path,
                    remedy="Name a new folder with --output, so that nothing of yours is overwritten",
                )
            self.path.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path / LOCK, blocking=False)
            lock.acquire()
        except Timeout:
            raise BookError(
                "another run is working on this book", file=self.path, remedy="Wait until it is done, or stop it"
            ) from None
        except OSError as error:
            raise self._unwritable(self.path, error) from error
        try:
            yield self
        finally:
            lock.release()

    def load(self) -> Book | None:
        """Read the book; None when there is none yet.

        Raises
        ------
        BookError : book.json is damaged, or of a newer gillstory.
        """
        file = self.path / BOOK
        try:
            return Book.from_json(file.read_bytes().decode(), file)
        except FileNotFoundError:
            return None
        except UnicodeDecodeError as error:
            raise BookError(
                "the book is damaged (it is not UTF-8)", file=file, remedy="Restore it from a copy"
            ) from error
        except OSError as error:
            raise BookError(f"cannot be read ({error.strerror})", file=file) from error

    def save(self, book: Book) -> None:
        """Write book.json."""
        self._write(BOOK, book.to_json())

    def save_with_story(self, book: Book, markdown: str) -> Book:
        """Write story.md and book.json so that a kill in between is made good by `finish_saving`.

        Parameters
        ----------
        markdown : with the line ends that it is to have.

        Returns
        -------
        The book, which knows its story.md.
        """
        content = markdown.encode(errors="replace")
        book = replace(book, story_hash=_sha256(content))
        waiting = self._write(NEXT_STORY, content)
        self.save(book)
        self._into_place(waiting)
        return book

    def finish_saving(self, book: Book) -> None:
        """Put story.md into place if a run was killed after it wrote book.json and before it did so."""
        waiting = self.path / NEXT_STORY
        if waiting.is_file() and _sha256(waiting.read_bytes()) == book.story_hash:
            self._into_place(waiting)

    def forget(self, picture: Picture) -> None:
        """Remove the file of a picture that the book no longer shows."""
        with suppress(OSError):
            (self.path / picture.file).unlink(missing_ok=True)

    def _into_place(self, waiting: Path) -> None:
        try:
            os.replace(waiting, self.path / STORY)
        except OSError as error:
            raise self._unwritable(self.path / STORY, error) from error

    def save_html(self, html: str) -> Path:
        """Write index.html."""
        return self._write(HTML, html)

    def save_export(self, name: str, content: str | bytes) -> Path:
        """Write the book in another format, beside index.html."""
        return self._write(name, content)

    def save_picture(self, name: str, image: Image.Image, origin: Origin, alt: str = "") -> Picture:
        """Write a picture, upright, in sRGB and without anything but its pixels.

        Parameters
        ----------
        name : the file's name without its ending, "page-03". Generated pictures become PNG, others JPEG of at most
            1600 pixels a side.

        Returns
        -------
        What the book records of it; what else is known of its origin is the caller's to add (`dataclasses.replace`).

        Raises
        ------
        PictureError : the picture cannot be decoded.
        BookError : it cannot be written.
        """
        encoded = io.BytesIO()
        try:
            pixels = _only_pixels(image, None if origin == "generated" else PHOTO_SIDE)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise PictureError(f"the picture {name} is damaged ({error})") from error
        if origin == "generated":
            pixels.save(encoded, "PNG", optimize=True)
        else:
            pixels.save(encoded, "JPEG", quality=PHOTO_QUALITY, subsampling=0, optimize=True, progressive=True)
        file = PurePosixPath(PICTURES, name + (".png" if origin == "generated" else ".jpg"))
        content = encoded.getvalue()
        self._write(str(file), content)
        return Picture(str(file), alt, pixels.width, pixels.height, origin, sha256=_sha256(content))

    def read_picture(self, picture: Picture) -> bytes:
        """Read a picture's file.

        Raises
        ------
        BookError : it is missing, or it is a link that leads out of the folder.
        """
        file = self.path / picture.file
        try:
            if not file.resolve(strict=True).is_relative_to(self.path.resolve()):
                raise BookError("this picture leads out of the book's folder", file=file)
            return file.read_bytes()
        except OSError as error:
            raise BookError(
                f"a picture of the book cannot be read ({error.strerror})",
                file=file,
                remedy="Put it back, or take its entry out of book.json",
            ) from error

    def holds(self, picture: Picture) -> bool:
        """Whether a picture's file is still the one that was written, as far as that is known."""
        file = self.path / picture.file
        return picture.sha256 is None or not file.is_file() or _sha256(file.read_bytes()) == picture.sha256

    def _is_ours(self) -> bool:
        names = {entry.name for entry in self.path.iterdir()}
        return not names or bool(names & {BOOK, LOCK})

    def _write(self, name: str, content: str | bytes) -> Path:
        """Write beside the file's place, make sure it is on the disk, rename. One run writes at a time: see `lock`.

        What UTF-8 cannot hold, such as a part of a photo's name on an old disk, becomes a question mark.
        """
        file = self.path / name
        new = file.with_name(f".{file.name}.new")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with new.open("wb") as stream:
                stream.write(content.encode(errors="replace") if isinstance(content, str) else content)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(new, file)
        except OSError as error:
            with suppress(OSError):
                new.unlink(missing_ok=True)
            raise self._unwritable(file, error) from error
        return file

    def _unwritable(self, file: Path, error: OSError) -> BookError:
        remedy = "Make room or allow writing there, or name another folder with --output"
        return BookError(f"cannot be written ({error.strerror or error})", file=file, remedy=remedy)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _only_pixels(image: Image.Image, longest_side: int | None) -> Image.Image:
    """Give a new RGB picture: turned as the camera was held, in sRGB, transparent parts on white, scaled down."""
    image = ImageOps.exif_transpose(image)
    image = _in_srgb(image)
    if image.mode.startswith("I"):  # 16-bit grey, as scanners write it: converting alone would clip it to white
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    pixels = Image.new("RGB", image.size)
    pixels.paste(image.convert("RGB"))
    if longest_side is not None:
        pixels.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS)
    return pixels


def _in_srgb(image: Image.Image) -> Image.Image:
    """Turn the colours of a picture's own profile into sRGB's; a profile that is damaged is passed over."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return image
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode) or image
    except (ImageCms.PyCMSError, OSError):
        return image

"""What people and cameras wrote into a photo and its name: words to be found by, when it was taken, with what.

Titles, captions, keywords and the names of people are read from XMP, IPTC and EXIF. Where a photo was taken is never
read. A photo whose notes are damaged is a photo without notes.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import ParseError

from PIL import ExifTags, Image, ImageFile, IptcImagePlugin

XMP_KEYS = frozenset(  # Dublin Core, Photoshop, Lightroom, and who is in it: IPTC, MWG and Windows
    "title description subject Headline hierarchicalSubject PersonInImage Name PersonDisplayName".split()
)
IPTC_KEYS = ((2, 5), (2, 25), (2, 105), (2, 120))  # title, keywords, headline, caption
EXIF_KEYS = (ExifTags.Base.XPTitle, ExifTags.Base.XPComment, ExifTags.Base.XPKeywords, ExifTags.Base.XPSubject)
LONGEST = 2000  # characters of what is kept of a photo's notes
DATE_IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_.]?)(\d\d)\2(\d\d)(?!\d)")
DAMAGED = (ParseError, ValueError, SyntaxError, KeyError, IndexError, TypeError, OSError, struct.error)


@dataclass(frozen=True)
class Notes:
    """What is written in a photo's file.

    Attributes
    ----------
    captions : titles, captions, keywords and names of people.
    taken : when, by the camera's clock; None where the photo does not say.
    camera : its make and model.
    """

    captions: str = ""
    taken: datetime | None = None
    camera: str | None = None


def read_notes(image: Image.Image) -> Notes:
    """Read the notes of a picture that has been opened."""
    try:
        exif = image.getexif()
        make, model = (str(exif.get(tag, "")).strip("\0 ") for tag in (ExifTags.Base.Make, ExifTags.Base.Model))
        taken = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
    except DAMAGED:
        return Notes(_joined(_xmp(image), _iptc(image)))
    camera = model if model.lower().startswith(make.lower()) else f"{make} {model}"
    return Notes(_joined(_xmp(image), _iptc(image), _exif(exif, make)), _moment(taken), camera.strip() or None)


def words_of_path(path: str, folder: str) -> str:
    """The words of a photo's name and of the folders around it, from the folder's own name on."""
    below = os.path.relpath(path, os.path.dirname(folder))
    named = os.path.splitext(below)[0] if not below.startswith("..") else os.path.splitext(os.path.basename(path))[0]
    named = re.sub(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])", " ", named)
    return " ".join(re.split(r"[\W_]+", named)).strip()


def date_in_name(path: str) -> datetime | None:
    """The day in a file's name, as phones write it: IMG_20190624_101500.jpg, IMG-20190624-WA0001.jpg."""
    found = DATE_IN_NAME.search(os.path.basename(path))
    try:
        return found and datetime(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        return None


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.strptime(str(text).strip("\0 ")[:19], "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None


def _joined(*found: Iterator[str]) -> str:
    texts = dict.fromkeys(" ".join(text.split()) for each in found for text in each)
    return " ".join(text for text in texts if text)[:LONGEST]


def _xmp(image: Image.Image) -> Iterator[str]:
    try:
        content = image.getxmp()
    except DAMAGED:
        return
    yield from _named(content, wanted=False)


def _named(value: Any, wanted: bool) -> Iterator[str]:
    """The texts below those keys that are wanted."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _named(inner, wanted and key != "lang" or key in XMP_KEYS)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner, wanted)
    elif wanted and isinstance(value, str):
        yield value.replace("|", " ")  # Lightroom's "animals|dogs"


def _iptc(image: Image.Image) -> Iterator[str]:
    if not isinstance(image, ImageFile.ImageFile):
        return
    try:
        content = IptcImagePlugin.getiptcinfo(image) or {}
    except DAMAGED:
        return
    for key in IPTC_KEYS:
        values = content.get(key, [])
        for value in values if isinstance(values, list) else [values]:
            try:
                yield value.decode("utf-8")
            except UnicodeDecodeError:
                yield value.decode("latin-1")


def _exif(exif: Image.Exif, make: str) -> Iterator[str]:
    described = str(exif.get(ExifTags.Base.ImageDescription, "")).strip("\0 ")
    if not (make and make.split()[0].lower() in described.lower()):  # "SONY DSC" says nothing about the photo
        yield described
    for key in EXIF_KEYS:
        value = exif.get(key)
        if isinstance(value, bytes):
            yield value.decode("utf-16-le", "ignore").strip("\0").replace(";", " ")

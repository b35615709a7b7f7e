"""What people and cameras wrote into photos: words and dates are found, the place is never kept."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import lancedb
import pytest
from PIL import Image

from gillstory.photos.captions import date_in_name, read_notes, words_of_path
from gillstory.photos.index import PhotoIndex
from gillstory.photos.table import TABLE

from .conftest import ColourGrid

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" photoshop:City="Lisbon" photoshop:Headline="Cake!">
<dc:subject><rdf:Bag><rdf:li>birthday</rdf:li><rdf:li>Aunt Erna</rdf:li></rdf:Bag></dc:subject>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">Blowing out the candles</rdf:li></rdf:Alt></dc:description>
<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag><rdf:li>
<rdf:Description mwg-rs:Name="Grandpa Joe" mwg-rs:Type="Face"/></rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>
</rdf:Description></rdf:RDF></x:xmpmeta>"""
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x:xmpmeta xmlns:x="adobe:ns:meta/">&b;</x:xmpmeta>'
IPTC = b"".join(
    b"\x1c\x02" + bytes([number]) + len(text).to_bytes(2, "big") + text
    for number, text in ((25, b"seaside"), (25, "Großmutter".encode()), (120, b"The old pier"))
)
PHOTOSHOP = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + len(IPTC).to_bytes(4, "big") + IPTC + b"\x00" * (len(IPTC) % 2)


def exif() -> Image.Exif:
    found = Image.Exif()
    found[0x010F], found[0x0110] = "FUJIFILM", "X100V"
    found[0x010E] = "A walk"
    found.get_ifd(0x8769)[0x9003] = "2019:06:24 10:15:00"
    found.get_ifd(0x8825).update({1: "N", 2: (38.0, 43.0, 20.0), 3: "W", 4: (9.0, 8.0, 21.0)})
    return found


@pytest.fixture
def noted(photos: Path) -> Path:
    path = photos / "Summer in Rome" / "IMG_2034.jpg"
    path.parent.mkdir()
    Image.new("RGB", (64, 48), "red").save(path, exif=exif(), xmp=XMP.encode())
    return path


def test_captions_keywords_and_people_are_read(noted: Path, photos: Path) -> None:
    with Image.open(noted) as image:
        notes = read_notes(image)
    for words in ("birthday", "Aunt Erna", "Blowing out the candles", "Grandpa Joe", "Cake!", "A walk"):
        assert words in notes.captions
    assert "Lisbon" not in notes.captions and "x-default" not in notes.captions
    assert (notes.taken, notes.camera) == (datetime(2019, 6, 24, 10, 15), "FUJIFILM X100V")
    whole = noted.read_bytes()
    segment = b"\xff\xed" + (len(PHOTOSHOP) + 2).to_bytes(2, "big") + PHOTOSHOP
    (photos / "iptc.jpg").write_bytes(whole[:2] + segment + whole[2:])
    with Image.open(photos / "iptc.jpg") as image:
        notes = read_notes(image)
    assert all(words in notes.captions for words in ("seaside", "Großmutter", "The old pier"))


@pytest.mark.parametrize("xmp", [b"<broken", BOMB.encode(), b"\xff\x00", b"<x:xmpmeta/>"])
def test_damaged_notes_cost_the_notes(photos: Path, index: PhotoIndex, embed: ColourGrid, xmp: bytes) -> None:
    Image.new("RGB", (64, 48), "red").save(photos / "one.jpg", xmp=xmp, exif=b"Exif\x00\x00II*\x00\xff\xff")
    report = index.update([photos], embed)
    assert (report.added, report.failed) == (1, [])


def test_the_place_is_never_kept(noted: Path, photos: Path, index: PhotoIndex, embed: ColourGrid) -> None:
    index.update([photos], embed)
    row = lancedb.connect(index.folder).open_table(TABLE).search().to_list()[0]
    assert row["camera"] == "FUJIFILM X100V" and (row["width"], row["height"]) == (64, 48)
    assert "Erna" in row["words"] and "Summer in Rome" in row["words"]
    assert not {name for name in row if any(part in name for part in ("gps", "lat", "lon", "place", "city"))}
    for file in (file for file in index.folder.rglob("*") if file.is_file()):
        assert b"Lisbon" not in file.read_bytes()


def test_words_of_names() -> None:
    assert words_of_path("/home/erna/Pictures/2019 Rome/RedPanda_zoo-2.jpg", "/home/erna/Pictures") == (
        "Pictures 2019 Rome Red Panda zoo 2"
    )


def test_dates_in_names_are_those_that_there_are() -> None:
    days = {
        "IMG_20190624_101500.jpg": datetime(2019, 6, 24),
        "IMG-20200101-WA0001.jpg": datetime(2020, 1, 1),
        "2021-12-31 party.png": datetime(2021, 12, 31),
        "20191345.jpg": None,
        "DSC_20190624555.jpg": None,
        "holiday.jpg": None,
    }
    assert {name: date_in_name(f"/photos/20180101/{name}") for name in days} == days

"""Photos: found when the model or the user wants one, each once, with its author; painting does not run then."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gillstory.errors import PhotoIndexError
from gillstory.gill.model import Gill
from gillstory.photos.table import locked
from gillstory.storyteller import PhotoLibrary
from gillstory.storyteller.photos import attribution, called
from gillstory.storyteller.picture import choose

from .conftest import Tell, with_decision

EXAMPLES = Path(__file__).parents[2] / "examples" / "photos"


def test_nothing_is_painted_when_a_photo_is_found(
    tell: Tell, gill: Gill, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted = []
    paint = Gill.paint_batch

    def counted(self: Gill, *arguments: object, **options: object) -> list[Image.Image]:
        painted.append(1)
        return paint(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Gill, "paint_batch", counted)
    _, book, notes = tell(model=with_decision(gill, "retrieve"), photos=photos)
    shown = [page.pictures[0] for page in book.pages[1:]]
    assert [picture.origin for picture in shown] == ["retrieved"] * 3 and not painted
    assert {picture.photo for picture in shown} == {file.name for file in photos.iterdir()}
    assert all(picture.similarity is not None and picture.decision is not None for picture in shown)
    assert not notes.warnings
    _, book, _ = tell(model=with_decision(gill, "retrieve"), photos=photos, pages=4)  # no photo is left: it paints
    assert [page.pictures[0].origin for page in book.pages[4:]] == ["generated"] * 2 and len(painted) == 2


def test_the_cast_steers_the_search(tell: Tell, story: Path, photos: Path) -> None:
    _, book, _ = tell(pictures="retrieve", photos=photos, pages=1)
    story.write_text(story.read_text().replace("an old brown bear\n---", "a huge grey elephant\n---"))
    _, other, _ = tell(pictures="retrieve", photos=photos, pages=1)
    one, another = book.pages[1], other.pages[1]
    assert one.blocks[0] == another.blocks[0]  # the same words, of another bear
    assert one.pictures[0].similarity != another.pictures[0].similarity


def test_when_photos_run_out_the_page_has_none(tell: Tell, photos: Path) -> None:
    _, book, notes = tell(pictures="retrieve", photos=photos, pages=3)
    assert [len(page.pictures) for page in book.pages] == [1, 1, 1, 1, 0]
    assert notes.warnings == ["page 5: no picture: no photo is left that may be shown"]


def test_the_authors_own_photo_is_not_shown_again(tell: Tell, story: Path, photos: Path) -> None:
    for photo in photos.iterdir():
        photo.unlink()
    shutil.copy(story.parent / "river.png", photos / "other name.png")
    _, book, _ = tell(pictures="retrieve", photos=photos)
    assert [len(page.pictures) for page in book.pages] == [1, 0, 0, 0]


def test_nor_is_one_that_looks_like_it(tell: Tell, gill: Gill, story: Path, photos: Path) -> None:
    for photo in photos.iterdir():
        photo.unlink()
    Image.open(story.parent / "river.png").convert("RGB").save(photos / "saved again.jpg", quality=95)
    bundle = replace(gill.bundle, photos=replace(gill.bundle.photos, alike=0.99))
    told = Gill(bundle, gill.language, gill.encoder, gill.adapters)
    _, book, _ = tell(model=told, pictures="retrieve", photos=photos)
    assert [len(page.pictures) for page in book.pages] == [1, 0, 0, 0]


def test_only_photos_below_the_folder_are_shown(tell: Tell, gill: Gill, photos: Path, tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir()
    Image.new("RGB", (32, 32), "green").save(private / "green.jpg")
    PhotoLibrary(gill.bundle, gill).update([private])
    _, book, _ = tell(pictures="retrieve", photos=photos, pages=3)
    assert "green.jpg" not in {picture.photo for picture in book.pictures}


def test_a_home_that_nobody_has_is_a_folder_that_is_not_there(tell: Tell) -> None:
    with pytest.raises(PhotoIndexError, match="this folder of photos is not there"):
        tell(pictures="retrieve", photos=Path("~nobody-of-this-name/Pictures"))


def test_a_photo_that_has_gone_bad_costs_that_photo(tell: Tell, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gillstory.photos.index import PhotoIndex

    search = PhotoIndex.search
    spoilt: list[Path] = []

    def spoil(self: PhotoIndex, *arguments: object, **options: object) -> object:
        matches = search(self, *arguments, **options)  # type: ignore[arg-type]
        if not spoilt:
            spoilt.append(matches[0].path)
            matches[0].path.write_bytes(b"\xff\xd8\xff spoilt")
        return matches

    monkeypatch.setattr(PhotoIndex, "search", spoil)
    _, book, notes = tell(pictures="retrieve", photos=photos, pages=1)
    assert [len(page.pictures) for page in book.pages] == [1, 1, 1]
    assert all(spoilt[0].name in warning for warning in notes.warnings) and notes.warnings


def test_many_broken_files_are_a_few_lines(tell: Tell, photos: Path) -> None:
    for number in range(9):
        (photos / f"broken {number}.jpg").touch()
    _, _, notes = tell(pictures="retrieve", photos=photos, pages=1)
    assert [warning.rpartition("/")[2] for warning in notes.warnings] == [
        *(f"broken {number}.jpg: the file is empty" for number in range(3)),
        "and 6 more: the file is empty; gillstory index --json lists them all",
    ]


def test_an_index_that_another_run_is_writing_is_used_as_it_is(tell: Tell, gill: Gill, photos: Path) -> None:
    library = PhotoLibrary(gill.bundle, gill)
    with locked(library.index.folder), pytest.raises(PhotoIndexError, match="another run"):
        tell(pictures="retrieve", photos=photos, pages=1)
    library.update([photos])
    with locked(library.index.folder):
        _, book, notes = tell(pictures="retrieve", photos=photos, pages=1)
    assert "another run of gillstory is writing" in notes.warnings[0]
    assert {picture.origin for picture in book.pictures[1:]} == {"retrieved"}


def test_photos_of_the_days_that_the_story_names_are_shown(tell: Tell, story: Path, photos: Path) -> None:
    days = "---\nphotos: {folder: photos, since: 2019, until: 2020}\n"
    story.write_text(story.read_text("utf-8").replace("---\n", days, 1), encoding="utf-8")
    (photos / "red-panda.jpg").rename(photos / "panda 2019-06-24.jpg")
    (photos / "old_castle.jpg").rename(photos / "castle 2021-06-24.jpg")
    _, book, _ = tell(pictures="retrieve", photos=photos)
    assert [picture.photo for picture in book.pictures[1:]] == ["panda 2019-06-24.jpg"]


def test_one_of_those_that_look_alike_is_shown(tell: Tell, gill: Gill, story: Path, photos: Path) -> None:
    story.write_text(story.read_text(encoding="utf-8").replace("![A river](river.png)", ""), encoding="utf-8")
    bundle = replace(gill.bundle, photos=replace(gill.bundle.photos, alike=-1))  # all of them do
    model = Gill(bundle, gill.language, gill.encoder, gill.adapters)
    _, book, notes = tell(model=model, pictures="retrieve", photos=photos, pages=2)
    assert [picture.origin for picture in book.pictures] == ["retrieved"]
    assert notes.warnings[-1] == "page 4: no picture: no photo is left that may be shown"


def test_where_no_photo_shows_it_the_page_is_painted_and_says_why(tell: Tell, gill: Gill, photos: Path) -> None:
    wants_photos = with_decision(gill, "retrieve")
    bundle = replace(gill.bundle, photos=replace(gill.bundle.photos, story=0.999))
    model = Gill(bundle, wants_photos.language, wants_photos.encoder, wants_photos.adapters)
    folder, book, _ = tell(model=model, photos=photos, pages=1)
    painted = book.pages[-1].pictures[0]
    assert painted.origin == "generated" and painted.decision is not None and painted.decision["retrieve"] > 0.9
    assert painted.reason is not None and "at least 1.00 is wanted" in painted.reason
    assert painted.reason in (folder / "book.json").read_text("utf-8")
    _, book, _ = tell(model=with_decision(gill, "generate"), photos=photos, pages=1)
    assert book.pages[-1].pictures[0].reason is None


def test_where_no_photo_can_be_opened_the_page_is_painted(tell: Tell, gill: Gill, photos: Path) -> None:
    """A disk that has been unplugged: the index knows its photos, and the place of the disk is empty."""
    PhotoLibrary(gill.bundle, gill).update([photos])
    for photo in photos.iterdir():
        photo.unlink()
    _, book, notes = tell(model=with_decision(gill, "retrieve"), photos=photos, pages=1)
    painted = book.pages[-1].pictures[0]
    assert (painted.origin, painted.reason) == ("generated", "no photo that shows it can be opened")
    assert any("cannot be shown" in warning for warning in notes.warnings)


def test_where_photos_lie_stays_at_home(tell: Tell, photos: Path) -> None:
    folder, _, _ = tell(pictures="retrieve", photos=photos)
    assert str(photos) not in (folder / "book.json").read_text()


def test_painted_pictures_are_what_the_model_reads_back(tell: Tell, gill: Gill) -> None:
    folder, book, _ = tell()
    with Image.open(folder / book.pages[2].pictures[0].file) as picture:
        assert np.asarray(picture).shape == (32, 32, 3)


@pytest.mark.parametrize(
    ("mode", "retrieve", "paint", "way"),
    [
        ("auto", True, True, "retrieve"),
        ("auto", False, True, "generate"),
        ("auto", True, False, "retrieve"),
        ("auto", False, False, None),
        ("generate", True, True, "generate"),
        ("retrieve", False, True, None),
    ],
)
def test_the_decision(mode: str, retrieve: bool, paint: bool, way: str | None) -> None:
    assert choose(mode, {"generate": 0.4, "retrieve": 0.6}, retrieve, paint) == way  # type: ignore[arg-type]
    if mode == "auto" and retrieve and paint:
        assert choose("auto", {"generate": 0.6, "retrieve": 0.4}, True, True) == "generate"


def test_what_a_photo_is_called() -> None:
    names = {"red-panda.jpg": "photo: red panda", "Old_Castle 2.JPG": "photo: Old Castle", "IMG_2034.jpg": "a photo"}
    assert {name: called(Path(name)) for name in names} == names


def test_whom_to_thank(tmp_path: Path) -> None:
    assert attribution(EXAMPLES / "red-panda.jpg") == "Red Panda (30324056733), Mathias Appel, CC0 1.0"
    assert attribution(EXAMPLES / "dog.jpg") == "German-shepherd-4040871920. (2), Hans Kemperman, public domain"
    assert attribution(EXAMPLES / "unknown.jpg") is None and attribution(tmp_path / "dog.jpg") is None

"""What a person changed in a book's story.md, understood: each page there finds the page that it was.

In: the book as its book.json has it, and the story as it stands in story.md now. Out: the book as story.md tells it.
What was not changed keeps its pictures and their provenance, wherever it stands now; a page whose text was changed is
`pending`: its picture is to be made again. A picture whose file was replaced is a new one, of the author's. No model is
needed for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path

from gillstory.book.book import Book, Page, Picture
from gillstory.book.folder import BOOK, STORY, BookFolder
from gillstory.errors import BookError, PictureError
from gillstory.story import (
    CastMember,
    PictureLink,
    Settings,
    Story,
    StoryPage,
    StoryPicture,
    front_matter_moved,
    parse_story,
    read_story,
    to_markdown,
    with_links,
    with_picture,
)
from gillstory.storyteller.wishes import wishes

ALIKE = 0.5  # the share of two texts that is the same, from which on they are one page, changed
DROPPED = "dropped"  # in a book's `model`: how many of the model's pages were thrown away
REPLACED = "replaced"  # in a book's `model`: files that a person put in the place of pictures; they are left alone
SHOWN = "shown"  # in a book's `model`: the photos that its pictures show


def story_file(path: Path) -> Path:
    """The story that is meant: a book's folder means its story.md."""
    return path / STORY if (path / BOOK).is_file() else path


@contextmanager
def held_book(path: Path) -> Iterator[tuple[BookFolder, Book, Story]]:
    """Hold the book in a folder, as its story.md tells it.

    Raises
    ------
    BookError : there is none, or as `BookFolder.lock` and `edited_book`.
    StoryError : as `edited_book`.
    """
    if not path.is_dir():
        remedy = "A book is a folder, made by: gillstory continue STORY"
        raise BookError("there is no such book", file=path, remedy=remedy)
    folder = BookFolder(path)
    with folder.lock():
        told = edited_book(folder)
        if told is None:
            raise BookError("not a book: it has no book.json", file=path, remedy="Name a folder that gillstory made")
        yield folder, *told


def edited_book(folder: BookFolder) -> tuple[Book, Story] | None:
    """Give a book as its story.md tells it, and that story; what a person changed is saved as understood.

    None when there is no book in the folder, which has to be locked.

    Raises
    ------
    BookError : the book is damaged or cannot be written.
    StoryError : story.md cannot be read, or names a picture that is not there.
    """
    book = folder.load()
    if book is None:
        return None
    folder.finish_saving(book)
    file = folder.path / STORY
    if not file.exists():
        book = folder.save_with_story(book, _written(book, folder))
    story = read_story(file)
    if story.sha256 == book.story_hash and all(map(folder.holds, book.pictures)):
        return book, story
    return told_anew(folder, book, story)


def as_told(folder: BookFolder, book: Book) -> tuple[Book, Story]:
    """Give a book as its story.md tells it, and that story; nothing is written, so that new pictures are left out.

    Raises
    ------
    StoryError : story.md cannot be read, or names a picture that is not there.
    """
    story = read_story(folder.path / STORY)
    if story.sha256 != book.story_hash:
        known = {picture.file: picture for picture in book.pictures if folder.holds(picture)}
        book = _told(book, story, known, folder.path)
    return book, story


def told_anew(folder: BookFolder, book: Book, source: Story) -> tuple[Book, Story]:
    """Make a book tell a story, its own story.md or that from which it is made, and save both.

    Pictures that are not the book's yet are copied into it.
    """
    newcomers = _Newcomers(folder, book, source)
    markdown = newcomers.markdown()
    story = parse_story(markdown.encode(errors="replace"), folder.path / STORY)
    book = replace(book, warnings=(*book.warnings, *newcomers.warnings))
    book = _told(book, story, newcomers.pictures, folder.path)
    model = {**book.model, SHOWN: {**book.model.get(SHOWN, {}), **newcomers.shown}}
    if newcomers.replaced:
        model[REPLACED] = [*book.model.get(REPLACED, ()), *newcomers.replaced]
    # A picture that cannot be shown costs that picture: none is made instead.
    pages = tuple(replace(page, pending=page.pending and page.number not in newcomers.failed) for page in book.pages)
    book = replace(book, model=model, pages=pages)
    return folder.save_with_story(book, markdown), story


def with_story(book: Book, story: Story, pictures: Mapping[str, Picture], folder: Path) -> Book:
    """The book with the pages of a story that has as many or more, in the same order, as they stand there.

    Parameters
    ----------
    pictures : by the name of their file; those of the book are known.
    """
    known = {picture.file: picture for picture in book.pictures} | dict(pictures)
    pages = [*book.pages, *(Page(0, (), author=False) for _ in story.pages[len(book.pages) :])]
    return replace(
        book,
        pages=tuple(
            replace(page, number=number, heading=written.heading, blocks=_blocks(written, known, folder))
            for number, (page, written) in enumerate(zip(pages, story.pages, strict=True), 1)
        ),
    )


def place_picture(
    folder: BookFolder, book: Book, story: Story, number: int, picture: Picture, attributes: Mapping[str, str]
) -> tuple[Book, Story]:
    """Give a page a picture, instead of the one that was painted or found for it, if there is one; both are saved.

    Parameters
    ----------
    attributes : what stands in braces behind it in story.md.
    """
    page = book.pages[number - 1]
    old = made_by_us(page)
    if old is not None and old.own_alt and old.origin == picture.origin == "generated":
        picture = replace(picture, alt=old.alt, own_alt=True)  # it is of the same scene
    link = PictureLink(picture.alt, picture.file, attributes)
    if old is None:
        markdown = with_picture(story, number - 1, link)
    else:
        markdown = with_links(story, [(written_picture(story, number, old, folder.path), link)])
    story = parse_story(markdown.encode(errors="replace"), folder.path / STORY)
    pages = tuple(replace(other, pending=other.pending and other is not page) for other in book.pages)
    book = with_story(replace(book, pages=pages), story, {picture.file: picture}, folder.path)
    return folder.save_with_story(book, markdown), story


def written_picture(story: Story, number: int, picture: Picture, folder: Path) -> StoryPicture:
    """Where a picture of a page stands in story.md."""
    turns = story.pages[number - 1].turns
    return next(t for t in turns if isinstance(t, StoryPicture) and _file_of(t, folder) == picture.file)


def made_by_us(page: Page) -> Picture | None:
    """The page's last picture that was painted or found, not the author's."""
    return next((picture for picture in reversed(page.pictures) if picture.origin != "author"), None)


def free_name(page: int, book: Book, taken: Iterable[str] = ()) -> str:
    """A name for a page's picture, without its ending, that none of a book's files has, nor these: "page-03"."""
    files = (*(picture.file for picture in book.pictures), *book.model.get(REPLACED, ()), *taken)
    stems = {Path(file).stem for file in files}
    names = (f"page-{page:02}" + (f"-{number}" if number > 1 else "") for number in range(1, len(stems) + 2))
    return next(name for name in names if name not in stems)


def text_of(page: Page) -> str:
    """All texts of a page."""
    return "\n\n".join(block for block in page.blocks if isinstance(block, str))


class _Newcomers:
    """Copies the pictures of a story that are not the book's yet into the book.

    Attributes
    ----------
    pictures : all that the book has then, by the name of their file.
    shown : the SHA-256 of those that are new, by the name of their file.
    replaced : the files of pictures of the book in whose place a person has put others.
    failed : the pages on which one cannot be shown; `warnings` say why.
    """

    def __init__(self, folder: BookFolder, book: Book, source: Story) -> None:
        self.folder, self.book, self.source = folder, book, source
        self.at_home = (folder.path / STORY).resolve() == source.file.resolve()
        self.replaced = [picture.file for picture in book.pictures if not folder.holds(picture)]
        self.pictures = {picture.file: picture for picture in book.pictures if picture.file not in self.replaced}
        self.shown: dict[str, str] = {}
        self.failed: set[int] = set()
        self.warnings: list[str] = []

    def markdown(self) -> str:
        """Copy the pictures; give the story's text in which they are those of the book."""
        source = self.source
        links = [pair for number, page in enumerate(source.pages, 1) for pair in self._links(number, page)]
        if self.at_home:
            return with_links(source, links)
        settings = replace(source.settings, cast=tuple(self._cast()))
        if source.body:
            return with_links(replace(source, top=front_matter_moved(source, settings, self.folder.path)), links)
        instead = {id(picture): link for picture, link in links}
        pages = [
            [link for turn in page.turns if (link := turn if isinstance(turn, str) else instead[id(turn)]) is not None]
            for page in source.pages
        ]
        return to_markdown(settings, pages, self.folder.path)

    def _links(self, number: int, page: StoryPage) -> Iterator[tuple[StoryPicture, PictureLink | None]]:
        for turn in page.turns:
            if isinstance(turn, str) or (self.at_home and _file_of(turn, self.folder.path) in self.pictures):
                continue
            try:
                picture = self._copied(turn.path, free_name(number, self.book, self.pictures), turn.alt)
            except PictureError as error:
                self.warnings.append(f"page {number}: the picture {turn.path.name} cannot be shown: {error.message}")
                self.failed.add(number)
                if not self.at_home:  # where the book lies there is no such file
                    yield turn, None
                continue
            self.pictures[picture.file] = picture
            yield turn, PictureLink(turn.alt, picture.file, turn.attributes)

    def _cast(self) -> Iterator[CastMember]:
        for number, member in enumerate(self.source.settings.cast, 1):
            if member.picture is not None:
                try:
                    picture = self._copied(member.picture, f"cast-{number}", member.name)
                    member = replace(member, picture=self.folder.path.resolve() / picture.file)
                except PictureError as error:
                    self.warnings.append(f"the picture of {member.name} cannot be read: {error.message}")
                    member = replace(member, picture=None)
            yield member

    def _copied(self, path: Path, name: str, alt: str) -> Picture:
        # Most stories bring no new picture: they need none of the libraries that photos need.
        from gillstory.photos.decode import open_picture
        from gillstory.storyteller.photos import attribution, sha256_of

        photo = sha256_of(path)
        picture = replace(
            self.folder.save_picture(name, open_picture(path), "author", alt), attribution=attribution(path)
        )
        self.shown[picture.file] = photo
        return picture


def _told(book: Book, story: Story, pictures: Mapping[str, Picture], folder: Path) -> Book:
    """The book with the pages of its story.md, each with what is known of the page that it was."""
    written = [_blocks(page, pictures, folder) for page in story.pages]
    before = _matched(book.pages, written)
    pages = tuple(
        _page(number, page, blocks, old, folder)
        for number, (page, blocks, old) in enumerate(zip(story.pages, written, before, strict=True), 1)
    )
    kept = {old.number for old in before if old is not None}
    dropped = sum(not old.author for old in book.pages if old.number not in kept)
    model = dict(book.model)
    if dropped:
        model[DROPPED] = model.get(DROPPED, 0) + dropped
    settings = story.settings
    title = story.own_title or book.title
    return replace(book, title=title, author=settings.author, lang=settings.lang, pages=pages, model=model)


def _page(number: int, written: StoryPage, blocks: tuple[str | Picture, ...], old: Page | None, folder: Path) -> Page:
    page = Page(number, blocks, author=True, heading=written.heading)
    if old is None:
        return replace(page, pending=not page.pictures)
    changed = _words(text_of(page)) != _words(text_of(old))
    ours = made_by_us(page)
    stale = ours is not None and changed and ours.file in {picture.file for picture in old.pictures}
    stale = stale or (ours is not None and _asks_for_another(written, ours, folder))
    waiting = old.pending and (ours is not None or len(page.pictures) <= len(old.pictures))
    return replace(page, author=old.author or changed, pending=stale or waiting)


def _asks_for_another(written: StoryPage, picture: Picture, folder: Path) -> bool:
    """Whether the braces behind a painted picture ask for other settings than it was painted with."""
    if picture.origin != "generated":
        return False
    turns = [t for t in written.turns if isinstance(t, StoryPicture) and _file_of(t, folder) == picture.file]
    asked = wishes(turns[-1].attributes)
    return any(value != getattr(picture, name) for name, value in asked.items())


def _matched(pages: Sequence[Page], written: Sequence[tuple[str | Picture, ...]]) -> list[Page | None]:
    """For each page of a story the page of the book that it was: the same text, the same picture, or a text like it."""
    left = list(pages)
    found: list[Page | None] = [None] * len(written)
    texts = [_words("\n\n".join(block for block in blocks if isinstance(block, str))) for blocks in written]
    files = [{block.file for block in blocks if isinstance(block, Picture)} for blocks in written]

    def same_text(number: int, page: Page) -> float:
        return float(_words(text_of(page)) == texts[number])

    def same_picture(number: int, page: Page) -> float:
        return float(bool(files[number] & {picture.file for picture in page.pictures}))

    def likeness(number: int, page: Page) -> float:
        return SequenceMatcher(None, _words(text_of(page)).split(), texts[number].split(), autojunk=False).ratio()

    for measure, least in ((same_text, 1.0), (same_picture, 1.0), (likeness, ALIKE)):
        for number in range(len(written)):
            if found[number] is None and left:
                best = max(left, key=lambda page: measure(number, page))  # noqa: B023
                if measure(number, best) >= least:
                    found[number] = best
                    left.remove(best)
    return found


def _blocks(page: StoryPage, pictures: Mapping[str, Picture], folder: Path) -> tuple[str | Picture, ...]:
    blocks: list[str | Picture] = []
    for turn in page.turns:
        if isinstance(turn, str):
            blocks.append(turn)
        elif (picture := pictures.get(_file_of(turn, folder))) is not None:
            blocks.append(replace(picture, alt=turn.alt, own_alt=picture.own_alt or turn.alt != picture.alt))
    return tuple(blocks)


def _file_of(picture: StoryPicture, folder: Path) -> str:
    """A picture's file as a book names it; empty when it is not in the book's folder."""
    folder = folder.resolve()
    return picture.path.relative_to(folder).as_posix() if picture.path.is_relative_to(folder) else ""


def _words(text: str) -> str:
    """A text without what a new line width changes in it."""
    return " ".join(text.split())


def _written(book: Book, folder: BookFolder) -> str:
    """The story.md of a book that has lost it."""
    pages = [
        [block if isinstance(block, str) else PictureLink(block.alt, block.file) for block in page.blocks]
        for page in book.pages
    ]
    if not any(pages):
        raise BookError("the book has no pages", file=folder.path, remedy="Make it anew with: gillstory continue STORY")
    return to_markdown(Settings(book.title, book.author, book.lang), pages, folder.path)

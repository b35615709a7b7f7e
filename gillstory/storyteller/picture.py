"""A page's picture: what the model says at an image slot in, a photo found or a picture painted out.

The decision comes first: nothing is painted unless the decision is to paint. A picture that cannot be read or painted
costs that picture, not the run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch

from gillstory.book.book import Picture
from gillstory.book.folder import BookFolder
from gillstory.bundle import PaintingSettings
from gillstory.errors import PictureError
from gillstory.gill.enlarging import enlarge
from gillstory.gill.model import Gill
from gillstory.gill.session import ImageSlot
from gillstory.photos.decode import open_picture
from gillstory.photos.find import Match, Wanted
from gillstory.photos.index import PhotoIndex
from gillstory.storyteller.options import Pictures
from gillstory.storyteller.painting import Commission, Work
from gillstory.storyteller.photos import attribution, called

Way = Literal["retrieve", "generate"]
CHOICE = 5  # photos to try, the most similar first, if one cannot be read


@dataclass(frozen=True)
class Shown:
    """A picture of the book, and the SHA-256 of the photo that it shows, if it shows one."""

    picture: Picture
    photo: str | None = None


@dataclass(frozen=True)
class Illustrator:
    """Finds and paints the pictures of one book.

    Attributes
    ----------
    mode : which pictures are wanted.
    index : of photos; None: there are none.
    wanted : which of them may be shown.
    warn : is told what did not work out.
    painting : how pictures are painted.
    """

    gill: Gill
    folder: BookFolder
    mode: Pictures
    index: PhotoIndex | None
    wanted: Wanted
    warn: Callable[[str], None]
    painting: PaintingSettings

    def illustrate(
        self, slot: ImageSlot, name: str, alt: str, seed: int, shown: Sequence[str], page: int
    ) -> Work[Shown | None]:
        """Find or paint a page's picture and save it; None when there can be none.

        Parameters
        ----------
        slot : what the model says.
        name : of the picture's file, without its ending.
        alt : what a painted picture shows.
        seed : of the painting.
        shown : SHA-256 of the photos that the book shows already.
        """
        matches: list[Match] = []
        if self.index is not None:
            wanted = replace(self.wanted, without=[*self.wanted.without, *shown])
            matches = self.index.search(slot.query, CHOICE, wanted)
        reason, can_paint = self._no_photo(matches), self.gill.bundle.painter is not None
        way = choose(self.mode, slot.decision, reason is None, can_paint)
        if way == "retrieve":
            found = self._retrieve(slot, name, matches, page)
            if found is not None:
                return found
            reason = "no photo that shows it can be opened"
            way = choose(self.mode, slot.decision, False, can_paint)
        if way == "generate":
            preferred = choose(self.mode, slot.decision, True, True)
            return (yield from self._paint(slot, name, alt, seed, page, None if preferred == "generate" else reason))
        no_painter = "" if self.mode == "retrieve" else ", and the model has no painter"
        self.warn(f"page {page}: no picture: {reason}{no_painter}")
        return None

    def _retrieve(self, slot: ImageSlot, name: str, matches: Sequence[Match], page: int) -> Shown | None:
        for match in filter(self._fits, matches):
            try:
                saved = self.folder.save_picture(name, open_picture(match.path), "retrieved", called(match.path))
            except PictureError as error:
                self.warn(f"page {page}: the photo {match.path.name} cannot be shown: {error.message}")
                continue
            picture = replace(
                saved,
                photo=match.path.name,
                similarity=match.similarity,
                decision=dict(slot.decision),
                attribution=attribution(match.path),
            )
            return Shown(picture, match.sha256)
        return None

    def _paint(
        self, slot: ImageSlot, name: str, alt: str, seed: int, page: int, reason: str | None
    ) -> Work[Shown | None]:
        painting = self.painting
        try:
            image = yield Commission(slot.condition, seed, painting.steps, painting.guidance_scale)
            saved = self.folder.save_picture(name, enlarge(image, painting.enlarge), "generated", alt)
        except (PictureError, torch.OutOfMemoryError) as error:
            self.warn(f"page {page}: the picture could not be painted: {str(error).splitlines()[0]}")
            return None
        picture = replace(
            saved,
            decision=dict(slot.decision),
            seed=seed,
            steps=painting.steps,
            guidance_scale=painting.guidance_scale,
            reason=reason,
        )
        return Shown(picture)

    def _no_photo(self, matches: Sequence[Match]) -> str | None:
        """Why no photo can be shown; None when one can."""
        if self.index is None:
            return "there are no photos"
        if not matches:
            return "no photo is left that may be shown"
        if not self._fits(matches[0]):
            least, best = self.gill.bundle.photos.story, matches[0].similarity
            return f"no photo shows it: the nearest has a similarity of {best:.2f}, at least {least:.2f} is wanted"
        return None

    def _fits(self, match: Match) -> bool:
        """Whether a photo may be shown. Who wants photos only gets the nearest, however far."""
        return self.mode != "auto" or match.similarity >= self.gill.bundle.photos.story


def choose(mode: Pictures, decision: Mapping[str, float], can_retrieve: bool, can_paint: bool) -> Way | None:
    """Whether to look for a photo or to paint: in the mode "auto" what the model finds better, if it is possible."""
    ways: list[Way] = ["generate", "retrieve"]
    if mode == "auto":
        ways.sort(key=lambda way: -decision[way])
    else:
        ways = [way for way in ways if way == mode]
    possible = {"retrieve": can_retrieve, "generate": can_paint}
    return next((way for way in ways if possible[way]), None)

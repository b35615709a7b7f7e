"""The user's photos as a model sees them: their index, brought up to date and searched by words or by a picture.

Looking at photos takes the image encoder and one matrix; the language model is only loaded to search for words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors import safe_open

from gillstory.bundle import Bundle, data_folder
from gillstory.errors import PictureError
from gillstory.gill.device import choose_device, choose_dtype
from gillstory.gill.encoder import Encoder
from gillstory.gill.model import Gill
from gillstory.photos.decode import read_picture
from gillstory.photos.find import EVERY_PHOTO, Match, Wanted
from gillstory.photos.index import IndexReport, PhotoIndex, Progress
from gillstory.photos.table import Floats, Space

AS_A_STORY = "A photo of {words}."  # models learn to look for pictures from sentences; bare words they hardly place
SHORT = 16  # digits of a hash that tell one from another


class PhotoLibrary:
    """The photos that a bundle's encoder has looked at.

    Parameters
    ----------
    gill : the bundle's model, if it is loaded already.
    """

    def __init__(self, bundle: Bundle, gill: Gill | None = None) -> None:
        self.bundle = bundle
        self._loaded = gill

    @cached_property
    def index(self) -> PhotoIndex:
        """The index of the photos; another encoder has another one.

        Raises
        ------
        PhotoIndexError : it cannot be opened or made.
        """
        space = self._space
        return PhotoIndex.open(data_folder() / "photos" / f"{self.bundle.name}-{space.encoder}", space)

    def update(self, folders: Sequence[Path], progress: Progress | None = None) -> IndexReport:
        """Look at what is new in folders of photos; raises as `PhotoIndex.update` does."""
        return self.index.update(folders, self._pooled, progress, self.bundle.photos.alike)

    def search(self, words: str, limit: int, wanted: Wanted = EVERY_PHOTO) -> list[Match]:
        """Find photos that look like what words say, or whose names, captions or keywords have these words."""
        session = self._gill.session()
        session.read([AS_A_STORY.format(words=words)])
        # Half of twice as many have the words, whatever those look like that do not and are left out.
        found = self.index.search(session.image().query, 2 * limit, wanted, words)
        return [match for match in found if match.by_words or match.similarity >= self.bundle.photos.search][:limit]

    def search_alike(self, picture: Path, limit: int, wanted: Wanted = EVERY_PHOTO) -> list[Match]:
        """Find photos that look like a picture.

        Raises
        ------
        PictureError : it cannot be read.
        """
        found = self.index.search_alike(self._pooled([read_picture(picture)])[0], limit, wanted)
        return [match for match in found if match.similarity >= self.bundle.photos.picture]

    def alike(self, pictures: Sequence[Path]) -> list[str]:
        """The SHA-256 of photos that look so much like some pictures that a book should not show both."""
        found = list[str]()
        for picture in pictures:
            try:
                pooled = self._pooled([read_picture(picture)])[0]
            except PictureError:
                continue  # nobody sees it in the book either
            nearest = self.index.search_alike(pooled, 1)
            found += [match.sha256 for match in nearest if match.similarity >= self.bundle.photos.alike]
        return found

    @cached_property
    def _gill(self) -> Gill:
        return self._loaded or Gill.load(self.bundle)

    @cached_property
    def _encoder(self) -> Encoder:
        if self._loaded is not None:
            return self._loaded.encoder
        device = choose_device(None)
        return Encoder.load(self.bundle.locate(self.bundle.encoder), device, choose_dtype(device, None))

    def _pooled(self, pictures: Sequence[Image.Image]) -> Floats:
        return self._encoder.pooled(pictures).cpu().numpy()

    @cached_property
    def _space(self) -> Space:
        with safe_open(self.bundle.locate(self.bundle.adapters), framework="pt") as adapters:
            weight, bias = (
                adapters.get_tensor(f"retrieval_picture.{name}").float().numpy() for name in ("weight", "bias")
            )

        def project(pooled: Floats) -> Floats:
            """(N, width) -> (N, dimensions), unit length."""
            rows = pooled @ weight.T + bias
            return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)

        return Space(self._hash("encoder"), weight.shape[1], self._hash("adapters"), weight.shape[0], project)

    def _hash(self, role: str) -> str:
        """One short number for the weights of a part."""
        return hashlib.sha256(" ".join(self.bundle.hashes(role).values()).encode()).hexdigest()[:SHORT]

"""GILL: turns of text and pictures in; text, image slots and painted pictures out.

`Gill` joins the frozen models of a bundle with its adapters. Painting runs only when `paint` is called: whoever holds
an image slot looks at its decision first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import ArrayLike
from PIL import Image

from gillstory.bundle import Bundle
from gillstory.errors import GillstoryError, PictureError
from gillstory.gill.adapters import Adapters
from gillstory.gill.device import choose_device, choose_dtype
from gillstory.gill.encoder import Encoder
from gillstory.gill.language import Language, load_language_model
from gillstory.gill.painter import Painter
from gillstory.gill.sampling import Sampling, generator_from
from gillstory.gill.session import PICTURE, ImageSlot, Session, Turn, placed

ROWS = 128  # positions whose logits are held at once when scoring


@dataclass(frozen=True)
class Reply:
    """What the model answers.

    Attributes
    ----------
    text : up to the first line break, without [IMG] tokens.
    token_ids : all generated ids, the [IMG] tokens included.
    images : the image slots among them, in order.
    """

    text: str
    token_ids: list[int]
    images: tuple[ImageSlot, ...]


class Gill:
    """A bundle's models, loaded; see `gillstory.load`.

    Attributes
    ----------
    bundle, language, encoder, adapters : the parts.
    painter : loaded when first used; None if the bundle has none.
    """

    def __init__(self, bundle: Bundle, language: Language, encoder: Encoder, adapters: Adapters) -> None:
        self.bundle, self.language, self.encoder, self.adapters = bundle, language, encoder, adapters

    @classmethod
    def load(
        cls, bundle: Bundle, device: str | torch.device | None = None, dtype: str | torch.dtype | None = None
    ) -> Gill:
        """Load a bundle's parts, the painter excepted; parameters and errors as for `gillstory.load`."""
        bundle.require()
        where = choose_device(device)
        encoder = Encoder.load(bundle.locate(bundle.encoder), where, choose_dtype(where, dtype))
        model, tokenizer = load_language_model(bundle.locate(bundle.language_model), where, dtype)
        hidden = model.get_input_embeddings().embedding_dim
        adapters = Adapters.load(bundle.locate(bundle.adapters), bundle.sizes, hidden, encoder.width).to(where)
        language = Language(model, tokenizer, adapters.image_embeddings, bundle.language)
        return cls(bundle, language, encoder, adapters)

    @cached_property
    def painter(self) -> Painter | None:
        """The painter; None if the bundle has none."""
        if self.bundle.painter is None:
            return None
        device = self.language.device
        dtype = torch.float32 if device.type == "cpu" else self.language.dtype
        return Painter.load(self.bundle.locate(self.bundle.painter), self.bundle.painting, device, dtype)

    def session(self) -> Session:
        """A new session, which has read nothing."""
        return Session(self.language, self.encoder, self.adapters, self.bundle.writing)

    def reply(
        self,
        turns: Sequence[Turn],
        max_new_tokens: int = 32,
        min_new_tokens: int = 0,
        image_factor: float = 1.0,
        max_images: int | None = None,
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int | None = None,
    ) -> Reply:
        """Go on from turns of text and pictures until a line break, the end of the text or the last picture.

        Parameters
        ----------
        turns : str and PIL.Image.Image, in any order.
        max_new_tokens, min_new_tokens : decoding steps (all [IMG] tokens together are one); no picture and no end
            before `min_new_tokens`.
        image_factor : above 1 makes pictures likelier: the logit of [IMG0] becomes its absolute value times this.
        max_images : the reply ends with this picture; 0 allows none, None any number.
        temperature, top_p, seed : 0 takes the likeliest token; else sampling, the same again with the same seed.

        Raises
        ------
        GillstoryError : the turns, or the reply, do not fit into the context.
        """
        session = self.session()
        session.read(turns)
        start = session.length
        slots = session.decode(
            max_new_tokens,
            min_new_tokens,
            Sampling(temperature, top_p),
            generator_from(seed),
            image_factor,
            max_images,
            stop=lambda text: "\n" in text.lstrip("\n"),
        )
        text = session.text_since(start).lstrip("\n").partition("\n")[0]
        return Reply(text, session.token_ids[start:], tuple(placed(slot, start) for slot in slots))

    @torch.inference_mode()
    def embed_pictures(self, pictures: Sequence[Image.Image]) -> np.ndarray:
        """Pictures in the space of `ImageSlot.query`: (N, retrieval), unit length, float32."""
        return self.adapters.retrieval_picture(self.encoder.pooled(pictures)).cpu().numpy()

    @torch.inference_mode()
    def score(self, turns: Sequence[Turn]) -> float:
        """Mean log-likelihood of the text tokens in the turns; pictures are only looked at.

        Raises
        ------
        GillstoryError : there is no text token with something before it, or the turns do not fit into the context.
        """
        session = self.session()
        session.read(turns)
        states = session.states[:-1]
        targets = torch.tensor(session.token_ids[1:], device=states.device)
        states, targets = states[targets != PICTURE], targets[targets != PICTURE]
        if not len(targets):
            raise GillstoryError("there is no text to score", remedy="Give at least two tokens of text")
        total = 0.0
        for rows, ids in zip(states.split(ROWS), targets.split(ROWS), strict=True):
            total += float(self.language.logits(rows).log_softmax(dim=-1).gather(1, ids[:, None]).sum())
        return total / len(targets)

    def paint(
        self,
        condition: ArrayLike | torch.Tensor,
        seed: int | None = None,
        steps: int | None = None,
        guidance_scale: float | None = None,
    ) -> Image.Image:
        """Paint a picture from an image slot's condition.

        Parameters
        ----------
        condition : (n_cond, width).
        seed : the same again gives the same picture; None is different every time.
        steps, guidance_scale : the bundle's when None.

        Raises
        ------
        PictureError : the bundle has no painter, or the condition's shape is not the painter's.
        """
        return self.paint_batch([condition], [seed], steps, guidance_scale)[0]

    def paint_batch(
        self,
        conditions: Sequence[ArrayLike | torch.Tensor],
        seeds: Sequence[int | None],
        steps: int | None = None,
        guidance_scale: float | None = None,
        on_step: Callable[[int, int], None] = lambda step, steps: None,
    ) -> list[Image.Image]:
        """Paint pictures together, which makes better use of a GPU; each is, up to rounding, what `paint` gives.

        Parameters and errors are those of `paint`, and

        on_step : is told how many denoising steps of how many are done.
        """
        if self.painter is None:
            raise PictureError(f"the bundle '{self.bundle.name}' has no painter", remedy="Its pictures are retrieved")
        tensors = [torch.as_tensor(condition) for condition in conditions]
        return self.painter.paint_batch(tensors, seeds, steps, guidance_scale, on_step)

"""A story read and written turn by turn: text and pictures in, text and image slots out, nothing computed twice.

A session keeps keys and values of all that it has read and written, so a page costs the same however long the story
is, and what was written can be taken back.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from gillstory.bundle import WritingSettings
from gillstory.errors import GillstoryError
from gillstory.gill.adapters import DECISIONS, Adapters
from gillstory.gill.cache import fork_cache, new_cache
from gillstory.gill.encoder import Encoder
from gillstory.gill.language import Language
from gillstory.gill.sampling import REMEMBERED, Sampling, generator_from

Turn = str | Image.Image
PICTURE = -1  # stands where an input vector of a picture has no token id
BOUNDARY = 8  # tokens of what came before that a new text is decoded with, for its leading space
UNFINISHED = "\ufffd"  # a character whose last bytes are not written yet


@dataclass(frozen=True)
class ImageSlot:
    """A place where the model wants a picture, and all that it says about it; float32 arrays.

    Attributes
    ----------
    position : of [IMG0]: in a reply, among its token ids; in a session, among its positions.
    hidden : (n_img, hidden) the language model's last states at the [IMG] positions.
    query : (retrieval,) unit length, to compare with `Gill.embed_pictures`.
    condition : (n_cond, width) for `Gill.paint`.
    decision : probabilities of "generate" and "retrieve".
    """

    position: int
    hidden: np.ndarray
    query: np.ndarray
    condition: np.ndarray
    decision: dict[str, float]


class Session:
    """See the module; made by `Gill.session`.

    Attributes
    ----------
    length : positions read and written so far (tokens, and the vectors of pictures).
    context : how many there may be.
    """

    def __init__(self, language: Language, encoder: Encoder, adapters: Adapters, writing: WritingSettings) -> None:
        self.language, self.encoder, self.adapters, self.writing = language, encoder, adapters, writing
        self.token_ids: list[int] = []  # per position; PICTURE for a picture's vectors
        self._states: list[Tensor] = []  # per position, (hidden,)
        self._cache = new_cache(language.model.config)

    @property
    def length(self) -> int:
        """Positions read and written so far."""
        return len(self.token_ids)

    @property
    def context(self) -> int:
        """How many positions the language model can see."""
        return self.language.context

    @property
    def states(self) -> Tensor:
        """(length, hidden) last hidden states of all positions."""
        return torch.stack(self._states)

    @torch.inference_mode()
    def read(self, turns: Sequence[Turn]) -> None:
        """Read texts and pictures, in order; the session's first text gets the beginning-of-sequence token.

        Raises
        ------
        GillstoryError : they do not fit into the context; nothing was read.
        """
        for turn in turns:
            if not isinstance(turn, Turn):
                raise TypeError(f"a turn is a str or a PIL.Image.Image, not {type(turn).__name__}")
        language = self.language
        pictures = [turn for turn in turns if isinstance(turn, Image.Image)]
        prefixes = iter(self.adapters.prefix(self.encoder.pooled(pictures)).to(language.dtype))
        ids: list[int] = []
        vectors = []
        for turn in turns:
            if isinstance(turn, str):
                beginning = all(id == PICTURE for id in self.token_ids + ids)
                tokens = language.tokens(turn, beginning)
                vectors.append(language.embed(torch.tensor(tokens, dtype=torch.long, device=language.device)))
            else:
                vectors.append(next(prefixes))
                tokens = [PICTURE] * len(vectors[-1])
            ids += tokens
        if ids:
            self._feed(ids, torch.cat(vectors))

    @torch.inference_mode()
    def read_tokens(self, ids: Sequence[int]) -> None:
        """Read token ids as they are, [IMG] tokens included."""
        self._feed(list(ids), self.language.embed(torch.tensor(ids, dtype=torch.long, device=self.language.device)))

    def write(
        self,
        max_new_tokens: int,
        min_new_tokens: int = 0,
        temperature: float | None = None,
        top_p: float | None = None,
        seed: int | torch.Generator | None = None,
        repetition_penalty: float | None = None,
        stop: Callable[[str], bool] | None = None,
    ) -> str:
        """Go on with the text, never with a picture or a special token.

        Parameters
        ----------
        max_new_tokens, min_new_tokens : it may end by itself, or by `stop`, in between.
        temperature, top_p, repetition_penalty : the bundle's when None; temperature 0 takes the likeliest token.
        seed : a number, or a generator to go on with; None is different every time.
        stop : is given the text written so far, after each token; True ends it.

        Returns
        -------
        The text as it goes on from what was read, leading space included.

        Raises
        ------
        GillstoryError : the session is empty, or `max_new_tokens` more do not fit into the context.
        """
        asked = {"temperature": temperature, "top_p": top_p, "repetition_penalty": repetition_penalty}
        sampling = replace(self._sampling, **{name: value for name, value in asked.items() if value is not None})
        start = self.length
        self.decode(max_new_tokens, min_new_tokens, sampling, generator_from(seed), max_images=0, stop=stop)
        return self.text_since(start)

    @torch.inference_mode()
    def drafts(
        self,
        max_new_tokens: int,
        temperatures: Sequence[float],
        generator: torch.Generator,
        stop: Callable[[str], bool],
    ) -> list[str]:
        """Ways in which the text may go on, one for each temperature, written side by side; nothing of them is kept.

        A token of four drafts takes about 1.7 times as long as a token of one: the weights are read once for all.

        Parameters
        ----------
        max_new_tokens : each may end by itself, or by `stop`, earlier.
        stop : is given a draft after each token; True ends it.

        Raises
        ------
        GillstoryError : the session is empty, or `max_new_tokens` more do not fit into the context.
        """
        language, start, rows = self.language, self.length, range(len(temperatures))
        self._require_beginning()
        self._require_room(max_new_tokens)
        samplings = [replace(self._sampling, temperature=temperature) for temperature in temperatures]
        before = self.token_ids[max(0, start - REMEMBERED) :]
        drafts: list[list[int]] = [[] for _ in rows]
        cache = fork_cache(self._cache)
        cache.batch_repeat_interleave(len(rows))
        states = self._states[-1].expand(len(rows), -1)  # (rows, hidden)
        going = [*rows]
        for _ in range(max_new_tokens):
            logits = self._logits(states)
            logits[:, language.image_ids[0]] = -torch.inf
            kept = []
            for number, (row, scores) in enumerate(zip(going, logits, strict=True)):
                token = samplings[row].choose(scores, before + drafts[row], generator)
                if token in language.ends:
                    continue
                drafts[row].append(token)
                if not stop(self._text_behind(start, drafts[row])):
                    kept.append(number)
            if not kept:
                break
            if len(kept) < len(going):
                going = [going[number] for number in kept]
                cache.batch_select_indices(torch.tensor(kept, device=language.device))
            ids = torch.tensor([drafts[row][-1:] for row in going], device=language.device)
            states = language.forward(language.embed(ids), cache)[:, 0]
        return [self._text_behind(start, draft) for draft in drafts]

    @torch.inference_mode()
    def decode(
        self,
        max_new_tokens: int,
        min_new_tokens: int,
        sampling: Sampling,
        generator: torch.Generator,
        image_factor: float = 1.0,
        max_images: int | None = None,
        stop: Callable[[str], bool] | None = None,
    ) -> list[ImageSlot]:
        """Decode step by step; [IMG0] brings all [IMG] tokens at once, as one step (paper, section 3.3).

        Parameters
        ----------
        min_new_tokens : no end and no picture before that many steps.
        image_factor : above 1, the logit of [IMG0] becomes its absolute value times this.
        max_images : it ends with this picture; 0 allows none, None any number.

        Returns
        -------
        The image slots, with their positions in the session.

        Raises
        ------
        GillstoryError : the session is empty, or `max_new_tokens` more do not fit into the context.
        """
        language, start, slots = self.language, self.length, list[ImageSlot]()
        self._require_beginning()
        self._require_room(max_new_tokens)
        first = language.image_ids[0]
        for step in range(max_new_tokens):
            logits = self._logits(self._states[-1])
            if step < min_new_tokens or max_images == 0:
                logits[first] = -torch.inf
            elif image_factor > 1:
                logits[first] = logits[first].abs() * image_factor
            if step < min_new_tokens:
                logits[list(language.ends)] = -torch.inf
            token = sampling.choose(logits, self.token_ids, generator)
            if token in language.ends:
                break
            if token == first:
                slots.append(self.image())
                if len(slots) == max_images:
                    break
                continue
            self.read_tokens([token])
            if stop and step + 1 >= min_new_tokens and stop(self.text_since(start)):
                break
        return slots

    @torch.inference_mode()
    def image(self) -> ImageSlot:
        """Append the [IMG] tokens now, whatever the logits say, and return what the model says there."""
        position = self.length
        self.read_tokens(self.language.image_ids)
        states = torch.stack(self._states[position:])[None].float()  # (1, n_img, hidden)
        decision = self.adapters.decide(states)[0].softmax(dim=-1).tolist()
        return ImageSlot(
            position=position,
            hidden=states[0].cpu().numpy(),
            query=self.adapters.retrieval_query(states)[0].cpu().numpy(),
            condition=self.adapters.condition(states)[0].cpu().numpy(),
            decision=dict(zip(DECISIONS, decision, strict=True)),
        )

    def text_since(self, start: int) -> str:
        """The text of the positions from `start` on, as it goes on from the text before it."""
        return self._text_behind(start, self.token_ids[start:])

    def rewind(self, length: int) -> None:
        """Take back all behind the first `length` positions."""
        if not 0 <= length <= self.length:
            raise GillstoryError(f"a session of {self.length} positions cannot be rewound to {length}")
        self._cache.crop(length - self.length)
        del self.token_ids[length:], self._states[length:]

    def fork(self) -> Session:
        """A second session that has read the same; each then goes its own way."""
        other = copy.copy(self)
        other.token_ids, other._states, other._cache = [*self.token_ids], [*self._states], fork_cache(self._cache)
        return other

    @property
    def _sampling(self) -> Sampling:
        """The bundle's."""
        return Sampling(self.writing.temperature, self.writing.top_p, self.writing.repetition_penalty)

    def _logits(self, states: Tensor) -> Tensor:
        """Logits of what may come next, on the CPU: text and [IMG0], (..., hidden) -> (..., ids)."""
        logits = self.language.logits(states).cpu()
        logits[..., self.language.forbidden] = -torch.inf
        logits[..., self.language.image_ids[0] + 1 :] = -torch.inf
        return logits

    def _text_behind(self, start: int, ids: Sequence[int]) -> str:
        """The text of ids that stand at `start`, as it goes on from the text before it."""
        last = self.token_ids[max(0, start - BOUNDARY) : start]
        before = self.language.text(last).rstrip(UNFINISHED)
        return self.language.text([*last, *ids])[len(before) :].rstrip(UNFINISHED)

    def _require_beginning(self) -> None:
        if not self._states:
            raise GillstoryError("there is nothing to go on from", remedy="Read a text or a picture first")

    def _require_room(self, more: int) -> None:
        if self.length + more > self.context:
            message = f"{self.length} positions are read and {more} more do not fit: the model sees {self.context}"
            raise GillstoryError(message, remedy="Start a new session with the opening and the recent turns")

    def _feed(self, ids: list[int], vectors: Tensor) -> None:
        """Run input vectors (length, hidden) through the language model, behind what is there."""
        self._require_room(len(ids))
        states = self.language.forward(vectors[None], self._cache)[0]  # (length, hidden)
        self.token_ids += ids
        self._states += states.unbind()


def placed(slot: ImageSlot, start: int) -> ImageSlot:
    """The same slot with its position counted from `start`."""
    return replace(slot, position=slot.position - start)

"""A frozen causal language model that knows the [IMG] tokens: token ids in, hidden states and logits out.

The vocabulary is not resized: ids from `first_image_id` on are rows of the adapters' `image_embeddings`, which are
their input vectors and, as GILL ties them, their output rows too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from gillstory.bundle import LanguageSettings
from gillstory.errors import BundleError
from gillstory.gill.cache import GrowingLayer
from gillstory.gill.device import choose_dtype
from gillstory.gill.quiet import without_progress_bar


class Language:
    """A frozen causal language model, its tokenizer and the [IMG] tokens.

    Parameters
    ----------
    model, tokenizer : of transformers; the model is frozen here.
    image_embeddings : (n_img, hidden) the [IMG] rows; gradients reach them.
    settings : what else the bundle says about the prompt.

    Attributes
    ----------
    hidden_size : width of the input embeddings, and of the hidden states that the output layer reads.
    vocabulary : how many ids are text.
    image_ids : the ids of [IMG0], [IMG1], ...
    ends : ids that end a text; forbidden : ids that are never written.
    context : how many positions the model can see.

    Raises
    ------
    BundleError : the bundle's first_image_id lies among the text tokens.
    """

    def __init__(self, model: Any, tokenizer: Any, image_embeddings: nn.Parameter, settings: LanguageSettings) -> None:
        self.model = model.eval().requires_grad_(False)
        self.tokenizer = tokenizer
        self.image_embeddings = image_embeddings
        self.settings = settings
        embedding = self.model.get_input_embeddings()
        self.hidden_size: int = embedding.embedding_dim
        self.vocabulary: int = min(len(tokenizer), embedding.num_embeddings)  # rows behind it are padding
        first = settings.first_image_id if settings.first_image_id is not None else self.vocabulary
        if first < self.vocabulary:
            raise BundleError(f"first_image_id {first} is the id of a text token; there are {self.vocabulary}")
        self.image_ids = range(first, first + len(image_embeddings))
        self.ends = _end_ids(self.model, tokenizer)
        special = {id for id, token in tokenizer.added_tokens_decoder.items() if token.special and id < self.vocabulary}
        self.forbidden = [*sorted(special - self.ends), *range(self.vocabulary, first)]
        seen = getattr(self.model.config.get_text_config(decoder=True), "max_position_embeddings", settings.context)
        self.context: int = min(settings.context, seen)

    @property
    def device(self) -> torch.device:
        """Where the model computes."""
        return self.model.get_input_embeddings().weight.device

    @property
    def dtype(self) -> torch.dtype:
        """What the model computes in."""
        return self.model.get_input_embeddings().weight.dtype

    def tokens(self, text: str, beginning: bool = False) -> list[int]:
        """The ids of a text; `beginning` puts the beginning-of-sequence token first if the bundle asks for it."""
        ids: list[int] = self.tokenizer(text, add_special_tokens=False).input_ids
        begins = beginning and self.settings.beginning_of_sequence and self.tokenizer.bos_token_id is not None
        return [self.tokenizer.bos_token_id, *ids] if begins else ids

    def text(self, ids: list[int]) -> str:
        """The text of ids, without [IMG] tokens and special ones."""
        words = [id for id in ids if 0 <= id < self.vocabulary]
        return self.tokenizer.decode(words, skip_special_tokens=True, clean_up_tokenization_spaces=False)

    def embed(self, ids: Tensor) -> Tensor:
        """Input vectors of token ids, [IMG] tokens included: (batch, length) -> (batch, length, hidden)."""
        is_image = ids >= self.image_ids[0]
        vectors = self.model.get_input_embeddings()(ids.masked_fill(is_image, 0))
        rows = self.image_embeddings[(ids - self.image_ids[0]).clamp(min=0)]
        return torch.where(is_image[..., None], rows.to(vectors.dtype), vectors)

    def forward(self, vectors: Tensor, cache: Any = None, attention_mask: Tensor | None = None) -> Tensor:
        """Hidden states of the last layer, behind the final norm.

        Parameters
        ----------
        vectors : (batch, length, hidden) input vectors.
        cache : of transformers; the vectors go on from what it holds, and are added to it.
        attention_mask : (batch, past + length) 1 where there is something, for batches with padding.

        Returns
        -------
        (batch, length, hidden)
        """
        extra: dict[str, Any] = {"attention_mask": attention_mask}
        if cache is not None and attention_mask is None and vectors.shape[1] == 1 and self._masks_one:
            extra = self._mask_of_one(cache)
        body = self.model.base_model
        return body(
            inputs_embeds=vectors, past_key_values=cache, use_cache=cache is not None, **extra
        ).last_hidden_state

    @property
    def _masks_one(self) -> bool:
        """Whether a single vector is faster with a mask than without.

        On a CPU in 16 bits, attention whose heads share keys takes a slow path without one: with it, a token behind
        1,300 others takes 31 ms rather than 48 with SmolLM2-135M, and its cost hardly grows with the story.
        """
        config = self.model.config
        heads = getattr(config, "num_attention_heads", 1)
        shared = getattr(config, "num_key_value_heads", None) or heads
        return self.device.type == "cpu" and self.dtype != torch.float32 and shared < heads

    @staticmethod
    def _mask_of_one(cache: Any) -> dict[str, Tensor]:
        """The mask with which one vector sees all that came before, unless a layer sees only a window of it."""
        if not all(isinstance(layer, GrowingLayer) for layer in cache.layers):
            return {}
        past = cache.get_seq_length()
        return {
            "attention_mask": torch.ones(1, 1, 1, past + 1, dtype=torch.bool),
            "position_ids": torch.tensor([[past]]),
        }

    def logits(self, states: Tensor) -> Tensor:
        """Next-token logits, float32: (..., hidden) -> (..., image_ids.stop).

        Ids between the vocabulary and the first [IMG] token are never written, but they are there: the official
        model has `<|image|>` at that place, with the mean row that transformers gives to a new token.
        """
        head, first = self.model.get_output_embeddings(), self.image_ids[0]
        text = head(states)[..., :first]
        if text.shape[-1] < first:
            unnamed = (states @ head.weight.mean(dim=0))[..., None]
            text = torch.cat([text, unnamed.expand(*text.shape[:-1], first - text.shape[-1])], dim=-1)
        image = states @ self.image_embeddings.to(states.dtype).T
        return torch.cat([text, image], dim=-1).float()


def load_language_model(folder: Path, device: torch.device, dtype: str | torch.dtype | None = None) -> tuple[Any, Any]:
    """The causal language model and the tokenizer in a transformers folder, in the dtype of `choose_dtype`.

    Raises
    ------
    BundleError : it is not such a folder.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        stored = AutoConfig.from_pretrained(folder, local_files_only=True).dtype
        kind = choose_dtype(device, dtype, stored)
        with without_progress_bar():
            model = AutoModelForCausalLM.from_pretrained(folder, dtype=kind, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        message = f"not a language model that transformers can load: {str(error).splitlines()[0]}"
        raise BundleError(message, file=folder) from error
    return model.to(device).eval().requires_grad_(False), tokenizer


def _end_ids(model: Any, tokenizer: Any) -> frozenset[int]:
    """What ends a text: end-of-sequence tokens as the tokenizer and the model's configuration know them."""
    ends = {tokenizer.eos_token_id}
    for config in (model.config, getattr(model, "generation_config", None)):
        eos = getattr(config, "eos_token_id", None)
        ends |= set(eos if isinstance(eos, list) else [eos])
    return frozenset(id for id in ends if id is not None)

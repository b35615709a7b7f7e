"""Stories -> batches of prompts for the frozen language model, and what it makes of the [IMG] tokens behind them.

Keys and values of the stories are computed without a gradient; only the [IMG] positions are backpropagated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from transformers import DynamicCache

from gillstory.bundle import LanguageSettings, cache_folder
from gillstory.gill.language import Language, load_language_model
from gillstory.training.world.scene import Scene
from gillstory.training.world.stories import PAGE, WorldStory

LANGUAGE_MODEL = "smollm2-135m-instruct"
Picture = Scene | tuple[int, ...]  # a scene, or a photograph by ImageNet's classes
BETWEEN = (" ", " ", " ", "\n\n")  # what stands between two sentences: they are of one page or of two


def frozen_language(image_embeddings: nn.Parameter, device: str) -> Language:
    """The pocket bundle's language model, in bfloat16 where the device is fast at it."""
    folder = cache_folder() / "models" / LANGUAGE_MODEL
    model, tokenizer = load_language_model(folder, torch.device(device))
    return Language(model, tokenizer, image_embeddings, LanguageSettings(beginning_of_sequence=False))


def story_vectors(
    story: WorldStory, language: Language, picture: Callable[[Picture], Tensor], choose: Callable[[Sequence[str]], str]
) -> Tensor:
    """(length, hidden) input vectors of a story; `picture` gives those of a scene's or photograph's picture."""
    pieces: list[Tensor] = []
    text = ""
    for part in story.parts:
        if part == PAGE:
            text = text.rstrip() + PAGE
        elif isinstance(part, str):
            apart = not text.endswith(PAGE) and bool(text or pieces)
            text += (choose(BETWEEN) if apart else "") + part
        else:
            pieces += [
                words(language, text.rstrip() + (PAGE if text.strip() else "")),
                picture(part).to(language.dtype),
            ]
            text = PAGE
    pieces.append(words(language, text))
    return torch.cat([piece for piece in pieces if len(piece)])


def words(language: Language, text: str) -> Tensor:
    """(tokens, hidden) input embeddings of a text."""
    ids = torch.tensor(language.tokens(text), dtype=torch.long, device=language.device)
    vectors: Tensor = language.model.get_input_embeddings()(ids)
    return vectors


def read(language: Language, prompts: Sequence[Tensor]) -> tuple[DynamicCache, Tensor, Tensor]:
    """Read prompts (length, hidden) without a gradient, padded on the left.

    Returns
    -------
    The cache, the attention mask (batch, longest), and the last state of each prompt (batch, hidden).
    """
    longest = max(map(len, prompts))
    vectors = torch.stack([nn.functional.pad(prompt, (0, 0, longest - len(prompt), 0)) for prompt in prompts])
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    mask = mask.to(vectors.device)
    cache = DynamicCache(config=language.model.config)
    with torch.no_grad():
        states = language.forward(vectors, cache, mask)
    return cache, mask, states[:, -1]


def image_states(language: Language, cache: DynamicCache, mask: Tensor) -> Tensor:
    """(batch, n_img, hidden) float32 states of the [IMG] tokens behind prompts; gradients reach their embeddings."""
    batch, images = len(mask), len(language.image_embeddings)
    vectors = language.image_embeddings.to(language.dtype).expand(batch, -1, -1)
    states = language.forward(vectors, cache, torch.cat([mask, mask.new_ones(batch, images)], dim=1))
    return states.float()

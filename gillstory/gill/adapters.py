"""Everything that GILL trains: pictures into the language model, [IMG] hidden states out of it.

In go the image encoder's pooled features and the language model's hidden states at the [IMG] positions; out come input
vectors, retrieval queries, painter conditions and decisions (paper, section 3). Plain modules, float32 wherever they
run; the file they are kept in may be float16.
"""

from __future__ import annotations

import os
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from gillstory.bundle import Sizes
from gillstory.errors import BundleError

DECISIONS = ("generate", "retrieve")  # the classes of the decision head, in order


class PicturePrefix(nn.Linear):
    """One picture becomes a few input vectors of the language model."""

    def __init__(self, encoder_width: int, prefix_tokens: int, hidden: int) -> None:
        super().__init__(encoder_width, prefix_tokens * hidden)
        self.hidden = hidden

    def forward(self, pooled: Tensor) -> Tensor:
        """(N, encoder_width) -> (N, prefix_tokens, hidden)."""
        return super().forward(pooled).unflatten(-1, (-1, self.hidden))


class RetrievalHead(nn.Linear):
    """A linear map to the retrieval space, unit length."""

    def forward(self, features: Tensor) -> Tensor:
        """(N, width) -> (N, retrieval)."""
        return functional.normalize(super().forward(features), dim=-1)


class GillMapper(nn.Module):
    """GILLMapper (paper, section 3.2): learned queries read the [IMG] hidden states and become a painter condition."""

    def __init__(self, sizes: Sizes, hidden: int) -> None:
        super().__init__()
        width = sizes.mapper_width
        shape = (width, sizes.mapper_heads, sizes.mapper_feedforward)
        encoder = nn.TransformerEncoderLayer(*shape, dropout=0.0, batch_first=True, norm_first=True)
        decoder = nn.TransformerDecoderLayer(*shape, dropout=0.0, batch_first=True, norm_first=True)
        self.input = nn.Linear(hidden, width)
        self.encoder = nn.TransformerEncoder(
            encoder, sizes.mapper_layers, norm=nn.LayerNorm(width), enable_nested_tensor=False
        )
        self.decoder = nn.TransformerDecoder(decoder, sizes.mapper_layers, norm=nn.LayerNorm(width))
        self.queries = nn.Parameter(torch.randn(1, sizes.condition_tokens, width))
        self.output = nn.Linear(width, sizes.condition_width)
        for weight in [*self.encoder.parameters(), *self.decoder.parameters()]:
            if weight.dim() > 1:
                nn.init.xavier_uniform_(weight)  # as nn.Transformer does; the layers are copies of one otherwise

    def forward(self, states: Tensor) -> Tensor:
        """(batch, n_img, hidden) -> (batch, n_cond, width)."""
        memory = self.encoder(self.input(states))
        return self.output(self.decoder(self.queries.expand(len(states), -1, -1), memory))


class Adapters(nn.Module):
    """The trained part of a bundle.

    Parameters
    ----------
    sizes : of the bundle.
    hidden : width of the language model's input embeddings.
    encoder_width : width of the image encoder's pooled feature.
    """

    def __init__(self, sizes: Sizes, hidden: int, encoder_width: int) -> None:
        super().__init__()
        self.sizes = sizes
        self.image_embeddings = nn.Parameter(0.02 * torch.randn(sizes.image_tokens, hidden))  # [IMG] in and out
        self.prefix = PicturePrefix(encoder_width, sizes.prefix_tokens, hidden)
        self.retrieval_text = RetrievalHead(hidden, sizes.retrieval)
        self.retrieval_picture = RetrievalHead(encoder_width, sizes.retrieval)
        self.mapper = GillMapper(sizes, hidden)
        self.logit_scale = nn.Parameter(torch.tensor(1 / 0.07).log())  # CLIP's start, for the contrastive loss
        self.decision = nn.Linear(hidden, len(DECISIONS))

    def retrieval_query(self, states: Tensor) -> Tensor:
        """Hidden states at the [IMG] positions, (batch, n_img, hidden) -> (batch, retrieval), unit length.

        Only the first [IMG] state makes the query, as in the official code.
        """
        return self.retrieval_text(states[:, 0])

    def condition(self, states: Tensor) -> Tensor:
        """What the painter is given, (batch, n_img, hidden) -> (batch, n_cond, width)."""
        return self.mapper(states + self.image_embeddings if self.sizes.mapper_input_embeddings else states)

    def decide(self, states: Tensor) -> Tensor:
        """Logits of generate and retrieve (paper, section 3.3), (batch, n_img, hidden) -> (batch, 2)."""
        return self.decision(states[:, 0])

    def save(self, file: Path, dtype: torch.dtype = torch.float16) -> None:
        """Write the weights as safetensors, replacing the file in one step."""
        weights = {name: tensor.detach().cpu().to(dtype).contiguous() for name, tensor in self.state_dict().items()}
        scratch = file.with_name(f".{file.name}.{os.getpid()}")
        save_file(weights, scratch)
        os.replace(scratch, file)

    @classmethod
    def load(cls, file: Path, sizes: Sizes, hidden: int, encoder_width: int) -> Adapters:
        """Read the weights, as float32.

        Raises
        ------
        BundleError : the file cannot be read, or its shapes are not those of the bundle's models.
        """
        try:
            weights = {name: tensor.float() for name, tensor in load_file(file).items()}
        except (OSError, SafetensorError) as error:
            raise BundleError(f"cannot be read: {error}", file=file) from error
        with torch.device("meta"):
            adapters = cls(sizes, hidden, encoder_width)
        expected = {name: tuple(tensor.shape) for name, tensor in adapters.state_dict().items()}
        found = {name: tuple(tensor.shape) for name, tensor in weights.items()}
        for name in sorted(expected.keys() | found.keys()):
            if expected.get(name) != found.get(name):
                message = f"does not fit the bundle: {name} is {found.get(name)}, expected {expected.get(name)}"
                raise BundleError(message, file=file, remedy="Its language model, encoder or sizes are others")
        adapters.load_state_dict(weights, assign=True)
        return adapters.eval().requires_grad_(False)

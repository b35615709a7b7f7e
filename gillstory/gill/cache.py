"""The key/value cache of a session: room grows by doubling, so that adding a token does not copy what came before.

transformers' own dynamic cache concatenates: each new token copies the whole story, in every layer.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor
from transformers import Cache, DynamicCache, PretrainedConfig
from transformers.cache_utils import DynamicLayer

FIRST_ROOM = 256  # positions


class GrowingLayer(DynamicLayer):
    """Keys and values of one layer, (batch, heads, length, width), views of buffers with room behind them."""

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Append to the cache; return all keys and all values."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            self.room_keys, self.room_values = key_states[:, :, :0], value_states[:, :, :0]
        past = self.get_seq_length()
        length = past + key_states.shape[-2]
        if length > self.room_keys.shape[-2]:
            room = max(FIRST_ROOM, 2 * length)
            self.room_keys = _with_room(self.room_keys, past, room)
            self.room_values = _with_room(self.room_values, past, room)
        self.room_keys[:, :, past:length] = key_states
        self.room_values[:, :, past:length] = value_states
        self.keys, self.values = self.room_keys[:, :, :length], self.room_values[:, :, :length]
        return self.keys, self.values

    def batch_repeat_interleave(self, repeats: int) -> None:
        """Let that many continuations go on from what is there, without room behind it yet."""
        self.room_keys = self.keys = self.keys.repeat_interleave(repeats, dim=0)
        self.room_values = self.values = self.values.repeat_interleave(repeats, dim=0)

    def batch_select_indices(self, indices: Tensor) -> None:
        """Keep these continuations only."""
        length = self.get_seq_length()
        self.room_keys, self.room_values = self.room_keys[indices], self.room_values[indices]
        self.keys, self.values = self.room_keys[:, :, :length], self.room_values[:, :, :length]


def _with_room(states: Tensor, past: int, room: int) -> Tensor:
    batch, heads, _, width = states.shape
    larger = states.new_empty(batch, heads, room, width)
    larger[:, :, :past] = states[:, :, :past]
    return larger


def new_cache(config: PretrainedConfig) -> Cache:
    """An empty cache for a model; layers that attend to a window only are left to transformers."""
    cache = DynamicCache(config=config)
    cache.layers = [GrowingLayer() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache


def fork_cache(cache: Cache) -> Cache:
    """A copy that can be written to without changing the original."""
    with torch.inference_mode():
        return copy.deepcopy(cache)

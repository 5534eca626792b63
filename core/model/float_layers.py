"""Runs the layers in a floating-point format, on any device."""

from collections.abc import Sequence
from itertools import repeat
from typing import cast

import torch

from .layer import Layer, Step
from .quantize import FloatLinear
from .rope import Rotation, rotate

_PIECE = 128
"""Tokens that go through the feed-forward together, so that its inner values stay in the processor's cache."""


class FloatLayers:
    """A decoder's layers, each of which adds its attention and its feed-forward to the residual stream.

    Args:
        layers: with weights in a floating-point format.
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._layers = layers

    def run(self, x: torch.Tensor, rotations: Sequence[Rotation], steps: Sequence[Step]) -> None:
        """Adds the layers' outputs to ``x``, ``[tokens, hidden]`` in fp32, in place; the memories have grown already.

        Args:
            rotations: of all tokens, for each layer.
            steps: the sequences.
        """
        slots = None
        if any(step.slot >= 0 for step in steps):
            slots = torch.tensor([step.slot for step in steps for _ in range(len(step.ids))], device=x.device)
        for index, layer in enumerate(self._layers):
            ends = layer is self._layers[-1] and all(step.silent for step in steps)
            added = _attention(layer, x, rotations[index], steps, index, slots, ends)
            if added is None:
                return
            x += added if layer.post_attention_norm is None else layer.post_attention_norm(added.float())
            parts = torch.split(slots, _PIECE) if slots is not None else repeat(None)
            for rows, mine in zip(torch.split(x, _PIECE), parts, strict=False):
                added = _feed_forward(layer, rows, mine)
                rows += added if layer.post_mlp_norm is None else layer.post_mlp_norm(added.float())


def _attention(
    layer: Layer,
    x: torch.Tensor,
    rotation: Rotation,
    steps: Sequence[Step],
    index: int,
    slots: torch.Tensor | None,
    ends: bool,
) -> torch.Tensor | None:
    """The output of attention; None if ``ends``: then it only stores keys and values."""
    into, out = cast(FloatLinear, layer.qkv_proj), cast(FloatLinear, layer.o_proj)
    heads = into(x, slots).view(len(x), -1, layer.head_dim)
    turning, value = torch.split(heads, [layer.heads + layer.kv_heads, layer.kv_heads], 1)
    if layer.query_norm and layer.key_norm:
        query, key = torch.split(turning.float(), [layer.heads, layer.kv_heads], 1)
        turning = torch.cat([layer.query_norm(query), layer.key_norm(key)], 1)
    query, key = torch.split(rotate(turning, rotation).to(layer.dtype), [layer.heads, layer.kv_heads], 1)
    mixed = None if ends else torch.empty_like(query)
    layer.attend(query.transpose(0, 1), key.transpose(0, 1), value.transpose(0, 1), steps, index, mixed)
    return None if mixed is None else out(mixed.flatten(1), slots)


def _feed_forward(layer: Layer, x: torch.Tensor, slots: torch.Tensor | None) -> torch.Tensor:
    into, out = cast(FloatLinear, layer.gate_up_proj), cast(FloatLinear, layer.down_proj)
    gate, up = into(x, slots).chunk(2, -1)
    return out(layer.activation(gate) * up, slots)

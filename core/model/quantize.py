"""Linear layers in INT8, and in a floating-point format with the same interface.

INT8 as in LLM.int8() (Dettmers et al. 2022, https://arxiv.org/abs/2208.07339) without its outlier path: each output
channel of the weights has a scale, and so has each token. The products are summed in integers, so a token's result is
bit-identical whatever else is in the batch.

A few inputs of a map are far larger than the rest, which would be left with only a few steps of the common scale. So
weights and inputs are multiplied by a Hadamard matrix, which spreads each number over 32 and leaves the products
unchanged (Ashkboos et al. 2024, QuaRot, https://arxiv.org/abs/2404.00456).
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch.nn.functional import linear, rms_norm

from .heap import zero_pages
from .kernels import Deltas, hadamard_rows, read_table
from .kernels.numbers import LARGEST, TINY

_ROWS = 1024  # outputs quantised together: a whole vocabulary in fp32 would need more memory than the model


@dataclass(frozen=True, slots=True)
class Norm:
    """Root mean square norm (Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467).

    Attributes:
        weight: ``[size]``, fp32.
        eps: added to the mean square.
    """

    weight: torch.Tensor
    eps: float

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Normalises rows, ``[..., size]`` in fp32."""
        return rms_norm(x, self.weight.shape, self.weight, self.eps)


class Linear(Protocol):
    """The weights of ``y = W x + b`` for rows of tokens, applied after ``norm`` if there is one."""

    norm: Norm | None

    def adapt(self, slot: int, a: torch.Tensor, b: torch.Tensor) -> None:
        """Puts an adapter into a slot: it adds ``b a x``; ``a`` is ``[rank, inputs]``, ``b`` is ``[outputs, rank]``."""

    def rows(self, ids: torch.Tensor) -> torch.Tensor:
        """The weights of some outputs, ``[n, inputs]`` in fp32: a tied embedding."""

    @property
    def nbytes(self) -> int:
        """Bytes of weights that one call reads."""


class FloatLinear:
    """Weights in bf16, fp16 or fp32; the result has the same format.

    Args:
        weight: ``[outputs, inputs]``.
        bias: ``[outputs]``.
        norm: of the inputs.
        dtype: the format.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None, norm: Norm | None, dtype: torch.dtype) -> None:
        self._weight = weight.to(dtype)
        self._bias = None if bias is None else bias.to(dtype)
        self.norm = norm
        self._deltas: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}

    def __call__(self, x: torch.Tensor, slots: torch.Tensor | None = None) -> torch.Tensor:
        """Maps ``[n, inputs]`` to ``[n, outputs]``; ``slots``, ``[n]``, is each row's adapter, -1 for none."""
        normed = (x if self.norm is None else self.norm(x)).to(self._weight.dtype)
        y = _rows(normed, self._weight, self._bias)
        for slot in set(slots.tolist()) if slots is not None else ():
            if slot in self._deltas:
                a, b = self._deltas[slot]
                y[slots == slot] += _rows(_rows(normed[slots == slot], a), b)
        return y

    def adapt(self, slot: int, a: torch.Tensor, b: torch.Tensor) -> None:
        """See :class:`Linear`."""
        self._deltas[slot] = a.to(self._weight), b.to(self._weight)

    def rows(self, ids: torch.Tensor) -> torch.Tensor:
        """The weights of some outputs, ``[n, inputs]`` in fp32: a tied embedding."""
        return self._weight[ids].float()

    @property
    def nbytes(self) -> int:
        """See :class:`Linear`."""
        return self._weight.nbytes


class Int8Stack:
    """Storage on the CPU for one linear map of every layer, in the format of :mod:`core.model.kernels`.

    Attributes:
        weight: INT8, ``[layers, outputs, inputs]``.
        scale: of each output, ``[layers, outputs]``: its largest weight / 127, and / 127 again for the token's range.
        bias: ``[layers, outputs]``.
    """

    def __init__(self, layers: int, outputs: int, inputs: int) -> None:
        # Huge pages, since it is read sequentially.
        self.weight = zero_pages(layers, outputs, inputs, dtype=torch.int8, advice="MADV_HUGEPAGE")
        self.scale = torch.empty(layers, outputs)
        self.bias = torch.zeros(layers, outputs)
        self._size = layers, outputs, inputs
        self.deltas = self._new_deltas(0, 0)

    def _new_deltas(self, slots: int, rank: int) -> Deltas:
        layers, outputs, inputs = self._size
        return Deltas(
            np.zeros((slots, layers, rank, inputs), np.int8),
            np.zeros((slots, layers, rank), np.float32),
            np.zeros((slots, layers, rank, outputs), np.int8),
            np.zeros((slots, layers, outputs), np.float32),
            np.zeros((slots, layers, rank, 2), np.int64),
        )

    def adapt(self, slot: int, layer: int, a: torch.Tensor, b: torch.Tensor) -> None:
        """See :meth:`Linear.adapt`; the storage grows as needed."""
        slots, _, rank, _ = self.deltas.a.shape
        if slot >= slots or len(a) > rank:
            grown = self._new_deltas(max(slots, slot + 1), max(rank, len(a)))
            for old, new in zip(self.deltas, grown, strict=True):
                new[tuple(map(slice, old.shape))] = old
            self.deltas = grown
        for array in self.deltas:
            array[slot, layer] = 0
        if not len(a):
            return
        quantized, scale = _quantize_rows(a)
        self.deltas.a[slot, layer, : len(a)], self.deltas.a_scale[slot, layer, : len(a)] = quantized, scale
        quantized, scale = _quantize_rows(b.float())
        self.deltas.b[slot, layer, : len(a)], self.deltas.b_scale[slot, layer] = quantized.T, scale
        for rank, column in enumerate(quantized.T):
            changed = column.nonzero()
            if len(changed):
                self.deltas.reach[slot, layer, rank] = int(changed[0]), int(changed[-1]) + 1


class Int8Linear:
    """Weights in INT8, for :mod:`core.model.kernels`.

    Args:
        weight: ``[outputs, inputs]``.
        bias: ``[outputs]``.
        norm: of the inputs.
        stack: stores the weights, at layer ``index``; None for a new one.
    """

    def __init__(
        self,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        norm: Norm | None,
        stack: Int8Stack | None = None,
        index: int = 0,
    ) -> None:
        self.stack = stack or Int8Stack(1, *weight.shape)
        self.norm = norm
        self._weight, self._scale = self.stack.weight[index], self.stack.scale[index]
        if bias is not None:
            self.stack.bias[index] = bias
        self._index = index
        for start in range(0, len(weight), _ROWS):
            rows = slice(start, start + _ROWS)
            self._weight[rows], self._scale[rows] = _quantize_rows(_hadamard(weight[rows].float()))

    def adapt(self, slot: int, a: torch.Tensor, b: torch.Tensor) -> None:
        """See :class:`Linear`."""
        self.stack.adapt(slot, self._index, _hadamard(a.float()), b)

    def rows(self, ids: torch.Tensor) -> torch.Tensor:
        """The weights of some outputs, ``[n, inputs]`` in fp32: a tied embedding."""
        rows = np.empty((len(ids), self._weight.shape[1]), np.float32)
        read_table(self._weight.numpy(), self._scale.numpy(), ids.numpy(), rows)
        return torch.from_numpy(rows)

    @property
    def nbytes(self) -> int:
        """See :class:`Linear`."""
        return self._weight.nbytes + self._scale.nbytes


def _rows(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    """A linear map that sums a row in the same order alone and in a batch: a CPU treats a single row differently, so it
    is duplicated."""
    return linear(x.expand(2, -1), weight, bias)[:1] if len(x) == 1 else linear(x, weight, bias)


def _hadamard(rows: torch.Tensor) -> torch.Tensor:
    """Rows ``[n, size]`` in fp32, each transformed like the inputs of its map; applied twice, it is the identity."""
    transformed = rows.clone()
    hadamard_rows(transformed.numpy())
    return transformed


def _quantize_rows(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows in INT8, and the scale of each, divided once more by 127 for the range of its inputs."""
    scale = weight.abs().amax(1).clamp_min_(TINY) / LARGEST
    return weight.div(scale.unsqueeze(1)).round_().to(torch.int8), scale / LARGEST

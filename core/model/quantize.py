"""Linear layers in INT8, and in a floating format behind the same interface.

INT8 as in LLM.int8() (Dettmers et al. 2022, https://arxiv.org/abs/2208.07339) without its outlier path: each output
channel of the weights has a scale, and so has each token. The products are summed in integers, so a token's result is
the same to the bit whatever stands beside it in the batch.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch.nn.functional import linear, rms_norm

_LARGEST = 127
_TINY = 1e-30  # keeps the scale of a token that is all zeros away from infinity


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
        """Norms rows, ``[..., size]`` in fp32."""
        return rms_norm(x, self.weight.shape, self.weight, self.eps)


class Linear(Protocol):
    """``y = W x + b`` for rows of tokens, after a norm where there is one."""

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Maps ``[n, inputs]`` to ``[n, outputs]``."""

    def rows(self, ids: torch.Tensor) -> torch.Tensor:
        """The weights of some outputs, ``[n, inputs]`` in fp32: a tied embedding."""

    @property
    def nbytes(self) -> int:
        """Bytes of weights that one call reads."""


class FloatLinear:
    """Weights in bf16, fp16 or fp32; the result has their format.

    Args:
        weight: ``[outputs, inputs]``.
        bias: ``[outputs]``.
        norm: of the inputs.
        dtype: the format.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None, norm: Norm | None, dtype: torch.dtype) -> None:
        self._weight = weight.to(dtype)
        self._bias = None if bias is None else bias.to(dtype)
        self._norm = norm

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """See :class:`Linear`."""
        normed = x if self._norm is None else self._norm(x)
        return linear(normed.to(self._weight.dtype), self._weight, self._bias)

    def rows(self, ids: torch.Tensor) -> torch.Tensor:
        """The weights of some outputs, ``[n, inputs]`` in fp32: a tied embedding."""
        return self._weight[ids].float()

    @property
    def nbytes(self) -> int:
        """See :class:`Linear`."""
        return self._weight.nbytes


class Int8Linear:
    """Weights and tokens in INT8; the result is fp32.

    Args:
        weight: ``[outputs, inputs]``.
        bias: ``[outputs]``.
        norm: of the inputs.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None, norm: Norm | None) -> None:
        wide = weight.float()
        scale = wide.abs().amax(1).clamp_min_(_TINY) / _LARGEST
        self._transposed = (wide / scale.unsqueeze(1)).round_().to(torch.int8).t()
        self._row_scale = scale
        self._scale = scale / _LARGEST  # and the token's 127, too
        self._bias = None if bias is None else bias.float()
        self._limit = torch.tensor(float(_LARGEST), device=weight.device)
        self._norm = norm
        if norm is not None:
            self._scale *= weight.shape[1] ** 0.5  # the norm divides by the mean of squares, not by their sum
            self._least = torch.tensor((norm.eps * weight.shape[1]) ** 0.5, device=weight.device)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """See :class:`Linear`."""
        if self._norm is None:
            length = None
        else:  # a token's length cancels when it is quantised, so only the result is divided by it
            length = torch.linalg.vector_norm(x, 2, -1, True).hypot_(self._least)
            x = x * self._norm.weight
        factor = torch.linalg.vector_norm(x, float("inf"), -1, True, dtype=torch.float32).clamp_min_(_TINY)
        whole = (x * (self._limit / factor)).round_().to(torch.int8)
        if length is not None:
            factor /= length
        y = (torch._int_mm(whole, self._transposed) * self._scale).mul_(factor)
        return y if self._bias is None else y.add_(self._bias)

    def rows(self, ids: torch.Tensor) -> torch.Tensor:
        """The weights of some outputs, ``[n, inputs]`` in fp32: a tied embedding."""
        return self._transposed.t()[ids] * self._row_scale[ids].unsqueeze(1)

    @property
    def nbytes(self) -> int:
        """See :class:`Linear`."""
        return self._transposed.nbytes + self._scale.nbytes

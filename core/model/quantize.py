"""Linear layers in INT8, and in a floating format behind the same interface.

INT8 as in LLM.int8() (Dettmers et al. 2022, https://arxiv.org/abs/2208.07339) without its outlier path: each output
channel of the weights has a scale, and so has each token. The products are summed in integers, so a token's result is
the same to the bit whatever stands beside it in the batch.
"""

from typing import Protocol

import torch

_LARGEST = 127
_TINY = 1e-30  # keeps the scale of a token that is all zeros away from infinity


class Linear(Protocol):
    """``y = W x + b`` for rows of tokens."""

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Maps ``[n, inputs]`` to ``[n, outputs]``."""

    @property
    def nbytes(self) -> int:
        """Bytes of weights that one call reads."""


class FloatLinear:
    """Weights in bf16, fp16 or fp32; the result has their format."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None, dtype: torch.dtype) -> None:
        self._weight = weight.to(dtype)
        self._bias = None if bias is None else bias.to(dtype)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """See :class:`Linear`."""
        return torch.nn.functional.linear(x.to(self._weight.dtype), self._weight, self._bias)

    def rows(self, ids: torch.Tensor) -> torch.Tensor:
        """The weights of some outputs, ``[n, inputs]`` in fp32: a tied embedding."""
        return self._weight[ids].float()

    @property
    def nbytes(self) -> int:
        """See :class:`Linear`."""
        return self._weight.nbytes


class Int8Linear:
    """Weights and tokens in INT8; the result is fp32."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        wide = weight.float()
        scale = wide.abs().amax(1).clamp_min_(_TINY) / _LARGEST
        self._transposed = (wide / scale.unsqueeze(1)).round_().to(torch.int8).t()
        self._scale = scale / _LARGEST  # and the token's 127, too
        self._bias = None if bias is None else bias.float()
        self._limit = torch.tensor(float(_LARGEST), device=weight.device)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """See :class:`Linear`."""
        peak = torch.linalg.vector_norm(x, float("inf"), -1, True, dtype=torch.float32).clamp_min_(_TINY)
        whole = (x * (self._limit / peak)).round_().to(torch.int8)
        y = (torch._int_mm(whole, self._transposed) * self._scale).mul_(peak)
        return y if self._bias is None else y.add_(self._bias)

    def rows(self, ids: torch.Tensor) -> torch.Tensor:
        """The weights of some outputs, ``[n, inputs]`` in fp32: a tied embedding."""
        return self._transposed.t()[ids] * (self._scale[ids] * _LARGEST).unsqueeze(1)

    @property
    def nbytes(self) -> int:
        """See :class:`Linear`."""
        return self._transposed.nbytes + self._scale.nbytes

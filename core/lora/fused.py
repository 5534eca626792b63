"""A frozen linear map and its low-rank adapter as one autograd operation."""

from typing import Any

import torch
from torch.nn import functional


class AdaptedLinear:
    """``x W' + bias + scaling (x A') B'`` with gradients for ``x``, ``A`` and ``B``.

    peft does this in six operations over the whole output, each saved for the backward pass; a small model on a CPU
    spends more time in these than in the frozen map. Here the adapter is added in place.

    Dropout drops columns of ``A``, the same for all tokens of a call (Lin et al. 2024,
    https://arxiv.org/abs/2404.09610), which costs nothing; a random number for each element of ``x`` would cost as much
    as the frozen map.

    Args:
        layer: a peft layer with an adapter ``default``.
        dropout: share of the columns dropped in training, 0 to below 1.
    """

    def __init__(self, layer: Any, dropout: float) -> None:
        self._layer, self._dropout = layer, dropout
        self._base = layer.get_base_layer()
        self._a, self._b = layer.lora_A["default"].weight, layer.lora_B["default"].weight
        self._scaling = float(layer.scaling["default"])

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """``[..., inputs]`` to ``[..., outputs]``, both in the base's format."""
        if self._layer.disable_adapters:
            alone: torch.Tensor = self._base(x)
            return alone
        mask = None
        if self._dropout and self._layer.training:
            keep = 1 - self._dropout
            mask = torch.empty(self._a.shape[1], device=x.device).bernoulli_(keep) / keep
        weight = self._base.weight
        y: torch.Tensor = _Adapted.apply(  # type: ignore[no-untyped-call, unused-ignore]  # typed in newer torch
            x.to(weight.dtype), weight, self._base.bias, self._a, self._b, self._scaling, mask
        )
        return y


class _Adapted(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        a: torch.Tensor,
        b: torch.Tensor,
        scaling: float,
        mask: torch.Tensor | None,
    ) -> torch.Tensor:
        rows = x.flatten(0, -2)
        down, up = (a if mask is None else a * mask).to(x.dtype), (b * scaling).to(x.dtype)
        inner = rows @ down.T
        y = functional.linear(rows, weight, bias).addmm_(inner, up.T)
        ctx.save_for_backward(rows, weight, down, up, inner, mask)
        ctx.scaling, ctx.shape = scaling, x.shape
        return y.view(*x.shape[:-1], len(weight))

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        rows, weight, down, up, inner, mask = ctx.saved_tensors
        grad = grad.flatten(0, -2)
        of_inner = grad @ up
        of_a = (of_inner.T @ rows).float()
        of_b = (grad.T @ inner).float() * ctx.scaling
        of_x = (grad @ weight).addmm_(of_inner, down).view(ctx.shape) if ctx.needs_input_grad[0] else None
        return of_x, None, None, of_a if mask is None else of_a * mask, of_b, None, None

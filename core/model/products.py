"""Products of a prompt's INT8 rows with INT8 weights, by torch.

``torch._int_mm`` is fast where the processor multiplies INT8 numbers itself (VNNI, AMX) and a plain loop elsewhere, many
times slower than a product in fp32. There the same integers come out of fp32: it holds every integer up to 2^24, and
the products of two INT8 numbers add up to no more for 1,024 of them, in whatever order.
"""

import time
from collections.abc import Callable
from functools import cache

import torch

Way = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

_EXACT = 1024  # inputs


def products(whole: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """``[n, inputs]`` times ``[outputs, inputs]``, both INT8: ``[n, outputs]`` in INT32, exact."""
    return _faster()(whole, weight)


def by_integers(whole: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """See :func:`products`."""
    return torch._int_mm(whole, weight.t())


def by_floats(whole: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """See :func:`products`."""
    total = torch.zeros(len(whole), len(weight), dtype=torch.int32, device=whole.device)
    for start in range(0, whole.shape[1], _EXACT):
        inputs = slice(start, start + _EXACT)
        total += (whole[:, inputs].float() @ weight[:, inputs].float().t()).int()
    return total


@cache
def _faster() -> Way:
    """Whichever way is faster here. Both give the same, so it does not matter if a measurement was disturbed."""
    whole, weight = torch.ones(64, 512, dtype=torch.int8), torch.ones(512, 512, dtype=torch.int8)
    return min((by_integers, by_floats), key=lambda way: min(_seconds(way, whole, weight) for _ in range(3)))


def _seconds(way: Way, whole: torch.Tensor, weight: torch.Tensor) -> float:
    begun = time.perf_counter()
    way(whole, weight)
    return time.perf_counter() - begun

"""Products of a prompt's INT8 rows with INT8 weights, by the fastest method on this processor.

``torch._int_mm`` is fast on processors with AVX-512 or AMX for INT8, and elsewhere a plain loop, many times slower than
the kernel used for answers, or than a product in fp32. fp32 represents every integer up to 2^24 exactly, which the sum
of 1,024 products of two INT8 numbers never exceeds, in whatever order.
"""

import time
from collections.abc import Callable
from functools import cache, reduce

import numpy as np
import torch

from ..threads import one_thread
from . import kernels

Way = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]

_EXACT = 1024  # inputs


def int8_matmul(quantized: torch.Tensor, sums: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """``[n, inputs]`` times ``[outputs, inputs]``, both INT8 without -128: ``[n, outputs]`` in INT32, exact.

    Needs at least two inputs: with one, torch's own product is wrong on some processors.

    Args:
        sums: of each row of ``quantized``, INT32 ``[n]``; the kernel needs them if it makes numbers unsigned.
    """
    return fastest()(quantized, sums, weight)


def by_integers(quantized: torch.Tensor, sums: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """See :func:`int8_matmul`."""
    return torch._int_mm(quantized, weight.t())


def by_floats(quantized: torch.Tensor, sums: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """See :func:`int8_matmul`."""
    parts = (slice(start, start + _EXACT) for start in range(0, quantized.shape[1], _EXACT))
    return reduce(torch.add, ((quantized[:, part].float() @ weight[:, part].float().t()).int() for part in parts))


def by_kernel(quantized: torch.Tensor, sums: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """See :func:`int8_matmul`."""
    acc = np.empty((len(quantized), len(weight)), np.int32)
    kernels.matmul(quantized.numpy(), sums.numpy(), weight.numpy(), 0, len(weight), acc)
    return torch.from_numpy(acc)


@cache
def fastest() -> Way:
    """The fastest of the three in one thread. All give the same result, so a disturbed measurement does no harm."""
    quantized, weight = torch.ones(64, 512, dtype=torch.int8), torch.ones(512, 512, dtype=torch.int8)
    sums = quantized.sum(1, dtype=torch.int32)
    with one_thread():
        return min((by_integers, by_floats, by_kernel), key=lambda way: _seconds(way, quantized, sums, weight))


def _seconds(way: Way, quantized: torch.Tensor, sums: torch.Tensor, weight: torch.Tensor) -> float:
    times = []
    for _ in range(3):  # the first compiles
        begun = time.perf_counter()
        way(quantized, sums, weight)
        times.append(time.perf_counter() - begun)
    return min(times)

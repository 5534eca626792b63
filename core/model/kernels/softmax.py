"""Kernels on a prompt's bf16 scores, as bits: causal softmax, and the best key of each page."""

from typing import Any

import numpy as np
from numba import njit

from .numbers import LOG2E, Array, wide

_ONE = 127 << 7
"""The bits of 1 in bf16; seven bits are the fraction, so adding 128 is a factor of two."""


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nnan", "nsz"})
def causal_softmax(scores: Array, own: int, shares: Array) -> None:
    """Turns scores into weights in place, with a maximum of 1 per row. The order of a row's sum depends only on its
    number of keys.

    Each loop does one thing, so that the compiler can vectorise it.

    Args:
        scores: ``[rows, keys]``. The last ``own`` keys are the queries' own tokens; row ``r`` is of query ``r % own``,
            and gives no weight to those after it.
        shares: ``[rows]``, receives the factor that makes a row sum to 1.
    """
    keys = scores.shape[1]
    for r in range(scores.shape[0]):
        row = scores[r]
        seen = keys - own + r % own + 1
        highest = np.int16(-0x8000)
        for i in range(seen):
            highest = max(highest, _in_order(row[i]))
        largest = wide(_in_order(highest))
        for i in range(seen):
            row[i] = _straight_power((wide(row[i]) - largest) * LOG2E)
        for i in range(seen):
            row[i] = _curved(row[i])
        total = np.float32(0)
        for i in range(seen):
            total += wide(row[i])
        shares[r] = np.float32(1) / total
        for i in range(seen, keys):
            row[i] = 0


@njit(cache=True, nogil=True, error_model="numpy")
def best_of_pages(scores: Array, best: Array) -> None:
    """Writes the largest score among each page's keys: ``[pages * page, rows]`` to ``[pages, rows]``."""
    page = scores.shape[0] // best.shape[0]
    for number in range(best.shape[0]):
        mine = best[number]
        mine[:] = np.int16(-0x8000)
        for key in range(page):
            row = scores[number * page + key]
            for i in range(mine.shape[0]):
                mine[i] = max(mine[i], _in_order(row[i]))
        for i in range(mine.shape[0]):
            mine[i] = _in_order(mine[i])


@njit(cache=True, inline="always", error_model="numpy")
def _straight_power(x: Any) -> Any:
    """The bits of 2^x, interpolated linearly between powers of two (Schraudolph 1999,
    https://doi.org/10.1162/089976699300016467); x is at most 0."""
    return np.int16(np.int32(max(x * np.float32(128) + np.float32(_ONE + 0.5), np.float32(0))))


@njit(cache=True, inline="always", error_model="numpy")
def _curved(bits: Any) -> Any:
    """The bits of 2^x from the linear interpolation, which exceeds it by about a parabola; 0.3% off, as bf16 itself."""
    fraction = np.uint16(bits & np.int16(127))
    above = np.uint16(fraction * np.uint16(np.uint16(128) - fraction))
    return np.int16(bits - np.int16(np.uint16(np.uint16(above * np.uint16(11)) + np.uint16(2048)) >> np.uint16(12)))


@njit(cache=True, inline="always", error_model="numpy")
def _in_order(bits: Any) -> Any:
    """Maps floats' bits to integers of the same order, and back: integer comparisons vectorise."""
    return np.int16(bits ^ ((bits >> np.int16(15)) & np.int16(0x7FFF)))

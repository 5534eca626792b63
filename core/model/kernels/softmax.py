"""What is made of a prompt's scores in bf16, as their bits: causal softmax, and the best key of each page."""

from typing import Any

import numpy as np
from numba import njit

from .numbers import LOG2E, Array, bits_of_float, float_of_bits, narrow, wide

_ROUND = np.float32(3 << 22)
"""Added to a small number it leaves no place for a fraction: the lowest bits are the number, rounded."""

_LEAST = np.float32(-125)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract"})
def soften(scores: Array, own: int) -> None:
    """Makes weights of scores, in place. The order of a row's sum follows from its number of keys alone.

    Args:
        scores: ``[rows, keys]``. The last ``own`` keys are those of the tokens that ask: row ``r`` is asked by number
            ``r % own`` of them, and gives no weight to those after it.
    """
    keys = scores.shape[1]
    weights = np.empty(keys, np.float32)
    for r in range(scores.shape[0]):
        row = scores[r]
        seen = keys - own + r % own + 1
        highest = np.int16(-0x8000)
        for i in range(seen):
            highest = max(highest, _in_order(row[i]))
        largest = wide(_in_order(highest))
        total = np.float32(0)
        for i in range(seen):
            weight = _power_of_two((wide(row[i]) - largest) * LOG2E)
            total += weight
            weights[i] = weight
        share = np.float32(1) / total
        for i in range(seen):
            row[i] = narrow(weights[i] * share, row[i])
        for i in range(seen, keys):
            row[i] = 0


@njit(cache=True, nogil=True, error_model="numpy")
def best_of_pages(scores: Array, best: Array) -> None:
    """Writes the largest score of each page's keys, ``[pages, rows]``, of ``[pages * page, rows]``."""
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
def _power_of_two(x: Any) -> Any:
    """2^x to four digits, more than bf16 has; x is at most 0, and limited to -125."""
    x = max(x, _LEAST)
    rounded = x + _ROUND
    f = x - (rounded - _ROUND)
    p = np.float32(5.5171669e-2)
    p = p * f + np.float32(2.4261117e-1)
    p = p * f + np.float32(6.9326583e-1)
    p = p * f + np.float32(9.9992807e-1)
    return float_of_bits(bits_of_float(p) + (bits_of_float(rounded) << np.int32(23)))


@njit(cache=True, inline="always", error_model="numpy")
def _in_order(bits: Any) -> Any:
    """The bits of floats as integers in the floats' order, and back: many integers compare at once."""
    return np.int16(bits ^ ((bits >> np.int16(15)) & np.int16(0x7FFF)))

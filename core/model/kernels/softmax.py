"""Causal softmax of a prompt's scores in bf16, in place and without a mask."""

from typing import Any

import numpy as np
from numba import njit

from .numbers import Array, exp, narrow, wide


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc"})
def soften(scores: Array, own: int) -> None:
    """Makes weights of scores. The order of a row's sum follows from its number of keys alone.

    Args:
        scores: ``[rows, keys]``, bf16 as its bits. The last ``own`` keys are those of the tokens that ask: row ``r`` is
            asked by number ``r % own`` of them, and gives no weight to those after it.
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
            weight = exp(wide(row[i]) - largest)
            total += weight
            weights[i] = weight
        share = np.float32(1) / total
        for i in range(seen):
            row[i] = narrow(weights[i] * share, row[i])
        for i in range(seen, keys):
            row[i] = 0


@njit(cache=True, inline="always", error_model="numpy")
def _in_order(bits: Any) -> Any:
    """The bits of floats as integers in the floats' order, and back: many integers compare at once."""
    return np.int16(bits ^ ((bits >> np.int16(15)) & np.int16(0x7FFF)))

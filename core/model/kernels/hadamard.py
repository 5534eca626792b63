"""Spreads the outliers of a row over many of its numbers, so that one scale suits them all."""

import numpy as np
from numba import njit

from .numbers import LANES, LARGEST, Array

_MOST = 32


@njit(cache=True, error_model="numpy")
def parts(size: int) -> int:
    """Number of equal parts of a row, a power of two: 32, or fewer if they would be shorter than a vector."""
    count = 1
    while count < _MOST and size % (2 * count) == 0 and size >= 2 * count * LANES:
        count *= 2
    return count


@njit(cache=True, error_model="numpy")
def hadamard(x: Array) -> np.float32:
    """Fast Walsh-Hadamard transform over the parts of a row, in place, unnormalised.

    Returns:
        The factor that restores the row's length. With it, the transform is its own inverse.
    """
    size = x.shape[0]
    count = parts(size)
    reach = size // count
    while reach < size:
        for start in range(0, size, 2 * reach):
            left, right = x[start : start + reach], x[start + reach : start + 2 * reach]
            for i in range(reach):
                one, other = left[i], right[i]
                left[i], right[i] = one + other, one - other
        reach *= 2
    return np.float32(1 / np.sqrt(count))


@njit(cache=True, nogil=True, error_model="numpy")
def hadamard_rows(rows: Array) -> None:
    """Transforms rows in place, preserving their lengths."""
    for row in rows:
        row *= hadamard(row)


@njit(cache=True, nogil=True, error_model="numpy")
def read_table(table: Array, scale: Array, ids: Array, rows: Array) -> None:
    """Writes the rows ``ids`` of an INT8 table, ``[outputs, inputs]``, to ``rows`` in fp32, the transform undone.

    ``scale`` is that of each row, divided by 127 for the range of a product's inputs.
    """
    for number, one in enumerate(ids):
        row, factor = rows[number], scale[one] * np.float32(LARGEST)
        for i in range(row.shape[0]):
            row[i] = np.float32(table[one, i]) * factor
        row *= hadamard(row)

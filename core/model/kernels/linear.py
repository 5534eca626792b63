"""INT8 linear maps, row by row; see :mod:`core.model.quantize`."""

from typing import NamedTuple

import numpy as np
from numba import njit

from .hadamard import hadamard
from .matmul import LINE, fetch_output, matmul
from .numbers import LARGEST, TINY, Array, bits_of_float, dot, float_of_bits
from .team import Member, meet, rows_of, share, wait

_TILE = 64  # outputs whose products stay in a processor's cache


class Deltas(NamedTuple):
    """The adapters of one linear map in all layers, each in a slot; without adapters there are no slots.

    ``b a x`` (Hu et al. 2021, LoRA, https://arxiv.org/abs/2106.09685) in INT8: ``a`` ``[slots, layers, rank, inputs]``
    with a scale for each of its rows, ``b`` ``[slots, layers, rank, outputs]`` with one for each output. In joined maps
    a rank changes only the outputs of one of them: ``reach`` ``[slots, layers, rank, 2]``, first and last (exclusive).
    """

    a: Array
    a_scale: Array
    b: Array
    b_scale: Array
    reach: Array


class Linears(NamedTuple):
    """One linear map of all layers: ``weight`` INT8 ``[layers, outputs, inputs]``, ``scale`` and ``bias`` by output."""

    weight: Array
    scale: Array
    bias: Array
    deltas: Deltas


class LinearWork(NamedTuple):
    """Intermediate and final results of a linear map: the rows in INT8 ``[n, inputs]``, the sum and the scale of each,
    their products with the adapters' ``a`` ``[n, rank]`` with a scale for each row, and the results ``[n, outputs]``.

    A row's scale is its largest number: weights' scales are divided by 127 for both sides. And each thread's scratch: a
    row in fp32 ``[inputs]``, accumulators of some outputs in INT32 ``[n, 64]``, and those of an adapter's ``b``
    ``[outputs]``.
    """

    quantized: Array
    sums: Array
    scale: Array
    inner: Array
    inner_scale: Array
    y: Array
    exact: Array
    acc: Array
    lora_acc: Array


def new_work(n: int, linear: Linears) -> LinearWork:
    """Scratch for ``n`` rows, shared by all layers: allocating memory within a step would make threads wait.

    Each map has its own, so that threads always write to the same memory.
    """
    (_, outputs, inputs), rank = linear.weight.shape, linear.deltas.a.shape[2]
    return LinearWork(
        quantized=_on_lines(n, inputs),
        sums=np.empty(n, np.int32),
        scale=np.empty(n, np.float32),
        inner=np.empty((n, rank), np.int32),
        inner_scale=np.empty(n, np.float32),
        y=np.empty((n, outputs), np.float32),
        exact=np.empty(inputs, np.float32),
        acc=np.empty((n, _TILE), np.int32),
        lora_acc=np.empty(outputs if rank else 0, np.int32),
    )


class LinearWorks:
    """Scratch for a team's rows, reused while their number stays the same: allocating takes as long as a small product.

    Threads share the results, and the rows if there are enough, see :func:`.team.rows_of`.
    """

    def __init__(self, linear: Linears, threads: int) -> None:
        self._linear, self._threads = linear, threads
        self._works: list[LinearWork] = []

    def of(self, n: int) -> list[LinearWork]:
        """Each thread's scratch for ``n`` rows."""
        if not self._works or len(self._works[0].y) != n:
            first, *others = (new_work(n, self._linear) for _ in range(self._threads))
            if n < self._threads:
                others = [one._replace(y=first.y) for one in others]
            else:
                others = [first._replace(exact=one.exact, acc=one.acc, lora_acc=one.lora_acc) for one in others]
            self._works = [first, *others]
        return self._works


def _on_lines(n: int, inputs: int) -> Array:
    """An INT8 array aligned to a cache line: a load across two lines takes twice as long."""
    buffer = np.empty(n * inputs + LINE, np.int8)
    start = -buffer.ctypes.data % LINE
    return buffer[start : start + n * inputs].reshape(n, inputs)


@njit(cache=True, error_model="numpy")
def linear_map(
    x: Array, norm: Array, eps: float, linear: Linears, layer: int, slot: Array, work: LinearWork, member: Member
) -> None:
    """Writes one layer's map of rows, including their adapters, to ``work.y``.

    Args:
        x: ``[n, inputs]``; a thread reads its rows, see :func:`.team.rows_of`.
        norm: of the inputs, ``[inputs]``; empty for none.
        slot: of each row's adapter, ``[n]``, -1 for none.
    """
    first, stop = share(linear.weight.shape[1], member)
    fetch_output(linear.weight[layer], first, x.shape[1])
    read_rows(x, norm, eps, linear, layer, slot, work, member)
    map_outputs(linear, layer, slot, work, first, stop)
    wait(member)


@njit(cache=True, nogil=True, error_model="numpy")
def read_rows(
    x: Array, norm: Array, eps: float, linear: Linears, layer: int, slot: Array, work: LinearWork, member: Member
) -> None:
    """The first half of :func:`linear_map`: norms and quantises the rows."""
    first, stop = rows_of(x.shape[0], member)
    for row in range(first, stop):
        length = _normed(x[row], norm, eps, work.exact)
        read_row(work.exact, length, linear, layer, slot, work, row)
    meet(x.shape[0], member)


@njit(cache=True, error_model="numpy")
def read_row(
    x: Array, length: np.float32, linear: Linears, layer: int, slot: Array, work: LinearWork, row: int
) -> None:
    """Quantises one row times ``length``, and multiplies it by its adapter's ``a``; ``x`` is overwritten."""
    quantized = work.quantized[row]
    work.scale[row] = _quantize(x, quantized) * length
    work.sums[row] = _sum(quantized)
    if linear.deltas.a.shape[2] and slot[row] >= 0:
        one = slice(row, row + 1)
        inner = work.inner[one]
        work.inner_scale[row] = _lora_down(
            work.quantized[one], work.sums[one], work.scale[row], slot[row], linear.deltas, layer, inner
        )


@njit(cache=True, error_model="numpy")
def finish_row(acc: Array, linear: Linears, layer: int, slot: Array, work: LinearWork, row: int, y: Array) -> None:
    """Writes all outputs of one row, ``[outputs]``, from its accumulators, which are overwritten.

    As :func:`map_outputs` does for all rows.
    """
    scale, bias, row_scale = linear.scale[layer], linear.bias[layer], work.scale[row]
    for o in range(y.shape[0]):
        y[o] = np.float32(acc[o]) * scale[o] * row_scale + bias[o]
    if linear.deltas.a.shape[2] and slot[row] >= 0:
        _lora_up(work.inner[row], work.inner_scale[row], slot[row], linear.deltas, layer, 0, y, acc)


@njit(cache=True, error_model="numpy")
def map_outputs(linear: Linears, layer: int, slot: Array, work: LinearWork, first: int, stop: int) -> None:
    """The second half of :func:`linear_map`: the outputs ``first`` to ``stop`` of all rows."""
    n, rank = slot.shape[0], linear.deltas.a.shape[2]
    scale, bias = linear.scale[layer], linear.bias[layer]
    acc = work.acc
    for tile in range(first, stop, _TILE):
        end = min(stop, tile + _TILE)
        matmul(work.quantized, work.sums, linear.weight[layer], tile, end, acc)
        tile_scale, tile_bias = scale[tile:end], bias[tile:end]
        for row in range(n):
            row_scale, y = work.scale[row], work.y[row, tile:end]
            for o in range(end - tile):
                y[o] = np.float32(acc[row, o]) * tile_scale[o] * row_scale + tile_bias[o]
    if rank:
        for row in range(n):
            if slot[row] >= 0:
                inner, row_scale, y = work.inner[row], work.inner_scale[row], work.y[row, first:stop]
                lora_acc = work.lora_acc[first:stop]
                _lora_up(inner, row_scale, slot[row], linear.deltas, layer, first, y, lora_acc)


@njit(cache=True, error_model="numpy")
def _quantize(x: Array, quantized: Array) -> np.float32:
    """Writes a row in INT8 after the Hadamard transform, which overwrites ``x``; returns its largest absolute value."""
    length = hadamard(x)
    bits = bits_of_float(np.float32(TINY))
    for i in range(x.shape[0]):  # without the sign, floats are ordered like their bits
        bits = max(bits, bits_of_float(x[i]) & np.int32(0x7FFFFFFF))
    largest = float_of_bits(bits)
    step = np.float32(LARGEST) / largest
    for i in range(x.shape[0]):
        quantized[i] = np.int8(np.rint(x[i] * step))
    return np.float32(largest * length)


@njit(cache=True, error_model="numpy")
def _normed(x: Array, norm: Array, eps: float, y: Array) -> np.float32:
    """Copies a row, times the norm's weight if there is one; returns the factor that completes the norm."""
    size = x.shape[0]
    if not norm.shape[0]:
        for i in range(size):
            y[i] = x[i]
        return np.float32(1)
    for i in range(size):
        y[i] = x[i] * norm[i]
    squares = dot(x, 0, x, 0, size)
    return np.float32(1 / np.sqrt(squares / np.float32(size) + np.float32(eps)))


@njit(cache=True, error_model="numpy")
def norm_vector(x: Array, weight: Array, eps: float) -> None:
    """Normalises a vector in place."""
    factor = norm_factor(x, eps)
    for i in range(x.shape[0]):
        x[i] *= factor * weight[i]


@njit(cache=True, error_model="numpy")
def norm_factor(x: Array, eps: float) -> np.float32:
    """1 / root mean square of a vector."""
    size = x.shape[0]
    return np.float32(1 / np.sqrt(dot(x, 0, x, 0, size) / np.float32(size) + np.float32(eps)))


@njit(cache=True, error_model="numpy")
def _sum(quantized: Array) -> np.int32:
    total = np.int32(0)
    for i in range(quantized.shape[0]):
        total += np.int32(quantized[i])
    return total


@njit(cache=True, error_model="numpy")
def _lora_down(
    quantized: Array, sums: Array, row_scale: np.float32, slot: int, deltas: Deltas, layer: int, inner: Array
) -> np.float32:
    """Writes one row, ``[1, inputs]``, times ``a`` as integers, ``[1, rank]``; returns the largest absolute number."""
    a, scale = deltas.a[slot, layer], deltas.a_scale[slot, layer]
    rank = a.shape[0]
    matmul(quantized, sums, a, 0, rank, inner)
    largest = np.float32(TINY)
    for j in range(rank):
        largest = max(largest, abs(np.float32(inner[0, j]) * scale[j] * row_scale))
    for j in range(rank):
        exact = np.float32(inner[0, j]) * scale[j] * row_scale
        inner[0, j] = np.int32(np.rint(exact * (np.float32(LARGEST) / largest)))
    return largest


@njit(cache=True, error_model="numpy")
def _lora_up(
    inner: Array, row_scale: np.float32, slot: int, deltas: Deltas, layer: int, first: int, y: Array, acc: Array
) -> None:
    """Adds the product of ``inner`` and ``b`` to a row's outputs from ``first`` on; ``acc`` is scratch of that size."""
    size = y.shape[0]
    b, reach = deltas.b[slot, layer], deltas.reach[slot, layer]
    scale = deltas.b_scale[slot, layer, first : first + size]
    acc[:] = 0
    for j in range(inner.shape[0]):
        weight = inner[j]
        low, high = max(first, reach[j, 0]), min(first + size, reach[j, 1])
        if weight and low < high:
            column, some = b[j, low:high], acc[low - first : high - first]
            for o in range(high - low):
                some[o] += weight * np.int32(column[o])
    for o in range(size):
        y[o] += np.float32(acc[o]) * scale[o] * row_scale

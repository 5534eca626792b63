"""INT8 linear maps, row by row; see :mod:`core.model.quantize`."""

from typing import Any, NamedTuple

import numpy as np
import torch
from numba import njit
from numba.extending import overload

from .numbers import LARGEST, TINY, Array, dot


class Deltas(NamedTuple):
    """What adapters add to one linear map of all layers, each in a slot; without adapters there are no slots.

    ``b a x`` (Hu et al. 2021, LoRA, https://arxiv.org/abs/2106.09685) in INT8: ``a`` ``[slots, layers, rank, inputs]``
    with a scale for each of its rows, ``b`` ``[slots, layers, rank, outputs]`` with one for each output.
    """

    a: Array
    a_scale: Array
    b: Array
    b_scale: Array


class Linears(NamedTuple):
    """One linear map of all layers: ``weight`` INT8 ``[layers, outputs, inputs]``, ``scale`` and ``bias`` by output."""

    weight: Array
    scale: Array
    bias: Array
    deltas: Deltas


@njit(fastmath={"nnan", "nsz"}, cache=True, error_model="numpy")  # the largest number is the same in any order
def quantise(x: Array) -> tuple[Array, Array]:
    """Rows ``[n, inputs]`` in INT8, and the largest number of each, ``[n]``."""
    n, size = x.shape
    whole, factor = np.empty((n, size), np.int8), np.empty(n, np.float32)
    for row in range(n):
        largest = np.float32(TINY)
        for i in range(size):
            largest = max(largest, abs(x[row, i]))
        factor[row] = largest
        step = np.float32(LARGEST) / largest
        for i in range(size):
            whole[row, i] = np.int8(np.rint(x[row, i] * step))
    return whole, factor


@njit(cache=True, error_model="numpy")
def norm_quantise(x: Array, norm: Array, eps: float) -> tuple[Array, Array]:
    """:func:`quantise` after a norm; the length of a row goes into its factor only."""
    n, size = x.shape
    weighted = np.empty((n, size), np.float32)
    for row in range(n):
        for i in range(size):
            weighted[row, i] = x[row, i] * norm[i]
    whole, factor = quantise(weighted)
    for row in range(n):
        squares = dot(x, row * size, x, row * size, size)
        factor[row] /= np.sqrt(squares / np.float32(size) + np.float32(eps))
    return whole, factor


def linear_map(whole: Array, factor: Array, linear: Linears, layer: int, slot: Array) -> Array:
    """One layer's map of rows, with what their adapters add: ``[n, outputs]`` in fp32.

    Compiled code has the integer product of :func:`_product`, Python that of the framework; the result is the same.

    Args:
        whole, factor: the rows as :func:`quantise` makes them, ``[n, inputs]`` and ``[n]``.
        slot: of each row's adapter, ``[n]``, -1 for none.
    """
    ints = torch._int_mm(torch.from_numpy(whole), torch.from_numpy(linear.weight[layer]).t()).numpy()
    y: Array = _finish(ints, whole, factor, linear, layer, slot)
    return y


@overload(linear_map, strict=False)
def _compile_linear_map(whole: Any, factor: Any, linear: Any, layer: Any, slot: Any) -> Any:
    return lambda whole, factor, linear, layer, slot: _finish(
        _product(whole, linear.weight[layer]), whole, factor, linear, layer, slot
    )


@njit(cache=True, error_model="numpy")
def _product(whole: Array, weight: Array) -> Array:
    outputs, size = weight.shape
    ints = np.empty((whole.shape[0], outputs), np.int32)
    for o in range(outputs):
        for row in range(whole.shape[0]):
            total = np.int32(0)
            for i in range(size):
                total += np.int32(weight[o, i]) * np.int32(whole[row, i])
            ints[row, o] = total
    return ints


@njit(cache=True, error_model="numpy")
def rescale(ints: Array, factor: Array, scale: Array, bias: Array) -> Array:
    """Integer products as floats, ``[n, outputs]``."""
    n, outputs = ints.shape
    y = np.empty((n, outputs), np.float32)
    for row in range(n):
        for o in range(outputs):
            y[row, o] = np.float32(ints[row, o]) * scale[o] * factor[row] + bias[o]
    return y


@njit(cache=True, error_model="numpy")
def norm_vector(x: Array, weight: Array, eps: float) -> None:
    """Norms one vector in place."""
    size = x.shape[0]
    factor = np.float32(1) / np.sqrt(dot(x, 0, x, 0, size) / np.float32(size) + np.float32(eps))
    for i in range(x.shape[0]):
        x[i] *= factor * weight[i]


@njit(cache=True, error_model="numpy")
def adapt(y: Array, whole: Array, factor: Array, slot: Array, deltas: Deltas, layer: int) -> None:
    """Adds to each row of ``y``, ``[n, outputs]``, what its adapter does, in place; slot -1 is none.

    Args:
        whole, factor: the inputs as the linear map itself reads them, ``[n, inputs]`` and ``[n]``.
        slot: of each row, ``[n]``.
    """
    a, b = deltas.a, deltas.b
    if a.shape[0] == 0:
        return
    rank, inputs, outputs = a.shape[2], a.shape[3], b.shape[3]
    for row in range(y.shape[0]):
        mine = slot[row]
        if mine >= 0:
            inner = np.empty(rank, np.float32)
            largest = np.float32(TINY)
            for j in range(rank):
                total = np.int32(0)
                for i in range(inputs):
                    total += np.int32(a[mine, layer, j, i]) * np.int32(whole[row, i])
                inner[j] = np.float32(total) * deltas.a_scale[mine, layer, j] * factor[row]
                largest = max(largest, abs(inner[j]))
            sums = np.zeros(outputs, np.int32)
            for j in range(rank):
                weight = np.int32(np.rint(inner[j] * (np.float32(LARGEST) / largest)))
                if weight:
                    for o in range(outputs):
                        sums[o] += weight * np.int32(b[mine, layer, j, o])
            for o in range(outputs):
                y[row, o] += np.float32(sums[o]) * deltas.b_scale[mine, layer, o] * largest


@njit(cache=True, error_model="numpy")
def _finish(ints: Array, whole: Array, factor: Array, linear: Linears, layer: int, slot: Array) -> Array:
    y: Array = rescale(ints, factor, linear.scale[layer], linear.bias[layer])
    adapt(y, whole, factor, slot, linear.deltas, layer)
    return y

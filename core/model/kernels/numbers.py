"""What numba lacks: numbers as their bits, e^x, and sums in a stated order.

A compiler that may add in any order gives another result for every place that a loop is compiled for. So no kernel
allows it that; sums of many floats go through :func:`dot`, which has its order written out.
"""

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import cgutils
from numba.extending import intrinsic, overload

Array = np.ndarray[Any, Any]
LARGEST = 127
"""The largest INT8 number that is used."""

TINY = 1e-30
"""Keeps the scale of what is all zeros away from infinity."""

_LOG2E = np.float32(1.4426950408889634)


@intrinsic
def _float_of_bits(typingctx: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.FloatType())

    return numba.float32(numba.int32), generate


@intrinsic
def _bits_of_float(typingctx: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(32))

    return numba.int32(numba.float32), generate


def wide(number: Any) -> Any:
    """A number of the memory as a float: bf16 is kept as the upper half of its bits."""


@overload(wide, inline="always", strict=False)
def _compile_wide(number: Any) -> Any:
    if isinstance(number, numba.types.Integer):
        return lambda number: _float_of_bits(np.int32(number) << np.int32(16))
    return lambda number: number


def narrow(value: Any, like: Any) -> Any:
    """A float in the memory's format, rounded to nearest, ties to even."""


@overload(narrow, inline="always", strict=False)
def _compile_narrow(value: Any, like: Any) -> Any:
    if isinstance(like, numba.types.Integer):

        def rounded(value: Any, like: Any) -> Any:
            bits = _bits_of_float(value)
            return np.int16((bits + np.int32(0x7FFF) + ((bits >> np.int32(16)) & np.int32(1))) >> np.int32(16))

        return rounded
    return lambda value, like: value


@njit(cache=True, inline="always", error_model="numpy")
def exp(x: Any) -> Any:
    """e^x to seven digits, in a form that the compiler can do for many numbers at once; x is limited to -87..87."""
    t = min(max(x, np.float32(-87.0)), np.float32(87.0)) * _LOG2E
    whole = np.floor(t)
    f = t - whole
    p = np.float32(1.5353362e-4)
    p = p * f + np.float32(1.3398874e-3)
    p = p * f + np.float32(9.6184373e-3)
    p = p * f + np.float32(5.5503324e-2)
    p = p * f + np.float32(2.4022648e-1)
    p = p * f + np.float32(6.9314720e-1)
    p = p * f + np.float32(1.0)
    return p * _float_of_bits((np.int32(whole) + np.int32(127)) << np.int32(23))


_LANES = 16


@intrinsic
def dot(typingctx: Any, a: Any, i: Any, b: Any, j: Any, count: Any) -> Any:
    """Sum of products of ``count`` numbers of two contiguous arrays, from their ``i``-th and ``j``-th on.

    bf16 is widened. Sixteen sums side by side, added up in pairs, then what is left behind the last sixteen.
    """
    return numba.float32(a, numba.intp, b, numba.intp, numba.intp), _generate_dot


def _generate_dot(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    starts = [_start(context, builder, signature, args, at) for at in (0, 2)]
    count = args[4]
    whole = builder.udiv(count, count.type(_LANES))
    lanes = ir.VectorType(ir.FloatType(), _LANES)
    sums = cgutils.alloca_once_value(builder, ir.Constant(lanes, [0.0] * _LANES))
    with cgutils.for_range(builder, whole) as loop:
        at = builder.mul(loop.index, count.type(_LANES))
        x, y = (_load(builder, start, at, _LANES) for start in starts)
        builder.store(builder.call(_multiply_add(builder, lanes), [x, y, builder.load(sums)]), sums)
    vector, size = builder.load(sums), _LANES
    while size > 1:
        size //= 2
        halves = (
            builder.shuffle_vector(vector, vector, ir.Constant(ir.VectorType(ir.IntType(32), size), list(part)))
            for part in (range(size), range(size, 2 * size))
        )
        vector = builder.fadd(*halves)
    total = cgutils.alloca_once_value(builder, builder.extract_element(vector, ir.IntType(32)(0)))
    with cgutils.for_range(builder, builder.urem(count, count.type(_LANES))) as loop:
        at = builder.add(builder.mul(whole, count.type(_LANES)), loop.index)
        x, y = (builder.extract_element(_load(builder, start, at, 1), ir.IntType(32)(0)) for start in starts)
        builder.store(builder.fadd(builder.load(total), builder.fmul(x, y)), total)
    return builder.load(total)


@intrinsic
def add_scaled(typingctx: Any, total: Any, i: Any, weight: Any, vector: Any, j: Any, count: Any) -> Any:
    """Adds ``weight`` times ``count`` numbers of a vector to those of ``total``; places as in :func:`dot`."""
    return numba.void(total, numba.intp, numba.float32, vector, numba.intp, numba.intp), _generate_add_scaled


def _generate_add_scaled(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    total, vector = (_start(context, builder, signature, args, at) for at in (0, 3))
    count, zero = args[5], ir.IntType(32)(0)
    whole = builder.udiv(count, count.type(_LANES))
    for size in (_LANES, 1):
        lanes = ir.VectorType(ir.FloatType(), size)
        weight = builder.insert_element(ir.Constant(lanes, ir.Undefined), args[2], zero)
        weights = builder.shuffle_vector(weight, weight, ir.Constant(ir.VectorType(ir.IntType(32), size), [0] * size))
        first = count.type(0) if size > 1 else builder.mul(whole, count.type(_LANES))
        steps = whole if size > 1 else builder.urem(count, count.type(_LANES))
        with cgutils.for_range(builder, steps) as loop:
            at = builder.add(first, builder.mul(loop.index, count.type(size)))
            x, y = (_load(builder, start, at, size) for start in (vector, total))
            place = builder.bitcast(builder.gep(total, [at]), lanes.as_pointer())
            builder.store(builder.call(_multiply_add(builder, lanes), [x, weights, y]), place, align=4)
    return context.get_dummy_value()


def _start(context: Any, builder: Any, signature: Any, args: Any, at: int) -> Any:
    """Pointer to the place in an array that the next argument names."""
    array = context.make_array(signature.args[at])(context, builder, args[at])
    return builder.gep(array.data, [args[at + 1]])


def _multiply_add(builder: Any, lanes: Any) -> Any:
    kind = ir.FunctionType(lanes, [lanes] * 3)
    return cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{lanes.count}f32")


def _load(builder: Any, start: Any, at: Any, size: int) -> Any:
    """Numbers of a vector from one on, as floats."""
    place = builder.gep(start, [at])
    if isinstance(start.type.pointee, ir.FloatType):
        return builder.load(builder.bitcast(place, ir.VectorType(ir.FloatType(), size).as_pointer()), align=4)
    bits = ir.VectorType(ir.IntType(16), size)
    wide = ir.VectorType(ir.IntType(32), size)
    loaded = builder.zext(builder.load(builder.bitcast(place, bits.as_pointer()), align=2), wide)
    return builder.bitcast(builder.shl(loaded, ir.Constant(wide, [16] * size)), ir.VectorType(ir.FloatType(), size))

"""What numba lacks: bit casts, a vectorisable e^x, and sums in a fixed order.

A compiler that may reorder sums gives different results wherever a loop is compiled. So no kernel allows it except
:mod:`.softmax`; sums of many floats use :func:`dot`, which has an explicit order.
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
"""The largest INT8 value used."""

TINY = 1e-30
"""Least scale, so that rows of zeros do not divide by zero."""

LOG2E = np.float32(1.4426950408889634)


@intrinsic
def float_of_bits(typingctx: Any, bits: Any) -> Any:
    """An integer's bits as a float."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.FloatType())

    return numba.float32(numba.int32), generate


@intrinsic
def bits_of_float(typingctx: Any, value: Any) -> Any:
    """A float's bits as an integer."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(32))

    return numba.int32(numba.float32), generate


def wide(number: Any) -> Any:
    """A number from the KV cache as a float: bf16 is stored as the upper half of its bits."""


@overload(wide, inline="always", strict=False)
def _compile_wide(number: Any) -> Any:
    if isinstance(number, numba.types.Integer):
        return lambda number: float_of_bits(np.int32(number) << np.int32(16))
    return lambda number: number


def narrow(value: Any, like: Any) -> Any:
    """A float in the KV cache's format, rounded to nearest, ties to even."""


@overload(narrow, inline="always", strict=False)
def _compile_narrow(value: Any, like: Any) -> Any:
    if isinstance(like, numba.types.Integer):

        def rounded(value: Any, like: Any) -> Any:
            bits = bits_of_float(value)
            return np.int16((bits + np.int32(0x7FFF) + ((bits >> np.int32(16)) & np.int32(1))) >> np.int32(16))

        return rounded
    return lambda value, like: value


@njit(cache=True, inline="always", error_model="numpy")
def exp(x: Any) -> Any:
    """e^x to seven digits, in a form that the compiler can vectorise; x is limited to -87..87."""
    t = min(max(x, np.float32(-87.0)), np.float32(87.0)) * LOG2E
    whole = np.floor(t)
    f = t - whole
    p = np.float32(1.5353362e-4)
    p = p * f + np.float32(1.3398874e-3)
    p = p * f + np.float32(9.6184373e-3)
    p = p * f + np.float32(5.5503324e-2)
    p = p * f + np.float32(2.4022648e-1)
    p = p * f + np.float32(6.9314720e-1)
    p = p * f + np.float32(1.0)
    return p * float_of_bits((np.int32(whole) + np.int32(127)) << np.int32(23))


LANES = 16


@intrinsic
def dot(typingctx: Any, a: Any, i: Any, b: Any, j: Any, count: Any) -> Any:
    """Dot product of ``count`` numbers of two contiguous arrays, from their ``i``-th and ``j``-th on.

    bf16 is widened. Sixteen partial sums, added pairwise, then the remainder after the last sixteen.
    """
    return numba.float32(a, numba.intp, b, numba.intp, numba.intp), _generate_dot


def _generate_dot(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    starts = [array_place(context, builder, signature, args, at) for at in (0, 2)]
    count = args[4]
    whole = builder.udiv(count, count.type(LANES))
    lanes = ir.VectorType(ir.FloatType(), LANES)
    sums = cgutils.alloca_once_value(builder, ir.Constant(lanes, [0.0] * LANES))
    with cgutils.for_range(builder, whole) as loop:
        at = builder.mul(loop.index, count.type(LANES))
        x, y = (_load(builder, start, at, LANES) for start in starts)
        builder.store(builder.call(_multiply_add(builder, lanes), [x, y, builder.load(sums)]), sums)
    vector, size = builder.load(sums), LANES
    while size > 1:
        size //= 2
        halves = (
            builder.shuffle_vector(vector, vector, ir.Constant(ir.VectorType(ir.IntType(32), size), list(part)))
            for part in (range(size), range(size, 2 * size))
        )
        vector = builder.fadd(*halves)
    total = cgutils.alloca_once_value(builder, builder.extract_element(vector, ir.IntType(32)(0)))
    with cgutils.for_range(builder, builder.urem(count, count.type(LANES))) as loop:
        at = builder.add(builder.mul(whole, count.type(LANES)), loop.index)
        x, y = (builder.extract_element(_load(builder, start, at, 1), ir.IntType(32)(0)) for start in starts)
        builder.store(builder.fadd(builder.load(total), builder.fmul(x, y)), total)
    return builder.load(total)


@intrinsic
def dots(typingctx: Any, vector: Any, i: Any, rows: Any, count: Any, out: Any, j: Any) -> Any:
    """Dot products of ``count`` numbers of a vector, from its ``i``-th on, with each of sixteen rows of this length.

    Results go to ``out`` from its ``j``-th on. The arrays are contiguous fp32; ``count`` is a multiple of sixteen.
    """
    return numba.void(vector, numba.intp, rows, numba.intp, out, numba.intp), _generate_dots


def _generate_dots(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    vector, out = (array_place(context, builder, signature, args, at) for at in (0, 4))
    rows, count = array_data(context, builder, signature, args, 2), args[3]
    lanes = ir.VectorType(ir.FloatType(), LANES)
    starts = [builder.gep(rows, [builder.mul(count, count.type(row))]) for row in range(LANES)]
    sums = [cgutils.alloca_once_value(builder, ir.Constant(lanes, [0.0] * LANES)) for _ in starts]
    with cgutils.for_range(builder, builder.udiv(count, count.type(LANES))) as loop:
        at = builder.mul(loop.index, count.type(LANES))
        x = _load(builder, vector, at, LANES)
        for start, total in zip(starts, sums, strict=True):
            terms = [x, _load(builder, start, at, LANES), builder.load(total)]
            builder.store(builder.call(_multiply_add(builder, lanes), terms), total)
    result = added_up(builder, [builder.load(total) for total in sums], builder.fadd)
    builder.store(result, builder.bitcast(out, lanes.as_pointer()), align=4)
    return context.get_dummy_value()


@intrinsic
def add_rows(typingctx: Any, total: Any, i: Any, weights: Any, j: Any, rows: Any, count: Any) -> Any:
    """Adds sixteen rows of ``count`` numbers, each times its weight, to ``total``; offsets as in :func:`dots`."""
    return numba.void(total, numba.intp, weights, numba.intp, rows, numba.intp), _generate_add_rows


def _generate_add_rows(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    total, weights = (array_place(context, builder, signature, args, at) for at in (0, 2))
    rows, count = array_data(context, builder, signature, args, 4), args[5]
    lanes = ir.VectorType(ir.FloatType(), LANES)
    vector = _load(builder, weights, count.type(0), LANES)
    each = [
        builder.shuffle_vector(vector, vector, ir.Constant(ir.VectorType(ir.IntType(32), LANES), [row] * LANES))
        for row in range(LANES)
    ]
    with cgutils.for_range(builder, builder.udiv(count, count.type(LANES))) as loop:
        at = builder.mul(loop.index, count.type(LANES))
        y = _load(builder, total, at, LANES)
        for row, weight in enumerate(each):
            x = _load(builder, rows, builder.add(at, builder.mul(count, count.type(row))), LANES)
            y = builder.call(_multiply_add(builder, lanes), [x, weight, y])
        builder.store(y, builder.bitcast(builder.gep(total, [at]), lanes.as_pointer()), align=4)
    return context.get_dummy_value()


def added_up(builder: Any, vectors: Any, add: Any) -> Any:
    """The lane sums of ``2^k`` vectors, at most one per lane, as one vector.

    Adds neighbouring lanes, two vectors at a time.
    """
    lanes, count = vectors[0].type.count, len(vectors)

    def neighbours(first: Any, second: Any) -> Any:
        kind = ir.VectorType(ir.IntType(32), lanes)
        halves = (ir.Constant(kind, list(range(odd, 2 * lanes, 2))) for odd in (0, 1))
        return add(*(builder.shuffle_vector(first, second, half) for half in halves))

    while len(vectors) > 1:
        vectors = [neighbours(*pair) for pair in zip(vectors[::2], vectors[1::2], strict=True)]
    (vector,) = vectors
    for _ in range((lanes // count).bit_length() - 1):
        vector = neighbours(vector, vector)
    return vector


def fetch(builder: Any, place: Any) -> None:
    """Prefetches a cache line."""
    number = ir.IntType(32)
    kind = ir.FunctionType(ir.VoidType(), [place.type] + [number] * 3)
    function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
    builder.call(function, [place, *map(number, (0, 3, 1))])  # for reading, to be kept, data


def array_data(context: Any, builder: Any, signature: Any, args: Any, at: int) -> Any:
    """Pointer to the first number of an array argument."""
    return context.make_array(signature.args[at])(context, builder, args[at]).data


def array_place(context: Any, builder: Any, signature: Any, args: Any, at: int) -> Any:
    """Pointer into an array argument at the index given by the next argument."""
    return builder.gep(array_data(context, builder, signature, args, at), [args[at + 1]])


def _multiply_add(builder: Any, lanes: Any) -> Any:
    kind = ir.FunctionType(lanes, [lanes] * 3)
    return cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{lanes.count}f32")


def _load(builder: Any, start: Any, at: Any, size: int) -> Any:
    """Loads ``size`` numbers from index ``at`` on, as floats."""
    place = builder.gep(start, [at])
    if isinstance(start.type.pointee, ir.FloatType):
        return builder.load(builder.bitcast(place, ir.VectorType(ir.FloatType(), size).as_pointer()), align=4)
    bits = ir.VectorType(ir.IntType(16), size)
    wide = ir.VectorType(ir.IntType(32), size)
    loaded = builder.zext(builder.load(builder.bitcast(place, bits.as_pointer()), align=2), wide)
    return builder.bitcast(builder.shl(loaded, ir.Constant(wide, [16] * size)), ir.VectorType(ir.FloatType(), size))

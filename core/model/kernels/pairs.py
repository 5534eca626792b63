"""Products of bf16 numbers, two per lane at once, on processors with the instruction (AVX512-BF16)."""

from typing import Any

import llvmlite.binding
import numba
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic

from .numbers import LANES, added_up, array_data, array_place, fetch

PAIRS = bool(llvmlite.binding.get_host_cpu_features().get("avx512bf16"))
"""Whether this processor has the instruction."""

_BF16S = 2 * LANES
_INT16, _INT32 = ir.IntType(16), ir.IntType(32)
_NUMBERS, _SUMS = ir.VectorType(_INT16, _BF16S), ir.VectorType(ir.FloatType(), LANES)


class _BFloat(ir.Type):  # type: ignore[misc]
    """llvmlite has no bf16."""

    def _to_string(self) -> str:
        return "bfloat"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _BFloat)

    def __hash__(self) -> int:
        return hash(_BFloat)


@intrinsic
def pair_dots(typingctx: Any, vector: Any, i: Any, rows: Any, first: Any, count: Any, out: Any, j: Any) -> Any:
    """Dot products of ``count`` numbers of a vector, from its ``i``-th on, with each of sixteen rows of this length.

    The rows are ``first`` and the following ones. Results are written to ``out``, fp32, from its ``j``-th on. The
    arrays are contiguous; ``count`` is a multiple of 32.
    """
    numbers = numba.intp
    return numba.void(vector, numbers, rows, numbers, numbers, out, numbers), _generate_dots


def _generate_dots(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    vector, out = (array_place(context, builder, signature, args, at) for at in (0, 5))
    rows, count = array_data(context, builder, signature, args, 2), args[4]
    starts = [builder.gep(rows, [builder.mul(builder.add(args[3], count.type(row)), count)]) for row in range(LANES)]
    sums = [cgutils.alloca_once_value(builder, ir.Constant(_SUMS, [0.0] * LANES)) for _ in starts]
    with cgutils.for_range(builder, builder.udiv(count, count.type(_BF16S))) as loop:
        at = builder.mul(loop.index, count.type(_BF16S))
        x = _load(builder, vector, at)
        for start, total in zip(starts, sums, strict=True):
            builder.store(_multiply_add(builder, builder.load(total), x, _load(builder, start, at)), total)
    result = added_up(builder, [builder.load(total) for total in sums], builder.fadd)
    builder.store(result, builder.bitcast(out, _SUMS.as_pointer()), align=4)
    return context.get_dummy_value()


@intrinsic
def pair_mix(typingctx: Any, total: Any, i: Any, weights: Any, j: Any, rows: Any, first: Any, count: Any) -> Any:
    """Adds sixteen rows of ``count`` numbers, each times its weight, to ``total``, fp32, from its ``i``-th on.

    The weights are those from the ``j``-th on, in bf16; for the rest see :func:`pair_dots`.
    """
    numbers = numba.intp
    return numba.void(total, numbers, weights, numbers, rows, numbers, numbers), _generate_mix


def _generate_mix(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    total, weights = (array_place(context, builder, signature, args, at) for at in (0, 2))
    rows, count = array_data(context, builder, signature, args, 4), args[6]
    starts = [builder.gep(rows, [builder.mul(builder.add(args[5], count.type(row)), count)]) for row in range(LANES)]
    pairs = builder.load(builder.bitcast(weights, ir.VectorType(_INT32, LANES // 2).as_pointer()), align=2)
    kind = ir.VectorType(_INT32, LANES)
    each = [
        builder.bitcast(builder.shuffle_vector(pairs, pairs, ir.Constant(kind, [pair] * LANES)), _NUMBERS)
        for pair in range(LANES // 2)
    ]
    with cgutils.for_range(builder, builder.udiv(count, count.type(_BF16S))) as loop:
        at = builder.mul(loop.index, count.type(_BF16S))
        for half in (0, 1):  # interleaves the numbers of two rows, as the instruction requires
            place = builder.gep(total, [builder.add(at, count.type(half * LANES))])
            place = builder.bitcast(place, _SUMS.as_pointer())
            lanes = [row + number for number in range(half * LANES, (half + 1) * LANES) for row in (0, _BF16S)]
            mask = ir.Constant(ir.VectorType(_INT32, _BF16S), lanes)
            y = builder.load(place, align=4)
            for pair, weight in enumerate(each):
                even, odd = (_load(builder, start, at) for start in starts[2 * pair : 2 * pair + 2])
                y = _multiply_add(builder, y, weight, builder.shuffle_vector(even, odd, mask))
            builder.store(y, place, align=4)
    return context.get_dummy_value()


@intrinsic
def fetch_rows(typingctx: Any, rows: Any, first: Any, count: Any) -> Any:
    """Prefetches sixteen rows of ``count`` numbers, from ``first`` on."""
    return numba.void(rows, numba.intp, numba.intp), _generate_fetch


def _generate_fetch(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    count = args[2]
    start = builder.gep(array_data(context, builder, signature, args, 0), [builder.mul(args[1], count)])
    lines = builder.udiv(builder.mul(count, count.type(LANES)), count.type(_BF16S))
    with cgutils.for_range(builder, lines) as loop:
        fetch(builder, builder.gep(start, [builder.mul(loop.index, count.type(_BF16S))]))
    return context.get_dummy_value()


def _load(builder: Any, start: Any, at: Any) -> Any:
    return builder.load(builder.bitcast(builder.gep(start, [at]), _NUMBERS.as_pointer()), align=2)


def _multiply_add(builder: Any, total: Any, a: Any, b: Any) -> Any:
    pairs = ir.VectorType(_BFloat(), _BF16S)
    kind = ir.FunctionType(_SUMS, [_SUMS, pairs, pairs])
    function = cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.avx512bf16.dpbf16ps.512")
    return builder.call(function, [total, builder.bitcast(a, pairs), builder.bitcast(b, pairs)])

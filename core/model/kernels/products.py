"""Products of INT8 rows with INT8 weights, the bulk of a step.

Weights are read once, one output after the other: a processor fetches ahead best along one line. Where it has the
VNNI instruction, which multiplies and adds four pairs for each of its lanes, that is used; integers are exact, so the
result is the same.
"""

from typing import Any

import llvmlite.binding
import numba
import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import cgutils
from numba.extending import intrinsic

from .numbers import Array, added_up

_FEATURES = llvmlite.binding.get_host_cpu_features()
_LANES = 16 if _FEATURES.get("avx512vnni") else 8
_BYTES = 4 * _LANES
_AHEAD = 4096  # bytes of weights that are fetched ahead
_INT32, _INT8 = ir.IntType(32), ir.IntType(8)
_SUMS, _NUMBERS = ir.VectorType(_INT32, _LANES), ir.VectorType(_INT8, _BYTES)


def _products_of(rows: int) -> Any:
    """A function for the products of one output with ``rows`` rows."""

    @intrinsic
    def products(
        typingctx: Any, weight: Any, output: Any, whole: Any, row: Any, size: Any, ints: Any, column: Any, columns: Any
    ) -> Any:
        """Writes a column of ``ints``, too large by 128 times the sum of each row."""
        numbers = numba.intp
        return numba.void(weight, numbers, whole, numbers, numbers, ints, numbers, numbers), generate

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        arrays = (context.make_array(signature.args[at])(context, builder, args[at]) for at in (0, 2, 5))
        weight, whole, ints = (array.data for array in arrays)
        output, row, size, column, columns = args[1], args[3], args[4], args[6], args[7]
        index = size.type
        at_row = [builder.add(row, index(number)) for number in range(rows)]
        weights = builder.gep(weight, [builder.mul(output, size)])
        inputs = [builder.gep(whole, [builder.mul(one, size)]) for one in at_row]
        sums = [cgutils.alloca_once_value(builder, ir.Constant(_SUMS, [0] * _LANES)) for _ in range(rows)]

        def add(at: Any, load: Any) -> None:
            # the instruction wants one side without signs
            unsigned = builder.xor(load(weights, at), ir.Constant(_NUMBERS, [128] * _BYTES))
            for start, total in zip(inputs, sums, strict=True):
                pairs = (builder.bitcast(numbers, _SUMS) for numbers in (unsigned, load(start, at)))
                kind = ir.FunctionType(_SUMS, [_SUMS] * 3)
                function = cgutils.get_or_insert_function(
                    builder.module, kind, f"llvm.x86.avx512.vpdpbusd.{8 * _BYTES}"
                )
                builder.store(builder.call(function, [builder.load(total), *pairs]), total)

        def load(start: Any, at: Any) -> Any:
            return builder.load(builder.bitcast(builder.gep(start, [at]), _NUMBERS.as_pointer()), align=1)

        def load_rest(start: Any, at: Any) -> Any:
            lane = ir.Constant(_NUMBERS, list(range(_BYTES)))
            count = builder.insert_element(ir.Constant(_NUMBERS, ir.Undefined), builder.trunc(rest, _INT8), _INT32(0))
            counts = builder.shuffle_vector(count, count, ir.Constant(ir.VectorType(_INT32, _BYTES), [0] * _BYTES))
            kept = builder.icmp_unsigned("<", lane, counts)
            place = builder.bitcast(builder.gep(start, [at]), _NUMBERS.as_pointer())
            kind = ir.FunctionType(_NUMBERS, [place.type, _INT32, kept.type, _NUMBERS])
            function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.masked.load.v{_BYTES}i8.p0")
            return builder.call(function, [place, _INT32(1), kept, ir.Constant(_NUMBERS, [0] * _BYTES)])

        with cgutils.for_range(builder, builder.udiv(size, index(_BYTES))) as loop:
            at = builder.mul(loop.index, index(_BYTES))
            _fetch(builder, builder.gep(weights, [builder.add(at, index(_AHEAD))]))
            add(at, load)
        rest = builder.urem(size, index(_BYTES))
        with builder.if_then(builder.icmp_unsigned(">", rest, index(0))):
            add(builder.sub(size, rest), load_rest)
        totals = added_up(builder, [builder.load(total) for total in sums], builder.add)
        for lane, one in enumerate(at_row):
            total = builder.extract_element(totals, _INT32(lane))
            builder.store(total, builder.gep(ints, [builder.add(builder.mul(one, columns), column)]))
        return context.get_dummy_value()

    return products


def _fetch(builder: Any, place: Any) -> None:
    kind = ir.FunctionType(ir.VoidType(), [place.type] + [_INT32] * 3)
    function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
    builder.call(function, [place, *map(_INT32, (0, 3, 1))])  # for reading, to be kept, data


_of_many, _of_some, _of_one = (_products_of(rows) for rows in (_LANES, 4, 1))


@njit(cache=True, error_model="numpy")
def products_vnni(whole: Array, sums: Array, weight: Array, first: int, stop: int, ints: Array) -> None:
    """See :data:`products`."""
    (n, size), columns = whole.shape, ints.shape[1]
    for output in range(first, stop):
        column = output - first
        row = 0
        while row + _LANES <= n:
            _of_many(weight, output, whole, row, size, ints, column, columns)
            row += _LANES
        while row + 4 <= n:
            _of_some(weight, output, whole, row, size, ints, column, columns)
            row += 4
        while row < n:
            _of_one(weight, output, whole, row, size, ints, column, columns)
            row += 1
    for row in range(n):
        for column in range(stop - first):
            ints[row, column] -= np.int32(128) * sums[row]


@njit(cache=True, error_model="numpy")
def products_plain(whole: Array, sums: Array, weight: Array, first: int, stop: int, ints: Array) -> None:
    """See :data:`products`."""
    for output in range(first, stop):
        for row in range(whole.shape[0]):
            total = np.int32(0)
            for i in range(whole.shape[1]):
                total += np.int32(weight[output, i]) * np.int32(whole[row, i])
            ints[row, output - first] = total


products = products_vnni if _FEATURES.get("avx512vnni") or _FEATURES.get("avxvnni") else products_plain
"""Products of rows ``[n, inputs]`` with the weights ``[outputs, inputs]`` of the outputs ``first`` to ``stop``.

Args:
    sums: of each row, INT32 ``[n]``.
    ints: INT32 ``[n, at least stop - first]``, where they go.
"""

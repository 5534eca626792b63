"""Products of INT8 rows with INT8 weights, the bulk of a step.

Weights are read once: for a few rows output by output, since prefetching works best along one stream, for many rows in
blocks, so that each load is used several times. The VNNI instruction, which multiplies and adds four pairs per lane, is
used if available, otherwise three AVX2 instructions. Integers are exact, so the result is the same.
"""

from typing import Any

import llvmlite.binding
import numba
import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import cgutils
from numba.extending import intrinsic

from .numbers import Array, added_up, array_data, fetch

_FEATURES = llvmlite.binding.get_host_cpu_features()
_VNNI = bool(_FEATURES.get("avx512vnni") or _FEATURES.get("avxvnni"))
_LANES = 16 if _FEATURES.get("avx512vnni") else 8
_BYTES = 4 * _LANES
_AHEAD = 8192  # bytes of weights that are prefetched
_FIRST = 4096  # bytes of weights that are prefetched before the inputs are ready
LINE = 64  # bytes per cache line
_INT32, _INT8 = ir.IntType(32), ir.IntType(8)
_SUMS, _NUMBERS = ir.VectorType(_INT32, _LANES), ir.VectorType(_INT8, _BYTES)
_PAIRS = ir.VectorType(ir.IntType(16), 2 * _LANES)
_EXCESS = np.int32(128 if _VNNI else 0)  # added to each weight to make it unsigned


def _add_with_vnni(builder: Any, sums: Any, inputs: Any, weights: Any) -> None:
    """Adds the products of each input with each weight to its sum; the instruction needs one side unsigned."""
    multiply_add = _instruction(builder, f"avx512.vpdpbusd.{8 * _BYTES}", _SUMS, [_SUMS] * 3)
    unsigned = [builder.bitcast(builder.xor(one, _constant(_NUMBERS, -128)), _SUMS) for one in weights]
    for number, row in enumerate(inputs):
        signed = builder.bitcast(row, _SUMS)
        for total, one in zip(sums[number * len(weights) :], unsigned, strict=False):
            builder.store(builder.call(multiply_add, [builder.load(total), one, signed]), total)


def _add_with_avx2(builder: Any, sums: Any, inputs: Any, weights: Any) -> None:
    """The same with AVX2. The unsigned side is the inputs' absolute values, their signs go to the weights; the sum of
    two products of numbers up to 127 fits into INT16."""
    with_sign = _instruction(builder, "avx2.psign.b", _NUMBERS, [_NUMBERS] * 2)
    multiply_add = _instruction(builder, "avx2.pmadd.ub.sw", _PAIRS, [_NUMBERS] * 2)
    add_pairs = _instruction(builder, "avx2.pmadd.wd", _SUMS, [_PAIRS] * 2)
    for number, row in enumerate(inputs):
        sizes = builder.call(with_sign, [row, row])
        for total, one in zip(sums[number * len(weights) :], weights, strict=False):
            pairs = builder.call(multiply_add, [sizes, builder.call(with_sign, [one, row])])
            fours = builder.call(add_pairs, [pairs, _constant(_PAIRS, 1)])
            builder.store(builder.add(builder.load(total), fours), total)


def _instruction(builder: Any, name: str, result: Any, arguments: Any) -> Any:
    return cgutils.get_or_insert_function(builder.module, ir.FunctionType(result, arguments), f"llvm.x86.{name}")


def _constant(kind: Any, number: int) -> Any:
    return ir.Constant(kind, [number] * kind.count)


def _matmul_of(rows: int, outputs: int) -> Any:
    """A function for the products of several rows with several outputs, so that each load is used several times."""

    @intrinsic
    def matmul(
        typingctx: Any,
        weight: Any,
        output: Any,
        quantized: Any,
        row: Any,
        size: Any,
        acc: Any,
        column: Any,
        columns: Any,
    ) -> Any:
        """Writes ``outputs`` columns of ``acc`` from ``column`` on, too large by ``_EXCESS`` times each row's sum."""
        numbers = numba.intp
        return numba.void(weight, numbers, quantized, numbers, numbers, acc, numbers, numbers), generate

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        weight, quantized, acc = (array_data(context, builder, signature, args, at) for at in (0, 2, 5))
        output, row, size, column, columns = args[1], args[3], args[4], args[6], args[7]
        index = size.type
        at_row = [builder.add(row, index(number)) for number in range(rows)]
        at_output = [builder.add(output, index(number)) for number in range(outputs)]
        weights = [builder.gep(weight, [builder.mul(one, size)]) for one in at_output]
        inputs = [builder.gep(quantized, [builder.mul(one, size)]) for one in at_row]
        sums = [cgutils.alloca_once_value(builder, ir.Constant(_SUMS, [0] * _LANES)) for _ in range(rows * outputs)]

        def add(at: Any, load: Any) -> None:
            add_products = _add_with_vnni if _VNNI else _add_with_avx2
            add_products(builder, sums, [load(one, at) for one in inputs], [load(one, at) for one in weights])

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
            for number in range(outputs):  # in memory order, which prefetches best
                line = builder.add(builder.mul(at, index(outputs)), index(_AHEAD + number * _BYTES))
                fetch(builder, builder.gep(weights[0], [line]))
            add(at, load)
        rest = builder.urem(size, index(_BYTES))
        with builder.if_then(builder.icmp_unsigned(">", rest, index(0))):
            add(builder.sub(size, rest), load_rest)
        totals = added_up(builder, [builder.load(total) for total in sums], builder.add)
        for number, one in enumerate(at_row):
            some = [number * outputs + lane for lane in range(outputs)]
            vector = builder.shuffle_vector(totals, totals, ir.Constant(ir.VectorType(_INT32, outputs), some))
            place = builder.gep(acc, [builder.add(builder.mul(one, columns), column)])
            builder.store(vector, builder.bitcast(place, vector.type.as_pointer()), align=4)
        return context.get_dummy_value()

    return matmul


@intrinsic
def fetch_output(typingctx: Any, weight: Any, output: Any, size: Any) -> Any:
    """Starts prefetching the weights of an output and the following ones."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        start = builder.gep(array_data(context, builder, signature, args, 0), [builder.mul(args[1], args[2])])
        for at in range(0, _FIRST, LINE):
            fetch(builder, builder.gep(start, [args[2].type(at)]))
        return context.get_dummy_value()

    return numba.void(weight, numba.intp, numba.intp), generate


_TOGETHER = 4  # rows
_WIDE = _LANES // _TOGETHER  # outputs that then fit the processor's registers
_MANY = 2 * _TOGETHER  # from this many rows, computing takes longer than reading the weights
_block, _row = _matmul_of(_TOGETHER, _WIDE), _matmul_of(1, _WIDE)
_column, _one = _matmul_of(_TOGETHER, 1), _matmul_of(1, 1)


@njit(cache=True, nogil=True, error_model="numpy")
def matmul_vectors(quantized: Array, sums: Array, weight: Array, first: int, stop: int, acc: Array) -> None:
    """See :data:`matmul`."""
    (n, size), columns = quantized.shape, acc.shape[1]
    output = first
    while output + _WIDE <= stop and n >= _MANY:
        row = 0
        while row + _TOGETHER <= n:
            _block(weight, output, quantized, row, size, acc, output - first, columns)
            row += _TOGETHER
        while row < n:
            _row(weight, output, quantized, row, size, acc, output - first, columns)
            row += 1
        output += _WIDE
    while output < stop:
        row = 0
        while row + _TOGETHER <= n:
            _column(weight, output, quantized, row, size, acc, output - first, columns)
            row += _TOGETHER
        while row < n:
            _one(weight, output, quantized, row, size, acc, output - first, columns)
            row += 1
        output += 1
    if _EXCESS:
        for row in range(n):
            for column in range(stop - first):
                acc[row, column] -= _EXCESS * sums[row]


@njit(cache=True, nogil=True, error_model="numpy")
def matmul_plain(quantized: Array, sums: Array, weight: Array, first: int, stop: int, acc: Array) -> None:
    """See :data:`matmul`."""
    for output in range(first, stop):
        for row in range(quantized.shape[0]):
            total = np.int32(0)
            for i in range(quantized.shape[1]):
                total += np.int32(weight[output, i]) * np.int32(quantized[row, i])
            acc[row, output - first] = total


matmul = matmul_vectors if _VNNI or _FEATURES.get("avx2") else matmul_plain
"""Products of rows ``[n, inputs]`` with the weights ``[outputs, inputs]`` of the outputs ``first`` to ``stop``.

No number is below -127.

Args:
    sums: of each row, INT32 ``[n]``.
    acc: INT32 ``[n, at least stop - first]``, for the results.
"""

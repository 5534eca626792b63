"""Attention over selected tokens: their scores, and the weighted sum of their values.

Keys and values in bf16 are widened to fp32, or multiplied in pairs if the processor can.
"""

from typing import Any, NamedTuple

import numba
import numpy as np
from numba import njit
from numba.extending import overload

from .numbers import LANES, Array, add_rows, dots, narrow, wide
from .pairs import PAIRS, fetch_rows, pair_dots, pair_mix

_USUAL = 64  # numbers of a head


class Scratch(NamedTuple):
    """A thread's scratch for some tokens.

    Their positions in the pool ``[tokens]``, their scores ``[repeat, tokens]``, queries or outputs of heads
    ``[repeat, size]``, keys or values in fp32 ``[16, size]``, and queries or weights in bf16 ``[repeat, head_dim or
    tokens]``; the size is a multiple of 16.
    """

    places: Array
    scores: Array
    query: Array
    wide: Array
    short: Array


def new_scratch(repeat: int, head_dim: int, tokens: int) -> Scratch:
    """Scratch for ``repeat`` heads of size ``head_dim`` and ``tokens`` tokens at a time."""
    size = -(-head_dim // LANES) * LANES
    return Scratch(
        places=np.empty(tokens, np.int64),
        scores=np.empty((repeat, tokens), np.float32),
        query=np.zeros((repeat, size), np.float32),
        wide=np.zeros((LANES, size), np.float32),
        short=np.empty((repeat, max(head_dim, tokens)), np.int16),
    )


def score(
    query: Array,
    scale: np.float32,
    keys: Array,
    values: Array,
    places: Array,
    page: int,
    scores: Array,
    scratch: Scratch,
) -> None:
    """Writes scores of queries ``[repeat, head_dim]`` for keys at ``places``: ``[repeat, tokens or more]``. ``values``
    may be prefetched."""


def mix(weights: Array, values: Array, places: Array, page: int, mixed: Array, scratch: Scratch) -> None:
    """Adds the weighted values of some tokens to the heads' outputs, ``[repeat, head_dim]``.

    Weights after the last token, up to a multiple of 16, are 0.
    """


@njit(cache=True, error_model="numpy")
def _score_wide(
    query: Array,
    scale: np.float32,
    keys: Array,
    values: Array,
    places: Array,
    page: int,
    scores: Array,
    scratch: Scratch,
) -> None:
    (repeat, head_dim), size = query.shape, scratch.query.shape[1]
    for head in range(repeat):
        for i in range(head_dim):
            scratch.query[head, i] = query[head, i] * scale
    for at in range(0, places.shape[0], LANES):
        _widen(keys, places[at : at + LANES], scratch.wide)  # once for all heads
        for head in range(repeat):
            dots(scratch.query, head * size, scratch.wide, size, scores, head * scores.shape[1] + at)


@njit(cache=True, error_model="numpy")
def _mix_wide(weights: Array, values: Array, places: Array, page: int, mixed: Array, scratch: Scratch) -> None:
    (repeat, head_dim), size = mixed.shape, scratch.query.shape[1]
    scratch.query[:] = 0
    for at in range(0, places.shape[0], LANES):
        _widen(values, places[at : at + LANES], scratch.wide)
        for head in range(repeat):
            add_rows(scratch.query, head * size, weights, head * weights.shape[1] + at, scratch.wide, size)
    for head in range(repeat):
        for i in range(head_dim):
            mixed[head, i] += scratch.query[head, i]


@njit(cache=True, error_model="numpy")
def _widen(numbers: Array, places: Array, rows: Array) -> None:
    for row, place in enumerate(places):
        for i in range(numbers.shape[1]):
            rows[row, i] = wide(numbers[place, i])


@njit(cache=True, error_model="numpy")
def _score_pairs(
    query: Array,
    scale: np.float32,
    keys: Array,
    values: Array,
    places: Array,
    page: int,
    scores: Array,
    scratch: Scratch,
) -> None:
    repeat, head_dim = query.shape
    if head_dim % (2 * LANES) or page % LANES:
        _score_wide(query, scale, keys, values, places, page, scores, scratch)
        return
    rounded, like = scratch.short, np.int16(0)
    for head in range(repeat):
        for i in range(head_dim):
            rounded[head, i] = narrow(query[head, i] * scale, like)
    count = places.shape[0]
    for at in range(0, count, LANES):  # tokens of a page are contiguous
        fetch_rows(keys, places[min(at + LANES, count - LANES)], head_dim)
        fetch_rows(values, places[at], head_dim)
        for head in range(repeat):
            to = head * scores.shape[1] + at
            pair_dots(rounded, head * rounded.shape[1], keys, places[at], head_dim, scores, to)


@njit(cache=True, error_model="numpy")
def _mix_pairs(weights: Array, values: Array, places: Array, page: int, mixed: Array, scratch: Scratch) -> None:
    repeat, head_dim = mixed.shape
    if head_dim % (2 * LANES) or page % LANES:
        _mix_wide(weights, values, places, page, mixed, scratch)
        return
    short, count, like = scratch.short, places.shape[0], np.int16(0)
    for head in range(repeat):
        for at in range(count):
            short[head, at] = narrow(weights[head, at], like)
    for at in range(0, count, LANES):
        for head in range(repeat):
            start = head * short.shape[1] + at
            if head_dim == _USUAL:  # as a compile-time constant it takes half the time
                pair_mix(mixed, head * _USUAL, short, start, values, places[at], _USUAL)
            else:
                pair_mix(mixed, head * head_dim, short, start, values, places[at], head_dim)


@overload(score, strict=False)
def _compile_score(
    query: Any, scale: Any, keys: Any, values: Any, places: Any, page: Any, scores: Any, scratch: Any
) -> Any:
    chosen = _score_pairs if _has_pairs(keys) else _score_wide
    return lambda query, scale, keys, values, places, page, scores, scratch: chosen(
        query, scale, keys, values, places, page, scores, scratch
    )


@overload(mix, strict=False)
def _compile_mix(weights: Any, values: Any, places: Any, page: Any, mixed: Any, scratch: Any) -> Any:
    chosen = _mix_pairs if _has_pairs(values) else _mix_wide
    return lambda weights, values, places, page, mixed, scratch: chosen(weights, values, places, page, mixed, scratch)


def _has_pairs(memory: Any) -> bool:
    return PAIRS and isinstance(memory.dtype, numba.types.Integer)

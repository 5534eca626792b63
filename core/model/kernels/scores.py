"""Scores of some tokens and the mix of their values, widened to fp32, or in pairs of bf16 where the processor can."""

from typing import Any

import numba
import numpy as np
from numba import njit
from numba.extending import overload

from .numbers import LANES, Array, add_rows, dots, narrow, wide
from .pairs import PAIRS, fetch_rows, pair_dots, pair_mix

_USUAL = 64  # width of a head


def score(query: Array, scale: np.float32, keys: Array, values: Array, places: Array, page: int, scores: Array) -> None:
    """Scores of heads ``[repeat, width]`` for some tokens, ``[repeat, room]``, whose values are read next."""


def mix(weights: Array, values: Array, places: Array, page: int, mixed: Array) -> None:
    """Adds the values of some tokens, each with its weight, to what heads read, ``[repeat, width]``."""


@njit(cache=True, error_model="numpy")
def _score_wide(
    query: Array, scale: np.float32, keys: Array, values: Array, places: Array, page: int, scores: Array
) -> None:
    repeat, width = query.shape
    room, size = scores.shape[1], -(-width // LANES) * LANES
    asked = np.zeros((repeat, size), np.float32)
    for head in range(repeat):
        for i in range(width):
            asked[head, i] = query[head, i] * scale
    some = np.zeros((LANES, size), np.float32)  # widened once for all heads
    for at in range(0, room, LANES):
        _widen(keys, places[at : at + LANES], some)
        for head in range(repeat):
            dots(asked, head * size, some, size, scores, head * room + at)


@njit(cache=True, error_model="numpy")
def _mix_wide(weights: Array, values: Array, places: Array, page: int, mixed: Array) -> None:
    (repeat, width), room = mixed.shape, weights.shape[1]
    size = -(-width // LANES) * LANES
    sums, some = np.zeros((repeat, size), np.float32), np.zeros((LANES, size), np.float32)
    for at in range(0, room, LANES):
        _widen(values, places[at : at + LANES], some)
        for head in range(repeat):
            add_rows(sums, head * size, weights, head * room + at, some, size)
    mixed += sums[:, :width]


@njit(cache=True, error_model="numpy")
def _widen(numbers: Array, places: Array, rows: Array) -> None:
    for row, place in enumerate(places):
        for i in range(numbers.shape[1]):
            rows[row, i] = wide(numbers[place, i])


@njit(cache=True, error_model="numpy")
def _score_pairs(
    query: Array, scale: np.float32, keys: Array, values: Array, places: Array, page: int, scores: Array
) -> None:
    repeat, width = query.shape
    if width % (2 * LANES) or page % LANES:
        _score_wide(query, scale, keys, values, places, page, scores)
        return
    asked, like = np.empty((repeat, width), np.int16), np.int16(0)
    for head in range(repeat):
        for i in range(width):
            asked[head, i] = narrow(query[head, i] * scale, like)
    room = scores.shape[1]
    for at in range(0, room, LANES):  # tokens of a page lie side by side
        fetch_rows(keys, places[min(at + LANES, room - LANES)], width)
        fetch_rows(values, places[at], width)
        for head in range(repeat):
            pair_dots(asked, head * width, keys, places[at], width, scores, head * room + at)


@njit(cache=True, error_model="numpy")
def _mix_pairs(weights: Array, values: Array, places: Array, page: int, mixed: Array) -> None:
    (repeat, width), room = mixed.shape, weights.shape[1]
    if width % (2 * LANES) or page % LANES:
        _mix_wide(weights, values, places, page, mixed)
        return
    short, like = np.empty((repeat, room), np.int16), np.int16(0)
    for head in range(repeat):
        for at in range(room):
            short[head, at] = narrow(weights[head, at], like)
    for at in range(0, room, LANES):
        for head in range(repeat):
            if width == _USUAL:  # known to the compiler, it takes half the time
                pair_mix(mixed, head * _USUAL, short, head * room + at, values, places[at], _USUAL)
            else:
                pair_mix(mixed, head * width, short, head * room + at, values, places[at], width)


@overload(score, strict=False)
def _compile_score(query: Any, scale: Any, keys: Any, values: Any, places: Any, page: Any, scores: Any) -> Any:
    chosen = _score_pairs if _has_pairs(keys) else _score_wide
    return lambda query, scale, keys, values, places, page, scores: chosen(
        query, scale, keys, values, places, page, scores
    )


@overload(mix, strict=False)
def _compile_mix(weights: Any, values: Any, places: Any, page: Any, mixed: Any) -> Any:
    chosen = _mix_pairs if _has_pairs(values) else _mix_wide
    return lambda weights, values, places, page, mixed: chosen(weights, values, places, page, mixed)


def _has_pairs(memory: Any) -> bool:
    return PAIRS and isinstance(memory.dtype, numba.types.Integer)

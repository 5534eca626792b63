"""Scores of some tokens and the mix of their values, widened to fp32, or in pairs of bf16 where the processor can."""

from typing import Any, NamedTuple

import numba
import numpy as np
from numba import njit
from numba.extending import overload

from .numbers import LANES, Array, add_rows, dots, narrow, wide
from .pairs import PAIRS, fetch_rows, pair_dots, pair_mix

_USUAL = 64  # width of a head


class Room(NamedTuple):
    """What a thread makes of some tokens.

    Where they lie ``[tokens]``, their scores ``[repeat, tokens]``, what heads ask or read ``[repeat, size]``, keys or
    values in fp32 ``[16, size]``, and queries or weights in bf16 ``[repeat, width or tokens]``; the size is a multiple
    of 16.
    """

    places: Array
    scores: Array
    asked: Array
    wide: Array
    short: Array


def new_room(repeat: int, width: int, tokens: int) -> Room:
    """Room for ``repeat`` heads of a width and so many tokens at a time."""
    size = -(-width // LANES) * LANES
    return Room(
        places=np.empty(tokens, np.int64),
        scores=np.empty((repeat, tokens), np.float32),
        asked=np.zeros((repeat, size), np.float32),
        wide=np.zeros((LANES, size), np.float32),
        short=np.empty((repeat, max(width, tokens)), np.int16),
    )


def score(
    query: Array, scale: np.float32, keys: Array, values: Array, places: Array, page: int, scores: Array, room: Room
) -> None:
    """Scores of heads ``[repeat, width]`` for some tokens, whose values are read next: ``[repeat, tokens or more]``."""


def mix(weights: Array, values: Array, places: Array, page: int, mixed: Array, room: Room) -> None:
    """Adds the values of some tokens, each with its weight, to what heads read, ``[repeat, width]``.

    Weights behind the last token, to a multiple of 16, are 0.
    """


@njit(cache=True, error_model="numpy")
def _score_wide(
    query: Array, scale: np.float32, keys: Array, values: Array, places: Array, page: int, scores: Array, room: Room
) -> None:
    (repeat, width), size = query.shape, room.asked.shape[1]
    for head in range(repeat):
        for i in range(width):
            room.asked[head, i] = query[head, i] * scale
    for at in range(0, places.shape[0], LANES):
        _widen(keys, places[at : at + LANES], room.wide)  # once for all heads
        for head in range(repeat):
            dots(room.asked, head * size, room.wide, size, scores, head * scores.shape[1] + at)


@njit(cache=True, error_model="numpy")
def _mix_wide(weights: Array, values: Array, places: Array, page: int, mixed: Array, room: Room) -> None:
    (repeat, width), size = mixed.shape, room.asked.shape[1]
    room.asked[:] = 0
    for at in range(0, places.shape[0], LANES):
        _widen(values, places[at : at + LANES], room.wide)
        for head in range(repeat):
            add_rows(room.asked, head * size, weights, head * weights.shape[1] + at, room.wide, size)
    for head in range(repeat):
        for i in range(width):
            mixed[head, i] += room.asked[head, i]


@njit(cache=True, error_model="numpy")
def _widen(numbers: Array, places: Array, rows: Array) -> None:
    for row, place in enumerate(places):
        for i in range(numbers.shape[1]):
            rows[row, i] = wide(numbers[place, i])


@njit(cache=True, error_model="numpy")
def _score_pairs(
    query: Array, scale: np.float32, keys: Array, values: Array, places: Array, page: int, scores: Array, room: Room
) -> None:
    repeat, width = query.shape
    if width % (2 * LANES) or page % LANES:
        _score_wide(query, scale, keys, values, places, page, scores, room)
        return
    asked, like = room.short, np.int16(0)
    for head in range(repeat):
        for i in range(width):
            asked[head, i] = narrow(query[head, i] * scale, like)
    count = places.shape[0]
    for at in range(0, count, LANES):  # tokens of a page lie side by side
        fetch_rows(keys, places[min(at + LANES, count - LANES)], width)
        fetch_rows(values, places[at], width)
        for head in range(repeat):
            to = head * scores.shape[1] + at
            pair_dots(asked, head * asked.shape[1], keys, places[at], width, scores, to)


@njit(cache=True, error_model="numpy")
def _mix_pairs(weights: Array, values: Array, places: Array, page: int, mixed: Array, room: Room) -> None:
    repeat, width = mixed.shape
    if width % (2 * LANES) or page % LANES:
        _mix_wide(weights, values, places, page, mixed, room)
        return
    short, count, like = room.short, places.shape[0], np.int16(0)
    for head in range(repeat):
        for at in range(count):
            short[head, at] = narrow(weights[head, at], like)
    for at in range(0, count, LANES):
        for head in range(repeat):
            start = head * short.shape[1] + at
            if width == _USUAL:  # known to the compiler, it takes half the time
                pair_mix(mixed, head * _USUAL, short, start, values, places[at], _USUAL)
            else:
                pair_mix(mixed, head * width, short, start, values, places[at], width)


@overload(score, strict=False)
def _compile_score(
    query: Any, scale: Any, keys: Any, values: Any, places: Any, page: Any, scores: Any, room: Any
) -> Any:
    chosen = _score_pairs if _has_pairs(keys) else _score_wide
    return lambda query, scale, keys, values, places, page, scores, room: chosen(
        query, scale, keys, values, places, page, scores, room
    )


@overload(mix, strict=False)
def _compile_mix(weights: Any, values: Any, places: Any, page: Any, mixed: Any, room: Any) -> Any:
    chosen = _mix_pairs if _has_pairs(values) else _mix_wide
    return lambda weights, values, places, page, mixed, room: chosen(weights, values, places, page, mixed, room)


def _has_pairs(memory: Any) -> bool:
    return PAIRS and isinstance(memory.dtype, numba.types.Integer)

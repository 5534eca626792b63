"""What generated tokens read of a paged memory."""

from typing import NamedTuple

import numpy as np
from numba import njit

from .choice import Rows, Rules, choose_pages, far_pages
from .numbers import LANES, Array, dot, exp, narrow, wide
from .rotary import rotate_back
from .scores import Scratch, mix, new_scratch, score
from .team import Member, begin, rows_of, share, take, wait

_SPLIT = 128  # keys that a thread reads at a time
_ONES = np.ones(_SPLIT, np.float32)


class PoolArrays(NamedTuple):
    """A pool of all layers, see :class:`core.model.memory.Pool`; bf16 as INT16 of the same bits."""

    keys: Array
    values: Array
    bounds: Array


class AttentionWork(NamedTuple):
    """What rows read: the pages ``[n, kv_heads, pages]`` and how many, and the result ``[n, heads * head_dim]``.

    Threads share the pages in pieces, as in Flash-Decoding (https://pytorch.org/blog/flash-decoding/): of each piece
    the weighted sum of values ``[n, kv_heads, pieces, repeat, head_dim]``, the sum of weights that it is to be divided
    by, and the largest score. And scratch for what a thread makes meanwhile.
    """

    pages: Array
    counts: Array
    mixed: Array
    denominator: Array
    largest: Array
    out: Array
    scratch: Scratch


def new_attention_work(queries: Array, kv_heads: int, rows: Rows, rules: Rules) -> AttentionWork:
    """Scratch for queries ``[n, heads, head_dim]``, for all layers and as many tokens as whole pieces hold."""
    n, heads, head_dim = queries.shape
    piece = _SPLIT // rules.page
    pieces = -(-(int(rows.seen.max()) // rules.page + 1) // piece)
    pages, parts = pieces * piece, (n, kv_heads, pieces, heads // kv_heads)
    return AttentionWork(
        pages=np.empty((n, kv_heads, pages), np.int64),
        counts=np.empty((n, kv_heads), np.int64),
        mixed=np.empty((*parts, head_dim), np.float32),
        denominator=np.empty(parts, np.float32),
        largest=np.empty(parts, np.float32),
        out=np.empty((n, heads * head_dim), np.float32),
        scratch=new_scratch(heads // kv_heads, head_dim, _SPLIT),
    )


def new_attention_works(queries: Array, kv_heads: int, rows: Rows, rules: Rules, threads: int) -> list[AttentionWork]:
    """That of each thread. They share all but the scratch, and results of fewer rows, see :func:`.team.rows_of`."""
    first, *others = (new_attention_work(queries, kv_heads, rows, rules) for _ in range(threads))
    shared = len(queries) >= threads
    return [first, *(first._replace(scratch=one.scratch, out=first.out if shared else one.out) for one in others)]


@njit(cache=True, error_model="numpy")
def append_kv(
    heads: Array, keys: Array, values: Array, bounds: Array, rows: Rows, rules: Rules, member: Member
) -> None:
    """Stores keys and values, the heads ``[n, 2 * kv_heads, head_dim]``, and the bounds of pages that become full.

    A thread does so for its share of the key/value heads: rows of one sequence fill a page together.
    """
    kv_heads, head_dim = keys.shape[0], keys.shape[2]
    mine, others = share(kv_heads, member)
    for row in range(heads.shape[0]):
        token = rows.seen[row] - 1
        place = rows.table[row, token // rules.block] * rules.block + token % rules.block
        for kv_head in range(mine, others):
            for i in range(head_dim):
                keys[kv_head, place, i] = narrow(heads[row, kv_head, i], keys[0, 0, 0])
                values[kv_head, place, i] = narrow(heads[row, kv_heads + kv_head, i], values[0, 0, 0])
            if place % rules.page == rules.page - 1:
                first = place - rules.page + 1
                for i in range(head_dim):
                    most = least = wide(keys[kv_head, first, i])
                    for other in range(first + 1, place + 1):
                        most = max(most, wide(keys[kv_head, other, i]))
                        least = min(least, wide(keys[kv_head, other, i]))
                    bounds[kv_head, place // rules.page, i] = narrow(most, bounds[0, 0, 0])
                    bounds[kv_head, place // rules.page, head_dim + i] = narrow(least, bounds[0, 0, 0])


@njit(cache=True, error_model="numpy")
def _read(
    query: Array,
    keys: Array,
    values: Array,
    table: Array,
    pages: Array,
    first: int,
    seen: int,
    far: int,
    rules: Rules,
    scale: float,
    mixed: Array,
    denominator: Array,
    largest: Array,
    scratch: Scratch,
) -> None:
    """Attention of heads ``[repeat, head_dim]`` over the tokens ``first`` to ``seen`` of some pages.

    Writes the weighted sum of values, the sum of weights it is to be divided by, and the largest score.
    """
    repeat, page = query.shape[0], rules.page
    count = pages.shape[0] * page
    places = scratch.places[:count]
    for number in range(pages.shape[0]):
        token = pages[number] * page
        place = table[token // rules.block] * rules.block + token % rules.block
        for offset in range(page):
            places[number * page + offset] = place + offset
    start = max(0, first - pages[0] * page)
    stop = count - page + min(page, seen - pages[-1] * page)
    scores = scratch.scores
    if pages[0] < far:
        _score_far(query, np.float32(scale), keys, values, places, pages, far, rules, scores, scratch)
    else:
        score(query, np.float32(scale), keys, values, places, page, scores, scratch)
    for head in range(repeat):
        mine = scores[head, start:stop]
        top = _largest(mine)
        for at in range(stop - start):
            mine[at] = exp(mine[at] - top)
        largest[head], denominator[head] = top, dot(mine, 0, _ONES, 0, stop - start)
        scores[head, :start] = 0
        scores[head, stop:] = 0
    mixed[:] = 0
    mix(scores, values, places, page, mixed, scratch)


@njit(fastmath={"nnan", "nsz"}, cache=True, error_model="numpy")  # the largest number is the same in any order
def _largest(numbers: Array) -> np.float32:
    largest = numbers[0]
    for at in range(1, numbers.shape[0]):
        largest = max(largest, numbers[at])
    return np.float32(largest)


@njit(cache=True, error_model="numpy")
def _score_far(
    query: Array,
    scale: np.float32,
    keys: Array,
    values: Array,
    places: Array,
    pages: Array,
    far: int,
    rules: Rules,
    scores: Array,
    scratch: Scratch,
) -> None:
    """As :func:`score`, page by page, the queries turned for those that are far."""
    page, turned = rules.page, np.empty(query.shape, np.float32)
    some = np.empty((query.shape[0], -(-page // LANES) * LANES), np.float32)
    for number in range(pages.shape[0]):
        turn, tokens = far - 1 - pages[number], slice(number * page, (number + 1) * page)
        if turn >= 0:
            rotate_back(query, rules.far.cosine[turn], rules.far.sine[turn], turned)
        else:
            turned[:] = query
        score(turned, scale, keys, values, places[tokens], page, some, scratch)
        scores[:, tokens] = some[:, :page]


@njit(cache=True, error_model="numpy")
def _merge(row: int, heads: int, head_dim: int, piece: int, work: AttentionWork) -> None:
    """Writes a row's result, the mean of its pieces by the weights that they would have had together."""
    repeat = heads // work.counts.shape[1]
    for head in range(heads):
        kv_head, query = head // repeat, head % repeat
        parts = -(-work.counts[row, kv_head] // piece)
        largest = work.largest[row, kv_head, 0, query]
        for part in range(1, parts):
            largest = max(largest, work.largest[row, kv_head, part, query])
        total = np.float32(0)
        for part in range(parts):
            total += work.denominator[row, kv_head, part, query] * exp(
                work.largest[row, kv_head, part, query] - largest
            )
        out = work.out[row, head * head_dim : (head + 1) * head_dim]
        out[:] = 0
        for part in range(parts):
            weight = exp(work.largest[row, kv_head, part, query] - largest) / total
            for i in range(head_dim):
                out[i] += work.mixed[row, kv_head, part, query, i] * weight


@njit(cache=True, error_model="numpy")
def attend(
    queries: Array,
    keys: Array,
    values: Array,
    bounds: Array,
    marks: Array,
    rows: Rows,
    window: int,
    rules: Rules,
    scale: float,
    work: AttentionWork,
    member: Member,
) -> None:
    """Writes what queries ``[n, heads, head_dim]`` read of one layer's memory to ``work.out``.

    ``marks`` are the layer's, ``[sequences, kv_heads, pages]``.

    Returns once a thread's rows are there, see :func:`.team.rows_of`.
    """
    n, heads, _ = queries.shape
    kv_heads = keys.shape[0]
    repeat = heads // kv_heads
    pages, counts = work.pages, work.counts
    begin(member)
    choose_pages(queries, bounds, marks, rows, window, rules, scale, pages, counts, member)
    wait(member)
    piece = _SPLIT // rules.page
    turn, mine, most = 0, take(member), 0
    for row in range(n):
        for kv_head in range(kv_heads):
            most = max(most, counts[row, kv_head])
    for part in range(-(-most // piece)):  # full pieces come first, so that threads end at about the same time
        for row in range(n):
            for kv_head in range(kv_heads):
                if part * piece >= counts[row, kv_head]:
                    continue
                if turn == mine:
                    _read(
                        queries[row, kv_head * repeat : (kv_head + 1) * repeat],
                        keys[kv_head],
                        values[kv_head],
                        rows.table[row],
                        pages[row, kv_head, part * piece : min(counts[row, kv_head], (part + 1) * piece)],
                        max(0, rows.seen[row] - window) if window else 0,
                        rows.seen[row],
                        far_pages(rows.seen[row], window, rules),
                        rules,
                        scale,
                        work.mixed[row, kv_head, part],
                        work.denominator[row, kv_head, part],
                        work.largest[row, kv_head, part],
                        work.scratch,
                    )
                    mine = take(member)
                turn += 1
    wait(member)
    first, stop = rows_of(n, member)
    for row in range(first, stop):
        _merge(row, heads, queries.shape[2], piece, work)

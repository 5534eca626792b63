"""Which pages of a paged memory generated tokens read."""

from typing import NamedTuple

import numpy as np
from numba import njit

from .numbers import Array, dot, exp
from .rotary import rotate_back
from .team import Member, wait


class Far(NamedTuple):
    """What is read as if it stood closer, see :class:`core.model.self_extend.SelfExtend`."""

    first: int
    step: int
    cosine: Array
    sine: Array


NOTHING_FAR = Far(0, 1, np.empty((0, 0), np.float32), np.empty((0, 0), np.float32))


class Rules(NamedTuple):
    """Which pages a token reads, see :class:`core.model.sparse.SparsePolicy`; all where it stands early enough."""

    page: int
    block: int
    dense_until: int
    first: int
    local: int
    budget: float
    far: Far


class Rows(NamedTuple):
    """The tokens of a step: the blocks of their sequences ``[n, blocks]``, how many tokens each of them reads, itself
    included, ``[n]``, their rotations ``[kinds, n, head_dim]``, the slots of their adapters ``[n]``, -1 for none, which
    sequence each belongs to ``[n]``, and what the sequences' questions marked ``[sequences, layers, kv_heads, pages]``,
    see :mod:`core.model.pages`; pages behind the last have no marks."""

    table: Array
    seen: Array
    cosine: Array
    sine: Array
    slot: Array
    sequence: Array
    marks: Array


@njit(cache=True, error_model="numpy")
def far_pages(seen: int, window: int, rules: Rules) -> int:
    """How many pages are far from the last token of some, none with a window."""
    far = rules.far
    if window or far.cosine.shape[0] == 0 or seen <= far.first:
        return 0
    return int(((seen - 1) // far.step - 1) * far.step // rules.page)


@njit(cache=True, error_model="numpy")
def _choose(
    query: Array,
    bounds: Array,
    marks: Array,
    table: Array,
    seen: int,
    far: int,
    rules: Rules,
    scale: float,
    pages: Array,
) -> int:
    """Writes the pages that heads ``[repeat, head_dim]`` read in a long memory to ``pages``; returns how many.

    Those that hold the beginning, the newest tokens, and what the heads may look at most by its bounds and its marks.
    For each of the ``far`` first pages the queries are turned.
    """
    ratio, head_dim = rules.block // rules.page, query.shape[1]
    local = seen // rules.page - rules.local * ratio
    first = rules.first * ratio
    weight = np.zeros(local, np.float32)
    bound, ones = np.empty(local, np.float32), np.ones(local, np.float32)
    signed, turned = np.empty(2 * head_dim, np.float32), np.empty((1, head_dim), np.float32)
    for head in range(query.shape[0]):
        most = np.float32(-3e38)
        for page in range(local):
            if page < far:
                turn = far - 1 - page
                rotate_back(query[head : head + 1], rules.far.cosine[turn], rules.far.sine[turn], turned)
                _sign(turned[0], signed)
            elif page == far:
                _sign(query[head], signed)
            place = table[page // ratio] * ratio + page % ratio
            bound[page] = dot(signed, 0, bounds, place * 2 * head_dim, 2 * head_dim) * np.float32(scale)
            most = max(most, bound[page])
        for page in range(local):
            bound[page] = exp(bound[page] - most)
        total = dot(bound, 0, ones, 0, local)
        for page in range(local):
            weight[page] += bound[page] / total
    for page in range(min(local, marks.shape[0])):
        weight[page] += marks[page]
    wanted = int(np.ceil(rules.budget * np.sqrt(float(seen)) / rules.block)) * ratio
    least = np.partition(weight[first:], local - first - wanted)[local - first - wanted]
    count = 0
    for page in range(first):
        pages[count] = page
        count += 1
    above = 0
    for page in range(first, local):
        above += weight[page] > least
    ties = wanted - above
    for page in range(first, local):
        if weight[page] > least or (weight[page] == least and ties > 0):
            ties -= weight[page] == least
            pages[count] = page
            count += 1
    for page in range(local, -(-seen // rules.page)):
        pages[count] = page
        count += 1
    return count


@njit(cache=True, error_model="numpy")
def _sign(query: Array, signed: Array) -> None:
    """The positive numbers and behind them the negative ones, each with zeros for the others."""
    head_dim = query.shape[0]
    for i in range(head_dim):
        signed[i] = max(query[i], np.float32(0))
        signed[head_dim + i] = min(query[i], np.float32(0))


@njit(cache=True, error_model="numpy")
def choose_pages(
    queries: Array,
    bounds: Array,
    marks: Array,
    rows: Rows,
    window: int,
    rules: Rules,
    scale: float,
    pages: Array,
    counts: Array,
    member: Member,
) -> None:
    """Writes the ``pages`` that each row reads and their ``counts``, a thread its share of the rows and heads."""
    n, heads, _ = queries.shape
    kv_heads = bounds.shape[0]
    repeat = heads // kv_heads
    seen = 0
    for row in range(n):
        seen = max(seen, rows.seen[row])
    if window == 0 and seen > rules.dense_until:
        wait(member)  # for the bounds that were stored last
    for task in range(member.number, n * kv_heads, member.threads):
        row, kv_head = task // kv_heads, task % kv_heads
        seen = rows.seen[row]
        far = far_pages(seen, window, rules)
        if window == 0 and seen > rules.dense_until:
            mine, marked = queries[row, kv_head * repeat : (kv_head + 1) * repeat], marks[rows.sequence[row], kv_head]
            table, chosen = rows.table[row], pages[row, kv_head]
            counts[row, kv_head] = _choose(mine, bounds[kv_head], marked, table, seen, far, rules, scale, chosen)
        else:
            first = max(0, seen - window) // rules.page if window else 0
            counts[row, kv_head] = -(-seen // rules.page) - first
            for at in range(counts[row, kv_head]):
                pages[row, kv_head, at] = first + at

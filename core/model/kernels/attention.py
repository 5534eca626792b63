"""What generated tokens read of a paged memory."""

from typing import NamedTuple

import numpy as np
from numba import njit

from .numbers import LANES, Array, dot, exp, narrow, wide
from .rotary import rotate_back
from .scores import Room, mix, new_room, score
from .team import Member, begin, rows_of, share, take, wait

_SPLIT = 128  # keys that a thread reads at a time
_ONES = np.ones(_SPLIT, np.float32)


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


class PoolArrays(NamedTuple):
    """A pool of all layers, see :class:`core.model.memory.Pool`; bf16 as INT16 of the same bits."""

    keys: Array
    values: Array
    bounds: Array


class Rows(NamedTuple):
    """The tokens of a step: the blocks of their sequences ``[n, blocks]``, how many tokens each of them reads, itself
    included, ``[n]``, their rotations ``[kinds, n, width]``, the slots of their adapters ``[n]``, -1 for none, which
    sequence each belongs to ``[n]``, and what the sequences' questions marked ``[sequences, layers, groups, pages]``,
    see :mod:`core.model.pages`; pages behind the last have no marks."""

    table: Array
    seen: Array
    cosine: Array
    sine: Array
    slot: Array
    sequence: Array
    marks: Array


class AttentionWork(NamedTuple):
    """Room for what rows read: the pages ``[n, groups, pages]`` and how many; for each piece of them the mix of values
    ``[n, groups, pieces, repeat, width]``, the sum of weights it is to be divided by, and the largest score; and the
    result ``[n, heads * width]``. And room for what a thread makes meanwhile."""

    pages: Array
    counts: Array
    mixed: Array
    total: Array
    most: Array
    out: Array
    room: Room


def new_attention_work(queries: Array, groups: int, rows: Rows, rules: Rules) -> AttentionWork:
    """Room for queries ``[n, heads, width]``, for all layers and as many tokens as whole pieces hold."""
    n, heads, width = queries.shape
    piece = _SPLIT // rules.page
    pieces = -(-(int(rows.seen.max()) // rules.page + 1) // piece)
    pages, parts = pieces * piece, (n, groups, pieces, heads // groups)
    return AttentionWork(
        pages=np.empty((n, groups, pages), np.int64),
        counts=np.empty((n, groups), np.int64),
        mixed=np.empty((*parts, width), np.float32),
        total=np.empty(parts, np.float32),
        most=np.empty(parts, np.float32),
        out=np.empty((n, heads * width), np.float32),
        room=new_room(heads // groups, width, _SPLIT),
    )


def new_attention_works(queries: Array, groups: int, rows: Rows, rules: Rules, threads: int) -> list[AttentionWork]:
    """That of each thread. They share all but the room, and results of fewer rows, see :func:`.team.rows_of`."""
    first, *others = (new_attention_work(queries, groups, rows, rules) for _ in range(threads))
    shared = len(queries) >= threads
    return [first, *(first._replace(room=one.room, out=first.out if shared else one.out) for one in others)]


@njit(cache=True, error_model="numpy")
def remember(heads: Array, keys: Array, values: Array, bounds: Array, rows: Rows, rules: Rules, member: Member) -> None:
    """Stores keys and values, the heads ``[n, 2 * groups, width]``, and the bounds of pages that become full.

    A thread does so for its share of the groups: rows of one sequence fill a page together.
    """
    groups, width = keys.shape[0], keys.shape[2]
    mine, others = share(groups, member)
    for row in range(heads.shape[0]):
        token = rows.seen[row] - 1
        place = rows.table[row, token // rules.block] * rules.block + token % rules.block
        for group in range(mine, others):
            for i in range(width):
                keys[group, place, i] = narrow(heads[row, group, i], keys[0, 0, 0])
                values[group, place, i] = narrow(heads[row, groups + group, i], values[0, 0, 0])
            if place % rules.page == rules.page - 1:
                first = place - rules.page + 1
                for i in range(width):
                    most = least = wide(keys[group, first, i])
                    for other in range(first + 1, place + 1):
                        most = max(most, wide(keys[group, other, i]))
                        least = min(least, wide(keys[group, other, i]))
                    bounds[group, place // rules.page, i] = narrow(most, bounds[0, 0, 0])
                    bounds[group, place // rules.page, width + i] = narrow(least, bounds[0, 0, 0])


@njit(cache=True, error_model="numpy")
def _far_pages(seen: int, window: int, rules: Rules) -> int:
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
    """Writes the pages that heads ``[repeat, width]`` read in a long memory to ``pages``; returns how many.

    Those that hold the beginning, the newest tokens, and what the heads may look at most by its bounds and its marks.
    For each of the ``far`` first pages the queries are turned.
    """
    ratio, width = rules.block // rules.page, query.shape[1]
    local = seen // rules.page - rules.local * ratio
    first = rules.first * ratio
    weight = np.zeros(local, np.float32)
    bound, ones = np.empty(local, np.float32), np.ones(local, np.float32)
    signed, turned = np.empty(2 * width, np.float32), np.empty((1, width), np.float32)
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
            bound[page] = dot(signed, 0, bounds, place * 2 * width, 2 * width) * np.float32(scale)
            most = max(most, bound[page])
        for page in range(local):
            bound[page] = exp(bound[page] - most)
        whole = dot(bound, 0, ones, 0, local)
        for page in range(local):
            weight[page] += bound[page] / whole
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
    width = query.shape[0]
    for i in range(width):
        signed[i] = max(query[i], np.float32(0))
        signed[width + i] = min(query[i], np.float32(0))


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
    total: Array,
    most: Array,
    room: Room,
) -> None:
    """Attention of heads ``[repeat, width]`` over the tokens ``first`` to ``seen`` of some pages.

    Writes the mix of values, the sum of weights it is to be divided by, and the largest score.
    """
    repeat, page = query.shape[0], rules.page
    count = pages.shape[0] * page
    places = room.places[:count]
    for number in range(pages.shape[0]):
        token = pages[number] * page
        place = table[token // rules.block] * rules.block + token % rules.block
        for offset in range(page):
            places[number * page + offset] = place + offset
    start = max(0, first - pages[0] * page)
    stop = count - page + min(page, seen - pages[-1] * page)
    scores = room.scores
    if pages[0] < far:
        _score_far(query, np.float32(scale), keys, values, places, pages, far, rules, scores, room)
    else:
        score(query, np.float32(scale), keys, values, places, page, scores, room)
    for head in range(repeat):
        mine = scores[head, start:stop]
        largest = _largest(mine)
        for at in range(stop - start):
            mine[at] = exp(mine[at] - largest)
        most[head], total[head] = largest, dot(mine, 0, _ONES, 0, stop - start)
        scores[head, :start] = 0
        scores[head, stop:] = 0
    mixed[:] = 0
    mix(scores, values, places, page, mixed, room)


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
    room: Room,
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
        score(turned, scale, keys, values, places[tokens], page, some, room)
        scores[:, tokens] = some[:, :page]


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
    """Writes what queries ``[n, heads, width]`` read of one layer's memory to ``work.out``.

    ``marks`` are the layer's, ``[sequences, groups, pages]``.

    Returns once a thread's rows are there, see :func:`.team.rows_of`.
    """
    n, heads, width = queries.shape
    groups = keys.shape[0]
    repeat = heads // groups
    begin(member)
    seen = 0
    for row in range(n):
        seen = max(seen, rows.seen[row])
    if window == 0 and seen > rules.dense_until:
        wait(member)  # for the bounds that were stored last
    pages, counts = work.pages, work.counts
    for task in range(member.number, n * groups, member.threads):
        row, group = task // groups, task % groups
        seen = rows.seen[row]
        far = _far_pages(seen, window, rules)
        if window == 0 and seen > rules.dense_until:
            mine, marked = queries[row, group * repeat : (group + 1) * repeat], marks[rows.sequence[row], group]
            table, chosen = rows.table[row], pages[row, group]
            counts[row, group] = _choose(mine, bounds[group], marked, table, seen, far, rules, scale, chosen)
        else:
            first = max(0, seen - window) // rules.page if window else 0
            counts[row, group] = -(-seen // rules.page) - first
            for at in range(counts[row, group]):
                pages[row, group, at] = first + at
    wait(member)
    piece = _SPLIT // rules.page
    turn, mine, most = 0, take(member), 0
    for row in range(n):
        for group in range(groups):
            most = max(most, counts[row, group])
    for part in range(-(-most // piece)):  # full pieces come first, so that threads end at about the same time
        for row in range(n):
            for group in range(groups):
                if part * piece >= counts[row, group]:
                    continue
                if turn == mine:
                    _read(
                        queries[row, group * repeat : (group + 1) * repeat],
                        keys[group],
                        values[group],
                        rows.table[row],
                        pages[row, group, part * piece : min(counts[row, group], (part + 1) * piece)],
                        max(0, rows.seen[row] - window) if window else 0,
                        rows.seen[row],
                        _far_pages(rows.seen[row], window, rules),
                        rules,
                        scale,
                        work.mixed[row, group, part],
                        work.total[row, group, part],
                        work.most[row, group, part],
                        work.room,
                    )
                    mine = take(member)
                turn += 1
    wait(member)
    first, stop = rows_of(n, member)
    for row in range(first, stop):
        for head in range(heads):
            group, query = head // repeat, head % repeat
            parts = -(-counts[row, group] // piece)
            largest = work.most[row, group, 0, query]
            for part in range(1, parts):
                largest = max(largest, work.most[row, group, part, query])
            whole = np.float32(0)
            for part in range(parts):
                whole += work.total[row, group, part, query] * exp(work.most[row, group, part, query] - largest)
            out = work.out[row, head * width : (head + 1) * width]
            out[:] = 0
            for part in range(parts):
                weight = exp(work.most[row, group, part, query] - largest) / whole
                for i in range(width):
                    out[i] += work.mixed[row, group, part, query, i] * weight

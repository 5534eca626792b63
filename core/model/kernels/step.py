"""The step from one token to the next on a processor, in INT8, compiled to machine code by numba.

A step reads every weight once and does little with it, so it is bound by memory; a framework's calls, some hundred a
token, take three times as long as the rules. Here a step of all sequences is one call. Threads share the rows where
each is worked on by itself, and the outputs of linear maps.

Every row of a step is computed by itself: what a sequence gets does not depend on its neighbours, to the bit.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from .attention import AttentionWork, PoolArrays, Rows, Rules, attend, new_attention_work, remember
from .linear import Linears, LinearWork, linear_map, map_outputs, new_work, norm_vector, read_rows
from .numbers import Array, exp
from .rotary import rotate
from .team import Member, Team, share, wait


class Network(NamedTuple):
    """What a step needs to know of a model; a norm that it does not have is empty."""

    attention_in: Linears
    attention_out: Linears
    mlp_in: Linears
    mlp_out: Linears
    norm: Array  # [layers, hidden], as all norms of the residual stream
    mlp_norm: Array
    added_norm: Array
    mlp_added_norm: Array
    query_norm: Array  # [layers, width]
    key_norm: Array
    window: Array  # [layers], 0 reads everything
    rotation: Array  # [layers], which of a step's rotations
    heads: int
    eps: float
    scale: float
    gelu: bool


@njit(cache=True, error_model="numpy")
def gate(gates: Array, inputs: Array, gelu: bool, out: Array) -> None:
    """Inner values of the feed-forward for one row."""
    for i in range(out.shape[0]):
        gate = gates[i]
        steep = gate
        if gelu:  # the tanh form, written with the sigmoid
            steep = np.float32(1.5957691216) * (gate + np.float32(0.044715) * gate * gate * gate)
        out[i] = gate / (np.float32(1) + exp(-steep)) * inputs[i]


@njit(cache=True, error_model="numpy")
def _inner(x: Array, network: Network, layer: int, slot: Array, work: LinearWork, inner: Array, member: Member) -> None:
    """Writes the feed-forward's inner values, ``[n, inner]``; a thread makes those whose gate it has."""
    read_rows(x, network.mlp_norm[layer], network.eps, network.mlp_in, layer, slot, work, member)
    size = inner.shape[1]
    first, stop = share(size, member)
    map_outputs(network.mlp_in, layer, slot, work, first, stop, member)
    map_outputs(network.mlp_in, layer, slot, work, size + first, size + stop, member)
    for row in range(x.shape[0]):
        gates, inputs = work.y[row, first:stop], work.y[row, size + first : size + stop]
        gate(gates, inputs, network.gelu, inner[row, first:stop])
    wait(member)


@njit(cache=True, error_model="numpy")
def _add(x: Array, y: Array, norms: Array, layer: int, eps: float, member: Member) -> None:
    """Adds to the residual stream, in place, after a norm where the model has one."""
    first, stop = share(x.shape[0], member)
    for row in range(first, stop):
        if norms.shape[0]:
            norm_vector(y[row], norms[layer], eps)
        for i in range(x.shape[1]):
            x[row, i] += y[row, i]


@njit(cache=True, error_model="numpy")
def _place(head_rows: Array, network: Network, layer: int, rows: Rows, queries: Array, member: Member) -> None:
    """Norms and turns queries and keys, the first of ``[n, heads + 2 * groups, width]``, in place; copies queries."""
    heads, turn = network.heads, network.rotation[layer]
    turning = (head_rows.shape[1] + heads) // 2
    first, stop = share(head_rows.shape[0], member)
    for row in range(first, stop):
        for head in range(turning):
            if network.query_norm.shape[0]:
                norm = network.query_norm[layer] if head < heads else network.key_norm[layer]
                norm_vector(head_rows[row, head], norm, network.eps)
            rotate(head_rows[row, head], rows.cosine[turn, row], rows.sine[turn, row])
        queries[row] = head_rows[row, :heads]


class Work(NamedTuple):
    """Room for what a layer computes."""

    attention_in: LinearWork
    attention: AttentionWork
    attention_out: LinearWork
    mlp_in: LinearWork
    inner: Array
    mlp_out: LinearWork


@njit(cache=True, nogil=True, error_model="numpy")
def _step(
    x: Array,
    network: Network,
    pool: PoolArrays,
    rows: Rows,
    rules: Rules,
    queries: Array,
    work: Work,
    member: Member,
) -> None:
    n, heads, width, none = x.shape[0], network.heads, pool.keys.shape[3], x[0, :0]
    eps, slot = network.eps, rows.slot
    for layer in range(pool.keys.shape[0]):
        y = linear_map(x, network.norm[layer], eps, network.attention_in, layer, slot, work.attention_in, member)
        head_rows = y.reshape((n, y.shape[1] // width, width))
        _place(head_rows, network, layer, rows, queries[layer], member)
        wait(member)
        keys, values, bounds = pool.keys[layer], pool.values[layer], pool.bounds[layer]
        remember(head_rows[:, heads:], keys, values, bounds, rows, rules, member)
        wait(member)
        window, scale = network.window[layer], network.scale
        memory = keys, values, bounds, rows.marks[:, layer]
        read = attend(queries[layer], *memory, rows, window, rules, scale, work.attention, member)
        y = linear_map(read, none, eps, network.attention_out, layer, slot, work.attention_out, member)
        _add(x, y, network.added_norm, layer, eps, member)
        _inner(x, network, layer, slot, work.mlp_in, work.inner, member)
        y = linear_map(work.inner, none, eps, network.mlp_out, layer, slot, work.mlp_out, member)
        _add(x, y, network.mlp_added_norm, layer, eps, member)
    wait(member)


def step(team: Team, x: Array, network: Network, pool: PoolArrays, rows: Rows, rules: Rules, queries: Array) -> None:
    """Runs one token of each of some sequences.

    Args:
        team: the threads.
        x: embeddings, ``[n, hidden]`` fp32; becomes the state, in place.
        network: the model.
        pool: where their memories lie.
        rows: the tokens.
        rules: what they read.
        queries: becomes what each layer asked, ``[layers, n, heads, width]``.
    """
    n, count = len(x), team.count
    work = Work(
        attention_in=new_work(n, network.attention_in, count),
        attention=new_attention_work(queries[0], pool.keys.shape[1], rows, rules, count),
        attention_out=new_work(n, network.attention_out, count),
        mlp_in=new_work(n, network.mlp_in, count),
        inner=np.empty((n, network.mlp_out.weight.shape[2]), np.float32),
        mlp_out=new_work(n, network.mlp_out, count),
    )
    team.run(_step, x, network, pool, rows, rules, queries, work)


@njit(cache=True, nogil=True, error_model="numpy")
def _scores(x: Array, norm: Array, eps: float, head: Linears, slot: Array, work: LinearWork, member: Member) -> None:
    linear_map(x, norm, eps, head, 0, slot, work, member)


def scores(team: Team, x: Array, norm: Array, eps: float, head: Linears) -> Array:
    """Scores of every token of the vocabulary, ``[n, vocabulary]`` for states ``[n, hidden]``.

    Args:
        team: the threads.
        norm: the last norm, ``[hidden]``.
        head: the output layer, as a single layer.
    """
    work = new_work(len(x), head, team.count)
    team.run(_scores, x, norm, eps, head, np.full(len(x), -1), work)
    return work.y

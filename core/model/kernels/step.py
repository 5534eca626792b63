"""The step from one token to the next on a processor, in INT8, compiled to machine code by numba.

A step reads every weight once and does little with it, so it is bound by memory; a framework's calls, some hundred a
token, take three times as long as the rules. Here a step of few sequences is one call. With more sequences the
products go to the framework, whose INT8 kernels are faster there: integers are exact, so the result is the same.

Every row of a step is computed by itself: what a sequence gets does not depend on its neighbours, to the bit.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from .attention import PoolArrays, Rows, Rules, attend, remember
from .linear import Linears, linear_map, norm_quantise, norm_vector, quantise
from .numbers import Array, exp

FEW = 4
"""Rows up to which the products here are faster than the framework's."""


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
def _rotate(head: Array, cosine: Array, sine: Array) -> None:
    """Turns one head in place; ``sine`` is signed, see :meth:`core.model.rope.Rope.at`."""
    half = head.shape[0] // 2
    for i in range(half):
        a, b = head[i], head[half + i]
        head[i] = a * cosine[i] + b * sine[i]
        head[half + i] = b * cosine[half + i] + a * sine[half + i]


@njit(cache=True, error_model="numpy")
def _gate(y: Array, gelu: bool) -> Array:
    """The feed-forward's inner values, ``[n, inner]``, from gate and input side by side."""
    n, inner = y.shape[0], y.shape[1] // 2
    out = np.empty((n, inner), np.float32)
    for row in range(n):
        for i in range(inner):
            gate = y[row, i]
            steep = gate
            if gelu:  # the tanh form, written with the sigmoid
                steep = np.float32(1.5957691216) * (gate + np.float32(0.044715) * gate * gate * gate)
            out[row, i] = gate / (np.float32(1) + exp(-steep)) * y[row, inner + i]
    return out


@njit(cache=True, error_model="numpy")
def _add(x: Array, y: Array, norms: Array, layer: int, eps: float) -> None:
    """Adds to the residual stream, in place, after a norm where the model has one."""
    for row in range(x.shape[0]):
        if norms.shape[0]:
            norm_vector(y[row], norms[layer], eps)
        for i in range(x.shape[1]):
            x[row, i] += y[row, i]


def _step(x: Array, network: Network, pool: PoolArrays, rows: Rows, rules: Rules, queries: Array) -> None:
    n, heads, width = x.shape[0], network.heads, pool.keys.shape[3]
    eps = network.eps
    for layer in range(pool.keys.shape[0]):
        whole, factor = norm_quantise(x, network.norm[layer], eps)
        y = linear_map(whole, factor, network.attention_in, layer, rows.slot)
        head_rows = y.reshape((n, y.shape[1] // width, width))
        turn = network.rotation[layer]
        _place(head_rows, heads, network.query_norm, network.key_norm, layer, eps, rows.cosine[turn], rows.sine[turn])
        queries[layer] = head_rows[:, :heads]
        keys, values, bounds = pool.keys[layer], pool.values[layer], pool.bounds[layer]
        remember(head_rows[:, heads:], keys, values, bounds, rows, rules)
        y = attend(queries[layer], keys, values, bounds, rows, network.window[layer], rules, network.scale)
        whole, factor = quantise(y)
        y = linear_map(whole, factor, network.attention_out, layer, rows.slot)
        _add(x, y, network.added_norm, layer, eps)
        whole, factor = norm_quantise(x, network.mlp_norm[layer], eps)
        y = linear_map(whole, factor, network.mlp_in, layer, rows.slot)
        whole, factor = quantise(_gate(y, network.gelu))
        y = linear_map(whole, factor, network.mlp_out, layer, rows.slot)
        _add(x, y, network.mlp_added_norm, layer, eps)


@njit(cache=True, error_model="numpy")
def _place(
    head_rows: Array,
    heads: int,
    query_norm: Array,
    key_norm: Array,
    layer: int,
    eps: float,
    cosine: Array,
    sine: Array,
) -> None:
    """Norms and turns queries and keys, the first of ``[n, heads + 2 * groups, width]``, in place."""
    turning = (head_rows.shape[1] + heads) // 2
    for row in range(head_rows.shape[0]):
        for head in range(turning):
            if query_norm.shape[0]:
                norm_vector(head_rows[row, head], query_norm[layer] if head < heads else key_norm[layer], eps)
            _rotate(head_rows[row, head], cosine[row], sine[row])


_step_of_few = njit(cache=True, error_model="numpy")(_step)


def step(x: Array, network: Network, pool: PoolArrays, rows: Rows, rules: Rules, queries: Array) -> None:
    """Runs one token of each of some sequences.

    Args:
        x: embeddings, ``[n, hidden]`` fp32; becomes the state, in place.
        network: the model.
        pool: where their memories lie.
        rows: the tokens.
        rules: what they read.
        queries: becomes what each layer asked, ``[layers, n, heads, width]``.
    """
    run = _step_of_few if len(x) <= FEW else _step
    run(x, network, pool, rows, rules, queries)


def _scores(x: Array, norm: Array, eps: float, head: Linears) -> Array:
    whole, factor = norm_quantise(x, norm, eps)
    y: Array = linear_map(whole, factor, head, 0, np.full(len(x), -1))
    return y


_scores_of_few = njit(cache=True, error_model="numpy")(_scores)


def scores(x: Array, norm: Array, eps: float, head: Linears) -> Array:
    """Scores of every token of the vocabulary, ``[n, vocabulary]`` for states ``[n, hidden]``.

    Args:
        norm: the last norm, ``[hidden]``.
        head: the output layer, as a single layer.
    """
    array: Array = (_scores_of_few if len(x) <= FEW else _scores)(x, norm, eps, head)
    return array

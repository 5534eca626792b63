"""The step from one token to the next on a CPU, in INT8, compiled to machine code by numba.

A step reads every weight once and does little with it, so it is memory-bound; a framework's calls, some hundred per
token, take three times as long as the arithmetic. Here a step of all sequences is one call. Threads divide the rows
where rows are independent, and the outputs of linear maps.

Every row of a step is computed independently: a sequence's result is bit-identical whatever else is in the batch.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numba import njit

from .attention import AttentionWork, PoolArrays, append_kv, attend, new_attention_works
from .choice import Rows, Rules
from .linear import Linears, LinearWork, LinearWorks, linear_map, map_outputs, norm_factor, norm_vector, read_rows
from .matmul import fetch_output
from .numbers import Array, exp
from .rotary import rotate
from .team import Member, Team, meet, ring, rows_of, share, wait


class Network(NamedTuple):
    """The parameters of a model; a norm that it does not have is empty."""

    qkv_proj: Linears
    o_proj: Linears
    gate_up_proj: Linears
    down_proj: Linears
    norm: Array  # [layers, hidden], like all norms of the residual stream
    mlp_norm: Array
    post_attention_norm: Array
    post_mlp_norm: Array
    query_norm: Array  # [layers, head_dim]
    key_norm: Array
    window: Array  # [layers], 0 for none
    rotation: Array  # [layers], index into a step's rotations
    heads: int
    eps: float
    scale: float
    gelu: bool


@njit(cache=True, error_model="numpy")
def gate(gates: Array, ups: Array, gelu: bool, out: Array) -> None:
    """SwiGLU, or GeGLU, for one row: the activation of the gates times the output of ``up_proj``."""
    for i in range(out.shape[0]):
        gate = gates[i]
        steep = gate
        if gelu:  # the tanh form, written with the sigmoid
            steep = np.float32(1.5957691216) * (gate + np.float32(0.044715) * gate * gate * gate)
        out[i] = gate / (np.float32(1) + exp(-steep)) * ups[i]


@njit(cache=True, error_model="numpy")
def _gate_up(
    x: Array, network: Network, layer: int, slot: Array, work: LinearWork, intermediate: Array, member: Member
) -> None:
    """Writes the input of the feed-forward's last map, ``[n, intermediate]``; each thread has its share of columns."""
    size = intermediate.shape[1]
    first, stop = share(size, member)
    fetch_output(network.gate_up_proj.weight[layer], first, x.shape[1])
    read_rows(x, network.mlp_norm[layer], network.eps, network.gate_up_proj, layer, slot, work, member)
    map_outputs(network.gate_up_proj, layer, slot, work, first, stop)
    map_outputs(network.gate_up_proj, layer, slot, work, size + first, size + stop)
    for row in range(x.shape[0]):
        gates, ups = work.y[row, first:stop], work.y[row, size + first : size + stop]
        gate(gates, ups, network.gelu, intermediate[row, first:stop])
    wait(member)


@njit(cache=True, error_model="numpy")
def _add_residual(x: Array, y: Array, norms: Array, layer: int, eps: float, member: Member) -> None:
    """Adds ``y`` to the residual stream in place, after the norm, if any."""
    first, stop = rows_of(x.shape[0], member)
    for row in range(first, stop):
        if norms.shape[0]:
            norm, factor = norms[layer], norm_factor(y[row], eps)
            for i in range(x.shape[1]):
                x[row, i] += y[row, i] * (factor * norm[i])
        else:
            for i in range(x.shape[1]):
                x[row, i] += y[row, i]


@njit(cache=True, error_model="numpy")
def _split_heads(
    y: Array, network: Network, layer: int, rows: Rows, query: Array, key_value: Array, member: Member
) -> None:
    """Splits ``[n, outputs]`` into queries, keys and values; norms, if the model does so, and rotates the first two."""
    heads, turn, head_dim = network.heads, network.rotation[layer], query.shape[2]
    first, stop = rows_of(y.shape[0], member)
    for row in range(first, stop):
        for head in range(heads + key_value.shape[1]):
            vector = query[row, head] if head < heads else key_value[row, head - heads]
            for i in range(head_dim):
                vector[i] = y[row, head * head_dim + i]
            if head < heads + key_value.shape[1] // 2:
                if network.query_norm.shape[0]:
                    norm = network.query_norm[layer] if head < heads else network.key_norm[layer]
                    norm_vector(vector, norm, network.eps)
                rotate(vector, rows.cosine[turn, row], rows.sine[turn, row])
    meet(y.shape[0], member)


@njit(cache=True, error_model="numpy")
def _copy(heads: Array, to: Array, member: Member) -> None:
    """Copies heads ``[n, heads, head_dim]``, each thread its share of the rows."""
    first, stop = share(heads.shape[0], member)
    for row in range(first, stop):
        for head in range(heads.shape[1]):
            for i in range(heads.shape[2]):
                to[row, head, i] = heads[row, head, i]


class Work(NamedTuple):
    """A thread's arrays for a layer: the residual stream ``[n, hidden]``, queries ``[n, heads, head_dim]``, keys and
    values ``[n, 2 * kv_heads, head_dim]``, the input of ``down_proj`` ``[n, intermediate]``, and scratch for maps and
    attention.

    Threads share the input of ``down_proj``, and the other arrays if there are enough rows, see :func:`.team.rows_of`.
    """

    x: Array
    query: Array
    key_value: Array
    intermediate: Array
    attention: AttentionWork
    qkv_proj: LinearWork
    o_proj: LinearWork
    gate_up_proj: LinearWork
    down_proj: LinearWork


class Works:
    """Scratch for a team's steps, reused between steps: allocating takes as long as a layer.

    Args:
        network: the model.
        threads: of the team.
    """

    def __init__(self, network: Network, threads: int) -> None:
        self._network, self._threads = network, threads
        linears = network.qkv_proj, network.o_proj, network.gate_up_proj, network.down_proj
        self._linears = [LinearWorks(linear, threads) for linear in linears]
        self._works: list[Work] = []
        self._longest = 0  # tokens that a row may read

    def of(self, x: Array, pool: PoolArrays, rows: Rows, rules: Rules) -> list[Work]:
        """Each thread's arrays; the first one's residual stream is ``x`` itself."""
        n = len(x)
        if not self._works or len(self._works[0].x) != n or self._longest < rows.seen.max():
            self._works = self._new(x, pool, rows, rules)
            self._longest = self._works[0].attention.pages.shape[2] * rules.page
        first, *others = self._works
        if n >= self._threads:
            return [one._replace(x=x) for one in self._works]
        for one in others:
            one.x[:] = x
        return [first._replace(x=x), *others]

    def _new(self, x: Array, pool: PoolArrays, rows: Rows, rules: Rules) -> list[Work]:
        n, kv_heads, head_dim = len(x), pool.keys.shape[1], pool.keys.shape[3]
        intermediate = np.empty((n, self._network.down_proj.weight.shape[2]), np.float32)
        query, key_value = (np.empty((n, heads, head_dim), np.float32) for heads in (self._network.heads, 2 * kv_heads))
        streams = [(x, query, key_value)] * self._threads
        if n < self._threads:
            streams[1:] = [(x.copy(), query.copy(), key_value.copy()) for _ in range(self._threads - 1)]
        reading = new_attention_works(query, kv_heads, rows, rules, self._threads)
        mapping = zip(*(linear.of(n) for linear in self._linears), strict=True)
        works = zip(streams, reading, mapping, strict=True)
        return [Work(*stream, intermediate, attention, *maps) for stream, attention, maps in works]


@njit(cache=True, nogil=True, error_model="numpy")
def _step(
    network: Network, pool: PoolArrays, rows: Rows, rules: Rules, queries: Array, work: Work, member: Member
) -> None:
    ring(member)
    x, eps, slot = work.x, network.eps, rows.slot
    none = x[0, :0]
    for layer in range(pool.keys.shape[0]):
        linear_map(x, network.norm[layer], eps, network.qkv_proj, layer, slot, work.qkv_proj, member)
        _split_heads(work.qkv_proj.y, network, layer, rows, work.query, work.key_value, member)
        _copy(work.query, queries[layer], member)
        keys, values, bounds = pool.keys[layer], pool.values[layer], pool.bounds[layer]
        append_kv(work.key_value, keys, values, bounds, rows, rules, member)
        window, scale = network.window[layer], network.scale
        memory = keys, values, bounds, rows.marks[:, layer]
        attend(work.query, *memory, rows, window, rules, scale, work.attention, member)
        linear_map(work.attention.out, none, eps, network.o_proj, layer, slot, work.o_proj, member)
        _add_residual(x, work.o_proj.y, network.post_attention_norm, layer, eps, member)
        _gate_up(x, network, layer, slot, work.gate_up_proj, work.intermediate, member)
        linear_map(work.intermediate, none, eps, network.down_proj, layer, slot, work.down_proj, member)
        _add_residual(x, work.down_proj.y, network.post_mlp_norm, layer, eps, member)
    wait(member)


def step(
    team: Team,
    works: Works,
    x: Array,
    network: Network,
    pool: PoolArrays,
    rows: Rows,
    rules: Rules,
    queries: Array,
) -> None:
    """Runs answer tokens of several sequences of one pool.

    Args:
        team: the threads.
        works: their scratch.
        x: embeddings, ``[n, hidden]`` fp32; replaced by the states in place.
        network: the model.
        pool: the pool of their memories.
        rows: the tokens.
        rules: which tokens are read.
        queries: receives the queries of each layer, ``[layers, n, heads, head_dim]``.
    """
    team.run(_step, network, pool, rows, rules, queries, each=lambda: works.of(x, pool, rows, rules))


@njit(cache=True, nogil=True, error_model="numpy")
def _logits(x: Array, norm: Array, eps: float, head: Linears, slot: Array, work: LinearWork, member: Member) -> None:
    ring(member)
    linear_map(x, norm, eps, head, 0, slot, work, member)


def logits(team: Team, works: LinearWorks, x: Array, norm: Array, eps: float, head: Linears) -> Array:
    """Logits, ``[n, vocab_size]`` for states ``[n, hidden]``.

    Args:
        team: the threads.
        works: their scratch for the output layer.
        norm: the last norm, ``[hidden]``.
        head: the output layer, as a single layer.
    """
    y = np.empty((len(x), head.weight.shape[1]), np.float32)
    slot = np.full(len(x), -1)
    team.run(_logits, x, norm, eps, head, slot, each=lambda: [one._replace(y=y) for one in works.of(len(x))])
    return y


def compiled() -> bool:
    """Whether compiled kernels are cached on this machine, judged by that of the logits, which is compiled last."""
    return any(Path(_logits.stats.cache_path).glob(f"*.{_logits.__name__}-*.nbi"))

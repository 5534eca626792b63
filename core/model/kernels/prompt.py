"""What the tokens of a prompt need between the products of a layer, compiled by numba.

A prompt has many tokens, so its products are the framework's; the rest is done a row at a time, in the numbers and the
order of :mod:`core.model.kernels.step`, while the row is in the processor's cache. Every row is computed by itself.
"""

import numpy as np
from numba import njit

from .linear import Linears, LinearWork, finish_row, norm_vector, read_row
from .numbers import Array, narrow
from .step import Network, gate, rotate
from .team import Member, share, wait


@njit(cache=True, nogil=True, error_model="numpy")
def place_heads(
    ints: Array,
    linear: Linears,
    layer: int,
    slot: Array,
    work: LinearWork,
    network: Network,
    cosine: Array,
    sine: Array,
    heads: Array,
    member: Member,
) -> None:
    """Queries, keys and values from the products ``[n, outputs]``: ``heads``, ``[heads + 2 * groups, n, width]``.

    Args:
        cosine, sine: ``[n, width]``; queries and keys are normed where the model does so, and turned.
    """
    count, n, width = heads.shape
    turning = (count + network.heads) // 2
    y = np.empty(ints.shape[1], np.float32)
    first, stop = share(n, member)
    for row in range(first, stop):
        finish_row(ints, linear, layer, slot, work, row, y)
        for head in range(count):
            vector = y[head * width : (head + 1) * width]
            if head < turning:
                if network.query_norm.shape[0]:
                    norm = network.query_norm[layer] if head < network.heads else network.key_norm[layer]
                    norm_vector(vector, norm, network.eps)
                rotate(vector, cosine[row], sine[row])
            out = heads[head, row]
            for i in range(width):
                out[i] = narrow(vector[i], out[i])
    wait(member)


@njit(cache=True, nogil=True, error_model="numpy")
def add_rows(
    ints: Array,
    linear: Linears,
    layer: int,
    slot: Array,
    work: LinearWork,
    norms: Array,
    eps: float,
    x: Array,
    member: Member,
) -> None:
    """Adds what the products ``[n, hidden]`` make to the residual stream, after a norm where the model has one."""
    y = np.empty(ints.shape[1], np.float32)
    first, stop = share(x.shape[0], member)
    for row in range(first, stop):
        finish_row(ints, linear, layer, slot, work, row, y)
        if norms.shape[0]:
            norm_vector(y, norms[layer], eps)
        for i in range(x.shape[1]):
            x[row, i] += y[i]
    wait(member)


@njit(cache=True, nogil=True, error_model="numpy")
def gate_rows(
    ints: Array,
    network: Network,
    layer: int,
    slot: Array,
    work: LinearWork,
    following: LinearWork,
    member: Member,
) -> None:
    """The feed-forward's inner values, from the products ``[n, 2 * inner]``, as the rows that its last map reads."""
    size = ints.shape[1] // 2
    y, inner = np.empty(2 * size, np.float32), np.empty(size, np.float32)
    first, stop = share(ints.shape[0], member)
    for row in range(first, stop):
        finish_row(ints, network.mlp_in, layer, slot, work, row, y)
        gate(y[:size], y[size:], network.gelu, inner)
        read_row(inner, y[:0], network.eps, network.mlp_out, layer, slot, following, row)
    wait(member)

"""Kernels for a prompt's tokens between the matrix products of a layer, compiled by numba.

A prompt has many tokens, so :mod:`core.model.int8_matmul` computes its products; the rest is done row by row, with the
same arithmetic and order as :mod:`core.model.kernels.step`, while the row is in the processor's cache. Every row is
independent.
"""

import numpy as np
from numba import njit

from .linear import Linears, LinearWork, finish_row, norm_vector, read_row
from .numbers import Array, narrow
from .rotary import rotate
from .step import Network, gate


@njit(cache=True, nogil=True, error_model="numpy")
def split_heads(
    acc: Array,
    network: Network,
    layer: int,
    slot: Array,
    work: LinearWork,
    cosine: Array,
    sine: Array,
    heads: Array,
    start: int,
) -> None:
    """Queries, keys and values from the accumulators ``[n, outputs]``.

    Args:
        cosine, sine: ``[n, head_dim]``; queries and keys are normed, if the model does so, and rotated.
        heads: ``[heads + 2 * kv_heads, tokens, head_dim]``; tokens from ``start`` on are written.
    """
    count, head_dim = heads.shape[0], heads.shape[2]
    turning = (count + network.heads) // 2
    y = np.empty(acc.shape[1], np.float32)
    for row in range(acc.shape[0]):
        finish_row(acc[row], network.qkv_proj, layer, slot, work, row, y)
        for head in range(count):
            vector = y[head * head_dim : (head + 1) * head_dim]
            if head < turning:
                if network.query_norm.shape[0]:
                    norm = network.query_norm[layer] if head < network.heads else network.key_norm[layer]
                    norm_vector(vector, norm, network.eps)
                rotate(vector, cosine[row], sine[row])
            out = heads[head, start + row]
            for i in range(head_dim):
                out[i] = narrow(vector[i], out[i])


@njit(cache=True, nogil=True, error_model="numpy")
def add_residual(
    acc: Array,
    linear: Linears,
    layer: int,
    slot: Array,
    work: LinearWork,
    norms: Array,
    eps: float,
    x: Array,
) -> None:
    """Adds the map's outputs, from accumulators ``[n, hidden]``, to the residual stream, after the norm, if any."""
    y = np.empty(acc.shape[1], np.float32)
    for row in range(x.shape[0]):
        finish_row(acc[row], linear, layer, slot, work, row, y)
        if norms.shape[0]:
            norm_vector(y, norms[layer], eps)
        for i in range(x.shape[1]):
            x[row, i] += y[i]


@njit(cache=True, nogil=True, error_model="numpy")
def gate_rows(
    acc: Array,
    network: Network,
    layer: int,
    slot: Array,
    work: LinearWork,
    down: LinearWork,
) -> None:
    """Quantises the inputs of ``down_proj``, from the accumulators ``[n, 2 * intermediate]`` of ``gate_up_proj``."""
    size = acc.shape[1] // 2
    y, intermediate = np.empty(2 * size, np.float32), np.empty(size, np.float32)
    for row in range(acc.shape[0]):
        finish_row(acc[row], network.gate_up_proj, layer, slot, work, row, y)
        gate(y[:size], y[size:], network.gelu, intermediate)
        read_row(intermediate, np.float32(1), network.down_proj, layer, slot, down, row)

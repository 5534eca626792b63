"""Block-sparse attention in its plainest form, as the measure of :mod:`core.model.sparse`; slow, for tests only."""

import torch

from .sparse import SparsePolicy


def oracle_attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *, scale: float, policy: SparsePolicy
) -> torch.Tensor:
    """See :func:`core.model.sparse.sparse_attention`: same arguments, same result."""
    repeat = query.shape[0] // key.shape[0]
    heads = []
    for head in range(query.shape[0]):
        group = head // repeat
        members = query[group * repeat : (group + 1) * repeat]
        visible = oracle_mask(members, key[group], scale=scale, policy=policy)
        scores = (query[head] @ key[group].T * scale).masked_fill(~visible, float("-inf"))
        heads.append(scores.softmax(-1) @ value[group])
    return torch.stack(heads)


def oracle_mask(query: torch.Tensor, key: torch.Tensor, *, scale: float, policy: SparsePolicy) -> torch.Tensor:
    """Which keys each query reads, ``[n, m]``.

    Args:
        query: heads that share one key head, ``[heads, n, d]``.
        key: ``[m, d]``.
    """
    n, m, block = query.shape[1], key.shape[0], policy.block
    past = m - n
    causal = torch.ones(n, m, dtype=torch.bool).tril(past)
    visible = causal.clone()
    for start in range(past, m - m % block, block):
        if start < policy.dense_until:
            continue
        own = start // block
        rows = slice(start - past, start - past + block)
        weights = oracle_weights(query[:, rows], key[:start], scale=scale, policy=policy)
        always = {i for i in range(own) if i < policy.first or i >= own - policy.local}
        count = policy.read(start // policy.piece * policy.piece)
        others = sorted((i for i in range(own) if i not in always), key=lambda i: -weights[i])
        read = always | set(others[: count - len(always)]) | {own}
        for i in range(m // block + 1):
            if i not in read:
                visible[rows, i * block : (i + 1) * block] = False
    return visible


def oracle_weights(query: torch.Tensor, key: torch.Tensor, *, scale: float, policy: SparsePolicy) -> list[float]:
    """How much one query block, ``[heads, block, d]``, looks at each block of ``key``, ``[m, d]``.

    The mean score along every ``stride``-long antidiagonal, then a softmax over each row of them, summed by block.
    """
    stride, block = policy.stride, policy.block
    weights = [0.0] * (key.shape[0] // block)
    for head in query:
        scores = head @ key.T * scale
        for top in range(0, block, stride):
            row = []
            for left in range(0, key.shape[0], stride):
                square = scores[top : top + stride, left : left + stride]
                row.append(square.flip(1).diagonal().sum() / stride)
            for place, share in enumerate(torch.stack(row).softmax(0).tolist()):
                weights[place * stride // block] += share
    return weights

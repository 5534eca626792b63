"""Block-sparse attention in its plainest form, as the measure of :mod:`core.model.sparse`; slow."""

import torch

from core.model.sparse import SparsePolicy


def oracle_attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *, scale: float, policy: SparsePolicy
) -> torch.Tensor:
    """See :func:`core.model.sparse.sparse_attention`: same arguments, same result."""
    repeat = query.shape[0] // key.shape[0]
    heads = []
    for head in range(query.shape[0]):
        kv_head = head // repeat
        members = query[kv_head * repeat : (kv_head + 1) * repeat]
        visible = oracle_mask(members, key[kv_head], scale=scale, policy=policy)
        scores = (query[head] @ key[kv_head].T * scale).masked_fill(~visible, float("-inf"))
        heads.append(scores.softmax(-1) @ value[kv_head])
    return torch.stack(heads)


def oracle_mask(query: torch.Tensor, key: torch.Tensor, *, scale: float, policy: SparsePolicy) -> torch.Tensor:
    """Which keys each query reads, ``[n, m]``.

    Args:
        query: heads that share one key head, ``[heads, n, head_dim]``.
        key: ``[m, head_dim]``.
    """
    n, m, block = query.shape[1], key.shape[0], policy.block
    past = m - n
    causal = torch.ones(n, m, dtype=torch.bool).tril(past)
    visible = causal.clone()
    for start in range(past, m - m % block, block):
        if start < policy.dense_until:
            continue
        own, ratio = start // block, block // policy.page
        rows = slice(start - past, start - past + block)
        weights = oracle_weights(query[:, rows], key[:start], scale=scale, policy=policy)
        earlier = range(own * ratio)
        always = {i for i in earlier if i // ratio < policy.first or i // ratio >= own - policy.local}
        count = policy.read(start // policy.piece * policy.piece) * ratio
        others = sorted((i for i in earlier if i not in always), key=lambda i: -weights[i])
        read = always | set(others[: count - len(always)]) | {own * ratio + i for i in range(ratio)}
        for i in range(-(-m // policy.page)):
            if i not in read:
                visible[rows, i * policy.page : (i + 1) * policy.page] = False
    return visible


def oracle_weights(query: torch.Tensor, key: torch.Tensor, *, scale: float, policy: SparsePolicy) -> list[float]:
    """How much one query block, ``[heads, block, head_dim]``, looks at each page of ``key``, ``[m, head_dim]``.

    Each head asks one of ``stride`` queries, the later heads earlier ones. A softmax over the best scores of the pages
    is how an asked query shares its attention; the largest share counts.
    """
    weights = [0.0] * (len(key) // policy.page)
    for head, queries in enumerate(query):
        for asked in range(policy.stride - 1, policy.block, policy.stride):
            scores = key @ queries[asked - head * policy.stride // len(query)] * scale
            best = torch.stack([page.max() for page in scores.split(policy.page)])
            weights = [max(pair) for pair in zip(weights, best.softmax(0).tolist(), strict=True)]
    return weights

"""Sparse reading for tokens that are generated: one query reads the pages that may hold its best matches.

The largest and smallest numbers of a page's keys bound the score that any of them can have with a query (Tang et al.
2024, Quest, https://arxiv.org/abs/2406.10774). Without training, and without reading the keys of the other pages.
"""

import torch

from .dense import dense_attention
from .sparse import SparsePolicy, gather


def page_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    bounds: torch.Tensor,
    *,
    scale: float,
    policy: SparsePolicy,
) -> torch.Tensor:
    """Attention of the last token of ``m``.

    Args:
        query: ``[heads, 1, d]``.
        key, value: ``[kv_heads, m, d]``.
        bounds: largest and smallest keys of each full page, ``[kv_heads, m // block, 2 * d]``.
        scale: factor of the scores.
        policy: how many pages are read; heads that share a key head read the same.

    Returns:
        ``[heads, 1, d]``.
    """
    groups, m, width = key.shape
    block = policy.block
    local = max(0, m // block - policy.local)  # from this page on all is read
    count = policy.read(m) - policy.local
    if m <= policy.dense_until or count >= local:
        return dense_attention(query, key, value, scale=scale)
    rows = query.view(groups, -1, width)
    signed = torch.cat([rows.clamp(min=0), rows.clamp(max=0)], -1)
    bound = torch.bmm(signed, bounds[:, :local].transpose(1, 2))
    weight = (bound - bound.amax(-1, keepdim=True)).amax(1)
    weight[:, : policy.first] = float("inf")
    read = weight.topk(count, dim=-1).indices
    recent = slice(local * block, m)
    keys = torch.cat([gather(key, read, block), key[:, recent]], 1)
    values = torch.cat([gather(value, read, block), value[:, recent]], 1)
    return dense_attention(query, keys, values, scale=scale)

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
    length: int,
    scale: float,
    policy: SparsePolicy,
) -> torch.Tensor:
    """Attention of the last of ``length`` tokens.

    Args:
        query: ``[heads, 1, d]``.
        key, value: ``[kv_heads, pages, page * d]``; what the last page holds beyond ``length`` is ignored.
        bounds: largest and smallest keys of each page, ``[kv_heads, pages, 2 * d]``, right for full pages.
        length: tokens, at least ``policy.dense_until``.
        scale: factor of the scores.
        policy: how many pages are read; heads that share a key head read the same.

    Returns:
        ``[heads, 1, d]``.
    """
    groups, width, page = key.shape[0], query.shape[2], policy.page
    pages, ratio = -(-length // page), policy.block // page
    local = length // page - policy.local * ratio  # from this page on all are read
    rows = query.view(groups, -1, width)
    signed = torch.cat([rows.clamp(min=0), rows.clamp(max=0)], -1)
    bound = torch.bmm(signed, bounds.transpose(1, 2))[..., :local]  # a slice of bounds would be copied first
    weight = bound.float().mul_(scale).softmax(-1).sum(1)
    weight[:, : policy.first * ratio] = float("inf")
    chosen = weight.topk((policy.read(length) - policy.local) * ratio, dim=-1).indices
    recent = torch.arange(local, pages, device=query.device).expand(groups, -1)
    read = torch.cat([chosen, recent], 1)
    count = read.shape[1] * page - (pages * page - length)
    keys, values = (gather(tensor, read).view(groups, -1, width)[:, :count] for tensor in (key, value))
    return dense_attention(query, keys, values, scale=scale)

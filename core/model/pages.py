"""Sparse attention for decoding: a generated token attends to the pages that may contain its best matches.

The elementwise maximum and minimum of a page's keys bound the score of any of them with a query (Tang et al. 2024,
Quest, https://arxiv.org/abs/2406.10774), without training and without reading the other pages' keys. Bounds alone miss
much of what an answer quotes, so a page also scores by the attention it got from the end of the question, which reads
everything: an answer attends where its question did (Li et al. 2024, SnapKV, https://arxiv.org/abs/2404.14469).
:mod:`core.model.kernels` does the same for INT8 on a CPU.
"""

import torch
from torch.nn.functional import pad

from ..threads import in_parallel
from .dense import causal_weights, dense_attention
from .memory import LayerMemory
from .self_extend import SelfExtend
from .sparse import SparsePolicy

_ASKING = 16
"""How many of a question's last tokens determine which pages matter."""


def marks_of_question(query: torch.Tensor, key: torch.Tensor, *, scale: float, page: int) -> torch.Tensor:
    """How much the last tokens of a question attend to each page: the largest share of a head's attention, 0 to 1.

    Args:
        query: ``[heads, n, head_dim]``, of the question.
        key: ``[kv_heads, m, head_dim]``, of all tokens up to the question's last.
        scale: factor of the scores.
        page: tokens per page.

    Returns:
        ``[kv_heads, pages]`` in fp32; heads that share a key head share their marks.
    """
    asking, kv_heads, m = query[:, -_ASKING:], key.shape[0], key.shape[1]
    rows = (asking * scale).reshape(kv_heads, -1, query.shape[2])
    marks = torch.empty(kv_heads, -(-m // page), dtype=torch.float32, device=key.device)

    def mark(kv_head: int) -> None:
        weights, shares = causal_weights(torch.mm(rows[kv_head], key[kv_head].t()), asking.shape[1])
        pages = torch.unflatten(pad(weights, (0, -m % page)), 1, (-1, page))
        marks[kv_head] = (pages.sum(-1, dtype=torch.float32) * shares).amax(0)

    in_parallel(mark, kv_heads)
    return marks


def page_attention(
    query: torch.Tensor,
    memory: LayerMemory,
    *,
    length: int,
    scale: float,
    policy: SparsePolicy,
    extend: SelfExtend | None = None,
) -> torch.Tensor:
    """Attention of one token over the first ``length`` tokens of a memory, the last of which is the token itself.

    Args:
        query: ``[heads, 1, head_dim]``.
        memory: contains at least ``length`` tokens.
        length: at least ``policy.dense_until``.
        scale: factor of the scores.
        policy: how many pages are read; heads that share a key head read the same ones.
        extend: positions beyond the trained length.

    Returns:
        ``[heads, 1, head_dim]``.
    """
    bounds, page = memory.bounds, policy.page
    kv_heads, pages, ratio = bounds.shape[0], -(-length // page), policy.block // page
    local = length // page - policy.local * ratio  # all pages from here on are read
    rows = query.view(kv_heads, -1, query.shape[2])
    extend = extend if extend and extend.far(length - 1) else None
    if extend is None:
        bound = torch.bmm(_signed(rows), bounds.transpose(1, 2))[..., :local]  # a slice of bounds would be copied first
    else:
        turned = extend.queries(rows, local, length - 1)
        bound = torch.einsum("grpw,gpw->grp", _signed(turned), bounds[:, :local])
    weight = bound.float().mul_(scale).softmax(-1).sum(1)
    marks = memory.marks[:, :local]
    weight[:, : marks.shape[1]] += marks
    weight[:, : policy.first * ratio] = float("inf")
    chosen = weight.topk((policy.read(length) - policy.local) * ratio, dim=-1).indices
    recent = torch.arange(local, pages, device=query.device).expand(kv_heads, -1)
    read = torch.cat([chosen, recent], 1)
    keys, values = memory.pages(read)
    if extend is not None:
        keys = extend.pages(keys, read, length - 1)
    count = keys.shape[1] - (pages * page - length)
    return dense_attention(query, keys[:, :count], values[:, :count], scale=scale)


def _signed(queries: torch.Tensor) -> torch.Tensor:
    """The factors of the keys' bounds: the positive parts of the queries, then the negative ones."""
    return torch.cat([queries.clamp(min=0), queries.clamp(max=0)], -1)

"""Block-sparse causal attention without training: a query block reads a few earlier blocks instead of all of them.

A query block reads the first blocks, the ones just before it, itself and, in between, the pages to which its queries
attend most, ``budget * sqrt(position)`` keys in all. To find these, a few queries are sampled, different ones in each
head, and scored against all earlier keys (Zhu et al. 2024, SampleAttention, https://arxiv.org/abs/2406.15486). Exact
scores of few queries find what a single token needs; antidiagonal means over all of them (Xu et al. 2025, XAttention,
https://arxiv.org/abs/2503.16428) blur it at the same cost. What a token reads depends only on its position, never on
the prompt's final length, so the keys and values of a prefix stay valid whatever follows it.

Selected pages are gathered and multiplied without a mask, in pieces small enough for the processor's cache.
``tests/unit/core/sparse_oracle.py`` is a plain reference implementation that the tests compare with.
"""

import math
from dataclasses import dataclass

import torch

from ..errors import SettingsError
from ..threads import in_parallel
from .dense import best_of_pages, dense_attention, read_keys

_PIECE = 16
"""Query blocks computed together; affects results, since they share one budget."""

_READING, _TOGETHER = 4, 4
"""Query blocks per thread in attention, and in scoring sampled queries, so that scores stay in its cache."""


@dataclass(frozen=True, slots=True)
class SparsePolicy:
    """Which blocks are read.

    Attributes:
        block: tokens per block, whose queries read the same keys; a multiple of ``stride`` and of ``page``.
        dense_until: tokens before this position read everything: gathering would cost more than it saves. A multiple of
            ``16 * block``.
        first: blocks at the beginning that every query reads.
        local: blocks just before its own that a query reads.
        budget: keys chosen by score, in units of the square root of the position; more is more exact and slower.
        stride: one in this many queries is sampled; larger is cheaper and misses more.
        page: tokens per page, the unit in which keys are chosen by score, for prompts and generated tokens.
    """

    block: int = 64
    dense_until: int = 2048
    first: int = 1
    local: int = 2
    budget: float = 10.0
    stride: int = 8
    page: int = 16

    def __post_init__(self) -> None:
        if self.block % self.stride or self.block % self.page:
            raise SettingsError("block must be a multiple of stride and of page")
        if self.dense_until % self.piece:
            raise SettingsError(f"dense_until must be a multiple of {_PIECE} blocks")
        if self.read(self.dense_until) >= self.dense_until // self.block:
            raise SettingsError("more blocks are read than there are", hint="Raise dense_until or lower the budget")

    @property
    def piece(self) -> int:
        """Tokens computed together."""
        return _PIECE * self.block

    def read(self, position: int) -> int:
        """How many earlier blocks the queries of the piece that begins at ``position`` read, besides their own."""
        return self.first + self.local + math.ceil(self.budget * math.sqrt(position) / self.block)


TRAINING_FREE = SparsePolicy()
"""R1's policy."""

ARTICLE = SparsePolicy(first=4, local=2, budget=0)
"""The policy of the article (see docs/python.md): two blocks back and some global ones, none chosen by content."""


def sparse_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    *,
    scale: float,
    policy: SparsePolicy,
    out: torch.Tensor | None = None,
) -> torch.Tensor:
    """Causal attention of the last ``n`` of ``m`` tokens of one sequence.

    Args:
        query: ``[heads, n, head_dim]``.
        key, value: ``[kv_heads, m, head_dim]``; ``heads`` is a multiple of ``kv_heads``, and ``m - n`` of the block.
        scale: factor of the scores.
        policy: which blocks are read.
        out: tensor for the result, with its shape.

    Returns:
        ``[heads, n, head_dim]``. Tokens of a last, unfinished block read everything.

    Raises:
        ValueError: ``m - n`` is not a multiple of the block.
    """
    past = key.shape[1] - query.shape[1]
    if past % policy.block:
        raise ValueError(f"the cached length must be a multiple of {policy.block}")
    out = torch.empty_like(query) if out is None else out
    for start, stop, dense in pieces(past, key.shape[1], policy):
        part = slice(start - past, stop - past)
        queries, keys, values, found = query[:, part], key[:, :stop], value[:, :stop], out[:, part]
        if dense:
            dense_attention(queries, keys, values, scale=scale, out=found)
        else:
            _piece_attention(queries * scale, keys, values, policy, found)
    return out


def work(length: int, policy: SparsePolicy | None) -> int:
    """How many inner products of the head's width a prompt costs per head; a ``policy`` of None is dense attention.

    A key that is read costs two, one for its score and one for its value. Each sampled query, one in ``stride``, costs
    one for every key.
    """
    if policy is None:
        return length * (length + 1)
    total = 0
    for start, stop, dense in pieces(0, length, policy):
        n = stop - start
        if dense:
            total += n * (start + stop + 1)
        else:
            keys = (policy.read(start // policy.piece * policy.piece) + 1) * policy.block
            total += 2 * n * keys + n * stop // policy.stride
    return total


def pieces(past: int, length: int, policy: SparsePolicy) -> list[tuple[int, int, bool]]:
    """Splits the tokens from ``past`` to ``length`` into (start, stop, dense), in absolute positions."""
    found, start = [], past
    whole = length - length % policy.block
    if start < policy.dense_until:
        stop = min(length, policy.dense_until)
        found.append((start, stop, True))
        start = stop
    while start < whole:
        stop = min(whole, (start // policy.piece + 1) * policy.piece)
        found.append((start, stop, False))
        start = stop
    if start < length:
        found.append((start, length, True))
    return found


def _piece_attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, policy: SparsePolicy, out: torch.Tensor
) -> None:
    """Attention of whole blocks, ``[heads, n, head_dim]``, with queries already scaled."""
    kv_heads, block, page, head_dim = key.shape[0], policy.block, policy.page, query.shape[2]
    read = read_pages(query, key, policy)
    whole = key.shape[1] // page * page
    keys, values = (tensor[:, :whole].view(kv_heads, -1, page, head_dim) for tensor in (key, value))
    queries, outputs = (
        torch.unflatten(torch.unflatten(tensor, 1, (-1, block)), 0, (kv_heads, -1)).transpose(1, 2)
        for tensor in (query, out)
    )

    def attend(piece: int) -> None:
        start, kv_head = piece // kv_heads * _READING, piece % kv_heads
        some = slice(start, start + _READING)
        seen = read[kv_head, some]  # the own block is the last
        key, value = (x[kv_head].index_select(0, seen.flatten()).view(len(seen), -1, head_dim) for x in (keys, values))
        read_keys(queries[kv_head, some], key, value, outputs[kv_head, some])

    in_parallel(attend, kv_heads * -(-read.shape[1] // _READING))


def gather(pages: torch.Tensor, read: torch.Tensor) -> torch.Tensor:
    """Copies pages, ``[kv_heads, pages, size]``, by their numbers, ``[kv_heads, n]``, to ``[kv_heads, n, size]``."""
    copies = pages.new_empty(*read.shape, pages.shape[2])
    for kv_head in range(len(pages)):
        torch.index_select(pages[kv_head], 0, read[kv_head], out=copies[kv_head])
    return copies


def read_pages(query: torch.Tensor, key: torch.Tensor, policy: SparsePolicy) -> torch.Tensor:
    """Pages that each query block of a piece reads, ``[kv_heads, blocks, r]``, those of its own block last.

    Args:
        query: ``[heads, n, head_dim]``, scaled; the newest ``n`` tokens, whole blocks.
        key: ``[kv_heads, m, head_dim]``, up to the piece's end.
    """
    kv_heads, blocks, ratio = key.shape[0], query.shape[1] // policy.block, policy.block // policy.page
    total = key.shape[1] // policy.block
    before = total - blocks
    own = torch.arange(before, total, device=query.device).unsqueeze(1)
    block_ids = torch.arange(total * ratio, device=query.device) // ratio  # of each page
    earlier = block_ids < own
    always = earlier & ((block_ids < policy.first) | (block_ids >= own - policy.local))
    weight = _page_weights(query, key, earlier, policy)
    weight.masked_fill_(always, float("inf")).masked_fill_(~earlier, float("-inf"))
    count = policy.read(before // _PIECE * policy.piece) * ratio
    chosen = weight.topk(count, dim=-1).indices
    own_pages = own * ratio + torch.arange(ratio, device=query.device)
    return torch.cat([chosen, own_pages.expand(kv_heads, blocks, ratio)], dim=-1)


def _page_weights(query: torch.Tensor, key: torch.Tensor, earlier: torch.Tensor, policy: SparsePolicy) -> torch.Tensor:
    """How much each query block attends to each page, ``[kv_heads, blocks, pages]``: the largest share of a sampled
    query's attention, with each page represented by its best key.

    Keys are rows of the products here, so that a page's maxima are found for many queries at once.
    """
    kv_heads, pages, page = key.shape[0], earlier.shape[1], policy.page
    sampled = _sampled(query, kv_heads, policy)
    blocks, rows = sampled.shape[1], sampled.shape[2]
    hidden = ~earlier.t().unsqueeze(-1)
    weight = torch.empty(kv_heads, blocks, pages, device=query.device)

    def weigh(piece: int) -> None:
        start, kv_head = piece // kv_heads * _TOGETHER, piece % kv_heads
        some = slice(start, start + _TOGETHER)
        scores = torch.mm(key[kv_head, : pages * page], sampled[kv_head, some].flatten(0, 1).t())
        best = best_of_pages(scores, page).float().view(pages, -1, rows)
        shares = best.masked_fill_(hidden[:, some], float("-inf")).softmax(0)
        weight[kv_head, some] = shares.amax(2).t()

    in_parallel(weigh, -(-blocks // _TOGETHER) * kv_heads)
    return weight


def _sampled(query: torch.Tensor, kv_heads: int, policy: SparsePolicy) -> torch.Tensor:
    """The sampled queries of each block, ``[kv_heads, blocks, rows, head_dim]``. Heads that share a key head sample
    different tokens, to cover more of the block together."""
    heads, n, head_dim = query.shape
    repeat, stride = heads // kv_heads, policy.stride
    before = torch.arange(repeat, device=query.device).unsqueeze(1) * stride // repeat
    places = torch.arange(stride - 1, n, stride, device=query.device) - before
    rows = query.view(kv_heads, repeat, n, head_dim).gather(
        2, places[None, :, :, None].expand(kv_heads, -1, -1, head_dim)
    )
    return rows.view(kv_heads, repeat, -1, policy.block // stride, head_dim).transpose(1, 2).flatten(2, 3)

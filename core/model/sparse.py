"""Block-sparse causal attention without training: a query block reads a few earlier blocks instead of all of them.

A query block reads the first blocks, the ones just before it, itself, and those whose keys its queries look at most,
as many as ``budget * sqrt(position)`` keys. How much a block is looked at is estimated from strided antidiagonals of
the scores (Xu et al. 2025, XAttention, https://arxiv.org/abs/2503.16428). What a token reads depends on its position
and never on how long the prompt becomes, so the keys and values of a prefix stay valid whatever follows it.

Selected blocks are gathered and multiplied without a mask, in pieces small enough for the processor's cache.
``core.model.oracle`` says the same in the plainest way; the tests compare the two.
"""

import math
from dataclasses import dataclass

import torch

from ..errors import SettingsError
from ..threads import in_parallel
from .dense import dense_attention, read_keys

_PIECE = 16
"""Query blocks computed together; part of the layout, since they share one budget."""


@dataclass(frozen=True, slots=True)
class SparsePolicy:
    """Which blocks are read.

    Attributes:
        block: tokens a block; a multiple of ``stride``.
        dense_until: tokens before this position read everything: below 4,096 gathering costs more than it saves. A
            multiple of ``16 * block``.
        first: blocks at the beginning that everybody reads.
        local: blocks just before the query's own that it reads.
        budget: keys chosen by score, in units of the square root of the position; more is more exact and slower.
        stride: step of the antidiagonals; larger is cheaper and coarser.
        page: tokens a page, the unit in which generated tokens read; divides ``block``.
    """

    block: int = 64
    dense_until: int = 4096
    first: int = 1
    local: int = 3
    budget: float = 8.0
    stride: int = 16
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
        """Earlier blocks that the queries of the piece beginning at ``position`` read, beside their own."""
        return self.first + self.local + math.ceil(self.budget * math.sqrt(position) / self.block)


TRAINING_FREE = SparsePolicy()
"""What R1 uses."""

ARTICLE = SparsePolicy(first=4, local=2, budget=0)
"""The rule of the article that R1 began with: two blocks back, and some global ones; nothing is chosen by content."""


def sparse_attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *, scale: float, policy: SparsePolicy
) -> torch.Tensor:
    """Causal attention of the last ``n`` of ``m`` tokens of one sequence.

    Args:
        query: ``[heads, n, d]``.
        key, value: ``[kv_heads, m, d]``; ``heads`` is a multiple of ``kv_heads``, and ``m - n`` of the block.
        scale: factor of the scores.
        policy: what is read.

    Returns:
        ``[heads, n, d]``. Tokens of a last, unfinished block read everything.
    """
    past = key.shape[1] - query.shape[1]
    if past % policy.block:
        raise ValueError(f"the cached length must be a multiple of {policy.block}")
    output = torch.empty_like(query)
    for start, stop, dense in pieces(past, key.shape[1], policy):
        part = slice(start - past, stop - past)
        keys, values = key[:, :stop], value[:, :stop]
        if dense:
            output[:, part] = dense_attention(query[:, part], keys, values, scale=scale)
        else:
            output[:, part] = _piece_attention(query[:, part], keys, values, scale, policy)
    return output


def work(length: int, policy: SparsePolicy | None) -> int:
    """Inner products of query and key width that a prompt costs each head, None for dense attention.

    A read key costs two, one for its score and one for its value. Estimating costs one for ``stride`` queries and as
    many keys, of ``stride`` times the width.
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
    """(start, stop, dense) in absolute positions."""
    found, start = [], past
    whole = length - length % policy.block
    if start < policy.dense_until:
        stop = length if length <= policy.dense_until else policy.dense_until
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
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float, policy: SparsePolicy
) -> torch.Tensor:
    groups, block, width = key.shape[0], policy.block, query.shape[2]
    read = read_blocks(query, key, scale, policy)
    queries = (query * scale).reshape(groups, -1, read.shape[1], block, width)
    whole = key.shape[1] // block * block
    keys, values = (tensor[:, :whole].view(groups, -1, block, width) for tensor in (key, value))
    output = torch.empty_like(queries)

    def attend(piece: int) -> None:
        number, group = divmod(piece, groups)
        seen = read[group, number]  # the own block is the last
        gathered = (tensor[group].index_select(0, seen).flatten(0, 1) for tensor in (keys, values))
        output[group, :, number] = read_keys(queries[group, :, number], *gathered)

    in_parallel(attend, groups * read.shape[1])
    return output.flatten(2, 3).flatten(0, 1)


def gather(pages: torch.Tensor, read: torch.Tensor) -> torch.Tensor:
    """Copies blocks together: ``[groups, blocks, size]`` and their numbers ``[groups, n]`` to ``[groups, n, size]``."""
    copies = pages.new_empty(*read.shape, pages.shape[2])
    for group in range(len(pages)):
        torch.index_select(pages[group], 0, read[group], out=copies[group])
    return copies


def read_blocks(query: torch.Tensor, key: torch.Tensor, scale: float, policy: SparsePolicy) -> torch.Tensor:
    """Blocks that each query block of a piece reads, ``[groups, blocks, r]``, its own last."""
    groups, blocks = key.shape[0], query.shape[1] // policy.block
    total = key.shape[1] // policy.block
    before = total - blocks
    own = torch.arange(before, total, device=query.device).unsqueeze(1)
    block_ids = torch.arange(total, device=query.device)
    earlier = block_ids < own
    always = earlier & ((block_ids < policy.first) | (block_ids >= own - policy.local))
    weight = _block_weights(query, key, earlier, scale, policy)
    weight.masked_fill_(always, float("inf")).masked_fill_(~earlier, float("-inf"))
    count = policy.read(before // _PIECE * policy.piece)
    chosen = weight.topk(count, dim=-1).indices
    return torch.cat([chosen, own.expand(groups, blocks, 1)], dim=-1)


def _block_weights(
    query: torch.Tensor, key: torch.Tensor, earlier: torch.Tensor, scale: float, policy: SparsePolicy
) -> torch.Tensor:
    """Estimated attention of each query block to each block, ``[groups, blocks, total]``, summed over the group.

    A strided antidiagonal sum is one inner product of ``stride`` queries and ``stride`` keys in opposite order.
    """
    heads, n, width = query.shape
    groups, total, stride = key.shape[0], earlier.shape[1], policy.stride
    blocks, lines = n // policy.block, policy.block // stride
    repeat = heads // groups
    queries = query.reshape(groups, repeat * n // stride, stride * width)
    keys = key[:, : total * policy.block].reshape(groups, -1, stride, width).flip(2).flatten(2)
    scores = torch.bmm(queries, keys.transpose(1, 2)).float().mul_(scale / stride)
    scores = scores.view(groups, repeat, blocks, lines, total, lines)
    scores.masked_fill_(~earlier.view(1, 1, blocks, 1, total, 1), float("-inf"))
    return scores.flatten(4).softmax(-1).view_as(scores).sum(dim=(1, 3, 5))

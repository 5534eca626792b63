"""Reading further than a model was trained for: far keys are read as if they stood closer together.

After SelfExtend (Jin et al. 2024, https://arxiv.org/abs/2401.01325), which needs no training: near keys keep their
distance, that of far keys is counted in groups. Here what is far changes from step to step only, and keys of a page
move together. So all queries of a step read the same keys, in whatever way they read them, and a token that is
generated can turn its query instead. The memory holds keys as ever: what a token reads depends on its position alone,
and the trained positions are read as they were trained.
"""

import math
from collections.abc import Iterator

import torch
from torch.nn.functional import pad

from ..threads import in_parallel
from .rope import Rope
from .sparse import SparsePolicy

_STEP = 1024
"""Tokens, at most, for which the same keys are far; as many before them are near."""

_PARTS = 4
"""A step is at most this part of the trained positions: two of them are near, and the rest is for what is far."""

_MOVED = 4096
"""Tokens whose keys a thread moves at once."""


def longest(trained: int, wanted: int, policy: SparsePolicy) -> int:
    """The longest sequence, in tokens: what is wanted, unless a model was trained with too few positions for more."""
    return wanted if trained >= _PARTS * policy.block else min(wanted, trained)


class SelfExtend:
    """What is far from a token, and how far it is read to be.

    Args:
        rope: what turned the keys.
        trained: positions that the model was trained with, see :func:`longest`.
        context: longest sequence, longer than that.
        policy: its blocks and pages are the units.

    Attributes:
        first: tokens from this position on have far keys.
        step: tokens for which the same keys are far.
        group_size: as many positions of far keys count as one.
        page: tokens that move together.
    """

    def __init__(self, rope: Rope, trained: int, context: int, policy: SparsePolicy) -> None:
        self.step = min(_STEP, trained // _PARTS // policy.block * policy.block)
        self.first = trained // self.step * self.step
        self.page = policy.page
        self.group_size = math.ceil((context - 2 * self.step) / (trained - 2 * self.step))
        self._rope = rope
        distance = self.page * torch.arange(1, context // self.page)
        self._moves = distance - distance // self.group_size  # of each page, the nearest first
        self.cosine, self.sine = rope.turn(self._moves)

    def parts(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Tokens from ``start`` to ``stop``, cut where what is far changes."""
        while start < stop:
            end = self.first if start < self.first else (start // self.step + 1) * self.step
            yield start, min(stop, end)
            start = end

    def far(self, position: int) -> int:
        """How many tokens are far from the one at ``position``, whole pages."""
        return 0 if position < self.first else position // self.step * self.step - self.step

    def keys(self, key: torch.Tensor, position: int) -> torch.Tensor:
        """Keys ``[kv_heads, m, head_dim]`` as the token at ``position`` reads them."""
        far = self.far(position)
        if not far:
            return key
        moved = torch.empty_like(key, memory_format=torch.contiguous_format)
        moved[:, far:] = key[:, far:]
        if key.dtype is torch.bfloat16 and key.device.type == "cpu":
            self._move(key[:, :far], moved[:, :far])
        else:
            moves = self._moves_at(position).repeat_interleave(self.page).to(key.device)
            moved[:, :far] = self._rope.move(key[:, :far], moves)
        return moved

    def pages(self, key: torch.Tensor, read: torch.Tensor, position: int) -> torch.Tensor:
        """The same for keys ``[kv_heads, n * page, head_dim]`` of the pages ``read``, ``[kv_heads, n]``."""
        moves = pad(self._moves_at(position), (0, 1)).to(key.device)  # the last is for those that are near
        steps = moves[read.clamp(max=len(moves) - 1)].unsqueeze(-1)
        paged = torch.unflatten(key, 1, (read.shape[1], self.page))
        return self._rope.move(paged, steps).flatten(1, 2)

    def queries(self, query: torch.Tensor, pages: int, position: int) -> torch.Tensor:
        """Queries ``[kv_heads, n, head_dim]`` of the token at ``position``, for each of its memory's first ``pages``,
        ``[kv_heads, n, pages, head_dim]``: rotated as much as that page's keys would be, the other way."""
        moves = self._moves_at(position)[:pages]
        return self._rope.move(query.unsqueeze(2), -pad(moves, (0, pages - len(moves))).to(query.device))

    def _moves_at(self, position: int) -> torch.Tensor:
        """How far each page moves that is far from the token at ``position``, the oldest first."""
        return self._moves[: self.far(position) // self.page].flip(0)

    def _move(self, key: torch.Tensor, moved: torch.Tensor) -> None:
        """Far keys on a processor, in the threads."""
        from .kernels import move_pages

        numbers, into = (tensor.view(torch.int16).numpy() for tensor in (key, moved))
        cosine, sine = self.cosine.numpy(), self.sine.numpy()
        far = key.shape[1]
        pieces = -(-far // _MOVED)

        def move(number: int) -> None:
            kv_head, start = number // pieces, number % pieces * _MOVED
            rows = slice(start, min(far, start + _MOVED))
            move_pages(numbers[kv_head, rows], cosine, sine, self.page, (far - start) // self.page, into[kv_head, rows])

        in_parallel(move, len(key) * pieces)

"""Context beyond a model's trained length: far keys are read as if they were closer together.

After SelfExtend (Jin et al. 2024, https://arxiv.org/abs/2401.01325), which needs no training: near keys keep their
distance, the distance of far keys is divided into groups. Here the set of far keys changes only from step to step, and
the keys of a page move together. So all queries of a step see the same keys, with any kind of attention, and a
generated token can rotate its query instead. The memory stores keys unchanged: what a token reads depends only on its
position, and the trained positions are used as trained.
"""

import math
from collections.abc import Iterator

import torch
from torch.nn.functional import pad

from ..threads import in_parallel
from .rope import Rope
from .sparse import SparsePolicy

_STEP = 1024
"""Most tokens with the same set of far keys; as many before them are near."""

_PARTS = 4
"""A step is at most this fraction of the trained positions: two steps are near, the rest is for far keys."""

_MOVED = 4096
"""Keys that a thread moves at once."""


def longest(trained: int, wanted: int, policy: SparsePolicy) -> int:
    """The longest sequence in tokens: as wanted, unless the model has too few trained positions to be extended."""
    return wanted if trained >= _PARTS * policy.block else min(wanted, trained)


class SelfExtend:
    """Which keys are far from a token, and the distance at which they are read.

    Args:
        rope: the rotation of the keys.
        trained: positions that the model was trained with, see :func:`longest`.
        context: longest sequence, above ``trained``.
        policy: its blocks and pages are the units.

    Attributes:
        first: tokens from this position on have far keys.
        step: number of tokens with the same far keys.
        group_size: how many positions of far keys count as one.
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
        """Tokens from ``start`` to ``stop``, split where the set of far keys changes."""
        while start < stop:
            end = self.first if start < self.first else (start // self.step + 1) * self.step
            yield start, min(stop, end)
            start = end

    def far(self, position: int) -> int:
        """How many tokens are far from the one at ``position``, in whole pages."""
        return 0 if position < self.first else position // self.step * self.step - self.step

    def keys(self, key: torch.Tensor, position: int) -> torch.Tensor:
        """Keys ``[kv_heads, m, head_dim]`` as seen from the token at ``position``."""
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
        """:meth:`keys` for keys ``[kv_heads, n * page, head_dim]`` of the pages ``read``, ``[kv_heads, n]``."""
        moves = pad(self._moves_at(position), (0, 1)).to(key.device)  # the last one is for near pages
        steps = moves[read.clamp(max=len(moves) - 1)].unsqueeze(-1)
        paged = torch.unflatten(key, 1, (read.shape[1], self.page))
        return self._rope.move(paged, steps).flatten(1, 2)

    def queries(self, query: torch.Tensor, pages: int, position: int) -> torch.Tensor:
        """Queries ``[kv_heads, n, head_dim]`` of the token at ``position`` for each of the memory's first ``pages``,
        ``[kv_heads, n, pages, head_dim]``: rotated by as much as that page's keys would be, in the other direction."""
        moves = self._moves_at(position)[:pages]
        return self._rope.move(query.unsqueeze(2), -pad(moves, (0, pages - len(moves))).to(query.device))

    def _moves_at(self, position: int) -> torch.Tensor:
        """How many positions each far page moves for the token at ``position``, the oldest first."""
        return self._moves[: self.far(position) // self.page].flip(0)

    def _move(self, key: torch.Tensor, moved: torch.Tensor) -> None:
        """Moves far keys on a CPU, multi-threaded."""
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

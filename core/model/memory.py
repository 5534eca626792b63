"""The KV cache: the keys and values of a sequence's tokens in every layer.

They are stored in blocks of a pool, in any order, and sequences with a common prefix may share blocks. A long prompt
runs in segments that read the memory of those before them, as in Transformer-XL (Dai et al. 2019,
https://arxiv.org/abs/1901.02860). :class:`Memory` keeps everything, so that segments equal one pass;
:class:`BoundedMemory` keeps a limited number of tokens, for endless streams.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ..errors import ContextLengthError, SettingsError
from .heap import zero_pages
from .rope import Rope
from .sparse import gather


@dataclass(frozen=True, slots=True)
class MemoryShape:
    """The layout of a model's keys and values.

    Attributes:
        layers: number of layers.
        kv_heads: key/value heads in each layer; each serves a group of query heads.
        head_dim: numbers per head.
        dtype, device: of these numbers.
        page: tokens per page, see :class:`core.model.sparse.SparsePolicy`.
        block: tokens per block, the unit of allocation; a multiple of the page.
    """

    layers: int
    kv_heads: int
    head_dim: int
    dtype: torch.dtype
    device: torch.device
    page: int
    block: int


class Pool:
    """Storage for keys and values in blocks (Kwon et al. 2023, PagedAttention, https://arxiv.org/abs/2309.06180).

    Attributes:
        keys, values: ``[layers, kv_heads, blocks * block, head_dim]``, zero until used; unused parts take no memory on
            a CPU.
        bounds: elementwise maximum, then minimum, of the keys of every full page: ``[layers, kv_heads, pages,
            2 * head_dim]`` (Tang et al. 2024, Quest, https://arxiv.org/abs/2406.10774).
    """

    def __init__(self, shape: MemoryShape, blocks: int) -> None:
        self.shape, self.blocks = shape, blocks
        heads, tokens = (shape.layers, shape.kv_heads), blocks * shape.block
        self.keys = _zeros(shape, *heads, tokens, shape.head_dim)
        self.values = _zeros(shape, *heads, tokens, shape.head_dim)
        self.bounds = _zeros(shape, *heads, tokens // shape.page, 2 * shape.head_dim)


def _zeros(shape: MemoryShape, *size: int) -> torch.Tensor:
    if shape.device.type != "cpu":
        return torch.zeros(size, dtype=shape.dtype, device=shape.device)
    return zero_pages(*size, dtype=shape.dtype, advice="MADV_NOHUGEPAGE")  # a sequence writes a little in every layer


class LayerMemory:
    """The memory of one layer.

    Args:
        memory: of all layers; its length includes the tokens being added.
        index: of the layer.
    """

    def __init__(self, memory: "Memory", index: int) -> None:
        self._memory, self._index = memory, index
        pool = memory.pool
        self._keys, self._values, self._bounds = pool.keys[index], pool.values[index], pool.bounds[index]
        self._page, self._block = pool.shape.page, pool.shape.block

    @property
    def length(self) -> int:
        """Number of tokens stored."""
        return self._memory.length

    @property
    def keys(self) -> torch.Tensor:
        """``[kv_heads, length, head_dim]``, oldest first."""
        return self._tokens(self._keys)

    @property
    def values(self) -> torch.Tensor:
        """``[kv_heads, length, head_dim]``."""
        return self._tokens(self._values)

    @property
    def bounds(self) -> torch.Tensor:
        """:attr:`Pool.bounds` of its pages, ``[kv_heads, pages, 2 * head_dim]``; undefined for a partial page."""
        pages = -(-self.length // self._page)
        return self._bounds.index_select(1, self._memory.places(torch.arange(pages), self._page))

    def pages(self, read: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Keys and values of the pages ``read``, ``[kv_heads, n]``, each ``[kv_heads, n * page, head_dim]``."""
        kv_heads, head_dim = self._keys.shape[0], self._keys.shape[2]
        places = self._memory.places(read, self._page)
        rows = (tensor.view(kv_heads, -1, self._page * head_dim) for tensor in (self._keys, self._values))
        keys, values = (gather(row, places).view(kv_heads, -1, head_dim) for row in rows)
        return keys, values

    def append(self, key: torch.Tensor, value: torch.Tensor) -> None:
        """Stores the newest ``n`` tokens, ``[kv_heads, n, head_dim]``, which the memory's length already includes."""
        length, n = self.length, key.shape[1]
        places = self._memory.stretch(length - n, length, 1)
        self._keys[:, places] = key.to(self._keys.dtype)
        self._values[:, places] = value.to(self._keys.dtype)
        self._bind((length - n) // self._page, length // self._page)

    def _bind(self, first: int, stop: int) -> None:
        """Computes the bounds of full pages."""
        if stop > first:
            places = self._memory.stretch(first, stop, self._page)
            pages = torch.unflatten(self._keys, 1, (-1, self._page))[:, places]
            self._bounds[:, places] = torch.cat([pages.amax(2), pages.amin(2)], -1)

    def _tokens(self, tensor: torch.Tensor) -> torch.Tensor:
        """A view if the blocks are contiguous, otherwise a copy."""
        start = self._memory.start
        if start is not None:
            return tensor[:, start : start + self.length]
        blocks = self._memory.table[: -(-self.length // self._block)]
        rows = tensor.view(len(tensor), -1, self._block * tensor.shape[2]).index_select(1, blocks)
        return rows.view(len(tensor), -1, tensor.shape[2])[:, : self.length]

    @property
    def marks(self) -> torch.Tensor:
        """This layer's part of :attr:`Memory.marks`, ``[kv_heads, pages]``."""
        return self._memory.marks[self._index]

    def mark(self, marks: torch.Tensor) -> None:
        """Stores how much a question attended to each page, ``[kv_heads, pages]``, replacing that of an earlier one."""
        self._memory.mark(self._index, marks)

    def observe(self, query: torch.Tensor, scale: float) -> None:
        """Called with the newest queries, ``[heads, n, head_dim]``, and the scale of their scores; ignored here."""


class Memory:
    """Everything a sequence has read.

    Args:
        pool: where it is stored.
        blocks: of the pool, in order.
        ropes: the rotation of each layer.
        length: tokens that the blocks contain already.

    Attributes:
        marks: how much the question attended to each page, see :mod:`core.model.pages`; ``[layers, kv_heads, pages]``
            in fp32, with 0 pages until a question after a long enough text has been read.
    """

    def __init__(self, pool: Pool, blocks: Sequence[int], ropes: Sequence[Rope], length: int = 0) -> None:
        self.pool, self.ropes, self.length = pool, ropes, length
        self.table = torch.empty(0, dtype=torch.long, device=pool.shape.device)
        self.start: int | None = None
        self.marks = self._no_marks(0)
        self.extend(blocks)
        self.layers = [LayerMemory(self, index) for index in range(len(ropes))]

    def extend(self, blocks: Sequence[int]) -> None:
        """Appends blocks."""
        self.table = torch.cat([self.table, torch.tensor(blocks, dtype=torch.long, device=self.table.device)])
        in_a_row = bool((self.table.diff() == 1).all()) and len(self.table) > 0
        self.start = int(self.table[0]) * self.pool.shape.block if in_a_row else None

    def places(self, numbers: torch.Tensor, unit: int) -> torch.Tensor:
        """Positions in the pool of the sequence's tokens (``unit`` 1) or pages (of ``unit`` tokens)."""
        numbers = numbers.to(self.table.device)
        if self.start is not None:
            return numbers + self.start // unit
        ratio = self.pool.shape.block // unit
        return self.table[numbers // ratio] * ratio + numbers % ratio

    def stretch(self, first: int, stop: int, unit: int) -> slice | torch.Tensor:
        """:meth:`places` of a range: a slice, which is faster to copy, if the blocks are contiguous."""
        if self.start is None:
            return self.places(torch.arange(first, stop), unit)
        return slice(self.start // unit + first, self.start // unit + stop)

    @property
    def capacity(self) -> int:
        """Number of tokens that the blocks can store."""
        return len(self.table) * self.pool.shape.block

    @property
    def position(self) -> int:
        """Position of the next token."""
        return self.length

    @property
    def read(self) -> int:
        """Number of tokens of the sequence read so far."""
        return self.length

    def grow(self, count: int) -> None:
        """Adds ``count`` to the length; the layers then store the tokens.

        Raises:
            ContextLengthError: they exceed the capacity.
        """
        if self.length + count > self.capacity:
            raise ContextLengthError(f"{self.length + count} tokens exceed the {self.capacity} of this sequence")
        self.length += count

    def mark(self, layer: int, marks: torch.Tensor) -> None:
        """See :meth:`LayerMemory.mark`."""
        if self.marks.shape[2] != marks.shape[1]:
            self.marks = self._no_marks(marks.shape[1])
        self.marks[layer] = marks

    def _no_marks(self, pages: int) -> torch.Tensor:
        shape = self.pool.shape
        return torch.zeros(shape.layers, shape.kv_heads, pages, dtype=torch.float32, device=shape.device)

    def forget(self, count: int) -> None:
        """Removes the newest ``count`` tokens."""
        self.length -= count

    def observe(self, queries: torch.Tensor, scale: float) -> None:
        """Passes every layer the newest queries, ``[layers, n, heads, head_dim]``; ignored here, see
        :meth:`LayerMemory.observe`."""


class BoundedLayerMemory(LayerMemory):
    """A layer that drops, separately for each key/value head, the pages to which recent queries attend least.

    Recent attention predicts future attention (Li et al. 2024, SnapKV, https://arxiv.org/abs/2404.14469); the first
    page is never dropped (Xiao et al. 2023, attention sinks, https://arxiv.org/abs/2309.17453).
    """

    _FADE = 0.9  # decay of earlier queries' attention, each time pages are dropped

    def __init__(self, memory: "BoundedMemory", index: int) -> None:
        super().__init__(memory, index)
        self._rope = memory.ropes[index]
        self._recent = memory.recent // self._page
        self._dropped = 0  # tokens
        size = self._bounds.shape[:2]
        self._moved = torch.zeros(size, dtype=torch.long, device=self._keys.device)
        self._looked_at = torch.zeros(size, device=self._keys.device)
        self._newest: tuple[torch.Tensor, float] | None = None

    def observe(self, query: torch.Tensor, scale: float) -> None:
        """See :meth:`LayerMemory.observe`."""
        self._newest = query[:, -self._page :].to(self._keys.dtype), scale

    def drop(self, tokens: int) -> None:
        """Drops this many tokens, in whole pages, between the first page and the recent ones."""
        self._weigh()
        count = tokens // self._page
        full = self.length // self._page
        weight = self._looked_at[:, :full].clone()
        weight[:, 0] = weight[:, full - self._recent :] = float("inf")
        kept = weight.topk(full - count, dim=1).indices.sort(1).values
        for tensor in (self._moved, self._looked_at, self._bounds):
            index = kept if tensor.dim() == 2 else kept.unsqueeze(-1).expand(-1, -1, tensor.shape[2])
            tensor[:, : full - count] = tensor.gather(1, index)
        stop = (full - count) * self._page
        rest = slice(full * self._page, self.length)
        for tensor in (self._keys, self._values):
            pages = tensor.view(len(tensor), -1, self._page * tensor.shape[2])
            pages[:, : full - count] = gather(pages, kept)
            tensor[:, stop : stop + self.length % self._page] = tensor[:, rest].clone()
        self._moved[:, : full - count] += (kept - torch.arange(full - count, device=kept.device)) * self._page
        self._dropped += count * self._page
        self._moved[:, full - count :] = self._dropped
        self._looked_at[:, full - count :] = 0

    def renumber(self) -> None:
        """Rotates the keys to consecutive positions, as if the dropped tokens had never been there."""
        pages = -(-self.length // self._page)
        held = torch.unflatten(self._keys[:, : pages * self._page], 1, (pages, self._page))
        steps = -self._moved[:, :pages].unsqueeze(-1).expand(-1, -1, self._page)
        self._keys[:, : pages * self._page] = self._rope.move(held, steps).flatten(1, 2)
        self._moved.zero_()
        self._dropped = 0
        self._bind(0, self.length // self._page)

    def _weigh(self) -> None:
        """Adds the newest queries' attention to each page."""
        if self._newest is None:
            return
        query, scale = self._newest
        rows = (query * scale).reshape(self._keys.shape[0], -1, query.shape[2])
        looks = torch.bmm(rows, self.keys.transpose(1, 2)).float().softmax(-1).sum(1)
        full = self.length // self._page
        self._looked_at *= self._FADE
        self._looked_at[:, :full] += torch.unflatten(looks[:, : full * self._page], 1, (full, self._page)).sum(-1)


def check_capacity(capacity: int, block: int, positions: int, window: int = 0) -> None:
    """Checks that a bounded memory fits a model; for the arguments see :class:`BoundedMemory`.

    Raises:
        SettingsError: the capacity is not a multiple of the block, too small, or more than the model's positions.
    """
    least = 4 * max(2 * block, window)
    if capacity % block or not least <= capacity <= positions:
        raise SettingsError(
            f"A memory of {capacity} tokens does not fit this model",
            hint=f"Set R1_MEMORY to a multiple of {block} from {least} to {positions}, or to 0",
        )


class BoundedMemory(Memory):
    """Keeps the beginning of a sequence, its newest tokens, and the most attended ones in between.

    It has its own pool, because each head drops different tokens.

    Args:
        shape: of the model's keys and values.
        capacity: most tokens stored at any time; a multiple of the block.
        ropes: the rotation of each layer.
        positions: how many the model knows; before they run out, the stored tokens are renumbered.
        window: the longest sliding window of a layer, 0 without.

    Raises:
        SettingsError: see :func:`check_capacity`.
    """

    def __init__(
        self, shape: MemoryShape, capacity: int, ropes: Sequence[Rope], *, positions: int, window: int = 0
    ) -> None:
        check_capacity(capacity, shape.block, positions, window)
        blocks = capacity // shape.block
        self.recent = capacity // 4
        super().__init__(Pool(shape, blocks), range(blocks), ropes)
        self._bounded = [BoundedLayerMemory(self, index) for index in range(len(ropes))]
        self.layers = [*self._bounded]
        self._positions = positions
        self._dropped = 0  # tokens, since the last renumbering
        self._lost = 0  # tokens, in total

    @property
    def position(self) -> int:
        """See :attr:`Memory.position`."""
        return self.length + self._dropped

    @property
    def read(self) -> int:
        """See :attr:`Memory.read`."""
        return self.length + self._lost

    def observe(self, queries: torch.Tensor, scale: float) -> None:
        """See :meth:`Memory.observe`."""
        for layer, query in zip(self._bounded, queries, strict=True):
            layer.observe(query.transpose(0, 1), scale)

    def grow(self, count: int) -> None:
        """Drops tokens to make room, then as :meth:`Memory.grow`.

        Raises:
            ContextLengthError: more tokens at once than half of the memory.
        """
        if count > self.capacity // 2:
            raise ContextLengthError(f"{count} tokens at once exceed half of the memory, {self.capacity // 2}")
        block = self.pool.shape.block
        dropped = max(0, -(-(self.length + count - self.capacity) // block) * block)
        if dropped:
            for layer in self._bounded:
                layer.drop(dropped)
            self.length -= dropped
            self._dropped += dropped
            self._lost += dropped
            self.marks = self._no_marks(0)  # the pages have moved
        if self.position + count > self._positions:
            for layer in self._bounded:
                layer.renumber()
            self._dropped = 0
        self.length += count

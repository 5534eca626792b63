"""What a sequence leaves behind for its later tokens: the keys and values of every layer.

A long prompt runs in segments that read the memory of those before them, as in Transformer-XL (Dai et al. 2019,
https://arxiv.org/abs/1901.02860). :class:`Memory` keeps everything, so that segments equal one pass;
:class:`BoundedMemory` keeps as much as it is told to, for streams without an end.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ..errors import ContextLengthError, SettingsError
from .rope import Rope
from .sparse import gather


@dataclass(frozen=True, slots=True)
class MemoryShape:
    """The keys and values of one token.

    Attributes:
        groups: heads of keys and values in each layer.
        width: numbers a head.
        dtype, device: of these numbers.
        page: tokens a page, see :class:`core.model.sparse.SparsePolicy`.
        block: tokens that are dropped together; a multiple of the page.
    """

    groups: int
    width: int
    dtype: torch.dtype
    device: torch.device
    page: int
    block: int


class LayerMemory:
    """The memory of one layer."""

    def __init__(self, shape: MemoryShape, capacity: int) -> None:
        pages = -(-capacity // shape.page)
        size = (shape.groups, pages * shape.page, shape.width)
        self._keys = torch.empty(size, dtype=shape.dtype, device=shape.device)
        self._values = torch.empty_like(self._keys)
        self._bounds = self._keys.new_empty(shape.groups, pages, 2 * shape.width)
        self._bounded = 0  # pages whose bounds are known
        self._page = shape.page
        self.length = 0

    @property
    def keys(self) -> torch.Tensor:
        """``[groups, length, width]``, oldest first."""
        return self._keys[:, : self.length]

    @property
    def values(self) -> torch.Tensor:
        """``[groups, length, width]``."""
        return self._values[:, : self.length]

    @property
    def pages(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Keys and values page by page, ``[groups, pages, page * width]``, what is not filled yet included."""
        keys, values = (tensor.view(len(tensor), self._bounds.shape[1], -1) for tensor in (self._keys, self._values))
        return keys, values

    def append(self, key: torch.Tensor, value: torch.Tensor) -> None:
        """Adds tokens, ``[n, groups, width]``."""
        stop = self.length + key.shape[0]
        self._keys[:, self.length : stop] = key.transpose(0, 1)
        self._values[:, self.length : stop] = value.transpose(0, 1)
        self.length = stop

    def bounds(self) -> torch.Tensor:
        """The largest and, behind it, the smallest key of every page, number by number: ``[groups, pages, 2 * width]``.

        Those of pages that are not full mean nothing. Tang et al. 2024, Quest, https://arxiv.org/abs/2406.10774.
        """
        full = self.length // self._page
        if full > self._bounded:
            new = self._keys[:, self._bounded * self._page : full * self._page]
            pages = torch.unflatten(new, 1, (-1, self._page))
            self._bounds[:, self._bounded : full] = torch.cat([pages.amax(2), pages.amin(2)], -1)
            self._bounded = full
        return self._bounds

    def observe(self, query: torch.Tensor, scale: float) -> None:
        """Is told what the newest tokens asked, ``[heads, n, width]``, with their factor of the scores."""

    def forget(self, count: int) -> None:
        """Takes the newest ``count`` tokens back."""
        self.length -= count
        self._bounded = min(self._bounded, self.length // self._page)

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return self._keys.nbytes + self._values.nbytes + self._bounds.nbytes


class Memory:
    """Everything a sequence has read.

    Args:
        shape: of the model's keys and values.
        capacity: tokens of prompt and answer together.
        ropes: the rotation of each layer.
    """

    def __init__(self, shape: MemoryShape, capacity: int, ropes: Sequence[Rope]) -> None:
        self.ropes = ropes
        self.layers = [LayerMemory(shape, capacity) for _ in ropes]
        self._capacity = capacity

    @property
    def length(self) -> int:
        """Tokens held."""
        return self.layers[0].length

    @property
    def position(self) -> int:
        """Position of the next token."""
        return self.length

    def reserve(self, count: int) -> None:
        """Makes room for the next ``count`` tokens.

        Raises:
            ContextLengthError: there is none.
        """
        if self.length + count > self._capacity:
            raise ContextLengthError(f"{self.length + count} tokens exceed the {self._capacity} of this sequence")

    def forget(self, count: int) -> None:
        """Takes the newest ``count`` tokens back."""
        for layer in self.layers:
            layer.forget(count)

    @property
    def nbytes(self) -> int:
        """Bytes held by all layers."""
        return sum(layer.nbytes for layer in self.layers)


class BoundedLayerMemory(LayerMemory):
    """A layer that drops, for each group by itself, the pages that the newest queries look at least.

    What was looked at lately is what will be looked at (Li et al. 2024, SnapKV, https://arxiv.org/abs/2404.14469);
    the first page is never dropped (Xiao et al. 2023, attention sinks, https://arxiv.org/abs/2309.17453).
    """

    _FADE = 0.9  # of what earlier queries looked at, each time pages are dropped

    def __init__(self, shape: MemoryShape, capacity: int, rope: Rope, recent: int) -> None:
        super().__init__(shape, capacity)
        self._rope = rope
        self._recent = recent // shape.page
        self._dropped = 0  # tokens
        pages = self._bounds.shape[1]
        self._moved = torch.zeros(shape.groups, pages, dtype=torch.long, device=shape.device)
        self._looked_at = torch.zeros(shape.groups, pages, device=shape.device)
        self._asked: tuple[torch.Tensor, float] | None = None

    def observe(self, query: torch.Tensor, scale: float) -> None:
        """See :meth:`LayerMemory.observe`."""
        self._asked = query[:, -self._page :], scale

    def drop(self, tokens: int) -> None:
        """Forgets this many tokens, whole pages, between the first page and the recent ones."""
        self._weigh()
        count = tokens // self._page
        full = self.length // self._page
        weight = self._looked_at[:, :full].clone()
        weight[:, 0] = weight[:, full - self._recent :] = float("inf")
        kept = weight.topk(full - count, dim=1).indices.sort(1).values
        self.bounds()
        for tensor in (self._moved, self._looked_at, self._bounds):
            index = kept if tensor.dim() == 2 else kept.unsqueeze(-1).expand(-1, -1, tensor.shape[2])
            tensor[:, : full - count] = tensor.gather(1, index)
        stop = (full - count) * self._page
        rest = slice(full * self._page, self.length)
        for tensor, pages in zip((self._keys, self._values), self.pages, strict=True):
            pages[:, : full - count] = gather(pages, kept)
            tensor[:, stop : stop + self.length % self._page] = tensor[:, rest].clone()
        self._moved[:, : full - count] += (kept - torch.arange(full - count, device=kept.device)) * self._page
        self._dropped += count * self._page
        self._moved[:, full - count :] = self._dropped
        self._looked_at[:, full - count :] = 0
        self.length -= count * self._page
        self._bounded = full - count

    def renumber(self) -> None:
        """Turns the keys to the positions that they would have if nothing had been dropped before them."""
        pages = -(-self.length // self._page)
        held = torch.unflatten(self._keys[:, : pages * self._page], 1, (pages, self._page))
        steps = -self._moved[:, :pages].unsqueeze(-1).expand(-1, -1, self._page)
        self._keys[:, : pages * self._page] = self._rope.move(held, steps).flatten(1, 2)
        self._moved.zero_()
        self._dropped = self._bounded = 0

    def _weigh(self) -> None:
        """Adds what the newest queries look at, page by page."""
        if self._asked is None:
            return
        query, scale = self._asked
        rows = (query * scale).reshape(self._keys.shape[0], -1, query.shape[2])
        looks = torch.bmm(rows, self.keys.transpose(1, 2)).float().softmax(-1).sum(1)
        full = self.length // self._page
        self._looked_at *= self._FADE
        self._looked_at[:, :full] += torch.unflatten(looks[:, : full * self._page], 1, (full, self._page)).sum(-1)


class BoundedMemory(Memory):
    """The beginning of a sequence, its newest tokens, and of those between the ones that were looked at most.

    Args:
        shape: of the model's keys and values.
        capacity: tokens held at most, at any moment; a multiple of the block.
        ropes: the rotation of each layer.
        positions: how many the model knows; before they run out, what is held is numbered anew.
        window: the longest sliding window of a layer, 0 without.

    Raises:
        SettingsError: the capacity is too small, or more than the model's positions.
    """

    def __init__(
        self, shape: MemoryShape, capacity: int, ropes: Sequence[Rope], *, positions: int, window: int = 0
    ) -> None:
        recent, least = capacity // 4, 4 * max(2 * shape.block, window)
        if capacity % shape.block or not least <= capacity <= positions:
            raise SettingsError(
                f"A memory of {capacity} tokens does not fit this model",
                hint=f"Choose a multiple of {shape.block} from {least} to {positions}",
            )
        self.ropes = ropes
        self.layers: list[BoundedLayerMemory] = [  # type: ignore[assignment]
            BoundedLayerMemory(shape, capacity, rope, recent) for rope in ropes
        ]
        self._capacity, self._positions, self._block = capacity, positions, shape.block
        self._dropped = 0

    @property
    def position(self) -> int:
        """See :attr:`Memory.position`."""
        return self.length + self._dropped

    def reserve(self, count: int) -> None:
        """Makes room by forgetting.

        Raises:
            ContextLengthError: more tokens at once than half of the memory.
        """
        if count > self._capacity // 2:
            raise ContextLengthError(f"{count} tokens at once exceed half of the memory, {self._capacity // 2}")
        missing = self.length + count - self._capacity
        if missing > 0:
            dropped = -(-missing // self._block) * self._block
            for layer in self.layers:
                layer.drop(dropped)
            self._dropped += dropped
        if self.position + count > self._positions:
            for layer in self.layers:
                layer.renumber()
            self._dropped = 0

"""Who holds which blocks of a pool, and which of them hold the beginning of a prompt that may come again.

A block of a prompt is named by the hash of its tokens and of the name of the block before it, so equal names mean
equal beginnings (Kwon et al. 2023, PagedAttention; vLLM's automatic prefix caching).
"""

import hashlib
import heapq
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence


def names(seed: str, ids: Sequence[int], block: int) -> Iterator[bytes]:
    """The name of each full block of a prompt.

    Args:
        seed: all that keys and values depend on beside the tokens: adapter, precision, layout, and whose they are.
        ids: the prompt.
        block: tokens a block.
    """
    name = seed.encode()
    for start in range(0, len(ids) - block + 1, block):
        name = hashlib.blake2b(name + array("q", ids[start : start + block]).tobytes(), digest_size=16).digest()
        yield name


class BlockCache:
    """The books of a pool.

    Args:
        blocks: how many there are.
    """

    def __init__(self, blocks: int) -> None:
        self._blocks = blocks
        self._free = list(range(blocks))  # a heap: the lowest first, so that blocks tend to lie in a row
        self._holders = [0] * blocks
        self._name_of: dict[int, bytes] = {}
        self._block_of: dict[bytes, int] = {}
        self._idle: OrderedDict[int, None] = OrderedDict()  # named and held by nobody, the longest unused first

    @property
    def available(self) -> int:
        """Blocks that can be taken."""
        return len(self._free) + len(self._idle)

    @property
    def usage(self) -> float:
        """Share of the blocks that somebody holds, 0 to 1."""
        return 1 - self.available / self._blocks

    def take(self, count: int) -> list[int] | None:
        """Holds free blocks, forgetting the names of unused ones if it must; None if there are not enough."""
        if count > self.available:
            return None
        while len(self._free) < count:
            block, _ = self._idle.popitem(last=False)
            del self._block_of[self._name_of.pop(block)]
            heapq.heappush(self._free, block)
        taken = [heapq.heappop(self._free) for _ in range(count)]
        for block in taken:
            self._holders[block] = 1
        return taken

    def find(self, wanted: Iterable[bytes]) -> list[int]:
        """Holds the blocks of the longest beginning that is here."""
        found = []
        for name in wanted:
            block = self._block_of.get(name)
            if block is None:
                break
            self._idle.pop(block, None)
            self._holders[block] += 1
            found.append(block)
        return found

    def keep(self, block: int, name: bytes) -> None:
        """Names a held block whose keys and values are written; where the name is taken, the older one stays."""
        if name not in self._block_of:
            self._block_of[name] = block
            self._name_of[block] = name

    def release(self, blocks: Iterable[int]) -> None:
        """Lets blocks go; named ones stay until their room is needed, the end of a prompt before its beginning."""
        for block in reversed(list(blocks)):
            self._holders[block] -= 1
            if self._holders[block] == 0:
                if block in self._name_of:
                    self._idle[block] = None
                else:
                    heapq.heappush(self._free, block)

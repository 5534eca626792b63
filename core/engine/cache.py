"""Block allocator of the KV cache, with prefix caching: a prompt prefix that was computed before is reused.

The hash of a block covers its tokens and the hash of the block before it, so equal hashes mean equal prefixes (Kwon et
al. 2023, PagedAttention; vLLM's automatic prefix caching).
"""

import hashlib
import heapq
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence


def block_hashes(seed: str, ids: Sequence[int], block: int) -> Iterator[bytes]:
    """The hash of each full block of a prompt.

    Args:
        seed: everything but the tokens that keys and values depend on: tenant, adapter, precision, layout.
        ids: the prompt.
        block: tokens per block.
    """
    digest = seed.encode()
    for start in range(0, len(ids) - block + 1, block):
        digest = hashlib.blake2b(digest + array("q", ids[start : start + block]).tobytes(), digest_size=16).digest()
        yield digest


class BlockCache:
    """Reference counts and hashes of a pool's blocks.

    Args:
        blocks: how many blocks the pool has.
    """

    def __init__(self, blocks: int) -> None:
        self._blocks = blocks
        self._free = list(range(blocks))  # a heap: the lowest first, so that blocks tend to be contiguous
        self._references = [0] * blocks
        self._hash_of: dict[int, bytes] = {}
        self._block_of: dict[bytes, int] = {}
        self._idle: OrderedDict[int, None] = OrderedDict()  # cached without a reference, least recently used first

    @property
    def available(self) -> int:
        """Blocks that can be allocated."""
        return len(self._free) + len(self._idle)

    @property
    def usage(self) -> float:
        """Share of blocks in use, 0 to 1."""
        return 1 - self.available / self._blocks

    def take(self, count: int) -> list[int] | None:
        """Allocates blocks, evicting cached ones if necessary; None if there are not enough."""
        if count > self.available:
            return None
        while len(self._free) < count:
            block, _ = self._idle.popitem(last=False)
            del self._block_of[self._hash_of.pop(block)]
            heapq.heappush(self._free, block)
        taken = [heapq.heappop(self._free) for _ in range(count)]
        for block in taken:
            self._references[block] = 1
        return taken

    def find(self, hashes: Iterable[bytes]) -> list[int]:
        """Takes a reference to each block of the longest cached prefix."""
        found = []
        for digest in hashes:
            block = self._block_of.get(digest)
            if block is None:
                break
            self._idle.pop(block, None)
            self._references[block] += 1
            found.append(block)
        return found

    def keep(self, block: int, digest: bytes) -> None:
        """Caches a block whose keys and values are written; if its hash is cached already, the older block stays."""
        if digest not in self._block_of:
            self._block_of[digest] = block
            self._hash_of[block] = digest

    def release(self, blocks: Iterable[int]) -> None:
        """Drops references; cached blocks stay until evicted, the end of a prompt before its beginning."""
        for block in reversed(list(blocks)):
            self._references[block] -= 1
            if self._references[block] == 0:
                if block in self._hash_of:
                    self._idle[block] = None
                else:
                    heapq.heappush(self._free, block)

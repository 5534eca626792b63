"""Decides what runs next: continuous batching in one visible loop.

Sequences that are decoded take part in every step, one token each; beside them prompts are read in chunks (chunked
prefill). When memory runs short, the newest sequence is preempted: it gives its blocks back and waits (Yu et al. 2022,
Orca; Kwon et al. 2023, vLLM).
"""

from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator

from ..errors import BusyError
from ..model.decoder import Decoder
from ..model.memory import Memory, Pool
from ..model.sparse import TRAINING_FREE
from .cache import BlockCache, block_hashes
from .sequence import BESIDE, SEGMENT, Sequence, shareable

RUNNING = 32
"""Sequences that run together at most, however small they are."""


class Scheduler:
    """The waiting, the running, and the memory they share.

    Args:
        decoder: the model.
        pool: room for all memories; None where each sequence has a bounded one of its own.
        bounded: tokens of such a memory.
        most: sequences that run together at most.
        queue: sequences that may wait.
    """

    def __init__(
        self, decoder: Decoder, pool: Pool | None, *, bounded: int = 0, most: int = RUNNING, queue: int = 64
    ) -> None:
        self._decoder, self._pool, self._bounded, self._most, self._limit = decoder, pool, bounded, most, queue
        self._cache = BlockCache(pool.blocks) if pool else None
        self._waiting: OrderedDict[str, deque[Sequence]] = OrderedDict()  # by tenant, whose turn is next first
        self._states: Counter[str] = Counter()  # how often each adapter was loaded
        self.preempted = 0  # sequences that gave way so far
        self.running: list[Sequence] = []  # the longest there first

    def forget(self, adapter: str) -> None:
        """An adapter has a new state: what was read with the old one is of no use."""
        self._states[adapter] += 1

    @property
    def waiting(self) -> int:
        """Sequences that wait."""
        return sum(map(len, self._waiting.values()))

    @property
    def cache_usage(self) -> float:
        """Share of the memory that sequences hold, 0 to 1."""
        return self._cache.usage if self._cache else len(self.running) / self._most

    def add(self, sequence: Sequence) -> None:
        """Takes a new sequence.

        Raises:
            BusyError: too many wait.
        """
        if self.waiting >= self._limit + self._most - len(self.running):  # some may only just have come
            raise BusyError(f"{self.waiting} requests wait already", hint="Try again in a few seconds")
        self._waiting.setdefault(sequence.request.tenant, deque()).append(sequence)

    def schedule(self) -> list[tuple[Sequence, int]]:
        """The sequences of the next step, each with how many tokens of its prompt may run."""
        batch = []
        for sequence in list(self.running):
            if sequence in self.running and not sequence.unread and self._make_room(sequence):
                batch.append((sequence, 0))
        batch = [(sequence, budget) for sequence, budget in batch if sequence in self.running]  # some gave way
        budget = BESIDE if batch else SEGMENT
        for sequence in self._prompts():
            batch.append((sequence, budget))
            budget -= sequence.unread
            if budget <= 0:
                break
        return batch

    def _prompts(self) -> Iterator[Sequence]:
        """Sequences with a prompt to read, admitting those that wait."""
        yield from [sequence for sequence in self.running if sequence.unread]
        while len(self.running) < self._most and (sequence := self._admit()):
            yield sequence

    def _admit(self) -> Sequence | None:
        """Lets the next one in: tenants take turns."""
        if not self._waiting:
            return None
        tenant, queue = next(iter(self._waiting.items()))
        sequence = queue[0]
        try:
            if not self._give_memory(sequence):
                return None
        except Exception as error:  # it alone fails: whoever drops it next tells it so
            sequence.failed = error
            return None
        queue.popleft()
        del self._waiting[tenant]
        if queue:
            self._waiting[tenant] = queue  # behind the others
        self.running.append(sequence)
        return sequence

    def _give_memory(self, sequence: Sequence) -> bool:
        """Blocks for the prompt and the answer so far, those of a beginning that was read before among them."""
        if self._cache is None or self._pool is None:
            sequence.begin(self._decoder.new_bounded_memory(self._bounded))
            return True
        block, length = self._pool.shape.block, len(sequence.ids)
        sequence.hashes = sequence.hashes or list(self._hashes(sequence))
        # Two tokens at least are left to read: a single one would take another way through the model.
        found = self._cache.find(sequence.hashes[: (length - 2) // block])
        whole = len(found) * block
        if whole > TRAINING_FREE.dense_until:  # what reads sparsely comes in whole pieces
            whole -= whole % TRAINING_FREE.piece
        self._cache.release(found[whole // block :])
        found = found[: whole // block]
        spare = len(self.running)  # so that nobody has to give way at once
        needed = -(-(sequence.known + 1) // block) - len(found)
        taken = self._cache.take(needed) if self._cache.available >= needed + spare else None
        if taken is None:
            self._cache.release(found)
            return False
        sequence.blocks = found + taken
        sequence.begin(Memory(self._pool, sequence.blocks, self._decoder.ropes, whole), whole)
        return True

    def _hashes(self, sequence: Sequence) -> Iterator[bytes]:
        assert self._pool is not None
        request, decoder = sequence.request, self._decoder
        adapter = f"{request.adapter} {self._states[request.adapter]}"
        seed = f"{request.tenant}\n{adapter}\n{decoder.precision}\n{TRAINING_FREE}"
        return block_hashes(seed, sequence.ids[: shareable(len(sequence.ids))], self._pool.shape.block)

    def _make_room(self, sequence: Sequence) -> bool:
        """Room for the next tokens of an answer, if need be by making the newest sequence give way."""
        memory = sequence.memory
        if self._cache is None or memory is None:
            return True
        wanted = min(sequence.total, memory.length + sequence.ahead)
        needed = -(-wanted // memory.pool.shape.block) - len(sequence.blocks)
        while needed > 0:
            taken = self._cache.take(needed)
            if taken is not None:
                sequence.blocks += taken
                memory.extend(taken)
                return True
            last = self.running[-1]
            self._suspend(last)
            if last is sequence:
                return False
        return True

    def _suspend(self, sequence: Sequence) -> None:
        """Takes a sequence's memory away; it comes next among those that wait."""
        self.end(sequence)
        self.preempted += 1
        tenant = sequence.request.tenant
        self._waiting.setdefault(tenant, deque()).appendleft(sequence)
        self._waiting.move_to_end(tenant, last=False)

    def remember(self, sequence: Sequence) -> None:
        """Lets others find as much of the beginning of a prompt as has been read."""
        if self._cache is None or self._pool is None:
            return
        full = min(sequence.read, len(sequence.ids)) // self._pool.shape.block
        for block, digest in zip(sequence.blocks[:full], sequence.hashes[:full], strict=False):
            self._cache.keep(block, digest)

    def end(self, sequence: Sequence) -> None:
        """Takes a sequence out; its blocks are free."""
        if sequence in self.running:
            self.running.remove(sequence)
            if self._cache is not None:
                self._cache.release(sequence.blocks)
        sequence.blocks, sequence.memory = [], None

    def drop(self, wanted: Callable[[Sequence], bool]) -> list[Sequence]:
        """Takes out all sequences that fulfil something, waiting or running."""
        dropped = [sequence for sequence in self.running if wanted(sequence)]
        for sequence in dropped:
            self.end(sequence)
        for tenant, queue in list(self._waiting.items()):
            gone = {sequence for sequence in queue if wanted(sequence)}  # asked once: time may run out meanwhile
            dropped += gone
            kept = deque(sequence for sequence in queue if sequence not in gone)
            if kept:
                self._waiting[tenant] = kept
            else:
                del self._waiting[tenant]
        return dropped

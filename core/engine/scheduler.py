"""Decides what runs next: continuous batching in one visible loop.

Decoding sequences take part in every step, one token each; alongside, prompts are read in chunks (chunked prefill).
When memory runs short, the newest sequence is preempted: its blocks are freed and it waits (Yu et al. 2022, Orca; Kwon
et al. 2023, vLLM).
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
"""Most sequences that run together, however small they are."""


class Scheduler:
    """The waiting and the running sequences, and the memory they share.

    Args:
        decoder: the model.
        pool: holds all memories; None if each sequence has its own bounded one.
        bounded: tokens in a bounded memory.
        most: most sequences that run together.
        queue: how many sequences may wait.
    """

    def __init__(
        self, decoder: Decoder, pool: Pool | None, *, bounded: int = 0, most: int = RUNNING, queue: int = 64
    ) -> None:
        self._decoder, self._pool, self._bounded, self._most, self._limit = decoder, pool, bounded, most, queue
        self._cache = BlockCache(pool.blocks) if pool else None
        self._waiting: OrderedDict[str, deque[Sequence]] = OrderedDict()  # by tenant, the next one first
        self._states: Counter[str] = Counter()  # how often each adapter was loaded
        self.preempted = 0  # preemptions so far
        self.running: list[Sequence] = []  # oldest first

    def forget(self, adapter: str) -> None:
        """Invalidates the cached prefixes of an adapter, which has new weights."""
        self._states[adapter] += 1

    @property
    def waiting(self) -> int:
        """How many sequences are waiting."""
        return sum(map(len, self._waiting.values()))

    @property
    def cache_usage(self) -> float:
        """Share of the memory held by sequences, 0 to 1."""
        return self._cache.usage if self._cache else len(self.running) / self._most

    def add(self, sequence: Sequence) -> None:
        """Queues a new sequence.

        Raises:
            BusyError: too many are waiting.
        """
        if self.waiting >= self._limit + self._most - len(self.running):  # free places are filled at the next step
            raise BusyError(f"{self.waiting} requests wait already", hint="Try again in a few seconds")
        self._waiting.setdefault(sequence.request.tenant, deque()).append(sequence)

    def schedule(self) -> list[tuple[Sequence, int]]:
        """The sequences of the next step, each with its budget of prompt tokens."""
        batch = []
        for sequence in list(self.running):
            if sequence in self.running and not sequence.unread and self._make_room(sequence):
                batch.append((sequence, 0))
        batch = [(sequence, budget) for sequence, budget in batch if sequence in self.running]  # some were preempted
        budget = BESIDE if batch else SEGMENT
        for sequence in self._prompts():
            batch.append((sequence, budget))
            budget -= sequence.unread
            if budget <= 0:
                break
        return batch

    def _prompts(self) -> Iterator[Sequence]:
        """Sequences with a prompt to read, admitting waiting ones."""
        yield from [sequence for sequence in self.running if sequence.unread]
        while len(self.running) < self._most and (sequence := self._admit()):
            yield sequence

    def _admit(self) -> Sequence | None:
        """Admits the next waiting sequence: tenants take turns."""
        if not self._waiting:
            return None
        tenant, queue = next(iter(self._waiting.items()))
        sequence = queue[0]
        try:
            if not self._give_memory(sequence):
                return None
        except Exception as error:  # only this sequence fails; reported when it is dropped
            sequence.failed = error
            return None
        queue.popleft()
        del self._waiting[tenant]
        if queue:
            self._waiting[tenant] = queue  # last in turn
        self.running.append(sequence)
        return sequence

    def _give_memory(self, sequence: Sequence) -> bool:
        """Gives a sequence blocks for the prompt and the answer so far, reusing a cached prefix; False if short."""
        if self._cache is None or self._pool is None:
            sequence.begin(self._decoder.new_bounded_memory(self._bounded))
            return True
        block, length = self._pool.shape.block, len(sequence.ids)
        sequence.hashes = sequence.hashes or list(self._hashes(sequence))
        # At least two tokens are left to read: a single one would take another path through the model.
        found = self._cache.find(sequence.hashes[: (length - 2) // block])
        whole = len(found) * block
        if whole > TRAINING_FREE.dense_until:  # sparse attention works on whole pieces
            whole -= whole % TRAINING_FREE.piece
        self._cache.release(found[whole // block :])
        found = found[: whole // block]
        spare = len(self.running)  # avoids an immediate preemption
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
        """Makes room for an answer's next tokens, preempting the newest sequences if necessary; False if this one is
        preempted itself."""
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
        """Preempts a sequence: it loses its memory and waits at the head of the queue."""
        self.end(sequence)
        self.preempted += 1
        tenant = sequence.request.tenant
        self._waiting.setdefault(tenant, deque()).appendleft(sequence)
        self._waiting.move_to_end(tenant, last=False)

    def remember(self, sequence: Sequence) -> None:
        """Caches the part of a sequence's prompt that has been read, for others to reuse."""
        if self._cache is None or self._pool is None:
            return
        full = min(sequence.read, len(sequence.ids)) // self._pool.shape.block
        for block, digest in zip(sequence.blocks[:full], sequence.hashes[:full], strict=False):
            self._cache.keep(block, digest)

    def end(self, sequence: Sequence) -> None:
        """Removes a sequence and frees its blocks."""
        if sequence in self.running:
            self.running.remove(sequence)
            if self._cache is not None:
                self._cache.release(sequence.blocks)
        sequence.blocks, sequence.memory = [], None

    def drop(self, wanted: Callable[[Sequence], bool]) -> list[Sequence]:
        """Removes and returns all sequences, waiting or running, for which ``wanted`` is true."""
        dropped = [sequence for sequence in self.running if wanted(sequence)]
        for sequence in dropped:
            self.end(sequence)
        for tenant, queue in list(self._waiting.items()):
            gone = {sequence for sequence in queue if wanted(sequence)}  # evaluated once: time may run out in between
            dropped += gone
            kept = deque(sequence for sequence in queue if sequence not in gone)
            if kept:
                self._waiting[tenant] = kept
            else:
                del self._waiting[tenant]
        return dropped

"""The blocks of a pool: none is lost, none is held by two that should not share it."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from core.engine.cache import BlockCache, block_hashes

BLOCKS = 12


def test_hashes_are_equal_where_beginnings_are() -> None:
    one, other = list(range(200)), [*range(130), 0, *range(131, 200)]
    first, second = list(block_hashes("a", one, 64)), list(block_hashes("a", other, 64))
    assert len(first) == 3
    assert [x == y for x, y in zip(first, second, strict=True)] == [True, True, False]
    assert not set(first) & set(block_hashes("b", one, 64))
    assert not set(first) & set(block_hashes("a", one[64:], 64))


@given(st.lists(st.integers(0, 2**40), max_size=300), st.integers(1, 70))
def test_only_full_blocks_have_hashes(ids: list[int], block: int) -> None:
    assert len(list(block_hashes("", ids, block))) == len(ids) // block


def test_the_beginning_outlives_the_end() -> None:
    cache = BlockCache(4)
    blocks = cache.take(3) or []
    for block, name in zip(blocks, (b"1", b"2", b"3"), strict=True):
        cache.keep(block, name)
    cache.release(blocks)
    assert cache.available == 4
    assert cache.take(2) is not None, "one was never used, one is given up"
    assert cache.find([b"1", b"2", b"3"]) == blocks[:2]


class Blocks(RuleBasedStateMachine):
    """Random takes, finds, keeps and releases, beside a plain count of who holds what."""

    def __init__(self) -> None:
        super().__init__()
        self.cache = BlockCache(BLOCKS)
        self.held: list[list[int]] = []
        self.written: dict[int, bytes] = {}
        self.number = 0

    @rule(count=st.integers(0, BLOCKS + 2))
    def take(self, count: int) -> None:
        available = self.cache.available
        taken = self.cache.take(count)
        assert (taken is not None) == (count <= available)
        if taken is not None:
            assert len(set(taken)) == count
            assert not set(taken) & {block for blocks in self.held for block in blocks}
            self.held.append(taken)
            for block in taken:
                self.written.pop(block, None)

    @rule(data=st.data())
    def keep(self, data: st.DataObject) -> None:
        uncached = [block for blocks in self.held for block in blocks if block not in self.written]
        if uncached:
            block = data.draw(st.sampled_from(uncached))
            self.number += 1
            self.written[block] = str(self.number).encode()
            self.cache.keep(block, self.written[block])

    @rule(data=st.data())
    def find(self, data: st.DataObject) -> None:
        if self.written:
            block = data.draw(st.sampled_from(sorted(self.written)))
            found = self.cache.find([self.written[block], b"never"])
            assert found == [block]
            self.held.append(found)

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        if self.held:
            self.cache.release(self.held.pop(data.draw(st.integers(0, len(self.held) - 1))))

    @invariant()
    def what_nobody_holds_is_available(self) -> None:
        held = {block for blocks in self.held for block in blocks}
        assert self.cache.available == BLOCKS - len(held)
        assert abs(self.cache.usage - len(held) / BLOCKS) < 1e-9


TestBlocks = Blocks.TestCase

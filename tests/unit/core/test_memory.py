"""Memory with a cap: what stays, what goes, and that positions do not run out."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import LlamaConfig

from core.errors import ContextLengthError, SettingsError
from core.model.heap import zero_pages
from core.model.memory import BoundedMemory, Memory, MemoryShape, Pool
from core.model.rope import Rope, rotate

PAGE, BLOCK, WIDTH = 4, 8, 8
CPU = torch.device("cpu")
SHAPE = MemoryShape(2, 2, WIDTH, torch.float32, CPU, PAGE, BLOCK)
KEYS = torch.nn.functional.normalize(torch.randn(3000, WIDTH, generator=torch.Generator().manual_seed(0)), dim=1)
ROPE = Rope(LlamaConfig(hidden_size=32, num_attention_heads=4), "full_attention", CPU)


def raw_keys(first: int, count: int) -> torch.Tensor:
    """Keys of tokens before they are turned to their positions, the same for both groups."""
    return KEYS[first : first + count].unsqueeze(1).expand(-1, 2, WIDTH)


def feed(memory: BoundedMemory, first: int, count: int) -> None:
    """Tokens whose value is their number, in every group and layer."""
    memory.grow(count)
    numbers = torch.arange(first, first + count, dtype=torch.float32).view(-1, 1, 1).expand(-1, 2, WIDTH)
    turn = ROPE.at(memory.position - count, memory.position)
    for layer in memory.layers:
        layer.append(rotate(raw_keys(first, count), turn).transpose(0, 1), numbers.transpose(0, 1))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 64), min_size=1, max_size=40))
def test_the_cap_holds_and_the_beginning_and_the_newest_stay(counts: list[int]) -> None:
    memory, seen = BoundedMemory(SHAPE, 128, [ROPE, ROPE], positions=200), 0
    for count in counts:
        feed(memory, seen, count)
        seen += count
        assert memory.length <= 128
        assert memory.position <= 200
        for layer in memory.layers:
            numbers = layer.values[0, :, 0].tolist()
            assert numbers == sorted(set(numbers)), "in order, each once"
            newest = min(seen, 32)
            assert numbers[-newest:] == list(range(seen - newest, seen))
            assert numbers[: min(seen, PAGE)] == list(range(min(seen, PAGE)))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 64), min_size=1, max_size=20))
def test_keys_stand_where_the_next_query_expects_them(counts: list[int]) -> None:
    """Whatever was dropped and numbered anew, a page's keys are turned to one run of positions, in order."""
    memory, seen = BoundedMemory(SHAPE, 128, [ROPE], positions=150), 0
    for count in counts:
        feed(memory, seen, count)
        seen += count
    (layer,) = memory.layers
    for back in range(1, min(memory.length, 32) + 1):
        number, position = seen - back, memory.position - back
        wanted = rotate(raw_keys(number, 1), ROPE.at(position, position + 1))[0]
        assert torch.allclose(layer.keys[:, -back], wanted, atol=1e-4)


def test_what_is_looked_at_stays() -> None:
    memory = BoundedMemory(SHAPE, 128, [ROPE], positions=10_000)
    feed(memory, 0, 64)
    feed(memory, 64, 64)
    wanted = rotate(raw_keys(43, 1), ROPE.at(43, 44)) * 30  # the newest token asks for the key of the 43rd
    memory.layers[0].observe(wanted.transpose(0, 1).repeat_interleave(2, 0), 1.0)
    feed(memory, 128, 64)
    kept = memory.layers[0].values[0, :, 0].tolist()
    assert set(range(40, 48)) <= set(kept)
    assert len(kept) == 128


def test_numbering_anew_closes_the_gaps() -> None:
    memory = BoundedMemory(SHAPE, 64, [ROPE, ROPE], positions=500)
    raw = torch.randn(64, 2, WIDTH)
    turned = rotate(raw, ROPE.at(0, 64))
    for half in (slice(32), slice(32, 64)):
        memory.grow(32)
        for layer in memory.layers:
            layer.append(turned[half].transpose(0, 1), raw[half].transpose(0, 1))
    memory.grow(24)  # drops as many
    memory.forget(24)
    layer = memory.layers[0]
    layer.renumber()
    expected = rotate(layer.values.transpose(0, 1), ROPE.at(0, 40))
    assert torch.allclose(layer.keys.transpose(0, 1), expected, atol=1e-5)


def test_unfit_sizes_are_refused() -> None:
    for capacity in (100, 32, 512):
        with pytest.raises(SettingsError, match="multiple of 8 from 64 to 500"):
            BoundedMemory(SHAPE, capacity, [ROPE], positions=500)
    with pytest.raises(SettingsError, match="from 400"):
        BoundedMemory(SHAPE, 128, [ROPE], positions=500, window=100)
    memory = BoundedMemory(SHAPE, 128, [ROPE], positions=500)
    with pytest.raises(ContextLengthError, match="half of the memory"):
        memory.grow(65)


@settings(max_examples=30, deadline=None)
@given(st.data(), st.lists(st.integers(1, 30), min_size=1, max_size=8))
def test_blocks_may_lie_anywhere(data: st.DataObject, counts: list[int]) -> None:
    """The same tokens in blocks in a row and in blocks all over a pool."""
    blocks = -(-sum(counts) // BLOCK)
    places = data.draw(st.permutations(range(40)))[:blocks]
    row, scattered = (Memory(Pool(SHAPE, 40), order, [ROPE, ROPE]) for order in (range(blocks), places))
    for count in counts:
        for memory in (row, scattered):
            memory.grow(count)
            stop = memory.length
            for layer in memory.layers:
                keys = raw_keys(stop - count, count).transpose(0, 1)
                layer.append(keys, keys * 2)
    full = row.length // PAGE
    for one, other in zip(row.layers, scattered.layers, strict=True):
        assert torch.equal(one.keys, other.keys)
        assert torch.equal(one.values, other.values)
        assert torch.equal(one.bounds[:, :full], other.bounds[:, :full])
        keys, _ = other.pages(torch.arange(full).expand(2, -1))
        assert torch.equal(keys, one.keys[:, : full * PAGE])
        largest = torch.unflatten(one.keys[:, : full * PAGE], 1, (full, PAGE)).amax(2)
        assert torch.equal(one.bounds[:, :full, :WIDTH], largest)


@pytest.mark.parametrize("advice", ["MADV_NOHUGEPAGE", "MADV_REMOVE", "MADV_UNKNOWN"])
def test_there_is_room_where_the_kernel_refuses_an_advice_or_the_system_has_none(advice: str) -> None:
    assert torch.equal(zero_pages(2, 3, dtype=torch.bfloat16, advice=advice), torch.zeros(2, 3, dtype=torch.bfloat16))

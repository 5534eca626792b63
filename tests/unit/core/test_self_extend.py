"""Reading further than a model was trained for."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import LlamaConfig

from core.model.kernels import Far, Rows, Rules
from core.model.kernels.attention import attend, new_attention_work
from core.model.kernels.team import ALONE
from core.model.layer import Step
from core.model.memory import Memory, MemoryShape, Pool
from core.model.pages import page_attention
from core.model.precision import Precision
from core.model.rope import Rope, rotate
from core.model.self_extend import SelfExtend, longest
from core.model.sparse import SparsePolicy
from tests.unit.core.small_models import CONFIGS, CPU, EXACT, SMALL, WHOLE, decoder, run, tokens

TRAINED, CONTEXT = 512, 1_500
ROPE = Rope(CONFIGS["llama"], "full_attention", CPU)


def extend(policy: SparsePolicy = SMALL, rope: Rope = ROPE) -> SelfExtend:
    return SelfExtend(rope, TRAINED, CONTEXT, policy)


def place(key: int, position: int) -> int:
    """Where the key stands for the token at a position, in the plainest words."""
    one = extend()
    boundary = position // one.step * one.step - one.step
    if position < TRAINED or key >= boundary:
        return key
    page = key // SMALL.page * SMALL.page
    return key + (boundary - page) - (boundary - page) // one.group_size


@settings(max_examples=40, deadline=None)
@given(position=st.integers(0, CONTEXT - 1), dtype=st.sampled_from([torch.float32, torch.bfloat16]))
def test_far_keys_stand_closer(position: int, dtype: torch.dtype) -> None:
    raw = torch.randn(position + 1, 2, 8, generator=torch.Generator().manual_seed(position))
    key = rotate(raw, ROPE.at(0, position + 1)).transpose(0, 1).to(dtype)
    places = torch.tensor([place(number, position) for number in range(position + 1)])
    wanted = rotate(raw, ROPE.turn(places.unsqueeze(1))).transpose(0, 1)
    assert torch.allclose(extend().keys(key, position).float(), wanted, atol=1e-4 if dtype is torch.float32 else 0.05)
    assert int((position - places).max()) < TRAINED, "further than the model was trained for"


def test_a_part_reads_the_same_keys() -> None:
    one = extend()
    for start, stop in one.parts(100, CONTEXT):
        assert len({one.far(position) for position in range(start, stop)}) == 1
    assert [stop for _, stop in one.parts(100, 800)] == [512, 640, 768, 800]


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    length=st.integers(129, CONTEXT),
    width=st.sampled_from([8, 20, 32]),
    whole=st.booleans(),
)
def test_a_generated_token_turns_its_query_instead(seed: int, length: int, width: int, whole: bool) -> None:
    """By the kernels, by the plain rule, and by reading moved keys."""
    random = torch.Generator().manual_seed(seed)
    rope = Rope(LlamaConfig(hidden_size=4 * width, num_attention_heads=4), "full_attention", CPU)
    one, shape = extend(rope=rope), MemoryShape(1, 2, width, torch.float32, CPU, SMALL.page, SMALL.block)
    order = torch.randperm(200, generator=random)[: -(-length // SMALL.block)].tolist()
    memory = Memory(Pool(shape, 200), order, [rope])
    memory.grow(length)
    (layer,) = memory.layers
    layer.append(*(torch.randn(2, length, width, generator=random) for _ in range(2)))
    query = torch.randn(4, 1, width, generator=random)
    until = length if whole else SMALL.dense_until
    rules = Rules(
        SMALL.page,
        SMALL.block,
        until,
        SMALL.first,
        SMALL.local,
        SMALL.budget,
        Far(one.first, one.step, one.cosine.numpy(), one.sine.numpy()),
    )
    turn = np.zeros((1, 1, width), np.float32)
    marks = memory.marks[None].numpy()
    rows = Rows(memory.table.numpy()[None], np.array([length]), turn, turn, np.array([-1]), np.array([0]), marks)
    pool = [tensor.numpy()[0] for tensor in (memory.pool.keys, memory.pool.values, memory.pool.bounds)]
    asked = query.transpose(0, 1).numpy()
    work = new_attention_work(asked, 2, rows, rules)
    attend(asked, *pool, marks[:, 0], rows, 0, rules, 0.3, work, ALONE)
    if whole:
        scores = query.view(2, 2, width) @ one.keys(layer.keys, length - 1).transpose(1, 2) * 0.3
        wanted = (scores.softmax(-1) @ layer.values).flatten()
    else:
        wanted = page_attention(query, layer, length=length, scale=0.3, policy=SMALL, extend=one).flatten()
    assert np.allclose(work.out[0], wanted.numpy(), atol=1e-4)


@pytest.mark.parametrize("kind", ["llama", "gemma3", "llama3 positions"])
def test_the_trained_positions_are_read_as_they_were_trained(kind: str) -> None:
    plain, long = decoder(CONFIGS[kind]), decoder(CONFIGS[kind], context=CONTEXT)
    ids = tokens(700)
    read = run(long, long.new_memory(700), ids)
    assert torch.equal(read[:512], run(plain, plain.new_memory(512), ids[:512]))
    assert read[512:].isfinite().all()


@pytest.mark.parametrize("policy", [SMALL, None])
@pytest.mark.parametrize("kind", ["llama", "gemma3"])
def test_long_segments_equal_one_pass(kind: str, policy: Any) -> None:
    model, ids = decoder(CONFIGS[kind], EXACT, policy, context=CONTEXT), tokens(1_400)
    whole = run(model, model.new_memory(1_400), ids)
    assert torch.allclose(run(model, model.new_memory(1_400), ids, 400, 8, 200, 480, 312), whole, atol=1e-4)


@pytest.mark.parametrize("policy", [SMALL, None])
@pytest.mark.parametrize("kind", ["llama", "gemma3"])
def test_the_kernels_do_what_the_layers_do_when_long(kind: str, policy: Any) -> None:
    """Beside a decoder in fp32 whose layers do the same, in INT8 as in fp32."""
    ids, rest = tokens(900), tokens(150, seed=2)
    model = decoder(CONFIGS[kind], Precision("int8", "int8", torch.float32), policy, context=CONTEXT)
    memory = model.new_memory(1_050)
    model.forward([Step(ids, memory)])
    apart = run(model, memory, rest, *[1] * 150, reading="pages")
    memory.forget(150)
    if policy is None:  # else a prompt reads blocks
        assert torch.allclose(run(model, memory, rest), apart, atol=0.02 * float(apart.abs().max()))
        memory.forget(150)
    assert torch.equal(run(model, memory, rest, reading="pages"), apart)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 1_200), min_size=2, max_size=4))
def test_long_sequences_are_the_same_to_the_bit_alone_and_beside_others(lengths: list[int]) -> None:
    model = decoder(CONFIGS["llama"], WHOLE, context=CONTEXT)
    prompts = [tokens(length, seed) for seed, length in enumerate(lengths)]
    memories = [model.new_memory(1_210) for _ in prompts]
    model.forward([Step(ids, memory) for ids, memory in zip(prompts, memories, strict=True)])
    together = model.forward([Step(tokens(1), memory, "pages") for memory in memories])
    for row, ids in enumerate(prompts):
        memory = model.new_memory(1_210)
        model.forward([Step(ids, memory)])
        assert torch.equal(model.forward([Step(tokens(1), memory, "pages")])[0], together[row])


def test_a_model_of_few_positions_is_not_extended() -> None:
    assert longest(31, 100, SMALL) == 31
    assert longest(31, 20, SMALL) == 20
    assert longest(32, 100, SMALL) == 100

"""The decoder beside transformers, and what must hold whatever runs beside a sequence."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, LlamaConfig

from core.errors import ContextLengthError, InvalidRequestError, UnsupportedModelError
from core.model.decoder import Decoder
from core.model.kernels import NOTHING_FAR, Rows, Rules
from core.model.kernels.attention import attend, new_attention_work
from core.model.kernels.team import ALONE
from core.model.layer import Step
from core.model.memory import Memory, MemoryShape, Pool
from core.model.pages import marks_of_question, page_attention
from core.model.precision import Precision
from core.model.rope import Rope
from tests.unit.core.small_models import (
    CONFIGS,
    CPU,
    EXACT,
    HEADS,
    SIZES,
    SMALL,
    WHOLE,
    decoder,
    reference,
    run,
    tokens,
)

WHOLES = [WHOLE, Precision("int8", "int8", torch.float32)]  # with native bf16, and without


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_dense_equals_transformers_however_it_is_cut(config: Any) -> None:
    ids = tokens(200)
    with torch.inference_mode():
        wanted = reference(config)(input_ids=ids[None]).logits[0]
    model = decoder(config, policy=None)
    for cuts in ([200], [64, 100, 1, 1, 34]):
        assert torch.allclose(run(model, model.new_memory(200), ids, *cuts), wanted, atol=1e-4)


@pytest.mark.parametrize("own", [False, True])
def test_an_output_layer_of_its_own_counts_even_where_the_config_ties_it(tmp_path: Path, own: bool) -> None:
    """As in transformers."""
    weights = reference(CONFIGS["llama tied"]).state_dict()
    weights["lm_head.weight"] = weights["model.embed_tokens.weight"] + (torch.randn(99, 32) if own else 0)
    CONFIGS["llama tied"].save_pretrained(tmp_path)
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    model, ids = Decoder(CONFIGS["llama tied"], weights, EXACT, None, CPU), tokens(20)
    with torch.inference_mode():
        wanted = AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32)(input_ids=ids[None]).logits[0]
    assert torch.allclose(run(model, model.new_memory(20), ids), wanted, atol=1e-4)


@pytest.mark.parametrize("kind", ["qwen3", "gemma3"])
def test_a_checkpoint_that_lost_a_norm_is_refused(kind: str) -> None:
    weights = reference(CONFIGS[kind]).state_dict()
    del weights["model.layers.1.self_attn.q_norm.weight"]
    with pytest.raises(UnsupportedModelError, match=r"layers\.1\.self_attn\.q_norm"):
        Decoder(CONFIGS[kind], weights, EXACT, None, CPU)


@pytest.mark.parametrize("kind", ["llama", "gemma3"])
def test_sparse_segments_equal_one_pass(kind: str) -> None:
    model, ids = decoder(CONFIGS[kind]), tokens(400)
    whole = run(model, model.new_memory(400), ids)
    assert torch.allclose(run(model, model.new_memory(400), ids, 128, 8, 200, 64), whole, atol=1e-4)
    dense = run(model, model.new_memory(400), ids, reading="everything")
    assert torch.allclose(whole[:128], dense[:128], atol=1e-4)
    assert not torch.allclose(whole[128:], dense[128:], atol=1e-4)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.integers(1, 300), min_size=1, max_size=4),
    st.sampled_from(["llama", "gemma3", "qwen3"]),
    st.sampled_from(WHOLES),
)
def test_int8_is_the_same_to_the_bit_alone_and_beside_others(
    lengths: list[int], kind: str, precision: Precision
) -> None:
    model = decoder(CONFIGS[kind], precision)
    prompts = [tokens(length, seed) for seed, length in enumerate(lengths)]
    memories = [model.new_memory(310) for _ in prompts]
    together = model.forward([Step(ids, memory) for ids, memory in zip(prompts, memories, strict=True)])
    next_together = model.forward([Step(tokens(1), memory, "pages") for memory in memories])
    for row, (ids, part) in enumerate(zip(prompts, together.split(lengths), strict=True)):
        memory = model.new_memory(310)
        assert torch.equal(model.forward([Step(ids, memory)]), part)
        assert torch.equal(model.forward([Step(tokens(1), memory, "pages")])[0], next_together[row])


@pytest.mark.parametrize("precision", WHOLES, ids=str)
@pytest.mark.parametrize("kind", ["llama", "gemma3"])
@pytest.mark.parametrize("cuts", [(64, 448), (320, 192), (448, 2, 62), (500, 10, 2)])
def test_int8_is_the_same_to_the_bit_however_a_prompt_is_cut(
    cuts: tuple[int, ...], kind: str, precision: Precision
) -> None:
    """Its beginning may have been read before."""
    model, ids = decoder(CONFIGS[kind], precision, policy=None), tokens(512)
    whole = run(model, model.new_memory(512), ids)
    assert torch.equal(run(model, model.new_memory(512), ids, *cuts), whole)


@pytest.mark.parametrize("precision", WHOLES, ids=str)
@pytest.mark.parametrize("length", [120, 300])
@pytest.mark.parametrize("kind", ["llama", "gemma3"])
def test_int8_checks_a_guess_as_if_it_came_token_by_token(kind: str, length: int, precision: Precision) -> None:
    model = decoder(CONFIGS[kind], precision)
    one, several = model.new_memory(400), model.new_memory(400)
    for memory in (one, several):
        model.forward([Step(tokens(length), memory)])
    guess = tokens(20, seed=2)
    apart = run(model, one, guess, *[1] * 20, reading="pages")
    assert torch.equal(run(model, several, guess, reading="pages"), apart)
    several.forget(20)
    assert torch.equal(run(model, several, guess, 13, 7, reading="pages"), apart), "what was taken back left a trace"


@pytest.mark.parametrize("kind", CONFIGS)
def test_the_kernels_do_what_the_layers_do(kind: str) -> None:
    """What generated tokens get, one by one or many at once, beside what a prompt's tokens get."""
    model = decoder(CONFIGS[kind], Precision("int8", "int8", torch.float32))
    ids, memory = tokens(128), model.new_memory(128)
    wanted = model.forward([Step(ids, memory, "everything")])[100:]
    for cuts in ([1] * 28, [28]):
        memory.forget(28)
        parts = [model.forward([Step(part, memory, "pages")]) for part in ids[100:].split(cuts)]
        assert torch.allclose(torch.cat(parts), wanted, atol=0.02), "INT8 rounds a few numbers to the other side"


@pytest.mark.parametrize("kind", ["llama", "gemma3"])
def test_the_number_of_threads_changes_nothing(kind: str) -> None:
    ids, next_ids, results = tokens(200), tokens(6, seed=1), []
    threads = torch.get_num_threads()
    try:
        for count in (1, 2, 5):
            torch.set_num_threads(count)
            model = decoder(CONFIGS[kind], WHOLE)
            torch.set_num_threads(1)  # what a prompt reads may depend on it
            memory = model.new_memory(210)
            model.forward([Step(ids, memory)])
            parts = [model.forward([Step(one, memory, "pages")]) for one in next_ids.split([1, 2, 3])]
            results.append(model.logits(torch.cat(parts)))
    finally:
        torch.set_num_threads(threads)
    assert all(torch.equal(result, results[0]) for result in results[1:])


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    length=st.integers(129, 600),
    width=st.sampled_from([8, 20, 32]),
    marked=st.integers(0, 100),
)
def test_the_kernels_read_the_pages_that_the_plain_rule_reads(seed: int, length: int, width: int, marked: int) -> None:
    random = torch.Generator().manual_seed(seed)
    shape = MemoryShape(1, 2, width, torch.float32, CPU, SMALL.page, SMALL.block)
    order = torch.randperm(100, generator=random)[: -(-length // SMALL.block)].tolist()
    memory = Memory(Pool(shape, 100), order, [Rope(CONFIGS["llama"], "full_attention", CPU)])
    memory.grow(length)
    (layer,) = memory.layers
    layer.append(*(torch.randn(2, length, width, generator=random) for _ in range(2)))
    layer.mark(torch.rand(2, marked * length // 100 // SMALL.page, generator=random))
    query = torch.randn(6, 1, width, generator=random) * 2
    wanted = page_attention(query, layer, length=length, scale=0.3, policy=SMALL)
    rules = Rules(SMALL.page, SMALL.block, SMALL.dense_until, SMALL.first, SMALL.local, SMALL.budget, NOTHING_FAR)
    turn = np.zeros((1, 1, width), np.float32)
    marks = memory.marks[None].numpy()
    rows = Rows(memory.table.numpy()[None], np.array([length]), turn, turn, np.array([-1]), np.array([0]), marks)
    pool = [tensor.numpy()[0] for tensor in (memory.pool.keys, memory.pool.values, memory.pool.bounds)]
    asked = query.transpose(0, 1).numpy()
    work = new_attention_work(asked, 2, rows, rules)
    attend(asked, *pool, marks[:, 0], rows, 0, rules, 0.3, work, ALONE)
    assert np.allclose(work.out, wanted.transpose(0, 1).flatten(1).numpy(), atol=1e-4)


@settings(max_examples=15, deadline=None)
@given(
    st.data(),
    st.lists(st.integers(1, 300), min_size=2, max_size=7),
    st.sampled_from(["llama", "gemma3"]),
    st.sampled_from(WHOLES),
)
def test_sequences_in_one_pool_are_the_same_to_the_bit(
    data: st.DataObject, lengths: list[int], kind: str, precision: Precision
) -> None:
    """Alone in blocks in a row, and beside others in blocks anywhere, half of them read as prompts meanwhile."""
    model = decoder(CONFIGS[kind], precision)
    pool, free = model.new_pool(2_400), data.draw(st.permutations(range(300)))
    memories = []
    for length in lengths:
        count = -(-(length + 9) // SMALL.block)
        blocks, free = free[:count], free[count:]
        memories.append(Memory(pool, blocks, model.ropes))
    prompts = [tokens(length, seed) for seed, length in enumerate(lengths)]
    model.forward([Step(ids, memory) for ids, memory in zip(prompts, memories, strict=True)])
    question = tokens(5, 80)
    model.forward([Step(question, memory, "everything") for memory in memories])
    other = Memory(pool, free[:20], model.ropes)
    answers = [tokens(3, 50 + seed) for seed in range(len(lengths))]
    steps = [Step(ids, memory, "pages") for ids, memory in zip(answers, memories, strict=True)]
    together = model.forward([Step(tokens(64), other), *steps])[64:]
    for row, ids in enumerate(prompts):
        memory = model.new_memory(310)
        model.forward([Step(ids, memory)])
        model.forward([Step(question, memory, "everything")])
        alone = torch.cat([model.forward([Step(one, memory, "pages")]) for one in answers[row].split(1)])
        assert torch.equal(alone, together[3 * row : 3 * row + 3])


def test_a_question_marks_the_pages_that_its_end_looks_at() -> None:
    random = torch.Generator().manual_seed(0)
    query, key = torch.randn(4, 20, 8, generator=random), torch.randn(2, 301, 8, generator=random)
    weights = (query.view(2, 2, 20, 8) @ key.transpose(1, 2).unsqueeze(1) * 0.3).masked_fill(
        ~torch.ones(20, 301, dtype=torch.bool).tril(281), float("-inf")
    )
    shares = torch.nn.functional.pad(weights.softmax(-1), (0, 3)).unflatten(-1, (76, 4)).sum(-1)
    marks = marks_of_question(query, key, scale=0.3, page=4)
    assert torch.allclose(marks, shares[:, :, -16:].amax((1, 2)), atol=1e-6)


def test_an_answer_reads_what_its_question_looked_at() -> None:
    """Its own bounds would leave that page out."""
    shape = MemoryShape(1, 1, 8, torch.float32, CPU, SMALL.page, SMALL.block)
    memory = Memory(Pool(shape, 60), range(60), [Rope(CONFIGS["llama"], "full_attention", CPU)])
    memory.grow(480)
    (layer,) = memory.layers
    random = torch.Generator().manual_seed(0)
    layer.append(torch.randn(1, 480, 8, generator=random), torch.zeros(1, 480, 8))
    query = torch.randn(1, 1, 8, generator=random)
    keys, values = layer.keys, layer.values
    keys[:, 200:204], values[:, 200:204] = -query / 10, 1.0

    def read() -> float:
        return float(page_attention(query, layer, length=480, scale=0.3, policy=SMALL).sum())

    assert read() == 0
    marks = torch.zeros(1, 120)
    marks[0, 50] = 1
    layer.mark(marks)
    assert read() > 0


def test_only_a_long_question_leaves_marks() -> None:
    model = decoder(CONFIGS["llama"], WHOLE)
    for length, pages in ((120, 0), (200, 50)):
        memory = model.new_memory(300)
        model.forward([Step(tokens(length - 40), memory)])
        model.forward([Step(tokens(40), memory, "everything")])
        assert memory.marks.shape == (2, 2, pages)
        assert not pages or bool((memory.marks.sum(-1) > 0).all())


def test_generated_tokens_read_some_pages() -> None:
    model, ids = decoder(CONFIGS["llama"]), tokens(300)
    memories = [model.new_memory(301) for _ in range(2)]
    for memory in memories:
        model.forward([Step(ids, memory)])
    last = tokens(1, seed=3)
    sparse, dense = (
        model.forward([Step(last, memory, reading)])
        for memory, reading in zip(memories, ("pages", "everything"), strict=True)
    )
    assert not torch.allclose(sparse, dense, atol=1e-5)
    assert torch.nn.functional.cosine_similarity(sparse, dense) > 0.9


def test_int8_stays_near_float() -> None:
    ids = tokens(100)
    exact, whole = (
        run(model, model.new_memory(100), ids)
        for model in (decoder(CONFIGS["llama"]), decoder(CONFIGS["llama"], Precision("int8", "int8", torch.float32)))
    )
    assert 0 < (exact - whole).abs().mean() < 0.03 * exact.abs().mean()


def test_what_cannot_run_is_refused_before_any_work() -> None:
    model = decoder(CONFIGS["llama"])
    with pytest.raises(ContextLengthError, match="513 tokens exceed the model's 512"):
        model.new_memory(513)
    memory = model.new_memory(10)
    with pytest.raises(InvalidRequestError, match="no tokens"):
        model.forward([Step(tokens(0), memory)])
    with pytest.raises(InvalidRequestError, match="vocabulary"):
        model.forward([Step(torch.tensor([99]), memory)])
    with pytest.raises(ContextLengthError, match="17 tokens exceed the 16"):
        model.forward([Step(tokens(17), memory)])
    assert memory.length == 0
    capped = LlamaConfig(**SIZES, **HEADS)
    capped.attn_logit_softcapping = 50.0
    with pytest.raises(UnsupportedModelError, match="Capped"):
        decoder(capped)


@pytest.mark.parametrize("precision", [EXACT, WHOLE], ids=["fp32", "int8"])
def test_the_last_layer_only_remembers_what_nobody_asks_for(precision: Precision) -> None:
    model, ids, question = decoder(CONFIGS["llama"], precision), tokens(260), tokens(40, seed=2)
    memories = [model.new_memory(300) for _ in range(2)]
    read, skipped = (
        model.forward([Step(ids, memory, silent=silent)])
        for memory, silent in zip(memories, (False, True), strict=True)
    )
    assert not torch.equal(read, skipped)
    read, skipped = (model.forward([Step(question, memory, "everything")]) for memory in memories)
    assert torch.equal(read, skipped)


def test_a_silent_prompt_changes_nothing_for_one_beside_it() -> None:
    model, ids = decoder(CONFIGS["llama"]), [tokens(100), tokens(100, seed=2)]
    alone = model.forward([Step(ids[0], model.new_memory(100))])
    memories = [model.new_memory(100) for _ in ids]
    steps = [Step(part, memory, silent=row == 1) for row, (part, memory) in enumerate(zip(ids, memories, strict=True))]
    assert torch.equal(model.forward(steps)[:100], alone)

"""Adapters: peft is the measure, and neighbours in a batch do not matter."""

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peft import PeftModel

from core.engine.runner import local_engine
from core.errors import BusyError, SettingsError, UnknownModelError, UnsupportedModelError
from core.lora.adapter import Adapter, read_adapter, write_adapter
from core.lora.bank import AdapterBank
from core.model.layer import Step
from core.settings import Settings
from tests.unit.core.small_adapters import adapter, made_by_peft
from tests.unit.core.small_models import CONFIGS, EXACT, WHOLE, decoder, reference, run, tokens


def logits(model: Any, ids: torch.Tensor, slot: int, cuts: list[int], reading: Any = "blocks") -> torch.Tensor:
    memory = model.new_memory(len(ids))
    return torch.cat([model.logits(model.forward([Step(part, memory, reading, slot)])) for part in ids.split(cuts)])


@pytest.mark.parametrize("kind", ["llama", "qwen2", "gemma3"])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"use_rslora": True},
        {"target_modules": ["q_proj", "v_proj"], "r": 8},
        {"alpha_pattern": {"q_proj": 3, "layers.1.mlp.up_proj": 0}, "rank_pattern": {"v_proj": 2}},
    ],
)
def test_it_is_what_peft_computes(tmp_path: Path, kind: str, changes: dict[str, Any]) -> None:
    folder, model = made_by_peft(tmp_path / "finance", kind, **changes)
    ids = tokens(60)
    with torch.inference_mode():
        wanted = model(input_ids=ids[None]).logits[0]
    ours = decoder(CONFIGS[kind], EXACT)
    plain = run(ours, ours.new_memory(60), ids)
    bank = AdapterBank(ours)
    bank.load(read_adapter(folder))
    assert torch.allclose(logits(ours, ids, bank.hold("finance"), [50, 1, 9]), wanted, atol=1e-3)
    assert not torch.allclose(plain, wanted, atol=0.1)
    assert torch.equal(run(ours, ours.new_memory(60), ids), plain), "others do not notice"


def test_int8_stays_near_float(tmp_path: Path) -> None:
    folder, _ = made_by_peft(tmp_path / "a")
    ids = tokens(60)
    exact, whole = (decoder(CONFIGS["llama"], precision) for precision in (EXACT, WHOLE))
    plain = run(whole, whole.new_memory(60), ids)
    for model in (exact, whole):
        AdapterBank(model).load(read_adapter(folder))
    wanted = logits(exact, ids, 0, [60])
    for reading, cuts in (("blocks", [60]), ("pages", [1] * 60)):
        near = logits(whole, ids, 0, cuts, reading)
        assert (near - wanted).abs().mean() < 0.08 * (plain - wanted).abs().mean()


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 90), st.integers(-1, 2)), min_size=2, max_size=7))
def test_a_batch_of_many_adapters_is_the_same_to_the_bit(asked: list[tuple[int, int]]) -> None:
    model = decoder(CONFIGS["llama"], WHOLE)
    for slot, rank in enumerate((2, 5, 3)):
        random = torch.Generator().manual_seed(slot)
        pairs = {
            f"layers.{layer}.{name}": (torch.randn(rank, n, generator=random), torch.randn(m, rank, generator=random))
            for layer in range(2)
            for name, m, n in (("self_attn.q_proj", 32, 32), ("self_attn.v_proj", 16, 32), ("mlp.down_proj", 32, 48))
        }
        model.adapt(slot, pairs)
    memories = [model.new_memory(100) for _ in asked]
    prompts = [tokens(length, seed) for seed, (length, _) in enumerate(asked)]
    rows = zip(prompts, memories, asked, strict=True)
    model.forward([Step(ids, memory, "blocks", slot) for ids, memory, (_, slot) in rows])
    answers = [tokens(2, 90 + row) for row in range(len(asked))]
    rows = zip(answers, memories, asked, strict=True)
    together = model.forward([Step(ids, memory, "pages", slot) for ids, memory, (_, slot) in rows])
    for row, (_, slot) in enumerate(asked):
        memory = model.new_memory(100)
        model.forward([Step(prompts[row], memory, "blocks", slot)])
        alone = torch.cat([model.forward([Step(one, memory, "pages", slot)]) for one in answers[row].split(1)])
        assert torch.equal(alone, together[2 * row : 2 * row + 2])


@pytest.mark.parametrize("precision", [EXACT, WHOLE])
def test_what_is_still_trained_leaves_no_gradients(precision: Any) -> None:
    """Neither in the states nor in a pool, which others share."""
    model = decoder(CONFIGS["llama"], precision)
    a, b = torch.randn(2, 32, requires_grad=True), torch.randn(32, 2, requires_grad=True)
    model.adapt(0, {"layers.0.self_attn.q_proj": (a, b), "layers.0.self_attn.k_proj": (a, torch.ones(16, 2))})
    memory = model.new_memory(64)
    states = model.forward([Step(tokens(5, 0), memory, "blocks", 0)])
    assert not states.requires_grad
    assert not memory.pool.keys.requires_grad


def test_peft_reads_what_we_write(tmp_path: Path) -> None:
    folder, model = made_by_peft(tmp_path / "a")
    write_adapter(read_adapter(folder), tmp_path / "again", base="tiny")
    again = PeftModel.from_pretrained(reference(CONFIGS["llama"]), str(tmp_path / "again")).eval()
    ids = tokens(20)[None]
    with torch.inference_mode():
        assert torch.allclose(again(input_ids=ids).logits, model(input_ids=ids).logits, atol=1e-5)


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_the_umask_says_who_may_read_an_adapter(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        write_adapter(adapter("a"), tmp_path)
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("adapter_config.json", "adapter_model.safetensors"), 0o666 & ~umask)


@pytest.mark.parametrize(
    ("folder", "mistake"), [("misspelt", "is not a folder"), (".", "no folder in .* is an adapter")]
)
def test_a_wrong_folder_of_adapters_is_told_before_a_model_is_loaded(tmp_path: Path, folder: str, mistake: str) -> None:
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_text("loading this would fail")
    with pytest.raises(SettingsError, match=mistake):
        local_engine(Settings(home=tmp_path, model=str(tmp_path), adapters=tmp_path / folder))


def test_a_damaged_adapter_is_told_before_a_model_is_loaded(tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors", "adapters/damaged/adapter_config.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("loading this would fail")
    with pytest.raises(UnsupportedModelError, match=r"The adapter in .*damaged cannot be read"):
        local_engine(Settings(home=tmp_path, model=str(tmp_path), adapters=tmp_path / "adapters"))


def test_slots_are_few_and_adapters_in_use_stay() -> None:
    bank = AdapterBank(decoder(CONFIGS["llama"], WHOLE), slots=2)
    bank.load(adapter("a"))
    bank.load(adapter("b", rank=5))
    with pytest.raises(SettingsError, match="2 slots"):
        bank.load(adapter("c"))
    slot = bank.hold("a")
    with pytest.raises(BusyError, match="'a' is in use"):
        bank.load(adapter("a"))
    bank.release("a")
    bank.load(adapter("a", rank=3))
    with pytest.raises(UnknownModelError, match="'c'"):
        bank.hold("c")
    assert bank.names == ("a", "b")
    assert bank.hold("a") == slot
    assert bank.hold("") == -1


def test_what_was_in_a_slot_leaves_nothing() -> None:
    model, ids = decoder(CONFIGS["llama"], WHOLE), tokens(30)
    plain = logits(model, ids, -1, [30])
    bank = AdapterBank(model)
    bank.load(adapter("a", rank=6))
    assert not torch.equal(logits(model, ids, 0, [30]), plain)
    model.adapt(0, {})
    assert torch.equal(logits(model, ids, 0, [30]), plain)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"peft_type": "LOHA"}, "LOHA"),
        ({"use_dora": True}, "use_dora"),
        ({"bias": "all"}, "bias"),
        ({"modules_to_save": ["lm_head"]}, "modules_to_save"),
        ({"r": 0}, "cannot be read"),
        ({"r": "many"}, "cannot be read"),
        ({"alpha_pattern": {"q_proj": math.inf}}, "no number"),
        ({"alpha_pattern": {"q_proj": "much"}}, "cannot be read"),
        ({"alpha_pattern": {r"layers\.\d+\.mlp\..*": 8}}, "alpha_pattern"),
        ({"rank_pattern": {"^model.layers.0.self_attn.q_proj": 8}}, "rank_pattern"),
        ({"init_lora_weights": "pissa"}, "init_lora_weights"),
        ({"alora_invocation_tokens": [1]}, "alora_invocation_tokens"),
        ({"lora_alpha": math.nan}, "no number"),
    ],
)
def test_what_is_not_plain_lora_is_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    write_adapter(adapter("a"), tmp_path)
    config = json.loads((tmp_path / "adapter_config.json").read_text())
    (tmp_path / "adapter_config.json").write_text(json.dumps(config | changes))
    with pytest.raises(UnsupportedModelError, match=message):
        read_adapter(tmp_path)


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    broken = adapter("a")
    next(iter(broken.weights.values()))[0][0, 0] = math.nan
    write_adapter(broken, tmp_path)
    with pytest.raises(UnsupportedModelError, match="no number"):
        read_adapter(tmp_path)


def test_a_config_without_end_is_refused(tmp_path: Path) -> None:
    write_adapter(adapter("a"), tmp_path)
    (tmp_path / "adapter_config.json").write_text("[" * 100_000)
    with pytest.raises(UnsupportedModelError, match="RecursionError"):
        read_adapter(tmp_path)


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["adapter_config.json", "adapter_model.safetensors"]))
def test_damaged_files_are_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes, file: str) -> None:
    folder = tmp_path_factory.mktemp("adapter")
    write_adapter(adapter("a"), folder)
    (folder / file).write_bytes(content)
    with pytest.raises(UnsupportedModelError):
        read_adapter(folder)


@pytest.mark.parametrize(
    ("name", "a", "b", "message"),
    [
        ("layers.9.self_attn.q_proj", (2, 32), (32, 2), "cannot adapt"),
        ("layers.0.lm_head", (2, 32), (32, 2), "cannot adapt"),
        ("layers.0.self_attn.q_proj", (2, 31), (32, 2), r"\(32, 32\)"),
        ("layers.0.self_attn.q_proj", (2, 32), (32, 3), r"\(32, 32\)"),
    ],
)
def test_what_does_not_fit_the_model_is_refused(name: str, a: Any, b: Any, message: str) -> None:
    bank = AdapterBank(decoder(CONFIGS["llama"], WHOLE))
    with pytest.raises(UnsupportedModelError, match=message):
        bank.load(Adapter("x", 1.0, {name: (torch.ones(a), torch.ones(b))}))
    assert bank.names == ()

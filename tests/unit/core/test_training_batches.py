"""Rows that run together: each once an epoch, and the same loss and gradients as each alone."""

import json
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from peft import get_peft_model
from safetensors.torch import load_file, save_file

from core.errors import SettingsError, UnsupportedModelError
from core.lora.batches import by_length, collate, plan_epoch
from core.lora.config import LoraConfig
from core.lora.encode import Example
from core.lora.fused import AdaptedLinear
from core.lora.network import AdaptedModel, training_precision
from tests.unit.core.small_models import CONFIGS, reference
from tests.unit.core.training_fakes import checkpoint

CPU = torch.device("cpu")
FLAT = LoraConfig(r=4, lora_alpha=8, lora_dropout=0)


def example(shared: int, prompt: int, learnt: int, seed: int, task: str = "") -> Example:
    """Rows of all seeds begin with the same tokens."""
    first = torch.randint(1, 99, (shared,), generator=torch.Generator().manual_seed(0)).tolist()
    rest = torch.randint(1, 99, (prompt + learnt,), generator=torch.Generator().manual_seed(seed)).tolist()
    return Example((*first, *rest), shared + prompt, task=task)


def adapted(folder: Path, kind: str = "llama", *, config: LoraConfig = FLAT, **options: Any) -> AdaptedModel:
    """A tiny model whose adapter does something already."""
    model = AdaptedModel(checkpoint(folder, kind), config, CPU, torch.float32, **options)
    random = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for parameter in model.parameters.values():
            parameter.copy_(torch.randn(parameter.shape, generator=random) * 0.1)
    return model


def gradients(model: AdaptedModel, loss: torch.Tensor) -> list[torch.Tensor]:
    return list(torch.autograd.grad(loss, list(model.parameters.values())))


def plain_loss(model: Any, examples: Sequence[Example]) -> torch.Tensor:
    """As peft and transformers compute it from labels: filled in front, with a mask and scores for every token."""
    length = max(len(one.ids) for one in examples)
    ids, mask = torch.zeros(len(examples), length, dtype=torch.long), torch.zeros(len(examples), length)
    labels = torch.full((len(examples), length), -100)
    for row, one in enumerate(examples):
        ids[row, -len(one.ids) :] = torch.tensor(one.ids)
        mask[row, -len(one.ids) :] = 1
        labels[row, -one.learnt :] = torch.tensor(one.ids[one.prompt :])
    mean = model(input_ids=ids, attention_mask=mask, labels=labels).loss
    loss: torch.Tensor = mean * sum(one.learnt for one in examples)
    return loss


ROWS = [example(30, *lengths, seed=seed) for seed, lengths in enumerate([(1, 1), (20, 3), (7, 12), (40, 1)])]
CASES: dict[str, Callable[[], list[Example]]] = {
    "rows that begin alike": lambda: ROWS,
    "rows with nothing in common": lambda: [
        Example(one.ids[30 + n :], one.prompt - 30 - n) for n, one in enumerate(ROWS[1:])
    ],
    "one row": lambda: ROWS[2:3],
    "the same row twice": lambda: [ROWS[1], ROWS[1]],
    "a prompt that is the beginning of another": lambda: [Example(ROWS[1].ids[:45], 40), ROWS[1]],
    "many learnt tokens": lambda: [example(10, 5, 400, seed) for seed in range(3)],
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("bias", [True, False])
def test_a_map_is_what_peft_computes(dtype: torch.dtype, bias: bool) -> None:
    torch.manual_seed(0)
    base = torch.nn.Sequential(torch.nn.Linear(24, 40, bias=bias).to(dtype))
    layer = get_peft_model(base, peft.LoraConfig(r=4, lora_alpha=6, target_modules=["0"])).base_model.model[0]
    a, b = layer.lora_A["default"].weight, layer.lora_B["default"].weight
    torch.nn.init.normal_(b)
    assert a.dtype == b.dtype == torch.float32
    x = torch.randn(3, 7, 24).to(dtype).requires_grad_()
    down = torch.randn(3, 7, 40).to(dtype)
    plain, fused = layer(x), AdaptedLinear(layer, 0.0)(x)
    assert fused.dtype == dtype
    assert fused.shape == plain.shape
    for ours, theirs in zip((fused, *grads(fused, down, x, a, b)), (plain, *grads(plain, down, x, a, b)), strict=True):
        if dtype == torch.float32:
            assert torch.allclose(ours, theirs, atol=1e-5)
        else:
            near = torch.nn.functional.cosine_similarity(ours.float().flatten(), theirs.float().flatten(), 0)
            assert near > 0.999


def grads(y: torch.Tensor, down: torch.Tensor, *of: torch.Tensor) -> tuple[torch.Tensor, ...]:
    return torch.autograd.grad((y * down).sum(), of)


def test_dropout_leaves_out_columns_and_keeps_the_mean() -> None:
    """Columns of A, so inputs that no token of a call feeds to the adapter; the map itself keeps all of them."""
    torch.manual_seed(0)
    base = torch.nn.Sequential(torch.nn.Linear(64, 64))
    layer = get_peft_model(base, peft.LoraConfig(r=64, target_modules=["0"])).base_model.model[0]
    a, b = layer.lora_A["default"].weight, layer.lora_B["default"].weight
    with torch.no_grad():
        a.copy_(torch.eye(64))
        b.copy_(torch.eye(64))
    fused, x = AdaptedLinear(layer, 0.25), torch.ones(5, 64)
    layer.train(False)
    assert torch.allclose(fused(x), layer(x))
    layer.train(True)
    with torch.no_grad():
        draws = torch.stack([fused(x) - layer.get_base_layer()(x) for _ in range(200)]) / layer.scaling["default"]
    assert torch.allclose(draws, draws[:, :1].expand_as(draws), atol=1e-5), "the same for all tokens of a call"
    kept = draws > 0.5
    assert torch.allclose(draws, kept * 4 / 3, atol=1e-5)
    assert float(kept.float().mean()) == pytest.approx(0.75, abs=0.02)
    y = fused(x)
    of_a, of_b = torch.autograd.grad(y.sum(), (a, b))
    left_out = (y - layer.get_base_layer()(x))[0] < 0.1
    assert torch.equal((of_a == 0).all(0), left_out)
    assert torch.equal((of_b == 0).all(0), left_out)


@pytest.mark.parametrize("kind", ["llama", "llama tied", "qwen3", "gemma3"])
@pytest.mark.parametrize("case", CASES)
def test_loss_and_gradients_are_the_plain_ones(tmp_path: Path, kind: str, case: str) -> None:
    model, rows = adapted(tmp_path, kind), CASES[case]()
    by_peft = get_peft_model(reference(CONFIGS[kind]), FLAT.to_peft())
    same = dict(by_peft.named_parameters())
    with torch.no_grad():
        for name, parameter in model.parameters.items():
            same[name].copy_(parameter)
    wanted = plain_loss(by_peft, rows)
    plain = torch.autograd.grad(wanted, [same[name] for name in model.parameters])
    for share in (True, False):
        loss = model.loss(collate(rows, share=share))
        assert loss.item() == pytest.approx(wanted.item(), rel=1e-5)
        for ours, theirs in zip(gradients(model, loss), plain, strict=True):
            assert torch.allclose(ours, theirs, atol=1e-5 * float(theirs.abs().max()) + 1e-6, rtol=1e-4)


def test_a_new_adapter_warns_of_nothing(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        adapted(tmp_path)


def test_gradient_checkpointing_changes_nothing(tmp_path: Path) -> None:
    plain, saving = adapted(tmp_path), adapted(tmp_path / "2", checkpointing=True)
    assert not saving.shares_prefix
    saving.train(True)
    losses = [model.loss(collate(ROWS, share=model.shares_prefix)) for model in (plain, saving)]
    assert losses[0].item() == pytest.approx(losses[1].item(), rel=1e-6)
    for one, other in zip(*(gradients(*pair) for pair in zip((plain, saving), losses, strict=True)), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_bf16_keeps_the_adapter_in_fp32_and_stays_near(tmp_path: Path) -> None:
    exact = adapted(tmp_path)
    half = AdaptedModel(tmp_path, FLAT, CPU, torch.bfloat16)
    with torch.no_grad():
        for name, parameter in half.parameters.items():
            parameter.copy_(exact.parameters[name])
    assert {parameter.dtype for parameter in half.parameters.values()} == {torch.float32}
    losses = [model.loss(collate(ROWS, share=True)) for model in (exact, half)]
    assert losses[0].item() == pytest.approx(losses[1].item(), rel=0.03)
    for one, other in zip(*(gradients(*pair) for pair in zip((exact, half), losses, strict=True)), strict=True):
        assert torch.nn.functional.cosine_similarity(one.flatten(), other.flatten(), 0) > 0.95


def test_precision_is_what_the_device_computes_in() -> None:
    assert training_precision("fp32", CPU) == torch.float32
    assert training_precision("bf16", CPU) == torch.bfloat16
    assert training_precision("auto", CPU) in (torch.float32, torch.bfloat16)


def test_a_base_of_which_the_config_forgets_a_layer_is_refused(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 1}))
    with pytest.raises(UnsupportedModelError, match=r"the tensor model\.layers\.1\.\S+, which the config"):
        AdaptedModel(folder, FLAT, device=CPU, dtype=torch.float32)


def test_what_cannot_be_trained_is_refused(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path)
    make = partial(AdaptedModel, device=CPU, dtype=torch.float32)
    for modules in (["no_such_proj"], ["lm_head"], ["embed_tokens"]):
        with pytest.raises(SettingsError, match="target_modules"):
            make(folder, LoraConfig(target_modules=modules))
    weights = load_file(folder / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]  # transformers would draw it at random
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(UnsupportedModelError, match=r"lack the tensor model\.layers\.1\.mlp\.up_proj\.weight"):
        make(folder, FLAT)
    (folder / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(UnsupportedModelError, match="cannot be loaded"):
        make(folder, FLAT)
    quantised = CONFIGS["llama"].to_dict() | {"quantization_config": {"quant_method": "gptq", "bits": 4}}
    (folder / "config.json").write_text(json.dumps(quantised | {"architectures": ["LlamaForCausalLM"]}))
    with pytest.raises(UnsupportedModelError, match="quantised"):
        make(folder, FLAT)


# Which rows run together


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 30)), min_size=1, max_size=300),
    st.integers(1, 9),
    st.integers(0, 3),
)
def test_each_row_runs_once_an_epoch(rows: list[tuple[str, int]], size: int, seed: int) -> None:
    examples = [Example(tuple(range(length + 1)), 1, task=task) for task, length in rows]
    plans = [plan_epoch(examples, size, seed, epoch) for epoch in (0, 1, 0)]
    for plan in (*plans, by_length(examples, size)):
        assert sorted(place for batch in plan for place in batch) == list(range(len(rows)))
        assert all(1 <= len(batch) <= size for batch in plan)
        assert len(plan) == -(-len(rows) // size)
    assert plans[0] == plans[2], "only seed and epoch decide"


def test_rows_of_one_task_and_like_length_run_together() -> None:
    examples = [Example(tuple(range(2 + n % 50)), 1, task="ab"[n % 2]) for n in range(2_000)]
    plan = plan_epoch(examples, 8, 0, 0)
    filling = [
        max(len(examples[n].ids) for n in batch) * len(batch) - sum(len(examples[n].ids) for n in batch)
        for batch in plan
    ]
    assert sum(filling) < 0.1 * sum(len(one.ids) for one in examples)
    assert sum(len({examples[n].task for n in batch}) == 1 for batch in plan) > 0.9 * len(plan)
    assert plan != plan_epoch(examples, 8, 0, 1)
    assert plan != plan_epoch(examples, 8, 1, 0)

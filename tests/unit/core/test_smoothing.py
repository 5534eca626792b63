"""INT8 where a few inputs are far larger than the rest, as in real models."""

from pathlib import Path

import pytest
import torch

from core.lora.adapter import read_adapter
from core.lora.bank import AdapterBank
from core.model.decoder import Decoder
from core.model.layer import Reading, Step
from core.model.precision import Precision
from tests.unit.core.test_decoder import CONFIGS, CPU, SMALL, reference, run, tokens
from tests.unit.core.test_lora import made_by_peft, scores

EXACT, WHOLE = Precision("fp32", "fp32", torch.float32), Precision("int8", "int8", torch.float32)
KINDS = ["llama", "qwen2", "qwen3", "gemma3"]
LARGE = 80.0


def model(kind: str, precision: Precision, calibration: torch.Tensor | None = None) -> Decoder:
    """The same model as without them, but one input of each map is large, and its weights are small."""
    weights = reference(CONFIGS[kind]).state_dict()
    for name in weights:
        if "_proj.weight" in name and "q_proj" not in name:
            weights[name] *= 10  # so that what layers add is more than rounding
    one = 1 if kind == "gemma3" else 0  # its norms are kept without the one
    before_mlp = "pre_feedforward_layernorm" if kind == "gemma3" else "post_attention_layernorm"
    for layer in ("model.layers.0", "model.layers.1"):
        for norm, maps in (
            ("input_layernorm", ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")),
            (before_mlp, ("mlp.gate_proj", "mlp.up_proj")),
        ):
            weight = weights[f"{layer}.{norm}.weight"]
            weight[3] = (weight[3] + one) * LARGE - one
            for name in maps:
                weights[f"{layer}.{name}.weight"][:, 3] /= LARGE
        weights[f"{layer}.mlp.up_proj.weight"][7] *= LARGE
        if f"{layer}.mlp.up_proj.bias" in weights:
            weights[f"{layer}.mlp.up_proj.bias"][7] *= LARGE
        weights[f"{layer}.mlp.down_proj.weight"][:, 7] /= LARGE
    return Decoder(CONFIGS[kind], weights, precision, SMALL, CPU, calibration=calibration)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reading", ["blocks", "pages"])
def test_large_inputs_cost_little(kind: str, reading: Reading) -> None:
    ids = tokens(60)
    exact, plain, smooth = (
        one.forward([Step(ids, one.new_memory(60), reading)])
        for one in (model(kind, EXACT), model(kind, WHOLE), model(kind, WHOLE, tokens(150, seed=5)))
    )
    assert (smooth - exact).abs().mean() < 0.4 * (plain - exact).abs().mean()


def test_only_int8_is_smoothed() -> None:
    ids = tokens(60)
    exact, same = (model("llama", EXACT, calibration) for calibration in (None, tokens(150, seed=5)))
    assert torch.equal(run(exact, exact.new_memory(60), ids), run(same, same.new_memory(60), ids))


def test_adapters_are_smoothed_with_their_maps(tmp_path: Path) -> None:
    folder, _ = made_by_peft(tmp_path / "a")
    ids = tokens(60)
    exact, smooth = model("llama", EXACT), model("llama", WHOLE, tokens(150, seed=5))
    plain = run(exact, exact.new_memory(60), ids)
    for one in (exact, smooth):
        AdapterBank(one).load(read_adapter(folder))
    wanted = scores(exact, ids, 0, [60])
    for reading, cuts in (("blocks", [60]), ("pages", [1] * 60)):
        near = scores(smooth, ids, 0, cuts, reading)
        assert (near - wanted).abs().mean() < 0.35 * (plain - wanted).abs().mean(), "without its factors it is far off"

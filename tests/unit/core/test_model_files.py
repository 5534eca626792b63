"""Files that are no model, and devices that are not here."""

import json
import logging
import re
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import GPT2Config, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from core.errors import SettingsError, UnsupportedModelError
from core.model.convert import gguf_to_safetensors
from core.model.kernels import compiled
from core.model.load import interrupts_kept, load_model
from core.model.precision import Precision, choose_device, choose_precision


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GGU",
        b"this is not a model, it is a letter to the reader" * 20,
        b"GGUF" + struct.pack("<IQQ", 3, 10**6, 10**6),  # announces a million tensors and ends
        b"GGUF" + struct.pack("<IQQ", 99, 0, 0),  # an unknown version
        b"GGUF" + struct.pack("<IQQ", 3, 0, 0),  # nothing in it
    ],
    ids=["empty", "short", "text", "truncated", "version", "hollow"],
)
def test_what_is_not_gguf_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.gguf").write_bytes(content)
    with pytest.raises(UnsupportedModelError, match=r"model\.gguf"):
        gguf_to_safetensors(tmp_path / "model.gguf", tmp_path)
    assert not (tmp_path / "model.safetensors").exists()


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A tiny Llama that loads."""
    config = LlamaConfig(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1, vocab_size=16)
    LlamaForCausalLM(config).save_pretrained(tmp_path)
    words = Tokenizer(WordLevel({"[UNK]": 0, "hello": 1}, unk_token="[UNK]"))
    PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]").save_pretrained(tmp_path)
    return tmp_path


def break_architecture(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"model_type": "abacus", "architectures": ["AbacusForCausalLM"]}))


def break_config(folder: Path) -> None:
    (folder / "config.json").write_text("{")


def break_generation_config(folder: Path) -> None:
    (folder / "generation_config.json").write_text("{")


def list_generation_config(folder: Path) -> None:
    (folder / "generation_config.json").write_text("[2]")


def name_end_of_text(folder: Path) -> None:
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": "</s>"}))


def break_weights(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"\0" * 50)


def truncate_weights(folder: Path) -> None:
    weights = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(weights[: len(weights) // 2])


def quantise(folder: Path) -> None:
    """As the many checkpoints in FP8 are: their weights can be read and mean nothing without their scales."""
    tensors = load_file(folder / "model.safetensors")
    for name in [name for name in tensors if name.endswith("proj.weight")]:
        tensors[name] = tensors[name].to(torch.float8_e4m3fn)
        tensors[f"{name}_scale_inv"] = torch.full((1, 1), 7.0)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    change_config(folder, quantization_config={"quant_method": "fp8", "weight_block_size": [128, 128]})


def want_three_heads(folder: Path) -> None:
    change_config(folder, num_attention_heads=3)


def want_no_heads(folder: Path) -> None:
    change_config(folder, num_attention_heads=0)


def want_no_layers(folder: Path) -> None:
    change_config(folder, num_hidden_layers=0)


def want_less_than_no_layers(folder: Path) -> None:
    change_config(folder, num_hidden_layers=-1)


def misstate_a_size(folder: Path) -> None:
    change_config(folder, hidden_size="eight")


def change_config(folder: Path, **fields: Any) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | fields))


def drop_output_layer(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    del tensors["lm_head.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def lose_a_bias(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors["model.layers.0.self_attn.k_proj.bias"] = torch.zeros(8)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def forget_a_layer(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    layer = {name.replace(".0.", ".1."): tensor.clone() for name, tensor in tensors.items() if ".0." in name}
    save_file(tensors | layer, folder / "model.safetensors", metadata={"format": "pt"})


def forget_norms_of_heads(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors["model.layers.0.self_attn.q_norm.weight"] = torch.ones(8)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def point_elsewhere(folder: Path) -> None:
    weights = (folder / "model.safetensors").rename(folder.parent / "elsewhere.safetensors")
    index = {"weight_map": dict.fromkeys(load_file(weights), f"../{weights.name}")}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def lose_numbers(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors["model.norm.weight"][:] = float("nan")
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def reshape_weights(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors["model.embed_tokens.weight"] = torch.zeros(3, 8)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def pickle_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")


def drop_tensor(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    del tensors["model.layers.0.self_attn.q_proj.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def drop_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def break_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{}")


def test_whole_folder_loads(checkpoint: Path) -> None:
    loaded = load_model(checkpoint, precision="fp32")
    assert loaded.name == checkpoint.name
    assert loaded.decoder.precision == choose_precision("fp32", torch.device("cpu"))
    assert loaded.decoder.context == LlamaConfig().max_position_embeddings
    assert load_model(checkpoint, context=5000).decoder.context == 5000


def test_frequencies_that_older_checkpoints_hold_are_left(checkpoint: Path) -> None:
    tensors = load_file(checkpoint / "model.safetensors")
    tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = torch.ones(4)
    save_file(tensors, checkpoint / "model.safetensors", metadata={"format": "pt"})
    assert load_model(checkpoint, precision="fp32").decoder.vocab_size == 16


def test_heads_beside_the_model_are_left(checkpoint: Path) -> None:
    tensors = load_file(checkpoint / "model.safetensors")
    tensors["v_head.summary.weight"] = torch.ones(1, 4)
    save_file(tensors, checkpoint / "model.safetensors", metadata={"format": "pt"})
    assert load_model(checkpoint, precision="fp32").decoder.vocab_size == 16


def test_a_llama_costs_no_memory_for_what_an_engine_never_uses(checkpoint: Path) -> None:
    script = (
        "import pathlib, sys; from core.model.load import load_model; load_model(pathlib.Path(sys.argv[1]));"
        "print({'torch.distributed.tensor', 'sympy', 'accelerate'} & sys.modules.keys())"
    )
    run = subprocess.run([sys.executable, "-c", script, checkpoint], capture_output=True, text=True, timeout=120)
    assert run.stdout.strip() == "set()", run.stderr


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (break_architecture, "config.json"),
        (break_config, "config.json"),
        (break_generation_config, "generation_config.json"),
        (list_generation_config, "generation_config.json"),
        (name_end_of_text, "generation_config.json"),
        (break_weights, "safetensors"),
        (truncate_weights, "safetensors"),
        (lose_numbers, "not finite numbers"),
        (reshape_weights, ""),
        (pickle_weights, "safetensors"),
        (drop_tensor, ""),
        (drop_output_layer, ""),
        (lose_a_bias, ""),
        (forget_a_layer, r"tensor model\.layers\.1\.\S+, which the config does not describe"),
        (forget_norms_of_heads, "q_norm"),
        (point_elsewhere, "safetensors"),
        (quantise, "quantised"),
        (want_three_heads, ""),
        (want_no_heads, ""),
        (want_no_layers, "num_hidden_layers is 0"),
        (want_less_than_no_layers, "num_hidden_layers is -1"),
        (misstate_a_size, ""),
        (drop_tokenizer, "tokenizer.json"),
        (break_tokenizer, "tokenizer.json"),
    ],
)
def test_damaged_folder_is_refused(checkpoint: Path, damage: Callable[[Path], None], reason: str) -> None:
    damage(checkpoint)
    for precision in ("int8", "fp32"):
        with pytest.raises(UnsupportedModelError, match=f"{re.escape(str(checkpoint))} cannot be loaded.*{reason}"):
            load_model(checkpoint, precision=precision)


@pytest.mark.parametrize("wanted", ["cuda:7", "mps:3", "hpu"])
def test_absent_device_falls_back_aloud(caplog: pytest.LogCaptureFixture, wanted: str) -> None:
    with caplog.at_level(logging.WARNING):
        assert choose_device(wanted) == torch.device("cpu")
    assert wanted in caplog.text


@pytest.mark.parametrize("wanted", ["tpu", "CUDA", "cuda:first", ""])
def test_misspelt_device_is_refused(wanted: str) -> None:
    with pytest.raises(SettingsError, match="Set R1_DEVICE to auto, cpu, cuda, cuda:0 or mps"):
        choose_device(wanted)


def test_precision_is_what_was_asked_for() -> None:
    cpu = torch.device("cpu")
    assert choose_precision("fp32", cpu) == Precision("fp32", "fp32", torch.float32)
    assert choose_precision("bf16", cpu) == Precision("bf16", "bf16", torch.bfloat16)
    assert choose_precision("auto", cpu) == choose_precision("int8", cpu)
    assert choose_precision("auto", torch.device("mps")).linear == "fp16"
    with pytest.raises(SettingsError, match="processor only"):
        choose_precision("int8", torch.device("cuda"))
    with pytest.raises(SettingsError, match="Choose auto, int8, bf16, fp16 or fp32"):
        choose_precision("half", cpu)


def test_other_architectures_are_refused_by_name(checkpoint: Path) -> None:
    GPT2Config().save_pretrained(checkpoint)
    with pytest.raises(UnsupportedModelError, match=r"'gpt2' is not supported. Supported: gemma3_text, llama, qwen2"):
        load_model(checkpoint)


@pytest.mark.parametrize("kept", [True, False])
def test_who_waits_for_the_kernels_is_told(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, kept: bool
) -> None:
    monkeypatch.setattr("core.model.load.compiled", lambda: kept)
    load_model(checkpoint, precision="int8")
    assert ("takes a minute or two" in caplog.text) is not kept


def test_kernels_are_compiled_once(checkpoint: Path) -> None:
    load_model(checkpoint, precision="int8")
    assert compiled()


def _interrupted_compiler(becomes: type[Exception] | None) -> None:
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:  # a callback drops it, or what called the callback fails
        if becomes:
            raise becomes("no compiled object yet") from None


@pytest.mark.parametrize("becomes", [None, RuntimeError])
def test_ctrl_c_while_kernels_are_compiled_is_not_lost(becomes: type[Exception] | None) -> None:
    usual = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), interrupts_kept():
        _interrupted_compiler(becomes)
    assert signal.getsignal(signal.SIGINT) is usual


def test_other_errors_while_kernels_are_compiled_stay() -> None:
    with pytest.raises(RuntimeError), interrupts_kept():
        raise RuntimeError

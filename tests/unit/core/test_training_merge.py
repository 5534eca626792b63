"""An adapter added to its base for good."""

import hashlib
import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from core.errors import InputError, StorageError, UnsupportedModelError
from core.lora.adapter import write_adapter
from core.lora.card import weights_sha256
from core.lora.config import LoraConfig
from core.lora.merge import base_name, merge, warn_of_other_base
from core.lora.trainer import Trainer
from core.model.layer import Step
from core.model.load import load_model
from tests.unit.core import training_fakes
from tests.unit.core.small_adapters import adapter, made_by_peft
from tests.unit.core.small_models import CONFIGS, reference, tokens
from tests.unit.core.training_fakes import write_rows


@pytest.mark.parametrize("kind", ["llama", "llama tied", "gemma3"])
def test_the_result_is_the_base_with_the_adapter(tmp_path: Path, kind: str) -> None:
    base, (folder, model) = training_fakes.checkpoint(tmp_path / "base", kind), made_by_peft(tmp_path / "a", kind)
    merge(folder, base, tmp_path / "out")
    ids = tokens(40)
    merged = AutoModelForCausalLM.from_pretrained(str(tmp_path / "out")).eval()
    with torch.inference_mode():
        wanted = model(input_ids=ids[None]).logits[0]
        assert torch.allclose(merged(input_ids=ids[None]).logits[0], wanted, atol=1e-3)
    ours = load_model(tmp_path / "out", precision="fp32", device="cpu")
    logits = ours.decoder.logits(ours.decoder.forward([Step(ids, ours.decoder.new_memory(40), "everything")]))
    assert torch.allclose(logits, wanted, atol=1e-3)
    assert ours.tokenizer("a<e>")["input_ids"] == training_fakes.letters()("a<e>")["input_ids"]
    tied = "tied" in kind or kind == "gemma3"
    assert (merged.get_output_embeddings().weight is merged.get_input_embeddings().weight) == tied
    assert {path.name for path in tmp_path.iterdir()} == {"base", "a", "out"}


def test_the_hash_of_the_weights_is_that_of_the_receipt_while_they_are_as_pulled(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"weights")
    read = weights_sha256(tmp_path)
    (tmp_path / "r1-receipt.json").write_text(json.dumps({"files": {weights.name: "0" * 64}}))
    state = {weights.name: [weights.stat().st_size, int(weights.stat().st_mtime)]}
    (tmp_path / "r1-verified").write_text(json.dumps(state))
    assert weights_sha256(tmp_path) == hashlib.sha256(b"0" * 64).hexdigest()
    os.utime(weights, (0, 0))
    assert weights_sha256(tmp_path) == read


def test_the_weights_of_the_base_and_its_card_are_left(tmp_path: Path) -> None:
    base, (folder, _) = training_fakes.checkpoint(tmp_path / "base"), made_by_peft(tmp_path / "a")
    for name in ("tf_model.h5", "flax_model.msgpack", "consolidated.00.pth", "model.onnx", "model.ckpt.index", "a.pt"):
        (base / name).write_text("weights")
    (base / "onnx").mkdir()
    (base / "onnx" / "model.onnx").write_text("weights")
    (base / "README.md").write_text("The base.")
    (base / "LICENSE").write_text("as it likes")
    merge(folder, base, tmp_path / "out")
    tokenizer = {"chat_template.jinja", "tokenizer.json", "tokenizer_config.json"}
    expected = {"config.json", "generation_config.json", "model.safetensors", "LICENSE", "README.md"} | tokenizer
    assert {path.name for path in (tmp_path / "out").iterdir()} == expected
    card = (tmp_path / "out" / "README.md").read_text()
    adapter_sha256 = hashlib.sha256((folder / "adapter_model.safetensors").read_bytes()).hexdigest()
    for words in ("base_model: base\n", weights_sha256(base), f"the adapter a (`{adapter_sha256}`)"):
        assert words in card


def test_the_format_of_the_base_is_kept(tmp_path: Path) -> None:
    reference(CONFIGS["llama"]).to(torch.bfloat16).save_pretrained(str(tmp_path / "base"))
    folder, _ = made_by_peft(tmp_path / "a")
    merge(folder, tmp_path / "base", tmp_path / "out")
    assert {tensor.dtype for tensor in load_file(tmp_path / "out" / "model.safetensors").values()} == {torch.bfloat16}


@pytest.mark.parametrize("out", ["new", "empty", "link", "."])
def test_an_empty_folder_is_filled_and_stays_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    """It may be a mount, where one stands, or have a link to it."""
    base = training_fakes.checkpoint(tmp_path / "base")
    folder, _ = made_by_peft(tmp_path / "a")
    empty = tmp_path / "empty"
    empty.mkdir()
    before = empty.stat().st_ino
    (tmp_path / "link").symlink_to(empty)
    monkeypatch.chdir(empty if out == "." else tmp_path)
    merge(folder, base, Path(out))
    assert load_model(Path(out).resolve(), precision="fp32").decoder.vocab_size
    assert empty.stat().st_ino == before
    assert (tmp_path / "link").is_symlink()
    assert not [*tmp_path.rglob(".partial*")]


def test_a_folder_in_which_a_merge_was_killed_is_still_empty(tmp_path: Path) -> None:
    base = training_fakes.checkpoint(tmp_path / "base")
    folder, _ = made_by_peft(tmp_path / "a")
    killed = tmp_path / "out" / ".partial-out"
    killed.mkdir(parents=True)
    (killed / "config.json").touch()
    merge(folder, base, tmp_path / "out")
    assert load_model(tmp_path / "out", precision="fp32").decoder.vocab_size
    assert not killed.exists()


@pytest.mark.parametrize("out", ["new", "empty"])
def test_nothing_is_left_of_a_merge_that_failed(tmp_path: Path, out: str) -> None:
    base = training_fakes.checkpoint(tmp_path / "base")
    folder, _ = made_by_peft(tmp_path / "a")
    (base / "model.safetensors").write_bytes(b"damaged")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnsupportedModelError):
        merge(folder, base, tmp_path / out)
    assert [path.name for path in tmp_path.iterdir() if path.name not in ("a", "base")] == ["empty"]
    assert not [*(tmp_path / "empty").iterdir()]


def test_another_base_is_told(tmp_path: Path, trained: tuple[Path, Path], caplog: pytest.LogCaptureFixture) -> None:
    folder, base = trained
    warn_of_other_base([folder], base)
    assert not caplog.text
    other = training_fakes.checkpoint(tmp_path / "other", "llama tied")
    warn_of_other_base([folder, tmp_path], other)
    assert "was trained on other weights" in caplog.text


@pytest.fixture
def trained(tmp_path: Path) -> tuple[Path, Path]:
    """An adapter that knows its base, and the base."""
    base = training_fakes.checkpoint(tmp_path / "base")
    rows = write_rows(tmp_path / "rows.jsonl", [{"prompt": "a", "completion": "b"}])
    training = Trainer(str(base), rows, LoraConfig(r=2), output_dir=tmp_path / "a", num_train_epochs=1)
    return training.train(lambda _: None), base


def test_the_base_is_the_one_it_was_trained_on(tmp_path: Path, trained: tuple[Path, Path]) -> None:
    folder, base = trained
    assert base_name(folder) == str(base)
    merge(folder, base, tmp_path / "out")
    assert (tmp_path / "out" / "model.safetensors").stat().st_mode & 0o040  # other users may read it
    weights = load_file(base / "model.safetensors")
    weights["model.layers.0.mlp.up_proj.weight"][0, 0] += 1
    save_file(weights, base / "model.safetensors")
    with pytest.raises(UnsupportedModelError, match="trained on other weights"):
        merge(folder, base, tmp_path / "other")
    (folder / "training.json").write_text("{}")
    with pytest.raises(UnsupportedModelError, match="damaged"):
        merge(folder, base, tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_quantised_base_is_refused(tmp_path: Path) -> None:
    folder, _ = made_by_peft(tmp_path / "a")
    base = training_fakes.checkpoint(tmp_path / "base")
    weights = load_file(base / "model.safetensors")
    whole = weights | {"model.layers.0.mlp.up_proj.weight": torch.ones(48, 32, dtype=torch.int8)}
    save_file(whole, base / "model.safetensors")
    with pytest.raises(UnsupportedModelError, match=r"is quantised.* Merge the adapter into the unquantised model"):
        merge(folder, base, tmp_path / "out")
    save_file(weights, base / "model.safetensors")
    config = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps(config | {"quantization_config": {"quant_method": "awq"}}))
    with pytest.raises(UnsupportedModelError, match="is quantised"):
        merge(folder, base, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_told_before_the_base_is_loaded(tmp_path: Path) -> None:
    write_adapter(adapter("a"), tmp_path / "a")
    base = training_fakes.checkpoint(tmp_path / "base")
    (base / "model.safetensors").write_text("loading this would fail")
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="file/out cannot be written"):
        merge(tmp_path / "a", base, tmp_path / "file" / "out")


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    base = training_fakes.checkpoint(tmp_path / "base")
    write_adapter(adapter("wide"), tmp_path / "a")
    config = json.loads((tmp_path / "a" / "adapter_config.json").read_text())
    with pytest.raises(UnsupportedModelError, match="names no base"):
        base_name(tmp_path / "a")
    with pytest.raises(UnsupportedModelError, match=r"cannot be read .* must be a peft folder"):
        base_name(tmp_path / "misspelt")
    assert config["base_model_name_or_path"] == ""
    other = reference(type(CONFIGS["llama"])(**CONFIGS["llama"].to_dict() | {"hidden_size": 64}))
    other.save_pretrained(str(tmp_path / "large"))
    with pytest.raises(UnsupportedModelError, match=r"does not fit .* layers\.0\.self_attn\.q_proj"):
        merge(tmp_path / "a", tmp_path / "large", tmp_path / "out")
    (base / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(UnsupportedModelError, match="cannot be loaded"):
        merge(tmp_path / "a", base, tmp_path / "out")
    with pytest.raises(UnsupportedModelError):
        merge(tmp_path / "none", base, tmp_path / "out")
    for taken in (base, base / "config.json"):
        with pytest.raises(InputError, match="in use"):
            merge(tmp_path / "a", base, taken)

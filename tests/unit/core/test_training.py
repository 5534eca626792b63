"""The training loop: what it computes, and what it leaves behind."""

import hashlib
import json
import math
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import torch
import yaml
from peft import AutoPeftModelForCausalLM
from transformers import AutoModelForCausalLM

import deepseek_r1
from core.errors import (
    InputError,
    InputFormatError,
    SettingsError,
    StorageError,
    UnknownModelError,
    UnsupportedModelError,
)
from core.lora import checkpoint
from core.lora.adapter import read_adapter
from core.lora.batches import Batch
from core.lora.config import LoraConfig, Recipe
from core.lora.trainer import Report, Trainer
from core.model.layer import Step
from core.model.load import load_model
from tests.unit.core import training_fakes
from tests.unit.core.small_models import tokens
from tests.unit.core.small_training import FAST, assert_same, losses, losses_so_far, quiet, trainer
from tests.unit.core.training_fakes import write_rows

# What it computes


def test_it_learns_and_tells_each_step(base: Path, rows: Path, tmp_path: Path) -> None:
    told: list[Report] = []
    training = trainer(base, rows, tmp_path / "a", num_train_epochs=4, validation_dataset=rows)
    assert training.steps == 4 * 8
    assert training.train(told.append) == tmp_path / "a"
    assert [report.step for report in told] == list(range(1, 33))
    assert all(report.steps == 32 and report.tokens_per_s > 0 and report.seconds_left >= 0 for report in told)
    assert (told[7].epoch, told[8].epoch, told[-1].epoch) == (1, 1.125, 4)
    assert [report.step for report in told if report.validation_loss is not None] == list(range(4, 33, 4))
    assert told[-1].validation_loss is not None
    assert told[0].loss > 2
    assert told[-1].validation_loss < 0.5 * told[0].loss
    assert [(line["step"], line["loss"]) for line in training.history()] == [(r.step, r.loss) for r in told]


@pytest.mark.parametrize("size", [1, 2, 4])
def test_accumulation_is_one_big_batch(rows: Path, tmp_path: Path, size: int) -> None:
    """Eight rows make a step however they are divided: a token counts the same in a short and in a long row."""
    base = training_fakes.checkpoint(tmp_path / "base")
    some = write_rows(tmp_path / "some.jsonl", map(json.loads, rows.read_text().splitlines()[:8]))
    results = []
    for rows_at_once in (8, size):
        out = tmp_path / str(rows_at_once)
        training = Trainer(
            str(base),
            some,
            LoraConfig(r=4, lora_dropout=0),
            output_dir=out,
            num_train_epochs=1,
            per_device_train_batch_size=rows_at_once,
            gradient_accumulation_steps=8 // rows_at_once,
            precision="fp32",  # bf16 rounds the gradient of a batch of another size differently
        )
        assert training.steps == 1
        training.train(quiet)
        states = [training._optimizer.state[value] for value in training._model.parameters.values()]
        gradient = torch.cat([state["exp_avg"].flatten() for state in states])  # a tenth of what the optimiser got
        results.append((losses(out)[0][1], gradient))
    (whole, wanted), (parts, found) = results
    assert parts == pytest.approx(whole, abs=1e-5)
    assert (found - wanted).norm() < 1e-4 * wanted.norm()


def test_the_last_step_of_an_epoch_takes_what_is_left(base: Path, rows: Path, tmp_path: Path) -> None:
    training = trainer(base, rows, tmp_path / "a", gradient_accumulation_steps=3)
    assert training.steps == 2 * math.ceil(8 / 3)
    training.train(quiet)
    assert len(losses(tmp_path / "a")) == 6


def test_the_same_seed_gives_the_same_adapter(base: Path, rows: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        trainer(base, rows, tmp_path / name, seed=seed, num_train_epochs=1).train(quiet)
    assert_same(tmp_path / "a", tmp_path / "b")
    assert losses(tmp_path / "a") != losses(tmp_path / "c")


def test_early_stopping_keeps_the_best(base: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The validation rows want the opposite of what is learnt, so the loss on them is lowest early."""
    rows = write_rows(tmp_path / "rows.jsonl", [{"prompt": f"sun {n % 4}?", "completion": "yes"} for n in range(32)])
    opposite = write_rows(tmp_path / "not.jsonl", [{"prompt": f"sun {n}?", "completion": "nay"} for n in range(4)])
    out = tmp_path / "a"
    training = trainer(
        base, rows, out, validation_dataset=opposite, num_train_epochs=50, evaluations=8, patience=3, learning_rate=0.03
    )
    training.train(quiet)
    measured = {step: loss for step, _, _, loss in losses(out) if loss is not None}
    best = min(measured, key=lambda step: measured[step])
    assert max(measured) == list(measured)[list(measured).index(best) + 3] < training.steps
    results = json.loads((out / "training.json").read_text())["results"]
    assert results["kept_step"] == best
    assert results["validation_loss"] == measured[best]
    told = (
        f"Ended early at step {max(measured)} of {training.steps}: no better validation loss since step {best}, which"
    )
    assert told in caplog.text
    assert told in (out / "README.md").read_text()
    again = trainer(base, rows, tmp_path / "b", validation_dataset=opposite)
    kept = read_adapter(out).weights
    with torch.no_grad():
        for name, parameter in again._model.parameters.items():
            place, letter = name.removeprefix("base_model.model.model.").split(".lora_")
            parameter.copy_(kept[place]["AB".index(letter[0])])
    assert again._evaluate(checkpoint.Progress("")) == pytest.approx(measured[best], rel=1e-5)


@pytest.mark.parametrize("broken", ["loss", "gradient"])
def test_what_is_no_number_ends_it_before_anything_is_learnt_from_it(
    base: Path, rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    training = trainer(base, rows, tmp_path / "a", save_steps=1)
    loss = training._model.loss

    def third(batch: Batch) -> torch.Tensor:
        found = loss(batch)
        if len(losses_so_far(tmp_path / "a")) < 2:
            return found
        return found * math.nan if broken == "loss" else found + (found - found.detach()).sqrt()  # the root's is inf

    monkeypatch.setattr(training._model, "loss", third)
    with pytest.raises(SettingsError, match=r"nothing can be learnt.*Lower the learning rate"):
        training.train(quiet)
    assert all(value.isfinite().all() for value in training._model.parameters.values())
    assert checkpoint.latest(tmp_path / "a") == tmp_path / "a" / "checkpoint-000002"


def test_a_validation_loss_that_is_no_number_is_never_the_best(
    base: Path, rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = trainer(base, rows, tmp_path / "a", validation_dataset=rows, evaluations=1)
    loss = training._model.loss

    def first(batch: Batch) -> torch.Tensor:
        return loss(batch) * (math.nan if progress.worse == 0 and progress.best is None else 1)

    progress = checkpoint.Progress("")
    monkeypatch.setattr(training._model, "loss", first)
    assert math.isnan(training._evaluate(progress))
    assert (progress.best, progress.worse) == (None, 1)
    assert training._evaluate(progress) == progress.best
    assert training._best.keys() == training._model.parameters.keys()


def test_nothing_to_train_with_is_refused(base: Path, rows: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file to train with"):
        Trainer(str(base), output_dir=tmp_path / "a")
    with pytest.raises(UnknownModelError):
        Trainer("no-such-model", rows, output_dir=tmp_path / "a")
    with pytest.raises(TypeError, match="learning_rat"):
        Trainer(str(base), rows, output_dir=tmp_path / "a", learning_rat=1)
    damaged = training_fakes.checkpoint(tmp_path / "base")
    (damaged / "tokenizer.json").write_text("{")
    (damaged / "tokenizer_config.json").write_text("{")
    with pytest.raises(UnsupportedModelError, match="cannot be loaded"):
        Trainer(str(damaged), rows, output_dir=tmp_path / "a")
    silent = write_rows(tmp_path / "silent.jsonl", [{"prompt": "sun?", "completion": ""}])
    with pytest.raises(InputFormatError, match=r"silent\.jsonl"):
        Trainer(str(base), silent, output_dir=tmp_path / "a")
    assert not (tmp_path / "a").exists()
    (tmp_path / "own").mkdir()
    with pytest.raises(InputFormatError):
        Trainer(str(base), silent, output_dir=tmp_path / "own")
    assert (tmp_path / "own").is_dir()


@pytest.mark.parametrize(
    ("max_length", "advice"), [(50, "Shorten it or raise max_length"), (100_000, "Shorten it: the model reads no more")]
)
def test_what_to_do_about_a_long_answer_depends_on_the_model(
    base: Path, tmp_path: Path, max_length: int, advice: str
) -> None:
    rows = write_rows(tmp_path / "long.jsonl", [{"prompt": "a", "completion": "b" * 9_000}])
    with pytest.raises(InputFormatError, match=f"{advice}$"):
        trainer(base, rows, tmp_path / "a", max_length=max_length)


def test_a_folder_that_cannot_be_written_is_told_before_the_model_is_loaded(rows: Path, tmp_path: Path) -> None:
    folder = training_fakes.checkpoint(tmp_path / "base")
    (folder / "model.safetensors").write_text("loading this would fail")
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="file/a cannot be written"):
        Trainer(str(folder), rows, output_dir=tmp_path / "file" / "a")


def test_a_map_that_the_model_lacks_is_named(rows: Path, tmp_path: Path) -> None:
    folder = training_fakes.checkpoint(tmp_path / "base")
    with pytest.raises(SettingsError, match="no linear map v_porj"):
        trainer(folder, rows, tmp_path / "a", LoraConfig(r=4, target_modules=["q_proj", "v_porj"]))
    trainer(folder, rows, tmp_path / "a", LoraConfig(r=4, target_modules=["self_attn.q_proj"]))


# What it leaves behind


@pytest.mark.parametrize("kind", ["llama", "llama tied", "qwen3", "gemma3"])
@pytest.mark.parametrize("modules", ["all-linear", ["q_proj", "v_proj"]])
def test_peft_and_our_own_engine_read_the_adapter(rows: Path, tmp_path: Path, kind: str, modules: Any) -> None:
    folder = training_fakes.checkpoint(tmp_path / "base", kind, sure=20)
    out = trainer(folder, rows, tmp_path / "a", LoraConfig(r=4, target_modules=modules)).train(quiet)
    ids = tokens(30)
    with torch.inference_mode():
        plain = AutoModelForCausalLM.from_pretrained(str(folder)).eval()(input_ids=ids[None]).logits[0]
        by_peft = AutoPeftModelForCausalLM.from_pretrained(str(out)).eval()
        wanted = by_peft(input_ids=ids[None]).logits[0]
    ours = load_model(folder, precision="fp32", device="cpu").decoder
    ours.adapt(0, read_adapter(out).scaled())
    logits = ours.logits(ours.forward([Step(ids, ours.new_memory(30), "everything", 0)]))
    assert torch.allclose(logits, wanted, atol=5e-3)
    assert not torch.allclose(plain, wanted, atol=0.5)
    config = json.loads((out / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == str(folder)
    assert sorted(config["target_modules"]) == (
        modules if modules != "all-linear" else sorted(config["target_modules"])
    )


def test_a_pulled_base_goes_by_its_name(rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("R1_HOME", str(tmp_path))
    folder = training_fakes.checkpoint(tmp_path / "models" / "owner--tiny")
    weights = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    (folder / "r1-receipt.json").write_text(json.dumps({"files": {"model.safetensors": weights}}))
    out = trainer(folder, rows, tmp_path / "a", num_train_epochs=1).train(quiet)
    assert json.loads((out / "adapter_config.json").read_text())["base_model_name_or_path"] == "owner/tiny"
    assert str(tmp_path) not in "".join(path.read_text() for path in out.iterdir() if path.suffix in (".json", ".md"))


def test_a_base_in_a_folder_is_found_from_any_other(
    base: Path, rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(base.parent)
    out = trainer(Path(base.name), rows, tmp_path / "a", num_train_epochs=1).train(quiet)
    assert json.loads((out / "adapter_config.json").read_text())["base_model_name_or_path"] == str(base.resolve())
    assert str(base.parent) not in (out / "training.json").read_text() + (out / "README.md").read_text()


def test_the_time_that_is_left_counts_the_readings_of_the_validation_rows(
    base: Path, rows: Path, tmp_path: Path
) -> None:
    many = write_rows(tmp_path / "many.jsonl", [{"prompt": f"sun {n}?", "completion": "yes"} for n in range(400)])
    told: list[tuple[float, float]] = []
    training = trainer(base, rows, tmp_path / "a", validation_dataset=many)
    training.train(lambda report: told.append((time.monotonic(), report.seconds_left)))
    for step in range(4, 16):  # the first reading follows step 4
        now, left = told[step - 1]
        assert (told[-1][0] - now) / 4 < left, "within a factor: the machine has other work"
    assert told[-1][1] == 0


def test_a_training_goes_on_from_an_adapter(base: Path, rows: Path, tmp_path: Path) -> None:
    """As good from the first step on as the adapter was, whatever the scale; and the card says where it comes from."""
    first = trainer(base, rows, tmp_path / "a", LoraConfig(r=4, lora_alpha=8), validation_dataset=rows)
    first.train(quiet)
    reached = json.loads((tmp_path / "a" / "training.json").read_text())["results"]["validation_loss"]
    other = LoraConfig(r=4, lora_alpha=32)
    second = trainer(base, rows, tmp_path / "b", other, validation_dataset=rows, start_from=tmp_path / "a")
    assert second._evaluate(checkpoint.Progress("")) == pytest.approx(reached, rel=0.02)
    second.train(quiet)
    record = json.loads((tmp_path / "b" / "training.json").read_text())
    weights = (tmp_path / "a" / "adapter_model.safetensors").read_bytes()
    assert record["start"] == {"adapter": "a", "sha256": hashlib.sha256(weights).hexdigest()}
    assert record["start"]["sha256"] in (tmp_path / "b" / "README.md").read_text()
    assert losses(tmp_path / "b")[0][1] < losses(tmp_path / "a")[0][1] / 2
    with pytest.raises(SettingsError, match="other maps"):
        trainer(base, rows, tmp_path / "c", LoraConfig(r=4, target_modules=["q_proj"]), start_from=tmp_path / "a")


@pytest.mark.parametrize(("precision", "dtype"), [("bf16", torch.bfloat16), ("fp32", torch.float32)])
def test_it_is_saved_in_the_format_that_it_computes_in(
    base: Path, rows: Path, tmp_path: Path, precision: str, dtype: torch.dtype
) -> None:
    training = trainer(base, rows, tmp_path / "a", precision=precision, num_train_epochs=1)
    saved = read_adapter(training.train(quiet)).weights
    for name, parameter in training._model.parameters.items():
        assert parameter.dtype == torch.float32
        place, letter = name.removeprefix("base_model.model.model.").split(".lora_")
        assert torch.equal(saved[place]["AB".index(letter[0])], parameter.to(dtype))


def test_the_card_tells_how_it_was_made(base: Path, rows: Path, tmp_path: Path) -> None:
    out = trainer(base, rows, tmp_path / "dry", validation_dataset=[rows], licence="other: see LICENCE").train(quiet)
    made = {path.name for path in out.iterdir()}
    assert made == {
        *("adapter_config.json", "adapter_model.safetensors", "training.json"),
        *("README.md", "training.svg", "history.jsonl"),
    }
    record = json.loads((out / "training.json").read_text())
    assert record["recipe"] == asdict(Recipe(**FAST))
    assert record["lora"]["r"] == 4
    assert record["licence"] == "other: see LICENCE"
    assert [file["rows"] for file in record["train"] + record["validation"]] == [30, 30]
    assert record["results"]["steps"] == 16
    assert record["results"]["tokens"] > 0
    assert len(record["base_sha256"]) == 64
    card = (out / "README.md").read_text()
    _, head, body = card.split("---\n", 2)
    assert yaml.safe_load(head) == {"base_model": base.name, "library_name": "peft", "license": "other: see LICENCE"}
    assert record["base"] == base.name
    assert record["base_sha256"] in body
    assert not any(str(base.parent) in text for text in (card, json.dumps(record)))
    assert record["train"][0]["sha256"] in body
    for words in (
        "# dry\n",
        "dry (30)",
        "| learning_rate | 0.01 |",
        "| lora_dropout | 0.1 |",
        "on the validation rows",
    ):
        assert words in body
    assert "Ended early" not in body
    picture = ElementTree.fromstring((out / "training.svg").read_text())
    assert picture.tag.endswith("svg")
    assert len(picture.findall("{*}polyline")) == 3


def test_the_call_of_the_article(base: Path, rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("R1_MODEL", str(base))
    monkeypatch.chdir(tmp_path)
    data = [json.loads(line) for line in rows.read_text().splitlines()]
    (tmp_path / "medical_dataset.json").write_text(json.dumps(data))
    lora_config = deepseek_r1.LoraConfig(r=16, lora_alpha=32, target_modules=["q_proj", "v_proj"], lora_dropout=0.1)
    with pytest.warns(UserWarning, match="deepseek-r1-base is a name") as warned:
        training = deepseek_r1.Trainer(
            model_name="deepseek-r1-base",
            train_dataset="medical_dataset.json",
            lora_config=lora_config,
            per_device_train_batch_size=8,
            num_train_epochs=3,
        )
    assert [each.filename for each in warned if "article" in str(each.message)] == [__file__]
    assert training.train() == Path("adapter")
    weights = read_adapter(tmp_path / "adapter")
    assert weights.rank == 16
    assert {name.rpartition(".")[2] for name in weights.weights} == {"q_proj", "v_proj"}
    assert len(losses(tmp_path / "adapter")) == 3 * 4

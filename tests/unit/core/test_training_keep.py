"""Trainings that hold an adapter to its base, and adapters of fewer ranks than they were trained with."""

import hashlib
import json
import random
import shutil
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional
from transformers import AutoModelForCausalLM

from core.errors import InputError, SettingsError, UnsupportedModelError
from core.lora import checkpoint
from core.lora.adapter import Adapter, read_adapter
from core.lora.batches import Batch, collate
from core.lora.config import LoraConfig
from core.lora.encode import Example
from core.lora.low_rank import truncated
from core.lora.regularisation import KeptTexts
from core.lora.trainer import Report, Trainer
from tests.unit.core import training_fakes
from tests.unit.core.small_training import FAST, Ended, losses, quiet, trainer


@pytest.fixture
def general(tmp_path: Path) -> Path:
    file = tmp_path / "general.txt"
    file.write_text(random_text(20_000, seed=0), "utf-8")
    return file


def random_text(length: int, seed: int) -> str:
    return "".join(random.Random(seed).choices(training_fakes.LETTERS, k=length))


def of(*lengths: int) -> list[Example]:
    return [Example(tuple(range(number, number + length)), 1) for number, length in enumerate(lengths)]


def first_tokens(batch: Batch) -> list[int]:
    return batch.ids[:, 0].tolist()


# What a step reads


def test_each_piece_is_read_once_in_a_pass_in_an_order_of_the_seed() -> None:
    passes = [[first_tokens(KeptTexts(of(*[9] * 8), seed).batch(step)) for step in range(8)] for seed in (0, 0, 1)]
    assert passes[0] == passes[1] != passes[2]
    assert sorted(chain.from_iterable(passes[0][:4])) == list(range(8))
    assert passes[0][4:] == passes[0][:4]


def test_a_single_piece_is_enough() -> None:
    batch = KeptTexts(of(5), 0).batch(3)
    assert batch.ids.tolist() == [[0, 1, 2, 3]] * 2
    assert len(batch.targets) == 8


# How far an adapter is from its base


@pytest.mark.parametrize("kind", ["llama", "qwen2", "gemma3"])
def test_the_drift_is_the_divergence_from_the_base(rows: Path, tmp_path: Path, kind: str) -> None:
    base = training_fakes.checkpoint(tmp_path / "base", kind)
    training = trainer(base, rows, tmp_path / "a", num_train_epochs=1, precision="fp32")
    batch = collate(of(12, 30, 7), share=False)
    training._model.train(False)
    assert training._model.drift(batch).item() == pytest.approx(0, abs=1e-5)
    training.train(quiet)
    training._model.train(False)
    scores = {}
    for name, model in (
        ("base", AutoModelForCausalLM.from_pretrained(str(base), dtype=torch.float32).eval()),
        ("adapted", training._model._model),
    ):
        read = [model(input_ids=torch.tensor([example.ids])).logits[0, :-1] for example in of(12, 30, 7)]
        scores[name] = functional.log_softmax(torch.cat(read), -1)
    wanted = (scores["base"].exp() * (scores["base"] - scores["adapted"])).sum()
    found = training._model.drift(batch)
    assert found.item() == pytest.approx(wanted.item(), rel=1e-3)
    assert found.item() > 0.01
    found.backward()
    assert all(value.grad is not None for value in training._model.parameters.values())


def test_kept_texts_hold_the_adapter_to_its_base(rows: Path, general: Path, tmp_path: Path) -> None:
    base = training_fakes.checkpoint(tmp_path / "base", sure=4)
    told: dict[str, list[Report]] = {"free": [], "held": []}
    drifts = {}
    for name, texts in (("free", ()), ("held", general)):
        training = trainer(base, rows, tmp_path / name, num_train_epochs=6, keep_dataset=texts)
        training.train(told[name].append)
        training._model.train(False)
        other = training._tokenizer(random_text(200, seed=1), add_special_tokens=False)["input_ids"]
        drifts[name] = training._model.drift(collate([Example(tuple(other), 1)], share=False)).item()
    assert drifts["held"] < 0.8 * drifts["free"]
    assert told["held"][-1].loss < 0.7 * told["held"][0].loss
    assert all(report.drift is None for report in told["free"])
    assert told["held"][0].drift == pytest.approx(0, abs=1e-3)
    lines = [json.loads(line) for line in (tmp_path / "held" / "history.jsonl").read_text().splitlines()]
    assert [line["drift"] for line in lines] == [report.drift for report in told["held"]]
    record = json.loads((tmp_path / "held" / "training.json").read_text())
    assert record["kept"][0]["file"] == "general.txt"
    pictures = [(tmp_path / name / "training.svg").read_text() for name in ("free", "held")]
    assert [picture.count("<polyline") for picture in pictures] == [2, 3]
    assert "| general.txt | held to the base | 1 |" in (tmp_path / "held" / "README.md").read_text()


def test_a_resumed_training_reads_the_kept_texts_on(base: Path, rows: Path, general: Path, tmp_path: Path) -> None:
    def stop(report: Report) -> None:
        if report.step == 8:
            raise Ended

    options: dict[str, Any] = {"keep_dataset": general, "save_steps": 3}
    trainer(base, rows, tmp_path / "whole", **options).train(quiet)
    with pytest.raises(Ended):
        trainer(base, rows, tmp_path / "parts", **options).train(stop)
    with pytest.raises(InputError, match="other rows"):
        trainer(base, rows, tmp_path / "parts", resume=True).train(quiet)
    trainer(base, rows, tmp_path / "parts", resume=True, **options).train(quiet)
    texts = [(tmp_path / name / "history.jsonl").read_text().splitlines() for name in ("whole", "parts")]
    whole, parts = ([json.loads(line)["drift"] for line in lines] for lines in texts)
    assert parts == pytest.approx(whole, abs=1e-6)


@pytest.mark.parametrize(("text", "message"), [("x", "too short"), (" \n", "no text")])
def test_texts_without_a_token_to_predict_are_refused(
    base: Path, rows: Path, tmp_path: Path, text: str, message: str
) -> None:
    file = tmp_path / "short.txt"
    file.write_text(text, "utf-8")
    with pytest.raises(InputError, match=message):
        trainer(base, rows, tmp_path / "a", keep_dataset=file)


# Fewer ranks


def random_adapter(rank: int) -> Adapter:
    drawn = torch.Generator().manual_seed(0)
    shapes = {"layers.0.mlp.up_proj": (24, 40), "layers.1.self_attn.q_proj": (24, 8)}
    weights = {
        name: (torch.randn(rank, inputs, generator=drawn), torch.randn(outputs, rank, generator=drawn))
        for name, (inputs, outputs) in shapes.items()
    }
    return Adapter("a", 2.0, weights)


def test_fewer_ranks_are_the_nearest_there_are() -> None:
    whole = random_adapter(6)
    fewer = truncated(whole, 2)
    assert (fewer.rank, fewer.scaling, fewer.name) == (2, 2.0, "a")
    for name, (a, b) in whole.weights.items():
        u, values, v = torch.linalg.svd(b @ a, full_matrices=False)
        nearest = u[:, :2] * values[:2] @ v[:2]
        shorter_a, shorter_b = fewer.weights[name]
        assert torch.allclose(shorter_b @ shorter_a, nearest, atol=1e-4)


def test_as_many_ranks_change_nothing() -> None:
    whole = random_adapter(3)
    for rank in (3, 8):
        assert truncated(whole, rank).weights == whole.weights


@pytest.mark.parametrize(("inputs", "outputs"), [(40, 3), (3, 40), (2, 2)])
def test_maps_that_are_smaller_than_the_rank(inputs: int, outputs: int) -> None:
    a, b = torch.randn(8, inputs), torch.randn(outputs, 8)
    shorter_a, shorter_b = truncated(Adapter("a", 1.0, {"layers.0.mlp.up_proj": (a, b)}), 4).weights[
        "layers.0.mlp.up_proj"
    ]
    assert (shorter_a.shape, shorter_b.shape) == ((4, inputs), (outputs, 4))
    assert torch.allclose(shorter_b @ shorter_a, b @ a, atol=1e-4)


def test_a_map_that_adds_nothing_can_still_learn() -> None:
    """As each does before the first step: b is zero and a is not."""
    a, b = torch.randn(8, 20), torch.zeros(10, 8)
    shorter_a, shorter_b = truncated(Adapter("a", 1.0, {"layers.0.mlp.up_proj": (a, b)}), 4).weights[
        "layers.0.mlp.up_proj"
    ]
    assert not shorter_b.any()
    assert (shorter_a.norm(dim=1) > 0.5).all()


def test_a_training_goes_on_with_fewer_ranks_but_not_with_more(base: Path, rows: Path, tmp_path: Path) -> None:
    first = trainer(base, rows, tmp_path / "a", LoraConfig(r=4, lora_alpha=8), validation_dataset=rows)
    first.train(quiet)
    reached = losses(tmp_path / "a")[-1][3]
    second = trainer(base, rows, tmp_path / "b", LoraConfig(r=2), validation_dataset=rows, start_from=tmp_path / "a")
    beginning = losses(tmp_path / "a")[0][1]
    assert reached is not None
    assert second._evaluate(checkpoint.Progress("")) < (reached + beginning) / 2
    assert read_adapter(second.train(quiet)).rank == 2
    with pytest.raises(SettingsError, match="maps of rank 4, and 8 is wanted"):
        trainer(base, rows, tmp_path / "c", LoraConfig(r=8), start_from=tmp_path / "a")
    other = LoraConfig(r=2, target_modules=["q_proj"])
    with pytest.raises(SettingsError, match="other maps"):
        trainer(base, rows, tmp_path / "d", other, start_from=tmp_path / "a")


def test_without_a_shape_it_has_that_of_the_adapter_it_goes_on_from(base: Path, rows: Path, tmp_path: Path) -> None:
    trainer(base, rows, tmp_path / "a", LoraConfig(r=2), num_train_epochs=1).train(quiet)
    second = Trainer(str(base), rows, output_dir=tmp_path / "b", start_from=tmp_path / "a", **FAST)
    assert read_adapter(second.train(quiet)).rank == 2
    assert Trainer(str(base), rows, output_dir=tmp_path / "c", **FAST)._config == LoraConfig()


def test_another_base_than_that_of_the_adapter_is_told_before_it_is_loaded(
    base: Path, rows: Path, tmp_path: Path
) -> None:
    trainer(base, rows, tmp_path / "a", LoraConfig(r=2), num_train_epochs=1).train(quiet)
    other = shutil.copytree(base, tmp_path / "other")
    (other / "model.safetensors").write_text("loading this would fail")
    with pytest.raises(UnsupportedModelError, match="trained on other weights"):
        Trainer(str(other), rows, output_dir=tmp_path / "b", start_from=tmp_path / "a", **FAST)


def test_what_it_went_on_from_is_not_needed_to_the_end(base: Path, rows: Path, tmp_path: Path) -> None:
    first = Trainer(str(base), rows, output_dir=tmp_path / "a", **FAST).train(quiet)
    began = hashlib.sha256((first / "adapter_model.safetensors").read_bytes()).hexdigest()
    second = Trainer(str(base), rows, output_dir=tmp_path / "b", start_from=first, **FAST)
    out = second.train(lambda _: shutil.rmtree(first, ignore_errors=True))
    assert json.loads((out / "training.json").read_text())["start"] == {"adapter": "a", "sha256": began}
    assert f"from the adapter a (`{began}`)" in (out / "README.md").read_text()

"""A training of a moment, and what it leaves behind."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from core.lora.adapter import read_adapter
from core.lora.config import LoraConfig
from core.lora.trainer import Report, Trainer
from tests.unit.core.training_fakes import write_rows

SHAPE = LoraConfig(r=4, lora_alpha=8, lora_dropout=0.1)
FAST: dict[str, Any] = {"per_device_train_batch_size": 4, "num_train_epochs": 2, "learning_rate": 0.01}


def weather(path: Path) -> Path:
    """Thirty rows."""
    words = ("sun", "rain", "fog", "snow and more snow")
    lines = [
        {"task": "dry", "prompt": f"{words[n % 4]} {n}?", "completion": "yes" if n % 4 == 0 else "no"}
        for n in range(30)
    ]
    return write_rows(path, lines)


def trainer(base: Path, rows: Path, out: Path, config: LoraConfig = SHAPE, **options: Any) -> Trainer:
    return Trainer(str(base), rows, config, output_dir=out, **(FAST | options))


def quiet(_: Report) -> None:
    """No progress bar."""


def losses(folder: Path) -> list[tuple[int, float, float, float | None]]:
    lines = map(json.loads, (folder / "history.jsonl").read_text().splitlines())
    return [(line["step"], line["loss"], line["lr"], line.get("validation_loss")) for line in lines]


def assert_same(one: Path, other: Path) -> None:
    """The same losses at each step, and the same adapter, but for one step of bf16."""
    assert [row[0] for row in losses(one)] == [row[0] for row in losses(other)]
    for ours, theirs in zip(losses(one), losses(other), strict=True):
        assert ours == pytest.approx(theirs, abs=1e-6)
    ours, theirs = read_adapter(one).weights, read_adapter(other).weights
    assert ours.keys() == theirs.keys()
    pairs = [pair for name in ours for pair in zip(ours[name], theirs[name], strict=True)]
    assert all(torch.allclose(a, b, atol=1e-6, rtol=2**-7) for a, b in pairs)


def losses_so_far(folder: Path) -> list[str]:
    path = folder / "history.jsonl"
    return path.read_text().splitlines() if path.is_file() else []


class Ended(Exception):
    """Whatever may end a training."""

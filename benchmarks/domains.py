"""The domain adapters: every one on every domain's tests, what general text loses by them, and how fast they are trained.

Verdicts are kept as by ``r1 evaluate``, so that a run that was stopped goes on where it was.
"""

import json
import statistics
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from rich.progress import track

from apps.evaluation import Cell, all_cells, run_cells, shipped_adapters
from benchmarks.common import data_folder, report, show, skip
from benchmarks.tasks import plain_text
from benchmarks.training import train_speedup
from core.hub import ModelHub
from core.lora.adapter import read_adapter
from core.lora.evaluation import TaskScore
from core.model.layer import Step
from core.model.load import LoadedModel, load_model
from core.settings import Settings, load_settings

_PIECE, _PIECES = 2_048, 4  # tokens of a text that is read in one go, and how many
_SEGMENT = 1_024
_EXAM = "mmlu"  # told apart: a model of this size is near chance
_COLUMNS = ["domain", "task", "n", "metric", "majority", "constant", "SVM", "base", "adapter", "score", "95% - base"]


def main() -> None:
    """Measures whatever is here: without adapters only the training."""
    settings, data = load_settings(), data_folder()
    figures: dict[str, Any] = {}
    rows: list[list[str]] = []
    adapters = shipped_adapters()
    if adapters:
        cells = all_cells(adapters, data, None)
        scores = run_cells(settings, cells)
        rows = [_row(cell, score) for cell, score in zip(cells, scores, strict=True)]
        figures = _own_scores(cells, scores) | _forgetting(settings, data, adapters)
    else:
        skip("domain adapters", "there is none in adapters/domains")
    mixes = sorted((data / "domains").glob("*/mix.train.jsonl"))
    if mixes:
        folder = ModelHub(settings.home).folder(settings.model)
        speedup, speeds = train_speedup(settings.model, folder, mixes[0])
        show("Training", ["side", "speed", "tokens"], speeds)
        figures["train_speedup"] = round(speedup, 2)
    else:
        skip("training", "R1_DATA has no domains/*/mix.train.jsonl")
    report("domains", f"{settings.model}; every adapter on every domain", _COLUMNS, rows, figures)


def _row(cell: Cell, score: TaskScore) -> list[str]:
    low, high = score.intervals.difference
    svm = score.baselines.svm
    return [
        *(cell.domain, score.task, str(score.n), score.metric),
        *(f"{value:.3f}" for value in (score.baselines.majority, score.baselines.constant)),
        "-" if svm is None else f"{svm:.3f}",
        *(f"{score.base:.3f}", cell.name, f"{score.adapter:.3f}", f"{low:+.3f} to {high:+.3f}"),
    ]


def _own_scores(cells: Sequence[Cell], scores: Sequence[TaskScore]) -> dict[str, float]:
    """Each adapter on its own domain's tasks, and its mean gain over the base on those with labels."""
    figures: dict[str, float] = {}
    gains: dict[str, list[float]] = defaultdict(list)
    for cell, score in zip(cells, scores, strict=True):
        if cell.name == cell.domain:
            exam = score.task == _EXAM
            figures[f"{_EXAM}_{cell.domain}" if exam else score.task] = round(score.adapter, 4)
            if not exam:
                gains[cell.domain].append(score.adapter - score.base)
    return figures | {f"gain_{domain}": round(statistics.mean(values), 4) for domain, values in gains.items()}


def _forgetting(settings: Settings, data: Path, adapters: Sequence[Path]) -> dict[str, float]:
    """Perplexity on general text with each adapter, over that without."""
    folder = ModelHub(settings.home).folder(settings.model)
    loaded = load_model(folder, precision=settings.precision, threads=settings.threads)
    pieces = _general_text(loaded, data)
    base = _loss(loaded, pieces, -1, "general text, base")
    ratios = {}
    for adapter in adapters:
        loaded.decoder.adapt(0, read_adapter(adapter).scaled())
        loss = _loss(loaded, pieces, 0, f"general text, {adapter.name}")
        ratios[f"ppl_ratio_{adapter.name}"] = round(float((loss - base).exp()), 4)
    return ratios


def _general_text(loaded: LoadedModel, data: Path) -> list[torch.Tensor]:
    """Answers of Stack Exchange, one after the other; a generated text where these are absent."""
    path, count = data / "faq" / "stackfaq" / "docs.jsonl", _PIECE * _PIECES
    if path.is_file():
        threads = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        text = "\n\n".join(f"{thread['question']}\n\n" + "\n\n".join(thread["answers"]) for thread in threads)
        ids = loaded.tokenizer(text, add_special_tokens=False)["input_ids"][:count]
    else:
        skip("natural text", "R1_DATA has no faq/stackfaq/docs.jsonl; a generated one is read")
        ids = plain_text(loaded.tokenizer, count)
    return list(torch.tensor(ids).split(_PIECE))


def _loss(loaded: LoadedModel, pieces: Sequence[torch.Tensor], slot: int, what: str) -> torch.Tensor:
    """Mean negative log-probability of a token."""
    decoder, losses = loaded.decoder, []
    for ids in track(pieces, what):
        memory = decoder.new_memory(len(ids))
        for part, following in zip(ids[:-1].split(_SEGMENT), ids[1:].split(_SEGMENT), strict=True):
            scores = decoder.scores(decoder.forward([Step(part, memory, "everything", slot)])).float()
            losses.append(torch.nn.functional.cross_entropy(scores, following.to(scores.device), reduction="none"))
    return torch.cat(losses).mean()


if __name__ == "__main__":
    main()

"""The domain adapters: each on every domain's tests, forgetting on general text, and training speed.

Verdicts and losses are cached in ``R1_HOME``, so that an interrupted run resumes where it stopped. ``python -m
benchmarks.domains 20`` takes 20 questions per task and one short round of training, and stores no result.
"""

import json
import math
import statistics
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from apps.commands.evaluate import Cell, all_cells, open_evaluator, run_cells
from benchmarks.common import data_folder, read_jsonl, report, show, skip
from benchmarks.training import train_speedup
from core.engine.open import SHIPPED_ADAPTERS
from core.engine.runner import adapter_folders
from core.hub import ModelHub
from core.lora.evaluation import TaskScore
from core.settings import Settings, load_settings

_EXAM = "mmlu"  # reported separately: a model of this size is near chance
_COLUMNS = ["domain", "task", "n", "metric", "majority", "constant", "SVM", "base", "adapter", "score", "95% - base"]


def main() -> None:
    """Measures the adapters that ship with the suite, and training if there is data for it."""
    settings, data = load_settings(), data_folder()
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else None
    adapters = adapter_folders(SHIPPED_ADAPTERS)
    cells = all_cells(adapters, data, limit)
    scores = run_cells(settings, cells)
    rows = [_row(cell, score) for cell, score in zip(cells, scores, strict=True)]
    figures: dict[str, Any] = _own_scores(cells, scores) | _forgetting(settings, data, adapters)
    mixes = sorted((data / "domains").glob("*/mix.train.jsonl"))
    if mixes:
        folder = ModelHub(settings.home).folder(settings.model)
        speedup, speeds = train_speedup(settings.model, folder, mixes[0], rounds=3 if limit is None else 1)
        show("Training", ["side", "speed", "tokens"], speeds)
        figures["train_speedup"] = round(speedup, 2)
    else:
        skip("training", "R1_DATA has no domains/*/mix.train.jsonl")
    title = f"{settings.model}; every adapter on every domain"
    if limit is None:
        report("domains", title, _COLUMNS, rows, figures)
    else:
        show(title, _COLUMNS, rows)
        print(json.dumps(figures))


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
    """How much worse each adapter predicts general text: its perplexity / the base's - 1, the worst text counting."""
    evaluator = open_evaluator(settings)
    rows, worst = [], dict.fromkeys((adapter.name for adapter in adapters), -1.0)
    for name, text in _general_texts(data).items():
        base = evaluator.loss(None, text)
        for adapter in adapters:
            print(f"general text: {name}, {adapter.name}", file=sys.stderr)
            loss = evaluator.loss(adapter, text)
            worst[adapter.name] = max(worst[adapter.name], math.exp(loss - base) - 1)
            rows.append([name, adapter.name, f"{math.exp(base):.2f}", f"{math.exp(loss):.2f}"])
    show("Perplexity on general text", ["text", "adapter", "base", "with adapter"], rows)
    figures = {f"forgetting_{name}": round(value, 4) for name, value in worst.items()}
    return figures | {"forgetting": max(figures.values())}


def _general_texts(data: Path) -> dict[str, str]:
    """Prose that no adapter was trained on: from Python's bundled documentation, and from R1_DATA."""
    from pydoc_data.topics import topics

    paragraphs = [part for topic in sorted(topics) for part in str(topics[topic]).split("\n\n")]
    prose = [" ".join(part.split()) for part in paragraphs if len(part) > 200 and not part.startswith(" ")]
    texts = {"Python's documentation": "\n\n".join(prose)}
    path = data / "faq" / "stackfaq" / "docs.jsonl"
    if path.is_file():
        answers = [f"{thread['question']}\n\n" + "\n\n".join(thread["answers"]) for thread in read_jsonl(path)]
        texts["Stack Exchange"] = "\n\n".join(answers)
    else:
        skip("Stack Exchange as general text", "R1_DATA has no faq/stackfaq/docs.jsonl")
    return texts


if __name__ == "__main__":
    main()

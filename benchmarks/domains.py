"""The domain adapters: each on every domain's tests, forgetting on general text, and training speed.

Verdicts and losses are cached in ``R1_HOME``, so that an interrupted run resumes where it stopped. ``python -m
benchmarks.domains NAME...`` measures only these adapters or tasks, ``baselines``, ``forgetting`` or ``training``; the
rest of the results stays as it was, each with its own date. ``--limit 20`` takes 20 questions per task, and stores no
result.
"""

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from apps.commands.evaluate import Cell, all_cells, open_evaluator, run_cells
from benchmarks.common import Kept, data_folder, read_jsonl, show, skip
from benchmarks.domain_rows import training_files
from benchmarks.training import train_speedup
from core.download import sha256_of
from core.engine.open import SHIPPED_ADAPTERS
from core.engine.request import Message
from core.engine.runner import adapter_folders
from core.hub import ModelHub
from core.lora.adapter import WEIGHTS
from core.lora.evaluation import measure_baselines
from core.lora.metrics import metric_of
from core.lora.rows import Row
from core.settings import Settings, load_settings

_EXAM = "mmlu"  # reported separately: a model of this size is near chance
_COLUMNS = ("domain", "task", "n", "metric", "by", "score", "base", "95% - base", "weights")
_OTHER = ("baselines", "forgetting", "training")


def main() -> None:
    """Measures the adapters that ship with the suite, and training if there is data for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--limit", type=int)
    given = parser.parse_args()
    settings, data, adapters = load_settings(), data_folder(), adapter_folders(SHIPPED_ADAPTERS)
    cells = all_cells(adapters, data, given.limit)
    tasks = {_task(cell) for cell in cells}
    if unknown := set(given.names) - {*_OTHER, *tasks, *(adapter.name for adapter in adapters)}:
        sys.exit(f"Not known: {', '.join(sorted(unknown))}.")
    chosen = set(given.names) or {*_OTHER, *(adapter.name for adapter in adapters)}
    kept = Kept("domains", f"{settings.model}; every adapter on every domain", columns=_COLUMNS)
    if "baselines" in chosen:
        _baselines(kept, cells[:: len(adapters)], data)
    _scores(kept, settings, [cell for cell in cells if _is_chosen(cell, chosen, tasks)])
    if "forgetting" in chosen:
        _forgetting(kept, settings, data, [each for each in adapters if each.name in chosen] or adapters)
    if "training" in chosen and given.limit is None:
        _training(kept, settings, data)
    if given.limit is None:
        kept.write()
    kept.report()


def _task(cell: Cell) -> str:
    return cell.questions[0].task


def _is_chosen(cell: Cell, chosen: set[str], tasks: set[str]) -> bool:
    """Whether both its adapter and its task are meant; where none of a kind is named, all are."""
    named = chosen & tasks, chosen - tasks - set(_OTHER)
    return bool(any(named) and _task(cell) in (named[0] or tasks) and cell.name in (named[1] or {cell.name}))


def _baselines(kept: Kept, cells: Sequence[Cell], data: Path) -> None:
    """Baselines of each task; with a second SVM where the domain's adapter learnt from further rows of it."""
    files, part = training_files(data / "domains"), kept.part("baselines")
    for cell in cells:
        scores, task = measure_baselines(cell.questions, cell.rows), _task(cell)
        by = {"commonest answer": scores.majority, "constant answer": scores.constant, "SVM, mix": scores.svm}
        if further := _further_rows(cell, files):
            by["SVM, all rows"] = measure_baselines(cell.questions, (*cell.rows, *further)).svm
            part.figures[f"svm_{task}"] = round(by["SVM, all rows"] or 0.0, 4)
        metric = metric_of([question.completion for question in cell.questions])
        for name, value in by.items():
            if value is not None:
                part.rows.append([*(cell.domain, task, str(len(cell.questions)), metric, name), f"{value:.3f}", *"---"])


def _further_rows(cell: Cell, files: dict[str, list[dict[str, Any]]]) -> list[Row]:
    """The rows of a task that its domain's adapter learnt from beside the mix, each once."""
    seen = {(row.messages[-1].content, row.completion) for row in cell.rows}
    learnt = dict.fromkeys(
        (row["prompt"], row["completion"])
        for name, rows in files.items()
        for row in rows
        if name.startswith(f"{cell.domain}.") and name.endswith(".train") and row["task"] == _task(cell)
    )
    return [
        Row("", 0, _task(cell), (Message("user", prompt),), completion)
        for prompt, completion in learnt
        if (prompt, completion) not in seen
    ]


def _scores(kept: Kept, settings: Settings, cells: Sequence[Cell]) -> None:
    """Each adapter on each task, as a part of its own."""
    for cell, score in zip(cells, run_cells(settings, cells) if cells else [], strict=True):
        low, high = score.intervals.difference
        part = kept.part(f"{cell.name}, {cell.domain} {score.task}")
        weights = sha256_of(cell.adapter / WEIGHTS)[:8] if cell.adapter else "-"
        values = f"{score.adapter:.3f}", f"{score.base:.3f}", f"{low:+.3f} to {high:+.3f}"
        part.rows.append([*(cell.domain, score.task, str(score.n), score.metric, cell.name), *values, weights])
        if cell.name == cell.domain:
            part.figures[f"{_EXAM}_{cell.domain}" if score.task == _EXAM else score.task] = round(score.adapter, 4)


def _forgetting(kept: Kept, settings: Settings, data: Path, adapters: Sequence[Path]) -> None:
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
    for name, value in worst.items():
        kept.part(f"{name}, general text").figures[f"forgetting_{name}"] = round(value, 4)
    forgotten = [value for name, value in kept.figures.items() if value is not None and name.startswith("forgetting_")]
    kept.part("general text").figures["forgetting"] = max(forgotten)


def _training(kept: Kept, settings: Settings, data: Path) -> None:
    mixes = sorted((data / "domains").glob("*/mix.train.jsonl"))
    if not mixes:
        skip("training", "R1_DATA has no domains/*/mix.train.jsonl")
        return
    folder = ModelHub(settings.home).folder(settings.model)
    speedup, speeds = train_speedup(settings.model, folder, mixes[0], rounds=3)
    show("Training", ["side", "speed", "tokens"], speeds)
    kept.part("training").figures["train_speedup"] = round(speedup, 2)


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

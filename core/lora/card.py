"""The files next to a trained adapter: its recipe, its model card and its curves."""

import hashlib
import importlib.metadata
import json
import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
import yaml

from ..download import sha256_of
from ..files import storage_errors
from ..hub import verified_hashes
from .adapter import WEIGHTS, Adapter, write_adapter
from .checkpoint import Progress
from .config import LoraConfig, Recipe
from .plot import curves
from .rows import RowFile

RECORD = "training.json"


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """Everything that determines a training's result.

    Attributes:
        base, base_folder: the model as requested, by name or by folder, and its folder.
        config, recipe: the adapter's shape, and how it is trained.
        train, validation: the rows.
        dtype, device: number format and device of the computation.
        licence: of the adapter; empty if not stated.
        terms: file of terms that get their own tokens; None without terms.
        start: folder of the adapter that training starts from; None if from scratch.
        kept: texts on which the adapter must predict like the base.
        settings: all of these but the licence, for JSON. Built at once: files may be gone or changed by the end.
    """

    base: str
    base_folder: Path
    config: LoraConfig
    recipe: Recipe
    train: tuple[RowFile, ...]
    validation: tuple[RowFile, ...]
    dtype: str
    device: str
    licence: str
    terms: RowFile | None
    start: Path | None
    kept: tuple[RowFile, ...]
    settings: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        files = {"train": self.train, "validation": self.validation}
        settings = {
            "base": self.base_name,
            "base_sha256": weights_sha256(self.base_folder),
            "lora": asdict(self.config),
            "recipe": asdict(self.recipe),
            "precision": self.dtype,
            "device": self.device,
            **{key: [_described(file) for file in value] for key, value in files.items()},
            **({} if self.terms is None else {"terms": _described(self.terms)}),
            **({} if self.start is None else {"start": _started(self.start)}),
            **({"kept": [_described(file) for file in self.kept]} if self.kept else {}),
        }
        object.__setattr__(self, "settings", settings)

    @property
    def base_name(self) -> str:
        """The base's name in the card: for a folder only its last part, since the path means nothing elsewhere."""
        return self.base_folder.resolve().name if self._is_folder else self.base

    @property
    def base_place(self) -> str:
        """Where peft finds the base from any working directory: its name, or the absolute path of a folder."""
        return str(self.base_folder.resolve()) if self._is_folder else self.base

    @property
    def _is_folder(self) -> bool:
        return Path(self.base) == self.base_folder

    def fingerprint(self) -> str:
        """SHA-256 of the settings, except for how often checkpoints are written."""
        recipe = {name: value for name, value in self.settings["recipe"].items() if name != "save_steps"}
        settings = {**self.settings, "recipe": recipe}
        return hashlib.sha256(json.dumps(settings, sort_keys=True, default=list).encode()).hexdigest()


def weights_sha256(folder: Path) -> str:
    """One SHA-256 for all safetensors files of a model's folder; those of a pulled model are known."""
    known = verified_hashes(folder)
    digests = [known.get(path.name) or sha256_of(path) for path in sorted(folder.glob("*.safetensors"))]
    return hashlib.sha256(" ".join(digests).encode()).hexdigest()


def write_results(
    folder: Path,
    adapter: Adapter,
    record: TrainingRecord,
    progress: Progress,
    history: Sequence[dict[str, Any]],
    early: str,
) -> None:
    """Writes the adapter, ``training.json``, ``README.md`` and ``training.svg`` into a folder.

    Args:
        early: why training ended before its last step; empty if it did not.

    Raises:
        StorageError: the folder cannot be written to.
    """
    results = {
        "steps": progress.step,
        "kept_step": progress.best_step or progress.step,
        "validation_loss": progress.best,
        "last_loss": history[-1]["loss"] if history else None,
        "tokens": progress.tokens,
        "seconds": round(progress.seconds, 1),
        "tokens_per_s": round(progress.tokens / progress.seconds, 1),
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": f"{platform.system()} {platform.machine()}, {record.device}, {torch.get_num_threads()} threads",
        "versions": {name: importlib.metadata.version(name) for name in ("torch", "transformers", "peft")},
    }
    whole = {**record.settings, "licence": record.licence, "results": results}
    with storage_errors(folder):
        (folder / RECORD).write_text(json.dumps(whole, indent=1, default=list) + "\n", "utf-8")
        (folder / "README.md").write_text(_card(adapter.name, record, results, early), "utf-8")
        (folder / "training.svg").write_text(curves(history), "utf-8")
        write_adapter(adapter, folder, record.base_place)


def _described(file: RowFile) -> dict[str, Any]:
    return {"file": file.name, "rows": len(file.rows), "sha256": file.sha256}


def _started(folder: Path) -> dict[str, str]:
    """The adapter that training started from: its name, and the SHA-256 of its weights."""
    return {"adapter": folder.name, "sha256": sha256_of(folder / WEIGHTS)}


def _card(name: str, record: TrainingRecord, results: dict[str, Any], early: str) -> str:
    """A model card in Hugging Face's format (https://huggingface.co/docs/hub/model-cards)."""
    head = {"base_model": record.base_name, "library_name": "peft"}
    head |= {"license": record.licence} if record.licence else {}
    tasks = Counter(row.task for file in record.train for row in file.rows if row.task)
    learnt = ", ".join(f"{task} ({count})" for task, count in tasks.most_common())
    files = [
        f"| {file.name} | {use} | {len(file.rows)} | `{file.sha256}` |"
        for use, part in (
            ("training", record.train),
            ("validation", record.validation),
            ("held to the base", record.kept),
            ("tokens", () if record.terms is None else (record.terms,)),
        )
        for file in part
    ]
    recipe = {**asdict(record.config), **asdict(record.recipe), "precision": record.dtype}
    start = record.settings.get("start")
    validation = results["validation_loss"]
    kept = ""
    if validation is not None:
        kept = f", {validation:.4f} on the validation rows after step {results['kept_step']}"
    return "\n".join(
        [
            "---",
            yaml.safe_dump(head, sort_keys=False, allow_unicode=True).rstrip(),
            "---",
            "",
            f"# {name}",
            "",
            f"A low-rank adapter of {record.base_name}, trained with R1 Suite on {results['date']}.",
            f"SHA-256 of that model's weights: `{record.settings['base_sha256']}`.",
            f"Licence: {record.licence or 'not stated'}.",
            *([f"Its training started from the adapter {start['adapter']} (`{start['sha256']}`)."] if start else []),
            *([f"Tasks, with their training rows: {learnt}."] if learnt else []),
            "",
            "## Data",
            "",
            "| File | Use | Rows | SHA-256 |",
            "| --- | --- | --- | --- |",
            *files,
            "",
            "## Recipe",
            "",
            "| Setting | Value |",
            "| --- | --- |",
            *[f"| {key} | {value} |" for key, value in recipe.items()],
            "",
            "Loss on the answers only (for plain texts on all tokens), AdamW, cosine schedule with warm-up; batches "
            "mostly of one task and of similar length. Dropout leaves out columns of A (https://arxiv.org/abs/2404.09610).",
            "",
            "## Result",
            "",
            f"Loss per token in nats: {_loss(results['last_loss'])} in the last step{kept}.",
            f"{results['steps']} steps, {results['tokens']:,} tokens, {results['seconds']:.0f} s, "
            f"{results['tokens_per_s']:.0f} tokens/s on {results['machine']}.",
            *([f"{early}."] if early else []),
            "",
            "![Curves](training.svg)",
            "",
            "A language model can be wrong. What this adapter answers is not professional advice.",
            "",
        ]
    )


def _loss(value: float | None) -> str:
    return "not kept" if value is None else f"{value:.4f}"

"""The history of a running training, and the list of recent trainings, both shown on the page /train."""

import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..files import replacing, storage_errors

_log = logging.getLogger(__name__)

HISTORY = "history.jsonl"
_KNOWN = "trainings.txt"  # in R1_HOME, one folder per line, the newest last
_MOST = 20


@dataclass(frozen=True, slots=True)
class Report:
    """The state of a training after a step.

    Attributes:
        step, steps: done, and in total.
        epoch: epochs done, including the fraction of the current one.
        loss: mean over the step's learnt tokens, in nats.
        drift: mean divergence from the base over the step's tokens of kept texts, in nats; None without any.
        validation_loss: the loss on the validation rows, if they were evaluated after this step.
        learning_rate: of the step.
        tokens_per_s: over the last steps, counting full rows without padding.
        seconds_left: until the last step, unless training ends early.
    """

    step: int
    steps: int
    epoch: float
    loss: float
    drift: float | None
    validation_loss: float | None
    learning_rate: float
    tokens_per_s: float
    seconds_left: float


def note(folder: Path, done: Report) -> None:
    """Appends a line to ``history.jsonl`` in a training's folder.

    Raises:
        StorageError: the file cannot be written.
    """
    line: dict[str, Any] = {
        "step": done.step,
        "steps": done.steps,
        "epoch": round(done.epoch, 4),
        "loss": done.loss,
        "lr": done.learning_rate,
        "tokens_per_s": round(done.tokens_per_s, 1),
        "seconds_left": round(done.seconds_left),
    }
    measured = {"drift": done.drift, "validation_loss": done.validation_loss}
    line |= {name: value for name, value in measured.items() if value is not None}
    with storage_errors(folder), (folder / HISTORY).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def read_history(folder: Path) -> list[dict[str, Any]]:
    """The lines of ``history.jsonl`` in a training's folder; see :class:`Report`.

    A line truncated by a crash is skipped: the training itself is in its checkpoints.
    """
    path = folder / HISTORY
    lines = path.read_text("utf-8", "replace").splitlines() if path.is_file() else []
    return [line for line in map(_parsed, lines) if line is not None]


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        fields = json.loads(line)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) and fields.keys() >= {"step", "loss", "tokens_per_s"} else None


def remember(home: Path, folder: Path) -> None:
    """Records the folder of a training that begins; if ``home`` is not writable, only the page will not show it."""
    try:
        others = [path for path in reversed(known(home)) if path != folder.resolve()]
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        lines = [f"{path}\n" for path in [*others, folder.resolve()][-_MOST:]]
        with replacing(home / _KNOWN) as partial:
            partial.write_bytes(os.fsencode("".join(lines)))
    except OSError as error:
        _log.warning("/train will not show this training: %s cannot be written (%s)", home, error.strerror)


def known(home: Path) -> list[Path]:
    """The folders of recent trainings that still exist, the newest first."""
    file = home / _KNOWN
    lines = os.fsdecode(file.read_bytes()).splitlines() if file.is_file() else []
    # Path.is_dir raises without permission to look.
    return [Path(line) for line in reversed(lines) if os.path.isdir(line)]  # noqa: PTH112

"""What a training writes down as it runs, and which trainings this machine had, so that a page can follow them."""

import json
from pathlib import Path
from typing import Any

from .checkpoint import storage_errors

HISTORY = "history.jsonl"
_KNOWN = "trainings.txt"  # in R1_HOME, a folder a line, the newest last
_MOST = 20


def read_history(folder: Path) -> list[dict[str, Any]]:
    """The lines of ``history.jsonl`` in a training's folder; see :class:`core.lora.trainer.Report`.

    A line that a crash has cut is left out: the training itself is in its checkpoints.
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
    """Notes the folder of a training that begins.

    Raises:
        StorageError: ``home`` cannot be written.
    """
    others = [path for path in reversed(known(home)) if path != folder.resolve()]
    with storage_errors(home):
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        lines = [str(path) for path in [*others, folder.resolve()][-_MOST:]]
        (home / _KNOWN).write_text("".join(f"{line}\n" for line in lines), "utf-8")


def known(home: Path) -> list[Path]:
    """The folders of the last trainings that are still there, the newest first."""
    file = home / _KNOWN
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    return [path for line in reversed(lines) if (path := Path(line)).is_dir()]

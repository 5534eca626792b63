"""Checkpoints of a training: everything that the next step depends on, written atomically."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout

from ..errors import InputError
from ..files import flush, storage_errors
from .adapter import CONFIG
from .history import HISTORY

_FOLDER = re.compile(r"checkpoint-(\d+)")
_STATE, _TENSORS = "state.json", "state.safetensors"
PARTIAL = ".partial-checkpoint"
"""A checkpoint while it is being written; leftovers from a crash are never read."""
LOCK = ".lock"
"""Held by the process that trains; the system releases it when that process ends for any reason."""
_LOOK_SECONDS = 2.0  # is_running holds the lock for a moment, on a busy machine for a long one
_OWN = {HISTORY, PARTIAL, LOCK}  # files that a training leaves if it ends before its first checkpoint


@dataclass(slots=True)
class Progress:
    """The progress of a training.

    Attributes:
        step: steps done.
        epoch: epochs done.
        batch: batches done in the current epoch.
        best: lowest loss on the validation rows; None before the first evaluation.
        best_step: the step after which it was measured.
        worse: evaluations since then.
        seconds: spent in steps.
        tokens: read in steps.
        reading: seconds taken by the last evaluation on the validation rows; 0 before the first.
        fingerprint: hash of everything that determines the result; only a training with the same one can resume.
    """

    fingerprint: str
    step: int = 0
    epoch: int = 0
    batch: int = 0
    best: float | None = None
    best_step: int = 0
    worse: int = 0
    seconds: float = 0.0
    tokens: int = 0
    reading: float = 0.0

    def ended_early(self, steps: int) -> str:
        """Why a finished training ended before its last step; empty if it did not."""
        if self.step == steps:
            return ""
        why = f"no better validation loss since step {self.best_step}, which is kept"
        if self.best is None:
            why = "the validation loss is not a finite number"
        return f"Ended early at step {self.step} of {steps}: {why}"


def check_free(folder: Path, *, resume: bool) -> None:
    """Checks that a training may write to a folder.

    Raises:
        InputError: its name is not UTF-8, it has other contents, or a stopped training that is not to be resumed.
    """
    try:
        str(folder).encode()
    except UnicodeEncodeError:  # safetensors cannot read such paths
        raise InputError(f"The name {str(folder)!r} is not UTF-8", hint="Name another folder") from None
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is not a folder", hint="Name another")
    if latest(folder) is not None:
        if not resume:
            raise InputError(f"{folder} holds a training that was stopped", hint="Resume it, or name another folder")
        return
    if (folder / CONFIG).exists():
        raise InputError(f"{folder} holds a finished adapter", hint="Name another folder")
    if folder.is_dir() and any(path.name not in _OWN for path in folder.iterdir()):
        raise InputError(f"{folder} holds other files", hint="Name a new folder")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Creates a training's folder and locks it against other trainings. A new folder that stays empty is removed.

    Raises:
        InputError: another training runs there.
        StorageError: the folder cannot be written to.
    """
    lock = FileLock(folder / LOCK)
    with storage_errors(folder):
        new = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=_LOOK_SECONDS)
        except Timeout:
            raise InputError(
                f"Another training runs in {folder}", hint="Wait until it has finished, or choose another folder"
            ) from None
    try:
        yield
    finally:
        (folder / LOCK).unlink(missing_ok=True)
        lock.release()
        if new:
            with suppress(OSError):  # not empty: it holds the result
                folder.rmdir()


def is_running(folder: Path) -> bool:
    """Whether a training runs in a folder, that is, holds its lock.

    Raises:
        OSError: this cannot be determined, since the lock belongs to another user.
    """
    if not (folder / LOCK).is_file():
        return False
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False  # left by a crash


def save(folder: Path, progress: Progress, tensors: dict[str, torch.Tensor]) -> None:
    """Writes ``checkpoint-STEP`` to a folder unless it exists, then removes older ones.

    Args:
        tensors: by name; see :func:`random_state` for the random states.

    Raises:
        StorageError: the folder cannot be written to.
    """
    from safetensors.torch import save_file

    final = folder / f"checkpoint-{progress.step:06}"
    if final.exists():
        return
    with storage_errors(folder):
        partial = folder / PARTIAL
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        save_file({name: value.contiguous() for name, value in tensors.items()}, partial / _TENSORS)
        (partial / _STATE).write_text(json.dumps(asdict(progress), indent=1), "utf-8")
        for file in partial.iterdir():
            flush(file)
        older = _all(folder)
        partial.replace(final)
        for path in older:
            shutil.rmtree(path, ignore_errors=True)


def latest(folder: Path) -> Path | None:
    """The newest checkpoint in a folder; None if there is none."""
    return max(_all(folder), key=lambda path: int(path.name.rpartition("-")[2]), default=None)


def load(path: Path) -> tuple[Progress, dict[str, torch.Tensor]]:
    """Loads a checkpoint written by :func:`save`.

    Raises:
        InputError: it is damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        values: dict[str, Any] = json.loads((path / _STATE).read_text("utf-8"))
        return Progress(**values), load_file(path / _TENSORS)
    except (OSError, ValueError, TypeError, SafetensorError):
        raise InputError(f"The checkpoint {path} is damaged", hint="Remove it and start the training again") from None


def remove(folder: Path) -> None:
    """Removes all checkpoints of a folder."""
    for path in _all(folder):
        shutil.rmtree(path, ignore_errors=True)


def random_state(device: torch.device) -> dict[str, torch.Tensor]:
    """The states of torch's random number generators, which dropout uses."""
    states = {"random.cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["random.cuda"] = torch.cuda.get_rng_state(device)
    return states


def set_random_state(states: dict[str, torch.Tensor], device: torch.device) -> None:
    """Restores the states from :func:`random_state`."""
    torch.set_rng_state(states["random.cpu"])
    if device.type == "cuda" and "random.cuda" in states:
        torch.cuda.set_rng_state(states["random.cuda"], device)


def _all(folder: Path) -> list[Path]:
    return [path for path in folder.glob("checkpoint-*") if _FOLDER.fullmatch(path.name)]

"""Loads a transformers checkpoint into R1's decoder."""

import contextlib
import json
import logging
import signal
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from ..errors import UnsupportedModelError
from ..files import storage_errors
from .decoder import Decoder, check_architecture
from .heap import give_back, hoard_less
from .kernels import compiled, matmul
from .precision import choose_device, choose_precision
from .sparse import TRAINING_FREE, SparsePolicy

NO_CONFIG = "config.json is missing, damaged or of a kind that transformers does not know"
NO_TOKENIZER = "its tokenizer (tokenizer.json) is missing, damaged or of a kind that transformers does not know"
NO_WEIGHTS = "its weights (*.safetensors) are missing, damaged or unlike what config.json says"
"""Reasons for :func:`load_errors`, for the parts of a model's folder."""

_GENERATION = "generation_config.json"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model ready to run.

    Attributes:
        name: the user's name for it.
        decoder: the network.
        tokenizer: its tokenizer.
        stop_ids: tokens that end an answer.
    """

    name: str
    decoder: Decoder
    tokenizer: Any
    stop_ids: frozenset[int]


class Checkpoint(Mapping[str, torch.Tensor]):
    """The tensors of a folder's safetensors files, read lazily.

    A file is reopened for every tensor: an open one would keep everything read from it in memory.

    Raises:
        OSError, SafetensorError: files are absent or damaged.
        ValueError: the index names a file outside the folder.
    """

    def __init__(self, folder: Path) -> None:
        index = folder / "model.safetensors.index.json"
        names = set(json.loads(index.read_text("utf-8"))["weight_map"].values()) if index.is_file() else set()
        if any(Path(name).name != name for name in names):
            raise ValueError(index.name)
        self._file_of: dict[str, Path] = {}
        for name in sorted(names) or ["model.safetensors"]:
            with _opened(folder / name) as file:
                self._file_of |= dict.fromkeys(file.keys(), folder / name)

    def __getitem__(self, name: str) -> torch.Tensor:
        with _opened(self._file_of[name]) as file:
            tensor: torch.Tensor = file.get_tensor(name)
        return tensor

    def __iter__(self) -> Iterator[str]:
        return iter(self._file_of)

    def __len__(self) -> int:
        return len(self._file_of)


def _opened(path: Path) -> Any:
    from safetensors import safe_open

    return safe_open(str(path), "pt")


def load_model(
    folder: Path,
    *,
    name: str = "",
    device: str = "auto",
    precision: str = "auto",
    threads: int = 0,
    context: int | None = None,
    policy: SparsePolicy | None = TRAINING_FREE,
) -> LoadedModel:
    """Loads a folder with ``config.json``, safetensors weights and a tokenizer.

    Args:
        folder: as returned by :meth:`core.hub.ModelHub.folder`.
        name: shown to users; the folder's name if empty.
        device, precision: see :mod:`core.model.precision`.
        threads: processor threads that torch uses in this process; 0 leaves the choice to torch.
        context: longest sequence in tokens, see :class:`core.model.decoder.Decoder`; None for the model's own.
        policy: sparse attention for long sequences; None for dense.

    Raises:
        UnsupportedModelError: an unsupported architecture, or damaged files.
        StorageError: compiled kernels cannot be kept.
    """
    if threads:
        torch.set_num_threads(threads)
    hoard_less()
    target = choose_device(device)
    formats = choose_precision(precision, target)
    with load_errors(folder, NO_CONFIG):
        config = read_config(folder)
    with load_errors(folder, NO_TOKENIZER):
        tokenizer = read_tokenizer(folder, config)
    stop_ids = read_stop_ids(folder, config, tokenizer)
    with load_errors(folder, NO_WEIGHTS):
        decoder = Decoder(config, Checkpoint(folder), formats, policy, target, context)
    loaded = LoadedModel(name or folder.name, decoder, tokenizer, stop_ids)
    if formats.linear == "int8" and not compiled():
        _log.warning("The model's kernels are compiled for this machine; this takes a minute or two, and only once")
    kept = Path(matmul.stats.cache_path)  # of compiled kernels, all in one folder
    with interrupts_kept(), storage_errors(kept, hint="Free some space or set NUMBA_CACHE_DIR to another folder"):
        logits = decoder.warm_up()
    if not logits.isfinite().all():  # otherwise the first token would silently be the likeliest
        raise UnsupportedModelError(
            f"The model in {folder} cannot be loaded: its scores are not finite numbers",
            hint="Its weights are damaged, or need another R1_PRECISION",
        )
    give_back()
    _log.info("%s runs on %s with %s; %d tokens of context", loaded.name, target, formats, decoder.context)
    return loaded


def read_config(folder: Path) -> Any:
    """The fields of a model's config that :class:`Decoder` needs; call within :func:`load_errors`.

    Raises:
        UnsupportedModelError: an unsupported architecture.
    """
    from .llama_config import LlamaConfig

    stated, _ = LlamaConfig.get_config_dict(str(folder), local_files_only=True)
    if stated.get("model_type") != LlamaConfig.model_type:
        return transformers_config(folder)
    config = LlamaConfig.from_pretrained(str(folder), local_files_only=True)
    check_architecture(config)
    return config


def transformers_config(folder: Path) -> Any:
    """The full config, for transformers' own network; otherwise as :func:`read_config`."""
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    check_architecture(config)
    return config


def read_tokenizer(folder: Path, config: Any = None) -> Any:
    """The transformers tokenizer of a model's folder; call within :func:`load_errors`.

    Args:
        folder: of the model.
        config: the model's; read from the folder if None.
    """
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(folder), config=config, local_files_only=True, trust_remote_code=False)


def read_stop_ids(folder: Path, config: Any, tokenizer: Any) -> frozenset[int]:
    """The tokens that end an answer.

    Raises:
        UnsupportedModelError: the file that may name them is damaged.
    """
    ids = [tokenizer.eos_token_id]
    with load_errors(folder, f"{_GENERATION} is damaged"):
        generation = folder / _GENERATION
        configured = json.loads(generation.read_text("utf-8")) if generation.is_file() else {}
        for value in (configured.get("eos_token_id"), getattr(config, "eos_token_id", None)):
            ids += value if isinstance(value, list) else [value]
        return frozenset(int(token) for token in ids if token is not None)


@contextlib.contextmanager
def load_errors(folder: Path, reason: str) -> Iterator[None]:
    """Turns errors from absent, damaged or unsuitable files into one error that names the folder.

    Args:
        folder: of the model.
        reason: the cause to report for such an error.

    Raises:
        UnsupportedModelError: reading the files failed.
    """
    from huggingface_hub.errors import StrictDataclassError
    from safetensors import SafetensorError

    faults = OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError
    try:
        yield
    except UnsupportedModelError as error:
        raise UnsupportedModelError(
            f"The model in {folder} cannot be loaded: {error.message}", hint=error.hint
        ) from error
    except (*faults, SafetensorError, StrictDataclassError) as error:
        raise UnsupportedModelError(
            f"The model in {folder} cannot be loaded: {reason}",
            hint="Create or copy it again; r1 models verify checks a model that was pulled",
        ) from error


@contextlib.contextmanager
def interrupts_kept() -> Iterator[None]:
    """Keeps Ctrl-C from being lost: raised while numba compiles, it may be swallowed or become another error.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    usual, asked = signal.getsignal(signal.SIGINT), False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread() or usual is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, stop)
    try:
        yield
    except Exception as error:
        if asked:
            raise KeyboardInterrupt from error
        raise
    finally:
        signal.signal(signal.SIGINT, usual)
    if asked:
        raise KeyboardInterrupt

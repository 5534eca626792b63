"""Merges an adapter into its base: the resulting checkpoint needs no adapter."""

import json
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import yaml

from ..download import sha256_of
from ..errors import InputError, UnsupportedModelError
from ..files import open_to_readers, storage_errors
from ..model.load import NO_CONFIG, NO_WEIGHTS, Checkpoint, load_errors
from .adapter import CONFIG, DAMAGED, WEIGHTS, Adapter, read_adapter, unreadable
from .card import RECORD, weights_sha256

_log = logging.getLogger(__name__)

_FLOATS = (torch.float32, torch.bfloat16, torch.float16)
_EMBEDDING, _HEAD = "model.embed_tokens.weight", "lm_head.weight"
# Not copied from the base: its weights in all formats, and the files that describe them.
_WEIGHTS = ("*.safetensors", "*.bin", "*.gguf", "*.h5", "*.msgpack", "*.pth", "*.pt", "*.onnx*", "*.ckpt*")
_LEFT = (*_WEIGHTS, "*.index.json", "README.md", "r1-receipt.json", ".*")


def base_name(folder: Path) -> str:
    """The model that an adapter names as its base.

    Raises:
        UnsupportedModelError: the folder is not an adapter, or names no base.
    """
    try:
        name = json.loads((folder / CONFIG).read_text("utf-8")).get("base_model_name_or_path")
    except DAMAGED as error:
        raise unreadable(folder, error) from error
    if not isinstance(name, str) or not name:
        raise UnsupportedModelError(f"The adapter in {folder} names no base", hint="Name it with --model")
    return name


def merge(folder: Path, base: Path, out: Path) -> None:
    """Writes the base with the adapter added to its weights, in the base's own format.

    Sums are computed in fp32 and rounded once. If the adapter adds tokens, their rows are added and its tokenizer is
    copied. A tied output layer stays tied to the embedding. The base's other files are copied, except for weights in
    other formats, which lack the adapter, and the model card.

    Args:
        folder: of the adapter.
        base: folder of the model that it was trained on.
        out: a folder that does not exist, created only when complete, or an empty one, whose ``config.json`` is written
            last.

    Raises:
        InputError: ``out`` is in use.
        UnsupportedModelError: the adapter or the base is damaged, or the base is quantised or not the adapter's.
        StorageError: ``out`` cannot be written to.
    """
    from safetensors.torch import save_file

    left = f".partial-{out.resolve().name}"  # by a merge that was killed
    if (exists := out.exists()) and (not out.is_dir() or any(each.name != left for each in out.iterdir())):
        raise InputError(f"{out} is in use", hint="Name a new folder")
    adapter = read_adapter(folder, with_tokens=True)
    check_trained_on(folder, base)
    with storage_errors(out):
        out = out.resolve()
        # Inside an existing folder, which may be a mount or the working directory and so cannot be replaced.
        partial = (out if exists else out.parent) / left
        shutil.rmtree(partial, ignore_errors=True)
        try:
            shutil.copytree(base, partial, ignore=_left)
            weights = _merged(adapter, base)
            if adapter.tokens is not None:
                _take_vocabulary(folder, partial, len(weights[_EMBEDDING]))
            save_file(weights, partial / "model.safetensors", metadata={"format": "pt"})
            open_to_readers(partial / "model.safetensors")
            (partial / "README.md").write_text(_card(out.name, folder, base), "utf-8")
            if exists:
                for file in sorted(partial.iterdir(), key=lambda file: file.name == "config.json"):
                    file.replace(out / file.name)
            else:
                partial.replace(out)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def _left(folder: str, names: list[str]) -> set[str]:
    """Names not copied from a folder, subfolders included: no model needs them."""
    return shutil.ignore_patterns(*_LEFT)(folder, names) | {name for name in names if Path(folder, name).is_dir()}


def _card(name: str, folder: Path, base: Path) -> str:
    """A model card that names the base and the adapter."""
    base_model = base.resolve().name.replace("--", "/")  # as the hub's folders are named
    head = yaml.safe_dump({"base_model": base_model, "library_name": "transformers"}, sort_keys=False)
    adapter = f"the adapter {folder.resolve().name} (`{sha256_of(folder / WEIGHTS)}`)"
    return (
        f"---\n{head}---\n\n# {name}\n\n{base_model} with {adapter} added to its weights, by R1 Suite.\n"
        f"SHA-256 of {base_model}'s own weights: `{weights_sha256(base)}`.\n\n"
        "The licences of both apply. A language model can be wrong.\n"
    )


def check_trained_on(folder: Path, base: Path) -> None:
    """Compares the base with the one recorded in the adapter's ``training.json``, if it has one.

    Raises:
        UnsupportedModelError: the base is another one, or the file is damaged.
    """
    expected = _base_of(folder)
    if expected is not None and expected != weights_sha256(base):
        raise UnsupportedModelError(
            f"The adapter in {folder} was trained on other weights than those in {base}",
            hint="Use the base that it was trained on; a model that was converted or tuned since is not the same",
        )


def warn_of_other_base(adapters: Sequence[Path], base: Path) -> None:
    """Warns of adapters trained on another base: they run, since the layers fit, but answer worse.

    Raises:
        UnsupportedModelError: an adapter's ``training.json`` is damaged.
    """
    expected = {folder: digest for folder in adapters if (digest := _base_of(folder)) is not None}
    ours = weights_sha256(base) if expected else ""
    for folder in (folder for folder, digest in expected.items() if digest != ours):
        _log.warning("The adapter %s was trained on other weights than those in %s, and fits these less", folder, base)


def _base_of(folder: Path) -> str | None:
    """SHA-256 of the base's weights recorded in an adapter's ``training.json``; None without one."""
    if not (folder / RECORD).is_file():
        return None
    try:
        return str(json.loads((folder / RECORD).read_text("utf-8"))["base_sha256"])
    except DAMAGED:
        raise UnsupportedModelError(f"{folder / RECORD} is damaged") from None


def _take_vocabulary(folder: Path, out: Path, size: int) -> None:
    """Replaces a model's tokenizer by the adapter's."""
    config = json.loads((out / "config.json").read_text("utf-8"))
    (out / "config.json").write_text(json.dumps(config | {"vocab_size": size}, indent=1) + "\n", "utf-8")
    for name in ("vocab.json", "merges.txt", "tokenizer.model", "added_tokens.json", "special_tokens_map.json"):
        (out / name).unlink(missing_ok=True)  # of the base; superseded by tokenizer.json
    for pattern in ("tokenizer*.json", "chat_template.jinja"):
        for path in folder.glob(pattern):
            shutil.copy(path, out)


def _with_rows(weight: torch.Tensor, ids: tuple[int, ...], rows: torch.Tensor) -> torch.Tensor:
    """A vocabulary layer with some rows replaced or added."""
    missing = max(0, max(ids) + 1 - len(weight))
    grown = torch.cat([weight, weight.new_zeros(missing, weight.shape[1])])
    grown[list(ids)] = rows.to(grown.dtype)
    return grown


def _merged(adapter: Adapter, base: Path) -> dict[str, torch.Tensor]:
    """All tensors of the merged model."""
    with load_errors(base, NO_CONFIG):
        config: dict[str, Any] = json.loads((base / "config.json").read_text("utf-8"))
    with load_errors(base, NO_WEIGHTS):
        weights = dict(Checkpoint(base))
    if config.get("quantization_config") is not None or any(value.dtype not in _FLOATS for value in weights.values()):
        raise UnsupportedModelError(
            f"The model in {base} is quantised, and an adapter would be lost in its steps",
            hint="Merge the adapter into the unquantised model, then quantise the result",
        )
    for name, (a, b) in adapter.scaled().items():
        key = f"model.{name}.weight"
        if key not in weights or weights[key].shape != (len(b), a.shape[1]):
            raise UnsupportedModelError(f"The adapter does not fit the model in {base} at {name}")
        weights[key] = (weights[key].float() + b @ a).to(weights[key].dtype)
    if (tokens := adapter.tokens) is not None:
        known, width = weights[_EMBEDDING].shape
        if tokens.embedding.shape[1] != width or max(tokens.ids) >= known + len(tokens.ids):
            raise UnsupportedModelError(f"The adapter's tokens do not fit the model in {base}")
        weights[_EMBEDDING] = _with_rows(weights[_EMBEDDING], tokens.ids, tokens.embedding)
        if _HEAD in weights:
            head = tokens.embedding if tokens.head is None else tokens.head
            weights[_HEAD] = _with_rows(weights[_HEAD], tokens.ids, head)
    return weights

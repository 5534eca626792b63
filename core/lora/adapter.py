"""Adapters in peft's format: a folder with ``adapter_config.json`` and ``adapter_model.safetensors``."""

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..errors import UnsupportedModelError
from ..files import open_to_readers

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
_KEY = re.compile(r"base_model\.model\.(?:model\.)?(layers\.\d+\.[\w.]+)\.lora_([AB])\.weight")
_ROWS = {
    "embed_tokens": "base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta",
    "lm_head": "base_model.model.lm_head.token_adapter.trainable_tokens_delta",
}
_NAME = re.compile(r"[\w.]+")
_MAX_BYTES = 4 << 30
DAMAGED = OSError, ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError, RecursionError
"""Errors from reading an adapter's files that are absent or damaged."""
# Options by which an adapter may do more than add ``b a x``, with the values that do not. Some initialisations change
# the model's own weights when peft loads the adapter.
_PLAIN: dict[str, tuple[Any, ...]] = {
    "use_dora": (False, None),
    "bias": ("none", None),
    "modules_to_save": (None, []),
    "lora_bias": (False, None),
    "init_lora_weights": (True, False, None, "gaussian", "orthogonal", "eva"),
    "alora_invocation_tokens": (None, []),
}


@dataclass(frozen=True, slots=True)
class NewTokens:
    """An adapter's own rows of the embedding and of the output layer.

    Attributes:
        ids: which rows.
        embedding: ``[tokens, hidden]``.
        head: the same for the output layer; None if it is tied to the embedding.
    """

    ids: tuple[int, ...]
    embedding: torch.Tensor
    head: torch.Tensor | None


@dataclass(frozen=True, slots=True)
class Adapter:
    """A low-rank adapter (Hu et al. 2021, https://arxiv.org/abs/2106.09685).

    Attributes:
        name: its name in requests.
        scaling: factor of everything that it adds.
        weights: ``a`` ``[rank, inputs]`` and ``b`` ``[outputs, rank]`` by names such as ``layers.0.self_attn.q_proj``.
        tokens: tokens that it adds to the model's, which then need the tokenizer in the adapter's folder.
    """

    name: str
    scaling: float
    weights: dict[str, tuple[torch.Tensor, torch.Tensor]]
    tokens: NewTokens | None = None

    @property
    def rank(self) -> int:
        """The highest rank of its maps."""
        return max(len(a) for a, _ in self.weights.values())

    def scaled(self) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
        """The weights in fp32, with the factor multiplied into ``b``."""
        return {name: (a.float(), b.float() * self.scaling) for name, (a, b) in self.weights.items()}


def read_adapter(folder: Path, *, with_tokens: bool = False) -> Adapter:
    """Reads a folder written by peft's ``save_pretrained``; the adapter is named after the folder.

    Args:
        with_tokens: whether it may add tokens to the model's, which cannot be served.

    Raises:
        UnsupportedModelError: it is not an adapter, is damaged, or does more than plain LoRA.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        config = json.loads((folder / CONFIG).read_text("utf-8"))
        if (folder / WEIGHTS).stat().st_size > _MAX_BYTES:
            raise UnsupportedModelError(f"The adapter in {folder} is larger than {_MAX_BYTES >> 30} GiB")
        tensors = load_file(folder / WEIGHTS)
        scaling, all_tensors = _scaling(config), list(tensors.values())
        tokens = _new_tokens(config, tensors)
        weights = {name: (a, _times(b, _share(config, name))) for name, (a, b) in _pairs(tensors, folder).items()}
        all_tensors += [b for _, b in weights.values()]
        if not math.isfinite(scaling) or not all(tensor.isfinite().all() for tensor in all_tensors):
            raise UnsupportedModelError(f"The adapter in {folder} holds what is no number", hint="Train it again")
    except (*DAMAGED, SafetensorError) as error:
        raise unreadable(folder, error) from error
    if tokens is not None and not with_tokens:
        raise UnsupportedModelError(
            f"The adapter in {folder} adds tokens to the model",
            hint="Merge it with r1 merge, use the result, and keep this folder out of R1_ADAPTERS",
        )
    return Adapter(folder.name, scaling, weights, tokens)


def unreadable(folder: Path, error: Exception) -> UnsupportedModelError:
    """The error for a folder that is not an adapter, or is damaged."""
    return UnsupportedModelError(
        f"The adapter in {folder} cannot be read ({type(error).__name__})",
        hint=f"It must be a peft folder with {CONFIG} and {WEIGHTS}",
    )


def write_adapter(adapter: Adapter, folder: Path, base: str = "") -> None:
    """Writes a folder that peft's ``PeftModel.from_pretrained`` reads.

    Args:
        base: name of the model that it adapts.
    """
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    tensors = {}
    for name, pair in adapter.weights.items():
        for letter, tensor in zip("AB", pair, strict=True):
            tensors[f"base_model.model.model.{name}.lora_{letter}.weight"] = tensor.contiguous()
    config: dict[str, Any] = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base,
        "r": adapter.rank,
        "lora_alpha": adapter.scaling * adapter.rank,
        "target_modules": sorted({name.rsplit(".", 1)[1] for name in adapter.weights}),
        "rank_pattern": {name: len(a) for name, (a, _) in adapter.weights.items() if len(a) != adapter.rank},
        "alpha_pattern": {
            name: adapter.scaling * len(a) for name, (a, _) in adapter.weights.items() if len(a) != adapter.rank
        },
        "inference_mode": True,
    }
    if adapter.tokens is not None:
        rows = {"embed_tokens": adapter.tokens.embedding, "lm_head": adapter.tokens.head}
        config["trainable_token_indices"] = {
            layer: list(adapter.tokens.ids) for layer, tensor in rows.items() if tensor is not None
        }
        tensors |= {_ROWS[layer]: tensor.contiguous() for layer, tensor in rows.items() if tensor is not None}
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    open_to_readers(folder / WEIGHTS)
    (folder / CONFIG).write_text(json.dumps(config, indent=1) + "\n", "utf-8")


def _scaling(config: dict[str, Any]) -> float:
    """The factor of all maps except those with a pattern."""
    if config["peft_type"] != "LORA":
        raise UnsupportedModelError(f"The adapter is of the kind {config['peft_type']!r}, not LORA")
    for key, plain in _PLAIN.items():
        if config.get(key) not in plain:
            raise UnsupportedModelError(f"The adapter uses {key}, which R1 does not run")
    return _factor(config, config["lora_alpha"], config["r"])


def _factor(config: dict[str, Any], alpha: Any, rank: Any) -> float:
    return float(alpha) / (math.sqrt(float(rank)) if config.get("use_rslora") else float(rank))


def _share(config: dict[str, Any], name: str) -> float:
    """A map's own factor divided by the default one."""
    rank, alpha = _own(config, "rank_pattern", "r", name), _own(config, "alpha_pattern", "lora_alpha", name)
    return _factor(config, alpha, rank) / _factor(config, config["lora_alpha"], config["r"])


def _own(config: dict[str, Any], pattern: str, default: str, name: str) -> Any:
    """A map's value in a pattern, whose keys match the end of its name; peft's regular expressions are rejected."""
    own = config.get(pattern) or {}
    if odd := [key for key in own if not _NAME.fullmatch(key)]:
        raise UnsupportedModelError(f"The adapter has {odd[0]!r} in its {pattern}, which R1 does not run")
    return next((value for key, value in own.items() if f".model.{name}".endswith(f".{key}")), config[default])


def _times(b: torch.Tensor, share: float) -> torch.Tensor:
    return b if share == 1 else b.float() * share


def _new_tokens(config: dict[str, Any], tensors: dict[str, torch.Tensor]) -> NewTokens | None:
    """Removes the rows of an adapter's own tokens from its tensors and returns them."""
    value = config.get("trainable_token_indices") or {}
    ids = {
        layer: tuple(map(int, each))
        for layer, each in (value if isinstance(value, dict) else {"embed_tokens": value}).items()
    }
    rows = {layer: tensors.pop(key) for layer, key in _ROWS.items() if key in tensors}
    if not ids and not rows:
        return None
    places = ids.get("embed_tokens", ())
    if rows.keys() != ids.keys() or {*ids.values()} != {places} or not places or min(places) < 0:
        raise UnsupportedModelError("The adapter trains tokens in a way that R1 does not run")
    if any(tensor.shape != (len(places), rows["embed_tokens"].shape[-1]) for tensor in rows.values()):
        raise UnsupportedModelError("The adapter lacks weights of its tokens")
    return NewTokens(places, rows["embed_tokens"], rows.get("lm_head"))


def _pairs(tensors: dict[str, torch.Tensor], folder: Path) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    halves: dict[str, dict[str, torch.Tensor]] = {}
    for key, tensor in tensors.items():
        match = _KEY.fullmatch(key)
        if match is None or tensor.dim() != 2:
            raise UnsupportedModelError(f"The adapter in {folder} holds {key}, which R1 does not run")
        halves.setdefault(match[1], {})[match[2]] = tensor
    if not halves or any(len(pair) != 2 for pair in halves.values()):
        raise UnsupportedModelError(f"The adapter in {folder} lacks weights")
    return {name: (pair["A"], pair["B"]) for name, pair in halves.items()}

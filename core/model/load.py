"""Loads a transformers checkpoint to run as R1."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..errors import UnsupportedModelError
from . import attention
from .precision import choose_device, choose_dtype

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model ready to run.

    Attributes:
        name: what the user called it.
        model: transformers causal language model, in evaluation mode.
        tokenizer: its tokenizer.
        context_length: tokens that prompt and answer may have together.
        stop_ids: tokens that end an answer.
    """

    name: str
    model: Any
    tokenizer: Any
    context_length: int
    stop_ids: frozenset[int]


def load_model(
    folder: Path, *, name: str = "", device: str = "auto", precision: str = "auto", threads: int = 0
) -> LoadedModel:
    """Loads a folder with ``config.json``, safetensors weights and a tokenizer.

    Args:
        folder: as :meth:`core.hub.ModelHub.folder` returns it.
        name: shown to users; the folder's name when empty.
        device, precision: see :mod:`core.model.precision`.
        threads: processor threads that torch uses in this process; 0 leaves the choice to torch.

    Raises:
        UnsupportedModelError: not a causal language model that transformers knows, or damaged files.
    """
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging as transformers_logging

    attention.register()
    if threads:
        torch.set_num_threads(threads)
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    target = choose_device(device)
    dtype = choose_dtype(precision, target)
    loader: Any = AutoModelForCausalLM  # its types do not know output_loading_info
    try:
        model, report = loader.from_pretrained(
            str(folder),
            dtype=dtype,
            attn_implementation=attention.NAME,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise UnsupportedModelError(
            f"The model in {folder} cannot be loaded ({type(error).__name__})",
            hint="It must be a causal language model of transformers with safetensors weights; see: r1 models verify",
        ) from error
    if report["missing_keys"]:  # transformers would go on with random numbers in their place
        raise UnsupportedModelError(f"The weights in {folder} lack {len(report['missing_keys'])} tensors of the model")
    model.to(target).eval()
    loaded = LoadedModel(
        name=name or folder.name,
        model=model,
        tokenizer=tokenizer,
        context_length=int(getattr(model.config, "max_position_embeddings", 0) or 2048),
        stop_ids=_stop_ids(model, tokenizer),
    )
    _log.info("%s runs on %s in %s, %d tokens of context", loaded.name, target, _short(dtype), loaded.context_length)
    return loaded


def _stop_ids(model: Any, tokenizer: Any) -> frozenset[int]:
    ids = [tokenizer.eos_token_id]
    configured = model.generation_config.eos_token_id
    ids += configured if isinstance(configured, list) else [configured]
    return frozenset(int(token) for token in ids if token is not None)


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")

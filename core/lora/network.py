"""The model in training: a frozen base in bf16 or fp32, and an adapter in fp32."""

import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from ..errors import SettingsError, UnsupportedModelError
from ..model.layer import check_unread
from ..model.load import NO_CONFIG, NO_WEIGHTS, load_errors, transformers_config
from ..model.precision import choose_precision
from .adapter import Adapter, NewTokens
from .batches import Batch
from .config import LoraConfig
from .fused import AdaptedLinear
from .low_rank import truncated
from .vocabulary import add_terms

_TRAINED = re.compile(r"base_model\.model\.model\.(layers\.\d+\.[\w.]+)\.lora_([AB])\.default\.weight")
_ROWS = re.compile(
    r"base_model\.model\.(?:model\.)?(embed_tokens|lm_head)\.token_adapter\.trainable_tokens_delta\.default"
)
_SMALL = 1 << 18  # up to this many scores per head and batch, a CPU is faster with plain attention
_PIECE = 1024  # learnt tokens whose logits are in memory at once


def training_precision(wanted: str, device: torch.device) -> torch.dtype:
    """The number format of the base.

    fp16 is never chosen: its gradients underflow without loss scaling.
    """
    if wanted == "fp32":
        return torch.float32
    native = choose_precision("auto", device).attention == torch.bfloat16
    return torch.bfloat16 if wanted == "bf16" or native else torch.float32


class AdaptedModel:
    """A frozen base with a trainable adapter.

    Args:
        folder: of the base, as returned by :meth:`core.hub.ModelHub.folder`.
        config: the adapter's shape.
        device: where it runs.
        dtype: see :func:`training_precision`.
        seed: for the adapter's initial weights.
        checkpointing: recomputes the layers' activations instead of storing them.
        tokenizer: of the model; the new tokens are added to it.
        terms: terms that get their own tokens, trained with the adapter; see :mod:`core.lora.vocabulary`.

    Raises:
        UnsupportedModelError: an unsupported architecture, damaged files, or a quantised base.
        SettingsError: the model has no linear maps of these names.
    """

    new_ids: tuple[int, ...]
    """Tokens added for some of the terms."""

    def __init__(
        self,
        folder: Path,
        config: LoraConfig,
        device: torch.device,
        dtype: torch.dtype,
        *,
        seed: int = 0,
        checkpointing: bool = False,
        tokenizer: Any = None,
        terms: Sequence[str] = (),
    ) -> None:
        torch.manual_seed(seed)
        base = _load(folder, dtype)
        self.new_ids = add_terms(tokenizer, base, terms) if terms else ()
        self._model = _adapted(base, config, self.new_ids).to(device)
        self._base = self._model.get_base_model()
        self._decoder = getattr(self._base, self._base.base_model_prefix)
        self._head = self._base.get_output_embeddings()
        self._config, self._device, self._dtype = config, device, dtype
        self.shares_prefix = not checkpointing
        if checkpointing:
            self._base.activation_checkpointing_enable()
            self._base.enable_input_require_grads()
        for parameter in self.parameters.values():
            parameter.data = parameter.data.float()

    @property
    def stop_ids(self) -> frozenset[int]:
        """Tokens that end an answer, from the checkpoint."""
        ids: list[int | None] = []
        for config in (self._base.config, self._base.generation_config):
            value = config.eos_token_id
            ids += value if isinstance(value, list) else [value]
        return frozenset(token for token in ids if token is not None)

    @property
    def context(self) -> int:
        """Tokens of the longest row that the model has positions for."""
        return int(self._base.config.max_position_embeddings)

    @property
    def vocab_size(self) -> int:
        """Number of tokens that the model has, including new ones."""
        return int(self._base.get_input_embeddings().weight.shape[0])

    @property
    def parameters(self) -> dict[str, torch.nn.Parameter]:
        """Trainable parameters by name."""
        return {name: value for name, value in self._model.named_parameters() if value.requires_grad}

    def train(self, mode: bool) -> None:
        """Turns dropout on or off."""
        self._model.train(mode)

    def loss(self, batch: Batch) -> torch.Tensor:
        """Differentiable sum of the losses of a batch's learnt tokens, in nats.

        Logits, a fifth of the work for a small model, are computed only for learnt tokens. The rows' common prefix runs
        once; its gradient is the sum over the rows.
        """
        hidden = self._hidden(batch).flatten(0, 1)[batch.places.to(self._device)]
        targets = batch.targets.to(self._device)
        if len(targets) <= _PIECE:
            return self._token_loss(hidden, targets)
        from torch.utils.checkpoint import checkpoint

        pieces = zip(torch.split(hidden, _PIECE), torch.split(targets, _PIECE), strict=True)
        losses = [checkpoint(self._token_loss, *piece, use_reentrant=False) for piece in pieces]
        return torch.stack(losses).sum()

    def drift(self, batch: Batch) -> torch.Tensor:
        """How far the predictions at a batch's learnt tokens are from those of the base alone.

        The differentiable Kullback-Leibler divergence from the base, summed over the tokens, in nats (Li and Hoiem
        2016, Learning without Forgetting, https://arxiv.org/abs/1606.09282).
        """
        with torch.no_grad(), self._model.disable_adapter():
            expected = self._predicted(batch)
        return functional.kl_div(self._predicted(batch), expected, reduction="sum", log_target=True)

    def _predicted(self, batch: Batch) -> torch.Tensor:
        """Log-probabilities at the learnt tokens, ``[learnt, vocab_size]``."""
        hidden = self._hidden(batch).flatten(0, 1)[batch.places.to(self._device)]
        return functional.log_softmax(self._head(hidden).float(), dim=-1)

    def _hidden(self, batch: Batch) -> torch.Tensor:
        from transformers import DynamicCache

        ids = batch.ids.to(self._device)
        small = ids.numel() * (len(batch.shared) + ids.shape[1]) <= _SMALL and self._device.type == "cpu"
        self._base.set_attn_implementation("eager" if small else "sdpa")
        memory = None
        if len(batch.shared):
            memory = DynamicCache(config=self._base.config)
            self._decoder(input_ids=batch.shared[None].to(self._device), cache=memory, use_cache=True)
            memory.batch_repeat_interleave(len(ids))
        read = self._decoder(input_ids=ids, cache=memory, use_cache=memory is not None)
        hidden: torch.Tensor = read.last_hidden_state
        return hidden

    def _token_loss(self, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return functional.cross_entropy(self._head(hidden).float(), targets, reduction="sum")

    @torch.no_grad()
    def start_from(self, adapter: Adapter) -> None:
        """Copies the weights of an adapter with the same maps; one of higher rank is truncated first.

        Raises:
            SettingsError: its rank is lower, or it adapts other maps.
        """
        lowest = min(len(a) for a, _ in adapter.weights.values())
        if lowest < self._config.r:
            raise SettingsError(
                f"The adapter {adapter.name} has maps of rank {lowest}, and {self._config.r} is wanted",
                hint="Train with that rank or a lower one",
            )
        weights = truncated(adapter, self._config.r).weights
        halves = {(place, "AB"[at]): half for place, pair in weights.items() for at, half in enumerate(pair)}
        own = {match.groups(): value for key, value in self.parameters.items() if (match := _TRAINED.fullmatch(key))}
        if {place: value.shape for place, value in own.items()} != {p: half.shape for p, half in halves.items()}:
            raise SettingsError(f"The adapter {adapter.name} adapts other maps", hint="Train with its target_modules")
        for (place, letter), value in own.items():
            factor = adapter.scaling / self._config.scaling if letter == "B" else 1.0
            value.copy_(halves[place, letter] * factor)

    def adapter(self, name: str) -> Adapter:
        """A copy of the adapter's current state, in the base's number format, in which it is applied anyway."""
        weights: dict[str, dict[str, torch.Tensor]] = {}
        rows: dict[str, torch.Tensor] = {}
        for key, value in self.parameters.items():
            copy = value.detach().to("cpu", self._dtype, copy=True)
            if match := _TRAINED.fullmatch(key):
                weights.setdefault(match[1], {})[match[2]] = copy
            elif match := _ROWS.fullmatch(key):
                rows[match[1]] = copy
        tokens = NewTokens(self.new_ids, rows["embed_tokens"], rows.get("lm_head")) if rows else None
        pairs = {place: (pair["A"], pair["B"]) for place, pair in weights.items()}
        return Adapter(name, self._config.scaling, pairs, tokens)


def _adapted(base: Any, config: LoraConfig, new_ids: Sequence[int]) -> Any:
    """peft's model of a base with a new adapter."""
    from peft import get_peft_model
    from peft.tuners.lora import LoraLayer

    layers = ["embed_tokens"] if base.config.tie_word_embeddings else ["embed_tokens", "lm_head"]
    tokens = {layer: list(new_ids) for layer in layers} if new_ids else None
    try:
        with warnings.catch_warnings():
            # peft uses the old name of this attribute, which transformers keeps until version 6
            warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
            model = get_peft_model(base, config.to_peft(tokens))
    except ValueError as error:
        raise SettingsError(
            "The model has no linear maps of the names in target_modules", hint="Use all-linear"
        ) from error
    trained = [name for name, value in model.named_parameters() if value.requires_grad]
    if not all(_TRAINED.fullmatch(name) or _ROWS.fullmatch(name) for name in trained):
        raise SettingsError("target_modules may only name linear maps of layers", hint="Use all-linear")
    adapted: dict[str, Any] = {name: module for name, module in model.named_modules() if isinstance(module, LoraLayer)}
    if isinstance(config.target_modules, list | tuple):
        unknown = {
            each for each in config.target_modules if not any(f".{name}".endswith(f".{each}") for name in adapted)
        }
        if unknown:
            raise SettingsError(f"The model has no linear map {', '.join(sorted(unknown))}", hint="Use all-linear")
    for module in adapted.values():
        module.forward = AdaptedLinear(module, config.lora_dropout)
    return model


def _load(folder: Path, dtype: torch.dtype) -> Any:
    from transformers import AutoModelForCausalLM

    with load_errors(folder, NO_CONFIG):
        config = transformers_config(folder)
    with load_errors(folder, NO_WEIGHTS):
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            str(folder),
            config=config,
            dtype=dtype,
            local_files_only=True,
            use_safetensors=True,
            output_loading_info=True,
        )
    model, loading = loaded
    if loading["missing_keys"]:  # transformers initialised them at random
        raise UnsupportedModelError(f"The weights in {folder} lack the tensor {min(loading['missing_keys'])}")
    with load_errors(folder, NO_WEIGHTS):
        check_unread(loading["unexpected_keys"])
    return model

"""The shape of a low-rank adapter, and its training recipe."""

import math
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from ..validation import require, within

if TYPE_CHECKING:
    import peft


_COUNTS = (
    "per_device_train_batch_size",
    "gradient_accumulation_steps",
    "num_train_epochs",
    "evaluations",
    "patience",
    "save_steps",
)
_NUMBER = (int, float)  # numpy's cannot be written to training.json
_LARGEST = sys.float_info.max  # an infinite factor would be noticed only after the model is loaded


def _positive(value: Any) -> bool:
    return within(value, _NUMBER, 0, _LARGEST) and value > 0


def _names_maps(modules: Any) -> bool:
    """Whether it is a list of names, or a valid regular expression for peft."""
    if not isinstance(modules, str):
        return isinstance(modules, list | tuple) and bool(modules) and all(isinstance(n, str) and n for n in modules)
    try:
        return bool(re.compile(modules).pattern)
    except re.error:
        return False


@dataclass(frozen=True, slots=True)
class LoraConfig:
    """The shape of an adapter (Hu et al. 2021, https://arxiv.org/abs/2106.09685).

    Attributes:
        r: rank of its maps, 1 to 1,024.
        lora_alpha: its output is scaled by ``lora_alpha / r``.
        lora_dropout: share of its inputs dropped in a training step, 0 to below 1.
        target_modules: names of the linear maps that it adapts; ``all-linear`` means all but the output layer.

    Raises:
        InvalidRequestError: a value is out of its range.
    """

    r: int = 16
    lora_alpha: float = 32
    lora_dropout: float = 0.05
    target_modules: str | Sequence[str] = "all-linear"

    def __post_init__(self) -> None:
        require(within(self.r, int, 1, 1024), "r", "a whole number from 1 to 1024")
        require(_positive(self.lora_alpha), "lora_alpha", "a number above 0")
        dropout = within(self.lora_dropout, _NUMBER, 0, 1) and self.lora_dropout < 1
        require(dropout, "lora_dropout", "a number from 0 to below 1")
        require(_names_maps(self.target_modules), "target_modules", "all-linear or a list of names, one at least")

    @property
    def scaling(self) -> float:
        """Factor of everything that the adapter adds."""
        return self.lora_alpha / self.r

    def to_peft(self, tokens: dict[str, list[int]] | None = None) -> "peft.LoraConfig":
        """The equivalent config for peft.

        Args:
            tokens: rows of the embedding and of the output layer that are also trained, by layer name.
        """
        import peft

        names = self.target_modules if isinstance(self.target_modules, str) else list(self.target_modules)
        return peft.LoraConfig(
            r=self.r,
            lora_alpha=self.lora_alpha,  # type: ignore[arg-type]  # peft divides it, and takes any number
            lora_dropout=self.lora_dropout,
            target_modules=names,
            task_type="CAUSAL_LM",
            trainable_token_indices=tokens,
        )


def check_shape(shape: LoraConfig | None) -> None:
    """Rejects other types before a model is loaded.

    Raises:
        TypeError: it is not a :class:`LoraConfig`, but a dict, say, or peft's class of that name.
    """
    if not isinstance(shape, LoraConfig | None):
        raise TypeError("lora_config is a LoraConfig of deepseek_r1, not one of peft")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an adapter is trained.

    Attributes:
        per_device_train_batch_size: rows per batch.
        gradient_accumulation_steps: batches per step; they may be of several tasks.
        num_train_epochs: how often each row is read.
        learning_rate: peak, after the warm-up; it then falls to 0 along a cosine.
        warmup_ratio: share of the steps during which the learning rate rises, 0 to 1.
        weight_decay: of AdamW (Loshchilov and Hutter 2019).
        max_grad_norm: gradients with a larger norm are scaled down to it.
        max_length: most tokens of a row; longer prompts lose their middle.
        evaluations: evaluations on the validation rows per epoch.
        patience: evaluations without a better loss after which training ends early.
        save_steps: steps between two checkpoints; there is one at least every ten minutes.
        gradient_checkpointing: takes less memory and a third more time.
        precision: ``bf16`` loads and computes the model in bf16, with the adapter in fp32; ``auto`` means ``bf16`` if
            the device computes in it natively, otherwise ``fp32``.
        seed: the same seed gives the same adapter on the same machine.

    Raises:
        InvalidRequestError: a value is out of its range.
    """

    per_device_train_batch_size: int = 8
    gradient_accumulation_steps: int = 1
    num_train_epochs: int = 3
    learning_rate: float = 1e-3
    warmup_ratio: float = 0.05
    weight_decay: float = 0.01
    max_grad_norm: float = 1.0
    max_length: int = 1024
    evaluations: int = 2
    patience: int = 4
    save_steps: int = 100
    gradient_checkpointing: bool = False
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        for name in _COUNTS:  # transformers also accepts fractions of an epoch
            require(within(getattr(self, name), int, 1), name, "a whole number, at least 1")
        require(_positive(self.learning_rate) and self.learning_rate < 1, "learning_rate", "above 0 and below 1")
        require(within(self.warmup_ratio, _NUMBER, 0, 1), "warmup_ratio", "from 0 to 1")
        require(within(self.weight_decay, _NUMBER, 0, _LARGEST), "weight_decay", "a number, at least 0")
        require(within(self.max_grad_norm, _NUMBER, 0) and self.max_grad_norm > 0, "max_grad_norm", "a number above 0")
        require(within(self.max_length, int, 16), "max_length", "a whole number, at least 16")
        require(self.precision in ("auto", "bf16", "fp32"), "precision", "auto, bf16 or fp32")
        require(within(self.seed, int, 0, 2**31 - 1), "seed", "a whole number from 0 to 2^31 - 1")


class RecipeFields(TypedDict, total=False):
    """The fields of :class:`Recipe` as keyword arguments."""

    per_device_train_batch_size: int
    gradient_accumulation_steps: int
    num_train_epochs: int
    learning_rate: float
    warmup_ratio: float
    weight_decay: float
    max_grad_norm: float
    max_length: int
    evaluations: int
    patience: int
    save_steps: int
    gradient_checkpointing: bool
    precision: Literal["auto", "bf16", "fp32"]
    seed: int


def learning_rate(recipe: Recipe, step: int, steps: int) -> float:
    """The rate of a step: a linear rise, then half a cosine down (Loshchilov and Hutter 2017, without restarts).

    Args:
        step: from 0.
        steps: in the whole training.
    """
    rise = math.ceil(recipe.warmup_ratio * steps)
    if step < rise:
        return recipe.learning_rate * (step + 1) / rise
    return recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise)))

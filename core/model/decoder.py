"""The R1 decoder: llama, qwen2, qwen3 and gemma3 checkpoints in one forward pass.

Sequences of any length run together: their tokens are rows of one matrix for everything but attention, which each
sequence computes over its own memory. So a sequence gets the same result alone and in a batch.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import torch

from ..errors import ContextLengthError, InvalidRequestError, UnsupportedModelError
from .float_layers import FloatLayers
from .int8 import Int8Layers
from .layer import ACTIVATIONS, Builder, Layer, Step
from .memory import BoundedMemory, Memory, MemoryShape, Pool
from .precision import Precision
from .quantize import FloatLinear
from .rope import Rope, Rotation
from .self_extend import SelfExtend, longest
from .sparse import SparsePolicy

ARCHITECTURES = ("gemma3_text", "llama", "qwen2", "qwen3")
_SIZES = (
    "hidden_size", "intermediate_size", "max_position_embeddings", "num_attention_heads", "num_hidden_layers",
    "num_key_value_heads", "vocab_size",
)  # fmt: skip


class Decoder:
    """A model ready to run.

    Args:
        config: transformers config of one of :data:`ARCHITECTURES`.
        weights: tensors by their names in the checkpoint.
        precision: number formats.
        policy: sparse attention for long sequences; None for dense.
        device: where it runs.
        context: longest sequence; beyond the model's trained positions, SelfExtend is used.

    Raises:
        UnsupportedModelError: another architecture, or missing or superfluous tensors.

    Attributes:
        ropes: the rotation of each layer.
    """

    def __init__(
        self,
        config: Any,
        weights: Mapping[str, torch.Tensor],
        precision: Precision,
        policy: SparsePolicy | None,
        device: torch.device,
        context: int | None = None,
    ) -> None:
        check_architecture(config)
        build = Builder(config, weights, precision, device)
        self.precision = precision
        self.device = device
        self._scale_embedding = config.hidden_size**0.5 if config.model_type.startswith("gemma") else None
        kinds = getattr(config, "layer_types", None) or ["full_attention"] * config.num_hidden_layers
        units = policy or SparsePolicy()
        trained = int(config.max_position_embeddings)
        self.context = longest(trained, context or trained, units)
        self.ropes = _ropes(config, kinds, device)
        extend, self._positions = None, trained  # positions that are used as trained
        if self.context > trained and "full_attention" in kinds:
            extend = SelfExtend(self.ropes[kinds.index("full_attention")], trained, self.context, units)
            self._positions = extend.first
        self._layers = [Layer(build, index, kind, policy, extend) for index, kind in enumerate(kinds)]
        self._head, self._embedding = build.head_and_embedding()
        build.check_all_taken()
        self._shape = MemoryShape(
            len(kinds), build.kv_heads, build.head_dim, precision.attention, device, units.page, units.block
        )
        in_int8 = precision.linear == "int8"
        self._int8 = Int8Layers(self._layers, self.ropes, self._head, policy, extend) if in_int8 else None
        self.vocab_size = config.vocab_size
        self._longest_window = int(config.sliding_window) if "sliding_attention" in kinds else 0

    def new_memory(self, capacity: int) -> Memory:
        """An empty memory for a sequence of at most ``capacity`` tokens.

        Raises:
            ContextLengthError: the model has fewer positions.
        """
        if capacity > self.context:
            raise ContextLengthError(f"{capacity} tokens exceed the model's {self.context}")
        pool = self.new_pool(capacity)
        return Memory(pool, range(pool.blocks), self.ropes)

    def new_pool(self, tokens: int) -> Pool:
        """A pool for the memories of several sequences, with this many tokens in total."""
        return Pool(self._shape, -(-tokens // self._shape.block))

    def new_bounded_memory(self, capacity: int) -> BoundedMemory:
        """An empty memory that never holds more than ``capacity`` tokens, for a sequence of any length.

        Raises:
            SettingsError: the capacity does not fit the model.
        """
        window = self._longest_window
        return BoundedMemory(self._shape, capacity, self.ropes, positions=self._positions, window=window)

    @property
    def adaptable(self) -> dict[str, tuple[int, int]]:
        """Inputs and outputs of the maps that an adapter may change, by names such as ``layers.0.mlp.up_proj``."""
        return {
            f"layers.{index}.{name}": (inputs, outputs)
            for index, layer in enumerate(self._layers)
            for _, inputs, parts in layer.maps
            for name, outputs in parts.items()
        }

    def adapt(self, slot: int, weights: Mapping[str, tuple[torch.Tensor, torch.Tensor]]) -> None:
        """Puts a low-rank adapter into a slot, replacing any other. Steps refer to slots.

        Args:
            slot: from 0 on.
            weights: ``a`` ``[rank, inputs]`` and ``b`` ``[outputs, rank]`` by names such as
                ``layers.0.self_attn.q_proj``; ``b a x`` is added to the output of that map.

        Raises:
            UnsupportedModelError: a map that this model does not have, or a wrong shape.
        """
        sizes = self.adaptable
        for name, (a, b) in weights.items():
            if name not in sizes:
                raise UnsupportedModelError(f"The adapter changes {name}, which this model cannot adapt")
            if (a.shape[1], b.shape[0]) != sizes[name] or a.shape[0] != b.shape[1]:
                shapes = f"{tuple(a.shape)} and {tuple(b.shape)}"
                raise UnsupportedModelError(
                    f"The adapter's {name} is {shapes}, the model's inputs and outputs {sizes[name]}"
                )
        weights = {name: (a.detach(), b.detach()) for name, (a, b) in weights.items()}
        for index, layer in enumerate(self._layers):
            layer.adapt(slot, index, weights)
        if self._int8:
            self._int8.refresh()

    def forward(self, steps: Sequence[Step]) -> torch.Tensor:
        """Runs the next tokens of several sequences. If it fails, their memories keep their previous length.

        A memory created in torch's inference mode can only be used in that mode.

        Returns:
            The state of every token, ``[tokens of all steps, hidden]``, for :meth:`logits`; meaningless for silent
            steps.

        Raises:
            InvalidRequestError: a step is empty, or a token is not in the vocabulary.
            ContextLengthError: a memory is too small for its tokens.
        """
        if not all(len(step.ids) for step in steps):
            raise InvalidRequestError("A sequence has no tokens to run")
        ids = torch.cat([step.ids for step in steps])
        tokens = ids.tolist()
        if not 0 <= min(tokens) <= max(tokens) < self.vocab_size:
            raise InvalidRequestError("A token is outside the model's vocabulary")
        grown = []
        try:
            for step in steps:
                step.memory.grow(len(step.ids))
                grown.append(step)
            return self._forward(ids.to(self.device), steps)
        except BaseException:
            for step in grown:
                step.memory.forget(len(step.ids))
            raise

    def _forward(self, ids: torch.Tensor, steps: Sequence[Step]) -> torch.Tensor:
        x = self._embedding.rows(ids)
        if self._scale_embedding:
            x *= self._scale_embedding
        answers = [self._int8 is not None and step.reading == "pages" for step in steps]
        if all(answers) or not any(answers):
            self._run(x, steps)
        else:  # prompts and answers together
            of_answer = torch.cat([torch.full((len(s.ids),), one) for s, one in zip(steps, answers, strict=True)])
            for kind in (True, False):
                part = x[of_answer == kind]
                self._run(part, [step for step, one in zip(steps, answers, strict=True) if one == kind])
                x[of_answer == kind] = part
        return x

    def _run(self, x: torch.Tensor, steps: Sequence[Step]) -> None:
        """Runs all layers in place; in INT8 the steps must be all answers or all prompts."""
        layers = self._int8 or FloatLayers(self._layers)
        layers.run(x, self._rotations(steps), steps)

    def _rotations(self, steps: Sequence[Step]) -> list[Rotation]:
        """The rotation of all tokens for each layer; the memories must have grown already."""
        known: dict[tuple[Rope, ...], Rotation] = {}
        places = [(step.memory.position - len(step.ids), step.memory.position) for step in steps]
        layers = list(zip(*(step.memory.ropes for step in steps), strict=True))
        for ropes in dict.fromkeys(layers):
            known[ropes] = _joined([rope.at(*place) for rope, place in zip(ropes, places, strict=True)])
        return [known[ropes] for ropes in layers]

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """Logits of the next token, ``[n, vocab_size]`` for ``[n, hidden]``."""
        return self._int8.logits(hidden) if self._int8 else cast(FloatLinear, self._head)(hidden)

    def warm_up(self) -> torch.Tensor:
        """Runs one prompt token and one answer token and returns the logits.

        In INT8 this compiles the kernels, which takes a minute or two the first time on a machine.
        """
        memory, token = self.new_memory(2), torch.zeros(1, dtype=torch.long)
        self.forward([Step(token, memory)])
        return self.logits(self.forward([Step(token, memory, "pages")]))

    @property
    def nbytes(self) -> int:
        """Bytes of weights that one step reads."""
        return self._head.nbytes + sum(layer.nbytes for layer in self._layers)


def check_architecture(config: Any) -> None:
    """Rejects models that :class:`Decoder` cannot run.

    Raises:
        UnsupportedModelError: unknown architecture or activation, invalid sizes, soft-capped scores, or quantised
            weights.
    """
    if config.model_type not in ARCHITECTURES:
        raise UnsupportedModelError(
            f"The architecture {config.model_type!r} is not supported", hint=f"Supported: {', '.join(ARCHITECTURES)}"
        )
    for size in _SIZES:
        if type(count := getattr(config, size)) is not int or count < 1:
            raise UnsupportedModelError(f"{size} is {count!r} in its config, and must be a whole number from 1 on")
    activation = getattr(config, "hidden_act", None) or config.hidden_activation
    if activation not in ACTIVATIONS:
        raise UnsupportedModelError(f"The activation {activation!r} is not supported")
    if getattr(config, "attn_logit_softcapping", None) or getattr(config, "final_logit_softcapping", None):
        raise UnsupportedModelError("Capped scores are not supported")
    if getattr(config, "quantization_config", None) is not None:  # the weights are meaningless without their scales
        raise UnsupportedModelError(
            "The checkpoint is quantised", hint="Use its unquantised weights; R1 quantises them"
        )


def _ropes(config: Any, kinds: Sequence[str], device: torch.device) -> list[Rope]:
    """One rotation per layer; layers of one kind share theirs."""
    shared = {kind: Rope(config, kind, device) for kind in dict.fromkeys(kinds)}
    return [shared[kind] for kind in kinds]


def _joined(parts: Sequence[Rotation]) -> Rotation:
    if len(parts) == 1:
        return parts[0]
    cosines, sines = zip(*parts, strict=True)
    return torch.cat(cosines), torch.cat(sines)

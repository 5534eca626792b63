"""The R1 decoder: llama, qwen2, qwen3 and gemma3 checkpoints in one forward pass.

Sequences of any length run together: their tokens are rows of one matrix for everything but attention, which each
sequence does over its own memory. So a sequence gets the same result alone and beside others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import torch
from torch.nn.functional import gelu, silu

from ..errors import ContextLengthError, InvalidRequestError, UnsupportedModelError
from .dense import dense_attention, window_attention
from .flex import flex_sparse_attention
from .memory import BoundedMemory, LayerMemory, Memory, MemoryShape
from .pages import page_attention
from .precision import Precision, WeightFormat
from .quantize import FloatLinear, Int8Linear, Linear, Norm
from .rope import Rope, Rotation, rotate, stretched
from .sparse import SparsePolicy, sparse_attention

ARCHITECTURES = ("gemma3_text", "llama", "qwen2", "qwen3")
_FORMATS = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
_ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "silu": silu,
    "gelu_pytorch_tanh": partial(gelu, approximate="tanh"),
}

_ROWS = 128
"""Tokens that go through the feed-forward together: its inner values stay in the processor's cache."""

Reading = Literal["blocks", "pages", "everything"]
"""How a long memory is read: by blocks (a prompt), by pages (an answer), or all of it (the question)."""


@dataclass(frozen=True, slots=True)
class Step:
    """The next tokens of one sequence.

    Attributes:
        ids: ``[n]``; with ``reading`` by blocks the memory's length must be a multiple of the block.
        memory: what came before; it grows by ``n``.
        reading: what these tokens read.
    """

    ids: torch.Tensor
    memory: Memory
    reading: Reading = "blocks"

    @property
    def positions(self) -> torch.Tensor:
        """Where the tokens will stand, ``[n]``."""
        start = self.memory.position
        return torch.arange(start, start + len(self.ids))


class Decoder:
    """A model ready to run.

    Args:
        config: transformers config of one of :data:`ARCHITECTURES`.
        weights: tensors by their names in the checkpoint.
        precision: number formats.
        policy: what is read of long sequences; None reads everything.
        device: where it runs.
        context: longest sequence. What exceeds the positions that the model was trained with runs with stretched ones.

    Raises:
        UnsupportedModelError: another architecture, or tensors are missing.
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
        build = _Builder(config, weights, precision, device)
        self.precision = precision
        self.device = device
        self._head, self._embedding = build.head_and_embedding()
        self._scale_embedding = config.hidden_size**0.5 if config.model_type.startswith("gemma") else None
        kinds = getattr(config, "layer_types", None) or ["full_attention"] * config.num_hidden_layers
        longer = stretched(config, context or 0)
        self._trained = int(config.max_position_embeddings)
        self.context = min(context or self._trained, int(longer.max_position_embeddings))
        self._ropes, self._long_ropes = (_ropes(one, kinds, device) for one in (config, longer))
        self._layers = [_Layer(build, index, kind, policy) for index, kind in enumerate(kinds)]
        units = policy or SparsePolicy()
        self._shape = MemoryShape(build.groups, build.width, precision.attention, device, units.page, units.block)
        self._vocabulary = config.vocab_size
        self._longest_window = int(config.sliding_window) if "sliding_attention" in kinds else 0

    def new_memory(self, capacity: int) -> Memory:
        """An empty memory for a sequence of at most ``capacity`` tokens.

        Raises:
            ContextLengthError: the model has fewer positions.
        """
        if capacity > self.context:
            raise ContextLengthError(f"{capacity} tokens exceed the model's {self.context}")
        return Memory(self._shape, capacity, self._ropes if capacity <= self._trained else self._long_ropes)

    def new_bounded_memory(self, capacity: int) -> BoundedMemory:
        """An empty memory that never holds more than ``capacity`` tokens, for a sequence of any length.

        Raises:
            SettingsError: the capacity does not fit the model.
        """
        window = self._longest_window
        return BoundedMemory(self._shape, capacity, self._ropes, positions=self._trained, window=window)

    @torch.inference_mode()
    def forward(self, steps: Sequence[Step]) -> torch.Tensor:
        """Runs the next tokens of some sequences.

        Returns:
            The state of every token, ``[tokens of all steps, hidden]``, for :meth:`scores`.

        Raises:
            InvalidRequestError: a step is empty, or a token is not in the vocabulary.
            ContextLengthError: a memory has no room for its tokens.
        """
        ids = torch.cat([step.ids for step in steps]).to(self.device)
        if not all(len(step.ids) for step in steps):
            raise InvalidRequestError("A sequence has no tokens to run")
        if not 0 <= int(ids.min()) <= int(ids.max()) < self._vocabulary:
            raise InvalidRequestError("A token is outside the model's vocabulary")
        for step in steps:
            step.memory.reserve(len(step.ids))
        rotations = self._rotations(steps)
        x = self._embedding.rows(ids)
        if self._scale_embedding:
            x *= self._scale_embedding
        for index, layer in enumerate(self._layers):
            layer.run(x, rotations[index], steps, index)
        return x

    def _rotations(self, steps: Sequence[Step]) -> list[Rotation]:
        """The rotation of all tokens for each layer."""
        known: dict[tuple[Rope, ...], Rotation] = {}
        rotations = []
        for ropes in zip(*(step.memory.ropes for step in steps), strict=True):
            if ropes not in known:
                parts = [rope.at(step.positions.to(self.device)) for rope, step in zip(ropes, steps, strict=True)]
                known[ropes] = parts[0] if len(parts) == 1 else _joined(parts)
            rotations.append(known[ropes])
        return rotations

    @torch.inference_mode()
    def scores(self, hidden: torch.Tensor) -> torch.Tensor:
        """Scores of every token of the vocabulary to come next, ``[n, vocabulary]`` for ``[n, hidden]``."""
        return self._head(hidden)

    @property
    def nbytes(self) -> int:
        """Bytes of weights that one step reads."""
        return self._head.nbytes + sum(layer.nbytes for layer in self._layers)


def check_architecture(config: Any) -> None:
    """Refuses what :class:`Decoder` cannot run.

    Raises:
        UnsupportedModelError: unknown architecture, activation or scores that are capped.
    """
    if config.model_type not in ARCHITECTURES:
        raise UnsupportedModelError(
            f"The architecture {config.model_type!r} is not supported", hint=f"Supported: {', '.join(ARCHITECTURES)}"
        )
    activation = getattr(config, "hidden_act", None) or config.hidden_activation
    if activation not in _ACTIVATIONS:
        raise UnsupportedModelError(f"The activation {activation!r} is not supported")
    if getattr(config, "attn_logit_softcapping", None) or getattr(config, "final_logit_softcapping", None):
        raise UnsupportedModelError("Capped scores are not supported")


def _ropes(config: Any, kinds: Sequence[str], device: torch.device) -> list[Rope]:
    """One for each layer; layers of one kind share theirs."""
    shared = {kind: Rope(config, kind, device) for kind in dict.fromkeys(kinds)}
    return [shared[kind] for kind in kinds]


def _joined(parts: Sequence[Rotation]) -> Rotation:
    cosines, sines = zip(*parts, strict=True)
    return torch.cat(cosines), torch.cat(sines)


class _Builder:
    """Takes layers out of a checkpoint."""

    def __init__(
        self, config: Any, weights: Mapping[str, torch.Tensor], precision: Precision, device: torch.device
    ) -> None:
        self.config, self._weights, self._precision, self._device = config, weights, precision, device
        self.heads = int(config.num_attention_heads)
        self.groups = int(config.num_key_value_heads)
        self.width = int(getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads)

    @property
    def attention(self) -> torch.dtype:
        return self._precision.attention

    def has(self, name: str) -> bool:
        return f"{name}.weight" in self._weights

    def norm(self, name: str, size: int | None = None) -> Norm:
        weight = self._tensor(f"{name}.weight", size or self.config.hidden_size).float()
        return Norm(weight + 1 if self.config.model_type.startswith("gemma") else weight, self.config.rms_norm_eps)

    def head_norm(self, name: str) -> Norm | None:
        return self.norm(name, self.width) if self.has(name) else None

    def linear(self, inputs: int, outputs: Mapping[str, int], norm: Norm | None = None) -> Linear:
        """Layers that read the same, side by side as one; ``outputs`` are their sizes by name."""
        weights = [self._tensor(f"{name}.weight", size, inputs) for name, size in outputs.items()]
        biases = [self._tensor(f"{n}.bias", size) for n, size in outputs.items() if f"{n}.bias" in self._weights]
        return _linear(torch.cat(weights), torch.cat(biases) if biases else None, norm, self._precision.linear)

    def head_and_embedding(self) -> tuple[Linear, Linear]:
        """The output layer, and the table of embeddings: the same where the checkpoint ties them."""
        norm, size = self.norm("model.norm"), (self.config.vocab_size, self.config.hidden_size)
        table = self._tensor("model.embed_tokens.weight", *size)
        if self.config.tie_word_embeddings or not self.has("lm_head"):
            tied = _linear(table, None, norm, self._precision.head)
            return tied, tied
        head = _linear(self._tensor("lm_head.weight", *size), None, norm, self._precision.head)
        return head, FloatLinear(table, None, None, table.dtype)

    def _tensor(self, name: str, *shape: int) -> torch.Tensor:
        if name not in self._weights:
            raise UnsupportedModelError(f"The weights lack the tensor {name}")
        tensor = self._weights[name]
        if tensor.shape != shape or not tensor.is_floating_point():
            raise UnsupportedModelError(
                f"The tensor {name} is {tuple(tensor.shape)} of {tensor.dtype}, the config asks for numbers of {shape}"
            )
        return tensor.to(self._device)


def _linear(weight: torch.Tensor, bias: torch.Tensor | None, norm: Norm | None, form: WeightFormat) -> Linear:
    return Int8Linear(weight, bias, norm) if form == "int8" else FloatLinear(weight, bias, norm, _FORMATS[form])


class _Layer:
    """Attention and feed-forward of one depth, each added to the residual stream."""

    def __init__(self, build: _Builder, index: int, kind: str, policy: SparsePolicy | None) -> None:
        config, name = build.config, f"model.layers.{index}"
        self._window = int(config.sliding_window) if kind == "sliding_attention" else None
        self._policy = policy
        self._heads, self._groups, self._width = build.heads, build.groups, build.width
        self._dtype = build.attention
        self._scale = float(getattr(config, "query_pre_attn_scalar", None) or build.width) ** -0.5
        self._activation = _ACTIVATIONS[getattr(config, "hidden_act", None) or config.hidden_activation]
        attention, mlp = f"{name}.self_attn", f"{name}.mlp"
        hidden, inner = config.hidden_size, config.intermediate_size
        query, shared = build.heads * build.width, build.groups * build.width
        # gemma norms what is added, too
        adds_normed = build.has(f"{name}.pre_feedforward_layernorm")
        before_mlp = "pre_feedforward_layernorm" if adds_normed else "post_attention_layernorm"
        self._added_norm = build.norm(f"{name}.post_attention_layernorm") if adds_normed else None
        self._mlp_added_norm = build.norm(f"{name}.post_feedforward_layernorm") if adds_normed else None
        parts = {f"{attention}.q_proj": query, f"{attention}.k_proj": shared, f"{attention}.v_proj": shared}
        self._attention_in = build.linear(hidden, parts, build.norm(f"{name}.input_layernorm"))
        self._attention_out = build.linear(query, {f"{attention}.o_proj": hidden})
        self._query_norm = build.head_norm(f"{attention}.q_norm")
        self._key_norm = build.head_norm(f"{attention}.k_norm")
        parts = {f"{mlp}.gate_proj": inner, f"{mlp}.up_proj": inner}
        self._mlp_in = build.linear(hidden, parts, build.norm(f"{name}.{before_mlp}"))
        self._mlp_out = build.linear(inner, {f"{mlp}.down_proj": hidden})

    def run(self, x: torch.Tensor, rotation: Rotation, steps: Sequence[Step], index: int) -> None:
        """Adds this layer to ``x``, ``[tokens, hidden]``, in place."""
        added = self._attention_out(self._attend(x, rotation, steps, index))
        x += added if self._added_norm is None else self._added_norm(added.float())
        for rows in torch.split(x, _ROWS):
            gate, up = self._mlp_in(rows).chunk(2, -1)
            added = self._mlp_out(self._activation(gate) * up)
            rows += added if self._mlp_added_norm is None else self._mlp_added_norm(added.float())

    def _attend(self, x: torch.Tensor, rotation: Rotation, steps: Sequence[Step], index: int) -> torch.Tensor:
        heads = self._attention_in(x).view(len(x), -1, self._width)
        turning, value = torch.split(heads, [self._heads + self._groups, self._groups], 1)
        if self._query_norm and self._key_norm:
            query, key = torch.split(turning.float(), [self._heads, self._groups], 1)
            turning = torch.cat([self._query_norm(query), self._key_norm(key)], 1)
        query, key = torch.split(rotate(turning, rotation).to(self._dtype), [self._heads, self._groups], 1)
        outputs, start = [], 0
        for step in steps:
            rows = slice(start, start + len(step.ids))
            memory = step.memory.layers[index]
            memory.append(key[rows], value[rows])
            asked = query[rows].transpose(0, 1)
            memory.observe(asked, self._scale)
            outputs.append(self._read(asked, memory, step.reading).transpose(0, 1).flatten(1))
            start = rows.stop
        return outputs[0] if len(outputs) == 1 else torch.cat(outputs)

    def _read(self, query: torch.Tensor, memory: LayerMemory, reading: Reading) -> torch.Tensor:
        """What the last tokens of a sequence, ``[heads, n, width]``, read of it."""
        if reading == "pages":
            return self._read_pages(query, memory)
        key, value = memory.keys, memory.values
        if self._window is not None:
            return window_attention(query, key, value, window=self._window, scale=self._scale)
        if self._policy is None or reading == "everything" or memory.length <= self._policy.dense_until:
            return dense_attention(query, key, value, scale=self._scale)
        sparse = flex_sparse_attention if query.is_cuda else sparse_attention
        return sparse(query, key, value, scale=self._scale, policy=self._policy)

    def _read_pages(self, query: torch.Tensor, memory: LayerMemory) -> torch.Tensor:
        """Each token on its own, so that a guess that is checked reads what it would if it came alone."""
        outputs = []
        for row in range(query.shape[1]):
            one, seen = query[:, row : row + 1], memory.length - query.shape[1] + row + 1
            if self._policy is None or self._window is not None or seen <= self._policy.dense_until:
                start = 0 if self._window is None else max(0, seen - self._window)
                key, value = memory.keys[:, start:seen], memory.values[:, start:seen]
                outputs.append(dense_attention(one, key, value, scale=self._scale))
            else:
                read = partial(page_attention, length=seen, scale=self._scale, policy=self._policy)
                outputs.append(read(one, *memory.pages, memory.bounds()))
        return outputs[0] if len(outputs) == 1 else torch.cat(outputs, 1)

    @property
    def nbytes(self) -> int:
        """Bytes of weights that one step reads."""
        linears = self._attention_in, self._attention_out, self._mlp_in, self._mlp_out
        return sum(linear.nbytes for linear in linears)

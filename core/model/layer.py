"""One layer of the decoder, and how its weights are taken from a checkpoint."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import torch
from torch.nn.functional import gelu, silu

from ..errors import UnsupportedModelError
from .dense import dense_attention
from .flex import FlexOrGathered
from .memory import LayerMemory, Memory
from .pages import marks_of_question, page_attention
from .precision import FLOATS, Precision
from .quantize import FloatLinear, Int8Linear, Int8Stack, Linear, Norm
from .self_extend import SelfExtend
from .sparse import SparsePolicy, sparse_attention

_READ = ("model.", "lm_head.")  # other heads, such as the v_head of PPO, are not needed for generation
_MEANS_NOTHING = ".rotary_emb.inv_freq"  # in older checkpoints; follows from the config
_NORMED_HEADS = ("qwen3", "gemma3_text")  # models with a norm on queries and keys
ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "silu": silu,
    "gelu_pytorch_tanh": partial(gelu, approximate="tanh"),
}

_on_gpu = FlexOrGathered()  # shared by all layers: if one cannot compile it, none can

Reading = Literal["blocks", "pages", "everything"]
"""How attention reads a long memory: by blocks (prompt), by pages (answer), or all of it (question)."""


@dataclass(frozen=True, slots=True)
class Step:
    """The next tokens of one sequence.

    Attributes:
        ids: ``[n]``; if ``reading`` is ``blocks``, the memory's length must be a multiple of the block.
        memory: the sequence so far; it grows by ``n``.
        reading: how these tokens attend to it.
        slot: of the adapter, see :meth:`core.model.decoder.Decoder.adapt`; -1 for none.
        silent: the states of these tokens are not needed, so the last layer only stores their keys and values.
    """

    ids: torch.Tensor
    memory: Memory
    reading: Reading = "blocks"
    slot: int = -1
    silent: bool = False


def check_unread(names: Iterable[str]) -> None:
    """Rejects a checkpoint with unused weights, for example because the config states fewer layers.

    Args:
        names: of the unused tensors.

    Raises:
        UnsupportedModelError: one of them is a weight of the model.
    """
    for name in sorted(names):
        if name.startswith(_READ) and not name.endswith(_MEANS_NOTHING):
            raise UnsupportedModelError(f"The weights have the tensor {name}, which the config does not describe")


class Builder:
    """Takes linear maps and norms from a checkpoint."""

    def __init__(
        self, config: Any, weights: Mapping[str, torch.Tensor], precision: Precision, device: torch.device
    ) -> None:
        self.config, self._weights, self._precision, self._device = config, weights, precision, device
        self.attention = precision.attention
        self.heads = int(config.num_attention_heads)
        self.kv_heads = int(config.num_key_value_heads)
        self.head_dim = int(getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads)
        self._stacks: dict[str, Int8Stack] = {}
        self._taken: set[str] = set()

    def has(self, name: str) -> bool:
        return f"{name}.weight" in self._weights

    def norm(self, name: str, size: int | None = None) -> Norm:
        weight = self._tensor(f"{name}.weight", size or self.config.hidden_size).float()
        return Norm(weight + 1 if self.config.model_type.startswith("gemma") else weight, self.config.rms_norm_eps)

    def head_norm(self, name: str) -> Norm | None:
        return self.norm(name, self.head_dim) if self.config.model_type in _NORMED_HEADS else None

    def linear(self, layer: int, inputs: int, outputs: Mapping[str, int], norm: Norm | None = None) -> Linear:
        """Maps with the same input, joined into one; ``outputs`` are their sizes by their names within the layer."""
        names = {f"model.layers.{layer}.{name}": size for name, size in outputs.items()}
        weights = [self._tensor(f"{name}.weight", size, inputs) for name, size in names.items()]
        biased = any(f"{name}.bias" in self._weights for name in names)
        biases = [self._tensor(f"{name}.bias", size) for name, size in names.items()] if biased else []
        weight, bias = torch.cat(weights), torch.cat(biases) if biases else None
        if self._precision.linear != "int8":
            return FloatLinear(weight, bias, norm, FLOATS[self._precision.linear])
        key = next(iter(outputs))
        if key not in self._stacks:
            self._stacks[key] = Int8Stack(self.config.num_hidden_layers, *weight.shape)
        return Int8Linear(weight, bias, norm, self._stacks[key], layer)

    def head_and_embedding(self) -> tuple[Linear, Linear]:
        """The output layer and the embedding table: the same object if the checkpoint ties them.

        As in transformers, a checkpoint whose config ties them but that contains two different ones has both.
        """
        norm, size = self.norm("model.norm"), (self.config.vocab_size, self.config.hidden_size)
        table, tied = self._tensor("model.embed_tokens.weight", *size), self.config.tie_word_embeddings
        weight = table if tied and not self.has("lm_head") else self._tensor("lm_head.weight", *size)
        head = self._head(weight, norm)
        if weight is table or (tied and torch.equal(weight, table)):
            return head, head
        return head, FloatLinear(table, None, None, table.dtype)

    def check_all_taken(self) -> None:
        """Checks for unused weights once everything is built.

        Raises:
            UnsupportedModelError: see :func:`check_unread`.
        """
        check_unread(self._weights.keys() - self._taken)

    def _head(self, weight: torch.Tensor, norm: Norm) -> Linear:
        if self._precision.head == "int8":
            return Int8Linear(weight, None, norm)
        return FloatLinear(weight, None, norm, FLOATS[self._precision.head])

    def _tensor(self, name: str, *shape: int) -> torch.Tensor:
        if name not in self._weights:
            raise UnsupportedModelError(f"The weights lack the tensor {name}")
        self._taken.add(name)
        tensor = self._weights[name].detach()  # so no result has a gradient
        if tensor.shape != shape or not tensor.is_floating_point():
            raise UnsupportedModelError(
                f"The tensor {name} is {tuple(tensor.shape)} of {tensor.dtype}, the config asks for numbers of {shape}"
            )
        return tensor.to(self._device)


class Layer:
    """Attention and feed-forward of one layer: their weights, and how the memory is read.

    Args:
        build: provides the weights.
        index: of the layer.
        kind: with a sliding window or without.
        policy: sparse attention over a long memory; None for dense.
        extend: positions beyond the trained length; None if not needed.
    """

    def __init__(
        self, build: Builder, index: int, kind: str, policy: SparsePolicy | None, extend: SelfExtend | None
    ) -> None:
        config, name = build.config, f"model.layers.{index}"
        self.window = int(config.sliding_window) if kind == "sliding_attention" else None
        self.policy, self.extend = policy, extend if self.window is None else None
        self.heads, self.kv_heads, self.head_dim = build.heads, build.kv_heads, build.head_dim
        self.dtype = build.attention
        self.eps = float(config.rms_norm_eps)
        self.scale = float(getattr(config, "query_pre_attn_scalar", None) or build.head_dim) ** -0.5
        activation = getattr(config, "hidden_act", None) or config.hidden_activation
        self.activation, self.gelu = ACTIVATIONS[activation], activation.startswith("gelu")
        hidden, inner = config.hidden_size, config.intermediate_size
        query, shared = build.heads * build.head_dim, build.kv_heads * build.head_dim
        # gemma also norms the outputs before they are added
        adds_normed = build.has(f"{name}.pre_feedforward_layernorm")
        before_mlp = "pre_feedforward_layernorm" if adds_normed else "post_attention_layernorm"
        self.post_attention_norm = build.norm(f"{name}.post_attention_layernorm") if adds_normed else None
        self.post_mlp_norm = build.norm(f"{name}.post_feedforward_layernorm") if adds_normed else None
        heads = {"self_attn.q_proj": query, "self_attn.k_proj": shared, "self_attn.v_proj": shared}
        self.qkv_proj = build.linear(index, hidden, heads, build.norm(f"{name}.input_layernorm"))
        self.o_proj = build.linear(index, query, {"self_attn.o_proj": hidden})
        self.query_norm = build.head_norm(f"{name}.self_attn.q_norm")
        self.key_norm = build.head_norm(f"{name}.self_attn.k_norm")
        gate = {"mlp.gate_proj": inner, "mlp.up_proj": inner}
        self.gate_up_proj = build.linear(index, hidden, gate, build.norm(f"{name}.{before_mlp}"))
        self.down_proj = build.linear(index, inner, {"mlp.down_proj": hidden})
        self.maps = (  # each with its number of inputs, and its parts' outputs by name
            (self.qkv_proj, hidden, heads),
            (self.o_proj, query, {"self_attn.o_proj": hidden}),
            (self.gate_up_proj, hidden, gate),
            (self.down_proj, inner, {"mlp.down_proj": hidden}),
        )

    def adapt(self, slot: int, index: int, weights: Mapping[str, tuple[torch.Tensor, torch.Tensor]]) -> None:
        """Puts this layer's part of an adapter into a slot, see :meth:`core.model.decoder.Decoder.adapt`."""
        for linear, inputs, parts in self.maps:
            found = {name: weights.get(f"layers.{index}.{name}") for name in parts}
            firsts = [pair[0] for pair in found.values() if pair]
            rank, outputs = sum(map(len, firsts)), sum(parts.values())
            a = torch.cat(firsts) if firsts else torch.zeros(0, inputs)
            b, row, column = torch.zeros(outputs, rank), 0, 0
            for name, size in parts.items():  # block diagonal: each part adds only to its own outputs
                if pair := found[name]:
                    b[row : row + size, column : column + len(pair[0])] = pair[1]
                    column += len(pair[0])
                row += size
            linear.adapt(slot, a, b)

    def attend(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        steps: Sequence[Step],
        index: int,
        mixed: torch.Tensor | None,
    ) -> None:
        """Adds the tokens of several sequences to their memories, and writes the outputs of attention.

        Args:
            query: ``[heads, n, head_dim]``, the tokens of all sequences.
            key, value: ``[kv_heads, n, head_dim]``, likewise.
            index: of this layer.
            mixed: ``[n, heads, head_dim]``, for the output; None if it is not needed.
        """
        start = 0
        for step in steps:
            rows = slice(start, start + len(step.ids))
            memory, queries = step.memory.layers[index], query[:, rows]
            memory.append(key[:, rows], value[:, rows])
            memory.observe(queries, self.scale)
            if mixed is not None:
                self._read(queries, memory, step.reading, mixed[rows].transpose(0, 1))
            start = rows.stop

    def _read(self, query: torch.Tensor, memory: LayerMemory, reading: Reading, out: torch.Tensor) -> None:
        """Writes the attention output of the last tokens of a sequence, ``[heads, n, head_dim]``."""
        if reading == "pages":
            out.copy_(self._read_pages(query, memory))
            return
        key, value = memory.keys, memory.values
        if self.window is not None:
            dense_attention(query, key, value, scale=self.scale, window=self.window, out=out)
            return
        past, stop = memory.length - query.shape[1], memory.length
        for start, end in self.extend.parts(past, stop) if self.extend else [(past, stop)]:
            rows = slice(start - past, end - past)
            seen = self._keys(key[:, :end], start)
            self._read_keys(query[:, rows], seen, value[:, :end], reading, out[:, rows])
        if reading == "everything" and self.policy is not None and stop > self.policy.dense_until:
            memory.mark(marks_of_question(query, seen, scale=self.scale, page=self.policy.page))

    def _keys(self, key: torch.Tensor, position: int) -> torch.Tensor:
        """Keys as seen from the token at a position."""
        return self.extend.keys(key, position) if self.extend else key

    def _read_keys(
        self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, reading: Reading, out: torch.Tensor
    ) -> None:
        """Writes the attention output of the last ``n`` tokens, ``[heads, n, head_dim]``, by the policy."""
        if self.policy is None or key.shape[1] <= self.policy.dense_until or reading == "everything":
            dense_attention(query, key, value, scale=self.scale, out=out)
        elif query.is_cuda:
            _on_gpu(query, key, value, scale=self.scale, policy=self.policy, out=out)
        else:
            sparse_attention(query, key, value, scale=self.scale, policy=self.policy, out=out)

    def _read_pages(self, query: torch.Tensor, memory: LayerMemory) -> torch.Tensor:
        """Each token separately, so that a guess under verification reads what it would read alone."""
        outputs = []
        for row in range(query.shape[1]):
            one, seen = query[:, row : row + 1], memory.length - query.shape[1] + row + 1
            if self.policy is None or self.window is not None or seen <= self.policy.dense_until:
                key, value = self._keys(memory.keys[:, :seen], seen - 1), memory.values[:, :seen]
                outputs.append(dense_attention(one, key, value, scale=self.scale, window=self.window))
            else:
                read = page_attention(
                    one, memory, length=seen, scale=self.scale, policy=self.policy, extend=self.extend
                )
                outputs.append(read)
        return outputs[0] if len(outputs) == 1 else torch.cat(outputs, 1)

    @property
    def nbytes(self) -> int:
        """Bytes of weights that one step reads."""
        return sum(linear.nbytes for linear, _, _ in self.maps)

"""Runs the layers in INT8 through :mod:`core.model.kernels`, on a processor: tensors in, tensors out."""

from collections.abc import Sequence
from functools import partial
from weakref import WeakKeyDictionary

import numpy as np
import torch

from ..threads import in_parallel, one_thread, threads
from .heap import give_back
from .int8_matmul import int8_matmul
from .kernels import (
    ALONE,
    NOTHING_FAR,
    Far,
    Linears,
    LinearWorks,
    Network,
    PoolArrays,
    Rows,
    Rules,
    Team,
    Works,
    add_residual,
    gate_rows,
    logits,
    new_work,
    read_rows,
    split_heads,
    step,
)
from .kernels.numbers import Array
from .layer import Layer, Step
from .memory import Pool
from .quantize import Int8Linear, Linear, Norm
from .rope import Rope, Rotation
from .self_extend import SelfExtend
from .sparse import SparsePolicy

_EVERYTHING = 2**62  # tokens; no sequence is so long

_NONE = np.empty(0, np.float32)
_PIECE = 256
"""Most prompt tokens that a thread takes through a layer at once, so that their numbers stay in the CPU's cache."""


class Int8Layers:
    """A decoder's layers.

    Args:
        layers: in INT8, on a processor.
        ropes: the rotation of each layer.
        head: the output layer, in INT8.
        policy: sparse attention for long sequences; None for dense.
        extend: positions beyond the trained length.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        ropes: Sequence[Rope],
        head: Linear,
        policy: SparsePolicy | None,
        extend: SelfExtend | None,
    ) -> None:
        units = policy or SparsePolicy()
        self._layers, self._ropes = layers, ropes
        self._kinds = list(dict.fromkeys(ropes))
        self._kind_at = [ropes.index(kind) for kind in self._kinds]
        self._team = Team(torch.get_num_threads())
        self._head, self._head_norm = _linears(head), _norms([head.norm])[0]
        self._head_works = LinearWorks(self._head, self._team.count)
        self._pools: WeakKeyDictionary[Pool, PoolArrays] = WeakKeyDictionary()
        self.refresh()
        until = _EVERYTHING if policy is None else policy.dense_until
        self._rules = Rules(units.page, units.block, until, units.first, units.local, float(units.budget), _far(extend))

    def refresh(self) -> None:
        """Call after adapters have changed."""
        self._network = self._gather()
        self._works = Works(self._network, self._team.count)

    def _gather(self) -> Network:
        first = self._layers[0]
        return Network(
            qkv_proj=_linears(first.qkv_proj),
            o_proj=_linears(first.o_proj),
            gate_up_proj=_linears(first.gate_up_proj),
            down_proj=_linears(first.down_proj),
            norm=_norms([layer.qkv_proj.norm for layer in self._layers]),
            mlp_norm=_norms([layer.gate_up_proj.norm for layer in self._layers]),
            post_attention_norm=_norms([layer.post_attention_norm for layer in self._layers]),
            post_mlp_norm=_norms([layer.post_mlp_norm for layer in self._layers]),
            query_norm=_norms([layer.query_norm for layer in self._layers]),
            key_norm=_norms([layer.key_norm for layer in self._layers]),
            window=np.array([layer.window or 0 for layer in self._layers]),
            rotation=np.array([self._kinds.index(rope) for rope in self._ropes]),
            heads=first.heads,
            eps=first.eps,
            scale=first.scale,
            gelu=first.gelu,
        )

    def run(self, x: torch.Tensor, rotations: Sequence[Rotation], steps: Sequence[Step]) -> None:
        """Adds the layers' outputs to ``x``, ``[tokens, hidden]`` in fp32, in place; the memories have grown already.

        Args:
            rotations: of all tokens, for each layer.
            steps: the sequences, either all answers or all prompts. Several tokens of an answer attend as if they came
                one by one.
        """
        turns = [[part.numpy()[np.newaxis, :, 0] for part in rotations[layer]] for layer in self._kind_at]
        cosine, sine = map(np.concatenate, zip(*turns, strict=True))
        if steps[0].reading == "pages":
            self._write(x, cosine, sine, steps)
        else:
            self._read(x, cosine, sine, steps)
            give_back()

    def _read(self, x: torch.Tensor, cosine: Array, sine: Array, steps: Sequence[Step]) -> None:
        """Prompts: matrix products by :mod:`core.model.int8_matmul`, with kernels between them.

        Tokens interact only in attention. Before and after it, each thread takes its share of tokens from end to end.
        """
        net, shape = self._network, steps[0].memory.pool.shape
        n = len(x)
        size = -(-n // (threads() * -(-n // (threads() * _PIECE))))  # equal shares for the threads
        slots = np.repeat([step.slot for step in steps], [len(step.ids) for step in steps])
        heads = torch.empty(net.heads + 2 * shape.kv_heads, n, shape.head_dim, dtype=shape.dtype)
        mixed = torch.empty(n, net.heads, shape.head_dim)
        states, attended, heads_array = x.numpy(), mixed.view(n, -1).numpy(), _numbers(heads)

        def before_attention(layer: int, piece: int) -> None:
            rows = slice(piece * size, (piece + 1) * size)
            slot, kind = slots[rows], net.rotation[layer]
            qkv = _PromptMap(net.qkv_proj, layer, slot)
            qkv.read(states[rows], _of_layer(net.norm, layer), net.eps)
            rotation = cosine[kind, rows], sine[kind, rows]
            split_heads(qkv.accumulators(), net, layer, slot, qkv.work, *rotation, heads_array, rows.start)

        def after_attention(layer: int, piece: int) -> None:
            rows = slice(piece * size, (piece + 1) * size)
            slot, x = slots[rows], states[rows]
            out = _PromptMap(net.o_proj, layer, slot)
            out.read(attended[rows], _NONE, net.eps)
            add_residual(out.accumulators(), net.o_proj, layer, slot, out.work, net.post_attention_norm, net.eps, x)
            gate_up, down = _PromptMap(net.gate_up_proj, layer, slot), _PromptMap(net.down_proj, layer, slot)
            gate_up.read(x, _of_layer(net.mlp_norm, layer), net.eps)
            gate_rows(gate_up.accumulators(), net, layer, slot, gate_up.work, down.work)
            add_residual(down.accumulators(), net.down_proj, layer, slot, down.work, net.post_mlp_norm, net.eps, x)

        with one_thread():  # between the pieces too: idle OpenMP threads would spin
            for index, layer in enumerate(self._layers):
                in_parallel(partial(before_attention, index), -(-n // size))
                query, key, value = torch.split(heads, [net.heads, shape.kv_heads, shape.kv_heads])
                ends = layer is self._layers[-1] and all(step.silent for step in steps)
                layer.attend(query, key, value, steps, index, None if ends else mixed)
                if not ends:
                    in_parallel(partial(after_attention, index), -(-n // size))

    def _write(self, x: torch.Tensor, cosine: Array, sine: Array, steps: Sequence[Step]) -> None:
        """Answer tokens: one call into the kernels for all sequences of a pool."""
        pools = list(dict.fromkeys(step.memory.pool for step in steps))
        if len(pools) == 1:
            self._write_pool(x.numpy(), pools[0], cosine, sine, steps)
            return
        owners = np.array([pools.index(step.memory.pool) for step in steps for _ in range(len(step.ids))])
        for number, pool in enumerate(pools):
            rows = np.flatnonzero(owners == number)
            part = x.numpy()[rows]
            mine = [step for step in steps if step.memory.pool is pool]
            self._write_pool(part, pool, cosine.take(rows, 1), sine.take(rows, 1), mine)
            x.numpy()[rows] = part

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """See :meth:`core.model.decoder.Decoder.logits`."""
        norm, eps = self._head_norm, self._network.eps
        return torch.from_numpy(logits(self._team, self._head_works, hidden.numpy(), norm, eps, self._head))

    def _write_pool(self, x: Array, pool: Pool, cosine: Array, sine: Array, steps: Sequence[Step]) -> None:
        n, first = len(x), 0
        table = np.zeros((n, max(len(step.memory.table) for step in steps)), np.int64)
        seen, slot, sequence = (np.empty(n, np.int64) for _ in range(3))
        for number, one in enumerate(steps):
            count = len(one.ids)
            rows, first = slice(first, first + count), first + count
            table[rows, : len(one.memory.table)] = one.memory.table.numpy()
            seen[rows] = range(one.memory.length - count + 1, one.memory.length + 1)
            slot[rows], sequence[rows] = one.slot, number
        tokens = Rows(table, seen, cosine, sine, slot, sequence, _marks(steps))
        queries = torch.empty(pool.shape.layers, n, self._network.heads, pool.shape.head_dim)
        if pool not in self._pools:
            self._pools[pool] = PoolArrays(_numbers(pool.keys), _numbers(pool.values), _numbers(pool.bounds))
        memory = self._pools[pool]
        step(self._team, self._works, x, self._network, memory, tokens, self._rules, queries.numpy())
        first = 0
        for one in steps:
            one.memory.observe(queries.narrow(1, first, len(one.ids)), self._network.scale)
            first += len(one.ids)


class _PromptMap:
    """One layer's linear map for some prompt tokens, each with its adapter's slot."""

    def __init__(self, linear: Linears, layer: int, slot: Array) -> None:
        self.work = new_work(len(slot), linear)
        self._linear, self._layer, self._slot = linear, layer, slot

    def read(self, x: Array, norm: Array, eps: float) -> None:
        """Norms and quantises the tokens, ``[n, inputs]``; not needed if a kernel has done it."""
        read_rows(x, norm, eps, self._linear, self._layer, self._slot, self.work, ALONE)

    def accumulators(self) -> Array:
        """Integer products of the tokens with the weights, ``[n, outputs]``."""
        arrays = self.work.quantized, self.work.sums, self._linear.weight[self._layer]
        array: Array = int8_matmul(*map(torch.from_numpy, arrays)).numpy()
        return array


def _far(extend: SelfExtend | None) -> Far:
    if extend is None:
        return NOTHING_FAR
    return Far(extend.first, extend.step, extend.cosine.numpy(), extend.sine.numpy())


def _marks(steps: Sequence[Step]) -> Array:
    """See :class:`core.model.kernels.Rows`; shorter ones are padded with zeros."""
    first, *others = (step.memory.marks.numpy() for step in steps)
    if not others:
        return first[np.newaxis]
    most = max(mine.shape[2] for mine in (first, *others))
    return np.stack([np.pad(mine, ((0, 0), (0, 0), (0, most - mine.shape[2]))) for mine in (first, *others)])


def _of_layer(norms: Array, layer: int) -> Array:
    """A layer's norm; empty if the model has none."""
    return norms[layer] if len(norms) else _NONE


def _numbers(tensor: torch.Tensor) -> Array:
    """A tensor as an array; bf16, which numpy lacks, as INT16 with the same bits."""
    array: Array = (tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor).numpy()
    return array


def _linears(linear: Linear) -> Linears:
    """One linear map of all layers in the kernels' format, given that of any layer."""
    if not isinstance(linear, Int8Linear):
        raise TypeError("the kernels compute in INT8")
    stack = linear.stack
    return Linears(stack.weight.numpy(), stack.scale.numpy(), stack.bias.numpy(), stack.deltas)


def _norms(norms: Sequence[Norm | None]) -> Array:
    """``[layers, size]``; empty if the model has none."""
    weights = [norm.weight for norm in norms if norm is not None]
    array: Array = (torch.stack(weights) if weights else torch.empty(0, 0)).numpy()
    return array

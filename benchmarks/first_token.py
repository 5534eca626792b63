"""Breakdown of the time to first token, with lower bounds: operations / the speed measured in this run."""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable

import torch
from torch._C._profiler import _ExperimentalConfig
from torch.profiler import ProfilerActivity, profile

from core.engine.request import Request
from core.engine.sequence import SEGMENT, Sequence
from core.model import int8_matmul
from core.model.decoder import Decoder
from core.model.memory import Memory
from core.model.sparse import TRAINING_FREE, work
from core.threads import one_thread

_LINEAR, _ATTENTION = "linear layers, products", "attention, products"
_KINDS = {
    "aten::_int_mm": _LINEAR,
    "aten::mm": _ATTENTION,
    "aten::bmm": _ATTENTION,
    "aten::index_select": "attention, gathering blocks",
    "aten::copy_": "copies",
}
_REST = "the rest of torch"
_OWN = "our kernels: softmax, norms, rotations, quantising, on some processors products; and waiting"
_COUNTED_AS: dict[int8_matmul.Way, str] = {
    int8_matmul.by_integers: _LINEAR,
    int8_matmul.by_floats: _ATTENTION,
    int8_matmul.by_kernel: _OWN,
}
"""Where the profile counts the products of linear layers, by the method that this processor uses."""

_REPEATS = 7


@torch.inference_mode()
def read_prompt(decoder: Decoder, ids: list[int], memory: Memory) -> torch.Tensor:
    """Reads a prompt like the engine with a single request; returns the logits of the next token.

    Args:
        memory: empty, with enough capacity.
    """
    sequence = Sequence(Request(prompt="-"), ids, None, frozenset())
    sequence.begin(memory)
    while sequence.unread:
        hidden = decoder.forward([sequence.step(SEGMENT, guess=False)])
    return decoder.logits(hidden[-1:])[0]


def where_time_goes(decoder: Decoder, ids: list[int]) -> list[list[str]]:
    """Rows of: kind of work, its CPU seconds over all processors, and a lower bound in seconds from its operations."""
    read_prompt(decoder, ids, decoder.new_memory(len(ids)))
    everywhere = _ExperimentalConfig(profile_all_threads=True)  # attention runs in other threads
    with profile(activities=[ProfilerActivity.CPU], experimental_config=everywhere) as profiled:
        begin = time.process_time()
        read_prompt(decoder, ids, decoder.new_memory(len(ids)))
        spent = time.process_time() - begin
    seconds: dict[str, float] = defaultdict(float)
    for event in profiled.key_averages():
        seconds[_KINDS.get(event.key, _REST)] += event.self_cpu_time_total / 1e6
    seconds[_OWN] = spent - sum(seconds.values())
    sizes = decoder.adaptable
    last = f"layers.{max(int(name.split('.')[1]) for name in sizes)}."  # for a prompt it only computes keys and values
    maps = {
        name: size for name, size in sizes.items() if not name.startswith(last) or name.endswith(("k_proj", "v_proj"))
    }
    linear = sum(inputs * outputs for inputs, outputs in maps.values())
    heads = sum(outputs for name, (_, outputs) in maps.items() if name.endswith("q_proj"))  # times their width
    least: dict[str, float] = defaultdict(float)
    least[_COUNTED_AS[int8_matmul.fastest()]] += 2 * linear * len(ids) / _int8_speed()
    speed = _float_speed(decoder.new_memory(1).pool.shape.dtype)
    least[_ATTENTION] += 2 * heads * work(len(ids), TRAINING_FREE) / speed
    rows = [
        [kind, f"{value:.2f}", f"{least[kind]:.2f}" if kind in least else "-"]
        for kind, value in sorted(seconds.items(), key=lambda item: -item[1])
    ]
    return [*rows, ["together", f"{sum(seconds.values()):.2f}", f"{sum(least.values()):.2f}"]]


def _int8_speed() -> float:
    """Operations per second of INT8 products in the largest shapes of a small model."""
    whole, weight = (torch.randint(-127, 128, (1024, 1024)).to(torch.int8) for _ in range(2))
    sums = whole.sum(1, dtype=torch.int32)
    return 2 * 1024**3 / _seconds(lambda: int8_matmul.int8_matmul(whole, sums, weight))


def _float_speed(dtype: torch.dtype) -> float:
    rows, keys = (torch.randn(1024, 1024).to(dtype) for _ in range(2))
    return 2 * 1024**3 / _seconds(lambda: torch.mm(rows, keys.t()))


def _seconds(run: Callable[[], object]) -> float:
    """Median seconds on one processor, since the profile's are CPU seconds too."""
    times = []
    with one_thread():
        for _ in range(_REPEATS):
            begin = time.perf_counter()
            run()
            times.append(time.perf_counter() - begin)
    return statistics.median(times)

"""Where the time to a first token goes, beside the least it could take: operations over the fastest this run saw."""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable

import torch
from torch._C._profiler import _ExperimentalConfig
from torch.profiler import ProfilerActivity, profile

from core.engine.runner import read_prompt
from core.model.decoder import Decoder
from core.model.sparse import TRAINING_FREE, work

_KINDS = {
    "aten::_int_mm": "linear layers, products",
    "aten::mm": "attention, products",
    "aten::bmm": "attention, products",
    "aten::index_select": "attention, gathering blocks",
    "aten::copy_": "copies",
}
_REST = "the rest of torch"
_OWN = "our kernels: softmax, norms, rotations, quantising; and waiting"
_REPEATS = 7


def where_time_goes(decoder: Decoder, ids: list[int]) -> list[list[str]]:
    """Rows of what was done, its seconds of all processors together, and the least seconds that its operations take."""
    read_prompt(decoder, ids, decoder.new_memory(len(ids)))
    everywhere = _ExperimentalConfig(profile_all_threads=True)  # attention runs in threads of its own
    with profile(activities=[ProfilerActivity.CPU], experimental_config=everywhere) as profiled:
        begin = time.process_time()
        read_prompt(decoder, ids, decoder.new_memory(len(ids)))
        spent = time.process_time() - begin
    seconds: dict[str, float] = defaultdict(float)
    for event in profiled.key_averages():
        seconds[_KINDS.get(event.key, _REST)] += event.self_cpu_time_total / 1e6
    seconds[_OWN] = spent - sum(seconds.values())
    sizes = decoder.adaptable
    last = f"layers.{max(int(name.split('.')[1]) for name in sizes)}."  # of a prompt it only makes keys and values
    maps = {
        name: size for name, size in sizes.items() if not name.startswith(last) or name.endswith(("k_proj", "v_proj"))
    }
    linear = sum(inputs * outputs for inputs, outputs in maps.values())
    heads = sum(outputs for name, (_, outputs) in maps.items() if name.endswith("q_proj"))  # times their width
    processors = torch.get_num_threads()  # the speeds are of all together
    least = {
        "linear layers, products": processors * 2 * linear * len(ids) / _int8_speed(),
        "attention, products": processors * 2 * heads * work(len(ids), TRAINING_FREE) / _bf16_speed(),
    }
    rows = [
        [kind, f"{value:.2f}", f"{least[kind]:.2f}" if kind in least else "-"]
        for kind, value in sorted(seconds.items(), key=lambda item: -item[1])
    ]
    return [*rows, ["together", f"{sum(seconds.values()):.2f}", f"{sum(least.values()):.2f}"]]


def _int8_speed() -> float:
    """Operations a second of INT8 products in the largest shapes of a small model."""
    whole, weight = (torch.randint(-127, 128, (1024, size)).to(torch.int8) for size in (1024, 1024))
    return 2 * 1024**3 / _seconds(lambda: torch._int_mm(whole, weight.t()))


def _bf16_speed() -> float:
    rows, keys = (torch.randn(1024, 1024).to(torch.bfloat16) for _ in range(2))
    return 2 * 1024**3 / _seconds(lambda: torch.mm(rows, keys.t()))


def _seconds(run: Callable[[], object]) -> float:
    times = []
    for _ in range(_REPEATS):
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)

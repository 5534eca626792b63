"""Block-sparse attention against dense: what a long prompt costs, and the time to its first token.

One process, one model, the same prompt; only the attention differs. Rows of both sides alternate, medians are given.
"""

import statistics
import time

import torch
from transformers import DynamicCache

from benchmarks.common import report
from core.engine.runner import LocalEngine
from core.hub import ModelHub
from core.model.load import LoadedModel, load_model
from core.model.sparse import TRAINING_FREE, work
from core.settings import load_settings

_LENGTHS = (2048, 4096, 8192, 16384)
_REPEATS = 3


def main() -> None:
    """Measures every length."""
    settings = load_settings()
    loaded = load_model(ModelHub(settings.home).folder(settings.model), threads=settings.threads)
    figures: dict[str, float] = {}
    rows = []
    for length in _LENGTHS:
        ours, dense = _times(loaded, length)
        saved = 1 - work(length, TRAINING_FREE) / work(length, None)
        figures[f"compute_saved_{length >> 10}k"] = round(saved, 4)
        figures[f"speedup_vs_sdpa_{length >> 10}k"] = round(dense / ours, 2)
        rows.append([f"{length:,}", f"{saved:.1%}", f"{ours:.2f} s", f"{dense:.2f} s", f"{dense / ours:.2f}x"])
    columns = ["prompt", "attention compute saved", "first token, r1", "first token, transformers sdpa", "speed-up"]
    title = f"{settings.model}, {loaded.model.dtype}, {torch.get_num_threads()} threads"
    report("attention", title, columns, rows, figures)


def _times(loaded: LoadedModel, length: int) -> tuple[float, float]:
    """Median seconds to the first token: ours, and the model's own dense attention in one pass."""
    ids = torch.randint(100, 40_000, (length,), generator=torch.Generator().manual_seed(length)).tolist()
    engine = LocalEngine(loaded)
    seconds: dict[str, list[float]] = {"r1": [], "sdpa": []}
    for _ in range(_REPEATS if length < 16_384 else 1):  # dense takes more than a minute there
        for attention, times in seconds.items():
            loaded.model.set_attn_implementation(attention)
            cache = DynamicCache(config=loaded.model.config)
            begin = time.perf_counter()
            if attention == "r1":
                engine.prefill(ids, cache)
            else:
                with torch.inference_mode():
                    loaded.model(torch.tensor([ids]), cache=cache, use_cache=True, logits_to_keep=1)
            times.append(time.perf_counter() - begin)
    return statistics.median(seconds["r1"]), statistics.median(seconds["sdpa"])


if __name__ == "__main__":
    main()

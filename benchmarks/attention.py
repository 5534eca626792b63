"""The cost of a long prompt: compute, memory and time to first token, compared with other engines.

All sides use the same weights, tokens and number of threads. R1 runs in INT8 with block-sparse attention and, for what
that alone saves, with dense attention; up to 2,048 tokens both are dense. transformers differs from R1 in more than
attention: it runs the checkpoint with scaled dot product attention and a dense cache, both in bf16, or in fp32 if the
processor would emulate bf16. OpenVINO GenAI and llama.cpp run the GGUF file that the checkpoint comes from.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from benchmarks.common import in_own_process, memory_mb, report, show, skip
from benchmarks.first_token import read_prompt, where_time_goes
from benchmarks.peers import PeerError, PeerRun, llama_cpp, openvino, q4_1
from benchmarks.tasks import plain_text
from core.hub import ModelHub
from core.model.load import load_model
from core.model.precision import FLOATS, native_format
from core.model.sparse import TRAINING_FREE, work
from core.settings import load_settings

_LENGTHS = (2_048, 4_096, 8_128, 16_384)
_SHARED = 8_128  # readable by every peer: they stop at 8,192 positions
_BOUND = 4_096  # tokens of the bounded memory
_REPEATS = 3
_FORM = native_format(torch.device("cpu"))
_SPARSE, _DENSE = "R1, block-sparse", "R1, dense"
_SDPA, _SPARSE_PEER = f"transformers sdpa, dense, {_FORM}", "OpenVINO Q4_1, XAttention"


def main() -> None:
    """Measures every length and every peer."""
    settings = load_settings()
    folder = ModelHub(settings.home).folder(settings.model)
    loaded = load_model(folder, threads=settings.threads, context=settings.context)
    decoder = loaded.decoder
    whole = load_model(folder, threads=settings.threads, context=settings.context, policy=None).decoder
    prompts = {length: plain_text(loaded.tokenizer, length) for length in _LENGTHS}
    ours, dense = (in_own_process("benchmarks.attention", side) for side in ("r1", "sdpa"))
    sides: dict[str, Callable[[list[int]], object]] = {
        _SPARSE: lambda ids: read_prompt(decoder, ids, decoder.new_memory(len(ids))),
        _DENSE: lambda ids: read_prompt(whole, ids, whole.new_memory(len(ids))),
        _SDPA: _transformers(folder),
    }
    seconds: dict[tuple[str, int], float] = {}
    for length in _LENGTHS:
        times: dict[str, list[float]] = {side: [] for side in sides}
        for turn in range(_REPEATS):
            for side, run in sides.items():
                if side != _SDPA or turn == 0 or length < 16_384:  # it takes more than a minute there
                    times[side].append(_timed(run, prompts[length]))
        seconds |= {(side, length): statistics.median(values) for side, values in times.items()}
    for name, peer in _peers([prompt for length, prompt in prompts.items() if length <= _SHARED]):
        seconds[name, peer.prompt_tokens] = peer.ttft_s
    saved = {length: 1 - work(length, TRAINING_FREE) / work(length, None) for length in _LENGTHS}
    rows = [["attention compute saved", *(f"{saved[length]:.1%}" for length in _LENGTHS)]]
    for name in dict.fromkeys(name for name, _ in seconds):
        times_of = [seconds.get((name, length)) for length in _LENGTHS]
        rows.append([f"first token, {name}", *("-" if value is None else f"{value:.2f} s" for value in times_of)])
    rows.append([f"memory, R1 bounded to {_BOUND:,} tokens", *["-"] * 3, f"{ours:.0f} MB"])
    rows.append([f"memory, {_SDPA}", *["-"] * 3, f"{dense:.0f} MB"])
    theirs = seconds.get((_SPARSE_PEER, _SHARED))
    figures = {
        "compute_saved_16k": round(saved[16_384], 4),
        "memory_saved_16k": round(1 - ours / dense, 4),
        "ttft_vs_openvino_sparse_8k": None if theirs is None else round(seconds[_SPARSE, _SHARED] / theirs, 3),
        "speedup_vs_own_dense_8k": _speedup(seconds, _DENSE, _SHARED),
        "speedup_vs_own_dense_16k": _speedup(seconds, _DENSE, 16_384),
        "speedup_vs_sdpa_2k": _speedup(seconds, _SDPA, 2_048),
        "speedup_vs_sdpa_8k": _speedup(seconds, _SDPA, _SHARED),
        "speedup_vs_sdpa_16k": _speedup(seconds, _SDPA, 16_384),
    }
    title = f"{settings.model}, {torch.get_num_threads()} threads; R1: {decoder.precision}"
    where = where_time_goes(decoder, prompts[_SHARED])
    show(f"Where the time to the first token goes, {_SHARED:,} tokens", ["", "seconds", "at least"], where)
    rows += [
        [f"{name}, {_SHARED:,} tokens", "-", "-", f"{took} s, at least {least}", "-"] for name, took, least in where
    ]
    report("attention", title, ["", *(f"{length:,}" for length in _LENGTHS)], rows, figures)


def _speedup(seconds: dict[tuple[str, int], float], side: str, length: int) -> float:
    """How many times as fast as another side R1 is with block-sparse attention."""
    return round(seconds[side, length] / seconds[_SPARSE, length], 2)


def _timed(run: Callable[[list[int]], object], ids: list[int]) -> float:
    begin = time.perf_counter()
    run(ids)
    return time.perf_counter() - begin


def _transformers(folder: Path) -> Callable[[list[int]], None]:
    """The same checkpoint with transformers' defaults."""
    from transformers import AutoModelForCausalLM, DynamicCache

    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=FLOATS[_FORM], attn_implementation="sdpa").eval()

    def run(ids: list[int]) -> None:
        cache = DynamicCache(config=model.config)
        with torch.inference_mode():
            model(torch.tensor([ids]), cache=cache, use_cache=True, logits_to_keep=1)

    return run


def _peers(prompts: list[list[int]]) -> Iterator[tuple[str, PeerRun]]:
    threads = torch.get_num_threads()
    try:
        for name, sparse in (("OpenVINO Q4_1, dense", False), (_SPARSE_PEER, True)):
            runs = openvino(q4_1(), sparse=sparse, prompts=prompts, new_tokens=2, threads=threads)
            yield from ((name, run) for run in runs)
        runs = llama_cpp(q4_1(), prompts=prompts[:1], new_tokens=2, threads=threads)  # longer ones take minutes
        yield from (("llama.cpp Q4_1", run) for run in runs)
    except PeerError as error:
        skip("peers", str(error))


def _print_peak_memory(side: str) -> None:
    """Prints the peak memory in MiB that a prompt of 16,384 tokens needs on top of the loaded model."""
    folder = ModelHub(load_settings().home).folder(load_settings().model)
    if side == "r1":
        decoder = load_model(folder).decoder
        run: Callable[[list[int]], object] = lambda ids: read_prompt(  # noqa: E731
            decoder, ids, decoder.new_bounded_memory(_BOUND)
        )
    else:
        run = _transformers(folder)
    run([1] * 64)  # one-time set-up of the libraries
    Path("/proc/self/clear_refs").write_text("5")  # resets the peak
    before = memory_mb("VmRSS")
    run([1] * 16_384)
    print(memory_mb("VmHWM") - before)


if __name__ == "__main__":
    main() if len(sys.argv) == 1 else _print_peak_memory(sys.argv[1])

"""Decoding speed: INT8 against its lower bound, our own bf16 (fp32 if the processor would emulate bf16), and other
engines on the same weights.

The lower bound ("floor") is the time to read the weights once at the memory bandwidth measured before each short round.
Every side decodes the same number of tokens after the same prompt, greedily, with the same number of threads. After
the long prompt R1 reads chosen pages of its memory, as when it serves, and for comparison all of them ("dense"); the
other engines always read all.
"""

import statistics
import sys
import time
from collections.abc import Iterator

import torch

from benchmarks.common import in_own_process, memory_mb, read_speed, report, skip
from benchmarks.peers import PeerError, PeerRun, llama_cpp, openvino, q4_1, q8_0
from benchmarks.tasks import plain_text
from core.hub import ModelHub
from core.model.decoder import Decoder
from core.model.layer import Step
from core.model.load import load_model
from core.model.precision import native_format
from core.settings import load_settings

_SHORT, _LONG, _NEW = 128, 7_500, 64
_SEGMENT = 1024
_DENSE = "int8, dense"
_REPEATS = {_SHORT: 9, _LONG: 3}


def main() -> None:
    """Measures R1 and its peers on a short prompt and a long one."""
    settings = load_settings()
    folder = ModelHub(settings.home).folder(settings.model)
    full = native_format(torch.device("cpu"))
    rows, speeds = [], dict[tuple[str, int], float]()
    loaded = {form: load_model(folder, precision=form, threads=settings.threads) for form in ("int8", full)}
    models: dict[str, Decoder] = {form: model.decoder for form, model in loaded.items()}
    models[_DENSE] = load_model(folder, precision="int8", threads=settings.threads, policy=None).decoder
    prompts = {length: plain_text(loaded["int8"].tokenizer, length) for length in (_SHORT, _LONG)}
    # Another process using memory slows reading and decoding alike, so they are compared within each round.
    floors: list[float] = []
    of_floor: list[float] = []
    for length, prompt in prompts.items():
        times: dict[str, list[float]] = {form: [] for form in models}
        for _ in range(_REPEATS[length]):
            if length == _SHORT:
                floors.append(read_speed() / models["int8"].nbytes)
            for form, model in models.items():
                times[form].append(statistics.median(_seconds(model, prompt)))
            if length == _SHORT:
                of_floor.append(1 / times["int8"][-1] / floors[-1])
        for form, seconds in times.items():
            speeds[form, length] = 1 / statistics.median(seconds)
            rows.append([f"R1 {form}", str(models[form].precision), f"{length:,}", f"{speeds[form, length]:.1f}"])
    for name, run in _peers(list(prompts.values())):
        speeds[name, run.prompt_tokens] = run.decode_tokens_per_s
        rows.append([name, run.precision, f"{run.prompt_tokens:,}", f"{run.decode_tokens_per_s:.1f}"])
    weights = f"{models['int8'].nbytes / 1e6:.0f} MB a token"
    rows.append(["floor of INT8", weights, "-", f"{statistics.median(floors):.1f}"])

    def ratio(peer: str, length: int, ours: str = "int8") -> float | None:
        return round(speeds[ours, length] / speeds[peer, length], 3) if (peer, length) in speeds else None

    # For a prompt of 2,048 tokens and an answer; last, since compiling kernels the first time takes memory.
    peak = in_own_process("benchmarks.decode", "--peak")
    figures = {
        "int8_vs_floor": round(statistics.median(of_floor), 3),
        "int8_vs_bf16": ratio(full, _SHORT),
        "vs_openvino_q4_short": ratio("OpenVINO Q4_1", _SHORT),
        "vs_openvino_q8_short": ratio("OpenVINO Q8_0", _SHORT),
        "vs_openvino_7k5": ratio("OpenVINO Q4_1", _LONG),
        "dense_vs_openvino_7k5": ratio("OpenVINO Q4_1", _LONG, _DENSE),
        "vs_llama_cpp_q4_short": ratio("llama.cpp Q4_1", _SHORT),
        "peak_rss_mb": peak,
    }
    title = f"{settings.model}, {torch.get_num_threads()} threads, {_NEW} tokens after the prompt"
    report("decode", title, ["engine", "precision", "prompt", "tokens/s"], rows, figures)


def _seconds(model: Decoder, prompt: list[int]) -> list[float]:
    """Seconds for each token after the prompt."""
    memory, ids = model.new_memory(len(prompt) + _NEW), torch.tensor(prompt)
    for start in range(0, len(prompt), _SEGMENT):
        states = model.forward([Step(ids[start : start + _SEGMENT], memory)])
    token, seconds = _likeliest(model.logits(states[-1:])), []
    for _ in range(_NEW):
        begin = time.perf_counter()
        token = _likeliest(model.logits(model.forward([Step(token, memory, "pages")])))
        seconds.append(time.perf_counter() - begin)
    return seconds


def _likeliest(logits: torch.Tensor) -> torch.Tensor:
    """Greedy choice, as in the engine."""
    return torch.from_numpy(logits.float().numpy().argmax(-1))


def _peers(prompts: list[list[int]]) -> Iterator[tuple[str, PeerRun]]:
    threads = torch.get_num_threads()
    for form, gguf in (("Q4_1", q4_1), ("Q8_0", q8_0)):
        try:
            weights = gguf()
            runs = openvino(weights, sparse=False, prompts=prompts, new_tokens=_NEW, threads=threads)
            yield from ((f"OpenVINO {form}", run) for run in runs)
            # llama.cpp needs minutes for the long prompt.
            runs = llama_cpp(weights, prompts=prompts[:1], new_tokens=_NEW, threads=threads)
            yield from ((f"llama.cpp {form}", run) for run in runs)
        except PeerError as error:
            skip(f"peers with {form}", str(error))


def _answer_once() -> None:
    from core.engine.request import Request, SamplingParams, complete
    from core.engine.runner import local_engine

    engine = local_engine(load_settings())
    prompt = "word " * 2_040
    complete(engine, Request(prompt=prompt, params=SamplingParams(temperature=0, max_tokens=8)))
    print(memory_mb("VmHWM"))


if __name__ == "__main__":
    _answer_once() if "--peak" in sys.argv else main()

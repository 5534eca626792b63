"""Concurrent chats: one batch with adapters, compared with one at a time and with llama.cpp's server; prefix caching.

Greedy answers of a fixed length on the default model. The adapters are random ones of rank 16 on all linear maps, since
their cost does not depend on their content. llama.cpp gets the same prompts as tokens and no adapters, which favours
it, since it never batches requests with different adapters.
"""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import torch

from benchmarks.common import report, skip
from benchmarks.peers import PeerError, llama_cpp_batch, q4_1
from benchmarks.soak import soak
from benchmarks.tasks import plain_text
from core.engine.request import Message, Request, SamplingParams, complete
from core.engine.runner import LocalEngine
from core.hub import ModelHub
from core.lora.adapter import Adapter
from core.model.load import LoadedModel, load_model
from core.settings import load_settings

_CHATS, _ADAPTERS, _NEW = 16, 4, 64
_SOAK_ADAPTERS = 2
_PREFIX = 1_500
_REPEATS = 3
_TOPICS = (
    *("bread", "rivers", "stars", "chess", "bridges", "tea", "ships", "clocks"),
    *("bees", "maps", "glass", "snow", "paper", "roads", "music", "salt"),
)


def main() -> None:
    """Measures R1 and the peer."""
    settings = load_settings()
    loaded = load_model(
        ModelHub(settings.home).folder(settings.model),
        name=settings.model,
        threads=settings.threads,
        context=settings.context,
    )
    engine = LocalEngine(loaded)
    for number in range(_ADAPTERS):
        engine.load_adapter(_random_adapter(loaded, number))
    mixed = [_ask(topic, f"adapter{n % _ADAPTERS}") for n, topic in enumerate(_TOPICS)]
    plain = [_ask(topic, "") for topic in _TOPICS]
    sides = {
        "R1, one at a time, 4 adapters": lambda: _run(engine, mixed, 1),
        "R1, 16 at once, 4 adapters": lambda: _run(engine, mixed, _CHATS),
        "R1, 16 at once, no adapter": lambda: _run(engine, plain, _CHATS),
    }
    for run in sides.values():
        run()  # compiles kernels, and reads every prompt once
    times: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(_REPEATS):
        for side, run in sides.items():
            times[side].append(run())
    speed = {side: statistics.median(values) for side, values in times.items()}
    theirs = _peer(loaded, plain)
    cold, warm = _first_token(engine, loaded)
    one, many, bare = speed.values()
    rows = [[side, f"{value:.1f}"] for side, value in speed.items()]
    rows.append(["llama.cpp Q4_1, 16 at once, no adapter", "-" if theirs is None else f"{theirs:.1f}"])
    rows.append([f"first token after {_PREFIX:,} tokens, s: new / shared beginning", f"{cold:.2f} / {warm:.2f}"])
    figures = {
        "batch16_speedup": round(many / one, 2),
        "vs_llamacpp": None if theirs is None else round(many / theirs, 2),
        "adapter_cost": round(1 - many / bare, 3),
        "prefix_speedup": round(cold / warm, 1),
    }
    engine.close()
    figures |= soak(settings.model, [_random_adapter(loaded, number) for number in range(_SOAK_ADAPTERS)])
    title = f"{settings.model}, {torch.get_num_threads()} threads, {_CHATS} chats of {_NEW} tokens; {engine.precision}"
    report("serving", title, ["side", "tokens/s"], rows, figures)


def _ask(topic: str, adapter: str) -> Request:
    params = SamplingParams(temperature=0, repetition_penalty=1, max_tokens=_NEW)
    return Request((Message("user", f"Tell me a long story about {topic}."),), params=params, adapter=adapter)


def _random_adapter(loaded: LoadedModel, number: int) -> Adapter:
    """A random adapter, too weak to end an answer early."""
    random = torch.Generator().manual_seed(number)
    weights = {
        name: (torch.randn(16, inputs, generator=random) * 0.01, torch.randn(outputs, 16, generator=random) * 0.01)
        for name, (inputs, outputs) in loaded.decoder.adaptable.items()
    }
    return Adapter(f"adapter{number}", 1.0, weights)


def _run(engine: LocalEngine, requests: list[Request], at_once: int) -> float:
    """Total tokens per second of all answers."""
    begin = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        answers = list(pool.map(lambda request: complete(engine, request), requests))
    return sum(answer.completion_tokens for answer in answers) / (time.perf_counter() - begin)


def _peer(loaded: LoadedModel, requests: list[Request]) -> float | None:
    prompts = [
        loaded.tokenizer.apply_chat_template(
            [{"role": "user", "content": request.messages[0].content}], add_generation_prompt=True
        )["input_ids"]
        for request in requests
    ]
    try:
        return llama_cpp_batch(q4_1(), prompts=prompts, new_tokens=_NEW, threads=torch.get_num_threads())
    except PeerError as error:
        skip("llama.cpp", str(error))
        return None


def _first_token(engine: LocalEngine, loaded: LoadedModel) -> tuple[float, float]:
    """Seconds to the first token of a new prompt, and of one that shares a prefix with an earlier one."""
    cold, warm = list[float](), list[float]()
    for number in range(_REPEATS):
        beginning = f"Note {number}. " + loaded.tokenizer.decode(plain_text(loaded.tokenizer, _PREFIX))
        for seconds, question in ((cold, "What is this about?"), (warm, "Who is in it?")):
            params = SamplingParams(temperature=0, max_tokens=1)
            request = Request((Message("user", f"{beginning}\n\n{question}"),), params=params)
            begin = time.perf_counter()
            complete(engine, request)
            seconds.append(time.perf_counter() - begin)
    return statistics.median(cold), statistics.median(warm)


if __name__ == "__main__":
    main()

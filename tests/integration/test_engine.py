"""The engine with the real model: a request's answer depends on nothing but the request."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.engine.request import Chunk, Message, Request, SamplingParams, complete
from core.engine.runner import LocalEngine
from core.lora.adapter import Adapter
from core.model.load import LoadedModel, load_model

WORDS = [
    "apple",
    "river",
    "stone",
    "quiet",
    "seven",
    "lamp",
    "bridge",
    "winter",
    "green",
    "paper",
    "music",
    "garden",
    "cloud",
    "silver",
    "horse",
]


@pytest.fixture(scope="module")
def loaded(home: Path) -> LoadedModel:
    return load_model(home / "models" / "smollm2-135m-instruct", context=16_384)


@pytest.fixture(scope="module")
def loaded_bf16(home: Path) -> LoadedModel:
    return load_model(home / "models" / "smollm2-135m-instruct", precision="bf16")


def ask(text: str, tokens: int = 24, *, seed: int | None = None, tenant: str = "") -> Request:
    drawn = SamplingParams(temperature=0.8, top_p=0.9, seed=seed, max_tokens=tokens)
    greedy = SamplingParams(temperature=0, max_tokens=tokens)
    return Request((Message("user", text),), params=greedy if seed is None else drawn, tenant=tenant)


def together(engine: LocalEngine, requests: list[Request]) -> list[Chunk]:
    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(lambda request: complete(engine, request), requests))


def texts(answers: list[Chunk]) -> list[str]:
    return [answer.text for answer in answers]


requests = st.builds(
    lambda words, tokens, seed: ask(" ".join(words), tokens, seed=seed),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=400),
    st.integers(1, 40),
    st.none() | st.integers(0, 9),
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(requests, min_size=2, max_size=8))
def test_alone_and_in_a_batch(loaded: LoadedModel, asked: list[Request]) -> None:
    fresh = LocalEngine(loaded, cache_tokens=16_384)
    alone = [complete(LocalEngine(loaded, cache_tokens=16_384), request) for request in asked]
    assert texts(together(fresh, asked)) == texts(alone)
    again = together(fresh, asked)
    assert texts(again) == texts(alone), "now with the beginnings of the prompts in memory"
    fresh.close()


def test_after_giving_way(loaded: LoadedModel) -> None:
    """The memory holds two of the six answers: the others are begun, suspended and begun again."""
    asked = [ask(f"Tell me a long story about a {word}.", 150) for word in WORDS[:6]]
    roomy, narrow = LocalEngine(loaded, cache_tokens=16_384), LocalEngine(loaded, cache_tokens=512)
    assert texts(together(narrow, asked)) == texts([complete(roomy, request) for request in asked])
    assert narrow.status.preempted > 0
    assert roomy.status.preempted == 0


@pytest.mark.parametrize("length", [70, 900, 1_500, 3_400])
def test_with_its_beginning_in_memory(loaded: LoadedModel, length: int) -> None:
    """Others share the beginning and go on differently; the longest prompt reads sparsely, its beginning included."""
    engine, fresh = (LocalEngine(loaded, cache_tokens=16_384) for _ in range(2))
    text = " ".join(WORDS[n * n % len(WORDS)] for n in range(length))
    first, other = ask(f"{text} What comes next?"), ask(f"{text} Which word is the last one? Say it twice.")
    answers = [complete(engine, request) for request in (first, other, first)]
    assert answers[0].cached_tokens == 0
    assert all(answer.cached_tokens > 0.75 * length - 64 for answer in answers[1:])
    assert texts(answers[1:]) == [complete(fresh, other).text, answers[0].text]


class Given:
    """A tokenizer for prompts that are a length: so many tokens of one text."""

    chat_template = None

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        words = tokenizer(" ".join(WORDS[n * n % 11] for n in range(1_500)), add_special_tokens=False)
        self._ids: list[int] = words["input_ids"]

    def __call__(self, text: str, add_special_tokens: bool) -> dict[str, list[int]]:
        return {"input_ids": self._ids[: int(text)]}

    def decode(self, ids: list[int], **options: bool) -> str:
        return str(self._tokenizer.decode(ids, **options))


@pytest.mark.parametrize(("first", "second"), [(964, 1_076), (1_024, 1_025), (1_087, 1_088), (1_126, 1_307)])
def test_numbers_around_a_segment_are_the_same(loaded: LoadedModel, first: int, second: int) -> None:
    """A beginning in memory was read in other pieces than the whole prompt would be."""
    given = replace(loaded, tokenizer=Given(loaded.tokenizer))
    params = SamplingParams(temperature=0, max_tokens=2, logprobs=20)
    begun, fresh = (LocalEngine(given, cache_tokens=16_384) for _ in range(2))
    complete(begun, Request(prompt=str(first), params=params))
    answers = [complete(engine, Request(prompt=str(second), params=params)) for engine in (begun, fresh)]
    assert [answer.cached_tokens > 900 for answer in answers] == [True, False]
    assert answers[0].logprobs == answers[1].logprobs
    for engine in (begun, fresh):
        engine.close()


def test_a_long_prompt_beside_answers(loaded: LoadedModel) -> None:
    """It is read in smaller pieces than alone; nobody's answer changes."""
    long = ask(" ".join(WORDS[n * 7 % len(WORDS)] for n in range(3_000)) + " Repeat the first word.")
    short = [ask(f"Tell me about a {word}.", 60, seed=n) for n, word in enumerate(WORDS[:3])]
    engine = LocalEngine(loaded, cache_tokens=16_384)
    alone = [complete(LocalEngine(loaded, cache_tokens=16_384), request) for request in (*short, long)]
    assert texts(together(engine, [*short, long])) == texts(alone)


CLOSE = 0.5
"""Two log-probabilities that bf16 may exchange on another processor: scores of 16 to 32 have steps of an eighth, of
which each may be off by two, and a processor with matrix units rounds otherwise alone than in a batch. INT8 exchanges
none."""


def same_until_close(one: Chunk, other: Chunk) -> int:
    """How many tokens were compared: up to the first place where the two best are close."""
    for at, (mine, theirs) in enumerate(zip(one.logprobs, other.logprobs, strict=False)):
        best, second = mine.top
        if best.logprob - second.logprob < CLOSE:
            return at
        assert mine.text == theirs.text
    assert len(one.logprobs) == len(other.logprobs)
    return len(one.logprobs)


@settings(max_examples=3, deadline=None, phases=[Phase.generate])
@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=200), min_size=2, max_size=8))
def test_bf16_alone_and_in_a_batch(loaded_bf16: LoadedModel, asked: list[list[str]]) -> None:
    """Also with the beginnings of prompts in memory, and with too little memory for all."""
    params = SamplingParams(temperature=0, repetition_penalty=1, max_tokens=24, logprobs=2)
    certain = "Repeat after me: one two three four five six seven eight nine ten"  # others are close at once
    questions = [*(" ".join(words) for words in asked), certain]
    requests = [Request((Message("user", question),), params=params) for question in questions]
    alone = [complete(LocalEngine(loaded_bf16, cache_tokens=4_096), request) for request in requests]
    roomy, narrow = LocalEngine(loaded_bf16, cache_tokens=16_384), LocalEngine(loaded_bf16, cache_tokens=512)
    for answers in (together(roomy, requests), together(roomy, requests), together(narrow, requests)):
        compared = [same_until_close(*pair) for pair in zip(alone, answers, strict=True)]
        assert compared[-1] == len(alone[-1].logprobs) >= 10, "what is close from the first token on shows nothing"
    for engine in (roomy, narrow):
        engine.close()


def adapter(loaded: LoadedModel, name: str, seed: int) -> Adapter:
    """Strong enough to change what is answered."""
    random = torch.Generator().manual_seed(seed)
    weights = {
        name: (torch.randn(8, inputs, generator=random) * 0.05, torch.randn(outputs, 8, generator=random) * 0.04)
        for name, (inputs, outputs) in loaded.decoder.adaptable.items()
    }
    return Adapter(name, 1.0, weights)


def test_beside_other_adapters(loaded: LoadedModel) -> None:
    engine = LocalEngine(loaded, cache_tokens=16_384)
    for number in range(3):
        engine.load_adapter(adapter(loaded, f"adapter{number}", number))
    names = ["", "adapter0", "adapter1", "adapter2"]
    asked = [
        replace(ask(f"Tell me about a {word}.", seed=seed), adapter=name)
        for word in WORDS[:2]
        for name, seed in zip(names, (None, None, 3, 4), strict=True)
    ]
    alone = [complete(engine, request) for request in asked]
    assert texts(together(engine, asked)) == texts(alone)
    assert len(set(texts(alone))) == len(asked), "every adapter answers in its own way"


def test_tenants_share_nothing(loaded: LoadedModel) -> None:
    engine = LocalEngine(loaded, cache_tokens=16_384)
    text = " ".join(WORDS * 20)
    cached = [complete(engine, ask(text, 1, tenant=tenant)).cached_tokens for tenant in ("a", "b", "a", "b")]
    assert cached[:2] == [0, 0]
    assert min(cached[2:]) > 0


def test_an_answer_follows_a_schema(loaded: LoadedModel) -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string", "maxLength": 20}, "age": {"type": "integer"}},
        "required": ["name", "age"],
        "additionalProperties": False,
    }
    engine = LocalEngine(loaded, cache_tokens=4_096)
    complete_ones = 0
    for seed in range(5):
        params = SamplingParams(temperature=1.2, seed=seed, max_tokens=300)
        answer = complete(engine, Request((Message("user", "Describe a cat."),), params=params, json_schema=schema))
        if answer.finish_reason == "stop":
            complete_ones += 1
            assert set(json.loads(answer.text)) == {"name", "age"}
    assert complete_ones > 0

"""Drawing the next token, against plain Python."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.engine.request import Message, Request, SamplingParams
from core.engine.sampling import Sampler
from core.errors import EngineError, InvalidRequestError

LOGITS = st.lists(st.floats(-20, 20, width=32), min_size=1, max_size=30)


def draw(logits: list[float], *, prompt: list[int] | None = None, n: int = 1, **params: Any) -> list[int]:
    sampler = Sampler(SamplingParams(**{"repetition_penalty": 1, **params}), prompt or [])
    return [sampler.next(torch.tensor(logits)) for _ in range(n)]


@given(logits=LOGITS)
def test_temperature_zero_takes_the_likeliest(logits: list[float]) -> None:
    assert draw(logits, temperature=0) == [logits.index(max(logits))]


@pytest.mark.parametrize("temperature", [1e-6, 1e-30, 5e-324])
def test_tiny_temperature_is_greedy_too(temperature: float) -> None:
    assert draw([1.0, 30.0, 29.9], temperature=temperature, n=3) == [1, 1, 1]


@pytest.mark.parametrize("temperature", [0, 1])
@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_scores_that_are_no_numbers_are_not_drawn_from(broken: float, temperature: float) -> None:
    with pytest.raises(EngineError, match=r"not finite numbers.*R1_PRECISION"):
        draw([1.0, broken, 2.0], temperature=temperature)


def test_same_seed_same_tokens() -> None:
    logits = [0.0] * 1000
    first, again, other = (draw(logits, seed=seed, n=20, top_p=1, temperature=1) for seed in (7, 7, 8))
    assert first == again
    assert first != other


@given(logits=LOGITS, top_p=st.floats(0.05, 1), seed=st.integers(0, 99))
def test_only_the_nucleus_is_drawn(logits: list[float], top_p: float, seed: int) -> None:
    """A drawn token is likelier than, or as likely as, some token of the smallest set that reaches ``top_p``."""
    peak = max(logits)
    weights = [math.exp(each - peak) for each in logits]
    probabilities = [weight / sum(weights) for weight in weights]
    reached, last = 0.0, 0.0
    for probability in sorted(probabilities, reverse=True):
        reached, last = reached + probability, probability
        if reached >= top_p:
            break
    for token in draw(logits, top_p=top_p, temperature=1, seed=seed, n=20):
        assert probabilities[token] >= last * (1 - 1e-4)


@pytest.mark.parametrize("top_p", [5e-324, 1e-46, 1e-30])
@pytest.mark.parametrize("top_k", [0, 1, 2])
def test_the_smallest_nucleus_is_the_likeliest_token(top_p: float, top_k: int) -> None:
    assert draw([1.0, 3.0, 2.0], temperature=1, top_p=top_p, top_k=top_k, n=20) == [1] * 20


def test_nucleus_is_drawn_in_proportion() -> None:
    """0.5, 0.3, 0.15, 0.05 at top_p 0.8 is a draw of the first two at 5 to 3."""
    logits = [math.log(each) for each in (0.05, 0.3, 0.15, 0.5)]
    drawn = draw(logits, top_p=0.79, temperature=1, seed=1, n=4000)
    assert set(drawn) == {1, 3}
    assert drawn.count(3) / 4000 == pytest.approx(5 / 8, abs=0.03)


def test_temperature_divides_the_logits() -> None:
    """At temperature 2 odds of 9 to 1 become 3 to 1."""
    drawn = draw([math.log(9), 0.0], top_p=1, temperature=2, seed=1, n=4000)
    assert drawn.count(0) / 4000 == pytest.approx(3 / 4, abs=0.03)


def test_repetition_penalty_formula() -> None:
    """Seen logits are divided when positive, multiplied when negative (CTRL, section 4.1)."""
    greedy = {"temperature": 0, "repetition_penalty": 1.5}
    assert draw([3.0, 2.1, 0.0], prompt=[0], **greedy) == [1]  # 3 / 1.5 < 2.1
    assert draw([3.0, 1.9, 0.0], prompt=[0], **greedy) == [0]  # 3 / 1.5 > 1.9
    assert draw([-2.0, -2.9], prompt=[0], **greedy) == [1]  # -2 * 1.5 < -2.9
    assert draw([-2.0, -3.1], prompt=[0], **greedy) == [0]  # -2 * 1.5 > -3.1


def test_repetition_penalty_counts_the_answer_once() -> None:
    drawn = draw([3.0, 2.5, 2.2], temperature=0, repetition_penalty=1.5, n=5)
    assert drawn == [0, 1, 2, 0, 0]  # then all are seen, and no token is punished twice


def test_logits_are_left_alone() -> None:
    logits = torch.tensor([1.0, 2.0])
    Sampler(SamplingParams(repetition_penalty=2, temperature=0), [0, 1]).next(logits)
    assert logits.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    "params",
    [
        {"temperature": -0.1},
        {"temperature": 2.1},
        {"temperature": math.nan},
        {"top_p": 0},
        {"top_p": 1.01},
        {"top_p": math.nan},
        {"temperature": "0.5"},
        {"top_k": -2},
        {"top_k": 2.5},
        {"max_tokens": 2.5},
        {"max_tokens": "9"},
        {"seed": 1.5},
        {"logprobs": 1.0},
        {"stop": (1,)},
        {"presence_penalty": 2.1},
        {"frequency_penalty": -2.1},
        {"logprobs": 21},
        {"repetition_penalty": 0.4},
        {"repetition_penalty": 2.1},
        {"max_tokens": 0},
        {"stop": ("",)},
        {"stop": ("x",) * 9},
        {"seed": -1},
        {"seed": 2**63},
    ],
)
def test_out_of_range_is_refused_by_name(params: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError, match=next(iter(params))):
        SamplingParams(**params)


def test_other_ways_to_say_the_usual() -> None:
    stop: Any = None
    assert SamplingParams(top_k=-1, stop=stop) == SamplingParams()
    stop = ["a", "b"]
    assert SamplingParams(stop=stop) == SamplingParams(stop=("a", "b"))
    number: Any = np.int64(3)
    assert SamplingParams(number.astype("float32") / 2, max_tokens=number, top_k=number, seed=number).seed == 3


def test_what_is_no_text_is_refused_by_name() -> None:
    other: Any = ["a", "b"]
    with pytest.raises(InvalidRequestError, match="prompt must be one text"):
        Request(prompt=other)
    with pytest.raises(InvalidRequestError, match="content must be a text"):
        Message("user", other)
    other = "tool"
    with pytest.raises(InvalidRequestError, match="role must be system, user or assistant"):
        Message(other, "hi")
    for other in ("\ud800", "a\nb", 1):
        with pytest.raises(InvalidRequestError, match="tenant must be a text of printable characters"):
            Request(prompt="hi", tenant=other)


def test_request_is_messages_or_prompt() -> None:
    with pytest.raises(InvalidRequestError):
        Request()
    with pytest.raises(InvalidRequestError):
        Request((Message("user", "hi"),), prompt="hi")


def test_a_single_stop_text_is_one_text() -> None:
    stop: Any = "User:"
    assert SamplingParams(stop=stop).stop == ("User:",)
    assert SamplingParams(stop=stop) == SamplingParams(stop=("User:",))
    stop = ""
    with pytest.raises(InvalidRequestError, match="stop"):
        SamplingParams(stop=stop)

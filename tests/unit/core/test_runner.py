"""The engine around a scripted model: thoughts, stop texts, limits, cancelling."""

import dataclasses
import threading
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, LlamaConfig

from core.engine.request import Chunk, Message, Request, SamplingParams, complete
from core.engine.runner import LocalEngine
from core.errors import ContextLengthError, InvalidRequestError, SettingsError
from core.model.decoder import Decoder
from core.model.layer import Step
from core.model.load import LoadedModel
from core.model.precision import Precision
from core.model.sparse import TRAINING_FREE

END = 0
GREEDY = SamplingParams(temperature=0, repetition_penalty=1, max_tokens=50)


class Letters:
    """A tokenizer whose tokens are letters."""

    def __init__(self, opening: str = "") -> None:
        self.chat_template = "yes"
        self._opening = opening

    def __call__(self, text: str, add_special_tokens: bool) -> dict[str, list[int]]:
        return {"input_ids": [ord(letter) for letter in text]}

    def decode(self, ids: Sequence[int], skip_special_tokens: bool) -> str:
        return "".join(map(chr, ids))

    def apply_chat_template(self, messages: list[dict[str, str]], **_: Any) -> str:
        turns = [f"[{message['role']}]{message['content']}" for message in messages]
        return "".join([*turns, "[assistant]", self._opening])


class Script:
    """A decoder that says its text letter by letter, then the end token, whatever it is asked."""

    def __init__(self, text: str, context: int) -> None:
        self.context = context
        self._text = text
        self.prompts: list[list[int]] = []
        self.passes = 0

    def new_memory(self, capacity: int) -> SimpleNamespace:
        memory = SimpleNamespace(said=-1)
        memory.forget = lambda count: setattr(memory, "said", memory.said - count)
        return memory

    def forward(self, steps: Sequence[Step]) -> torch.Tensor:
        """Hidden states are how much has been said."""
        (step,) = steps
        memory: Any = step.memory
        if memory.said < 0:
            self.prompts.append(step.ids.tolist())
            memory.said = 0
            return torch.tensor([[0]])
        self.passes += 1
        memory.said += len(step.ids)
        return torch.arange(memory.said - len(step.ids) + 1, memory.said + 1).unsqueeze(1)

    def scores(self, hidden: torch.Tensor) -> torch.Tensor:
        scores = torch.zeros(len(hidden), 128)
        for row, (said,) in enumerate(hidden.tolist()):
            scores[row, ord(self._text[said]) if said < len(self._text) else END] = 1
        return scores


def engine(text: str, *, opening: str = "", context: int = 200) -> LocalEngine:
    return LocalEngine(loaded(Script(text, context), Letters(opening)))


def loaded(decoder: Any, tokenizer: Any) -> LoadedModel:
    return LoadedModel("script", decoder, tokenizer, frozenset({END}))


def ask(params: SamplingParams = GREEDY) -> Request:
    return Request((Message("user", "hello"),), params=params)


def with_limits(**params: Any) -> SamplingParams:
    return SamplingParams(**{"temperature": 0, "repetition_penalty": 1, "max_tokens": 50, **params})


@pytest.mark.parametrize(("text", "opening"), [("<think>hm</think>\n\nyes", ""), ("hm</think>\n\nyes", "<think>\n")])
def test_thoughts_are_kept_apart(text: str, opening: str) -> None:
    """Whether the model writes ``<think>`` or its chat template has."""
    whole = complete(engine(text, opening=opening), ask())
    assert (whole.text, whole.reasoning, whole.finish_reason) == ("yes", "hm", "stop")


def test_stop_text_ends_the_answer() -> None:
    whole = complete(engine("one END two"), ask(with_limits(stop=("END",))))
    assert (whole.text, whole.finish_reason) == ("one ", "stop")


def test_half_a_stop_text_is_given_out_at_the_end() -> None:
    assert complete(engine("one EN"), ask(with_limits(stop=("END",)))).text == "one EN"


def test_max_tokens_ends_the_answer() -> None:
    whole = complete(engine("endless"), ask(with_limits(max_tokens=3)))
    assert whole == Chunk("end", "", "length", len("[user]hello[assistant]"), 3)


def test_only_the_last_chunk_has_a_reason() -> None:
    reasons = [chunk.finish_reason for chunk in engine("abc").stream(ask())]
    assert reasons == [None, None, None, "stop"]


def test_context_is_a_limit_for_prompt_and_answer_together() -> None:
    prompt = len("[user]hello[assistant]")
    assert complete(engine("a", context=prompt + 50), ask()).text == "a"
    with pytest.raises(ContextLengthError, match=f"{prompt} tokens of prompt and 50 of answer") as caught:
        engine("a", context=prompt + 49).stream(ask())  # at the call, before anything is read
    assert "hello" not in str(caught.value)


def test_base_model_continues_plain_lines() -> None:
    script, letters = Script("yes", 200), Letters()
    letters.chat_template = None  # type: ignore[assignment]
    complete(LocalEngine(loaded(script, letters)), ask())
    assert "".join(map(chr, script.prompts[0])) == "user: hello\nassistant:"


def test_requests_wait_for_each_other_and_closing_lets_the_next_in() -> None:
    shared = engine("abc")
    first = shared.stream(ask())
    next(first)
    answers: list[str] = []
    second = threading.Thread(target=lambda: answers.append(complete(shared, ask()).text))
    second.start()
    second.join(0.2)
    assert answers == []
    first.close()
    second.join(10)
    assert answers == ["abc"]


def test_what_is_quoted_comes_in_few_passes() -> None:
    quote = "the quick brown fox jumps over the lazy dog"
    script = Script(f"I said: {quote}, and not: {quote[:20]} cat", 500)
    request = Request((Message("user", quote),), params=GREEDY)
    request = dataclasses.replace(request, params=with_limits(max_tokens=200))
    answer = complete(LocalEngine(loaded(script, Letters())), request)
    assert answer.text == f"I said: {quote}, and not: {quote[:20]} cat"
    assert script.passes < answer.completion_tokens * 0.6


def test_a_guess_never_passes_the_limit() -> None:
    script = Script("abcabcabcabcabcabc", 500)
    for limit in range(1, 12):
        answer = complete(LocalEngine(loaded(script, Letters())), ask(with_limits(max_tokens=limit)))
        assert (answer.text, answer.completion_tokens) == ("abcabcabcabcabcabc"[:limit], limit)


def test_an_empty_prompt_is_refused() -> None:
    class Silent(Letters):
        def __call__(self, text: str, add_special_tokens: bool) -> dict[str, list[int]]:
            return {"input_ids": []}

    with pytest.raises(InvalidRequestError, match="empty"):
        LocalEngine(loaded(Script("a", 200), Silent())).stream(ask())


@pytest.fixture(scope="module")
def tiny() -> Decoder:
    """Random weights; reads sparsely from 4,096 tokens on."""
    torch.manual_seed(0)
    config = LlamaConfig(
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        vocab_size=128,
        max_position_embeddings=8192,
    )
    weights = AutoModelForCausalLM.from_config(config).state_dict()
    return Decoder(config, weights, Precision("fp32", "fp32", torch.float32), TRAINING_FREE, torch.device("cpu"))


def test_a_long_prompt_is_read_in_segments_and_its_end_densely(tiny: Decoder) -> None:
    """The scores after 5,000 tokens are those of a sparse pass over the beginning and a dense one over the end."""
    ids = torch.randint(1, 50, (5000,))
    memory, second, third = (tiny.new_memory(5000) for _ in range(3))
    ours = LocalEngine(loaded(tiny, None)).prefill(ids.tolist(), memory)
    assert memory.length == len(ids)
    bulk = 5000 - 128 - 5000 % 64
    tiny.forward([Step(ids[:bulk], second)])
    expected = tiny.scores(tiny.forward([Step(ids[bulk:], second, "everything")])[-1])
    whole = tiny.scores(tiny.forward([Step(ids, third)])[-1])
    assert torch.allclose(ours, expected, atol=1e-5)
    assert not torch.allclose(ours, whole, atol=1e-7), "the end of a sparse pass is sparse"


def test_a_bounded_memory_lets_prompt_and_answer_grow(tiny: Decoder) -> None:
    short = loaded(tiny, Letters())
    long = ask(with_limits(max_tokens=20))
    long = dataclasses.replace(long, messages=(Message("user", "\x07" * 9000),))
    with pytest.raises(ContextLengthError):
        LocalEngine(short).stream(long)
    assert complete(LocalEngine(short, memory=1024), long).completion_tokens == 20
    with pytest.raises(SettingsError, match="memory of 1000 tokens"):
        LocalEngine(short, memory=1000)

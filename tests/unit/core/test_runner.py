"""The engine around a scripted model: thoughts, stop texts, limits, cancelling."""

import threading
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, DynamicCache, LlamaConfig

from core.engine.request import Chunk, Message, Request, SamplingParams, complete
from core.engine.runner import LocalEngine
from core.errors import ContextLengthError
from core.model import attention
from core.model.load import LoadedModel

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
    """A model that says its text letter by letter, then the end token, whatever it is asked."""

    device = torch.device("cpu")
    config = LlamaConfig(num_hidden_layers=1)

    def __init__(self, text: str) -> None:
        self._text = text
        self._said = 0
        self.prompts: list[list[int]] = []

    def __call__(self, input_ids: torch.Tensor, **_: Any) -> Any:
        if input_ids.shape[1] > 1:
            self._said = 0
            self.prompts.append(input_ids[0].tolist())
        logits = torch.zeros(1, 1, 128)
        logits[0, 0, ord(self._text[self._said]) if self._said < len(self._text) else END] = 1
        self._said += 1
        return SimpleNamespace(logits=logits)


def engine(text: str, *, opening: str = "", context: int = 200) -> LocalEngine:
    return LocalEngine(LoadedModel("script", Script(text), Letters(opening), context, frozenset({END})))


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
    script, letters = Script("yes"), Letters()
    letters.chat_template = None  # type: ignore[assignment]
    complete(LocalEngine(LoadedModel("base", script, letters, 200, frozenset({END}))), ask())
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


def test_a_long_prompt_is_read_in_segments_and_its_end_densely() -> None:
    """The scores after 5,000 tokens are those of a sparse pass over the beginning and a dense one over the end."""
    torch.manual_seed(0)
    config = LlamaConfig(
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        vocab_size=50,
        max_position_embeddings=8192,
    )
    attention.register()
    model: Any = AutoModelForCausalLM.from_config(config, attn_implementation=attention.NAME).eval()
    ids = torch.randint(1, 50, (5000,)).tolist()
    cache = DynamicCache(config=config)
    ours = LocalEngine(LoadedModel("tiny", model, None, 8192, frozenset())).prefill(ids, cache)
    assert cache.get_seq_length() == len(ids)
    bulk = 5000 - 128 - 5000 % 64
    with torch.inference_mode():
        second = DynamicCache(config=config)
        model(input_ids=torch.tensor([ids[:bulk]]), cache=second, use_cache=True)
        with attention.reading_everything():
            expected = model(input_ids=torch.tensor([ids[bulk:]]), cache=second, use_cache=True).logits[0, -1]
        whole = model(input_ids=torch.tensor([ids])).logits[0, -1]
    assert torch.allclose(ours, expected, atol=1e-5)
    assert not torch.equal(ours, whole), "the end of a sparse pass is sparse"

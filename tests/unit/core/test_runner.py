"""The engine around a scripted model: thoughts, stop texts, limits, cancelling."""

import dataclasses
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
from jinja2 import TemplateError

from benchmarks.first_token import read_prompt
from core.engine.request import Chunk, EngineStatus, Message, Request, complete, joined
from core.engine.runner import LocalEngine
from core.engine.scheduler import RUNNING, Scheduler
from core.engine.sequence import BESIDE
from core.engine.sequence import Sequence as Asked
from core.errors import (
    BusyError,
    ContextLengthError,
    DeadlineError,
    EngineError,
    InvalidRequestError,
    UnknownModelError,
)
from core.model.decoder import Decoder
from core.model.layer import Step
from tests.unit.core.scripted_model import GREEDY, Letters, Script, ask, loaded, wait_until, with_limits


def engine(text: str, *, opening: str = "", context: int = 200) -> LocalEngine:
    return LocalEngine(loaded(Script(text, context), Letters(opening)))


@pytest.mark.parametrize(("text", "opening"), [("<think>hm</think>\n\nyes", ""), ("hm</think>\n\nyes", "<think>\n")])
def test_thoughts_are_kept_apart(text: str, opening: str) -> None:
    """Whether the model writes ``<think>`` or its chat template has."""
    whole = complete(engine(text, opening=opening), ask())
    assert (whole.text, whole.reasoning, whole.finish_reason) == ("yes", "hm", "stop")


def test_stop_text_ends_the_answer() -> None:
    whole = complete(engine("one END two"), ask(with_limits(stop=("END",))))
    assert (whole.text, whole.finish_reason) == ("one ", "stop")


@pytest.mark.parametrize("stop", ["END", "D", "on", "ne EN", "EN", " ", "NDx", "o"])
def test_logprobs_are_those_of_the_text(stop: str) -> None:
    """Tokens of the stop text have none, as with OpenAI; those that only look like one at first do."""
    params = with_limits(stop=(stop, "ENDs", "two one"), logprobs=1)
    whole = complete(engine("one END two"), ask(params))
    assert "".join(token.text for token in whole.logprobs) == whole.text


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
    assert caught.value.param == "messages"
    assert "hello" not in str(caught.value)


def test_base_model_continues_plain_lines() -> None:
    script, letters = Script("yes", 200), Letters()
    letters.chat_template = None  # type: ignore[assignment]
    complete(LocalEngine(loaded(script, letters)), ask())
    assert "".join(map(chr, script.prompts[0])) == "user: hello\nassistant:"


def test_closing_an_answer_frees_its_memory() -> None:
    shared = engine("abc" * 200, context=4096)
    answers = [shared.stream(ask(with_limits(max_tokens=500))) for _ in range(3)]
    for answer in answers:
        next(answer)
    assert shared.status.running + shared.status.waiting == 3
    assert shared.status.cache_usage > 0
    for answer in answers:
        answer.close()
    assert complete(shared, ask(with_limits(max_tokens=3))).text == "abc"
    assert wait_until(lambda: shared.status == EngineStatus(0, 0, 0, 0))


def test_many_at_a_time_each_get_theirs() -> None:
    shared = engine("abc" * 30, context=4096)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda n: complete(shared, ask(with_limits(max_tokens=n))).text, range(1, 60)))
    assert answers == [("abc" * 30)[:n] for n in range(1, 60)]


def test_whoever_gave_way_waits_until_there_is_room() -> None:
    """The memory holds two of the four answers. One that came back at once would soon give way again."""

    class Counting(Script):
        """Notes how many tokens of answers, at most, came at once."""

        most = 0

        def forward(self, steps: Sequence[Step]) -> torch.Tensor:
            self.most = max([self.most, *(len(step.ids) for step in steps if step.reading == "pages")])
            return super().forward(steps)

    story = "abcdefgh" * 100
    script = Counting(story, 1024)
    shared = LocalEngine(loaded(script, Letters()), cache_tokens=1024)
    asked = Request((Message("user", "x" * 100),), params=with_limits(max_tokens=len(story)))
    with shared._between_steps:  # all come before the first step
        answers = [shared.stream(dataclasses.replace(asked, tenant=str(number))) for number in range(4)]
    wholes = [joined(list(answer)) for answer in answers]
    assert [whole.text for whole in wholes] == [story] * 4
    assert 2 <= shared.status.preempted <= 8
    assert [whole.cached_tokens for whole in wholes] == [0] * 4, "what it read itself before is not told"
    assert script.most == BESIDE, "what runs again comes in pieces"


def test_too_many_waiting_are_told_so() -> None:
    shared = LocalEngine(loaded(Script("abc" * 300, 4096), Letters()), cache_tokens=4096, queue=2)
    taken = []

    def ask_many() -> None:
        for _ in range(200):
            taken.append(shared.stream(ask(with_limits(max_tokens=800))))

    with pytest.raises(BusyError, match="requests wait already"):
        ask_many()
    assert 2 + RUNNING <= len(taken) < 200
    for answer in taken:
        answer.close()


def test_an_answer_that_takes_too_long_is_given_up() -> None:
    slow = engine("a" * 4000, context=8192)
    request = dataclasses.replace(ask(with_limits(max_tokens=4000)), timeout_s=0.05)
    with pytest.raises(DeadlineError, match=r"0\.05 s"):
        complete(slow, request)
    assert complete(slow, ask(with_limits(max_tokens=2))).text == "aa"


def test_whose_time_runs_out_while_it_is_looked_at_is_not_lost() -> None:
    decoder = Script("a", 200)
    scheduler = Scheduler(decoder, decoder.new_pool(200))
    scheduler.add(Asked(Request(prompt="a"), [1], Letters(), frozenset()))
    expired = iter((False, True))
    assert len(scheduler.drop(lambda _: next(expired))) + scheduler.waiting == 1


def test_a_failing_model_fails_its_requests_and_no_others(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(Script):
        def forward(self, steps: Sequence[Step]) -> torch.Tensor:
            if self.passes == 3:
                self.passes += 1
                raise RuntimeError("out of something")
            return super().forward(steps)

    failing = LocalEngine(loaded(Failing("abcdefgh", 200), Letters()), cache_tokens=256)
    with pytest.raises(EngineError, match="RuntimeError") as caught:
        complete(failing, ask())
    assert "something" not in str(caught.value) + caplog.text
    assert complete(failing, ask()).text == "abcdefgh"


def test_scores_that_are_no_numbers_fail_the_request_and_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Script):
        def logits(self, hidden: torch.Tensor) -> torch.Tensor:
            return super().logits(hidden) * torch.nan

    with pytest.raises(EngineError, match="not finite numbers"):
        complete(LocalEngine(loaded(Broken("abc", 200), Letters())), ask())
    assert "The model's scores are not finite numbers" in caplog.text


@pytest.mark.parametrize("where", ["forward", "take"])
def test_one_that_fails_in_a_batch_fails_alone(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(Script):
        def forward(self, steps: Sequence[Step]) -> torch.Tensor:
            if where == "forward" and any(step.ids[-1] == ord("!") for step in steps):
                raise RuntimeError
            return super().forward(steps)

    def take(self: object, logits: torch.Tensor) -> bool:
        raise RuntimeError

    shared = LocalEngine(loaded(Failing("abcdefgh" * 20, 500), Letters()), cache_tokens=2048)
    with shared._between_steps:  # all come before the first step
        good = [shared.stream(ask(with_limits(max_tokens=100))) for _ in range(3)]
        bad = shared.stream(Request(prompt="fail!", params=GREEDY))
    if where == "take":
        sequence = bad.gi_frame.f_locals["sequence"]
        monkeypatch.setattr(sequence, "take", take.__get__(sequence))
    with pytest.raises(EngineError, match="RuntimeError"):
        list(bad)
    assert ["".join(chunk.text for chunk in answer) for answer in good] == [("abcdefgh" * 20)[:100]] * 3


def test_a_step_that_fails_leaves_memories_as_they_were(tiny: Decoder) -> None:
    memory, small = tiny.new_memory(200), tiny.new_memory(64)
    ids = torch.randint(1, 50, (100,))
    with pytest.raises(ContextLengthError):
        tiny.forward([Step(ids, memory), Step(ids, small)])
    assert (memory.length, small.length) == (0, 0)


def test_closing_the_engine_ends_what_runs() -> None:
    closing = engine("a" * 4000, context=8192)
    answer = closing.stream(ask(with_limits(max_tokens=4000)))
    next(answer)
    closing.close()
    with pytest.raises(EngineError, match="shutting down"):
        for _ in answer:
            pass
    with pytest.raises(EngineError, match="shutting down"):
        closing.stream(ask())
    with pytest.raises(EngineError, match="ended"):
        _ = closing.status


def test_the_end_of_a_block_closes_the_engine() -> None:
    with engine("abc") as opened:
        assert complete(opened, ask()).text == "abc"
    with pytest.raises(EngineError, match="shutting down"):
        opened.stream(ask())
    with pytest.raises(ZeroDivisionError), engine("abc") as opened:
        1 / 0  # noqa: B018
    with pytest.raises(EngineError, match="ended"):
        _ = opened.status


def test_an_engine_that_found_no_thread_begins_with_the_next_request(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    shared = engine("abc")
    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", no_thread)
        with pytest.raises(RuntimeError):
            shared.stream(ask())
    assert shared.status == EngineStatus(0, 0, 0, 0)
    assert complete(shared, ask()).text == "abc"


def test_an_unknown_adapter_is_refused() -> None:
    with pytest.raises(UnknownModelError, match="cooking"):
        engine("a").stream(dataclasses.replace(ask(), adapter="cooking"))


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


def test_a_token_that_the_model_lacks_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="special token"):
        engine("a").stream(Request(prompt="\N{SNOWMAN}"))


def test_half_a_character_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="half a character"):
        engine("a").stream(Request((Message("user", "\ud83d"),)))


def test_a_conversation_that_the_template_refuses_is_refused() -> None:
    class Strict(Letters):
        def apply_chat_template(self, messages: list[dict[str, str]], **_: Any) -> str:
            raise TemplateError("roles must alternate: secret")

    with pytest.raises(InvalidRequestError, match="chat template does not take these roles") as caught:
        LocalEngine(loaded(Script("a", 200), Strict())).stream(ask())
    assert "secret" not in str(caught.value)


def test_the_setting_that_limits_is_named(caplog: pytest.LogCaptureFixture) -> None:
    capped = LocalEngine(loaded(Script("a", 1000), Letters()), cache_tokens=512)
    assert "R1_CACHE_TOKENS=512" in caplog.text
    long = Request(prompt="a" * 500, params=GREEDY)
    with pytest.raises(ContextLengthError, match="the 512 that R1_CACHE_TOKENS") as caught:
        capped.stream(long)
    assert "raise R1_CACHE_TOKENS" in (caught.value.hint or "")
    with pytest.raises(ContextLengthError, match="the model's 300") as caught:
        engine("a", context=300).stream(long)
    assert "raise R1_CONTEXT" in (caught.value.hint or "")


def test_an_empty_prompt_is_refused() -> None:
    class Silent(Letters):
        def __call__(self, text: str, add_special_tokens: bool) -> dict[str, list[int]]:
            return {"input_ids": []}

    with pytest.raises(InvalidRequestError, match="empty"):
        LocalEngine(loaded(Script("a", 200), Silent())).stream(ask())


def test_a_long_prompt_is_read_in_segments_and_its_end_densely(tiny: Decoder) -> None:
    """The logits after 5,000 tokens are those of a sparse pass over the beginning and a dense one over the end."""
    ids = torch.randint(1, 50, (5000,))
    memory, second, third = (tiny.new_memory(5000) for _ in range(3))
    ours = read_prompt(tiny, ids.tolist(), memory)
    assert memory.length == len(ids)
    bulk = 5000 - 128 - 5000 % 64
    tiny.forward([Step(ids[:bulk], second)])
    expected = tiny.logits(tiny.forward([Step(ids[bulk:], second, "everything")])[-1])
    whole = tiny.logits(tiny.forward([Step(ids, third)])[-1])
    assert torch.allclose(ours, expected, atol=1e-5)
    assert not torch.allclose(ours, whole, atol=1e-7), "the end of a sparse pass is sparse"

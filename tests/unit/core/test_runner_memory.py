"""The engine and the memory of its sequences: bounded ones, and who gets none."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from core.engine.request import EngineStatus, Message, Request, complete, joined
from core.engine.runner import LocalEngine
from core.engine.scheduler import RUNNING
from core.errors import ContextLengthError, EngineError, SettingsError
from core.model.decoder import Decoder
from core.model.memory import BoundedMemory
from tests.unit.core.scripted_model import Letters, Script, ask, loaded, wait_until, with_limits


def test_a_bounded_memory_lets_prompt_and_answer_grow(tiny: Decoder) -> None:
    short = loaded(tiny, Letters())
    long = ask(with_limits(max_tokens=20))
    long = dataclasses.replace(long, messages=(Message("user", "\x07" * 9000),))
    with pytest.raises(ContextLengthError):
        LocalEngine(short).stream(long)
    assert complete(LocalEngine(short, memory=1024), long).completion_tokens == 20
    with pytest.raises(SettingsError, match="memory of 1000 tokens"):
        LocalEngine(short, memory=1000)


@pytest.mark.parametrize(("cache_tokens", "most"), [(256, 1), (1600, 3), (1 << 20, RUNNING)])
def test_as_many_bounded_memories_as_fit_are_held_together(tiny: Decoder, cache_tokens: int, most: int) -> None:
    shared = LocalEngine(loaded(tiny, Letters()), memory=512, cache_tokens=cache_tokens)
    asked = ask(with_limits(max_tokens=400, logprobs=0))
    with shared._between_steps:  # all come before the first step
        answers = [shared.stream(asked) for _ in range(most + 1)]
    for answer in answers[:most]:
        while not next(answer).logprobs:
            pass
    assert shared.status == EngineStatus(most, 1, 1, 0)
    for answer in answers:
        answer.close()


def test_what_a_bounded_memory_forgets_does_not_depend_on_others(tiny: Decoder) -> None:
    """Pieces of a prompt are as long beside answers, and nothing is guessed."""
    params = with_limits(max_tokens=150, logprobs=5)
    random = torch.Generator().manual_seed(2)
    prompts = ["".join(map(chr, torch.randint(1, 120, (n,), generator=random).tolist())) for n in (2500, 1900, 700)]
    asked = [Request(prompt=prompt, params=params) for prompt in prompts]
    alone = [complete(LocalEngine(loaded(tiny, Letters()), memory=1024), request) for request in asked]
    shared = LocalEngine(loaded(tiny, Letters()), memory=1024)
    with ThreadPoolExecutor(len(asked)) as pool:
        together = list(pool.map(lambda request: complete(shared, request), asked))
    for one, other in zip(together, alone, strict=True):
        assert one.text == other.text
        ours, theirs = ([token.logprob for token in answer.logprobs] for answer in (one, other))
        assert ours == pytest.approx(theirs, abs=1e-4)  # but for the rounding of floats


def test_one_that_gets_no_memory_fails_alone() -> None:
    class Full(Script):
        """Has no room for the second memory that a request asks for."""

        asked = -1  # the engine tries one first

        def new_bounded_memory(self, capacity: int) -> BoundedMemory:
            self.asked += 1
            if self.asked == 2:
                raise RuntimeError("out of something")
            return BoundedMemory(self.new_pool(64).shape, capacity, (), positions=capacity)

    shared = LocalEngine(loaded(Full("abcdefgh", 200), Letters()), memory=512)
    with shared._between_steps:  # all come before the first step
        answers = [shared.stream(ask()) for _ in range(3)]
    assert joined(list(answers[0])).text == "abcdefgh"
    with pytest.raises(EngineError, match="RuntimeError") as caught:
        list(answers[1])
    assert "something" not in str(caught.value)
    assert joined(list(answers[2])).text == "abcdefgh"
    assert wait_until(lambda: shared.status == EngineStatus(0, 0, 0, 0))

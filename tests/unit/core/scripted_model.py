"""A model that says what it is told to, and a tokenizer whose tokens are letters."""

import time
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch

from core.engine.request import Message, Request, SamplingParams
from core.model.layer import Step
from core.model.load import LoadedModel
from core.model.memory import Memory, MemoryShape, Pool

END = 0
GREEDY = SamplingParams(temperature=0, repetition_penalty=1, max_tokens=50)


class Letters:
    """A tokenizer whose tokens are letters."""

    added_tokens_decoder: ClassVar[dict[int, Any]] = {}

    def __init__(self, opening: str = "") -> None:
        self.chat_template = "yes"
        self._opening = opening

    def __call__(self, text: str, add_special_tokens: bool) -> dict[str, list[int]]:
        return {"input_ids": [ord(letter) for letter in text]}

    def decode(self, ids: Sequence[int], skip_special_tokens: bool = False) -> str:
        return "".join(map(chr, ids))

    def apply_chat_template(self, messages: list[dict[str, str]], **_: Any) -> str:
        turns = [f"[{message['role']}]{message['content']}" for message in messages]
        return "".join([*turns, "[assistant]", self._opening])


class Script:
    """A decoder that says its text letter by letter, then the end token, whatever it is asked.

    Each prompt ends where the last ``]`` or ``:`` stands; what stands behind it in a memory has been said.
    """

    precision = "none"
    ropes: tuple[Any, ...] = ()

    def __init__(self, text: str, context: int, vocab_size: int = 128) -> None:
        self.context, self.vocab_size = context, vocab_size
        self._text = text
        self._prompt: dict[Memory, int] = {}
        self.prompts: list[list[int]] = []
        self.passes = 0

    def new_pool(self, tokens: int) -> Pool:
        """A pool that nothing is written to."""
        shape = MemoryShape(1, 1, 1, torch.float32, torch.device("cpu"), 16, 64)
        return Pool(shape, tokens // 64)

    def forward(self, steps: Sequence[Step]) -> torch.Tensor:
        """Hidden states are how much has been said."""
        states = []
        for step in steps:
            step.memory.grow(len(step.ids))
            if step.reading == "pages":
                self.passes += 1
            else:
                if step.memory not in self._prompt:
                    self.prompts.append(step.ids.tolist())
                self._prompt[step.memory] = step.memory.length
            stop = step.memory.length - self._prompt[step.memory] + 1
            states.append(torch.arange(stop - len(step.ids), stop))
        return torch.cat(states).unsqueeze(1)

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        logits = torch.zeros(len(hidden), self.vocab_size)
        for row, (said,) in enumerate(hidden.tolist()):
            logits[row, ord(self._text[said]) if said < len(self._text) else END] = 1
        return logits


def loaded(decoder: Any, tokenizer: Any) -> LoadedModel:
    return LoadedModel("script", decoder, tokenizer, frozenset({END}))


def ask(params: SamplingParams = GREEDY) -> Request:
    return Request((Message("user", "hello"),), params=params)


def with_limits(**params: Any) -> SamplingParams:
    return SamplingParams(**{"temperature": 0, "repetition_penalty": 1, "max_tokens": 50, **params})


def wait_until(fulfilled: Callable[[], bool]) -> bool:
    for _ in range(500):
        if fulfilled():
            return True
        time.sleep(0.01)
    return False

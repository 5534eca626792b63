"""Answers requests with a model in this process, one at a time."""

import threading
from collections.abc import Generator
from typing import Any

import torch
from transformers import DynamicCache

from ..errors import ContextLengthError
from ..model.attention import reading_everything
from ..model.load import LoadedModel
from ..model.sparse import TRAINING_FREE
from .request import Chunk, FinishReason, Request
from .sampling import Sampler
from .text import Detokenizer, ReasoningSplitter, StopMatcher

_SEGMENT = TRAINING_FREE.dense_until  # tokens of a long prompt that run together
_BLOCK = TRAINING_FREE.block
_QUESTION = 128  # tokens at the end of a prompt that read everything, at least


class LocalEngine:
    """Runs a loaded model; concurrent requests wait for each other."""

    def __init__(self, loaded: LoadedModel) -> None:
        self._loaded = loaded
        self._turn = threading.Lock()

    @property
    def model_name(self) -> str:
        """The model that answers."""
        return self._loaded.name

    def stream(self, request: Request) -> Generator[Chunk]:
        """See :meth:`core.engine.request.Engine.stream`."""
        prompt = self._render(request)
        ids = self._loaded.tokenizer(prompt, add_special_tokens=bool(request.prompt))["input_ids"]
        room = self._loaded.context_length - len(ids)
        if room < request.params.max_tokens:
            raise ContextLengthError(
                f"{len(ids)} tokens of prompt and {request.params.max_tokens} of answer exceed the model's "
                f"{self._loaded.context_length}",
                hint="Shorten the prompt or lower max_tokens",
            )
        return self._answer(request, ids, open_in_prompt=prompt.rstrip().endswith("<think>"))

    def _render(self, request: Request) -> str:
        if request.prompt:
            return request.prompt
        messages = [{"role": message.role, "content": message.content} for message in request.messages]
        if self._loaded.tokenizer.chat_template is None:  # a base model: plain lines that it can continue
            return "".join(f"{message['role']}: {message['content']}\n" for message in messages) + "assistant:"
        return str(self._loaded.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))

    def _answer(self, request: Request, ids: list[int], *, open_in_prompt: bool) -> Generator[Chunk]:
        detokenizer = Detokenizer(self._loaded.tokenizer)
        matcher = StopMatcher(request.params.stop)
        splitter = ReasoningSplitter(open_in_prompt=open_in_prompt)
        finish: FinishReason = "length"
        count = 0
        with self._turn:
            for token in self._tokens(request, ids):
                count += 1
                if token in self._loaded.stop_ids:
                    finish = "stop"
                    break
                text, reasoning = splitter.push(matcher.push(detokenizer.push(token)))
                if text or reasoning:
                    yield Chunk(text, reasoning, None, len(ids), count)
                if matcher.stopped:
                    finish = "stop"
                    break
        text, reasoning = splitter.push(matcher.flush())
        held_text, held_reasoning = splitter.flush()
        yield Chunk(text + held_text, reasoning + held_reasoning, finish, len(ids), count)

    def _tokens(self, request: Request, ids: list[int]) -> Generator[int]:
        cache, sampler = DynamicCache(config=self._loaded.model.config), Sampler(request.params, ids)
        logits = self.prefill(ids, cache)
        for _ in range(request.params.max_tokens):
            token = sampler.next(logits)
            yield token
            logits = self._forward([token], cache)

    def prefill(self, ids: list[int], cache: DynamicCache) -> torch.Tensor:
        """Reads the prompt and returns the scores of the next token.

        A long prompt runs in segments with the cache carried over (Dai et al. 2019, Transformer-XL; with the whole
        cache kept it is the same as one pass). Its end, where the question stands, reads everything.
        """
        end = len(ids) - (_QUESTION + len(ids) % _BLOCK)
        for start in range(0, end if len(ids) > _SEGMENT else 0, _SEGMENT):
            self._forward(ids[start : min(end, start + _SEGMENT)], cache)
        with reading_everything():
            return self._forward(ids[cache.get_seq_length() :], cache)

    def _forward(self, ids: list[int], cache: DynamicCache) -> torch.Tensor:
        model: Any = self._loaded.model
        step = torch.tensor([ids], device=model.device)
        with torch.inference_mode():
            scores: torch.Tensor = model(input_ids=step, cache=cache, use_cache=True, logits_to_keep=1).logits[0, -1]
        return scores


def open_engine(name: str, *, device: str | None = None, precision: str | None = None) -> LocalEngine:
    """Loads a model of this machine by name, folder or hub id.

    Args:
        device, precision: see :mod:`core.model.precision`; None is what ``R1_DEVICE`` and ``R1_PRECISION`` say.

    Raises:
        SettingsError: the environment holds a malformed setting.
        ModelError: it is not here, or it cannot be loaded.
    """
    from ..hub import ModelHub
    from ..model.load import load_model
    from ..settings import load_settings

    settings = load_settings()
    folder = ModelHub(settings.home).folder(name)
    loaded = load_model(
        folder,
        name=name,
        device=device or settings.device,
        precision=precision or settings.precision,
        threads=settings.threads,
    )
    return LocalEngine(loaded)

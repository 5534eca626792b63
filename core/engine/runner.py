"""Answers requests with a model in this process, one at a time."""

import threading
from collections.abc import Generator

import torch

from ..errors import ContextLengthError, InvalidRequestError
from ..model.layer import Step
from ..model.load import LoadedModel
from ..model.memory import Memory
from ..model.precision import Precision
from ..model.sparse import TRAINING_FREE
from .lookup import PromptLookup
from .request import Chunk, FinishReason, Request
from .sampling import Sampler
from .text import Detokenizer, ReasoningSplitter, StopMatcher

_SEGMENT = 1024  # tokens of a long prompt that run together: more would leave the processor's cache
_BLOCK = TRAINING_FREE.block
_QUESTION = 128  # tokens at the end of a prompt that read everything, at least


class LocalEngine:
    """Runs a loaded model; concurrent requests wait for each other.

    Args:
        loaded: the model.
        memory: tokens kept of a sequence at most, see :class:`core.model.memory.BoundedMemory`; prompt and answer may
            then have any length. 0 keeps everything.

    Raises:
        SettingsError: the memory does not fit the model.
    """

    def __init__(self, loaded: LoadedModel, memory: int = 0) -> None:
        self._loaded = loaded
        self._memory = memory
        self._turn = threading.Lock()
        if memory:
            loaded.decoder.new_bounded_memory(memory)  # refused now rather than at the first request

    @property
    def model_name(self) -> str:
        """The model that answers."""
        return self._loaded.name

    @property
    def precision(self) -> Precision:
        """What it computes in."""
        return self._loaded.decoder.precision

    def stream(self, request: Request) -> Generator[Chunk]:
        """See :meth:`core.engine.request.Engine.stream`."""
        prompt = self._render(request)
        ids = self._loaded.tokenizer(prompt, add_special_tokens=bool(request.prompt))["input_ids"]
        if not ids:
            raise InvalidRequestError("The prompt is empty")
        total, context = len(ids) + request.params.max_tokens, self._loaded.decoder.context
        if total > context and not self._memory:
            raise ContextLengthError(
                f"{len(ids)} tokens of prompt and {request.params.max_tokens} of answer exceed the model's {context}",
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
        """Draws the answer, token by token; what it quotes from the prompt comes several tokens a pass."""
        decoder, limit = self._loaded.decoder, request.params.max_tokens
        memory = self.new_memory(len(ids) + limit)
        sampler, lookup = Sampler(request.params, ids), PromptLookup(ids)
        token, count = sampler.next(self.prefill(ids, memory)), 1
        yield token
        while count < limit:
            lookup.push(token)
            guess = lookup.guess(limit - count - 1)
            hidden = decoder.forward([Step(torch.tensor([token, *guess]), memory, "pages")])
            for place, scores in enumerate(decoder.scores(hidden)):
                token, count = sampler.next(scores), count + 1
                yield token
                if place < len(guess) and token != guess[place]:
                    memory.forget(len(guess) - place)
                    break
                if place < len(guess):
                    lookup.push(token)

    def new_memory(self, capacity: int) -> Memory:
        """Memory for a prompt and its answer of ``capacity`` tokens together."""
        decoder = self._loaded.decoder
        return decoder.new_bounded_memory(self._memory) if self._memory else decoder.new_memory(capacity)

    def prefill(self, ids: list[int], memory: Memory) -> torch.Tensor:
        """Reads the prompt and returns the scores of the next token.

        A long prompt runs in segments. Its end, where the question stands, reads everything.
        """
        decoder = self._loaded.decoder
        prompt = torch.tensor(ids)
        segment = min(_SEGMENT, self._memory // 2 or _SEGMENT)
        end = bulk(len(ids)) if len(ids) > segment else 0
        for start in range(0, end, segment):
            decoder.forward([Step(prompt[start : min(end, start + segment)], memory)])
        hidden = decoder.forward([Step(prompt[end:], memory, "everything")])
        return decoder.scores(hidden[-1:])[0]


def bulk(length: int) -> int:
    """Tokens of a long prompt that are read by blocks: whole blocks, and not the end, where the question stands."""
    return max(0, length - (_QUESTION + length % _BLOCK))


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
        context=settings.context,
    )
    return LocalEngine(loaded, settings.memory)

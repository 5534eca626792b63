"""The model as an API for programs: text in, text out, and a conversation that remembers its last turns."""

from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import replace
from os import PathLike
from typing import Any, Self

from .engine.named import chosen_engine
from .engine.request import Chunk, Engine, Message, Request, SamplingParams
from .errors import ContextLengthError
from .validation import require, within


def _params_or_usual(params: SamplingParams | None) -> SamplingParams:
    if not isinstance(params, SamplingParams | None):
        raise TypeError("params is a SamplingParams, or one of PRESETS such as PRESETS['professional']")
    return params or SamplingParams()


class _Asking:
    """Holds an engine: one that was passed in, or one that it opened and closes itself."""

    def __init__(self, engine: Engine | None, model_path: str | PathLike[str], device: str) -> None:
        self._engine = chosen_engine(engine, model_path, device)
        self._opened = engine is None

    def close(self) -> None:
        """Closes the engine if it was opened here; one that was passed in keeps running."""
        if self._opened:
            self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class TextGenerator(_Asking):
    """Continues prompts. ``close``, or the end of a ``with`` block, unloads a model that it loaded.

    Args:
        engine: the engine to use.
        params: sampling parameters.
        model_path, device: the model to load if no engine is given, see :func:`core.engine.named.chosen_engine`.
        temperature, max_length, top_p, repetition_penalty: names from the article (see docs/python.md); they
            override ``params``. Prefer ``params``. ``max_length`` is its ``max_tokens``: the prompt does not count.

    Raises:
        TypeError: neither an engine nor a model, or both; or ``params`` is not a ``SamplingParams``.
        SettingsError, ModelError: the model cannot be loaded.
        InvalidRequestError: a parameter is out of its range.
    """

    def __init__(
        self,
        engine: Engine | None = None,
        params: SamplingParams | None = None,
        *,
        model_path: str | PathLike[str] = "",
        device: str = "",
        temperature: float | None = None,
        max_length: int | None = None,
        top_p: float | None = None,
        repetition_penalty: float | None = None,
    ) -> None:
        given = {
            "temperature": temperature,
            "max_tokens": max_length,
            "top_p": top_p,
            "repetition_penalty": repetition_penalty,
        }
        changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        self._params = replace(_params_or_usual(params), **changes)
        super().__init__(engine, model_path, device)

    def generate(self, prompt: str, *, adapter: str = "") -> str:
        """The continuation of ``prompt``, without the thoughts of a reasoning model.

        Args:
            adapter: the domain adapter that continues it; empty for the model alone.

        Raises:
            ContextLengthError: the prompt is too long.
            UnknownModelError: there is no such adapter.
        """
        return "".join(chunk.text for chunk in self.stream(prompt, adapter=adapter))

    def stream(self, prompt: str, *, adapter: str = "") -> Generator[Chunk]:
        """The continuation piece by piece; close the generator to stop early."""
        return self._engine.stream(Request(prompt=prompt, params=self._params, adapter=adapter))


class ConversationModel(_Asking):
    """A conversation with the model that remembers a window of turns.

    ``close``, or the end of a ``with`` block, unloads a model that it loaded.

    Args:
        engine: the engine to use.
        model_path, device: the model to load if no engine is given, see :func:`core.engine.named.chosen_engine`.
        system: instructions that precede every turn; empty for the model's own.
        history_window: how many earlier question-and-answer turns are shown to the model, at least 0. If these do not
            fit its context, the oldest are left out.
        params: sampling parameters.

    Raises:
        TypeError: neither an engine nor a model, or both; or ``params`` is not a ``SamplingParams``.
        SettingsError, ModelError: the model cannot be loaded.
        InvalidRequestError: a negative window.
    """

    def __init__(
        self,
        engine: Engine | None = None,
        *,
        model_path: str | PathLike[str] = "",
        device: str = "",
        system: str = "",
        history_window: int = 5,
        params: SamplingParams | None = None,
    ) -> None:
        require(within(history_window, int, 0), "history_window", "a whole number, at least 0")
        self._params = _params_or_usual(params)
        super().__init__(engine, model_path, device)
        self._system = (Message("system", system),) if system else ()
        self._turns: deque[tuple[Message, Message]] = deque(maxlen=history_window)

    @property
    def history(self) -> tuple[Message, ...]:
        """The turns that the next answer will see, oldest first."""
        return tuple(message for turn in self._turns for message in turn)

    def reset(self) -> None:
        """Forgets the conversation."""
        self._turns.clear()

    def generate(self, message: str, *, adapter: str = "") -> str:
        """The answer to ``message``, without the thoughts of a reasoning model.

        Args:
            adapter: the domain adapter that answers; empty for the model alone.

        Raises:
            ContextLengthError: the message alone is too long.
            UnknownModelError: there is no such adapter.
        """
        return "".join(chunk.text for chunk in self.stream(message, adapter=adapter))

    def stream(self, message: str, *, adapter: str = "") -> Iterator[Chunk]:
        """The answer piece by piece. If closed early, the part that was read is remembered."""
        question, answer = Message("user", message), ""
        try:
            for chunk in self._open(question, adapter):
                answer += chunk.text
                yield chunk
        finally:
            if answer:
                self._turns.append((question, Message("assistant", answer)))

    def _open(self, question: Message, adapter: str) -> Generator[Chunk]:
        history = self.history
        while True:
            messages = (*self._system, *history, question)
            try:
                return self._engine.stream(Request(messages, params=self._params, adapter=adapter))
            except ContextLengthError:
                if not history:
                    raise
                history = history[2:]

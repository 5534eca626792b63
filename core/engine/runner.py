"""Answers requests with a model in this process, many at a time."""

import atexit
import logging
import threading
import weakref
from collections.abc import Generator
from itertools import accumulate
from pathlib import Path
from queue import Empty

import torch

from ..errors import (
    BusyError,
    ContextLengthError,
    DeadlineError,
    EngineError,
    InvalidRequestError,
    R1Error,
    SettingsError,
)
from ..lora.adapter import CONFIG, Adapter, read_adapter
from ..lora.bank import AdapterBank
from ..model.load import LoadedModel
from ..model.memory import check_capacity
from ..model.precision import Precision
from ..model.sparse import SparsePolicy
from ..settings import Settings
from .request import Chunk, Engine, EngineStatus, Request
from .scheduler import RUNNING, Scheduler
from .schema import SchemaGuide
from .sequence import Sequence
from .template import render, tokenize
from .text import opens_thought

_log = logging.getLogger(__name__)
_BEAT_S = 0.5  # how often a waiting consumer gets an empty piece, and so a chance to cancel
_GUESSING = 2  # largest batch in which guesses pay off; in a larger one the extra rows cost more than they save

_started: "weakref.WeakSet[LocalEngine]" = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """Ends the threads: one that still computes while Python exits would crash it."""
    for engine in list(_started):
        engine.close()


class LocalEngine(Engine):
    """Runs a loaded model. Its own thread runs all requests in one batch.

    Args:
        loaded: the model.
        memory: most tokens kept per sequence, see :class:`core.model.memory.BoundedMemory`; prompt and answer may then
            have any length. 0 keeps everything.
        cache_tokens: tokens that all sequences together can keep in memory; one can always run.
        queue: how many requests may wait.

    Raises:
        SettingsError: the memory does not fit the model.
    """

    def __init__(self, loaded: LoadedModel, memory: int = 0, *, cache_tokens: int = 32_768, queue: int = 64) -> None:
        self._loaded, self._memory = loaded, memory
        decoder = loaded.decoder
        if memory:
            decoder.new_bounded_memory(memory)  # fails now rather than at the first request
        pool = None if memory else decoder.new_pool(cache_tokens)
        self._limit = None if memory else min(decoder.context, cache_tokens)
        if self._limit and self._limit < decoder.context:
            _log.warning(
                "R1_CACHE_TOKENS=%d is less than the context of %d: it is the limit", self._limit, decoder.context
            )
        most = max(1, min(RUNNING, cache_tokens // memory)) if memory else RUNNING
        self._scheduler = Scheduler(decoder, pool, bounded=memory, most=most, queue=queue)
        self._bank = AdapterBank(decoder)
        self._guide: SchemaGuide | None = None
        self._changed = threading.Condition()
        self._between_steps = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def model_name(self) -> str:
        """The model that answers."""
        return self._loaded.name

    @property
    def adapters(self) -> tuple[str, ...]:
        """The adapters that a request may name."""
        return self._bank.names

    def load_adapter(self, adapter: Adapter) -> None:
        """Adds an adapter while others are in use; raises as :meth:`core.lora.bank.AdapterBank.load`."""
        with self._between_steps, self._changed:
            self._bank.load(adapter)
            self._scheduler.forget(adapter.name)

    @property
    def precision(self) -> Precision:
        """The number format it computes in."""
        return self._loaded.decoder.precision

    @property
    def status(self) -> EngineStatus:
        """See :attr:`core.engine.request.Engine.status`.

        Raises:
            EngineError: the engine has ended.
        """
        if self._closed or (self._thread is not None and not self._thread.is_alive()):
            raise EngineError("The engine has ended")
        scheduler = self._scheduler
        return EngineStatus(len(scheduler.running), scheduler.waiting, scheduler.cache_usage, scheduler.preempted)

    def stream(self, request: Request) -> Generator[Chunk]:
        """See :meth:`core.engine.request.Engine.stream`."""
        prompt = request.prompt or render(self._loaded.tokenizer, request.messages)
        ids = self._tokens(prompt, rendered=not request.prompt)
        self._check_length(len(ids), request)
        schema = None if request.json_schema is None else self._schemas().follow(request.json_schema)
        sequence = Sequence(
            request,
            ids,
            self._loaded.tokenizer,
            self._loaded.stop_ids,
            schema=schema,
            # The schema must accept the whole continuation of a plain prompt, reasoning included.
            open_in_prompt=opens_thought(prompt) and (schema is None or not request.prompt),
        )
        answer = self._deliver(sequence)
        next(answer)  # starts the generator, so that closing it cancels the request
        return answer

    def close(self) -> None:
        """See :meth:`core.engine.request.Engine.close`."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _tokens(self, prompt: str, *, rendered: bool) -> list[int]:
        try:
            prompt.encode()
        except UnicodeEncodeError:
            raise InvalidRequestError("The prompt holds half a character (a lone surrogate)") from None
        tokenizer = self._loaded.tokenizer
        ids = tokenize(tokenizer, prompt) if rendered else tokenizer(prompt, add_special_tokens=True)["input_ids"]
        if not ids:
            raise InvalidRequestError("The prompt is empty")
        if max(ids) >= self._loaded.decoder.vocab_size:  # a tokenizer may know more tokens than the model
            raise InvalidRequestError("The prompt holds a special token that the model does not have")
        return ids

    def _check_length(self, prompt: int, request: Request) -> None:
        answer = request.params.max_tokens
        if self._limit is None or prompt + answer <= self._limit:
            return
        own = self._limit == self._loaded.decoder.context
        raise ContextLengthError(
            f"{prompt} tokens of prompt and {answer} of answer exceed "
            + (f"the model's {self._limit}" if own else f"the {self._limit} that R1_CACHE_TOKENS leaves room for"),
            hint=f"Shorten the prompt, lower max_tokens or raise {'R1_CONTEXT' if own else 'R1_CACHE_TOKENS'}",
            param="messages" if request.messages else "prompt",
        )

    def _schemas(self) -> SchemaGuide:
        if self._guide is None:
            loaded = self._loaded
            self._guide = SchemaGuide(loaded.tokenizer, loaded.decoder.vocab_size, loaded.stop_ids)
        return self._guide

    def _deliver(self, sequence: Sequence) -> Generator[Chunk]:
        with self._changed:
            if self._closed:
                raise EngineError("The engine is shutting down")
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="engine", daemon=True)
                thread.start()
                self._thread = thread
                _started.add(self)
            sequence.slot = self._bank.hold(sequence.request.adapter)
            try:
                self._scheduler.add(sequence)
            except BusyError:
                self._bank.release(sequence.request.adapter)
                raise
            self._changed.notify()
        try:
            yield Chunk()
            while True:
                try:
                    piece = sequence.out.get(timeout=_BEAT_S)
                except Empty:
                    piece = Chunk()
                if isinstance(piece, R1Error):
                    raise piece
                yield piece
                if piece.finish_reason:
                    return
        finally:
            with self._changed:
                sequence.cancelled = True
                self._changed.notify()

    def _run(self) -> None:
        """The loop: drops cancelled requests, runs a step of the next ones, delivers their output."""
        try:
            while batch := self._next_batch():
                try:
                    with self._between_steps:
                        finished = self._step(batch)
                except Exception as error:  # any error: waiting requests must go on
                    finished = [sequence for sequence, _ in batch]
                    _fail(finished, error)
                with self._changed:
                    for sequence in finished:
                        self._end(sequence)
        finally:
            with self._changed:
                self._closed = True
                for sequence in self._scheduler.drop(lambda _: True):
                    sequence.out.put(EngineError("The engine is shutting down"))

    def _end(self, sequence: Sequence) -> None:
        self._scheduler.end(sequence)
        self._bank.release(sequence.request.adapter)

    def _next_batch(self) -> list[tuple[Sequence, int]]:
        """Waits for work and returns the next batch; empty when the engine is closed."""
        with self._changed:
            while not self._closed:
                for sequence in self._scheduler.drop(lambda one: one.cancelled or one.expired or bool(one.failed)):
                    self._bank.release(sequence.request.adapter)
                    if sequence.failed:
                        _fail([sequence], sequence.failed)
                    elif sequence.expired:
                        limit = sequence.request.timeout_s
                        sequence.out.put(DeadlineError(f"The answer was not finished in {limit} s"))
                if batch := self._scheduler.schedule():
                    return batch
                self._changed.wait(_BEAT_S if self._scheduler.waiting else None)
            return []

    @torch.inference_mode()
    def _step(self, batch: list[tuple[Sequence, int]]) -> list[Sequence]:
        """Runs one step and returns the sequences that have ended, complete or failed."""
        decoder, guess = self._loaded.decoder, len(batch) <= _GUESSING
        steps = [sequence.step(budget, guess=guess) for sequence, budget in batch]
        try:
            hidden = decoder.forward(steps)
        except Exception:
            if len(batch) == 1:
                raise
            return [ended for one in batch for ended in self._step_alone(one)]
        ends = accumulate(len(step.ids) for step in steps)
        rows: list[int] = []
        for (sequence, _), end in zip(batch, ends, strict=True):
            self._scheduler.remember(sequence)
            rows += range(end - sequence.wanted, end)
        if not rows:
            return []
        counts = [sequence.wanted for sequence, _ in batch]
        logits = torch.split(decoder.logits(hidden[rows]), counts)
        return [sequence for (sequence, _), part in zip(batch, logits, strict=True) if self._take(sequence, part)]

    def _step_alone(self, one: tuple[Sequence, int]) -> list[Sequence]:
        """Repeats a failed batch's step for one sequence, so that only the sequences at fault fail."""
        try:
            return self._step([one])
        except Exception as error:
            _fail([one[0]], error)
            return [one[0]]

    def _take(self, sequence: Sequence, logits: torch.Tensor) -> bool:
        """As :meth:`core.engine.sequence.Sequence.take`; also True if it fails."""
        try:
            return sequence.take(logits)
        except Exception as error:
            _fail([sequence], error)
            return True


def _fail(sequences: list[Sequence], error: Exception) -> None:
    """Reports an error to sequences. The message of a foreign error may contain a prompt: only its type is reported."""
    if not isinstance(error, R1Error):
        error = EngineError(f"The model failed ({type(error).__name__})")
    if isinstance(error, EngineError):
        _log.error("A step of %d sequences failed: %s", len(sequences), error)
    for sequence in sequences:
        sequence.out.put(error)


def local_engine(settings: Settings) -> LocalEngine:
    """Loads a model on this machine by the settings.

    Raises:
        ModelError: it is not on this machine, or cannot be loaded.
        SettingsError: settings do not fit the model or the device.
    """
    from ..hub import ModelHub
    from ..lora.merge import warn_of_other_base
    from ..model.load import NO_CONFIG, load_errors, load_model, read_config

    base = ModelHub(settings.home).folder(settings.model)
    folders = adapter_folders(settings.adapters)
    # Errors are raised before the model is loaded.
    adapters = [read_adapter(folder) for folder in folders]
    if settings.memory:
        with load_errors(base, NO_CONFIG):
            positions = int(read_config(base).max_position_embeddings)
        check_capacity(settings.memory, SparsePolicy().block, positions)
    loaded = load_model(
        base,
        name=settings.model,
        device=settings.device,
        precision=settings.precision,
        threads=settings.threads,
        context=settings.context,
    )
    engine = LocalEngine(loaded, settings.memory, cache_tokens=settings.cache_tokens, queue=settings.queue)
    warn_of_other_base(folders, base)
    for adapter in adapters:
        engine.load_adapter(adapter)
    return engine


def adapter_folders(parent: Path | None) -> list[Path]:
    """The adapter folders in ``R1_ADAPTERS``; none if it is unset.

    Raises:
        SettingsError: there is no such folder, or no adapter in it.
    """
    if parent is None:
        return []
    if not parent.is_dir():
        raise SettingsError(
            f"R1_ADAPTERS: {parent} is not a folder", hint="Name the folder that holds the adapters' folders"
        )
    if not (folders := sorted(path.parent for path in parent.glob(f"*/{CONFIG}"))):
        raise SettingsError(f"R1_ADAPTERS: no folder in {parent} is an adapter", hint="Name the folder that holds it")
    return folders

"""A request on its way through the engine: what has been read, what has been written, what comes next."""

import time
from dataclasses import replace
from queue import SimpleQueue

import torch

from ..errors import R1Error
from ..model.layer import Step
from ..model.memory import BoundedMemory, Memory
from ..model.sparse import TRAINING_FREE
from .prompt_lookup import GUESS, PromptLookup
from .request import Chunk, FinishReason, Request, TokenLogprob
from .sampling import Sampler
from .schema import SchemaState
from .text import Detokenizer, ReasoningSplitter, StopMatcher, token_bytes

SEGMENT = 1024
"""Tokens of a prompt that run in one step at most (chunked prefill): more would leave the processor's cache."""

BESIDE = 256
"""Tokens of prompts that run in a step beside answers, which wait for its end; of an answer that runs again, too."""

_BLOCK = TRAINING_FREE.block
_QUESTION = 128  # tokens at the end of a long prompt that read everything, at least


def bulk(length: int, segment: int = SEGMENT) -> int:
    """Tokens of a long prompt that are read by block-sparse attention: whole blocks, without the end, which holds the
    question and reads everything."""
    return max(0, length - (_QUESTION + length % _BLOCK)) if length > segment else 0


def shareable(length: int) -> int:
    """Tokens at the beginning of a prompt whose keys and values are the same whatever follows.

    All of them while everybody reads everything; beyond that not the end, which reads more than it would elsewhere.
    """
    return length if length <= TRAINING_FREE.dense_until else bulk(length)


class Sequence:
    """The state of one request.

    Args:
        request: what is asked.
        ids: its prompt in tokens, at least one.
        tokenizer: for the answer.
        stop_ids: tokens that end it.
        schema: which tokens may come, behind a thought that the prompt opens; None for any.
        open_in_prompt: the prompt ends within a thought, see :class:`core.engine.text.ReasoningSplitter`.
    """

    def __init__(
        self,
        request: Request,
        ids: list[int],
        tokenizer: object,
        stop_ids: frozenset[int],
        *,
        schema: SchemaState | None = None,
        open_in_prompt: bool = False,
    ) -> None:
        self.request, self.ids = request, ids
        self.memory: Memory | None = None
        self.blocks: list[int] = []  # of the pool, held for the memory
        self.hashes: list[bytes] = []  # of the prompt's blocks that others may share
        self.slot = -1  # of its adapter
        self.cached = -1  # tokens of the prompt that were found in memory when it began
        self.cancelled = False
        self.failed: Exception | None = None  # why it could not begin
        self.out: SimpleQueue[Chunk | R1Error] = SimpleQueue()
        self.arrived = time.monotonic()
        self._answer: list[int] = []
        self._sampler, self._schema = Sampler(request.params, ids), schema
        self._lookup = PromptLookup(ids) if schema is None else None  # a guess would not know the schema
        self._guess: list[int] = []
        self._tokenizer, self._stop_ids = tokenizer, stop_ids
        self._detokenizer = Detokenizer(tokenizer)
        self._matcher = StopMatcher(request.params.stop)
        self._splitter = ReasoningSplitter(open_in_prompt=open_in_prompt)
        self._characters = 0  # of the answer, stop text included
        self._logprobs: list[tuple[int, TokenLogprob]] = []  # not handed out yet, with the characters before each

    @property
    def total(self) -> int:
        """Tokens of prompt and answer together, at most."""
        return len(self.ids) + self.request.params.max_tokens

    @property
    def known(self) -> int:
        """Tokens of the prompt and of the answer so far."""
        return len(self.ids) + len(self._answer)

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        limit = self.request.timeout_s
        return limit is not None and time.monotonic() > self.arrived + limit

    @property
    def unread(self) -> int:
        """Tokens of the prompt that are still to be read."""
        return max(0, len(self.ids) - self.read)

    @property
    def ahead(self) -> int:
        """Tokens that the next step of the answer may add to the memory."""
        return min(self.known - self.read, BESIDE) + GUESS

    @property
    def read(self) -> int:
        """Tokens of prompt and answer that have run."""
        return self.memory.read if self.memory else 0

    def begin(self, memory: Memory, cached: int = 0) -> None:
        """Gives it a memory that holds the first ``cached`` tokens of the prompt."""
        self.memory = memory
        if self.cached < 0:  # what it finds after it gave way, it may have read itself
            self.cached = cached

    def step(self, budget: int, *, guess: bool) -> Step:
        """The tokens that run next; :meth:`take` gets their logits.

        Args:
            budget: tokens of a prompt, at least a block. What reads sparsely comes in whole pieces, since these share
                a choice of blocks.
            guess: whether tokens may be guessed, see :mod:`core.engine.prompt_lookup`.

        In a bounded memory neither matters: what is forgotten depends on how many tokens come at once.
        """
        assert self.memory is not None
        read, dense = self.read, TRAINING_FREE.dense_until
        is_bounded = isinstance(self.memory, BoundedMemory)
        segment = BESIDE if is_bounded else SEGMENT
        end = bulk(len(self.ids), segment)
        self._guess = []
        if read < end:
            stop = read + (segment if is_bounded else max(_BLOCK, min(budget, segment) // _BLOCK * _BLOCK))
            if not is_bounded:
                piece = (read // TRAINING_FREE.piece + 1) * TRAINING_FREE.piece
                stop = min(stop, dense) if read < dense else piece
            ids = torch.tensor(self.ids[read : min(stop, end)])
            return Step(ids, self.memory, "blocks", self.slot, silent=True)
        if read < len(self.ids):
            return Step(torch.tensor(self.ids[read:]), self.memory, "everything", self.slot)
        # After the memory was taken away, the answer so far runs again as it was written: token by token, though many
        # at once, so that every number is the same.
        pending = self._answer[read - len(self.ids) :][:BESIDE]
        if guess and not is_bounded and self._lookup is not None and read + len(pending) == self.known:
            self._guess = self._lookup.guess(self.request.params.max_tokens - len(self._answer) - 1)
        return Step(torch.tensor(pending + self._guess), self.memory, "pages", self.slot)

    @property
    def wanted(self) -> int:
        """How many of the last step's tokens need logits: those after which the answer goes on, none before all that is
        known has run."""
        return 0 if self.read < self.known else 1 + len(self._guess)

    def take(self, logits: torch.Tensor) -> bool:
        """Draws from the logits of the wanted tokens, ``[wanted, vocab_size]``; True when the answer is complete."""
        for place, row in enumerate(logits):
            schema = None if self._splitter.thinks else self._schema
            token = self._sampler.next(row, schema.allowed() if schema else None)
            self._note_logprob(row, token)
            finish = self._write(token)
            if finish:
                return True
            if place < len(self._guess) and token != self._guess[place]:
                assert self.memory is not None
                self.memory.forget(len(self._guess) - place)
                break
        return False

    def _write(self, token: int) -> FinishReason | None:
        """Adds a token to the answer and hands out what is certain of its text."""
        self._answer.append(token)
        if self._lookup is not None:
            self._lookup.push(token)
        finish: FinishReason | None = None
        if token in self._stop_ids:
            finish = "stop"
        else:
            if self._schema is not None and not self._splitter.thinks:
                self._schema.push(token)
            written = self._detokenizer.push(token)
            self._characters += len(written)
            text, reasoning = self._splitter.push(self._matcher.push(written))
            if self._matcher.stopped:
                finish = "stop"
            elif len(self._answer) >= self.request.params.max_tokens:
                finish = "length"
            if text or reasoning:
                self._hand_out(text, reasoning)
        if finish:
            text, reasoning = self._splitter.push(self._matcher.flush())
            held_text, held_reasoning = self._splitter.flush()
            self._hand_out(text + held_text, reasoning + held_reasoning, finish)
        return finish

    def _hand_out(self, text: str, reasoning: str, finish: FinishReason | None = None) -> None:
        counts = len(self.ids), len(self._answer), self.cached
        whole = finish is not None and not self._matcher.stopped  # else those of a stop text stay behind
        ready = [token for before, token in self._logprobs if whole or before < self._matcher.passed]
        self._logprobs = self._logprobs[len(ready) :]
        self.out.put(Chunk(text, reasoning, finish, *counts, tuple(ready)))

    def _note_logprob(self, row: torch.Tensor, token: int) -> None:
        wanted = self.request.params.logprobs
        if wanted is None or token in self._stop_ids:
            return
        logprobs = row.float().log_softmax(-1)
        likeliest = logprobs.topk(wanted).indices.tolist()
        top = tuple(self._logprob(logprobs, other) for other in likeliest)
        self._logprobs.append((self._characters, replace(self._logprob(logprobs, token), top=top)))

    def _logprob(self, logprobs: torch.Tensor, token: int) -> TokenLogprob:
        return TokenLogprob(token_bytes(self._tokenizer, token, first=not self._answer), float(logprobs[token]))

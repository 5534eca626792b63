"""The state of a request in the engine: what has been read, what has been written, what comes next."""

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
"""Most prompt tokens per step (chunked prefill): more would not fit the processor's cache."""

BESIDE = 256
"""Most prompt tokens in a step shared with answers, which wait for its end; also for an answer that is recomputed."""

_BLOCK = TRAINING_FREE.block
_QUESTION = 128  # least number of tokens at the end of a long prompt that attend to everything


def bulk(length: int, segment: int = SEGMENT) -> int:
    """How many tokens of a long prompt are read with block-sparse attention: whole blocks, except the end, which
    contains the question and attends to everything."""
    return max(0, length - (_QUESTION + length % _BLOCK)) if length > segment else 0


def shareable(length: int) -> int:
    """How many tokens at the beginning of a prompt have keys and values that do not depend on what follows.

    All of them while attention is dense; in a longer prompt not the end, which attends to more than it would elsewhere.
    """
    return length if length <= TRAINING_FREE.dense_until else bulk(length)


class Sequence:
    """The state of one request.

    Args:
        request: the request.
        ids: its prompt in tokens, at least one.
        tokenizer: decodes the answer.
        stop_ids: tokens that end it.
        schema: which tokens are allowed, after any reasoning that the prompt opens; None for all.
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
        self.blocks: list[int] = []  # pool blocks held for the memory
        self.hashes: list[bytes] = []  # of the prompt blocks that others may share
        self.slot = -1  # of its adapter
        self.cached = -1  # prompt tokens found in the cache when it began
        self.cancelled = False
        self.failed: Exception | None = None  # why it could not begin
        self.out: SimpleQueue[Chunk | R1Error] = SimpleQueue()
        self.arrived = time.monotonic()
        self._answer: list[int] = []
        self._sampler, self._schema = Sampler(request.params, ids), schema
        self._lookup = PromptLookup(ids) if schema is None else None  # guesses ignore the schema
        self._guess: list[int] = []
        self._tokenizer, self._stop_ids = tokenizer, stop_ids
        self._detokenizer = Detokenizer(tokenizer)
        self._matcher = StopMatcher(request.params.stop)
        self._splitter = ReasoningSplitter(open_in_prompt=open_in_prompt)
        self._characters = 0  # of the answer, stop text included
        self._logprobs: list[tuple[int, TokenLogprob]] = []  # undelivered, with the count of characters before each

    @property
    def total(self) -> int:
        """Most tokens that prompt and answer can have together."""
        return len(self.ids) + self.request.params.max_tokens

    @property
    def known(self) -> int:
        """Tokens of the prompt and of the answer so far."""
        return len(self.ids) + len(self._answer)

    @property
    def expired(self) -> bool:
        """Whether its time limit has passed."""
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
        """Tokens of prompt and answer that have been processed."""
        return self.memory.read if self.memory else 0

    def begin(self, memory: Memory, cached: int = 0) -> None:
        """Gives it a memory that holds the first ``cached`` tokens of the prompt."""
        self.memory = memory
        if self.cached < 0:  # after a preemption it may find what it read itself
            self.cached = cached

    def step(self, budget: int, *, guess: bool) -> Step:
        """The tokens that run next; :meth:`take` gets their logits.

        Args:
            budget: prompt tokens, at least a block. Sparse attention runs on whole pieces, since the tokens of a piece
                share a choice of blocks.
            guess: whether tokens may be guessed, see :mod:`core.engine.prompt_lookup`.

        A bounded memory ignores both: what it forgets depends on how many tokens come at once.
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
        # After a preemption the answer so far is recomputed the way it was written, token by token, though many in one
        # step, so that every number is the same.
        pending = self._answer[read - len(self.ids) :][:BESIDE]
        if guess and not is_bounded and self._lookup is not None and read + len(pending) == self.known:
            self._guess = self._lookup.guess(self.request.params.max_tokens - len(self._answer) - 1)
        return Step(torch.tensor(pending + self._guess), self.memory, "pages", self.slot)

    @property
    def wanted(self) -> int:
        """How many of the last step's tokens need logits: those after which the answer continues; none until all known
        tokens have been processed."""
        return 0 if self.read < self.known else 1 + len(self._guess)

    def take(self, logits: torch.Tensor) -> bool:
        """Draws tokens from the wanted logits, ``[wanted, vocab_size]``; True when the answer is complete."""
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
        """Adds a token to the answer and delivers the text that is final."""
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
        whole = finish is not None and not self._matcher.stopped  # otherwise those of a stop text are withheld
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

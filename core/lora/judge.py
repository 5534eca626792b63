"""Multiple choice: which of the given answers the model finds likeliest, and which of them it writes by itself.

Prompts are rendered and read as in serving, many in one batch; their common prefix is read once. An answer's
probability is the product over its tokens, the stop token included, each normalised over the tokens with which any of
the answers can continue: tokens that are certain once an answer has begun neither lower nor raise a long answer's
probability. A best-first search finds the likeliest answer, so that hardly any other needs to be run.
"""

import heapq
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import torch

from ..model.layer import Step
from ..model.load import LoadedModel
from ..model.memory import Memory
from .choices import ChoiceEncoder
from .questions import Question

_BATCH = 32  # questions at once
_TOKENS = 1_024  # of prompts at once: more would not fit the processor's cache
_WRITTEN = 16  # most tokens of a free answer, or twice the longest choice if that is more


@dataclass(frozen=True, slots=True)
class Verdict:
    """The model's answer to a question.

    Attributes:
        choice: index of the likeliest choice; the first of equal ones.
        probability: of that choice among all, 0 to 1.
        written: index of the choice that the model writes by itself, ignoring case, spaces and punctuation; None if it
            writes anything else.
        cut: tokens removed from a prompt that was too long.
    """

    choice: int
    probability: float
    written: int | None
    cut: int


@dataclass(frozen=True, slots=True)
class _Task:
    """A question in tokens: its prompt, and each choice with its stop token."""

    question: Question
    prompt: tuple[int, ...]
    choices: tuple[tuple[int, ...], ...]
    cut: int


class _Branch(NamedTuple):
    """A prefix of answers: its negative log-probability, the index of the first such answer, and its tokens."""

    loss: float
    place: int
    tokens: tuple[int, ...]


class _Answers:
    """A question's answers as a tree of tokens, expanded best first."""

    def __init__(self, choices: Sequence[tuple[int, ...]], logprobs: torch.Tensor) -> None:
        self._choices = choices
        self._branches: list[_Branch] = []
        self.grow(_Branch(0.0, 0, ()), logprobs)

    def grow(self, branch: _Branch, logprobs: torch.Tensor) -> None:
        """Expands a branch; ``logprobs`` are the log-probabilities of all next tokens, ``[vocab_size]``."""
        at = len(branch.tokens)
        going = [place for place, choice in enumerate(self._choices) if choice[:at] == branch.tokens]
        following = dict.fromkeys(self._choices[place][at] for place in going)
        logs = logprobs[list(following)].log_softmax(-1).tolist()
        for token, log in zip(following, logs, strict=True):
            places = [place for place in going if self._choices[place][at] == token]
            certain = _common([self._choices[place] for place in places])  # nothing else could follow
            heapq.heappush(self._branches, _Branch(branch.loss - log, places[0], certain))

    def likeliest(self) -> _Branch:
        """Pops the likeliest branch. If it is a whole answer, it is the likeliest of all."""
        return heapq.heappop(self._branches)

    def whole(self, branch: _Branch) -> bool:
        """Whether a branch is an answer."""
        return branch.tokens == self._choices[branch.place]


class Judge:
    """Asks a model questions.

    Args:
        loaded: the model.
        slot: of the adapter that answers, see :meth:`core.model.decoder.Decoder.adapt`; -1 for none.
    """

    def __init__(self, loaded: LoadedModel, slot: int = -1) -> None:
        self._loaded, self._decoder, self._slot = loaded, loaded.decoder, slot
        self._encoder = ChoiceEncoder(
            loaded.tokenizer, loaded.stop_ids, self._decoder.context, self._decoder.vocab_size
        )

    def judge(self, questions: Sequence[Question], progress: Callable[[int], None] | None = None) -> list[Verdict]:
        """Verdicts in the order of the questions.

        Args:
            progress: called with the number of questions newly done.

        Raises:
            InputFormatError: the chat template rejects a prompt, a choice has more than half the tokens of
                :data:`~.choices.LONGEST` or of the context, or two choices have the same tokens.
        """
        tasks = [self._in_tokens(question) for question in questions]
        begins = _common_beginning([task.prompt for task in tasks])
        memories = self._memories(tasks, begins)
        verdicts: list[Verdict] = []
        for batch in _batches(tasks, len(begins)):
            verdicts += self._run(batch, memories[: len(batch)], len(begins))
            if progress is not None:
                progress(len(batch))
        return verdicts

    def _in_tokens(self, question: Question) -> _Task:
        choices = self._encoder.choices(question)
        example = self._encoder.example(question, choices)
        return _Task(question, example.ids[: example.prompt], choices, example.cut)

    def _memories(self, tasks: Sequence[_Task], begins: Sequence[int]) -> list[Memory]:
        """Memories for a batch in one pool, each containing the common prefix of all prompts."""
        if not tasks:
            return []
        capacity = max(len(task.prompt) + _max_written(task) for task in tasks)
        capacity = min(capacity, self._decoder.context)
        count, one = min(_BATCH, len(tasks)), self._decoder.new_pool(capacity)
        pool = self._decoder.new_pool(count * one.blocks * one.shape.block)
        places, ropes = range(pool.blocks), self._decoder.ropes
        memories = [Memory(pool, places[n * one.blocks :][: one.blocks], ropes) for n in range(count)]
        if begins:
            self._decoder.forward([Step(torch.tensor(begins), memories[0], "everything", self._slot)])
            _copy(memories[0], memories[1:])
        return memories

    def _run(self, tasks: Sequence[_Task], memories: Sequence[Memory], shared: int) -> list[Verdict]:
        steps = []
        for task, memory in zip(tasks, memories, strict=True):
            memory.forget(memory.length - shared)
            steps.append(Step(torch.tensor(task.prompt[shared:]), memory, "everything", self._slot))
        first = self._next(steps)
        found = self._search(tasks, memories, first)
        written = self._write(tasks, memories, first.argmax(-1).tolist())
        return [
            Verdict(choice, probability, place, task.cut)
            for task, (choice, probability), place in zip(tasks, found, written, strict=True)
        ]

    def _search(
        self, tasks: Sequence[_Task], memories: Sequence[Memory], first: torch.Tensor
    ) -> list[tuple[int, float]]:
        """The likeliest choice for each task, with its probability; ``first`` is from :meth:`_next`."""
        found = [(0, 0.0)] * len(tasks)
        answers = {row: _Answers(task.choices, first[row]) for row, task in enumerate(tasks)}
        while True:
            branches = {row: tree.likeliest() for row, tree in answers.items()}
            for row, branch in branches.items():
                if answers[row].whole(branch):
                    found[row] = (branch.place, math.exp(-branch.loss))
                    del answers[row]
            if not answers:
                return found
            logprobs = self._after([branches[row].tokens for row in answers], [memories[row] for row in answers])
            for (row, tree), following in zip(answers.items(), logprobs, strict=True):
                tree.grow(branches[row], following)

    def _after(self, begins: Sequence[tuple[int, ...]], memories: Sequence[Memory]) -> torch.Tensor:
        """Log-probabilities of the next token after each prefix, ``[n, vocab_size]``; the memories stay unchanged."""
        steps = [
            Step(torch.tensor(begin), memory, "pages", self._slot)
            for begin, memory in zip(begins, memories, strict=True)
        ]
        logprobs = self._next(steps)
        for step in steps:
            step.memory.forget(len(step.ids))
        return logprobs

    def _next(self, steps: Sequence[Step]) -> torch.Tensor:
        """Log-probabilities of the token after each step, ``[n, vocab_size]``."""
        ends = [end - 1 for end in accumulate(len(step.ids) for step in steps)]
        return self._decoder.logits(self._decoder.forward(steps)[ends]).float().log_softmax(-1).cpu()

    def _write(self, tasks: Sequence[_Task], memories: Sequence[Memory], first: list[int]) -> list[int | None]:
        """The index of the choice that the model writes for each task by greedy decoding, None for anything else."""
        answers: list[list[int]] = [[token] for token in first]
        written: list[int | None] = [None] * len(tasks)
        rows = list(range(len(tasks)))
        while True:
            going = []
            for row in rows:
                if answers[row][-1] in self._loaded.stop_ids:
                    written[row] = parse(self._text(answers[row][:-1]), tasks[row].question.choices)
                    continue
                has_room = (
                    len(answers[row]) < _max_written(tasks[row]) and memories[row].length < memories[row].capacity
                )
                if has_room and self._may_become_a_choice(answers[row], tasks[row]):
                    going.append(row)
            rows = going
            if not rows:
                return written
            steps = [Step(torch.tensor(answers[row][-1:]), memories[row], "pages", self._slot) for row in rows]
            likeliest = self._decoder.logits(self._decoder.forward(steps)).argmax(-1).tolist()
            for row, token in zip(rows, likeliest, strict=True):
                answers[row].append(token)

    def _may_become_a_choice(self, answer: list[int], task: _Task) -> bool:
        words = _words(self._text(answer).rstrip("\N{REPLACEMENT CHARACTER}"))
        return any(_words(choice).startswith(words) for choice in task.question.choices)

    def _text(self, ids: list[int]) -> str:
        return str(self._loaded.tokenizer.decode(ids, skip_special_tokens=True))


def parse(answer: str, choices: Sequence[str]) -> int | None:
    """Index of the choice that equals an answer, ignoring case, spaces and punctuation; None if there is none."""
    for form in (str.strip, _words):  # exact first: choices may differ only in punctuation
        forms = [form(choice) for choice in choices]
        if (found := form(answer)) and found in forms:
            return forms.index(found)
    return None


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _copy(source: Memory, targets: Sequence[Memory]) -> None:
    """Copies a memory's contents to empty ones in the same pool; all have contiguous blocks."""
    pool = source.pool
    used = -(-source.length // pool.shape.block)
    for tensor in (pool.keys, pool.values, pool.bounds):
        blocks = torch.unflatten(tensor, 2, (pool.blocks, -1))
        for memory in targets:
            blocks[:, :, memory.table[:used]] = blocks[:, :, source.table[:used]]
    for memory in targets:
        memory.length = source.length


def _max_written(task: _Task) -> int:
    """Most tokens of a free answer; any choice fits."""
    return max(_WRITTEN, 2 * max(map(len, task.choices)))


def _common_beginning(prompts: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """Common prefix of all prompts, without the last token of any: its state predicts what comes next."""
    return _common(prompts)[: min((len(prompt) - 1 for prompt in prompts), default=0)]


def _common(sequences: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """Common prefix."""
    if not sequences:
        return ()
    first, last = min(sequences), max(sequences)  # they differ at least as early as any two
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:length]


def _batches(tasks: Sequence[_Task], shared: int) -> Iterator[list[_Task]]:
    """Batches of tasks in order, as large as the limits allow."""
    batch: list[_Task] = []
    tokens = 0
    for task in tasks:
        own = len(task.prompt) - shared
        if batch and (len(batch) == _BATCH or tokens + own > _TOKENS):
            yield batch
            batch, tokens = [], 0
        batch.append(task)
        tokens += own
    if batch:
        yield batch

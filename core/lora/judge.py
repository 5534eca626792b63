"""Multiple choice: which of the given answers the model thinks likeliest, and which of them it writes by itself.

Prompts are rendered and read as when the model serves, many in one batch. All prompts of a task begin alike, and that
beginning is read once. An answer's probability is that of its tokens, the one that ends it included, each among the
tokens with which one of the answers goes on: a long answer loses nothing by what follows of itself once it has begun,
nor does it gain. The likeliest answer is found best first, so that hardly any other needs to be run.
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
_TOKENS = 1_024  # of prompts at once: more would leave the processor's cache
_WRITTEN = 16  # tokens of a free answer at most, or twice the longest choice


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the model makes of a question.

    Attributes:
        choice: place of the likeliest choice; the first of equal ones.
        probability: of that choice among all, 0 to 1.
        written: place of the choice that the model writes by itself, apart from case, spaces and punctuation; None if
            it writes anything else.
        cut: tokens that the prompt lost because it was too long.
    """

    choice: int
    probability: float
    written: int | None
    cut: int


@dataclass(frozen=True, slots=True)
class _Task:
    """A question in tokens: its prompt, and each choice with the token that ends it."""

    question: Question
    prompt: tuple[int, ...]
    choices: tuple[tuple[int, ...], ...]
    cut: int


class _Branch(NamedTuple):
    """Tokens that answers begin with: minus their log-probability, and the place of the first such answer."""

    loss: float
    place: int
    tokens: tuple[int, ...]


class _Answers:
    """A question's answers as a tree of tokens, whose likeliest branches grow first."""

    def __init__(self, choices: Sequence[tuple[int, ...]], logprobs: torch.Tensor) -> None:
        self._choices = choices
        self._branches: list[_Branch] = []
        self.grow(_Branch(0.0, 0, ()), logprobs)

    def grow(self, branch: _Branch, logprobs: torch.Tensor) -> None:
        """Goes on from a branch; ``logprobs`` are the log-probabilities of all next tokens, ``[vocab_size]``."""
        at = len(branch.tokens)
        going = [place for place, choice in enumerate(self._choices) if choice[:at] == branch.tokens]
        following = dict.fromkeys(self._choices[place][at] for place in going)
        logs = logprobs[list(following)].log_softmax(-1).tolist()
        for token, log in zip(following, logs, strict=True):
            places = [place for place in going if self._choices[place][at] == token]
            certain = _common([self._choices[place] for place in places])  # nothing else could follow
            heapq.heappush(self._branches, _Branch(branch.loss - log, places[0], certain))

    def likeliest(self) -> _Branch:
        """Takes out the likeliest branch. If it is a whole answer, that is the likeliest of all."""
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
            progress: is told how many more are done.

        Raises:
            InputFormatError: the chat template refuses a prompt, a choice has more than half of
                :data:`~.choices.LONGEST`, or two choices are the same to the model.
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
        """Room for a batch in one pool, each with the beginning of all prompts in it."""
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
        """The likeliest choice of each, with its probability; ``first`` is what :meth:`_next` gave."""
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
        """Log-probabilities of what follows some tokens, ``[n, vocab_size]``; the memories stay as they were."""
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
        """Which choice each answer is that the model writes, always taking the likeliest token."""
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
    """Place of the choice that an answer is, apart from case, spaces and punctuation; None for anything else."""
    for form in (str.strip, _words):  # choices may differ in nothing but their punctuation
        forms = [form(choice) for choice in choices]
        if (found := form(answer)) and found in forms:
            return forms.index(found)
    return None


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _copy(source: Memory, targets: Sequence[Memory]) -> None:
    """Gives empty memories of the same pool what one holds; all lie in blocks in a row."""
    pool = source.pool
    used = -(-source.length // pool.shape.block)
    for tensor in (pool.keys, pool.values, pool.bounds):
        blocks = torch.unflatten(tensor, 2, (pool.blocks, -1))
        for memory in targets:
            blocks[:, :, memory.table[:used]] = blocks[:, :, source.table[:used]]
    for memory in targets:
        memory.length = source.length


def _max_written(task: _Task) -> int:
    """Tokens of a free answer at most; any choice fits."""
    return max(_WRITTEN, 2 * max(map(len, task.choices)))


def _common_beginning(prompts: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """What all prompts begin with, but never all of a prompt: its last state says what comes next."""
    return _common(prompts)[: min((len(prompt) - 1 for prompt in prompts), default=0)]


def _common(sequences: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """What all begin with."""
    if not sequences:
        return ()
    first, last = min(sequences), max(sequences)  # they differ at least as early as any two
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:length]


def _batches(tasks: Sequence[_Task], shared: int) -> Iterator[list[_Task]]:
    """Tasks in their order, as many at once as the limits allow."""
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

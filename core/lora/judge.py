"""Which of the given answers the model thinks likeliest, and which of them it writes by itself.

Prompts are rendered and read as when the model serves, many in one batch. All prompts of a task begin alike, and that
beginning is read once. An answer's score is the mean log-probability of its tokens and of the one that ends it. The
likeliest answer is found best first: no answer scores better than its first token alone allows, so most of them need
not be run, and the result is the same.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch

from ..engine.request import Message
from ..model.layer import Step
from ..model.load import LoadedModel
from ..model.memory import Memory
from ..model.sparse import TRAINING_FREE
from .encode import Encoder, Example
from .questions import Question
from .rows import Row

LONGEST = TRAINING_FREE.dense_until
"""Tokens of a prompt and an answer at most; a longer prompt loses its middle, as in training."""

_BATCH = 32  # questions at once
_TOKENS = 1_024  # of prompts at once: more would leave the processor's cache
_WRITTEN = 16  # tokens of a free answer at most, or twice the longest choice


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the model makes of a question.

    Attributes:
        scores: mean log-probability of a token of each choice; None for those that cannot be the likeliest.
        written: place of the choice that the model writes by itself, apart from case, spaces and punctuation; None if
            it writes anything else.
        cut: tokens that the prompt lost because it was too long.
    """

    scores: tuple[float | None, ...]
    written: int | None
    cut: int

    @property
    def choice(self) -> int:
        """Place of the likeliest choice; the first of equal ones."""
        known = {place: score for place, score in enumerate(self.scores) if score is not None}
        return max(known, key=lambda place: (known[place], -place))


@dataclass(frozen=True, slots=True)
class _Task:
    """A question in tokens: its prompt, and each choice with the token that ends it."""

    question: Question
    prompt: tuple[int, ...]
    choices: tuple[tuple[int, ...], ...]
    cut: int


class Judge:
    """Asks a model questions.

    Args:
        loaded: the model.
        slot: of the adapter that answers, see :meth:`core.model.decoder.Decoder.adapt`; -1 for none.
    """

    def __init__(self, loaded: LoadedModel, slot: int = -1) -> None:
        self._loaded, self._decoder, self._slot = loaded, loaded.decoder, slot
        self._encoder = Encoder(loaded.tokenizer, loaded.stop_ids, min(LONGEST, self._decoder.context))
        self._answers: dict[str, tuple[int, ...]] = {}

    def judge(self, questions: Sequence[Question], progress: Callable[[int], None] | None = None) -> list[Verdict]:
        """Verdicts in the order of the questions.

        Args:
            progress: is told how many more are done.

        Raises:
            InputFormatError: the chat template refuses a prompt, or a choice has more than half of :data:`LONGEST`.
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
        choices = tuple(map(self._answer, question.choices))
        longest = question.choices[max(range(len(choices)), key=lambda place: len(choices[place]))]
        example = self._encode(question.prompt, longest)
        return _Task(question, example.ids[: example.prompt], choices, example.cut)

    def _answer(self, choice: str) -> tuple[int, ...]:
        if choice not in self._answers:
            example = self._encode("-", choice)
            self._answers[choice] = example.ids[example.prompt :]
        return self._answers[choice]

    def _encode(self, prompt: str, completion: str) -> Example:
        return self._encoder.encode(Row("the questions", 1, "", (Message("user", prompt),), completion))

    def _memories(self, tasks: Sequence[_Task], begins: Sequence[int]) -> list[Memory]:
        """Room for a batch in one pool, each with the beginning of all prompts in it."""
        if not tasks:
            return []
        capacity = max(len(task.prompt) + _room(task) for task in tasks)
        capacity = min(capacity, self._decoder.context)
        count, one = min(_BATCH, len(tasks)), self._decoder.new_pool(capacity)
        pool = self._decoder.new_pool(count * one.blocks * one.shape.block)
        places, ropes = range(pool.blocks), self._decoder.ropes(capacity)
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
        ends = [end - 1 for end in accumulate(len(step.ids) for step in steps)]
        first = self._decoder.scores(self._decoder.forward(steps)[ends]).float().log_softmax(-1).cpu()
        scores = self._search(tasks, memories, first)
        written = self._write(tasks, memories, first.argmax(-1).tolist())
        return [
            Verdict(tuple(found), place, task.cut) for task, found, place in zip(tasks, scores, written, strict=True)
        ]

    def _search(
        self, tasks: Sequence[_Task], memories: Sequence[Memory], first: torch.Tensor
    ) -> list[list[float | None]]:
        """Scores of the choices that may be the likeliest; ``first`` are the prompts' next tokens, ``[n, vocab]``."""
        bounds = [
            [float(chances[ids[0]]) / len(ids) for ids in task.choices]
            for task, chances in zip(tasks, first, strict=True)
        ]
        scores: list[list[float | None]] = [[None] * len(task.choices) for task in tasks]
        while open_ := [
            (row, place)
            for row in range(len(tasks))
            if (place := _next_candidate(bounds[row], scores[row])) is not None
        ]:
            steps = [
                Step(torch.tensor(tasks[row].choices[place][:-1]), memories[row], "pages", self._slot)
                for row, place in open_
                if len(tasks[row].choices[place]) > 1
            ]
            sums = iter(self._sums(steps, [tasks[row].choices[place][1:] for row, place in open_]))
            for row, place in open_:
                ids = tasks[row].choices[place]
                scores[row][place] = (float(first[row, ids[0]]) + next(sums)) / len(ids)
        return scores

    def _sums(self, steps: Sequence[Step], following: Sequence[Sequence[int]]) -> Iterator[float]:
        """Log-probability of what follows each token of each step, summed; the memories stay as they were."""
        chances: list[float] = []
        if steps:
            wanted = torch.tensor([token for ids in following for token in ids]).unsqueeze(1)
            scores = self._decoder.scores(self._decoder.forward(steps)).float().cpu()
            chances = (scores.gather(1, wanted)[:, 0] - scores.logsumexp(-1)).tolist()
            for step in steps:
                step.memory.forget(len(step.ids))
        start = 0
        for ids in following:
            yield sum(chances[start : start + len(ids)])
            start += len(ids)

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
                has_room = len(answers[row]) < _room(tasks[row]) and memories[row].length < memories[row].capacity
                if has_room and self._may_become_a_choice(answers[row], tasks[row]):
                    going.append(row)
            rows = going
            if not rows:
                return written
            steps = [Step(torch.tensor(answers[row][-1:]), memories[row], "pages", self._slot) for row in rows]
            likeliest = self._decoder.scores(self._decoder.forward(steps)).argmax(-1).tolist()
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


def _room(task: _Task) -> int:
    """Tokens of a free answer at most; any choice fits."""
    return max(_WRITTEN, 2 * max(map(len, task.choices)))


def _common_beginning(prompts: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """What all prompts begin with, but never all of a prompt: its last state says what comes next."""
    if not prompts:
        return ()
    first, last = min(prompts), max(prompts)  # they differ at least as early as any two
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[: min(length, *(len(prompt) - 1 for prompt in prompts))]


def _next_candidate(bounds: Sequence[float], scores: Sequence[float | None]) -> int | None:
    """The choice without a score that promises most, if it may still be the likeliest."""
    best = max((score for score in scores if score is not None), default=float("-inf"))
    left = [place for place, score in enumerate(scores) if score is None and bounds[place] >= best]
    return max(left, key=lambda place: bounds[place], default=None)


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

"""Checks rows before the first step: rejects what cannot be learnt, warns of what looks suspicious."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InputError, InputFormatError
from .encode import Encoder, Example
from .rows import Row

_SHOWN = 10  # most row numbers in a message
_FEW = 5  # a label with fewer rows is hardly learnt
_LABELS = 200  # a task with more distinct answers has no labels
_COMMON = 0.9


@dataclass(frozen=True, slots=True)
class TaskBalance:
    """The answers of one task.

    Attributes:
        rows: how many rows the task has.
        labels: how many distinct answers; 0 if they are free text.
        commonest, rarest: rows of the most and the least frequent label; 0 without labels.
    """

    task: str
    rows: int
    labels: int
    commonest: int
    rarest: int


@dataclass(frozen=True, slots=True)
class DataReport:
    """Result of the checks: the balance of each task, and warnings about what looks suspicious."""

    balance: tuple[TaskBalance, ...]
    warnings: tuple[str, ...]


def encode_all(rows: Sequence[Row], encoder: Encoder) -> list[Example]:
    """Tokens of all rows; for plain texts, of their pieces.

    Raises:
        InputFormatError: answers are empty or do not fit; the message names the rows.
    """
    empty = [row for row in rows if not row.completion.strip()]
    if empty:
        raise InputFormatError(f"The answer is empty in {_places(empty)}", hint="Fill it in or remove the row")
    examples, failed, first = [], [], None
    for row in rows:
        try:
            examples += [encoder.encode(row)] if row.messages else encoder.pieces(row)
        except InputError as error:
            failed.append(row)
            first = first or error
    if first is not None and len(failed) > 1:
        raise InputFormatError(f"{first.message}; the same in {_places(failed[1:])}", hint=first.hint)
    if first is not None:
        raise first
    return examples


def inspect_terms(count: int, new: Sequence[int], examples: Sequence[Example], tokenizer: Any) -> list[str]:
    """Warnings about terms that have no effect.

    Args:
        count: of the terms.
        new: the tokens added for some of them.
        examples: the training rows.
        tokenizer: of the model, with the new tokens.
    """
    warnings = []
    if len(new) < count:
        warnings.append(f"Of {count} terms {count - len(new)} got no token: the model reads these in two at most")
    used = {token for example in examples for token in example.ids}
    if unused := [token for token in new if token not in used]:
        more = f" and {len(unused) - _SHOWN} more" if len(unused) > _SHOWN else ""
        named = ", ".join(tokenizer.convert_ids_to_tokens(unused[:_SHOWN]))
        warnings.append(f"Of {len(new)} new tokens {len(unused)} occur nowhere in the rows: {named}{more}")
    return warnings


def inspect(train: Sequence[Row], examples: Sequence[Example], kept_apart: Sequence[Row]) -> DataReport:
    """The balance of each task, and warnings: shortened prompts, duplicates, rare or too common labels.

    Args:
        train, examples: the training rows, as text and as tokens; plain texts are not checked.
        kept_apart: validation and test rows, none of which should be among them.
    """
    if not train[0].messages:
        return DataReport((), ())
    cut = [row for row, example in zip(train, examples, strict=True) if example.cut]
    shortened = [f"The prompt is too long and lost its middle in {_places(cut)}"] if cut else []
    balance = _balance(train)
    return DataReport(balance, (*shortened, *_repeated(train, kept_apart), *_unbalanced(train, balance)))


def _repeated(train: Sequence[Row], kept_apart: Sequence[Row]) -> Iterator[str]:
    """Warnings about prompts that occur twice."""
    answers: dict[str, set[str]] = defaultdict(set)
    repeated, contrary = [], []
    for row in train:
        known, answer = answers[_key(row)], row.completion.strip()
        if answer in known:
            repeated.append(row)
        elif known:
            contrary.append(row)
        known.add(answer)
    if repeated:
        yield f"An earlier row says the same as {_places(repeated)}"
    if contrary:
        yield f"An earlier row has another answer to the prompt of {_places(contrary)}"
    if both := [row for row in kept_apart if _key(row) in answers]:
        yield f"The training rows hold the prompts of {_places(both)} too"


def _unbalanced(train: Sequence[Row], balance: Sequence[TaskBalance]) -> Iterator[str]:
    """Warnings about labels that are too common or rare."""
    for task in balance:
        name = task.task or "rows without a task"
        if task.labels == 1:
            yield f"{name}: all answers are the same"
        elif task.labels and task.commonest > _COMMON * task.rows:
            yield f"{name}: {task.commonest} of {task.rows} answers are the same"
        if task.labels > 1 and task.rarest < _FEW:
            yield f"{name}: few rows have the answer of {_places(_rare(train, task.task))}"


def _balance(rows: Iterable[Row]) -> tuple[TaskBalance, ...]:
    answers: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        answers[row.task][row.completion.strip()] += 1
    found = []
    for task, counts in sorted(answers.items()):
        total = counts.total()
        if len(counts) <= min(_LABELS, total // 3):
            found.append(TaskBalance(task, total, len(counts), max(counts.values()), min(counts.values())))
        else:
            found.append(TaskBalance(task, total, 0, 0, 0))
    return tuple(found)


def _rare(rows: Sequence[Row], task: str) -> list[Row]:
    """Rows of a task whose answer is rare in it."""
    own = [row for row in rows if row.task == task]
    counts = Counter(row.completion.strip() for row in own)
    return [row for row in own if counts[row.completion.strip()] < _FEW]


def _key(row: Row) -> str:
    return " ".join("\n".join(message.content for message in row.messages).casefold().split())


def _places(rows: Sequence[Row]) -> str:
    """``a.jsonl, rows 1, 7 and 12 more``"""
    shown = []
    for file in dict.fromkeys(row.file for row in rows[:_SHOWN]):
        numbers = [str(row.number) for row in rows[:_SHOWN] if row.file == file]
        shown.append(f"{file}, row{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}")
    more = len(rows) - _SHOWN
    return "; ".join(shown) + (f" and {more} more" if more > 0 else "")

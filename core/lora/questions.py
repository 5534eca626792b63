"""Multiple-choice questions from JSONL files."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..errors import InputError, InputFormatError, InputTooLargeError
from .rows import MAX_TEXT, check_text, json_lines, read_text

_MAX_QUESTIONS = 100_000
_MAX_CHOICES = 1_000
_MAX_CHOICE = 1_000  # characters of a choice

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Question:
    """A multiple-choice question.

    Attributes:
        task: what kind of question it is.
        prompt: the question, as a user would write it.
        completion: the right answer, one of the choices.
        choices: at least two distinct answers.
        file, number: its file and line, ignored in comparisons.
    """

    task: str
    prompt: str
    completion: str
    choices: tuple[str, ...]
    file: str = field(default="the questions", compare=False)
    number: int = field(default=1, compare=False)


def read_questions(path: Path) -> list[Question]:
    """Reads a JSONL file, UTF-8, with ``task``, ``prompt``, ``completion`` and ``choices`` in every line.

    Raises:
        InputError: the file cannot be read, or contains no questions.
        InputTooLargeError: the file, its rows or a text exceed the limits.
        InputFormatError: a row is broken; the message names file and line.
    """
    text, _ = read_text(path)
    questions: list[Question] = []
    for number, fields in json_lines(text, path.name):
        if len(questions) == _MAX_QUESTIONS:
            raise InputTooLargeError(f"{path.name} has more than {_MAX_QUESTIONS:,} rows", hint="Split it")
        questions.append(_question(fields, path.name, number))
    if not questions:
        raise InputError(f"{path.name} holds no questions")
    return questions


def spread(items: Sequence[_Item], count: int) -> list[_Item]:
    """A deterministic, evenly spread sample in order: one item from each of ``count`` equal stretches."""
    if count >= len(items):
        return list(items)
    edges = np.arange(count + 1) * len(items) // count
    places = edges[:-1] + (np.random.default_rng(0).random(count) * np.diff(edges)).astype(int)
    return [items[place] for place in places]


def _question(fields: Any, file: str, number: int) -> Question:
    where = f"{file}, row {number}"
    if not isinstance(fields, dict):
        raise InputFormatError(f"{where} is not an object with fields")
    choices = fields.get("choices")
    if not isinstance(choices, list) or not 2 <= len(choices) <= _MAX_CHOICES:
        raise InputFormatError(f"{where}: choices is not a list of 2 to {_MAX_CHOICES:,} answers")
    question = Question(
        task=_text(fields.get("task"), _MAX_CHOICE, f"{where}: task"),
        prompt=_text(fields.get("prompt"), MAX_TEXT, f"{where}: prompt"),
        completion=_text(fields.get("completion"), _MAX_CHOICE, f"{where}: completion"),
        choices=tuple(_text(choice, _MAX_CHOICE, f"{where}: a choice") for choice in choices),
        file=file,
        number=number,
    )
    if len(set(question.choices)) < len(question.choices):
        raise InputFormatError(f"{where}: two choices are the same")
    if question.completion not in question.choices:
        raise InputFormatError(f"{where}: the completion is none of the choices")
    return question


def _text(value: Any, longest: int, what: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InputFormatError(f"{what} is no text", hint="A row has task, prompt, completion and choices")
    check_text(value, longest, what)
    return value

"""Rows to tokens: the prompt exactly as the engine reads it when serving, followed by the answer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..engine.request import Message
from ..engine.template import as_text, render, tokenize
from ..engine.text import END_THINK, THINK
from ..errors import InputFormatError, InvalidRequestError, UnsupportedModelError
from .rows import Row

_STRETCH = 200_000  # characters
_APART = re.compile(r"(?<=\S)(?:\n(?=\S)|(?= \S))")  # token boundaries: after a line, and before the space of a word


@dataclass(frozen=True, slots=True)
class Example:
    """A row in tokens.

    Attributes:
        ids: prompt, answer and the token that ends it.
        prompt: how many of these are the prompt, at least 1; the others are learnt.
        cut: tokens removed from the prompt.
        task: the row's; prompts of a task often share a prefix.
    """

    ids: tuple[int, ...]
    prompt: int
    cut: int = 0
    task: str = ""

    @property
    def learnt(self) -> int:
        """How many tokens are learnt."""
        return len(self.ids) - self.prompt


class Encoder:
    """Turns rows into tokens.

    Args:
        tokenizer: of the model.
        stop_ids: tokens that end an answer, at least the tokenizer's own.
        max_length: most tokens of a row.
        vocab_size: of the model; a tokenizer may know more tokens.
        hint: of the error for an answer that is too long.
    """

    def __init__(
        self,
        tokenizer: Any,
        stop_ids: frozenset[int],
        max_length: int,
        vocab_size: int,
        *,
        hint: str = "Shorten it",
    ) -> None:
        self._tokenizer, self._stop_ids, self._max_length = tokenizer, stop_ids, max_length
        self._vocab_size, self._hint = vocab_size, hint

    def encode(self, row: Row) -> Example:
        """Tokens of a row.

        Raises:
            InputFormatError: the answer does not fit into max_length, the template rejects the row, or the row has a
                token that the model lacks.
            UnsupportedModelError: the chat template renders a prompt differently if an answer follows.
        """
        where = _place(row)
        try:
            text = render(self._tokenizer, row.messages)
            answer = self._answer(row, text)
        except InvalidRequestError as error:
            raise InputFormatError(f"{where}: {error.message}", hint=error.hint) from None
        prompt, completion = tokenize(self._tokenizer, text), self._completion(text, answer)
        self._check([*prompt, *completion], where)
        room = self._max_length - len(completion)
        if len(prompt) > room and room < self._max_length // 2:
            raise InputFormatError(
                f"{where}: the answer has {len(completion)} tokens, too many for a row of {self._max_length}",
                hint=self._hint,
            )
        cut = max(0, len(prompt) - room)
        if cut:  # removes the middle: instructions are at the beginning, the question at the end
            prompt = prompt[: room // 2] + prompt[len(prompt) - (room - room // 2) :]
        return Example((*prompt, *completion), len(prompt), cut, row.task)

    def pieces(self, row: Row) -> list[Example]:
        """A plain text in pieces of max_length tokens; in each, all but the first token are learnt.

        Raises:
            InputFormatError: it has a token that the model lacks.
        """
        ids: list[int] = []
        for stretch in _stretches(row.completion):
            ids += self._tokenizer(stretch, add_special_tokens=False)["input_ids"]
        self._check(ids, _place(row))
        parts = (ids[start : start + self._max_length] for start in range(0, len(ids), self._max_length))
        return [Example(tuple(part), 1) for part in parts if len(part) > 1]

    def _answer(self, row: Row, prompt: str) -> str:
        """The text after the prompt, including the end of the turn."""
        completion = as_text(self._tokenizer, row.completion)
        if self._tokenizer.chat_template is None:
            return " " + completion
        whole = render(self._tokenizer, [*row.messages, Message("assistant", row.completion)], answered=True)
        if whole.startswith(prompt):
            return whole[len(prompt) :]
        before, opened, rest = prompt.rpartition(THINK)  # a reasoning model's prompt may open a thought
        if opened and not rest.strip() and whole.startswith(before):  # which its template drops from past turns
            thought = completion.rpartition(END_THINK)[0].strip().removeprefix(THINK).strip()
            thought = f"\n{thought}\n" if thought else "\n"
            return f"{thought}{END_THINK}\n\n".removeprefix(rest) + whole[len(before) :].lstrip("\n")
        raise UnsupportedModelError("The model's chat template writes a prompt differently once an answer follows")

    def _completion(self, prompt: str, answer: str) -> list[int]:
        """The answer's tokens up to the stop token. The prompt's tokens must be the same as without an answer."""
        before, whole = tokenize(self._tokenizer, prompt), tokenize(self._tokenizer, prompt + answer)
        ids = whole[len(before) :] if whole[: len(before)] == before else tokenize(self._tokenizer, answer)
        ends = [place for place, token in enumerate(ids) if token in self._stop_ids]
        return ids[: ends[-1] + 1] if ends else [*ids, self._tokenizer.eos_token_id]

    def _check(self, ids: list[int], where: str) -> None:
        if (highest := max(ids, default=0)) >= self._vocab_size:
            token = self._tokenizer.convert_ids_to_tokens(highest)
            raise InputFormatError(f"{where}: the model has no {token}, which its tokenizer knows")


def _stretches(text: str) -> Iterator[str]:
    """Splits a text into parts that are tokenized one by one, since a tokenizer takes over 100 bytes per character.

    Parts end at a token boundary, after a line or a word, so that the tokens are those of the whole text. A text with
    neither is cut anywhere.
    """
    start = 0
    while start < len(text):
        found = _APART.search(text, start + _STRETCH, start + 2 * _STRETCH)
        end = found.end() if found else start + 2 * _STRETCH
        yield text[start:end]
        start = end


def _place(row: Row) -> str:
    return f"{row.file}, row {row.number}"

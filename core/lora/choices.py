"""Questions and their choices in tokens; needs a model's tokenizer but not its weights."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ..engine.request import Message
from ..errors import InputFormatError
from ..model.load import NO_CONFIG, NO_TOKENIZER, load_errors, read_config, read_stop_ids, read_tokenizer
from ..model.self_extend import longest
from ..model.sparse import TRAINING_FREE
from .encode import Encoder, Example
from .questions import Question
from .rows import Row

LONGEST = TRAINING_FREE.dense_until
"""Most tokens of prompt and answer; a longer prompt loses its middle, as in training."""


class ChoiceEncoder:
    """Turns questions into tokens.

    Args:
        tokenizer, stop_ids, vocab_size: see :class:`~.encode.Encoder`.
        context: most tokens that the model can read.
    """

    def __init__(self, tokenizer: Any, stop_ids: frozenset[int], context: int, vocab_size: int) -> None:
        self.most = min(LONGEST, context)
        """Most tokens of prompt and answer."""
        self._encoder = Encoder(tokenizer, stop_ids, self.most, vocab_size, hint="Shorten the choice")
        self._answers: dict[str, tuple[int, ...]] = {}

    def choices(self, question: Question) -> tuple[tuple[int, ...], ...]:
        """The tokens of each choice, including the stop token.

        Raises:
            InputFormatError: a choice has more tokens than the model reads, or two have the same tokens.
        """
        choices = tuple(self._answer(question, choice) for choice in question.choices)
        if len(set(choices)) < len(choices):
            first, second = _same(choices)
            raise InputFormatError(
                f"{question.file}, row {question.number}: the model reads the choices {question.choices[first]!r} and "
                f"{question.choices[second]!r} as the same",
                hint="Use different words, not only different spaces",
            )
        return choices

    def example(self, question: Question, choices: Sequence[tuple[int, ...]]) -> Example:
        """A question with its longest choice.

        Args:
            choices: from :meth:`choices`.

        Raises:
            InputFormatError: the chat template rejects the prompt, or a choice leaves it less than half the room.
        """
        longest = question.choices[max(range(len(choices)), key=lambda place: len(choices[place]))]
        return self._encode(question, question.prompt, longest)

    def _answer(self, question: Question, choice: str) -> tuple[int, ...]:
        if choice not in self._answers:
            example = self._encode(question, "-", choice)
            self._answers[choice] = example.ids[example.prompt :]
        return self._answers[choice]

    def _encode(self, question: Question, prompt: str, completion: str) -> Example:
        row = Row(question.file, question.number, "", (Message("user", prompt),), completion)
        return self._encoder.encode(row)


def check_choices(folder: Path, questions: Iterable[Question], context: int | None) -> None:
    """Checks that a model can read the choices of all questions and distinguish them.

    Args:
        folder: of the model.
        context: as for :func:`core.model.load.load_model`.

    Raises:
        InputFormatError: it cannot; the message names file and row.
        UnsupportedModelError: an unsupported architecture, or damaged files.
    """
    with load_errors(folder, NO_CONFIG):
        config = read_config(folder)
        trained = int(config.max_position_embeddings)
    with load_errors(folder, NO_TOKENIZER):
        tokenizer = read_tokenizer(folder, config)
    stop_ids, most = read_stop_ids(folder, config, tokenizer), longest(trained, context or trained, TRAINING_FREE)
    encoder = ChoiceEncoder(tokenizer, stop_ids, most, config.vocab_size)
    for question in questions:
        choices = encoder.choices(question)
        if 2 * max(map(len, choices)) > encoder.most:  # shorter ones leave enough room for any prompt
            encoder.example(question, choices)


def _same(choices: Sequence[tuple[int, ...]]) -> tuple[int, int]:
    """Indices of the first duplicated choice."""
    second = next(place for place, choice in enumerate(choices) if choice in choices[:place])
    return choices.index(choices[second]), second

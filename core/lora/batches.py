"""Which rows run together: mostly of one task and like length, in an order that only the seed decides."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from .encode import Example

_MIXED = 32  # batches whose rows are sorted together: more would pad less and mix worse
_AT_ONCE = 4096  # tokens that run together: what the backward pass needs of more would take gigabytes


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows as tensors. What all of them begin with stands once.

    Attributes:
        shared: ``[shared]``, the tokens that all rows begin with.
        ids: ``[rows, length]``, what follows in each row, padded at the end.
        places: ``[learnt]``, the places in ``ids``, flattened, after which a token is learnt.
        targets: ``[learnt]``, those tokens.
        tokens: how many tokens the rows have together, without padding, each row counted whole.
    """

    shared: torch.Tensor
    ids: torch.Tensor
    places: torch.Tensor
    targets: torch.Tensor
    tokens: int


def plan_epoch(examples: Sequence[Example], size: int, seed: int, epoch: int) -> list[list[int]]:
    """Batches of one epoch as places in ``examples``; each row stands in exactly one.

    Args:
        size: rows of a batch; the last rows may make a smaller one.
        seed, epoch: decide the order.
    """
    drawn = random.Random(f"{seed} {epoch}")
    order = list(range(len(examples)))
    drawn.shuffle(order)
    batches = []
    for start in range(0, len(order), size * _MIXED):
        part = sorted(order[start : start + size * _MIXED], key=lambda place: _kind(examples[place]))
        batches += [part[first : first + size] for first in range(0, len(part), size)]
    drawn.shuffle(batches)
    return batches


def _kind(example: Example) -> tuple[str, int]:
    """Rows of a task share their instructions, which then run once; rows of like length need little padding."""
    return example.task, len(example.ids)


def by_length(examples: Sequence[Example], size: int) -> list[list[int]]:
    """Batches of rows that are only read, which need no mixing."""
    order = sorted(range(len(examples)), key=lambda place: _kind(examples[place]))
    return [order[first : first + size] for first in range(0, len(order), size)]


def parts(batch: Sequence[Example]) -> list[Sequence[Example]]:
    """A batch of long rows in pieces that run one after the other, so that memory stays within bounds."""
    size = max(1, _AT_ONCE // max(len(example.ids) for example in batch))
    return [batch[first : first + size] for first in range(0, len(batch), size)]


def collate(examples: Sequence[Example], *, share: bool) -> Batch:
    """Rows as tensors.

    Padding stands at the end, where no token of a row looks, so no mask is needed; the last token of a row is only
    learnt, never read.

    Args:
        share: whether tokens that all rows begin with are set apart, to run once.
    """
    shared = _common(examples) if share else 0
    length = max(len(example.ids) for example in examples) - 1 - shared
    ids = torch.zeros(len(examples), length, dtype=torch.long)
    places: list[int] = []
    targets: list[int] = []
    for row, example in enumerate(examples):
        rest = example.ids[shared:-1]
        ids[row, : len(rest)] = torch.tensor(rest)
        first = row * length + example.prompt - 1 - shared
        places += range(first, first + example.learnt)
        targets += example.ids[example.prompt :]
    return Batch(
        torch.tensor(examples[0].ids[:shared], dtype=torch.long),
        ids,
        torch.tensor(places),
        torch.tensor(targets),
        sum(len(example.ids) for example in examples),
    )


def _common(examples: Sequence[Example]) -> int:
    """How many tokens all prompts begin with; every prompt keeps one for itself, after which its answer follows."""
    limit = min(example.prompt for example in examples) - 1
    first = examples[0].ids
    return next(
        (place for place in range(limit) if any(example.ids[place] != first[place] for example in examples)), limit
    )

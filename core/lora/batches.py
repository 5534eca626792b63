"""Which rows run together: mostly of one task and similar length, in an order determined by the seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from .encode import Example

_MIXED = 32  # batches whose rows are sorted together: more would mean less padding and worse mixing
_AT_ONCE = 4096  # tokens that run together: for more, the backward pass would need gigabytes


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows as tensors, with their common prefix stored once.

    Attributes:
        shared: ``[shared]``, the common prefix.
        ids: ``[rows, length]``, the rest of each row, padded at the end.
        places: ``[learnt]``, positions in the flattened ``ids`` after which a token is learnt.
        targets: ``[learnt]``, those tokens.
        tokens: total tokens of the rows, without padding, each with its prefix.
    """

    shared: torch.Tensor
    ids: torch.Tensor
    places: torch.Tensor
    targets: torch.Tensor
    tokens: int


def plan_epoch(examples: Sequence[Example], size: int, seed: int, epoch: int) -> list[list[int]]:
    """Batches of one epoch as indices into ``examples``; each row is in exactly one.

    Args:
        size: rows per batch; the last one may be smaller.
        seed, epoch: determine the order.
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
    """Sort key: rows of a task share instructions, which then run once; rows of similar length need little padding."""
    return example.task, len(example.ids)


def by_length(examples: Sequence[Example], size: int) -> list[list[int]]:
    """Batches of rows that are only evaluated, so need no mixing."""
    order = sorted(range(len(examples)), key=lambda place: _kind(examples[place]))
    return [order[first : first + size] for first in range(0, len(order), size)]


def parts(batch: Sequence[Example]) -> list[Sequence[Example]]:
    """Splits a batch of long rows into pieces that run one after the other, to bound memory."""
    size = max(1, _AT_ONCE // max(len(example.ids) for example in batch))
    return [batch[first : first + size] for first in range(0, len(batch), size)]


def collate(examples: Sequence[Example], *, share: bool) -> Batch:
    """Rows as tensors.

    Padding is at the end, where causal attention never looks, so no mask is needed; the last token of a row is only
    learnt, never read.

    Args:
        share: whether the common prefix of all rows is separated, to run once.
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
    """Length of the common prefix of all prompts, without the last token of any: the answer follows it."""
    limit = min(example.prompt for example in examples) - 1
    first = examples[0].ids
    return next(
        (place for place in range(limit) if any(example.ids[place] != first[place] for example in examples)), limit
    )

"""Regularisation: texts on which an adapter must predict as its base does, so that it forgets nothing of it."""

import random
from collections.abc import Sequence

from .batches import Batch, collate
from .encode import Example

PIECE = 256
"""Tokens of a piece that a step reads."""
WEIGHT = 3.0
"""How much the drift counts beside the loss: short answers are learnt all the same, and less is forgotten."""
_PIECES = 2  # that a step reads


class KeptTexts:
    """The pieces of plain texts, some for each step.

    Args:
        pieces: of at most ``PIECE`` tokens, at least one.
        seed: decides their order, which is the same in each pass.
    """

    def __init__(self, pieces: Sequence[Example], seed: int) -> None:
        self._pieces = list(pieces)
        random.Random(f"{seed} kept").shuffle(self._pieces)

    def batch(self, step: int) -> Batch:
        """The pieces that a step reads, by its number from 0; after the last piece they begin again."""
        places = range(_PIECES * step, _PIECES * (step + 1))
        return collate([self._pieces[place % len(self._pieces)] for place in places], share=False)

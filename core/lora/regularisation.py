"""Regularisation: texts on which an adapter must predict like its base, so that it forgets less."""

import random
from collections.abc import Sequence

from .batches import Batch, collate
from .encode import Example

PIECE = 256
"""Tokens per piece."""
WEIGHT = 3.0
"""Weight of the drift relative to the loss: with it, short answers are still learnt and less is forgotten."""
_PIECES = 2  # per step


class KeptTexts:
    """Pieces of plain texts, distributed over the steps.

    Args:
        pieces: at least one, each of at most ``PIECE`` tokens.
        seed: determines their order, which is the same in each pass.
    """

    def __init__(self, pieces: Sequence[Example], seed: int) -> None:
        self._pieces = list(pieces)
        random.Random(f"{seed} kept").shuffle(self._pieces)

    def batch(self, step: int) -> Batch:
        """The pieces for a step, counted from 0; after the last piece they start over."""
        places = range(_PIECES * step, _PIECES * (step + 1))
        return collate([self._pieces[place % len(self._pieces)] for place in places], share=False)

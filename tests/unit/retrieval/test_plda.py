"""Likelihood ratios of wordings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from knowledge.retrieval.plda import Plda, learn_plda

_ENTRIES, _SIZE = 12, 8


def _wordings(chance: np.random.Generator, centres: np.ndarray, each: int) -> tuple[np.ndarray, np.ndarray]:
    """Vectors around each centre, wider in the first directions, and whose they are."""
    owners = np.repeat(np.arange(len(centres)), each)
    scatter = chance.normal(size=(len(owners), _SIZE)) * np.linspace(0.5, 0.1, _SIZE)
    return (centres[owners] + scatter).astype(np.float32), owners


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), each=st.integers(1, 9))
def test_ratios_are_those_of_normal_distributions(seed: int, each: int) -> None:
    chance = np.random.default_rng(seed)
    middle, spread = chance.normal(size=_SIZE), chance.uniform(0.1, 4, _SIZE)
    directions = chance.normal(size=(_SIZE, _SIZE))
    means, query = chance.normal(size=(3, _SIZE)), chance.normal(size=_SIZE)
    found = Plda(middle, directions, spread, means, np.full(3, each)).ratios(query.astype(np.float32), np.arange(3))
    place = (query.astype(np.float32) - middle) @ directions
    own = multivariate_normal(np.zeros(_SIZE), np.diag(1 + spread)).logpdf(place)
    for entry in range(3):
        # mean of the entry, then the question: jointly normal, so that one is known from the other
        known = spread / (spread + 1 / each)
        theirs = multivariate_normal(known * means[entry], np.diag(1 + spread - known * spread)).logpdf(place)
        assert found[entry] == pytest.approx(theirs - own, rel=1e-3, abs=1e-2)


def test_a_wording_is_like_its_entry_and_a_new_question_like_none() -> None:
    chance = np.random.default_rng(0)
    centres = chance.normal(size=(2 * _ENTRIES, _SIZE))
    vectors, owners = _wordings(chance, centres, 20)
    known = owners < _ENTRIES
    plda = learn_plda(vectors[known], owners[known], _ENTRIES)
    asked, whose = _wordings(chance, centres, 10)
    ratios = np.stack([plda.ratios(query, np.arange(_ENTRIES)) for query in asked])
    there = whose < _ENTRIES
    assert (ratios.argmax(1) == whose)[there].mean() > 0.95
    assert (ratios.max(1) > 0)[there].mean() > 0.95
    assert (ratios.max(1) > 0)[~there].mean() < 0.3


def test_an_entry_without_wordings_hinders_nobody() -> None:
    vectors, owners = _wordings(np.random.default_rng(1), np.eye(_SIZE)[:4], 5)
    alone, beside = learn_plda(vectors, owners, 4), learn_plda(vectors, owners * 2, 8)
    assert beside.ratios(vectors[0], np.arange(0, 8, 2)) == pytest.approx(
        alone.ratios(vectors[0], np.arange(4)), rel=1e-4
    )


def test_wordings_that_are_all_the_same_give_finite_ratios() -> None:
    owners = np.repeat(np.arange(3), 4)
    vectors = np.eye(_SIZE, dtype=np.float32)[owners]
    ratios = learn_plda(vectors, owners, 3).ratios(vectors[0], np.arange(3))
    assert np.isfinite(ratios).all()
    assert ratios.argmax() == 0

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.medical.case_features import FeatureExtractor, best_places
from knowledge.medical.diseases import UNSTATED
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.likelihood import SURE


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30), st.integers(1, 30))
def test_the_best_places_are_those_of_a_full_sort(scores: list[int], most: int) -> None:
    values = np.array(scores, dtype=np.float64)
    expected = np.sort(np.lexsort((np.arange(len(values)), -values))[:most])
    assert best_places(values, most).tolist() == expected.tolist()


def test_shares_are_the_frequencies_of_what_each_disease_implies(medical: MedicalKnowledge) -> None:
    base, places = medical.diseases, np.arange(len(medical.diseases.diseases))
    terms = np.arange(len(base.codes))
    shares = FeatureExtractor(medical).shares(terms, places)
    for place in places.tolist():
        rows = base.implied(place)
        for term in terms.tolist():
            stated = UNSTATED if term in rows and np.isnan(base.frequency[rows[term]]) else None
            expected = 0.0 if term not in rows else stated or float(np.clip(base.frequency[rows[term]], *SURE))
            assert shares[term, place] == pytest.approx(expected)

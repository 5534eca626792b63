import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputFormatError
from knowledge.medical.case import CaseKind
from knowledge.medical.certificate import (
    MOST_PER_DISEASE,
    REQUIRED,
    Certificate,
    Judged,
    Population,
    capped,
    certify,
    clopper_pearson,
    measure,
    read_certificates,
    weights,
)

VERSIONS = {"annotations": "2025-01-16", "fitted": "abc"}


def cases(right: int, wrong: int = 0, outside: int = 0, hidden: int = 0) -> list[Judged]:
    """Each of a disease of its own; all but the hidden ones are shown at 0.9."""
    rows = [(True, True, 0.95)] * right + [(True, False, 0.95)] * wrong
    rows += [(False, False, 0.95)] * outside + [(False, False, 0.1)] * hidden
    return [Judged(f"D{i}", *row) for i, row in enumerate(rows)]


@pytest.mark.parametrize(("shown", "errors"), [(19, 0), (40, 2), (134, 13)])
def test_clopper_pearson_reaches_085_where_the_tables_say(shown: int, errors: int) -> None:
    assert clopper_pearson(shown, shown - errors) >= 0.85
    assert clopper_pearson(shown - 1, shown - 1 - errors) < 0.85


@given(st.integers(1, 60), st.integers(0, 60))
def test_the_bound_is_below_the_share(shown: int, errors: int) -> None:
    right = max(shown - errors, 0)
    assert 0 <= clopper_pearson(shown, right) <= right / shown


@given(st.integers(10, 60), st.integers(0, 10), st.integers(0, 10), st.floats(0.01, 0.5))
def test_one_more_wrong_suggestion_never_raises_the_bound(right: int, wrong: int, beyond: int, outside: float) -> None:
    def bound(wrong: int, beyond: int) -> float:
        return measure(cases(right, wrong, beyond, hidden=300 - beyond), 0.9, outside).bound

    found = bound(wrong, beyond)
    assert bound(wrong + 1, beyond) <= found + 1e-9
    assert bound(wrong, beyond + 1) <= found + 1e-9


def test_a_sample_without_errors_is_doubted() -> None:
    assert measure(cases(10), 0.9, outside=0).bound < REQUIRED < measure(cases(40), 0.9, outside=0).bound


def test_cases_outside_count_by_their_share_of_the_population() -> None:
    rare, common = (measure(cases(40, outside=4, hidden=36), 0.9, outside=o).precision for o in (0.05, 0.5))
    assert rare > common
    assert measure(cases(40, outside=4, hidden=36), 0.9).shown_outside == pytest.approx(0.1)


def test_no_disease_counts_more_than_its_limit() -> None:
    many = [Judged("D", True, True, 0.95)] * 50
    assert len(capped(many)) == MOST_PER_DISEASE
    assert measure(many, 0.9, outside=0).bound < REQUIRED


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.floats(0, 0.9))
def test_weights_sum_to_one(inside: list[bool], outside: float) -> None:
    judged = [Judged(str(i), side, False, 0.0) for i, side in enumerate(inside)]
    assert weights(judged, outside).sum() == pytest.approx(1)


def test_nothing_shown_is_no_precision() -> None:
    found = measure(cases(5), 0.99)
    assert math.isnan(found.precision)
    assert (found.bound, found.shown) == (0.0, 0)


def test_no_certificate_without_the_bound() -> None:
    assert certify(cases(40, wrong=10), CaseKind.STRUCTURED, 0.9, VERSIONS) is None


def test_a_certificate_survives_a_file_and_is_void_for_other_versions(tmp_path: Path) -> None:
    made = certify(cases(60, hidden=60), CaseKind.STRUCTURED, 0.9, VERSIONS)
    assert made is not None
    (tmp_path / "certificate-structured.json").write_text(json.dumps(made.to_json()))
    (read,) = read_certificates(tmp_path)
    assert read == made
    assert read.is_valid(VERSIONS)
    assert not read.is_valid(VERSIONS | {"fitted": "other"})


def test_a_certificate_says_whose_cases_it_rests_on() -> None:
    made = certify(cases(60), CaseKind.STRUCTURED, 0.9, VERSIONS, population=Population.PUBLISHED)
    assert made is not None
    assert Certificate.read(made.to_json()).population is Population.PUBLISHED
    older = {name: value for name, value in made.to_json().items() if name != "population"}
    assert Certificate.read(older).population is Population.SITE


@pytest.mark.parametrize(
    "change",
    [{"population": "other"}, {"kind": "other"}, {"threshold": 0.0}, {"bound": 2.0}, {"more": 1}, {"bound": None}],
)
def test_a_broken_certificate_is_refused(change: dict[str, object]) -> None:
    made = certify(cases(60), CaseKind.STRUCTURED, 0.9, VERSIONS)
    assert made is not None
    with pytest.raises(InputFormatError, match="no certificate"):
        Certificate.read({**made.to_json(), **change})


@pytest.mark.parametrize("content", ["", "null", "[]", "{}"])
def test_a_file_that_is_no_certificate_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "certificate-notes.json").write_text(content)
    with pytest.raises(InputFormatError, match="no certificate"):
        read_certificates(tmp_path)


def test_a_folder_without_certificates_has_none(tmp_path: Path) -> None:
    assert read_certificates(tmp_path / "nowhere") == ()

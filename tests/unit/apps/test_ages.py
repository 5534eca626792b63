"""How old somebody is, as a ward says it."""

from datetime import date, timedelta

import pytest

from adapters.fhir.bundle import PatientRecord
from adapters.fhir.to_case import to_case
from apps.diagnosis.person import age_of
from apps.ui.texts import t

TODAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("years", "words", "chinese"),
    [
        (None, "", ""),
        (0.0, "0 days", "0 天"),
        (1 / 365.25, "1 day", "1 天"),
        (3 / 365.25, "3 days", "3 天"),
        (27 / 365.25, "27 days", "27 天"),
        (28 / 365.25, "4 weeks", "4 周"),
        (45 / 365.25, "6 weeks", "6 周"),
        (0.25, "3 months", "3 个月"),
        (5 / 12, "5 months", "5 个月"),
        (7 / 12, "7 months", "7 个月"),
        (1.0, "12 months", "12 个月"),
        (1.04, "12 months", "12 个月"),
        (1.99, "23 months", "23 个月"),
        (2.0, "2 years", "2 岁"),
        (67.9, "67 years", "67 岁"),
    ],
)
def test_an_age_is_told_in_the_unit_of_its_time_of_life(years: float | None, words: str, chinese: str) -> None:
    assert (age_of(years, "en"), age_of(years, "zh")) == (words, chinese)


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "0 days"), (1, "1 day"), (2, "2 days"), (3, "3 days"), (26, "26 days"), (28, "4 weeks"), (90, "12 weeks"),
     (365, "12 months"), (380, "12 months"), (731, "2 years")],
)  # fmt: skip
def test_a_newborn_of_a_record_is_as_old_as_its_birth_date_says(days: int, words: str, reader: object) -> None:
    patient = {"resourceType": "Patient", "id": "n", "birthDate": (TODAY - timedelta(days)).isoformat()}
    case = to_case(PatientRecord("test", patient, ()), reader, reader, today=TODAY)  # type: ignore[arg-type]
    assert age_of(case.age_years, "en") == words


@pytest.fixture
def reader() -> object:
    """Nothing of the record is read but the person."""
    return object()


def test_one_of_a_thing_is_told_in_the_singular() -> None:
    assert t("record.lost", "en", count=1).startswith("One part of this record")
    assert t("record.lost", "en", count=2).startswith("2 parts of this record")
    assert t("record.lost", "en", count=0).startswith("0 parts of this record")
    assert t("diagnosis.findings", "en", count=1) == "Findings (1)"  # it needs none

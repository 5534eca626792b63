"""Dates of FHIR are told as exactly as the record gives them, and no more."""

from datetime import date, timedelta

import pytest

from adapters.fhir.elements import Json, dated_by, first_day, last_day


@pytest.mark.parametrize(
    ("written", "first", "last", "told"),
    [
        ("2017", date(2017, 1, 1), date(2017, 12, 31), "2017"),
        ("2022-11", date(2022, 11, 1), date(2022, 11, 30), "2022-11"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "2024-02"),
        ("2017-01-01", date(2017, 1, 1), date(2017, 1, 1), "2017-01-01"),
        ("2017-01-01T00:00:00Z", date(2017, 1, 1), date(2017, 1, 1), "2017-01-01"),
    ],
)
def test_a_date_reads_as_it_was_written(written: str, first: date, last: date, told: str) -> None:
    day = first_day(written)
    assert day is not None
    assert (day, last_day(day)) == (first, last)
    assert (day.isoformat(), str(day), f"{day}") == (told, told, told)


def test_some_days_after_a_partial_date_are_a_whole_day() -> None:
    day = first_day("2017")
    assert day is not None
    later = day + timedelta(days=31)
    assert (str(later), last_day(later)) == ("2017-02-01", date(2017, 2, 1))


@pytest.mark.parametrize("written", ["", "soon", "2017-13", "2017-02-30", "0000", "2017-1-1-1", None, 2017])
def test_what_is_no_date_has_no_day(written: object) -> None:
    assert first_day(written) is None


_BOTH = {"resourceType": "Condition", "onsetDateTime": "2017", "recordedDate": "2019-09-02T10:00:00+02:00"}


@pytest.mark.parametrize(
    ("resource", "day", "word"),
    [
        (_BOTH, "2017", "began"),
        (_BOTH, "2019-09-02", "recorded"),
        (_BOTH, "2017-01-01", ""),
        (_BOTH, "", ""),
        ({**_BOTH, "recordedDate": "2017"}, "2017", "began"),
        ({"resourceType": "Condition", "onsetPeriod": {"start": "2018-03"}}, "2018-03", "began"),
        ({"resourceType": "AllergyIntolerance", "recordedDate": "2020-01-05"}, "2020-01-05", "recorded"),
        ({"resourceType": "AllergyIntolerance", "onsetDateTime": "2001"}, "2001", "began"),
        ({"resourceType": "Immunization", "recordedDate": "2020-01-05"}, "2020-01-05", ""),
        ({}, "2020-01-05", ""),
    ],
)
def test_a_problem_says_whether_its_day_is_its_beginning(resource: Json, day: str, word: str) -> None:
    assert dated_by(resource, first_day(day)) == word

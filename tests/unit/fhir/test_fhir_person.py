"""Age, name, number and sex of a patient, as the banner and the rules of age take them."""

from datetime import date
from typing import Any

import pytest
from fhir_fakes import case_of

from adapters.fhir.reasons import Reason
from knowledge.medical.case import Sex, Unread


@pytest.mark.parametrize(
    ("patient", "birth_date", "age", "told"),
    [
        ({"birthDate": "2010-04-01"}, date(2010, 4, 1), 16.0, []),
        ({"birthDate": "2010-04"}, None, 15.96, [Reason.APPROXIMATE_AGE]),
        ({"birthDate": "2010"}, None, 15.75, [Reason.APPROXIMATE_AGE]),
        ({"birthDate": "2026"}, None, 0.0, [Reason.APPROXIMATE_AGE]),
        ({"birthDate": "2026-04-02"}, None, None, [Reason.IMPOSSIBLE_AGE]),
        ({"birthDate": "1890-01-01"}, None, None, [Reason.IMPOSSIBLE_AGE]),
        ({"birthDate": "1950-01-01", "deceasedDateTime": "2000-01-01"}, date(1950, 1, 1), 50.0, [Reason.DECEASED]),
        ({}, None, None, []),
    ],
)
def test_age(patient: dict[str, Any], birth_date: date | None, age: float | None, told: list[Reason]) -> None:
    case = case_of(**patient)

    assert case.birth_date == birth_date
    assert case.age_years == (None if age is None else pytest.approx(age, abs=0.02))
    assert [unread.reason for unread in case.unread] == told


def test_name_number_and_sex_for_the_banner() -> None:
    case = case_of(
        name=[{"use": "old", "text": "Old"}, {"use": "nickname", "text": "Nick"}, {"use": "official", "family": "Doe"}],
        identifier=[
            {"value": "insurance"},
            {"type": {"coding": [{"code": "MR"}]}, "value": "S-1"},
        ],
        gender="female",
    )

    assert (case.patient, case.name, case.record_number, case.sex) == ("Patient/p", "Doe", "S-1", Sex.FEMALE)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ({"family": "欧阳", "given": ["若琳"]}, "欧阳若琳"),
        ({"family": "山田", "given": ["ハナ"]}, "山田ハナ"),
        ({"family": "김", "given": ["민준"]}, "김민준"),
        ({"family": "古丽娜尔·买买提"}, "古丽娜尔·买买提"),
        ({"family": "李", "given": ["Anna", "Mei"]}, "Anna Mei 李"),
        ({"family": "Li", "given": ["Mei"], "text": "Li Mei"}, "Li Mei"),
        ({"given": ["Zoë"]}, "Zoë"),
    ],
)
def test_an_east_asian_name_begins_with_that_of_the_family(name: dict[str, Any], written: str) -> None:
    assert case_of(name=[name]).name == written


def test_a_gender_code_that_fhir_does_not_have_is_unknown_and_told() -> None:
    case = case_of(gender="M")

    assert case.sex is Sex.UNKNOWN
    assert case.unread == (Unread("Patient/p", Reason.UNKNOWN_GENDER_CODE),)

"""What becomes of a Condition: its status, its end, and what denies it."""

from datetime import date
from typing import Any

import pytest
from fhir_fakes import (
    case_of,
    condition,
    hpo,
)

from adapters.fhir.reasons import Reason
from adapters.fhir.to_case import _upheld
from knowledge.medical.case import Evidence, Finding, Status, Unread
from knowledge.medical.measurements import Measurement, Quantity
from knowledge.medical.red_flag_evidence import ABATED


@pytest.mark.parametrize(
    ("clinical", "verified", "status", "cue"),
    [
        ("active", "confirmed", Status.PRESENT, ""),
        ("recurrence", None, Status.PRESENT, ""),
        ("relapse", "confirmed", Status.PRESENT, ""),
        (None, None, Status.PRESENT, ""),
        ("active", "unconfirmed", Status.UNKNOWN, "unconfirmed"),
        ("active", "provisional", Status.UNKNOWN, "provisional"),
        ("active", "differential", Status.UNKNOWN, "differential"),
    ],
)
@pytest.mark.parametrize("code", [{"text": "Seizures"}, hpo("HP:0001250", "Seizures")])
def test_the_status_of_a_condition(
    clinical: str | None, verified: str | None, status: Status, cue: str, code: dict[str, Any]
) -> None:
    case = case_of(condition(clinical, verified, code=code, recordedDate="2024-05-06", onsetDateTime="2001"))

    (finding,) = case.findings
    assert (finding.code, finding.status) == ("HP:0001250", status)
    assert finding.evidence == (Evidence("Condition/x", "Seizures", date(2024, 5, 6), cue=cue),)


@pytest.mark.parametrize(
    ("clinical", "abatement", "status", "cue"),
    [
        ("active", {"abatementDateTime": "2019-03-01"}, Status.UNKNOWN, ABATED),
        ("active", {"abatementDateTime": "2026-03"}, Status.UNKNOWN, ABATED),
        ("active", {"abatementPeriod": {"start": "2018", "end": "2019"}}, Status.UNKNOWN, ABATED),
        ("active", {"abatementAge": {"value": 12, "unit": "a"}}, Status.UNKNOWN, ABATED),
        ("active", {"abatementString": "in spring"}, Status.UNKNOWN, ABATED),
        ("active", {"abatementDateTime": "2026-04-02"}, Status.PRESENT, ""),  # tomorrow
        ("active", {"abatementDateTime": "2026"}, Status.PRESENT, ""),  # which may be later this year
        (None, {"abatementDateTime": "2026-04-02"}, Status.PRESENT, ""),
        ("recurrence", {"abatementDateTime": "2019-03-01"}, Status.PRESENT, ""),  # of the episode before
        ("relapse", {"abatementDateTime": "2019-03-01"}, Status.PRESENT, ""),
    ],
)
def test_an_active_condition_that_has_abated_is_unclear(
    clinical: str | None, abatement: dict[str, Any], status: Status, cue: str
) -> None:
    (finding,) = case_of(condition(clinical, **abatement)).findings
    assert (finding.status, finding.evidence[0].cue) == (status, cue)


def test_a_normal_pressure_in_a_note_does_not_deny_a_hypertension_on_the_problem_list() -> None:
    normal = Measurement(Quantity.SYSTOLIC, 120, source="Observation/x", phrase="120", start=0, end=3, time=None)
    stated = Finding("HP:0000822", "", Status.PRESENT, (Evidence("Condition/x", "Hypertension", date(2015, 1, 1)),))
    denied, said = (
        Finding("HP:0000822", "", Status.ABSENT, (Evidence("Observation/x", phrase, date(2026, 1, 1), 0, end),))
        for phrase, end in (("120", 3), ("no hypertension", 15))
    )
    assert _upheld([stated, denied], [normal]) == [stated]
    assert _upheld([denied], [normal]) == [denied]
    assert _upheld([stated, said], [normal]) == [stated, said]


@pytest.mark.parametrize(
    ("resource", "told"),
    [
        (condition("resolved"), Unread("Condition/x", Reason.RESOLVED, "Seizures")),
        (condition("inactive"), Unread("Condition/x", Reason.RESOLVED, "Seizures")),
        (condition("remission"), Unread("Condition/x", Reason.RESOLVED, "Seizures")),
        (condition(None, abatementString="in spring"), Unread("Condition/x", Reason.RESOLVED, "Seizures")),
        (condition("active", "refuted"), Unread("Condition/x", Reason.REFUTED, "Seizures")),
        (condition("resolved", "refuted"), Unread("Condition/x", Reason.REFUTED, "Seizures")),
        (condition(None, "entered-in-error"), Unread("Condition/x", Reason.ENTERED_IN_ERROR)),
        (
            condition("active", code={"text": "Burnt ear"}),
            Unread("Condition/x", Reason.NOTHING_RECOGNISED, "Burnt ear"),
        ),
    ],
)
def test_a_condition_that_is_not_a_finding_is_told(resource: dict[str, Any], told: Unread) -> None:
    case = case_of(resource)

    assert case.findings == ()
    assert case.unread == (told,)

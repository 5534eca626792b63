"""Resources that stand inside others: results in their report, a reason in an order."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from fhir_fakes import attachment, case_of, condition, record_of, statuses

from adapters.fhir.chart import EntryKind, chart_of
from adapters.fhir.drafts import make_draft
from adapters.fhir.reasons import Reason
from knowledge.medical.case import Status, Unread
from knowledge.medical.measurements import Quantity
from tests.diagnosis_visits import WORDING

NOON = "2026-03-31T12:00:00Z"
POTASSIUM: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "k",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "2823-3"}]},
    "valueQuantity": {"value": 7.9, "unit": "mmol/L"},
}


def report(*contained: dict[str, Any], **more: Any) -> dict[str, Any]:
    result = [{"reference": f"#{part['id']}"} for part in contained]
    about = {"resourceType": "DiagnosticReport", "status": "final", "code": {"text": "Electrolytes"}}
    return {**about, "effectiveDateTime": NOON, "contained": list(contained), "result": result, **more}


def panel(*contained: dict[str, Any]) -> dict[str, Any]:
    member = [{"reference": f"#{part['id']}"} for part in contained]
    about = {"resourceType": "Observation", "status": "final", "code": {"text": "Electrolytes"}}
    return {**about, "effectiveDateTime": NOON, "contained": list(contained), "hasMember": member}


@pytest.mark.parametrize("holder", [report(POTASSIUM), panel(POTASSIUM)])
def test_a_result_in_its_report_is_a_result_of_the_patient(holder: dict[str, Any]) -> None:
    (potassium,) = case_of(holder).measurements
    time = datetime(2026, 3, 31, 12, tzinfo=UTC)
    assert (potassium.quantity, potassium.value, potassium.time) == (Quantity.POTASSIUM, 7.9, time)
    assert potassium.source == "Observation/x#k"
    chart = chart_of(record_of(holder), read_at=datetime.now(UTC))
    entries = [e for e in chart.of(EntryKind.RESULT) if e.value and e.value.number == 7.9]
    assert [(e.source, e.time) for e in entries] == [("Observation/x#k", time)]


def test_a_result_keeps_what_it_says_itself() -> None:
    (potassium,) = case_of(report({**POTASSIUM, "effectiveDateTime": "2026-03-01"})).measurements
    assert potassium.time == date(2026, 3, 1)
    case = case_of(report({**POTASSIUM, "subject": {"reference": "Patient/other"}}))
    assert case.measurements == ()
    assert Unread("Observation/x#k", Reason.ANOTHER_PATIENT) in case.unread


def test_a_result_without_a_time_is_of_the_end_of_its_report() -> None:
    period = {"start": "2026-03-22", "end": NOON}
    (potassium,) = case_of(report(POTASSIUM, effectiveDateTime=None, effectivePeriod=period)).measurements
    assert potassium.time == datetime(2026, 3, 31, 12, tzinfo=UTC)


def test_a_spoilt_specimen_beside_it_counts() -> None:
    clotted = {"resourceType": "Specimen", "id": "s", "condition": [{"text": "Clotted"}]}
    case = case_of(report({**POTASSIUM, "specimen": {"reference": "#s"}}, clotted))
    assert case.measurements == ()


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error"])
def test_what_is_in_a_mistaken_report_is_not_read(status: str) -> None:
    assert case_of(report(POTASSIUM, status=status)).measurements == ()


def test_a_condition_in_a_document_is_a_finding() -> None:
    document = {
        "resourceType": "DocumentReference",
        "status": "current",
        "date": NOON,
        "content": [{"attachment": attachment("No fever.")}],
        "contained": [{**condition("active"), "id": "c", "subject": {"reference": "Patient/p"}}],
    }
    assert statuses(case_of(document)) == {"HP:0001945": Status.ABSENT, "HP:0001250": Status.PRESENT}


def test_a_relatives_disease_in_the_family_history_is_not_the_patients() -> None:
    relative = {
        "resourceType": "FamilyMemberHistory",
        "status": "completed",
        "relationship": {"text": "mother"},
        "contained": [{**POTASSIUM}],
    }
    case = case_of(relative)
    assert case.measurements == ()
    assert Unread("Observation/x#k", Reason.NO_PATIENT) in case.unread


def test_a_record_that_is_written_out_has_it_once() -> None:
    record = record_of(report(POTASSIUM))
    assert [resource["id"] for resource in record.resources] == ["x", "x#k"]
    assert [resource["id"] for resource in record.given] == ["x"]


def test_a_draft_that_rests_on_it_names_what_holds_it() -> None:
    record = record_of(report(POTASSIUM))
    draft = make_draft(record, ["Observation/x#k"], summary="", considered=(), knowledge="", wording=WORDING)
    assert [basis.reference for basis in draft.basis] == ["DiagnosticReport/x"]

"""Questions about records with the real recogniser: the hundred of the benchmark, and what was not read."""

import base64
import datetime as dt
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.fhir.bundle import PatientRecord, make_record
from adapters.fhir.chart import chart_of, chart_of_note
from adapters.fhir.reasons import Reason
from apps.diagnosis.ask.answer import Answer, Gap, Outcome
from apps.diagnosis.ask.html import answer_html
from apps.diagnosis.record.panel import record_html
from apps.diagnosis.service import DiagnosisService
from apps.diagnosis.visit import Visit
from benchmarks.record_questions import READ_AT, Patient, ask, judge, patients, questions
from core.errors import InputTooLargeError
from knowledge.medical.case import Unread

SUBJECT = {"reference": "Patient/p"}
SYNTHEA = Path(os.environ.get("R1_DATA", "../shared/data")) / "ehr" / "synthea-r4"
Resource = dict[str, Any]


@pytest.fixture(scope="module")
def service(diagnosis_service: DiagnosisService) -> DiagnosisService:
    return diagnosis_service


@pytest.fixture(scope="module")
def known(service: DiagnosisService) -> dict[str, Patient]:
    return dict(patients(service, SYNTHEA))


def record(*resources: Resource, unread: tuple[Unread, ...] = ()) -> PatientRecord:
    patient = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1970-01-01"}
    return make_record([("", r) for r in (patient, *resources)], origin="test", unread=unread)


def medicine(name: str, id_: str = "m", **fields: Any) -> Resource:
    request = {"resourceType": "MedicationRequest", "id": id_, "status": "active", "intent": "order"}
    return {**request, "subject": SUBJECT, "medicationCodeableConcept": {"text": name}, **fields}


def note(text: str) -> Resource:
    attachment = {"contentType": "text/plain", "data": base64.b64encode(text.encode()).decode()}
    document = {"resourceType": "DocumentReference", "id": "d", "status": "current", "subject": SUBJECT}
    return {**document, "date": "2026-01-02T08:00:00Z", "content": [{"attachment": attachment}]}


@pytest.fixture(scope="module")
def asked(service: DiagnosisService) -> Callable[..., Answer]:
    """Asks about a record."""

    def ask_about(question: str, given: PatientRecord) -> Answer:
        visit = replace(service.open_record(given), read_at=READ_AT)
        return service.ask(visit, question, visit.chart)

    return ask_about


def test_the_hundred_questions(service: DiagnosisService, known: dict[str, Patient]) -> None:
    put = [q for q in questions() if q["patient"] in known]
    verdicts = [judge(q, ask(service, q, known[q["patient"]]), known[q["patient"]]) for q in put]
    assert sum(v.right for v in verdicts) >= 0.95 * len(put)
    assert not any(v.invented for v in verdicts)
    assert not any(v.false_absence for v in verdicts)


@pytest.mark.parametrize(
    "question", ["any anticoagulant?", "Is she on a blood thinner?", "有没有用抗凝药？", "warfarin?"]
)
@pytest.mark.parametrize(
    "lost",
    [
        Unread("MedicationRequest", Reason.REFUSED_BY_SERVER, "403"),
        Unread("MedicationRequest", Reason.PAGE_LOST, "500"),
        Unread("MedicationStatement", Reason.FEWER_THAN_TOTAL, "3"),
        Unread("DocumentReference/9", Reason.NOTE_LOST, "404"),
        Unread("Bundle", Reason.MORE_PAGES),
        Unread("MedicationAdministration", Reason.NOT_USED, "4"),
        Unread("MedicationRequest/9", Reason.NOT_VALID_R4, "MedicationRequest.intent"),
    ],
    ids=lambda item: f"{item.reason} {item.source}",
)
def test_what_was_not_read_makes_no_absence(asked: Callable[..., Answer], question: str, lost: Unread) -> None:
    read_whole = asked(question, record(medicine("Ibuprofen 400 mg"), note("Walks well.")))
    assert read_whole.outcome is Outcome.NONE
    answer = asked(question, record(medicine("Ibuprofen 400 mg"), note("Walks well."), unread=(lost,)))
    assert answer.outcome is Outcome.COULD_NOT_CHECK
    assert lost in answer.gaps


def test_what_was_not_read_elsewhere_does_not_matter(asked: Callable[..., Answer]) -> None:
    lost = Unread("Procedure", Reason.REFUSED_BY_SERVER, "403")
    assert asked("any anticoagulant?", record(medicine("Ibuprofen"), unread=(lost,))).outcome is Outcome.NONE


def test_an_answer_that_may_be_incomplete_says_so(asked: Callable[..., Answer]) -> None:
    lost = Unread("MedicationRequest", Reason.PAGE_LOST, "500")
    answer = asked("any anticoagulant?", record(medicine("Warfarin 5 mg"), unread=(lost,)))
    assert (answer.outcome, answer.gaps) == (Outcome.FOUND, (lost,))


@pytest.mark.parametrize("text", ["No anticoagulants.", "Apixaban was stopped.", "他没有使用抗凝药。", "Eliquis 5 mg."])
def test_an_anticoagulant_only_in_a_note_is_quoted_as_it_stands(asked: Callable[..., Answer], text: str) -> None:
    answer = asked("any anticoagulant?", record(note(f"Seen today.\n{text}\nWalks well.")))
    assert [(line.source, line.quote) for line in answer.lines] == [("DocumentReference/d", text)]


def test_a_note_in_another_language_makes_no_absence(asked: Callable[..., Answer]) -> None:
    german = note("Die Patientin nimmt seit drei Tagen keine Blutverdünner mehr, aber noch Ibuprofen.")
    answer = asked("any anticoagulant?", record(medicine("Ibuprofen 400 mg"), german))
    assert answer.outcome is Outcome.COULD_NOT_CHECK
    assert [gap.reason for gap in answer.gaps] == [Reason.LANGUAGE_NOT_SUPPORTED]


def test_a_medicine_that_the_tables_lack_makes_no_absence(asked: Callable[..., Answer]) -> None:
    answer = asked("any anticoagulant?", record(medicine("Zorblaxaban 5 mg")))
    assert answer.outcome is Outcome.COULD_NOT_CHECK
    assert [gap.reason for gap in answer.gaps] == [Gap.UNKNOWN_MEDICINE]


def test_a_medicine_without_a_name_makes_no_absence(asked: Callable[..., Answer]) -> None:
    nameless = medicine("", medicationReference={"reference": "Medication/1"})
    del nameless["medicationCodeableConcept"]
    assert asked("is she on warfarin?", record(nameless)).outcome is Outcome.COULD_NOT_CHECK


@pytest.mark.parametrize("question", ["Is she on zorblax?", "is she on warfrin?"])
def test_a_word_that_is_unknown_or_guessed_makes_no_absence(asked: Callable[..., Answer], question: str) -> None:
    assert asked(question, record(medicine("Ibuprofen"))).outcome is Outcome.COULD_NOT_CHECK


def test_an_absence_names_what_was_looked_through(asked: Callable[..., Answer]) -> None:
    given = record(medicine("Ibuprofen", authoredOn="2026-01-02"), note("Walks well."))
    answer = asked("any anticoagulant?", given)
    assert [(place.kind, place.count) for place in answer.looked][:3] == [
        ("MedicationRequest", 1),
        ("MedicationStatement", 0),
        ("DocumentReference", 1),
    ]
    html = answer_html(answer, chart_of(given, read_at=READ_AT), "en")
    assert "2026-01-02" in html
    assert "2026-11-20 12:00 UTC" in html


def test_since_admission_needs_an_admission(asked: Callable[..., Answer]) -> None:
    answer = asked("potassium since admission?", record())
    assert answer.outcome is Outcome.COULD_NOT_CHECK
    assert Gap.NO_ADMISSION in {gap.reason for gap in answer.gaps}


def test_outside_the_period_the_newest_is_named(asked: Callable[..., Answer], known: dict[str, Patient]) -> None:
    if "Matt_Runte" not in known:
        pytest.skip(f"no public records in {SYNTHEA}")
    answer = asked("highest glucose this year?", known["Matt_Runte"].visit.record)
    assert answer.outcome is Outcome.NONE
    assert answer.outside
    assert answer.outside.day == dt.date(2020, 8, 19)


@pytest.mark.parametrize("question", ["protein in the urine?", "what is her kidney function like"])
def test_what_the_tables_call_otherwise_is_no_absence(
    asked: Callable[..., Answer], known: dict[str, Patient], question: str
) -> None:
    assert asked(question, known["marta-nowak"].visit.record).outcome is Outcome.FOUND


def test_a_value_without_a_range_is_shown_for_the_finding(asked: Callable[..., Answer]) -> None:
    hemoglobin = {
        "resourceType": "Observation", "id": "o", "status": "final", "subject": SUBJECT,
        "code": {"text": "Hemoglobin", "coding": [{"system": "http://loinc.org", "code": "718-7"}]},
        "effectiveDateTime": "2026-01-02", "valueQuantity": {"value": 7.1, "unit": "g/dL"},
    }  # fmt: skip
    answer = asked("is she anaemic?", record(hemoglobin))
    assert [line.source for line in answer.lines] == ["Observation/o"]


def test_results_in_units_that_do_not_convert_are_not_compared(asked: Callable[..., Answer]) -> None:
    def glucose(id_: str, value: float, unit: str) -> Resource:
        return {
            "resourceType": "Observation", "id": id_, "status": "final", "subject": SUBJECT,
            "code": {"coding": [{"system": "http://loinc.org", "code": "2345-7"}]},
            "effectiveDateTime": "2026-01-02", "valueQuantity": {"value": value, "unit": unit, "code": unit},
        }  # fmt: skip

    given = record(glucose("1", 90, "mg/dL"), glucose("2", 12, "mmol/L"), glucose("3", 80, "mg/dL"))
    assert {line.source for line in asked("highest glucose", given).lines} == {"Observation/1", "Observation/2"}


def test_why_comes_from_the_ranking(service: DiagnosisService) -> None:
    data = json.dumps(
        {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [
                {"resource": r}
                for r in (
                    {"resourceType": "Patient", "id": "p", "gender": "female"},
                    note("Arachnodactyly, ectopia lentis and tall stature. Scoliosis."),
                )
            ],
        }
    ).encode()
    visit = service.open_file(data, name="x.json")
    chart = visit.chart
    assert service.ask(visit, "why Marfan syndrome?", chart).outcome is Outcome.COULD_NOT_CHECK  # nothing ranked yet
    ranked = service.accept(visit)
    answer = service.ask(ranked, "why Marfan syndrome?", chart)
    assert ranked.assessment
    assert answer.disease
    assert answer.disease.id == ranked.assessment.ranking.diseases[answer.place - 1].id
    assert "Marfan" in answer.disease.name
    assert all(line.contribution for line in answer.lines)
    assert "DocumentReference/d" in {line.source for line in answer.lines}
    assert service.ask(ranked, "why not zorblax disease?", chart).outcome is Outcome.NONE


def test_what_the_record_says_is_escaped(asked: Callable[..., Answer], service: DiagnosisService) -> None:
    bad = record(medicine("<img src=x onerror=alert(1)> warfarin"), note("Warfarin <script>alert(1)</script> today."))
    html = answer_html(asked("warfarin?", bad), chart_of(bad, read_at=READ_AT), "en")
    html += record_html(service.open_record(bad), "zh")
    assert "<img" not in html
    assert "<script" not in html
    assert "&lt;script&gt;" in html


@pytest.fixture(scope="module")
def visit(service: DiagnosisService) -> Visit:
    return service.open_note(b"Known seizures. She takes apixaban. No fever.")


def test_a_typed_note_can_be_asked_about(service: DiagnosisService, visit: Visit) -> None:
    chart = chart_of_note(visit.note, read_at=READ_AT)
    assert [line.quote for line in service.ask(visit, "any fever?", chart).lines] == ["No fever."]
    assert [line.quote for line in service.ask(visit, "抗凝药？", chart).lines] == ["She takes apixaban."]
    assert service.ask(visit, "any rash?", chart).outcome is Outcome.NONE


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=320))
def test_any_text_is_answered_or_refused(service: DiagnosisService, known: dict[str, Patient], text: str) -> None:
    patient = known["omar-haddad"]
    try:
        answer = service.ask(patient.visit, text, patient.chart)
    except InputTooLargeError:
        assert len(text) > 300
        return
    for language in ("en", "zh"):
        assert answer_html(answer, patient.chart, language)
    assert all(line.source in patient.chart.resources for line in answer.lines if line.source)

"""What can be looked up in a record: entries, notes, and what nobody has read."""

import base64
import datetime as dt
from typing import Any

import pytest

from adapters.fhir.bundle import PatientRecord, make_record
from adapters.fhir.chart import Chart, EntryKind, chart_of, chart_of_note
from adapters.fhir.drafts import ORIGIN_CODE, ORIGIN_SYSTEM
from adapters.fhir.reasons import NOT_SEEN

READ_AT = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
SUBJECT = {"reference": "Patient/p"}


def record(*resources: dict[str, Any]) -> PatientRecord:
    patient = {"resourceType": "Patient", "id": "p"}
    return make_record([("", r) for r in (patient, *resources)], origin="test")


def chart(*resources: dict[str, Any]) -> Chart:
    return chart_of(record(*resources), read_at=READ_AT)


def observation(**fields: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "subject": SUBJECT,
        "code": {"text": "Potassium", "coding": [{"system": "http://loinc.org", "code": "2823-3"}]},
        **fields,
    }


def document(content: bytes, kind: str = "text/plain") -> dict[str, Any]:
    attachment = {"contentType": kind, "data": base64.b64encode(content).decode()}
    return {
        "resourceType": "DocumentReference",
        "id": "d",
        "status": "current",
        "subject": SUBJECT,
        "type": {"text": "Letter"},
        "date": "2026-01-02T08:00:00Z",
        "content": [{"attachment": attachment}],
    }


def test_a_result_keeps_its_value_range_and_moment() -> None:
    bound = {"unit": "mmol/L", "code": "mmol/L", "system": "http://unitsofmeasure.org"}
    quantity = {"value": 5.6, "comparator": ">", **bound}
    given = observation(
        valueQuantity=quantity,
        effectiveDateTime="2026-11-16T10:02:00+01:00",
        referenceRange=[{"low": {"value": 3.5, **bound}, "high": {"value": 5.1, **bound}}],
    )
    (entry,) = chart(given).of(EntryKind.RESULT)
    assert entry.value
    assert (entry.value.number, entry.value.comparator, entry.value.unit) == (5.6, ">", "mmol/L")
    assert (entry.value.low, entry.value.high) == (3.5, 5.1)
    assert entry.day == dt.date(2026, 11, 16)
    assert "2823-3" in entry.codes


def test_the_parts_of_a_result_are_entries() -> None:
    parts = [
        {"code": {"text": name}, "valueQuantity": {"value": value}} for name, value in (("Systolic", 148), ("D", 86))
    ]
    found = list(chart(observation(component=parts)).of(EntryKind.RESULT))
    assert [(e.part, e.value and e.value.number) for e in found] == [("Systolic", 148), ("D", 86)]


def test_what_was_entered_in_error_is_not_in_it_and_what_is_refuted_says_so() -> None:
    condition = {"resourceType": "Condition", "subject": SUBJECT, "code": {"text": "Gout"}}
    wrong = {"coding": [{"code": "entered-in-error"}]}
    refuted = {"coding": [{"code": "refuted"}]}
    active = {"coding": [{"code": "active"}]}
    (entry,) = chart(
        {**condition, "id": "1", "verificationStatus": wrong},
        {**condition, "id": "2", "verificationStatus": refuted, "clinicalStatus": active},
    ).of(EntryKind.PROBLEM)
    assert (entry.status, entry.is_current) == ("refuted", False)


def test_a_medicine_by_reference_has_the_name_that_the_record_gives() -> None:
    request = {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": SUBJECT}
    contained = [{"resourceType": "Medication", "id": "m", "code": {"text": "Apixaban"}}]
    named = {**request, "id": "1", "medicationReference": {"reference": "#m"}, "contained": contained}
    nameless = {**request, "id": "2", "medicationReference": {"reference": "Medication/9"}}
    first, second = chart(named, nameless).of(EntryKind.MEDICATION)
    assert (first.names, first.is_current) == (("Apixaban",), True)
    assert second.names == ()


@pytest.mark.parametrize("reference", ["Medication/m1", "https://h/fhir/Medication/m1", "urn:uuid:1"])
def test_a_medicine_by_reference_has_the_name_of_the_medication_beside_it(reference: str) -> None:
    coded = [{"system": "http://www.whocc.no/atc", "code": "B01AA03"}]
    medication = {"resourceType": "Medication", "id": "m1", "code": {"text": "Warfarin", "coding": coded}}
    request = {
        "resourceType": "MedicationRequest", "id": "1", "status": "active", "intent": "order", "subject": SUBJECT,
        "medicationReference": {"reference": reference, "display": "Warfarin"},
    }  # fmt: skip
    patient = {"resourceType": "Patient", "id": "p"}
    read = make_record([("", patient), ("", request), ("urn:uuid:1", medication)], origin="test")
    (entry,) = chart_of(read, read_at=READ_AT).of(EntryKind.MEDICATION)
    assert (entry.names, entry.codes, read.unread) == (("Warfarin",), {"B01AA03"}, ())


@pytest.mark.parametrize(
    ("reference", "address", "names"),
    [
        ("https://pharmacy.example/fhir/Medication/1", "https://hosp.example/fhir/Medication/1", ()),
        ("Medication/1", "https://pharmacy.example/fhir/Medication/1", ()),
        ("Medication/1", "https://hosp.example/fhir/Medication/1", ("Warfarin",)),
        ("http://hosp.example/fhir/Medication/1", "https://hosp.example/fhir/Medication/1", ("Warfarin",)),
        ("https://pharmacy.example/fhir/Medication/1", "https://pharmacy.example/fhir/Medication/1", ("Warfarin",)),
    ],
)
def test_a_medicine_of_another_server_is_another_one(reference: str, address: str, names: tuple[str, ...]) -> None:
    request = {
        "resourceType": "MedicationRequest", "id": "1", "status": "active", "intent": "order", "subject": SUBJECT,
        "medicationReference": {"reference": reference},
    }  # fmt: skip
    entries = [
        ("https://hosp.example/fhir/Patient/p", {"resourceType": "Patient", "id": "p"}),
        ("https://hosp.example/fhir/MedicationRequest/1", request),
        (address, {"resourceType": "Medication", "id": "1", "code": {"text": "Warfarin"}}),
    ]
    (entry,) = chart_of(make_record(entries, origin="test"), read_at=READ_AT).of(EntryKind.MEDICATION)
    assert entry.names == names


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 640}}}, "1:640"),
        ({"valueRange": {"low": {"value": 5}, "high": {"value": 10, "unit": "/HPF"}}}, "5 - 10 /HPF"),
        ({"valueRange": {"low": {"value": 5, "unit": "/HPF"}}}, "≥ 5 /HPF"),
        ({"valueRange": {"high": {"value": 5}}}, "≤ 5"),
        ({"valuePeriod": {"start": "2026-01-02", "end": "2026-01-04"}}, "2026-01-02 - 2026-01-04"),
        ({"valueTime": "08:30:00"}, "08:30:00"),
    ],
)
def test_no_kind_of_value_is_left_blank(value: dict[str, Any], words: str) -> None:
    (entry,) = chart(observation(**value)).of(EntryKind.RESULT)
    assert entry.value
    assert entry.value.words == words


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"reasonReference": [{"reference": "Condition/c"}]}, "Pneumonia"),
        ({"reasonReference": [{"reference": "urn:uuid:c"}]}, "Pneumonia"),
        ({"reasonReference": [{"reference": "Condition/elsewhere", "display": "Chest pain"}]}, "Chest pain"),
        ({"reasonReference": [{"reference": "Condition/elsewhere"}]}, ""),
        ({"reasonReference": [{"reference": "Condition/ruled-out"}]}, ""),
        ({"reasonReference": [{"reference": "#in"}]}, "Angina"),
        ({"reasonCode": [{"text": "Cough"}], "reasonReference": [{"reference": "Condition/c"}]}, "Cough, Pneumonia"),
        ({"diagnosis": [{"condition": {"reference": "Condition/c"}}]}, "Pneumonia"),
        ({"reasonCode": [{"text": "Cough"}], "diagnosis": [{"condition": {"reference": "Condition/c"}}]}, "Cough"),
    ],
)
def test_a_visit_says_why_in_the_words_of_what_it_names(said: dict[str, Any], why: str) -> None:
    found = {"resourceType": "Condition", "id": "c", "subject": SUBJECT, "code": {"text": "Pneumonia"}}
    refuted = {**found, "id": "ruled-out", "verificationStatus": {"coding": [{"code": "refuted"}]}}
    inside = {**found, "id": "in", "code": {"text": "Angina"}}
    visit = {
        "resourceType": "Encounter", "id": "e", "status": "finished", "class": {"code": "IMP"}, "subject": SUBJECT,
        "contained": [inside], **said,
    }  # fmt: skip
    (entry,) = chart(found, refuted, visit).of(EntryKind.ENCOUNTER)
    assert entry.detail == why


def test_a_planned_or_forbidden_medicine_is_not_taken() -> None:
    request = {
        "resourceType": "MedicationRequest", "status": "active", "subject": SUBJECT,
        "medicationCodeableConcept": {"text": "Warfarin"},
    }  # fmt: skip
    planned = {**request, "id": "1", "intent": "plan"}
    forbidden = {**request, "id": "2", "intent": "order", "doNotPerform": True}
    assert [e.status for e in chart(planned, forbidden).of(EntryKind.MEDICATION)] == ["plan", "do-not-perform"]
    assert not any(e.is_current for e in chart(planned, forbidden).of(EntryKind.MEDICATION))


def test_notes_are_texts_and_annotations() -> None:
    found = chart(document(b"She takes apixaban."), observation(note=[{"text": "haemolysed"}], valueInteger=3)).notes
    assert [(n.source, n.title, n.text) for n in found] == [
        ("DocumentReference/d", "Letter", "She takes apixaban."),
        ("Observation/o", "Potassium", "haemolysed"),
    ]


def test_a_note_that_cannot_be_read_is_unread() -> None:
    unread = chart(document(b"II*", "image/tiff")).unread
    assert [(u.source, u.reason) for u in unread] == [("DocumentReference/d", "content_type")]


def test_a_resource_of_no_known_type_has_not_been_looked_at() -> None:
    (told,) = chart({"resourceType": "Smith", "id": "s"}).unread
    assert told.reason in NOT_SEEN


def test_a_typed_note_is_a_chart_of_its_own() -> None:
    typed = chart_of_note("Cough.", read_at=READ_AT)
    assert [note.source for note in typed.notes] == ["text"]
    assert typed.entries == ()


def test_a_note_in_another_language_is_kept_and_told() -> None:
    spanish = "Paciente de 45 años con fiebre y tos desde hace tres días. Toma warfarina."
    for found in (chart(document(spanish.encode())), chart_of_note(spanish, read_at=READ_AT)):
        assert [note.text for note in found.notes] == [spanish]
        assert [unread.reason for unread in found.unread] == ["language_not_supported"]


@pytest.mark.parametrize("verified", ["provisional", "confirmed"])
def test_what_the_suite_wrote_is_in_it_with_its_status(verified: str) -> None:
    written = {
        "resourceType": "Condition", "id": "c", "subject": SUBJECT, "code": {"text": "Epilepsy"},
        "meta": {"tag": [{"system": ORIGIN_SYSTEM, "code": ORIGIN_CODE}]},
        "clinicalStatus": {"coding": [{"code": "active"}]}, "verificationStatus": {"coding": [{"code": verified}]},
    }  # fmt: skip
    (entry,) = chart(written).of(EntryKind.PROBLEM)
    assert (entry.names, entry.status) == (("Epilepsy",), "provisional" if verified == "provisional" else "active")

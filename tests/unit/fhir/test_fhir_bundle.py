"""Reading a patient's record from a file: what is refused, what is told, what is kept."""

import json
from pathlib import Path
from typing import Any

import pytest
from fhir_fakes import SAMPLES, TODAY, Names, Reader, record_of
from hypothesis import given
from hypothesis import strategies as st

from adapters.fhir.bundle import MAX_ENTRIES, parse_bundle
from adapters.fhir.limits import MAX_BYTES, MAX_JSON_DEPTH
from adapters.fhir.reasons import Reason
from adapters.fhir.to_case import to_case
from core.errors import FhirVersionError, InputError, InputFormatError, InputTooLargeError
from knowledge.medical.case import Unread

PATIENT = {"resourceType": "Patient", "id": "p"}


def bundle(*resources: object, **more: Any) -> str:
    entries = [{"resource": resource} for resource in resources]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries, **more})


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_the_sample_patients_are_valid_r4_and_read_as_a_whole(sample: Path) -> None:
    from fhir.resources.R4B.bundle import Bundle

    Bundle.model_validate_json(sample.read_bytes())
    record = parse_bundle(sample.read_bytes(), origin=sample.name)

    assert record.patient["id"] == sample.stem
    assert len(record.resources) == len(json.loads(sample.read_bytes())["entry"]) - 1
    assert record.unread == ()
    assert to_case(record, Reader(), Names(), today=TODAY).findings


def test_a_single_patient_is_a_record() -> None:
    assert parse_bundle(json.dumps(PATIENT), origin="x").patient == PATIENT


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"resourceType": "Bundle",\n  "entry": [,]}', "Broken JSON at line 2, column 13"),
        (b"\xff\xfe{}", "not valid UTF-8"),
        (b'{"resourceType": "Patient", "id": "\\ud800"}', "not valid UTF-8"),
        (b'{"x": NaN}', "A number"),
        (b'{"x": ' + b"9" * 5000 + b"}", "A number"),
        (b"[" * (MAX_JSON_DEPTH + 2) + b"]" * (MAX_JSON_DEPTH + 2), "nested deeper"),
        (b"[" * 200_000, "nested deeper"),
        (b"[]", "not an object"),
        (b"{}", "no resourceType"),
        (bundle(), "no entries"),
        (bundle(PATIENT, type="history"), "Bundle.type"),
        (bundle({"resourceType": "Practitioner", "id": "d"}), "no Patient"),
        (bundle(PATIENT, {"resourceType": "Patient", "id": "q"}), "2 patients"),
        (bundle({**PATIENT, "birthDate": "1990-02-31x"}), "Patient.birthDate"),
        (bundle({**PATIENT, "modifierExtension": [{"url": "http://x"}]}), "Patient.modifierExtension"),
    ],
)
def test_what_is_no_patients_record_is_refused(data: bytes | str, message: str) -> None:
    with pytest.raises(InputFormatError) as caught:
        parse_bundle(data, origin="x")

    assert message in caught.value.message
    assert caught.value.hint


def test_limits_of_size() -> None:
    with pytest.raises(InputTooLargeError, match="32 MiB"):
        parse_bundle(b" " * (MAX_BYTES + 1), origin="x")
    with pytest.raises(InputTooLargeError, match="20,000 entries"):
        parse_bundle(bundle(*[{}] * (MAX_ENTRIES + 1)), origin="x")


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ({"resourceType": "ImagingSelection"}, "ImagingSelection exists in FHIR R5 only"),
        ({"resourceType": "SubscriptionTopic"}, "SubscriptionTopic exists in FHIR R4B and R5 only"),
        ({"resourceType": "ProcedureRequest"}, "ProcedureRequest exists in FHIR STU3 only"),
        ({"meta": {"profile": ["http://hl7.org/fhir/5.0/StructureDefinition/Condition"]}}, "meta.profile is FHIR R5"),
        ({"meta": {"profile": ["http://hl7.org/fhir/StructureDefinition/Group|3.0.2"]}}, "meta.profile is FHIR STU3"),
        ({"resourceType": "CapabilityStatement", "fhirVersion": "5.0.0"}, "fhirVersion is FHIR R5"),
        (
            {
                "clinicalStatus": {"coding": [{"code": "active"}]},
                "participant": [{"actor": {"reference": "Practitioner/1"}}],
            },
            "Condition.participant is FHIR R5",
        ),
        ({"clinicalStatus": "active"}, "Condition.clinicalStatus is FHIR STU3"),
    ],
)
def test_other_releases_are_told_by_name_type_or_shape(resource: dict[str, Any], message: str) -> None:
    resource = {"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/p"}, **resource}

    for data in (bundle(PATIENT, resource), bundle(resource), json.dumps(resource)):
        with pytest.raises(FhirVersionError) as caught:
            parse_bundle(data, origin="x")

        assert message in caught.value.message


@pytest.mark.parametrize(
    ("resource", "reason", "element"),
    [
        # Valid R5, but a missing element alone is no sign of another release.
        ({"resourceType": "Encounter", "status": "finished"}, Reason.NOT_VALID_R4, "Encounter.class"),
        ({"resourceType": "Observation", "status": "final"}, Reason.NOT_VALID_R4, "Observation.code"),
        ({"resourceType": "Observation", "status": "done", "code": {}}, Reason.NOT_VALID_R4, "Observation.status"),
        (
            {"resourceType": "Condition", "clinicalStatus": {"text": "resolved"}},
            Reason.NOT_VALID_R4,
            "Condition.clinicalStatus",
        ),
        ({"resourceType": "Condition", "Smith": 1}, Reason.NOT_VALID_R4, "Condition.(unknown element)"),
        (
            {"resourceType": "Condition", "contained": [{"resourceType": "Smith"}]},
            Reason.NOT_VALID_R4,
            "Condition",
        ),
        (
            {"resourceType": "Condition", "implicitRules": "x:y"},
            Reason.MODIFIED_MEANING,
            "Condition.implicitRules",
        ),
        (
            {"resourceType": "Condition", "stage": [{"type": {}, "modifierExtension": [{"url": "http://x"}]}]},
            Reason.MODIFIED_MEANING,
            "Condition.stage.modifierExtension",
        ),
        ({"resourceType": "Condition", "subject": None}, Reason.NO_PATIENT, ""),
        ({"resourceType": "Condition", "subject": {"reference": "Patient/q"}}, Reason.ANOTHER_PATIENT, ""),
        ({"resourceType": "Condition", "subject": {"display": "Smith"}}, Reason.NO_PATIENT, ""),
        (
            {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "subject": None},
            Reason.NO_PATIENT,
            "",
        ),
    ],
)
def test_a_resource_that_cannot_be_trusted_is_told_and_the_rest_goes_on(
    resource: dict[str, Any], reason: Reason, element: str
) -> None:
    kind = resource["resourceType"]
    record = record_of(resource, {"resourceType": "Condition", "id": "good"})

    assert [kept["id"] for kept in record.resources] == ["good"]
    assert record.unread == (Unread(f"{kind}/x", reason, element),)


def test_types_that_are_not_read_are_counted() -> None:
    claims = [{"resourceType": "Claim", "id": str(n)} for n in range(12)]

    record = parse_bundle(bundle(PATIENT, *claims, {"resourceType": "Smith"}), origin="x")

    assert record.unread == (Unread("Bundle", Reason.UNKNOWN_TYPE, "1"), Unread("Claim", Reason.NOT_USED, "12"))


@pytest.mark.parametrize(
    "reference", ["urn:uuid:9b1f", "Patient/9b1f", "http://h/fhir/Patient/9b1f", "Patient/9b1f/_history/2"]
)
def test_a_patient_may_be_named_by_full_url(reference: str) -> None:
    entries = [
        {"fullUrl": "urn:uuid:9b1f", "resource": {"resourceType": "Patient"}},
        {"fullUrl": "urn:uuid:77aa", "resource": {"resourceType": "Condition", "subject": {"reference": reference}}},
        {"resource": {"resourceType": "Condition", "subject": {"reference": reference}}},
    ]

    record = parse_bundle(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}), origin="x")

    assert record.patient["id"] == "9b1f"
    assert [resource["id"] for resource in record.resources] == ["77aa", "entry-2"]


@pytest.mark.parametrize(
    ("reference", "own"),
    [
        ("http://h/fhir/Patient/p", True),
        ("http://h/fhir/Patient/p/_history/2", True),
        ("https://h/fhir/Patient/p", True),
        ("http://h/fhir//Patient/p", True),
        ("Patient/p", True),
        ("http://other/fhir/Patient/p", False),
        ("http://h/other/Patient/p", False),
    ],
)
@pytest.mark.parametrize("named", ["patient", "condition"])
@pytest.mark.parametrize("version", ["", "/_history/1"])
def test_the_same_id_on_another_server_is_somebody_else(reference: str, own: bool, named: str, version: str) -> None:
    condition = {"resourceType": "Condition", "id": "c", "subject": {"reference": reference}}
    entries = [
        {"resource": {"resourceType": "Patient", "id": "p"}, "fullUrl": f"http://h/fhir/Patient/p{version}"},
        {"resource": condition, "fullUrl": f"http://h/fhir/Condition/c{version}"},
    ]
    del entries[named == "patient"]["fullUrl"]

    record = parse_bundle(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}), origin="x")

    assert record.unread == (() if own else (Unread("Condition/c", Reason.ANOTHER_PATIENT),))


@pytest.mark.parametrize(
    ("kind", "element"), [("Condition", "Condition.subject"), ("AllergyIntolerance", "AllergyIntolerance.patient")]
)
def test_a_resource_without_its_required_subject_is_told(kind: str, element: str) -> None:
    record = parse_bundle(bundle(PATIENT, {"resourceType": kind, "id": "x"}), origin="x")

    assert (record.resources, record.unread) == ((), (Unread(f"{kind}/x", Reason.NOT_VALID_R4, element),))


@pytest.mark.parametrize(
    ("identifier", "own"),
    [
        ({"system": "urn:h", "value": "9"}, True),
        ({"value": "MRN 9"}, True),
        ({"system": "urn:other", "value": "9"}, False),
        ({"value": "9"}, False),
        ({"value": "OTHER PATIENT 9"}, False),
        ({"system": "urn:h"}, False),
    ],
)
@pytest.mark.parametrize(("kind", "about"), [("Condition", "subject"), ("AllergyIntolerance", "patient")])
def test_a_patient_named_by_identifier_must_have_it(
    identifier: dict[str, str], own: bool, kind: str, about: str
) -> None:
    record = record_of(
        {"resourceType": kind, about: {"identifier": identifier}},
        identifier=[{"system": "urn:h", "value": "9"}, {"value": "MRN 9"}, {"system": "urn:h"}],
    )

    assert len(record.resources) == own
    assert record.unread == (() if own else (Unread(f"{kind}/x", Reason.ANOTHER_PATIENT),))


@pytest.mark.parametrize(
    ("focus", "read"),
    [
        ([], True),
        ([{"reference": "Patient/p"}], True),
        ([{"reference": "RelatedPerson/fetus"}], False),
        ([{"reference": "Patient/p"}, {"reference": "Patient/fetus"}], False),
        ([{"identifier": {"value": "9"}}], False),
        ([{"display": "Fetus"}], False),
        ([{"reference": "#fetus"}], False),
        ([{"reference": "https://h/fhir/Device/pump/_history/2"}], False),
        ([{"reference": "https://h/fhir/Condition/c"}], True),
        ([{"reference": "Patient/p"}, {"type": "Procedure", "display": "Bypass"}], True),
    ],
)
def test_what_is_observed_of_somebody_else_is_not_the_patients(focus: list[dict[str, Any]], read: bool) -> None:
    code = {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]}
    pulse = {"resourceType": "Observation", "status": "final", "code": code, "focus": focus}
    record = record_of({name: value for name, value in pulse.items() if value})

    assert len(record.resources) == read
    assert record.unread == (() if read else (Unread("Observation/x", Reason.OTHER_FOCUS),))


def test_a_file_may_hold_a_patient_with_those_merged_into_it() -> None:
    old: dict[str, Any] = {"resourceType": "Patient", "id": "601", "active": False, "identifier": [{"value": "N1"}]}
    link = [{"other": {"reference": "Patient/601"}, "type": "replaces"}]
    new = {"resourceType": "Patient", "id": "602", "link": link}
    subjects = (
        {"reference": "Patient/602"},
        {"reference": "https://h/Patient/601/_history/2"},
        {"identifier": {"value": "N1"}},
    )
    conditions = [
        {"resourceType": "Condition", "id": str(place), "subject": subject} for place, subject in enumerate(subjects)
    ]

    record = parse_bundle(bundle(old, new, *conditions), origin="x")

    assert (record.patient["id"], [patient["id"] for patient in record.merged]) == ("602", ["601"])
    assert (len(record.resources), record.unread) == (3, ())
    with pytest.raises(InputFormatError, match="2 patients"):
        parse_bundle(bundle({**old, "active": True}, new), origin="x")


def test_one_page_of_a_search_is_told() -> None:
    page = bundle(PATIENT, PATIENT, type="searchset", link=[{"relation": "next", "url": "http://h/2"}])

    assert parse_bundle(page, origin="x").unread == (
        Unread("Bundle", Reason.MORE_PAGES),
        Unread("Patient/p", Reason.REPEATED),
    )


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_anything_else_is_an_input_error(data: bytes | str) -> None:
    with pytest.raises(InputError):
        parse_bundle(data, origin="x")


@pytest.mark.parametrize(
    ("fault", "element"),
    [
        ({"telecom": [{"system": "phone", "value": ""}]}, "Patient.telecom[0].value"),
        ({"address": [{"line": [""]}]}, "Patient.address[0].line[0]"),
        ({"communication": [{}]}, "Patient.communication[0].language"),
    ],
)
def test_a_fault_in_what_is_not_read_of_a_patient_is_told_and_left_out(fault: dict[str, Any], element: str) -> None:
    patient = {**PATIENT, "birthDate": "1960-01-02", **fault}
    record = parse_bundle(bundle(patient), origin="x")
    assert record.patient == {**PATIENT, "birthDate": "1960-01-02"}
    assert record.unread == (Unread(f"Patient/{PATIENT['id']}", Reason.NOT_VALID_R4, element),)


def test_a_fault_in_what_is_read_of_a_patient_is_an_error() -> None:
    with pytest.raises(InputFormatError, match="birthDate"):
        parse_bundle(bundle({**PATIENT, "birthDate": "yesterday", "address": [{"line": [""]}]}), origin="x")

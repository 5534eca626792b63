"""What becomes of each resource: findings with their evidence, or a reason why not."""

from datetime import date
from typing import Any

import pytest
from fhir_fakes import (
    NO,
    YES,
    attachment,
    case_of,
    condition,
    hpo,
    observation,
    statuses,
)

from adapters.fhir.chart_notes import notes_of
from adapters.fhir.drafts import DRAFT_SYSTEM, ORIGIN_SYSTEM
from adapters.fhir.elements import wordings
from adapters.fhir.reasons import Reason
from knowledge.medical.case import Evidence, Status, Unread


@pytest.mark.parametrize("time", ["2026-03-31T08:30:00", "2026-03-31T08:30", "2026-03-31 08:30:00", "2026-03-31"])
@pytest.mark.parametrize("element", ["effectiveDateTime", "effectiveInstant"])
def test_a_time_without_a_zone_is_read_as_its_day(element: str, time: str) -> None:
    case = case_of(observation(hpo("HP:0001250"), **{element: time}))
    assert [finding.evidence[0].date for finding in case.findings] == [date(2026, 3, 31)]


@pytest.mark.parametrize("time", ["2026-13-31", "31.03.2026", "20260331", "2026-03-31T25"])
def test_what_is_no_time_is_told(time: str) -> None:
    case = case_of(observation(hpo("HP:0001250"), effectiveDateTime=time))
    assert case.unread == (Unread("Observation/x", Reason.NOT_VALID_R4, "Observation.effectiveDateTime"),)


def test_a_denied_negation_is_unknown() -> None:
    assert statuses(case_of(observation({"text": "no seizures"}, valueBoolean=False))) == {"HP:0001250": Status.UNKNOWN}


@pytest.mark.parametrize(
    "system",
    [
        "urn:oid:2.16.840.1.113883.6.339",
        "http://purl.obolibrary.org/obo/hp.fhir",
        "http://human-phenotype-ontology.org/",
        "urn:example:phenotypes",
    ],
)
def test_an_hpo_code_is_known_by_its_form_however_its_system_is_written(system: str) -> None:
    case = case_of(condition("active", code=hpo("HP:0001250", "Coded", system)))
    assert statuses(case) == {"HP:0001250": YES}


def test_an_old_hpo_code_is_resolved_and_an_unknown_one_is_told_and_read_as_words() -> None:
    both_systems = condition("active", code=hpo("HP:0000002", system="http://human-phenotype-ontology.org"))
    unknown = condition("active", id="y", code=hpo("HP:9999999", "Fever"))

    case = case_of(both_systems, unknown)

    assert statuses(case) == {"HP:0000001": YES, "HP:0001945": YES}
    assert case.unread == (Unread("Condition/y", Reason.UNKNOWN_HPO_CODE, "Fever"),)


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (observation(hpo("HP:0001250")), {"HP:0001250": YES}),
        (observation(hpo("HP:0001250"), valueBoolean=False), {"HP:0001250": NO}),
        (observation(hpo("HP:0001250"), valueCodeableConcept={"text": "Absent"}), {"HP:0001250": NO}),
        (observation({"text": "Phenotype"}, valueCodeableConcept=hpo("HP:0001250")), {"HP:0001250": YES}),
        (observation({"text": "Seizures"}, valueBoolean=False), {"HP:0001250": NO}),
        (observation({"text": "Seizures"}, valueString="Yes"), {"HP:0001250": YES}),
        (
            observation({"text": "Seizures"}, valueString="present", category=[{"coding": [{"code": "exam"}]}]),
            {"HP:0001250": YES},
        ),
        (
            observation(
                hpo("386661006", "Fever", system="http://snomed.info/sct"),
                valueCodeableConcept=hpo("52101004", "Present", system="http://snomed.info/sct"),
            ),
            {"HP:0001945": YES},
        ),
        (
            observation({"text": "Seizures"}, valueCodeableConcept=hpo("2667000", system="http://snomed.info/sct")),
            {"HP:0001250": NO},
        ),
        (
            observation({"text": "Seizures"}, valueCodeableConcept=hpo("LA9634-2", system="http://loinc.org")),
            {"HP:0001250": NO},
        ),
        (observation({"text": "Seizures"}, valueString="Not present"), {"HP:0001250": NO}),
        (observation({"text": "Story"}, valueString="no seizures, but fever"), {"HP:0001250": NO, "HP:0001945": YES}),
        (
            observation(
                hpo("718-7", system="http://loinc.org"),
                dataAbsentReason={"coding": [{"code": "negative-infinity"}]},  # below what can be measured
                interpretation=[{"coding": [{"code": "L"}]}],
            ),
            {"HP:0001903": YES, "HP:0001900": NO},
        ),
        (
            observation({"text": "Panel"}, component=[{"code": hpo("HP:0001250"), "valueBoolean": True}]),
            {"HP:0001250": YES},
        ),
    ],
)
def test_an_observation_with_a_code_or_words(resource: dict[str, Any], expected: dict[str, Status]) -> None:
    assert statuses(case_of(resource)) == expected


@pytest.mark.parametrize(
    ("resource", "told"),
    [
        (observation(hpo("HP:0001250"), "entered-in-error"), Unread("Observation/x", Reason.ENTERED_IN_ERROR)),
        (observation(hpo("HP:0001250"), "cancelled"), Unread("Observation/x", Reason.CANCELLED)),
        (observation(hpo("HP:0001250"), "registered"), Unread("Observation/x", Reason.NO_VALUE)),
        (observation(hpo("HP:0001250"), dataAbsentReason={"text": "?"}), Unread("Observation/x", Reason.NO_VALUE)),
        (
            observation(
                hpo("718-7", system="http://loinc.org"),
                dataAbsentReason={"text": "clotted"},
                interpretation=[{"coding": [{"code": "L"}]}],
            ),
            Unread("Observation/x", Reason.NO_VALUE),
        ),
        (observation(hpo("HP:0000098"), valueInteger=3), Unread("Observation/x", Reason.UNCLEAR_VALUE)),
        # A questionnaire or laboratory text names findings without stating them.
        (
            observation({"text": "Seizures?"}, valueString="yes", category=[{"coding": [{"code": "survey"}]}]),
            Unread("Observation", Reason.NO_FINDING_FOR_CODE, "1"),
        ),
        (
            observation(hpo("1234-4", "Seizures", system="http://loinc.org"), valueString="Present"),
            Unread("Observation", Reason.NO_FINDING_FOR_CODE, "1"),
        ),
        (
            observation({"text": "Seizures panel: influenza A"}, valueString="Detected"),  # whose, nobody says
            Unread("Observation", Reason.NO_FINDING_FOR_CODE, "1"),
        ),
        (
            observation(
                {"coding": [{"system": "http://loinc.org", "code": "2823-3"}]},
                valueQuantity={"value": 4, "code": "mmol/L"},
            ),
            Unread("Observation", Reason.NO_NORMAL_RANGE, "1"),
        ),
    ],
)
def test_an_observation_that_is_not_a_finding_is_told(resource: dict[str, Any], told: Unread) -> None:
    case = case_of(resource)

    assert case.findings == ()
    assert case.unread == (told,)


def test_a_laboratory_result_shows_value_flag_and_date() -> None:
    hemoglobin = observation(
        {"coding": [{"system": "http://loinc.org", "code": "718-7"}], "text": "Hemoglobin"},
        valueQuantity={"value": 8.1, "unit": "g/dL"},
        interpretation=[{"coding": [{"code": "L"}]}],
        effectiveDateTime="2025-03-04T08:00:00Z",
    )

    (anemia, _) = case_of(hemoglobin).findings

    assert (anemia.code, anemia.status) == ("HP:0001903", YES)
    assert anemia.evidence == (Evidence("Observation/x", "Hemoglobin 8.1 g/dL (L)", date(2025, 3, 4)),)


def test_a_note_is_read_once_with_its_offsets_and_service_date() -> None:
    document = {
        "resourceType": "DocumentReference",
        "status": "current",
        "date": "2025-02-01T10:00:00Z",
        "context": {"period": {"start": "2025-01-30", "end": "2025-01-31"}},
        "content": [
            {"attachment": attachment("pdf", "application/pdf")},
            {"attachment": attachment("She has no fever.")},
            {"attachment": attachment("<p>She has no fever.</p>", "text/html")},
        ],
    }

    case = case_of(document)

    (finding,) = case.findings
    assert finding.status is NO
    assert finding.evidence == (Evidence("DocumentReference/x", "fever", date(2025, 1, 31), 11, 16, "no"),)
    assert case.unread == (
        Unread("DocumentReference/x", Reason.BROKEN_DOCUMENT, "application/pdf"),
        Unread("DocumentReference/x", Reason.OTHER_FORMAT, "text/html"),
    )


def test_documents_of_one_type_are_all_read() -> None:
    texts = [
        attachment("She has no fever."),
        attachment("<p>fever</p>", "text/html"),
        attachment("Addendum: seizures."),
    ]
    report = {"resourceType": "DiagnosticReport", "status": "final", "code": {"text": "x"}, "presentedForm": texts}

    case = case_of(report)

    assert statuses(case) == {"HP:0001945": NO, "HP:0001250": YES}
    assert Unread("DiagnosticReport/x", Reason.OTHER_FORMAT, "text/html") in case.unread
    assert [note.text for note in notes_of({**report, "id": "x"})[0]] == ["She has no fever.", "Addendum: seizures."]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"status": "entered-in-error"}, Reason.ENTERED_IN_ERROR),
        ({"status": "superseded"}, Reason.SUPERSEDED),
        ({"status": "current", "docStatus": "entered-in-error"}, Reason.ENTERED_IN_ERROR),
    ],
)
def test_a_note_that_no_longer_holds_is_told(fields: dict[str, str], reason: Reason) -> None:
    content = [{"attachment": attachment("fever")}]

    case = case_of({"resourceType": "DocumentReference", "content": content, **fields})

    assert (case.findings, case.unread) == ((), (Unread("DocumentReference/x", reason),))


def test_a_reports_conclusion_is_read_only_where_the_report_cannot_be() -> None:
    report = {"resourceType": "DiagnosticReport", "status": "final", "code": {"text": "EEG"}, "conclusion": "Seizures"}
    full = {**report, "presentedForm": [attachment("no fever")]}
    scanned = {**report, "presentedForm": [{"contentType": "application/pdf", "url": "http://h/1"}]}

    assert statuses(case_of(full)) == {"HP:0001945": NO}
    assert statuses(case_of(scanned)) == {"HP:0001250": YES}
    assert statuses(case_of({**report, "status": "cancelled"})) == {}


def test_a_relatives_disease_is_never_the_patients() -> None:
    parts = [{"code": {"text": "Seizures"}}, {"code": {"text": "Fever"}}]
    father = {"resourceType": "FamilyMemberHistory", "status": "completed", "relationship": {"text": "father"}}

    case = case_of({**father, "condition": parts}, {**father, "id": "y"})

    assert case.findings == ()
    assert case.unread == (
        Unread("FamilyMemberHistory/x", Reason.FAMILY_HISTORY, "father: Seizures"),
        Unread("FamilyMemberHistory/x", Reason.FAMILY_HISTORY, "father: Fever"),
        Unread("FamilyMemberHistory/y", Reason.FAMILY_HISTORY, "father"),
    )


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ({"resourceType": "Encounter", "status": "in-progress"}, YES),
        ({"resourceType": "Encounter", "status": "finished"}, Status.UNKNOWN),
        ({"resourceType": "Encounter", "status": "planned"}, None),
        ({"resourceType": "Procedure", "status": "completed"}, Status.UNKNOWN),
        ({"resourceType": "Procedure", "status": "not-done"}, None),
        ({"resourceType": "MedicationRequest", "status": "active", "intent": "order"}, Status.UNKNOWN),
        ({"resourceType": "MedicationRequest", "status": "active", "intent": "plan"}, None),
        ({"resourceType": "MedicationRequest", "status": "cancelled", "intent": "order"}, None),
        ({"resourceType": "MedicationStatement", "status": "active"}, Status.UNKNOWN),
        ({"resourceType": "MedicationStatement", "status": "not-taken"}, None),
        ({"resourceType": "MedicationStatement", "status": "entered-in-error"}, None),
    ],
)
def test_a_reason_is_a_finding_only_of_an_encounter_that_goes_on(
    resource: dict[str, Any], expected: Status | None
) -> None:
    medicine = {"medicationCodeableConcept": {"text": "x"}} if resource["resourceType"].startswith("Med") else {}
    kind = {"class": {"code": "AMB"}} if resource["resourceType"] == "Encounter" else {}

    case = case_of({**resource, **medicine, **kind, "reasonCode": [{"text": "Fever"}]})

    assert statuses(case) == ({} if expected is None else {"HP:0001945": expected})
    assert len(case.findings) + len(case.unread) == 1


def test_a_complication_is_a_finding_and_a_procedure_without_reason_is_counted() -> None:
    procedure = {"resourceType": "Procedure", "status": "completed", "performedDateTime": "2024-01-02"}

    case = case_of({**procedure, "complication": [{"text": "Fever"}]})

    assert case.findings[0].evidence == (Evidence("Procedure/x", "Fever", date(2024, 1, 2)),)
    assert case.unread == (Unread("Procedure", Reason.NOT_USED, "1"),)


@pytest.mark.parametrize(
    "mark",
    [
        {"meta": {"tag": [{"system": ORIGIN_SYSTEM, "code": "written-by-r1-suite"}]}},
        {"identifier": [{"system": DRAFT_SYSTEM, "value": "1"}]},
    ],
)
def test_what_the_suite_wrote_itself_is_no_finding(mark: dict[str, Any]) -> None:
    case = case_of(condition("active", "provisional", **mark))

    assert (case.findings, case.unread) == ((), (Unread("Condition/x", Reason.WRITTEN_BY_US),))


def test_what_a_clinician_has_confirmed_of_it_is_one() -> None:
    tag = {"tag": [{"system": ORIGIN_SYSTEM, "code": "written-by-r1-suite"}]}
    assert statuses(case_of(condition("active", "confirmed", meta=tag))) == {"HP:0001250": YES}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Seizures (HCC)", "Seizures"),
        ("Seizures (CMS/HCC)", "Seizures"),
        ("Seizures [HCC]", "Seizures"),
        ("Hepatocellular carcinoma (HCC)", "Hepatocellular carcinoma"),
        ("HCC", "HCC"),
    ],
)
def test_a_payment_category_behind_a_diagnosis_is_no_carcinoma(text: str, words: str) -> None:
    code = {"text": text, "coding": [{"display": text}]}

    assert wordings(code) == [words]

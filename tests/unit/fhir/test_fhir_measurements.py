"""Vital signs and laboratory values of Observations as measurements."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from fhir_fakes import TODAY, Names, Read, Reader, attachment, case_of, record_of

from adapters.fhir.bundle import make_record
from adapters.fhir.measurements import QUANTITIES, measured
from adapters.fhir.reasons import Reason
from adapters.fhir.to_case import to_case
from knowledge.medical.case import Evidence, Finding, Status, Unread
from knowledge.medical.measurements import Measurement, Quantity
from knowledge.medical.red_flag_rules import RULES
from knowledge.medical.red_flags import Criterion, Value

Q = Quantity


def coded(loinc: str, value: float, unit: str, **more: Any) -> dict[str, Any]:
    code = {"coding": [{"system": "http://loinc.org", "code": loinc}]}
    return {"code": code, "valueQuantity": {"value": value, "unit": unit}, **more}


def observation(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "status": "final", **more}


@pytest.mark.parametrize(
    ("loinc", "value", "unit", "quantity", "converted"),
    [
        ("8867-4", 120, "/min", Q.HEART_RATE, 120),
        ("8867-4", 120, "{beats}/min", Q.HEART_RATE, 120),
        ("9279-1", 26, "breaths/min", Q.RESPIRATORY_RATE, 26),
        ("8310-5", 101.3, "[degF]", Q.TEMPERATURE, 38.5),
        ("59408-5", 91, "%", Q.SATURATION, 91),
        ("2345-7", 324, "mg/dL", Q.GLUCOSE, 17.984),
        ("14749-6", 18, "mmol/L", Q.GLUCOSE, 18),
        ("2823-3", 6.8, "mEq/L", Q.POTASSIUM, 6.8),
        ("6873-4", 4.1, "mmol/L", Q.KETONES, 4.1),
        ("66441-7", 4.1, "mmol/L", Q.KETONES, 4.1),
        ("17861-6", 15.8, "mg/dL", Q.CALCIUM, 3.942),
        ("2000-8", 3.9, "mmol/L", Q.CALCIUM, 3.9),
        ("2744-1", 7.1, "[pH]", Q.PH, 7.1),
        ("9269-2", 12, "{score}", Q.GCS, 12),
        # Bedside, capillary, arterial and rectal codes, and units in capitals
        ("2340-8", 38, "mg/dL", Q.GLUCOSE, 2.109),
        ("14743-9", 2.1, "mmol/L", Q.GLUCOSE, 2.1),
        ("32016-8", 38, "MG/DL", Q.GLUCOSE, 2.109),
        ("2518-9", 5.2, "mmol/L", Q.LACTATE, 5.2),
        ("8332-9", 39.4, "Cel", Q.TEMPERATURE, 39.4),
        ("8332-9", 102.9, "DEG F", Q.TEMPERATURE, 39.389),
        ("2823-3", 7.1, "MEQ/L", Q.POTASSIUM, 7.1),
        ("39789-3", 7.1, "MMOL/L", Q.POTASSIUM, 7.1),
        ("2028-9", 9, "mEq/L", Q.BICARBONATE, 9),
        ("76534-7", 78, "MMHG", Q.SYSTOLIC, 78),
        ("718-7", 6.2, "g/dL", Q.HEMOGLOBIN, 62),
        ("20563-3", 28, "%", Q.CARBOXYHEMOGLOBIN, 28),
        ("30313-1", 62, "G/L", Q.HEMOGLOBIN, 62),
        ("59260-0", 3.8, "mmol/L", Q.HEMOGLOBIN, 61.233),
        ("751-8", 0.3, "G/L", Q.NEUTROPHILS, 0.3),
        ("751-8", 0.3, "Gpt/l", Q.NEUTROPHILS, 0.3),
        ("777-3", 12000, "/uL", Q.PLATELETS, 12),
    ],
)
def test_values_come_in_our_unit(loinc: str, value: float, unit: str, quantity: Quantity, converted: float) -> None:
    (measurement,) = case_of(observation(**coded(loinc, value, unit))).measurements

    assert (measurement.quantity, measurement.value) == (quantity, converted)
    assert measurement.source == "Observation/x"
    assert f"{value} {unit}" in measurement.phrase


def test_both_pressures_of_a_panel_are_read_with_their_time() -> None:
    parts = [coded("8480-6", 84, "mmHg"), coded("8462-4", 51, "mmHg")]
    panel = observation(code={"text": "BP"}, component=parts, effectiveDateTime="2026-03-31T22:10:00Z")

    measurements = case_of(panel).measurements

    time = datetime(2026, 3, 31, 22, 10, tzinfo=UTC)
    assert [(m.quantity, m.value, m.time) for m in measurements] == [(Q.SYSTOLIC, 84, time), (Q.DIASTOLIC, 51, time)]


def test_a_day_stays_a_day() -> None:
    (measurement,) = case_of(observation(**coded("8867-4", 80, "/min"), effectiveDateTime="2026-03-31")).measurements

    assert measurement.time == date(2026, 3, 31)
    assert not isinstance(measurement.time, datetime)


@pytest.mark.parametrize(
    "unit",
    [
        {"unit": "mmol/L", "system": "urn:oid:1.2.3", "code": "271"},  # a code of the laboratory's own
        {"system": "urn:oid:1.2.3", "code": "mmol/L"},
        {"unit": "millimoles", "system": "http://unitsofmeasure.org", "code": "mmol/L"},
        {"unit": "mmol per litre", "system": "http://unitsofmeasure.org/", "code": "mmol/L"},
        {"unit": "mM/L", "system": "https://unitsofmeasure.org", "code": "mmol/L"},
        {"unit": "millimoles per liter", "system": "urn:oid:2.16.840.1.113883.6.8", "code": "mmol/L"},
    ],
)
def test_only_a_code_of_ucum_says_more_than_the_unit_that_people_read(unit: dict[str, str]) -> None:
    sent = {**coded("2823-3", 7.9, ""), "valueQuantity": {"value": 7.9, **unit}}
    (potassium,) = case_of(observation(**sent)).measurements
    assert potassium.value == 7.9


@pytest.mark.parametrize(
    "part",
    [
        {**coded("2823-3", 6.8, ""), "valueQuantity": {"value": 6.8}},
        coded("2823-3", 6.8, "mg/dL"),
        coded("8310-5", 98.6, "Cel"),
        coded("8867-4", float("1e300"), "/min"),
        {**coded("8867-4", 80, "/min"), "valueQuantity": {"unit": "/min"}},
    ],
)
def test_a_value_that_cannot_be_used_is_told(part: dict[str, Any]) -> None:
    case = case_of(observation(**part))

    assert case.measurements == ()
    assert Unread("Observation", Reason.UNKNOWN_UNIT, "1") in case.unread


@pytest.mark.parametrize(
    ("comment", "is_used"),
    [
        ("Specimen hemolyzed. Suggest repeat.", False),
        ("Sample grossly haemolysed; potassium unreliable", False),
        ("标本溶血，建议复查", False),
        ("Sample not haemolysed", True),
        ("Non-haemolysed repeat", True),
        ("Previous sample haemolysed", True),
        ("May be haemolysed", True),
        ("?haemolysed", True),
        ("标本无溶血", True),
        ("Haemolytic anaemia known", True),
        ("Phoned to ward", True),
        ("Sample haemolysed? ECG advised", True),
        ("Hemolyzed specimen excluded on repeat; result confirmed", True),
        ("Slightly hemolyzed; result may be increased by up to 0.3", True),
        ("Hemolyzed: none", True),
        ("Hemolyzed: N", True),
        ("Hemolysis index 12 (hemolyzed if > 100)", True),
        ("标本轻度溶血", True),
        ("Sample clotted", False),
    ],
)
def test_a_result_of_a_spoilt_sample_is_told_and_not_used(comment: str, is_used: bool) -> None:
    case = case_of(observation(id="k", note=[{"text": comment}], **coded("2823-3", 7.2, "mmol/L")))
    assert [m.value for m in case.measurements] == ([7.2] if is_used else [])
    assert (Reason.SPOILT_SAMPLE in {unread.reason for unread in case.unread}) is not is_used


def specimen(*condition: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Specimen", "id": "s", "condition": list(condition), **more}


HEMOLYSED = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0493", "code": "HEM"}]}


@pytest.mark.parametrize(
    ("loinc", "of", "is_used"),
    [
        ("2823-3", specimen(HEMOLYSED), False),
        ("2823-3", specimen({"text": "Grossly haemolysed"}), False),
        ("2823-3", specimen({"coding": [{"code": "ROOM"}]}, {"coding": [{"code": "CLOT"}]}), False),
        ("2823-3", specimen({"coding": [{"code": "ROOM"}]}), True),
        ("2823-3", specimen({"text": "Slightly haemolysed"}), True),
        ("2823-3", specimen({"text": "Not haemolysed"}), True),
        ("2823-3", specimen(HEMOLYSED, id="another"), True),
        ("2823-3", specimen(HEMOLYSED, subject={"reference": "Patient/other"}), True),
        ("2951-2", specimen(HEMOLYSED), True),
    ],
)
def test_a_result_of_a_specimen_that_was_spoilt_is_not_used(loinc: str, of: dict[str, Any], is_used: bool) -> None:
    part = coded(loinc, 7.2 if loinc == "2823-3" else 140, "mmol/L")
    case = case_of(observation(id="k", specimen={"reference": "Specimen/s"}, **part), of)
    assert bool(case.measurements) is is_used
    assert (Reason.SPOILT_SAMPLE in {unread.reason for unread in case.unread}) is not is_used


@pytest.mark.parametrize("reference", ["#s", "urn:uuid:5a", "https://host/fhir/Specimen/s", "Specimen/s/_history/2"])
def test_a_specimen_is_found_wherever_it_stands(reference: str) -> None:
    potassium = observation(id="k", specimen={"reference": reference}, **coded("2823-3", 7.2, "mmol/L"))
    if reference.startswith("#"):
        potassium["contained"] = [specimen(HEMOLYSED)]
    potassium["subject"] = {"reference": "Patient/p"}
    entries = [("", {"resourceType": "Patient", "id": "p"}), ("", potassium), ("urn:uuid:5a", specimen(HEMOLYSED))]
    assert to_case(make_record(entries, origin="test"), Reader(), Names(), today=TODAY).measurements == ()


def test_a_specimen_of_another_server_with_the_same_id_is_another_one() -> None:
    named = {"reference": "https://lab.example/fhir/Specimen/s"}
    potassium = observation(id="k", specimen=named, **coded("2823-3", 7.2, "mmol/L"))
    base = "https://hosp.example/fhir/"
    entries = [
        (f"{base}Patient/p", {"resourceType": "Patient", "id": "p"}),
        (f"{base}Observation/k", {**potassium, "subject": {"reference": "Patient/p"}}),
        (f"{base}Specimen/s", specimen(HEMOLYSED)),
    ]
    (value,) = to_case(make_record(entries, origin="test"), Reader(), Names(), today=TODAY).measurements
    assert value.value == 7.2


def test_a_result_that_names_no_specimen_has_none() -> None:
    case = case_of(observation(id="k", **coded("2823-3", 7.2, "mmol/L")), specimen(HEMOLYSED))
    assert [m.value for m in case.measurements] == [7.2]


@pytest.mark.parametrize(
    ("loinc", "value", "unit"),
    [
        ("2345-7", 28, "mg/dL"),
        ("2518-9", 8.1, "mmol/L"),
        ("718-7", 4.8, "g/dL"),
        ("2823-3", 1.9, "mmol/L"),
    ],
)
def test_haemolysis_spoils_only_a_raised_potassium(loinc: str, value: float, unit: str) -> None:
    def told(comment: str) -> int:
        return len(case_of(observation(note=[{"text": comment}], **coded(loinc, value, unit))).measurements)

    assert (told("Specimen hemolyzed."), told("Specimen clotted.")) == (1, 0)


def test_a_pressure_taken_standing_is_no_sign_of_shock() -> None:
    assert case_of(observation(**coded("8460-8", 82, "mm[Hg]"))).measurements == ()


DOCUMENT = {"resourceType": "DocumentReference", "status": "current", "content": [{"attachment": attachment("K 4.1")}]}
REPORT = {"resourceType": "DiagnosticReport", "status": "final", "code": {"text": "Labs"}, "conclusion": "K 4.1"}
MORNING = "2026-03-31T08:00:00+08:00"


@pytest.mark.parametrize(
    "note",
    [
        {**DOCUMENT, "date": MORNING},
        {**DOCUMENT, "context": {"period": {"end": MORNING}}, "date": "2026-04-02T00:00:00Z"},
        {**REPORT, "effectiveDateTime": MORNING},
        {**DOCUMENT, "context": {"period": {"start": "2026-03-29"}}, "date": MORNING},  # a stay that goes on
        {**DOCUMENT, "context": {"period": {"start": MORNING}}},
        {**REPORT, "effectivePeriod": {"start": MORNING}},
        {**REPORT, "effectivePeriod": {"start": "2026-03-22"}, "issued": MORNING},
        {**REPORT, "effectivePeriod": {"start": "2026-03-22", "end": "2026-04-02"}, "issued": MORNING},
        {**REPORT, "effectivePeriod": {"start": "2026-03-22", "end": MORNING}, "issued": "2026-04-02T00:00:00Z"},
        {**REPORT, "issued": MORNING},
    ],
)
def test_a_value_of_a_note_keeps_its_moment(note: dict[str, Any]) -> None:
    """A day alone would count as later than a laboratory value of the same evening."""

    class ValueReader:
        def read(self, text: str, *, source: str, date: date | None = None, **_: Any) -> Read:
            assert (date, isinstance(date, datetime)) == (datetime(2026, 3, 31).date(), False)
            finding = Finding("HP:0002153", "Hyperkalemia", Status.ABSENT, (Evidence(source, text, date, 0, 5),))
            return Read((finding,), (), (Measurement(Q.POTASSIUM, 4.1, None, source, text, 0, 5),))

    case = to_case(record_of(note), ValueReader(), Names(), today=TODAY)
    assert case.measurements[0].time == datetime.fromisoformat(MORNING)
    assert case.findings[0].evidence[0].date == date(2026, 3, 31)


def test_a_value_of_an_observation_in_error_is_none() -> None:
    wrong = {**observation(**coded("8867-4", 80, "/min")), "status": "entered-in-error"}
    assert case_of(wrong).measurements == ()


def test_the_end_of_the_scale_stands_for_what_lies_beyond() -> None:
    off = coded("2345-7", 1.1, "mmol/L")
    off["valueQuantity"]["comparator"] = "<"

    assert case_of(observation(**off)).measurements == (
        Measurement(Q.GLUCOSE, 1.1, None, "Observation/x", "2345-7 <1.1 mmol/L"),
    )


def test_every_value_that_a_rule_asks_for_has_a_code() -> None:
    def asked(part: Criterion) -> set[Quantity]:
        if isinstance(part, Value):
            return {part.quantity}
        return {quantity for inner in getattr(part, "parts", ()) for quantity in asked(inner)}

    assert {quantity for rule in RULES for quantity in asked(rule.when)} == set(QUANTITIES.values())


@pytest.mark.parametrize(
    ("text", "quantity", "value"),
    [
        ("6.9 mmol/L", Q.POTASSIUM, 6.9),
        ("20 mg/dL", Q.BILIRUBIN, 342.079),
        ("350 umol/L", Q.BILIRUBIN, 350),
        ("<0,5 K/uL", Q.NEUTROPHILS, 0.5),
        ("7", Q.GCS, 7),
        ("7.05", Q.PH, 7.05),
        ("7 of 15", Q.GCS, None),
        ("82/45 mmHg", Q.SYSTOLIC, None),
        ("6.9 H", Q.POTASSIUM, None),
        ("6.9", Q.POTASSIUM, None),
    ],
)
def test_a_number_with_its_unit_may_be_a_text(text: str, quantity: Quantity, value: float | None) -> None:
    assert measured({"valueString": text}, quantity) == value


def test_both_pressures_may_be_one_text() -> None:
    code = {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]}

    measurements = case_of(observation(code=code, valueString="82/45 mmHg")).measurements

    assert [(m.quantity, m.value) for m in measurements] == [(Q.SYSTOLIC, 82), (Q.DIASTOLIC, 45)]


def test_a_value_in_words_of_a_spoilt_sample_is_not_used() -> None:
    code = {"coding": [{"system": "http://loinc.org", "code": "2823-3"}]}
    potassium = observation(code=code, valueString="6.9 mmol/L")

    assert [m.value for m in case_of(potassium).measurements] == [6.9]
    assert case_of({**potassium, "note": [{"text": "Specimen hemolyzed"}]}).measurements == ()

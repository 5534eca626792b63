"""What a message says, laid over what the server has."""

from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from adapters.fhir.elements import Json
from adapters.hl7v2.message import parse
from adapters.hl7v2.overlay import is_partial, overlaid
from adapters.hl7v2.to_fhir import STATUS_EVENTS, convert
from tests.unit.hl7v2.hl7_data import message


def adt(event: str, segment: str, **fields: str) -> bytes:
    """A message whose PID or PV1 has the fields ``f13="..."``."""
    given = {int(name[1:]): value for name, value in fields.items()}
    line = "|".join([segment, *(given.get(number, "") for number in range(1, 51))])
    pid = [] if segment == "PID" else ["PID|1||77^^^WEST"]
    return message(*pid, line, header=f"MSH|^~\\&|ADT|WEST|R1|R1|20260105||ADT^{event}|C1|P|2.5")


def after(kind: str, *raws: bytes) -> Json:
    """The resource of the server when the messages have come one after the other."""
    known: Json = {}
    for raw in raws:
        conversion = convert(parse(raw), source="ab" * 32)
        (entry,) = (entry for entry in conversion.entries if entry.resource["resourceType"] == kind)
        sets_status = conversion.kind in STATUS_EVENTS
        if known:
            known = overlaid(known, entry.resource, entry.deleted, sets_status=sets_status)
        else:
            known = {**entry.resource, "id": "1"}
        get_fhir_model_class(kind).model_validate(known)
    return known


def patient(*said: dict[str, str]) -> Json:
    return after("Patient", *(adt("A08", "PID", **{"f3": "77^^^WEST", **fields}) for fields in said))


def visit(*said: tuple[str, dict[str, str]]) -> Json:
    return after("Encounter", *(adt(event, "PV1", **{"f19": "V1^^^WEST", **fields}) for event, fields in said))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([{"f30": "N"}, {"f29": "20260102", "f30": "Y"}], {"deceasedDateTime": "2026-01-02"}),
        ([{"f29": "20260102"}, {"f5": "Lind"}], {"deceasedDateTime": "2026-01-02"}),
        ([{"f29": "20260102"}, {"f30": "N"}], {"deceasedBoolean": False}),
        ([{"f29": "20260102"}, {"f29": '""'}], {}),
        ([{"f29": "20260102"}, {"f30": "Y"}], {"deceasedDateTime": "2026-01-02"}),
        ([{"f29": "20260102"}, {"f29": "unknown", "f30": "Y"}], {"deceasedDateTime": "2026-01-02"}),
        ([{"f29": "20260102"}, {"f29": '""', "f30": "Y"}], {"deceasedBoolean": True}),
        ([{"f24": "N"}, {"f25": "2"}], {"multipleBirthInteger": 2}),
    ],
)
def test_of_a_choice_there_is_one_element(said: list[dict[str, str]], expected: Json) -> None:
    found = patient(*said)
    assert {name: found[name] for name in found if name.startswith(("deceased", "multipleBirth"))} == expected


def test_what_nobody_spoke_of_stays() -> None:
    found = visit(
        ("A01", {"f2": "I", "f7": "1^Lind", "f8": "2^Park", "f14": "7", "f38": "VEG"}),
        ("A03", {"f7": "3^Vega", "f36": "01"}),
    )
    assert found["hospitalization"].keys() == {"admitSource", "dietPreference", "dischargeDisposition"}
    assert found["class"]["code"] == "IMP"
    assert [person["individual"]["display"] for person in found["participant"]] == ["Vega", "Park"]


def test_an_extension_that_changed_replaces_the_one_before() -> None:
    first, second = {"f6": "Okafor", "f17": "BUD", "f23": "Leeds"}, {"f6": "Park", "f17": "CHR"}
    found = {item["url"].rpartition("/")[2]: item for item in patient(first, second)["extension"]}
    assert found["patient-mothersMaidenName"]["valueString"] == "Park"
    assert found["patient-religion"]["valueCodeableConcept"]["coding"][0]["code"] == "CHR"
    assert found["patient-birthPlace"]["valueAddress"] == {"text": "Leeds"}


@pytest.mark.parametrize(
    ("fields", "gone", "element"),
    [
        ({"f13": "5550100~5550101^PRN^CP", "f14": "5550102"}, "f13", ("telecom", [("5550102", "work")])),
        ({"f11": "1 Road^^Leeds"}, "f11", ("address", None)),
        ({"f17": "BUD"}, "f17", ("extension", None)),
        ({"f15": "en"}, "f15", ("communication", None)),
        ({"f7": "19700101"}, "f7", ("birthDate", None)),
        ({"f5": "Lind"}, "f5", ("name", [{"family": "Lind"}])),
    ],
)
def test_two_quotes_delete(fields: dict[str, str], gone: str, element: tuple[str, Any]) -> None:
    name, expected = element
    found = patient(fields, {gone: '""'}).get(name)
    assert ([(item["value"], item["use"]) for item in found] if name == "telecom" else found) == expected


def test_the_end_of_a_visit_is_taken_back() -> None:
    found = visit(
        ("A01", {"f2": "I", "f44": "20260102"}), ("A03", {"f45": "20260104"}), ("A08", {"f2": "I", "f45": '""'})
    )
    assert (found["status"], found["period"]) == ("in-progress", {"start": "2026-01-02"})


def test_a_discharge_that_is_cancelled_takes_back_where_the_patient_went() -> None:
    admitted, home = ("A01", {"f2": "I", "f14": "7"}), ("A03", {"f36": "01", "f37": "HOME", "f45": "20260104"})
    assert visit(admitted, home)["hospitalization"].keys() == {"admitSource", "dischargeDisposition", "destination"}
    assert visit(admitted, home, ("A08", {"f2": "I"}))["hospitalization"].keys() > {"dischargeDisposition"}
    assert visit(admitted, home, ("A13", {"f2": "I"}))["hospitalization"].keys() == {"admitSource"}


@pytest.mark.parametrize("plan", ["A05", "A14"])
@pytest.mark.parametrize(
    ("before", "status"),
    [
        (["A04"], "in-progress"),
        (["A01"], "in-progress"),
        (["A01", "A03"], "finished"),
        (["A05", "A38"], "planned"),
        (["A05"], "planned"),
        (["A01", "A11"], "planned"),
    ],
)
def test_a_plan_does_not_undo_a_visit_that_has_begun(plan: str, before: list[str], status: str) -> None:
    end = {"f45": "20260104"} if "A03" in before else {}
    found = visit(*((event, {"f2": "E", **(end if event == "A03" else {})}) for event in before), (plan, {"f2": "I"}))
    assert found["status"] == status
    assert found.get("period", {}).get("end") == ("2026-01-04" if end else None)


def test_one_kind_of_participant_is_deleted_alone() -> None:
    found = visit(("A01", {"f7": "1^Lind", "f8": "2^Park"}), ("A08", {"f7": '""'}))
    assert [person["type"][0]["text"] for person in found["participant"]] == ["referrer"]


def test_what_was_deleted_is_not_kept_as_unmapped_and_in_other_messages_nothing_is() -> None:
    assert convert(parse(adt("A08", "PID", f3="7", f13='""')), source="ab" * 32).unmapped == ()
    result = message('PID|1||77^^^WEST||||||||||""')
    assert convert(parse(result), source="ab" * 32).unmapped == ("PID-13",)


def test_numbers_of_one_field_take_no_others_with_them() -> None:
    numbers = {"f13": "^PRN^PH^^^^5551", "f14": "^WPN^PH^^^^5552"}
    assert len(patient(numbers, {"f40": '""'})["telecom"]) == 2


def test_another_day_of_birth_has_another_time_of_birth() -> None:
    known = patient({"f7": "197912311000"}, {"f7": "19800101"})
    assert (known["birthDate"], "_birthDate" in known) == ("1980-01-01", False)


@pytest.mark.parametrize("order", [1, -1])
def test_a_report_keeps_its_document_and_its_results_whichever_comes_last(order: int) -> None:
    parts = ["OBX|1|NM|2823-3^K^LN||4.1|mmol/L|||||F", "OBX|1|ED|PDF^Report||R^Application^PDF^Base64^UERG||||||F"]
    raws = [
        message("PID|1||77^^^WEST", "OBR|1||F1|24323-8^Panel^LN|||20260105||||||||||||||||||F", part)
        for part in parts[::order]
    ]
    report = after("DiagnosticReport", *raws)
    assert len(report["result"]) == len(report["presentedForm"]) == 1


def test_an_order_keeps_what_its_result_does_not_say() -> None:
    ordered = f"OBR|1|P1||24323-8^Panel^LN||20260105080000|||||G{'|' * 20}Z01^Fasting^L"
    order = message("PID|1||77", "ORC|NW|P1", ordered, header="MSH|^~\\&|EHR|WEST|R1|R1|20260105||ORM^O01|C1|P|2.5")
    result = message("PID|1||77", "OBR|1|P1|F1|24323-8^Panel^LN", "TQ1|1||||||20260105100000")
    known = after("ServiceRequest", order, result)
    assert (known["status"], known["intent"], known["reasonCode"][0]["text"]) == ("active", "reflex-order", "Fasting")
    assert ("occurrenceDateTime" in known, "occurrencePeriod" in known) == (False, True)
    assert {"P1", "F1"} <= {number["value"] for number in known["identifier"]}


@pytest.mark.parametrize("kind", ["NM", "ST", "CWE"])
def test_a_value_that_a_correction_takes_back_does_not_stay(kind: str) -> None:
    raw = message("PID|1||77", "OBR|1||F1|1^Hb", f'OBX|1|{kind}|1^Hb||""||12-16|L|||C')
    result = convert(parse(raw), source="ab" * 32).entries[-1].resource

    assert not is_partial(result)
    assert result["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    get_fhir_model_class("Observation").model_validate(result)

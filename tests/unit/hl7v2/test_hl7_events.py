"""Documents, appointments and merges: what an event says of what was sent before."""

import base64
import re

import pytest

from adapters.fhir.elements import Json
from adapters.hl7v2.merging import Merged, settle
from adapters.hl7v2.message import parse
from core.errors import Hl7Error
from tests.unit.hl7v2.hl7_conversion import adt, converted, kept, one, resources
from tests.unit.hl7v2.hl7_data import message


def test_a_document() -> None:
    data = base64.b64encode(b"%PDF").decode()
    raw = message(
        "PID|1||77^^^WEST",
        "TXA|1|CN^Consult|TX|20260102||||||||D1|||||AU",
        "OBX|1|TX|1||First.\\.br\\Second.",
        f"OBX|2|ED|2^Scan||^application^pdf^Base64^{data}",
        header="MSH|^~\\&|DOC|WEST|R1|R1|20260102||MDM^T02|C1|P|2.5",
    )
    document = one(converted(raw), "DocumentReference")
    pdf, text = [content["attachment"] for content in document["content"]]
    assert pdf == {"contentType": "application/pdf", "data": data, "title": "Scan"}
    assert base64.b64decode(text["data"]).decode() == "First.\nSecond."
    assert (document["docStatus"], document["masterIdentifier"]["value"]) == ("final", "D1")


def test_a_vaccination_and_an_appointment() -> None:
    vaccination = message(
        "PID|1||77^^^WEST",
        "ORC|RE||V1",
        "RXA|0|1|20260102||88^influenza^CVX|999||||||||||||||RE|D",
        "RXR|IM",
        header="MSH|^~\\&|VAX|WEST|R1|R1|20260102||VXU^V04|C1|P|2.5.1",
    )
    given = one(converted(vaccination), "Immunization")
    assert (given["status"], "doseQuantity" in given) == ("entered-in-error", False)
    assert given["vaccineCode"]["coding"][0]["system"] == "http://hl7.org/fhir/sid/cvx"
    appointment = message(
        "SCH|A1|B1|||||||30|min|^^^20260105090000+0000||||||||||||||Booked",
        "PID|1||77^^^WEST",
        header="MSH|^~\\&|APP|WEST|R1|R1|20260102||SIU^S12|C1|P|2.5",
    )
    booked = one(converted(appointment), "Appointment")
    assert (booked["status"], booked["start"]) == ("booked", "2026-01-05T09:00:00+00:00")
    assert booked["end"] == "2026-01-05T09:30:00+00:00"
    assert booked["participant"][0]["status"] == "accepted"


def test_a_patient_with_a_visit_takes_part_in_an_appointment_once() -> None:
    header = "MSH|^~\\&|APP|WEST|R1|R1|20260102||SIU^S12|C1|P|2.5"
    people = ("PID|1||77^^^WEST", f"PV1|1|O{'|' * 17}V1", "PID|1||78^^^WEST")
    booked = one(converted(message("SCH|A1|B1", *people, header=header)), "Appointment")
    assert len({item["actor"]["reference"] for item in booked["participant"]}) == len(booked["participant"]) == 2


def test_what_belongs_to_a_patient_that_the_message_does_not_name_is_kept() -> None:
    header = "MSH|^~\\&|APP|WEST|R1|R1|2026||SIU^S12|C1|P|2.5"
    sent = ("DG1|1||I10^Hypertension^I10||20260101|A", "AL1|1|DA|7980^Penicillin^RXNORM|SV|Hives", "NK1|1|Lind^Bo|FTH")
    conversion = converted(message("SCH|A1|B1|||||||30|min|^^^20260105090000+0000", *sent, header=header))
    assert {"DG1-3", "AL1-3", "AL1-5", "NK1-2", "NK1-3"} <= set(conversion.unmapped)
    assert any("I10^Hypertension^I10" in item for item in kept(conversion))


@pytest.mark.parametrize("minutes", ["9" * 22, "4294967297", "0", "2147483647"])
def test_an_appointment_of_impossible_length_has_no_end(minutes: str) -> None:
    header = "MSH|^~\\&|APP|WEST|R1|R1|20260102||SIU^S12|C1|P|2.5"
    sch = f"SCH|A1|B1|||||||{minutes}|min|^^^99980105090000+0000"
    assert "end" not in one(converted(message(sch, "PID|1||77^^^WEST", header=header)), "Appointment")


@pytest.mark.parametrize("kind", ["ORM^O01", "OMG^O19", "OML^O21"])
def test_an_order_of_each_kind_is_a_service_request(kind: str) -> None:
    header = f"MSH|^~\\&|EHR|WEST|R1|R1|20260102||{kind}|C1|P|2.5.1"
    conversion = converted(message("PID|1||77^^^WEST", "ORC|NW|P1", "OBR|1|P1||24558-9^US Abdomen^LN", header=header))
    assert conversion.known
    assert one(conversion, "ServiceRequest")["status"] == "active"


@pytest.mark.parametrize("behind", [False, True])
def test_the_timing_of_an_order_may_stand_before_it(behind: bool) -> None:
    header = "MSH|^~\\&|EHR|WEST|R1|R1|20260102||OML^O21|C1|P|2.5.1"
    timed = ["TQ1|1||||||20260106080000||S^Stat^HL70485", "OBR|1|P1||2345-7^Glucose^LN"]
    timed = timed[::-1] if behind else timed
    other = ("ORC|NW|P2", "OBR|2|P2||718-7^Hemoglobin^LN")
    conversion = converted(message("PID|1||77^^^WEST", "ORC|NW|P1", *timed, *other, header=header))
    first, second = resources(conversion, "ServiceRequest")
    assert (first["priority"], first["occurrencePeriod"]) == ("stat", {"start": "2026-01-06T08:00:00+00:00"})
    assert {"priority", "occurrencePeriod"}.isdisjoint(second)


@pytest.mark.parametrize(
    ("code", "rest", "status"),
    [
        ("88^influenza^CVX", "", "completed"),
        ("88^influenza^CVX", "00^Parental decision^NIP002", "not-done"),
        ("88^influenza^CVX", "00^Parental decision^NIP002||RE|A", "not-done"),
        ("88^influenza^CVX", "00^Parental decision^NIP002||PA|A", "completed"),
        ("88^influenza^CVX", "00^Parental decision^NIP002|||D", "entered-in-error"),
        ("998^no vaccine administered^CVX", "", "not-done"),
        ("998^no vaccine administered^CVX", "||CP|A", "not-done"),
        ("998^something^L", "||CP|A", "completed"),
    ],
)
def test_a_vaccination_that_was_refused_was_not_done(code: str, rest: str, status: str) -> None:
    rxa = f"RXA|0|1|20260102||{code}|999{'|' * 12}{rest}"
    header = "MSH|^~\\&|VAX|WEST|R1|R1|20260102||VXU^V04|C1|P|2.5.1"
    assert one(converted(message("PID|1||77^^^WEST", rxa, header=header)), "Immunization")["status"] == status


@pytest.mark.parametrize(
    ("order", "same"), [("ORC|RE||9999", False), ("ORC|RE||9999^CDC", False), ("ORC|RE||V1", True)]
)
def test_what_was_not_given_twice_is_told_apart_by_its_day(order: str, same: bool) -> None:
    header = "MSH|^~\\&|VAX|WEST|R1|R1|20260102||VXU^V04|C1|P|2.5.1"
    refused = (
        message("PID|1||77^^^WEST", order, f"RXA|0|1|{day}||107^DTaP^CVX|999||||||||||||||RE", header=header)
        for day in ("20240101", "20260101")
    )
    first, second = (one(converted(raw), "Immunization")["identifier"][-1] for raw in refused)
    assert (first == second) is same


def appointment(event: str, given: str = "Booked", time: str = "^^^20260105090000+0000") -> Json:
    sch = f"SCH|A1|B1|||||||30|min|{time}||||||||||||||{given}"
    header = f"MSH|^~\\&|APP|WEST|R1|R1|20260102||SIU^{event}|C1|P|2.5"
    return one(converted(message(sch, "PID|1||77^^^WEST", header=header)), "Appointment")


@pytest.mark.parametrize(
    ("event", "status"),
    [("S13", "booked"), ("S14", "booked"), ("S15", "cancelled"), ("S17", "entered-in-error"), ("S26", "noshow")],
)
def test_an_appointment_ends_by_the_event(event: str, status: str) -> None:
    assert (appointment(event)["status"], appointment(event, "")["status"]) == (status, status)
    assert appointment(event)["identifier"] == appointment("S12")["identifier"]
    if event in ("S15", "S17", "S26"):
        assert appointment(event, time="")["status"] == "cancelled"


def documents(event: str, txa: str) -> list[Json]:
    header = f"MSH|^~\\&|DOC|WEST|R1|R1|20260102||MDM^{event}|C1|P|2.5"
    return resources(
        converted(message("PID|1||77^^^WEST", txa, "OBX|1|TX|1||Text", header=header)), "DocumentReference"
    )


@pytest.mark.parametrize(("event", "status"), [("T02", "current"), ("T04", "current"), ("T11", "entered-in-error")])
def test_a_document_stands_as_its_event_says(event: str, status: str) -> None:
    first, last = "TXA|1|CN|TX|20260102||||||||D1", "TXA|1|CN|TX|20260102||||||||D1|||||||CA"
    (document,), (deleted,) = documents(event, first), documents(event, last)
    assert (document["status"], deleted["status"]) == (status, "entered-in-error")


@pytest.mark.parametrize(("event", "relation"), [("T06", "appends"), ("T08", "replaces"), ("T10", "replaces")])
def test_a_document_says_which_other_it_adds_to_or_replaces(event: str, relation: str) -> None:
    found = {item["masterIdentifier"]["value"]: item for item in documents(event, "TXA|1|CN|TX|||||||||D2|D1")}
    assert found["D2"]["status"] == "current"
    (relates,) = found["D2"]["relatesTo"]
    assert (relates["code"], relates["target"]["identifier"]["value"]) == (relation, "D1")
    (first,) = documents("T02", "TXA|1|CN|TX|||||||||D1")
    assert ("D1" in found) == (relation == "replaces")
    if "D1" in found:
        assert (found["D1"]["status"], found["D1"]["identifier"]) == ("superseded", first["identifier"])


def test_what_would_take_back_in_another_way_is_no_conversion() -> None:
    plain = [adt("PID|1||7^^^W", event=event) for event in ("A23", "A29", "A37")]
    merges = [adt("PID|1||7^^^W", "MRG|8^^^W", event=event) for event in ("A35", "A41", "A42", "A47")]
    cancelled = message("SCH|A1", header="MSH|^~\\&|APP|WEST|R1|R1|2026||SIU^S16|C1|P|2.5")
    for raw in (*plain, *merges, cancelled):
        with pytest.raises(Hl7Error, match=re.escape(f"{parse(raw).kind} would take something back")):
            converted(raw)
    for merge in (["MRG||8"], []):
        with pytest.raises(Hl7Error, match="does not say of whom"):
            converted(adt("PID|1||7^^^W", *merge, event="A40"))
    for event in ("A18", "A30", "A34", "A36"):
        prior = resources(converted(adt("PID|1||7^^^W", "MRG|8^^^W", event=event)), "Patient")[1]
        assert (prior["active"], prior["link"][0]["type"]) == (False, "replaced-by")


def test_a_merge_goes_by_the_number_of_the_patient_alone() -> None:
    """An account may be another person's, too."""
    merge = converted(adt("PID|1||1^^^H^MR", "MRG|ACC^^^H^AN~2^^^H^MR", event="A40"))
    prior = resources(merge, "Patient")[1]
    assert [number["value"] for number in prior["identifier"]] == ["2", "ACC"]
    with pytest.raises(Hl7Error, match="does not say of whom"):
        converted(adt("PID|1||1^^^H^MR", "MRG|ACC^^^H^AN", event="A40"))


def test_each_of_several_documents_has_its_own_text() -> None:
    segments = [f"TXA|{n}|CN|TX|||||||||D{n}\rOBX|1|TX|1||Text {n}" for n in (1, 2)]
    header = "MSH|^~\\&|DOC|WEST|R1|R1|20260102||MDM^T02|C1|P|2.5"
    found = resources(converted(message("PID|1||77^^^WEST", *segments, header=header)), "DocumentReference")
    texts = [[base64.b64decode(item["attachment"]["data"]).decode() for item in each["content"]] for each in found]
    assert texts == [["Text 1"], ["Text 2"]]
    (silent, _) = resources(converted(message("PID|1||77^^^WEST", "TXA|1|CN", "TXA|2|CN")), "DocumentReference")
    assert silent["content"]


@pytest.mark.parametrize("second", [("2", "1"), ("3", "1"), ("3", "2")])
def test_a_patient_ends_with_one_merge_of_a_message_and_remains_of_no_other(second: tuple[str, str]) -> None:
    kept, gone = second
    several = ("PID|1||1^^^W", "MRG|2^^^W", f"PID|1||{kept}^^^W", f"MRG|{gone}^^^W")
    with pytest.raises(Hl7Error, match="ends with another one"):
        converted(adt(*several, event="A40"))
    both = converted(adt("PID|1||1^^^W", "MRG|2^^^W", "MRG|3^^^W", event="A40"))
    assert len(resources(both, "Patient")[0]["link"]) == 2


def test_a_link_without_a_type_on_the_server_is_no_merge() -> None:
    entries = converted(adt("PID|1||1^^^W", "MRG|2^^^W", event="A40")).entries
    link = [{"other": {"reference": "Patient/3"}}]
    patients = {
        entry.url: Merged({}, entry.resource, {"resourceType": "Patient", "id": str(number), "link": link})
        for number, entry in enumerate(entries, start=1)
    }
    assert settle(entries, patients) == 0
    assert [one.found["link"] for one in patients.values()] == [link, link]


@pytest.mark.parametrize(("activity", "origin", "date"), [("03", "", "03"), ("", "04", "04"), ("03", "04", "04")])
def test_a_document_has_the_date_of_its_origin_or_else_of_its_activity(activity: str, origin: str, date: str) -> None:
    times = [f"20260102{hour}00" if hour else "" for hour in (activity, origin)]
    (document,) = documents("T02", f"TXA|1|CN|TX|{'||'.join(times)}||||||D1")
    assert document["date"] == f"2026-01-02T{date}:00:00+00:00"


def test_a_document_of_blank_lines_is_none() -> None:
    header = "MSH|^~\\&|DOC|WEST|R1|R1|20260102||MDM^T02|C1|P|2.5"
    lines = ("TXA|1|CN|TX|||||||||D1", "OBX|1|TX|1||", "OBX|2|TX|1||\\H\\\\N\\")
    document = one(converted(message("PID|1||77^^^WEST", *lines, header=header)), "DocumentReference")
    assert document["content"] == [{"attachment": {"title": "The message holds no document"}}]


def temperature(source: str, *, at: str = "", status: str = "F", visit: str = "V1", code: str = "8310-5^T^LN") -> str:
    """How the server finds a temperature that an ADT tells, without any order."""
    pv1, obx = f"PV1|1|I{'|' * 17}{visit}", f"OBX|1|NM|{code}||39.5|Cel|||||{status}|||{at}"
    entries = converted(adt("PID|1||77^^^WEST", pv1, obx), source * 64).entries
    (query,) = (entry.query for entry in entries if entry.resource["resourceType"] == "Observation")
    return query


def test_a_result_of_an_admission_is_found_again_by_its_visit_and_time() -> None:
    first = temperature("a", at="202601010800")
    assert temperature("b", at="20260101080000+0000") == temperature("c", at="202601010800", status="W") == first
    others = [
        temperature("a", at="202601010900"),
        temperature("a", at="202601010800", visit="V2"),
        temperature("a", at="202601010800", code="8331-1^T^LN"),
    ]
    assert len({first, *others}) == 4


@pytest.mark.parametrize("at", ["", "20260101"])
def test_a_result_of_an_admission_without_its_time_is_one_of_the_message(at: str) -> None:
    assert temperature("a", at=at) != temperature("b", at=at)
    for status in ("C", "D", "W"):
        with pytest.raises(Hl7Error, match="nothing distinguishes from others"):
            temperature("a", at=at, status=status)


@pytest.mark.parametrize("kind", ["ORU^R01", "ORM^O01"])
def test_a_correction_without_any_order_is_refused(kind: str) -> None:
    header = f"MSH|^~\\&|LAB|WEST|R1|R1|20260102||{kind}|C1|P|2.5"
    number, result = "OBR|1||F1|1^Vital signs^L", "OBX|1|NM|8310-5^T^LN||39.5|Cel|||||W|||202601010800"
    with pytest.raises(Hl7Error, match="nothing distinguishes from others"):
        converted(message("PID|1||77^^^WEST", result, header=header))
    with pytest.raises(Hl7Error, match="nothing distinguishes from others"):  # that of the order of somebody else
        converted(message("PID|1||77^^^WEST", number, "PID|2||88^^^WEST", result, header=header))
    assert one(converted(message("PID|1||77^^^WEST", number, result, header=header)), "Observation")

"""Documents, diagnoses, vaccinations and appointments that come later than a newer version, on a real FHIR server."""

import asyncio
import base64

import pytest

from adapters.fhir.elements import Json, codes
from adapters.hl7v2.inbox import Inbox
from tests.hl7_delivery import deliver_all, found
from tests.unit.hl7v2.hl7_data import message

TEXT = "OBX|1|TX|1||Seen."


def told(patient: int, kind: str, hour: str, *segments: str) -> bytes:
    header = f"MSH|^~\\&|EHR|WEST|R1|R1|20260105{hour}0000||{kind}|{patient}-{hour}|P|2.5"
    return message(f"PID|1||{patient}^^^WEST||Lind^Eva", *segments, header=header)


def document(patient: int, event: str, hour: str, *text: str, state: str = "") -> bytes:
    txa = f"TXA|1|CN|TX|20260105||||||||D{patient}|||||||{state}"
    return told(patient, f"MDM^{event}", hour, txa, *text)


def vaccination(patient: int, hour: str, action: str) -> bytes:
    rxa = f"RXA|0|1|20260105||08^HepB^CVX|999{'|' * 14}CP|{action}"
    return told(patient, "VXU^V04", hour, f"ORC|RE||V{patient}", rxa)


def diagnosis(patient: int, hour: str, kind: str) -> bytes:
    return told(patient, "ADT^A08", hour, f"DG1|1||I10^Hypertension^I10||20260105|{kind}")


def appointment(patient: int, hour: str, event: str) -> bytes:
    header = f"MSH|^~\\&|EHR|WEST|R1|R1|20260105{hour}0000||SIU^{event}|{patient}-{hour}|P|2.5"
    sch = f"SCH|A{patient}|F{patient}|||||||30|min|^^^202601200900^202601200930"
    return message(sch, f"PID|1||{patient}^^^WEST||Lind^Eva", header=header)


def state(resource: Json) -> str:
    return str(resource.get("status") or "".join(codes(resource.get("verificationStatus"))) or "confirmed")


@pytest.mark.parametrize(
    ("kind", "patient", "first", "newer", "then"),
    [
        ("DocumentReference", 1701, document(1701, "T02", "08", TEXT), document(1701, "T11", "09"), "entered-in-error"),
        ("Immunization", 1702, vaccination(1702, "08", "A"), vaccination(1702, "09", "D"), "entered-in-error"),
        ("Condition", 1703, diagnosis(1703, "08", "W"), diagnosis(1703, "09", "F"), "confirmed"),
        ("Appointment", 1704, appointment(1704, "08", "S12"), appointment(1704, "09", "S15"), "cancelled"),
    ],
)
def test_what_comes_late_does_not_replace_what_is_newer(
    base: str, inbox: Inbox, kind: str, patient: int, first: bytes, newer: bytes, then: str
) -> None:
    def stands() -> str:
        (person,) = found(base, f"Patient?identifier={patient}")
        (resource,) = found(base, f"{kind}?patient={person['id']}")
        return state(resource)

    asyncio.run(deliver_all(inbox, base, first))
    assert stands() != then
    asyncio.run(deliver_all(inbox, base, newer, first.replace(b"-08|", b"-late|")))
    assert stands() == then
    (reason,) = [item.reason for item in inbox.listed() if item.reason]
    assert "Newer versions of 1 of its diagnoses, documents, vaccinations or appointments are on" in reason


def test_a_document_of_which_the_status_came_first_gets_its_text(base: str, inbox: Inbox) -> None:
    came = [document(1711, "T03", "09", state="OB"), document(1711, "T02", "08", TEXT)]
    asyncio.run(deliver_all(inbox, base, *came))
    (person,) = found(base, "Patient?identifier=1711")
    (one,) = found(base, f"DocumentReference?patient={person['id']}")
    assert [base64.b64decode(item["attachment"]["data"]) for item in one["content"]] == [b"Seen."]
    assert one["status"] == "superseded"

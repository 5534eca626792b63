"""Allergies that come as AL1 and as a numbered IAM, in messages of their own, on a real FHIR server."""

import asyncio

import pytest

from adapters.fhir.elements import codes
from adapters.hl7v2.inbox import Inbox
from tests.hl7_delivery import deliver_all, found
from tests.unit.hl7v2.hl7_data import message

LIST = "AL1|1|DA|7980^Penicillin^RXNORM|SV|Hives"
OTHER_HOUSE = "EAST "  # of another sender


def iam(number: str, action: str = "A", certainty: str = "", name: str = "Penicillin", reaction: str = "") -> str:
    return f"IAM|1|DA|7980^{name}^RXNORM|MO|{reaction}|{action}|{number}{'|' * 10}{certainty}"


def allergies(base: str, inbox: Inbox, patient: int, *segments: str) -> list[str]:
    """Number (of IAM-7), status and reactions of each, after a message for each segment, an hour apart."""
    raws = []
    for hour, segment in enumerate(segments, start=8):
        house = "EAST" if segment.startswith(OTHER_HOUSE) else "WEST"
        pid, told = f"PID|1||{patient}^^^WEST||Lind^Eva", segment.removeprefix(OTHER_HOUSE).split("\n")
        header = f"MSH|^~\\&|ADT|{house}|R1|R1|20260105{hour:02}0000||ADT^A08|{patient}-{hour}|P|2.5"
        raws.append(message(pid, *told, header=header))
    asyncio.run(deliver_all(inbox, base, *raws))
    return standing(base, patient)


def standing(base: str, patient: int) -> list[str]:
    (person,) = found(base, f"Patient?identifier={patient}")
    told = []
    for allergy in found(base, f"AllergyIntolerance?patient={person['id']}"):
        own = [number["value"] for number in allergy["identifier"] if "hl7v2:key" not in number["system"]]
        state = codes(allergy.get("clinicalStatus")) | codes(allergy.get("verificationStatus"))
        words = [shown["text"] for one in allergy.get("reaction", ()) for shown in one["manifestation"]]
        told.append(" ".join([*own, *sorted(state), *words]))
    return sorted(told)


@pytest.mark.parametrize(
    ("patient", "segments", "then"),
    [
        (931, [LIST, iam("A55")], ["A55 active", "active Hives"]),
        (932, [iam("A55"), LIST, LIST.replace("Hives", "Rash")], ["A55 active", "active Rash"]),
        (933, [OTHER_HOUSE + LIST, LIST], ["active Hives", "active Hives"]),
        (934, [iam("A55"), iam("A56"), iam("A55", "D")], ["A55 entered-in-error", "A56 active"]),
        # What ends or changes the one with a number does not end the list's.
        (935, [LIST, iam("A55"), iam("A55", "D")], ["A55 entered-in-error", "active Hives"]),
        (936, [LIST, iam("A55"), iam("A55", "U", "I")], ["A55 confirmed inactive", "active Hives"]),
        (937, [LIST, iam("A55"), iam("A55", "U", "", "Cefazolin")], ["A55 active", "active Hives"]),
        (938, [iam("A55"), LIST, iam("", "D")], ["A55 active", "entered-in-error"]),
        (939, [iam("A55"), iam("A55", "D"), iam("A55")], ["A55 active"]),
        # A reaction is that of the substance, which another one does not take over.
        (940, [iam("A55", reaction="Hives"), iam("A55", "U", "", "Latex")], ["A55 active"]),
    ],
)
def test_an_allergy_of_al1_and_of_iam(
    base: str, inbox: Inbox, patient: int, segments: list[str], then: list[str]
) -> None:
    assert allergies(base, inbox, patient, *segments) == then
    assert [item.reason for item in inbox.listed() if item.reason] == []


def test_a_list_that_comes_late_changes_nothing(base: str, inbox: Inbox) -> None:
    header = "MSH|^~\\&|ADT|WEST|R1|R1|2026010508||ADT^A08|951-0|P|2.5"
    late = message("PID|1||951^^^WEST||Lind^Eva", LIST.replace("Hives", "Rash"), header=header)
    allergies(base, inbox, 951, LIST, LIST)
    asyncio.run(deliver_all(inbox, base, late))
    assert standing(base, 951) == ["active Hives"]
    assert "Newer versions of 1 of its allergies are on the FHIR server" in inbox.listed()[0].reason


def test_an_allergy_is_as_new_as_its_message_whenever_it_was_found(base: str, inbox: Inbox) -> None:
    def told(sent: str, recorded: str, segment: str) -> bytes:
        header = f"MSH|^~\\&|ADT|WEST|R1|R1|20260105{sent}0000||ADT^A08|952-{sent}|P|2.5"
        return message(f"EVN||20260105{recorded}0000", "PID|1||952^^^WEST||Lind^Eva", segment, header=header)

    # Given again with the time at which it was found; then an older deletion comes late.
    again = [told("08", "08", iam("A55", "D")), told("10", "07", iam("A55")), told("09", "09", iam("A55", "D"))]
    asyncio.run(deliver_all(inbox, base, *again))
    assert standing(base, 952) == ["A55 active"]

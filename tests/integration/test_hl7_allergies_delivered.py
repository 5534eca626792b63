"""Allergies that come as AL1 and as a numbered IAM, in messages of their own, on a real FHIR server."""

import asyncio

import pytest

from adapters.fhir.elements import codes
from adapters.hl7v2.inbox import Inbox
from adapters.hl7v2.inbox_tables import State
from adapters.hl7v2.message import parse
from adapters.hl7v2.to_fhir import convert
from tests.access_log import MemoryLog
from tests.hl7_delivery import Server, deliver_all, deliver_once, found
from tests.unit.hl7v2.hl7_data import message

LIST, OTHER_NAME = "AL1|1|DA|7980^Penicillin^RXNORM|SV|Hives", "AL1|1|DA|7980^Cefazolin^RXNORM|SV|Hives"
OTHER_HOUSE = "EAST "  # of another sender


def iam(number: str, action: str = "A", certainty: str = "", name: str = "Penicillin") -> str:
    return f"IAM|1|DA|7980^{name}^RXNORM|MO||{action}|{number}{'|' * 10}{certainty}"


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
        (931, [LIST, iam("A55")], ["A55 active Hives"]),
        (932, [iam("A55"), LIST], ["A55 active Hives"]),
        (933, [LIST, iam("A55"), LIST, LIST, iam("A55", "U", "C"), LIST], ["A55 active confirmed Hives"]),
        (934, [iam("A55"), LIST, LIST.replace("Hives", "Rash")], ["A55 active Hives"]),
        # One that never held does not take the list's with it; one that did does, until the list has it once more.
        (946, [LIST, iam("A55"), iam("A55", "D")], ["A55 entered-in-error Hives"]),
        (935, [iam("A55"), LIST, iam("A55", "D"), LIST], ["A55 entered-in-error Hives", "active Hives"]),
        (936, [LIST, iam("A55", "D")], ["A55 entered-in-error", "active Hives"]),
        (
            937,
            [LIST, iam("A55", "A", "I")],
            ["A55 confirmed inactive", "active Hives"],
        ),
        # Two numbers, another name, another sender: nothing is sure.
        (938, [iam("A55"), iam("A56"), LIST], ["A55 active Hives", "A56 active"]),
        (939, [iam("A55") + "\n" + iam("A56"), LIST], ["A55 active", "A56 active", "active Hives"]),
        (940, [LIST, iam("A55") + "\n" + iam("A56")], ["A55 active", "A56 active", "active Hives"]),
        (941, [OTHER_NAME, iam("A55")], ["A55 active", "active Hives"]),
        (942, [OTHER_HOUSE + LIST, iam("A55")], ["A55 active", "active Hives"]),
        # The name of a numbered one changes, and with it whom the list means.
        (943, [iam("A55"), LIST, iam("A55", "U", "", "Cefazolin"), LIST], ["A55 active Hives", "active Hives"]),
        (944, [LIST, iam("A55", "A", "", "Cefazolin"), iam("A55", "U")], ["A55 active", "active Hives"]),
        (945, [LIST + "\n" + iam("A55"), LIST], ["A55 active Hives"]),
        # An IAM without a number speaks of the same one.
        (948, [iam("A55"), LIST, iam("", "D")], ["A55 entered-in-error Hives"]),
        (949, [iam("A55"), LIST, iam("", "D"), LIST], ["A55 active Hives"]),
        (950, [iam("A55"), iam("", "A", "I")], ["A55 confirmed inactive"]),
        (953, [LIST, iam("", "D") + "\n" + iam("A55")], ["A55 active Hives"]),
        (947, [iam("A55", "D") + "\n" + iam("A56"), LIST], ["A55 entered-in-error", "A56 active Hives"]),
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


def test_what_a_numbered_allergy_says_does_not_age_by_a_list(base: str, inbox: Inbox) -> None:
    def told(hour: str, segment: str) -> bytes:
        header = f"MSH|^~\\&|ADT|WEST|R1|R1|20260105{hour}0000||ADT^A08|952-{hour}|P|2.5"
        return message("PID|1||952^^^WEST||Lind^Eva", segment, header=header)

    late = [told("11", LIST), told("10", iam("A55")), told("09", iam("A55", "D")), told("08", LIST)]
    asyncio.run(deliver_all(inbox, base, *late))
    assert standing(base, 952) == ["A55 active Hives"]


def test_which_allergy_goes_on_under_another_code_is_not_guessed(inbox: Inbox) -> None:
    def told(number: int, *segments: str) -> bytes:
        header = f"MSH|^~\\&|ADT|WEST|R1|R1|2026010508{number:02}00||ADT^A08|954-{number}|P|2.5"
        return message("PID|1||954^^^WEST||Lind^Eva", *segments, header=header)

    server = Server()
    known = convert(parse(told(1, iam("A55"))), source="ab" * 32).bundle["entry"]
    server.patients += [{**entry["resource"], "id": str(number)} for number, entry in enumerate(known)]
    listed = deliver_once(inbox, server, MemoryLog(), told(2, LIST, iam("A55", "U", "", "Cefazolin")))
    assert (listed.state, server.transactions) == (State.QUARANTINED, [])
    assert listed.reason.startswith("Two allergies of this message are one on the FHIR server")

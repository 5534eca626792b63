"""Corrections of results on a real FHIR server: the right one is replaced, and no other."""

import asyncio

import pytest

from adapters.hl7v2.inbox import Inbox, State
from adapters.hl7v2.message import parse
from tests.hl7_delivery import deliver_all, delivering, found
from tests.unit.hl7v2.hl7_data import message


def glucose(patient: int, number: int, *rows: tuple[str, str, str]) -> bytes:
    """Rows of time, value and status."""
    return message(
        f"PID|1||{patient}^^^WEST",
        f"OBR|1||F{patient}|2345-7^Glucose^LN|||20260101",
        *(f"OBX|1|NM|2345-7^Glucose^LN||{v}|mmol/L|||||{status}|||{time}" for time, v, status in rows),
        header=f"MSH|^~\\&|LAB|WEST|R1|R1|20260102030405||ORU^R01|{patient}-{number}|P|2.5",
    )


def values_by_time(base: str, patient: int) -> list[tuple[str, float]]:
    (known,) = found(base, f"Patient?identifier={patient}")
    observations = found(base, f"Observation?patient={known['id']}")
    return sorted((o.get("effectiveDateTime", "")[11:13], o["valueQuantity"]["value"]) for o in observations)


DAY = [("202601010800", "5.1", "F"), ("202601011000", "19", "F"), ("202601011200", "20", "F")]


@pytest.mark.parametrize(
    ("patient", "corrected", "told"),
    [
        (711, [("202601011000", "9.1", "C")], [("08", 5.1), ("10", 9.1), ("12", 20)]),
        (712, [("20260101100000", "9.1", "C")], [("08", 5.1), ("10", 9.1), ("12", 20)]),
        (713, [("20260101110000+0100", "9.1", "C")], [("08", 5.1), ("11", 9.1), ("12", 20)]),
        (715, [("202601011000", "9.1", "P"), ("202601011200", "9.2", "C")], [("08", 5.1), ("10", 9.1), ("12", 9.2)]),
        (714, [("202601011000", "9.1", "C"), ("202601011200", "9.2", "C")], [("08", 5.1), ("10", 9.1), ("12", 9.2)]),
    ],
)
def test_some_of_several_results_of_a_code_are_corrected(
    base: str, inbox: Inbox, patient: int, corrected: list[tuple[str, str, str]], told: list[tuple[str, float]]
) -> None:
    asyncio.run(deliver_all(inbox, base, glucose(patient, 1, *DAY), glucose(patient, 2, *corrected)))
    assert values_by_time(base, patient) == told
    asyncio.run(deliver_all(inbox, base, glucose(patient, 3, *corrected)))
    assert values_by_time(base, patient) == told


TIMELESS = [("", value, status) for _, value, status in DAY]
AT_ONCE = [("202601010800", "5.1", "F"), ("202601010800", "19", "F")]


@pytest.mark.parametrize(
    ("patient", "first", "corrected"),
    [
        (721, DAY, [("", "9.1", "C")]),
        (722, DAY, [("202601011030", "9.1", "C")]),
        (723, DAY, [("20260101", "9.1", "C")]),
        (724, DAY, [("202601011000", "9.1", "C"), ("202601011400", "6", "F")]),
        (725, DAY, [("202601011000", "9.1", "C"), ("202601011230", "9.2", "C")]),
        (726, DAY[:2], [("202601011000", "9.1", "C"), ("202601011400", "6", "F")]),
        (727, DAY, [("", "9.1", "C"), ("", "9.2", "C")]),
        (728, TIMELESS, [("", "9.1", "C")]),
        (729, TIMELESS, [("202601011000", "9.1", "C")]),
        (730, TIMELESS, [("", "9.1", "C"), ("", "9.2", "C")]),
        (731, AT_ONCE, [("202601010800", "9.1", "C")]),
    ],
)
def test_a_correction_of_some_of_several_results_is_not_guessed(
    base: str,
    inbox: Inbox,
    patient: int,
    first: list[tuple[str, str, str]],
    corrected: list[tuple[str, str, str]],
) -> None:
    asyncio.run(deliver_all(inbox, base, glucose(patient, 1, *first)))
    before = values_by_time(base, patient)
    raw = glucose(patient, 2, *corrected)

    async def correct() -> None:
        async with delivering(inbox, base) as deliverer:
            await inbox.put(raw, parse(raw))
            await deliverer.once()

    asyncio.run(correct())
    assert values_by_time(base, patient) == before
    (listed,) = inbox.listed(State.QUARANTINED)
    assert listed.reason.startswith("A corrected result may be any of several of its order and code. Compare OBX-14")

"""Events of a visit that come in another order than they were recorded in, on a real FHIR server."""

import asyncio

import pytest

from adapters.hl7v2.inbox import Inbox
from tests.hl7_delivery import deliver_all, found
from tests.unit.hl7v2.hl7_data import message


def event(visit: int, told: str, *, sent: str = "") -> bytes:
    """An event of 5 January: its name, hour of recording, ward and PV1-45 (an hour or two quotes): ``A03-10-B-10``."""
    name, hour, ward, *end = told.split("-")
    recorded = f"20260105{hour}0000" if hour else ""
    ended = [f"20260105{value}0000" if value.isdigit() else value for value in end]
    pv1 = "|".join(["PV1", "", "I", ward, *[""] * 15, f"V{visit}^^^WEST", *[""] * 25, *ended])
    header = f"MSH|^~\\&|ADT|WEST|R1|R1|{sent or recorded}||ADT^{name}|{visit}-{told}-{sent}|P|2.5"
    return message(f"EVN||{'' if sent else recorded}", f"PID|1||{visit}^^^WEST||Lind^Tom", pv1, header=header)


def stands(base: str, visit: int) -> str:
    """Status, ward and hour of the end."""
    (encounter,) = found(base, f"Encounter?identifier=V{visit}")
    place, end = encounter["location"][0]["location"]["display"], encounter.get("period", {}).get("end", "")
    return f"{encounter['status']} {place} {end[11:13]}"


@pytest.mark.parametrize(
    ("visit", "events", "then", "late"),
    [
        # What is older than the end of a visit does not open it again, nor move the patient back.
        (901, "A01-08-A A03-10-B-10 A01-07-C", "finished B 10", 1),
        (902, "A03-10-B-10 A01-08-A", "finished B 10", 1),
        (903, "A01-08-A A03-10-B-10 A02-09-C", "finished B 10", 1),
        (904, "A01-08-A A03-10-B-10 A08-09-C", "finished B 10", 1),
        (905, "A01-08-A A11-09-A A01-08-B", "cancelled A ", 1),
        (906, "A01-08-A A08-10-B-10 A02-09-C", "finished B 10", 1),
        (907, "A01-08-A A13-11-C A03-10-B-10", "in-progress C ", 1),
        (908, 'A01-08-A A08-10-B-"" A03-09-C-09', "in-progress B ", 1),
        # What is newer does.
        (909, "A01-08-A A03-10-B-10 A13-11-C", "in-progress C ", 0),
        (910, "A03-10-B-10 A01-12-C", "in-progress C ", 0),
        # An update that tells no state does not keep out an end that was recorded before it.
        (911, "A01-08-A A08-11-C A03-10-B-10", "finished B 10", 0),
        (912, "A08-11-C A03-10-B-10", "finished B 10", 0),
        (913, "A01-08-A A08-11-C A01-07-D", "in-progress C ", 1),
        # Where nothing tells, the one that came last holds.
        (914, "A03-10-B-10 A01-10-A", "in-progress A ", 0),
        (915, "A03-10-B-10 A01--A", "in-progress A ", 0),
    ],
)
def test_an_event_that_comes_late_does_not_undo_a_newer_one(
    base: str, inbox: Inbox, visit: int, events: str, then: str, late: int
) -> None:
    asyncio.run(deliver_all(inbox, base, *(event(visit, told) for told in events.split())))
    assert stands(base, visit) == then
    told = "Newer data of its visit are on the FHIR server and stay; see EVN-2, MSH-7"
    assert sum(told in item.reason for item in inbox.listed()) == late


def test_the_time_of_sending_counts_where_none_of_recording_is_given(base: str, inbox: Inbox) -> None:
    ended = event(921, "A03-10-B-10", sent="20260105100000")
    asyncio.run(deliver_all(inbox, base, ended, event(921, "A01-08-A", sent="20260105080000")))
    assert stands(base, 921) == "finished B 10"

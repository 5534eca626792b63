"""Events of a visit that come in another order than they were recorded in, on a real FHIR server."""

import asyncio

import pytest

from adapters.hl7v2.inbox import Inbox, Listed
from adapters.hl7v2.inbox_tables import State
from tests.hl7_delivery import deliver_all, found, try_each
from tests.unit.hl7v2.hl7_data import message


def event(visit: int, told: str, *, recorded: str = "", more: str = "", patient: int = 0) -> bytes:
    """An event of 5 January: its name, hour of sending, ward and PV1-45 (an hour or two quotes): ``A03-10-B-10``."""
    name, hour, ward, *end = told.split("-")
    sent = f"20260105{hour}0000" if hour else ""
    evn = f"EVN||20260105{recorded}0000" if recorded else "EVN"
    ended = [f"20260105{value}0000" if value.isdigit() else value for value in end]
    pv1 = "|".join(["PV1", "", "I", ward, *[""] * 15, f"V{visit}^^^WEST", *[""] * 25, *ended])
    header = f"MSH|^~\\&|ADT|WEST|R1|R1|{sent}||ADT^{name}|{visit}-{told}|P|2.5"
    return message(evn, f"PID|1||{patient or visit}^^^WEST||Lind^Tom", pv1, *more.split(), header=header)


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
        (916, 'A01-08-A A03-10-B-10 A08-09-C-""', "finished B 10", 1),
        (917, "A01-08-A A03-10-B-10 A13-09-C", "finished B 10", 1),
        (918, "A01-08-A A03-10-B-10 A11-09-C", "finished B 10", 1),
        (919, "A01-08-A A13-11-C A08-10-B-10", "in-progress C ", 1),
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
    told = "Newer data of its visit are on the FHIR server and stay; see MSH-7"
    assert sum(told in item.reason for item in inbox.listed()) == late


@pytest.mark.parametrize(
    ("visit", "events", "recorded", "then"),
    [
        # A discharge that is entered afterwards, and what cancels an event with the time of that event.
        (921, "A01-08-A A02-11-B A03-12-B-10", "08 11 10", "finished B 10"),
        (922, "A01-08-A A02-09-B A11-10-A", "08 09 08", "cancelled A "),
        (923, "A01-08-A A03-09-B-09 A08-10-B-09 A13-11-B", "08 09 10 09", "in-progress B "),
    ],
)
def test_an_event_may_name_the_time_at_which_something_happened(
    base: str, inbox: Inbox, visit: int, events: str, recorded: str, then: str
) -> None:
    both = zip(events.split(), recorded.split(), strict=True)
    asyncio.run(deliver_all(inbox, base, *(event(visit, told, recorded=hour) for told, hour in both)))
    assert stands(base, visit) == then


def test_what_comes_late_still_adds_to_a_visit(base: str, inbox: Inbox) -> None:
    late = event(931, "A08-09-C", more="DG1|1||I10^Hypertension^I10|||F")
    asyncio.run(deliver_all(inbox, base, event(931, "A01-08-A"), event(931, "A03-10-B-10"), late))
    assert stands(base, 931) == "finished B 10"
    (encounter,) = found(base, "Encounter?identifier=V931")
    assert len(encounter["diagnosis"]) == 1


async def deliver_last(inbox: Inbox, base: str, raw: bytes) -> Listed:
    """What becomes of a message that may be quarantined."""
    await try_each(inbox, base, raw)
    return max(inbox.listed(), key=lambda item: item.id)


def result(visit: int, patient: int) -> bytes:
    return message(
        f"PID|1||{patient}^^^WEST",
        f"PV1|1|I{'|' * 17}V{visit}^^^WEST",
        f"OBR|1||F{visit}|718-7^Hb^LN",
        "OBX|1|NM|718-7^Hb^LN||9|g/dL|||||F",
        header=f"MSH|^~\\&|LAB|WEST|R1|R1|20260106||ORU^R01|{visit}-result|P|2.5",
    )


@pytest.mark.parametrize(("visit", "is_known"), [(932, False), (935, True)])
def test_the_visit_of_somebody_else_stays_theirs(base: str, inbox: Inbox, visit: int, is_known: bool) -> None:
    other = visit + 1
    events = [event(visit, "A01-08-A"), event(visit, "A03-10-B-10")]
    asyncio.run(deliver_all(inbox, base, *events, *([event(other, "A01-08-A")] if is_known else [])))
    more = "DG1|1||I10^Hypertension^I10|||F"
    mistaken = [event(visit, told, more=more, patient=other) for told in ("A08-09-C", "A08-11-C")]
    for raw in (*mistaken, result(visit, other)):
        listed = asyncio.run(deliver_last(inbox, base, raw))
        assert listed.state is State.QUARANTINED
        assert listed.reason.startswith("The visit of this message is another patient's on the FHIR server. Compare")
    (encounter,), (person,) = found(base, f"Encounter?identifier=V{visit}"), found(base, f"Patient?identifier={visit}")
    assert encounter["subject"]["reference"] == f"Patient/{person['id']}"
    assert stands(base, visit) == "finished B 10"
    assert "diagnosis" not in encounter
    assert found(base, f"Observation?encounter={encounter['id']}") == []


def test_the_number_of_a_visit_that_was_called_off_is_given_to_another_patient(base: str, inbox: Inbox) -> None:
    mine = event(955, "A01-08-A", more="DG1|1||I10^Hypertension^I10|||F")
    others = [event(957, told) for told in ("A01-08-A", "A11-10-A")]
    asyncio.run(deliver_all(inbox, base, mine, event(955, "A11-10-A"), *others))
    events = [event(955, told, patient=956) for told in ("A01-09-B", "A02-11-C")]
    asyncio.run(deliver_all(inbox, base, *events, result(955, 956)))
    (encounter,), (person,) = found(base, "Encounter?identifier=V955"), found(base, "Patient?identifier=956")
    assert encounter["subject"]["reference"] == f"Patient/{person['id']}"
    assert stands(base, 955) == "in-progress C "
    assert "diagnosis" not in encounter
    for refused in (event(955, "A11-12-A"), result(957, 956)):
        assert asyncio.run(deliver_last(inbox, base, refused)).state is State.QUARANTINED


def test_a_visit_goes_on_after_its_patient_was_merged(base: str, inbox: Inbox) -> None:
    merge = message(
        "EVN||20260106",
        "PID|1||941^^^WEST",
        "MRG|940^^^WEST",
        header="MSH|^~\\&|ADT|WEST|R1|R1|20260106||ADT^A40|m|P|2.5",
    )
    known = event(941, "A28-07-").replace(b"V941", b"")
    end = event(940, "A03-12-B-12", patient=941)
    asyncio.run(deliver_all(inbox, base, event(940, "A01-08-A"), known, merge, end, result(940, 941)))
    assert stands(base, 940) == "finished B 12"
    (encounter,) = found(base, "Encounter?identifier=V940")
    assert len(found(base, f"Observation?encounter={encounter['id']}")) == 1


def test_a_result_finds_the_visit_of_its_patient(base: str, inbox: Inbox) -> None:
    asyncio.run(deliver_all(inbox, base, event(945, "A01-08-A"), result(945, 945)))
    (encounter,) = found(base, "Encounter?identifier=V945")
    assert stands(base, 945) == "in-progress A "
    assert len(found(base, f"Observation?encounter={encounter['id']}")) == 1


def test_a_result_of_an_admission_is_repeated_and_taken_back(base: str, inbox: Inbox) -> None:
    told = ("A01-08-A", "F"), ("A08-09-A", "F"), ("A08-10-A", "W")
    for number, (name, status) in enumerate(told, start=1):
        raw = event(950, name, more=f"OBX|1|NM|8310-5^Temp^LN||39.5|Cel|||||{status}|||202601050700")
        asyncio.run(deliver_all(inbox, base, raw))
        (temperature,) = found(base, "Observation?code=8310-5&encounter.identifier=V950")
        assert temperature["status"] == ("final" if number < 3 else "entered-in-error")


@pytest.mark.parametrize("first_told", ["by an event", "by a result"])
def test_an_alternate_number_is_not_the_number_of_another_visit(base: str, inbox: Inbox, first_told: str) -> None:
    first, second = (99551, 99552) if first_told == "by an event" else (99561, 99562)
    begun = event(first, "A01-08-A").removesuffix(b"\r") + f"||||||V{second}^^^WEST\r".encode()
    measured, other = result(second, first), event(second, "A03-10-B-10", patient=first)
    then = [other, measured] if first_told == "by an event" else [measured, other]
    asyncio.run(deliver_all(inbox, base, begun, *then, begun.replace(b"A01", b"A08")))

    assert stands(base, first) == "in-progress A "
    (ended,) = found(base, f"Encounter?identifier=V{second}&status=finished")
    # Before anybody said that the number is that of another visit, the result was one of the first.
    (going_on,) = found(base, f"Encounter?identifier=V{first}&status=in-progress")
    visit = ended if first_told == "by an event" else going_on
    assert len(found(base, f"Observation?encounter={visit['id']}")) == 1
    assert len(found(base, f"Encounter?identifier=V{first},V{second}")) == 2


def test_a_result_of_an_alternate_number_makes_no_visit_that_never_ends(base: str, inbox: Inbox) -> None:
    begun = event(99571, "A01-08-A").removesuffix(b"\r") + b"||||||V99572^^^WEST\r"
    asyncio.run(deliver_all(inbox, base, begun, result(99572, 99571), event(99571, "A03-10-A-10")))
    (visit,) = found(base, "Encounter?identifier=V99571,V99572")
    assert visit["status"] == "finished"
    assert len(found(base, f"Observation?encounter={visit['id']}")) == 1

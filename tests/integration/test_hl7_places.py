"""Results whose place in a message does not tell which they are, on a real FHIR server."""

import asyncio

import pytest

from adapters.hl7v2.inbox import Inbox
from adapters.hl7v2.inbox_tables import State
from tests.hl7_delivery import deliver_all, found, try_each
from tests.unit.hl7v2.hl7_data import message

Row = tuple[str, str, str, str]
"""OBX-4, hour, value and status of a result."""


def glucose(patient: int, number: int, *orders: list[Row]) -> bytes:
    """Results of one order, each list in an OBR of its own."""
    segments = []
    for rows in orders:
        segments.append(f"OBR|1||F{patient}|2345-7^Glucose^LN|||20260101")
        segments += [
            f"OBX|1|NM|2345-7^Glucose^LN|{sub}|{value}|mmol/L|||||{status}|||20260101{hour}00"
            for sub, hour, value, status in rows
        ]
    header = f"MSH|^~\\&|LAB|WEST|R1|R1|2026010{number}030405||ORU^R01|{patient}-{number}|P|2.5"
    return message(f"PID|1||{patient}^^^WEST", *segments, header=header)


def told(base: str, patient: int) -> list[tuple[str, float]]:
    (known,) = found(base, f"Patient?identifier={patient}")
    observations = found(base, f"Observation?patient={known['id']}")
    return sorted((o["effectiveDateTime"][11:13], o["valueQuantity"]["value"]) for o in observations)


DAY: list[Row] = [("1", "08", "5.1", "F"), ("2", "10", "19", "F")]


@pytest.mark.parametrize(
    ("patient", "first", "second"),
    [
        (1201, [DAY], [("1", "10", "9.1", "C")]),
        (1202, [DAY], [("1", "10", "", "W")]),
        (1203, [[(sub, hour, value, "P") for sub, hour, value, _ in DAY]], [("1", "10", "9.1", "F")]),
        # Two OBR that are alike, of which the second one is sent again.
        (1204, [[("", "08", "5.1", "F")], [("", "10", "19", "F")]], [("", "10", "9.1", "C")]),
    ],
)
def test_a_place_that_is_counted_anew_replaces_no_result_of_another_time(
    base: str, inbox: Inbox, patient: int, first: list[list[Row]], second: list[Row]
) -> None:
    asyncio.run(deliver_all(inbox, base, glucose(patient, 1, *first)))
    asyncio.run(try_each(inbox, base, glucose(patient, 2, second)))
    assert told(base, patient) == [("08", 5.1), ("10", 19)]
    (listed,) = inbox.listed(State.QUARANTINED)
    assert listed.reason.startswith("A result may be any of several of its order and code. Compare OBX-4 and OBX-14")


@pytest.mark.parametrize(
    ("patient", "second", "values"),
    [
        (1211, [("2", "10", "9.1", "C")], [("08", 5.1), ("10", 9.1)]),
        (1212, [("2", "11", "9.1", "C")], [("08", 5.1), ("11", 9.1)]),
        (1213, [("3", "10", "7", "F")], [("08", 5.1), ("10", 7), ("10", 19)]),
    ],
)
def test_a_place_that_is_kept_tells_which_result_is_meant(
    base: str, inbox: Inbox, patient: int, second: list[Row], values: list[tuple[str, float]]
) -> None:
    asyncio.run(deliver_all(inbox, base, glucose(patient, 1, DAY), glucose(patient, 2, second)))
    assert told(base, patient) == values


@pytest.mark.parametrize(
    ("patient", "merged", "hours"),
    [(1222, False, [("10", 9.1)]), (1224, True, [("08", 5.1)])],
)
def test_the_order_of_another_patient_is_another_order_of_that_number(
    base: str, inbox: Inbox, patient: int, merged: bool, hours: list[tuple[str, float]]
) -> None:
    """Not that of a patient who was merged with this one: there the result may be any of both."""
    first = glucose(patient - 1, 1, [("1", "10", "19", "F")])
    own = glucose(patient, 1, [("1", "08", "5.1", "P")])
    header = f"MSH|^~\\&|ADT|WEST|R1|R1|20260102||ADT^A40|{patient}|P|2.5"
    merge = message(f"PID|1||{patient}^^^WEST", f"MRG|{patient - 1}^^^WEST", header=header)
    raws = (first, own, *([merge] if merged else []), glucose(patient, 3, [("1", "10", "9.1", "F")]))
    one_order = (raw.replace(b"|F%d|" % patient, b"|F%d|" % (patient - 1)) for raw in raws)
    asyncio.run(try_each(inbox, base, *one_order))
    assert told(base, patient) == hours
    assert bool(inbox.listed(State.QUARANTINED)) == merged

"""An order that has no number of the filler yet, and what comes of it, on a real FHIR server."""

import asyncio

import pytest

from adapters.fhir.elements import Json, codes
from adapters.hl7v2.inbox import Inbox
from tests.hl7_delivery import deliver_all, found
from tests.unit.hl7v2.hl7_data import message

CBC, LYTES = "58410-2^CBC^LN", "24326-1^Electrolytes^LN"


def order(
    patient: int, hour: str, numbers: str = "P", *, code: str = CBC, control: str = "NW", sender: str = "EHR"
) -> bytes:
    """An order that says why; its numbers are ``P``, ``F``, ``PF``, or the same with a digit."""
    placer, filler = _numbers(patient, numbers)
    return message(
        f"PID|1||{patient}^^^WEST||Lind^Eva",
        f"ORC|{control}|{placer}|{filler}||||||20260105080000",
        f"OBR|1|{placer}|{filler}|{code}|||||||||||||||||||||||||||Z01^Fasting^L",
        header=f"MSH|^~\\&|{sender}|WEST|R1|R1|20260105{hour}0000||ORM^O01|{patient}-{hour}|P|2.5",
    )


def result(patient: int, hour: str, numbers: str = "PF", *, code: str = CBC, value: str = "9.1") -> bytes:
    placer, filler = _numbers(patient, numbers)
    return message(
        f"PID|1||{patient}^^^WEST||Lind^Eva",
        f"ORC|RE|{placer}|{filler}",
        f"OBR|1|{placer}|{filler}|{code}|||20260105{'|' * 18}F",
        f"OBX|1|NM|718-7^Hb^LN||{value}|g/dL|||||F",
        header=f"MSH|^~\\&|LAB|WEST|R1|R1|20260105{hour}0000||ORU^R01|{patient}-{hour}|P|2.5",
    )


def _numbers(patient: int, numbers: str) -> tuple[str, str]:
    digit = numbers[-1] if numbers[-1].isdigit() else ""
    return (f"P{patient}" if "P" in numbers else ""), (f"F{patient}{digit}" if "F" in numbers else "")


def requests(base: str, patient: int) -> list[Json]:
    (person,) = found(base, f"Patient?identifier={patient}")
    return found(base, f"ServiceRequest?patient={person['id']}")


def own_numbers(request: Json) -> dict[str, str]:
    """Number by type, PLAC and FILL."""
    return {kind: number["value"] for number in request["identifier"] for kind in codes(number.get("type"))}


@pytest.mark.parametrize(
    ("patient", "come"),
    [
        (1001, (order(1001, "08"), result(1001, "10"))),
        (1002, (order(1002, "08"), result(1002, "10"), result(1002, "11", value="9.2"))),
        (1003, (order(1003, "08"), order(1003, "09", control="XO"), result(1003, "10"))),
        (1004, (order(1004, "08"), result(1004, "10"), order(1004, "12", control="XO"))),
        (1005, (order(1005, "08"), order(1005, "09", "PF", sender="LAB"), result(1005, "10"))),
        (1006, (order(1006, "08"), result(1006, "10"), order(1006, "08"))),
        # The order comes behind its result.
        (1007, (result(1007, "10"), order(1007, "08"))),
        (1008, (result(1008, "10"), order(1008, "12"))),
        (1009, (result(1009, "10"), order(1009, "08"), result(1009, "11"))),
    ],
)
def test_an_order_gains_the_number_of_the_filler(
    base: str, inbox: Inbox, patient: int, come: tuple[bytes, ...]
) -> None:
    asyncio.run(deliver_all(inbox, base, *come))

    (request,) = requests(base, patient)
    assert own_numbers(request) == {"PLAC": f"P{patient}", "FILL": f"F{patient}"}
    assert (request["status"], request["reasonCode"][0]["text"]) == ("active", "Fasting")
    (report,) = found(base, f"DiagnosticReport?identifier=F{patient}")
    assert report["basedOn"] == [{"reference": f"ServiceRequest/{request['id']}"}]
    assert [item.reason for item in inbox.listed() if item.reason] == []


@pytest.mark.parametrize(
    ("patient", "come", "count"),
    [
        (1011, (order(1011, "08"), result(1011, "10", code=LYTES)), 2),
        (1012, (order(1012, "08"), result(1012, "10", "F")), 2),
        (1013, (order(1013, "08"), result(1013, "10", "PF1"), result(1013, "11", "PF2")), 2),
        (1014, (order(1014, "08"), order(1014, "09", code=LYTES), result(1014, "10")), 2),
    ],
)
def test_orders_that_may_be_others_stay_apart(
    base: str, inbox: Inbox, patient: int, come: tuple[bytes, ...], count: int
) -> None:
    asyncio.run(deliver_all(inbox, base, *come))
    assert len(requests(base, patient)) == count


def test_the_number_of_one_patient_is_not_that_of_another(base: str, inbox: Inbox) -> None:
    asyncio.run(deliver_all(inbox, base, order(1021, "08"), result(1022, "10").replace(b"P1022", b"P1021")))
    assert [own_numbers(request) for request in requests(base, 1021)] == [{"PLAC": "P1021"}]
    assert [own_numbers(request) for request in requests(base, 1022)] == [{"PLAC": "P1021", "FILL": "F1022"}]


def test_of_two_orders_of_one_number_and_code_in_a_message_none_is_guessed(base: str, inbox: Inbox) -> None:
    twice = result(1031, "10", "PF1")
    twice += b"".join(line + b"\r" for line in result(1031, "10", "PF2").split(b"\r")[2:5])
    asyncio.run(deliver_all(inbox, base, order(1031, "08"), twice))
    told = sorted(own_numbers(request).get("FILL", "") for request in requests(base, 1031))
    assert told == ["", "F10311", "F10312"]


def test_a_cancelled_order_is_not_revived_by_a_result_that_says_nothing_of_it(base: str, inbox: Inbox) -> None:
    asyncio.run(deliver_all(inbox, base, order(1041, "08"), order(1041, "09", control="OC"), result(1041, "10")))
    (request,) = requests(base, 1041)
    assert request["status"] == "revoked"


def test_orders_of_two_systems_that_count_alike_stay_apart(base: str, inbox: Inbox) -> None:
    """Before the filler has numbered either, neither replaces or cancels the other."""
    cancelled = order(1051, "10", sender="RIS", control="OC")
    asyncio.run(deliver_all(inbox, base, order(1051, "08"), order(1051, "09", sender="RIS"), cancelled))
    assert sorted(request["status"] for request in requests(base, 1051)) == ["active", "revoked"]


def test_allergies_do_not_tell_under_which_number_an_order_was_filed(base: str, inbox: Inbox) -> None:
    """Of a patient who was merged, the new number has the more allergies, the old one the order."""
    listed = [f"AL1|{place}|DA|{place}^Substance {place}^L" for place in range(4)]
    header = "MSH|^~\\&|EHR|WEST|R1|R1|20260105{}0000||{}|1062-{}|P|2.5"
    pid = "PID|1||1062^^^WEST||Lind^Eva"
    merge = message(pid, "MRG|1061^^^WEST", header=header.format("09", "ADT^A40", 1))
    known = message(pid, *listed, header=header.format("10", "ADT^A08", 2))
    numbered = ("ORC|OC|P1061", f"OBR|1|P1061||{CBC}")
    cancelled = message(pid, *listed, *numbered, header=header.format("11", "ORM^O01", 3))
    asyncio.run(deliver_all(inbox, base, order(1061, "08"), merge, known, cancelled))
    assert [request["status"] for request in found(base, "ServiceRequest?identifier=P1061")] == ["revoked"]

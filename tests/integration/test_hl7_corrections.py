"""Corrections of results on a real FHIR server: the right one is replaced, and no other."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.fhir.audit import AuditTrail
from adapters.fhir.reasons import Reason
from adapters.hl7v2.inbox import Inbox
from adapters.hl7v2.inbox_tables import State
from apps.auth.sessions import Sessions
from apps.fhir_access import FhirAccess
from apps.smart import SmartSessions
from core.settings import Settings
from knowledge.medical.case import Unread
from tests.hl7_delivery import KEY, deliver_all, found, try_each
from tests.sekmet_server import TOKEN
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
        (715, [("202601011000", "9.1", "P"), ("202601011200", "9.2", "C")], [("08", 5.1), ("10", 19), ("12", 9.2)]),
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
        (732, TIMELESS, [("", "9.1", "F")]),
        (733, DAY, [("20260101", "9.1", "F")]),
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
    asyncio.run(try_each(inbox, base, glucose(patient, 2, *corrected)))
    assert values_by_time(base, patient) == before
    (listed,) = inbox.listed(State.QUARANTINED)
    assert listed.reason.startswith("A result may be any of several of its order and code. Compare OBX-4 and")


@pytest.mark.parametrize(
    ("patient", "again", "told"),
    [
        (741, ("202601011000", "19", "F"), [("08", 5.1), ("10", 19), ("12", 20)]),
        (742, ("202601011400", "6", "F"), [("08", 5.1), ("10", 19), ("12", 20), ("14", 6)]),
    ],
)
def test_one_of_several_results_that_comes_alone_does_not_take_the_place_of_another(
    base: str, inbox: Inbox, patient: int, again: tuple[str, str, str], told: list[tuple[str, float]]
) -> None:
    asyncio.run(deliver_all(inbox, base, glucose(patient, 1, *DAY), glucose(patient, 2, again)))
    assert values_by_time(base, patient) == told
    asyncio.run(deliver_all(inbox, base, glucose(patient, 3, again)))
    assert values_by_time(base, patient) == told


def at(hour: str, value: str, status: str = "F") -> tuple[str, str, str]:
    return hour and f"20260101{hour}00", value, status


@pytest.mark.parametrize(
    ("patient", "messages", "told"),
    [
        (811, [[at("08", "5")], [at("12", "9")]], [("08", 5), ("12", 9)]),
        (812, [[at("12", "9")], [at("08", "5")], [at("16", "7")]], [("08", 5), ("12", 9), ("16", 7)]),
        (813, [[at("08", "5")], [at("12", "8")], [at("12", "9")]], [("08", 5), ("12", 9)]),
        (814, [[at("08", "5")], [at("12", "9")], [at("08", "6", "C")]], [("08", 6), ("12", 9)]),
        (815, [[at("08", "5")], [at("12", "8")], [at("12", "9", "C")]], [("08", 5), ("12", 9)]),
        (816, [[at("08", "5")], [at("12", "9"), at("08", "6")]], [("08", 6), ("12", 9)]),
        (823, [[at("08", "5")], [at("12", "9"), at("08", "6", "C")]], [("08", 6), ("12", 9)]),
        (824, [[at("08", "5")], [at("12", "9", "C"), at("08", "5")]], [("08", 5), ("12", 9)]),
        (817, [[at("08", "5")], [at("12", "9"), at("16", "7")]], [("08", 5), ("12", 9), ("16", 7)]),
        (818, [[at("08", "5")], [at("12", "8", "P")], [at("12", "9")]], [("08", 5), ("12", 9)]),
        (819, [[at("08", "4"), at("08", "5")], [at("12", "9")]], [("08", 4), ("08", 5), ("12", 9)]),
        # A correction may change the time, and what was preliminary had no certain one.
        (820, [[at("08", "5")], [at("12", "9", "C")]], [("12", 9)]),
        (821, [[at("08", "5", "P")], [at("12", "9")]], [("12", 9)]),
        (822, [[at("", "5")], [("20260102", "9", "F")], [("20260103", "7", "F")]], [("", 5), ("", 7), ("", 9)]),
    ],
)
def test_final_results_of_several_times_that_come_one_by_one_are_several(
    base: str, inbox: Inbox, patient: int, messages: list[list[tuple[str, str, str]]], told: list[tuple[str, float]]
) -> None:
    raws = [glucose(patient, number, *rows) for number, rows in enumerate(messages)]
    asyncio.run(deliver_all(inbox, base, *raws))
    assert values_by_time(base, patient) == told
    asyncio.run(deliver_all(inbox, base, glucose(patient, 9, *messages[-1])))
    assert values_by_time(base, patient) == told
    (report,) = found(base, f"DiagnosticReport?identifier=F{patient}")
    assert len({item["reference"] for item in report["result"]}) == len(told)


def test_a_correction_that_changes_a_time_is_told_of_since_it_may_be_of_another_result(base: str, inbox: Inbox) -> None:
    versions = [at("08", "5")], [at("08", "6", "C")], [at("12", "9", "C")], [at("12", "8")]
    asyncio.run(deliver_all(inbox, base, *(glucose(842, number, *rows) for number, rows in enumerate(versions))))
    assert values_by_time(base, 842) == [("12", 9)]
    reasons = [item.reason for item in reversed(inbox.listed())]
    assert reasons[:2] == ["", ""]
    assert reasons[2].startswith("1 of its corrections replaced a result of another time; see OBX-14")
    assert reasons[3].startswith("Newer versions of 1 of its results")


@pytest.mark.parametrize("sub_id", ["", "1"])
def test_the_time_of_the_order_tells_results_apart_that_name_none(base: str, inbox: Inbox, sub_id: str) -> None:
    patient = f"83{sub_id}"

    def at_noon(hour: str, value: str, sent: str) -> bytes:
        return message(
            f"PID|1||{patient}^^^WEST",
            f"OBR|1||F{patient}|2345-7^Glucose^LN|||20260101{hour}00||||||||||||||||||F",
            f"OBX|1|NM|2345-7^Glucose^LN|{sub_id}|{value}|mmol/L|||||F",
            header=f"MSH|^~\\&|LAB|WEST|R1|R1|{sent}||ORU^R01|{patient}-{hour}|P|2.5",
        )

    asyncio.run(deliver_all(inbox, base, at_noon("12", "9", LATE), at_noon("08", "5", EARLY)))
    assert values_by_time(base, int(patient)) == [("08", 5), ("12", 9)]
    (report,) = found(base, f"DiagnosticReport?identifier=F{patient}")
    assert (report["effectiveDateTime"][11:13], len(report["result"])) == ("12", 2)
    assert [item.reason for item in inbox.listed()] == ["", ""]


def test_a_correction_between_results_that_came_one_by_one_is_not_guessed(base: str, inbox: Inbox) -> None:
    asyncio.run(deliver_all(inbox, base, glucose(841, 1, at("08", "5")), glucose(841, 2, at("12", "9"))))
    guesses = [[at("10", "9", "C")], [at("", "9", "C")], [at("12", "8"), at("", "7", "C")]]
    raws = [glucose(841, number, *rows) for number, rows in enumerate(guesses, start=3)]
    asyncio.run(try_each(inbox, base, *raws))
    assert values_by_time(base, 841) == [("08", 5), ("12", 9)]
    assert inbox.counts()[State.QUARANTINED] == 3


def potassium(
    patient: int, number: int, value: str, status: str, *, sent: str = "", reported: str = "", analysed: str = ""
) -> bytes:
    return message(
        f"PID|1||{patient}^^^WEST",
        f"OBR|1|P{patient}|F{patient}|2823-3^Potassium^LN|||20260102|||||||||||||||{reported}|||{status}",
        f"OBX|1|NM|2823-3^Potassium^LN||{value}|mmol/L|||||{status}|||20260102|||||{analysed}",
        header=f"MSH|^~\\&|LAB|WEST|R1|R1|{sent}||ORU^R01|{patient}-{number}|P|2.5",
    )


def results(base: str, patient: int) -> list[tuple[str, float | None]]:
    (known,) = found(base, f"Patient?identifier={patient}")
    observations = found(base, f"Observation?patient={known['id']}")
    return sorted((o["status"], o.get("valueQuantity", {}).get("value")) for o in observations)


EARLY, LATE, NEVER = "20260102080000", "20260102090000", "29990101080000"
Version = tuple[str, str, dict[str, str]]
"""Value, status and times of a result, as :func:`potassium` takes them."""


@pytest.mark.parametrize(
    ("patient", "first", "second"),
    [
        (751, ("4.9", "C", {"sent": LATE}), ("6.9", "F", {"sent": EARLY})),
        (752, ("4.9", "F", {"sent": LATE}), ("6.9", "F", {"sent": EARLY})),
        (753, ("4.9", "C", {"sent": EARLY}), ("6.9", "F", {"sent": LATE})),
        (754, ("4.9", "F", {"sent": EARLY}), ("6.9", "P", {"sent": EARLY})),
        (755, ("4.9", "F", {"sent": EARLY, "reported": LATE}), ("6.9", "F", {"sent": LATE, "reported": EARLY})),
        (756, ("4.9", "F", {"sent": EARLY, "analysed": LATE}), ("6.9", "F", {"sent": LATE, "analysed": EARLY})),
        (757, ("", "W", {"sent": LATE}), ("6.9", "F", {"sent": EARLY})),
    ],
)
def test_an_older_result_that_comes_late_does_not_replace_a_newer_one(
    base: str, inbox: Inbox, patient: int, first: Version, second: Version
) -> None:
    (value, status, times), (old, its_status, its_times) = first, second
    raws = potassium(patient, 1, value, status, **times), potassium(patient, 2, old, its_status, **its_times)
    asyncio.run(deliver_all(inbox, base, *raws))
    told = {"C": "corrected", "F": "final", "W": "entered-in-error"}[status]
    assert results(base, patient) == [(told, float(value) if value else None)]
    newest, oldest = inbox.listed(State.DONE)
    assert newest.reason == "Newer versions of 1 of its results are on the FHIR server and stay; see MSH-7, OBR-22"
    assert oldest.reason == ""
    (report,) = found(base, f"DiagnosticReport?identifier=F{patient}")
    assert len(report["result"]) == 1


@pytest.mark.parametrize(
    ("patient", "first", "second"),
    [
        (761, ("6.9", "F", {"sent": EARLY}), ("4.9", "C", {"sent": LATE})),
        (762, ("6.9", "C", {"sent": EARLY}), ("4.9", "C", {"sent": LATE})),
        (763, ("6.9", "C", {"sent": EARLY, "reported": EARLY}), ("4.9", "F", {"sent": LATE, "reported": LATE})),
        (764, ("6.9", "P", {"sent": EARLY}), ("4.9", "F", {"sent": EARLY})),
        (765, ("6.9", "F", {"sent": "20260102"}), ("4.9", "F", {"sent": "20260102"})),
        (766, ("6.9", "X", {"sent": EARLY}), ("4.9", "F", {"sent": LATE})),
        # A wrong clock of the laboratory, or of its analyser.
        (767, ("6.9", "F", {"sent": EARLY, "reported": NEVER}), ("4.9", "C", {"sent": LATE, "reported": LATE})),
        (768, ("6.9", "F", {"sent": EARLY, "analysed": NEVER}), ("4.9", "C", {"sent": LATE, "analysed": LATE})),
    ],
)
def test_a_newer_result_replaces_an_older_one(
    base: str, inbox: Inbox, patient: int, first: Version, second: Version
) -> None:
    raws = [potassium(patient, n, value, status, **times) for n, (value, status, times) in enumerate((first, second))]
    asyncio.run(deliver_all(inbox, base, *raws))
    ((_, value),) = results(base, patient)
    assert value == 4.9
    assert [item.reason for item in inbox.listed()] == ["", ""]


def test_a_message_with_an_older_result_is_kept(base: str, inbox: Inbox) -> None:
    raws = potassium(771, 1, "4.9", "C", sent=LATE), potassium(771, 2, "6.9", "F", sent=EARLY)
    asyncio.run(deliver_all(inbox, base, *raws))
    assert asyncio.run(inbox.delete_delivered(0)) == 1
    assert [item.control_id for item in inbox.listed()] == ["771-2"]


def cancelled(patient: int, *segments: str, sent: str = LATE, kind: str = "ORU^R01") -> bytes:
    header = f"MSH|^~\\&|LAB|WEST|R1|R1|{sent}||{kind}|{patient}-9|P|2.5"
    return message(f"PID|1||{patient}^^^WEST", *segments, header=header)


@pytest.mark.parametrize(
    ("patient", "kind", "segments", "status"),
    [
        (781, "ORU^R01", ["OBR|1|P{0}|F{0}|2823-3^Potassium^LN|||20260102||||||||||||||||||X"], "cancelled"),
        (782, "ORM^O01", ["ORC|OC|P{0}|F{0}"], "cancelled"),
        (783, "ORM^O01", ["ORC|CR|P{0}|F{0}", "OBR|1|P{0}|F{0}|2823-3^Potassium^LN"], "cancelled"),
        (784, "ORM^O01", ["ORC|SC|P{0}|F{0}||CA", "OBR|1|P{0}|F{0}|2823-3^Potassium^LN"], "cancelled"),
        (785, "ORU^R01", ["OBR|1|P{0}|F{0}|2823-3^Potassium^LN|||20260102||||||||||||||||||W"], "entered-in-error"),
        # What the placer asks for may be refused, and a discontinued order keeps its results.
        (786, "ORM^O01", ["ORC|CA|P{0}|F{0}", "OBR|1|P{0}|F{0}|2823-3^Potassium^LN"], "final"),
        (787, "ORM^O01", ["ORC|DC|P{0}|F{0}"], "final"),
        # Another part of the order, and the same number of another laboratory.
        (788, "ORM^O01", ["ORC|OC|P{0}|F{0}", "OBR|1|P{0}|F{0}|2951-2^Sodium^LN"], "final"),
        (789, "ORM^O01", ["ORC|OC|P{0}^EAST|F{0}^EAST"], "final"),
    ],
)
def test_the_results_of_a_cancelled_order_fall_with_it(
    base: str, inbox: Inbox, patient: int, kind: str, segments: list[str], status: str
) -> None:
    raw = cancelled(patient, *(segment.format(patient) for segment in segments), kind=kind)
    asyncio.run(deliver_all(inbox, base, potassium(patient, 1, "6.9", "F", sent=EARLY), raw))
    assert results(base, patient) == [(status, 6.9)]
    reports = [r["status"] for r in found(base, f"DiagnosticReport?identifier=F{patient}") if r.get("result")]
    assert reports == [status]


@pytest.mark.parametrize(
    ("patient", "first", "second", "status", "value"),
    [
        (861, "old", "new", "C", 4.9),
        (862, "new", "old", "C", 4.9),
        (863, "old", "old", "C", 4.9),
        (864, "old", "new", "X", 6.9),
        (865, "new", "old", "X", 6.9),
    ],
)
def test_after_a_merge_a_result_is_found_under_either_number(
    base: str, inbox: Inbox, patient: int, first: str, second: str, status: str, value: float
) -> None:
    def named(raw: bytes, which: str) -> bytes:
        return raw.replace(b"PID|1||%d^" % patient, b"PID|1||%d%s^" % (patient, which.encode()))

    adt = "MSH|^~\\&|ADT|WEST|R1|R1|20260105||ADT^{}|{}|P|2.5"
    known = [message(f"PID|1||{patient}{which}^^^WEST", header=adt.format("A28", which)) for which in ("old", "new")]
    merge = message(f"PID|1||{patient}new^^^WEST", f"MRG|{patient}old^^^WEST", header=adt.format("A40", patient))
    result = named(potassium(patient, 1, "6.9", "F", sent=EARLY), first)
    obr = f"OBR|1|P{patient}|F{patient}|2823-3^Potassium^LN|||20260102||||||||||||||||||X"
    again = cancelled(patient, obr) if status == "X" else potassium(patient, 2, "4.9", "C", sent=LATE)
    before, after = ([result], []) if first == "old" else ([], [result])
    for raw in (*known, *before, merge, *after, named(again, second)):
        asyncio.run(deliver_all(inbox, base, raw))

    ids = [found(base, f"Patient?identifier={patient}{which}")[0]["id"] for which in ("old", "new")]
    of_each = [found(base, f"Observation?patient={number}") for number in ids]
    (kept,) = of_each[first == "new"]
    assert of_each[first == "old"] == []
    assert (kept["status"], kept["valueQuantity"]["value"]) == ({"C": "corrected", "X": "cancelled"}[status], value)


def test_a_cancellation_that_comes_late_takes_back_nothing_newer(base: str, inbox: Inbox) -> None:
    raw = cancelled(791, "ORC|OC|P791|F791", sent=EARLY, kind="ORM^O01")
    asyncio.run(deliver_all(inbox, base, potassium(791, 1, "6.9", "F", sent=LATE), raw))
    assert results(base, 791) == [("final", 6.9)]
    assert inbox.listed(State.DONE)[0].reason.startswith("Newer versions of 1 of its results")


def test_a_cancellation_by_one_number_spares_an_order_that_the_other_side_numbered_alike(
    base: str, inbox: Inbox
) -> None:
    def hemoglobin(placer: int | str, filler: int, day: int, status: str = "F", *segments: str) -> bytes:
        header = f"MSH|^~\\&|LAB|WEST|R1|R1|202601{day:02}100000||ORU^R01|{filler}{status}|P|2.5"
        obr = f"OBR|1|{placer}|{filler}|718-7^Hb^LN|||202601{day:02}{'|' * 18}{status}"
        return message("PID|1||7991^^^WEST", obr, *segments, header=header)

    first, second = (f"OBX|1|NM|718-7^Hb^LN||{value}|g/dL|||||F" for value in (9, 6))
    came = [hemoglobin(79901, 79902, 2, "F", first), hemoglobin(79902, 79903, 4, "F", second)]
    asyncio.run(deliver_all(inbox, base, *came, hemoglobin("", 79902, 5, "X")))

    (patient,) = found(base, "Patient?identifier=7991")
    told = {o["valueQuantity"]["value"]: o["status"] for o in found(base, f"Observation?patient={patient['id']}")}
    assert told == {9: "cancelled", 6: "final"}


def test_a_record_says_that_a_correction_has_not_arrived_in_it(base: str, inbox: Inbox, tmp_path: Path) -> None:
    asyncio.run(deliver_all(inbox, base, glucose(801, 1, *DAY), glucose(802, 1, *DAY)))
    trail, idle = AuditTrail(inbox.database, KEY), timedelta(minutes=5)
    settings = Settings(home=tmp_path, fhir_url=base, fhir_token=TOKEN)
    access = FhirAccess(
        settings, trail, Sessions(inbox.database, idle, secure=False), SmartSessions(idle, secure=False), inbox
    )
    ids = [found(base, f"Patient?identifier={patient}")[0]["id"] for patient in (801, 802)]

    def told(patient_id: str) -> list[Unread]:
        record = asyncio.run(access.read_patient({}, patient_id))
        return [item for item in record.unread if item.reason == Reason.UNDELIVERED]

    assert told(ids[0]) == []
    asyncio.run(try_each(inbox, base, glucose(801, 2, ("", "9.1", "C"))))
    assert inbox.counts()[State.QUARANTINED] == 1
    assert told(ids[0]) == [Unread(f"Patient/{ids[0]}", Reason.UNDELIVERED, "1")]
    assert told(ids[1]) == []

"""Whose a message is: numbers that look alike, and numbers that several people have, on a real FHIR server."""

import asyncio

import pytest

from adapters.fhir.elements import Json
from adapters.hl7v2.inbox import Inbox
from adapters.hl7v2.inbox_tables import State
from tests.hl7_delivery import deliver_all, found, try_each
from tests.unit.hl7v2.hl7_data import message

ANN, BOB = "Alpha^Ann||19500101|F", "Beta^Bob||19900202|M"


def admission(numbers: str, who: str, *more: str) -> bytes:
    """An ADT^A28 whose PID-2 to PID-4 are ``numbers``."""
    header = f"MSH|^~\\&|ADT|WEST|R1|R1|20260105080000||ADT^A28|{numbers}|P|2.5"
    return message(f"PID|1|{numbers}|{who}", *more, header=header)


def hemoglobin(number: str, order: str, who: str = "") -> bytes:
    header = f"MSH|^~\\&|LAB|WEST|R1|R1|20260105100000||ORU^R01|{number}|P|2.5"
    obr = f"OBR|1||{order}|718-7^Hb^LN|||20260105||||||||||||||||||F"
    return message(f"PID|1||{number}||{who}", obr, "OBX|1|NM|718-7^Hb^LN||5.1|g/dL|||||F", header=header)


def named(base: str, number: int) -> dict[str, Json]:
    return {patient["name"][0]["family"]: patient for patient in found(base, f"Patient?identifier={number}")}


@pytest.mark.parametrize(
    ("mrn", "numbers"),
    [
        (1501, "|1500^^^WEST^MR~1501^^^WEST^AN|"),
        (1503, "|1502^^^WEST^MR~1503^^^^AN|"),
        (1505, "1505|1504^^^WEST^MR|"),
        (1507, "|1506^^^WEST^MR|1507"),
        (1508, "|1508^^^WEST^AN|"),
    ],
)
def test_a_number_of_another_kind_is_another_patient(base: str, inbox: Inbox, mrn: int, numbers: str) -> None:
    allergy = "AL1|1|DA|7980^Penicillin^RXNORM"
    came = [
        admission(numbers, ANN, allergy),
        admission(f"|{mrn}^^^WEST^MR|", BOB, allergy),
        hemoglobin(f"{mrn}^^^WEST^MR", f"F{mrn}"),
        admission(f"|{mrn}^^^WEST^MR|", BOB.replace("Bob", "Bobby")),
    ]
    asyncio.run(deliver_all(inbox, base, *came))

    patients = named(base, mrn)
    assert patients.keys() == {"Alpha", "Beta"}
    assert patients["Beta"]["name"][0]["given"] == ["Bobby"]
    results = [found(base, f"Observation?patient={patients[name]['id']}") for name in ("Alpha", "Beta")]
    assert list(map(len, results)) == [0, 1]
    assert all(len(found(base, f"AllergyIntolerance?patient={one['id']}")) == 1 for one in patients.values())


@pytest.mark.parametrize(
    ("number", "first", "then"),
    [
        (1511, "1511^^^WEST^MR", "1511^^^WEST^PI"),
        (1512, "1512^^^WEST", "1512^^^WEST^MR"),
        (1513, "1513^^^WEST^AN", "1513^^^WEST^AN"),
        # Of one who has it as both, either tells who is meant, also after an update.
        (1514, "1514^^^WEST^MR~1514^^^WEST^AN", "1514^^^WEST^AN"),
    ],
)
def test_a_number_of_the_same_kind_is_the_same_patient(
    base: str, inbox: Inbox, number: int, first: str, then: str
) -> None:
    came = [admission(f"|{first}|", ANN), admission(f"|{first}|", ANN + "|"), hemoglobin(then, f"F{number}")]
    asyncio.run(deliver_all(inbox, base, *came))
    (patient,) = named(base, number).values()
    assert len(found(base, f"Observation?patient={patient['id']}")) == 1


@pytest.mark.parametrize(
    ("number", "first", "then", "is_refused"),
    [
        (1521, ANN, BOB, True),
        (1522, "Alpha^Ann||19500101", "Beta^Bea||19900202", True),
        (1523, "Alpha^Ann|||F", "Beta^Bob|||M", True),
        # What is not known, or not in full, tells nothing.
        (1524, "Alpha^Ann||1950|F", "Alpha^Ann||19500101|F", False),
        (1525, "Alpha^Ann|||U", "Alpha^Ann||19500101|F", False),
        (1526, ANN, "Alpha^Ann", False),
    ],
)
def test_a_second_number_that_many_have_does_not_make_one_of_two_people(
    base: str, inbox: Inbox, number: int, first: str, then: str, is_refused: bool
) -> None:
    dummy = f"99999{number}^^^USSSA^SS"
    came = [
        admission(f"|{who}~{dummy}|", name) for who, name in ((f"{number}^^^WEST", first), (f"{number}^^^EAST", then))
    ]
    asyncio.run(try_each(inbox, base, *came, hemoglobin(f"{number}^^^EAST~{dummy}", f"F{number}", then)))

    told = [item.reason for item in inbox.listed(State.QUARANTINED)]
    reason = "The patient with one of these numbers has another birth date or sex"
    assert [text.partition(". ")[0] for text in told] == [reason] * (2 if is_refused else 0)
    (patient,) = found(base, f"Patient?identifier={number}")
    assert len(patient["identifier"]) == (2 if is_refused else 3)


def test_a_merge_ends_the_patient_and_not_who_has_the_number_as_an_account(base: str, inbox: Inbox) -> None:
    header = "MSH|^~\\&|ADT|WEST|R1|R1|20260105090000||ADT^A40|1540|P|2.5"
    merge = message(f"PID|1||1540^^^WEST^MR||{ANN}", "MRG|1541^^^WEST^MR", header=header)
    asyncio.run(deliver_all(inbox, base, admission("|1540^^^WEST^MR~1541^^^WEST^AN|", ANN), merge))
    (kept,) = found(base, "Patient?identifier=1540")
    (gone,) = [patient for patient in found(base, "Patient?identifier=1541") if patient["id"] != kept["id"]]
    assert (kept.get("active", True), gone["active"]) == (True, False)
    assert kept["link"][0]["other"]["reference"] == f"Patient/{gone['id']}"


def test_a_birth_date_is_corrected_under_the_first_number(base: str, inbox: Inbox) -> None:
    asyncio.run(deliver_all(inbox, base, admission("|1531^^^WEST|", ANN), admission("|1531^^^WEST|", BOB)))
    (patient,) = found(base, "Patient?identifier=1531")
    assert patient["birthDate"] == "1990-02-02"

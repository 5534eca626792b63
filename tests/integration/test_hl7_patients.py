"""Whose a message is: numbers that look alike, and numbers that several people have, on a real FHIR server."""

import asyncio

import httpx
import pytest

from adapters.fhir.elements import Json
from adapters.hl7v2.inbox import Inbox
from adapters.hl7v2.inbox_tables import State
from tests.hl7_delivery import deliver_all, found, try_each
from tests.sekmet_server import TOKEN
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


@pytest.mark.parametrize(
    ("number", "known", "kind", "who", "becomes"),
    [
        (1551, {"birthDate": "1950-01-01"}, "HC", ANN, "the same"),
        (1552, {"birthDate": "1950-01-01", "gender": "male"}, "AN", ANN, "another"),
        (1553, {"birthDate": "1950-01-01"}, "HC", BOB, "another"),
        (1554, {}, "HC", ANN, "refused"),
        (1555, {"birthDate": "1950"}, "SN", ANN, "refused"),
        (1556, {}, "MR", ANN, "the same"),
    ],
)
def test_where_the_server_does_not_tell_the_kind_of_a_number_the_birth_date_decides(
    base: str, inbox: Inbox, number: int, known: dict[str, str], kind: str, who: str, becomes: str
) -> None:
    identifier = {"system": "urn:r1:hl7v2:authority:WEST", "value": str(number)}
    patient = {"resourceType": "Patient", "identifier": [identifier], **known}
    httpx.post(f"{base}/Patient", json=patient, headers={"Authorization": f"Bearer {TOKEN}"}).raise_for_status()
    asyncio.run(try_each(inbox, base, admission(f"|{number}^^^WEST^{kind}|", who)))

    told = [item.reason.partition(":")[0] for item in inbox.listed(State.QUARANTINED)]
    assert told == (["The patient with this number may be another one"] if becomes == "refused" else [])
    assert len(found(base, f"Patient?identifier={number}")) == (2 if becomes == "another" else 1)


def test_a_laboratory_that_leaves_out_the_kind_of_a_number_means_the_same_patient(base: str, inbox: Inbox) -> None:
    came = [admission("|1557^^^WEST^HC|", ANN), hemoglobin("1557^^^WEST", "F1557", ANN)]
    asyncio.run(deliver_all(inbox, base, *came))
    (patient,) = found(base, "Patient?identifier=1557")
    assert len(found(base, f"Observation?patient={patient['id']}")) == 1


@pytest.mark.parametrize(("number", "numbers"), [(1561, "1561||"), (1562, "||1562")])
def test_a_sender_that_fills_only_an_older_field_means_its_own_patient(
    base: str, inbox: Inbox, number: int, numbers: str
) -> None:
    other = message(
        f"PID|1|{numbers}|{ANN}",
        header=f"MSH|^~\\&|ANALYSER|WEST|R1|R1|20260105110000||ADT^A08|{numbers}|P|2.5",
    )
    asyncio.run(deliver_all(inbox, base, admission(f"|{number}^^^WEST|", ANN), other))
    assert len(found(base, f"Patient?identifier={number}")) == 1


@pytest.mark.parametrize(
    ("number", "first", "then"),
    [
        (1571, "1571^^^WEST^MR~X1571^^^EPI^PI", "X1571^^^EPI^PI~1571^^^WEST^MR"),
        (1572, "X1572^^^EPI^PI~1572^^^WEST^MR", "1572^^^WEST^MR"),
    ],
)
def test_a_correction_finds_what_was_filed_under_another_number_of_its_patient(
    base: str, inbox: Inbox, number: int, first: str, then: str
) -> None:
    allergy = "IAM|1|DA|70^Penicillin^L|SV|Hives|A"
    corrected = (
        hemoglobin(then, f"F{number}").replace(b"20260105100000", b"20260105110000").replace(b"|5.1|", b"|15.1|")
    )
    taken_back = admission(f"|{then}|", ANN, allergy[:-1] + "D").replace(b"20260105080000", b"20260105120000")
    came = [admission(f"|{first}|", ANN, allergy), hemoglobin(first, f"F{number}"), corrected, taken_back]
    asyncio.run(deliver_all(inbox, base, *came))

    (patient,) = found(base, f"Patient?identifier={number}")
    (result,) = found(base, f"Observation?patient={patient['id']}")
    assert result["valueQuantity"]["value"] == 15.1
    (allergy_there,) = found(base, f"AllergyIntolerance?patient={patient['id']}")
    assert allergy_there["verificationStatus"]["coding"][0]["code"] == "entered-in-error"


def test_an_account_that_is_all_that_is_known_of_somebody_else_does_not_reach_what_is_theirs(
    base: str, inbox: Inbox
) -> None:
    allergy = "IAM|1|DA|70^Penicillin^L|SV|Hives|"
    bob = admission("|1582^^^WEST^AN|", BOB, allergy + "A")
    ann = admission("|1581^^^WEST^MR~1582^^^WEST^AN|", ANN, allergy + "D")
    asyncio.run(deliver_all(inbox, base, bob, ann))
    patient = named(base, 1582)["Beta"]
    (there,) = found(base, f"AllergyIntolerance?patient={patient['id']}")
    assert "verificationStatus" not in there


def test_a_merge_ends_the_patient_and_not_who_has_the_number_as_an_account(base: str, inbox: Inbox) -> None:
    header = "MSH|^~\\&|ADT|WEST|R1|R1|20260105090000||ADT^A40|1540|P|2.5"
    merge = message(f"PID|1||1540^^^WEST^MR||{ANN}", "MRG|1541^^^WEST^MR", header=header)
    asyncio.run(deliver_all(inbox, base, admission("|1540^^^WEST^MR~1541^^^WEST^AN|", ANN), merge))
    (kept,) = found(base, "Patient?identifier=1540")
    (gone,) = [patient for patient in found(base, "Patient?identifier=1541") if patient["id"] != kept["id"]]
    assert (kept.get("active", True), gone["active"]) == (True, False)
    assert kept["link"][0]["other"]["reference"] == f"Patient/{gone['id']}"


@pytest.mark.parametrize(
    ("number", "name", "delivered"), [(1591, "Alpha^Ann", True), (1592, "Beta^Bob", False), (1593, "", False)]
)
def test_a_birth_date_is_corrected_beside_a_new_first_number_where_record_number_and_name_stay(
    base: str, inbox: Inbox, number: int, name: str, delivered: bool
) -> None:
    corrected = admission(f"|E{number}^^^EPI^PI~{number}^^^WEST^MR|", f"{name}||19500110|F")
    asyncio.run(try_each(inbox, base, admission(f"|{number}^^^WEST^MR|", ANN), corrected))
    (patient,) = found(base, f"Patient?identifier={number}")
    assert patient["birthDate"] == ("1950-01-10" if delivered else "1950-01-01")


def test_a_birth_date_is_corrected_under_the_first_number(base: str, inbox: Inbox) -> None:
    asyncio.run(deliver_all(inbox, base, admission("|1531^^^WEST|", ANN), admission("|1531^^^WEST|", BOB)))
    (patient,) = found(base, "Patient?identifier=1531")
    assert patient["birthDate"] == "1990-02-02"

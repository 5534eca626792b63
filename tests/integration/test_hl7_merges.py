"""Merges that are reversed, come late or go on in chains, on a real FHIR server."""

import asyncio

import httpx
import pytest
from sqlalchemy import Engine

from adapters.fhir.auth import BearerToken
from adapters.fhir.client import FhirClient
from adapters.hl7v2.inbox import Inbox
from adapters.hl7v2.inbox_tables import State
from adapters.hl7v2.to_fhir.patient_systems import PatientSystems
from core.vault import PlainVault
from tests.access_log import MemoryLog
from tests.hl7_delivery import deliver_all, found, linked, try_each
from tests.sekmet_server import TOKEN
from tests.unit.hl7v2.hl7_data import message


def told(family: int, number: int, event: str, hour: str, pid_3: str, *segments: str) -> bytes:
    """A message about the patient with some numbers, ``a~b``: ``a1`` and ``b1`` where ``family`` is 1."""
    time = f"20260105{hour}0000+0000" if hour else "20260105"
    pid = f"PID|1||{'~'.join(f'{letter}{family}^^^MERGES^MR' for letter in pid_3.split('~'))}||Lind^Ann"
    return message(pid, *segments, header=f"MSH|^~\\&|ADT|WEST|R1|R1|{time}||{event}|{number}|P|2.5")


def merge(family: int, number: int, hour: str, kept: str, gone: str) -> bytes:
    ended = (f"MRG|{letter}{family}^^^MERGES^MR" for letter in gone.split())
    return told(family, number, "ADT^A40", hour, kept, *ended)


REVERSED = [("07", "b", "a"), ("08", "a", "b")]
CHAIN = [("07", "a", "b"), ("08", "c", "a")]
THIRD = "The patient that remains was merged into a third one"
UNCLEAR = "The server has these patients merged the other way round, and no times to tell which holds"


@pytest.mark.parametrize(
    ("family", "merges", "merged", "reason"),
    [
        (1, REVERSED, "b>a", ""),
        (2, [*REVERSED, *REVERSED], "b>a", "A newer merge of its patients, the other way round, stays"),
        (3, REVERSED[::-1], "b>a", "A newer merge of its patients, the other way round, stays"),
        (4, [*REVERSED, ("09", "b", "a"), *REVERSED], "a>b", "A newer merge of its patients"),
        (5, [("07", "b~a", "a"), ("08", "a~b", "b"), ("08", "a~b", "b")], "b>a", ""),
        (6, [*CHAIN, ("09", "a", "c")], "b>a c>a", ""),
        (7, [*CHAIN, *CHAIN, ("09", "c", "b")], "a>c b>a b>c", ""),
        (8, CHAIN[::-1], "a>c b>a", ""),
        (9, [*CHAIN, ("09", "b", "c")], "a>c b>a", THIRD),
        (10, [*CHAIN, ("09", "a", "d")], "a>c b>a", THIRD),
        (11, [("07", "b", "a"), ("08", "c", "a")], "a>b", "The patient that ends was merged into a third one"),
        (12, [("", "b", "a"), ("08", "a", "b")], "a>b", UNCLEAR),
        (13, [("07", "b", "a"), ("07", "a", "b")], "a>b", UNCLEAR),
        (14, [("07", "a", "b"), ("08", "c", "a b")], "a>c b>a b>c", ""),
        (15, [("07", "a", "b"), ("08", "c", "b a"), ("08", "c", "b a")], "a>c b>a b>c", ""),
    ],
)
def test_of_two_merges_the_newer_one_holds(
    base: str, inbox: Inbox, family: int, merges: list[tuple[str, str, str]], merged: str, reason: str
) -> None:
    known = [told(family, number, "ADT^A28", "06", letter) for number, letter in enumerate("abc")]
    merging = [merge(family, at, *told_of) for at, told_of in enumerate(merges, start=9)]
    asyncio.run(try_each(inbox, base, *known, *merging))

    listed = [item for item in inbox.listed() if item.reason]
    assert [item.reason.startswith(reason) for item in listed] == [True] * len(listed)
    assert (bool(reason), inbox.counts()[State.WAITING]) == (bool(listed), 0)
    names, people = {}, {}
    for letter in "abc":
        for patient in found(base, f"Patient?identifier={letter}{family}"):
            if patient["identifier"][0]["value"] == f"{letter}{family}":
                names[f"Patient/{patient['id']}"], people[letter] = letter, patient
    links = [(it, names[to], kind) for it, who in people.items() for to, kind in linked(who)]
    assert sorted(f"{it}>{to}" for it, to, kind in links if kind == "replaced-by") == merged.split()
    assert sorted(f"{to}>{it}" for it, to, kind in links if kind == "replaces") == merged.split()
    ended = {it for it, _, kind in links if kind == "replaced-by"}
    assert {it for it, who in people.items() if who.get("active") is False} == ended


def test_a_patient_whom_the_server_has_with_both_numbers_is_not_merged_into_itself(base: str, inbox: Inbox) -> None:
    merges = [merge(21, 2, "08", "a", "b"), merge(21, 3, "09", "a~b", "b"), merge(21, 4, "10", "b", "a")]
    asyncio.run(deliver_all(inbox, base, told(21, 1, "ADT^A28", "07", "a~b"), *merges))
    (patient,) = found(base, "Patient?identifier=b21")
    assert {"active", "link"} & patient.keys() == set()


def test_a_result_that_was_filed_before_a_merge_was_reversed_is_found(base: str, inbox: Inbox) -> None:
    def potassium(number: int, letter: str, value: str, status: str) -> bytes:
        obr = f"OBR|1||F22|2823-3^K^LN|||20260101||||||||||||||||||{status}"
        obx = f"OBX|1|NM|2823-3^K^LN||{value}|mmol/L|||||{status}"
        return told(22, number, "ORU^R01", f"{number:02}", letter, obr, obx)

    known = [told(22, number, "ADT^A28", "06", letter) for number, letter in enumerate("ab")]
    wrong, right = merge(22, 7, "07", "b", "a"), merge(22, 9, "09", "a", "b")
    came = (*known, wrong, potassium(8, "b", "6.9", "F"), right, potassium(10, "a", "4.9", "C"))
    asyncio.run(deliver_all(inbox, base, *came))

    (patient,) = found(base, "Patient?identifier=a22")
    assert patient["active"] is True

    async def read() -> None:
        async with FhirClient(base, log=MemoryLog(), auth=BearerToken(TOKEN)) as client:
            record = await client.read_patient(patient["id"])
        assert [it for it in record.unread if it.source.startswith("Patient/")] == []
        (result,) = [it for it in record.resources if it["resourceType"] == "Observation"]
        assert (result["status"], result["valueQuantity"]["value"]) == ("corrected", 4.9)

    asyncio.run(read())


def test_a_patient_of_the_server_and_of_senders_that_name_the_authority_differently_is_one(
    base: str, database: Engine
) -> None:
    mrn = "http://hospital.example/mrn"
    there = {"resourceType": "Patient", "identifier": [{"system": mrn, "value": "790"}], "name": [{"family": "Lind"}]}
    headers = {"Authorization": f"Bearer {TOKEN}"}
    created = httpx.post(f"{base}/Patient", json=there, headers=headers, timeout=30).json()["id"]

    local = "urn:r1:hl7v2:authority:"
    systems = PatientSystems({f"{local}WEST": mrn, "urn:oid:1.2.840.5": mrn, f"{local}LABWEST": mrn})
    inbox = Inbox(database, PlainVault(), systems)
    try:
        result = ("OBR|1||F790|718-7^Hb^LN|||20260105", "OBX|1|NM|718-7^Hb^LN||9|g/dL|||||F")
        header = "MSH|^~\\&|LAB|LABWEST|R1|R1|20260105||ORU^R01|790-{}|P|2.5"
        raws = [
            message("PID|1||790^^^WEST^MR||Lind^Eva", header=header.format(1).replace("ORU^R01", "ADT^A08")),
            message("PID|1||790^^^WEST&1.2.840.5&ISO^MR||Lind^Eva", *result, header=header.format(2)),
            message("PID|1||790||Lind^Eva", *result, header=header.format(3)),
        ]
        asyncio.run(deliver_all(inbox, base, *raws))
    finally:
        inbox.close()
    (patient,) = found(base, "Patient?identifier=790")
    (report,) = found(base, "DiagnosticReport?identifier=F790")
    assert patient["id"] == created
    assert report["subject"]["reference"] == f"Patient/{created}"

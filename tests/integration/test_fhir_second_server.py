"""A second opinion: the whole way on another FHIR server than sekmet, npm's Medplum router."""

import asyncio
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest

from adapters.fhir.bundle import PatientRecord
from adapters.fhir.client import FhirClient
from adapters.fhir.drafts import Clinician, Considered, make_draft
from adapters.fhir.to_case import to_case
from adapters.fhir.writeback import approve, withdraw
from adapters.hl7v2.deliver import Deliverer
from adapters.hl7v2.inbox import Inbox
from adapters.hl7v2.inbox_tables import State
from adapters.hl7v2.message import parse
from core.vault import PlainVault
from knowledge.medical.case import Case
from tests.access_log import MemoryLog
from tests.databases import sqlite_database
from tests.diagnosis_visits import WORDING
from tests.medical_fakes import Names, Reader
from tests.servers import node_program
from tests.unit.hl7v2.hl7_data import ADMIT, message


@pytest.fixture(scope="module")
def medplum() -> Iterator[str]:
    with node_program("medplum.mjs", "@medplum/fhir-router") as address:
        yield f"{address}/fhir"


def adt(event: str, number: int, *segments: str) -> bytes:
    header = f"MSH|^~\\&|ADT|WEST^2.16.840.1.113883.19.4^ISO|R1|R1|20260105||ADT^{event}|M{number}|P|2.5"
    return message(*segments, header=header)


def test_messages_reading_and_writing_back(medplum: str, tmp_path: Path) -> None:
    asyncio.run(the_whole_way(medplum, Inbox(sqlite_database(tmp_path), PlainVault())))


async def the_whole_way(base: str, inbox: Inbox) -> None:
    merge = ("PID|1||77^^^WEST^MR||Okafor^Amara", "MRG|78^^^WEST^MR")
    raws = [ADMIT, ADMIT.replace(b"|C1|", b"|C2|"), adt("A28", 1, "PID|1||78^^^WEST^MR||Okafor^A")]
    async with FhirClient(base, log=MemoryLog()) as client:
        other_number_first = message("PID|1||E7^^^EPI^PI~77^^^WEST^MR")
        for raw in (*raws, other_number_first, adt("A40", 2, *merge), adt("A40", 3, *merge)):
            await inbox.put(raw, parse(raw))
        deliverer = Deliverer(inbox, client)
        while inbox.counts()[State.WAITING]:
            assert await deliverer.once(), [item.reason for item in inbox.listed()]
        assert inbox.counts()[State.QUARANTINED] == 0
        inbox.close()

        (patient,) = [hit for _, hit in (await client.search("Patient", {"identifier": "77"})).entries]
        (gone,) = [hit for _, hit in (await client.search("Patient", {"identifier": "78"})).entries]
        assert (await client.search("Patient", {"identifier": "E7"})).entries == []
        assert (gone["active"], [link["type"] for link in gone["link"]]) == (False, ["replaced-by"])
        assert (patient["birthDate"], len(patient["link"])) == ("1984-03-21", 1)
        record = await client.read_patient(patient["id"])
        assert sorted(resource["resourceType"] for resource in record.resources) == ["AllergyIntolerance", "Encounter"]

        def case_of(read: PatientRecord) -> Case:
            return to_case(read, Reader(), Names(), today=date(2026, 4, 1))

        made = make_draft(
            record, [], summary="Allergy", considered=[Considered("Asthma")], knowledge="HPO", wording=WORDING
        )
        doctor = Clinician("Practitioner/dr", "Dr Ada Byron", f"Patient/{patient['id']}")
        written = await approve(client, made, doctor, digest=made.digest)
        again = await approve(client, made, doctor, digest=made.digest)
        assert (written.new, again.new, again.resources) == (True, False, written.resources)
        assert case_of(await client.read_patient(patient["id"])).findings == case_of(record).findings
        taken = await withdraw(client, made.id, doctor, written)
        async with httpx.AsyncClient(base_url=base) as http:
            impression = json.loads((await http.get(f"/{taken.resources[0]}")).content)
        assert impression["status"] == "entered-in-error"

"""From a message over MLLP to the card that a clinician sees; and a record so large that something could get lost."""

import asyncio
import functools
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest

from adapters.fhir.audit import AuditTrail
from adapters.fhir.auth import BearerToken
from adapters.fhir.bundle import make_record
from adapters.fhir.client import FhirClient
from adapters.hl7v2.deliver import Deliverer
from adapters.hl7v2.inbox import Inbox
from adapters.hl7v2.inbox_tables import State
from adapters.hl7v2.mllp import connect
from apps.diagnosis.service import DiagnosisService
from apps.hospital import screen_record
from benchmarks.ehr_fhir import large_patient
from core.vault import PlainVault
from knowledge.medical.case import Status
from tests.cds_hospital import Hospital, hook
from tests.sekmet_server import TOKEN, sekmet
from tests.unit.hl7v2.hl7_data import ADMIT, message
from tests.unit.hl7v2.hl7_fakes import listening


@pytest.fixture
def fhir(tmp_path: Path) -> Iterator[str]:
    with sekmet(tmp_path) as base:
        yield base


def test_an_admission_and_a_result_become_a_card(
    tmp_path: Path, diagnosis_service: DiagnosisService, fhir: str
) -> None:
    now = datetime.now(UTC).strftime("%Y%m%d%H%M%S+0000")
    pressure = message(
        "PID|1||77^^^WEST^MR||Okafor^Amara^Nkechi",
        f"OBR|1||F1|85354-9^Blood pressure^LN|||{now}|||||||||||||||{now}|||F",
        f"OBX|1|NM|8480-6^Systolic^LN||70|mm[Hg]^^UCUM||L|||F|||{now}",
        header=f"MSH|^~\\&|MON|WEST^2.16.840.1.113883.19.4^ISO|R1|R1|{now}||ORU^R01|M1|P|2.5",
    )
    hospital = Hospital(tmp_path, fhir, screen=functools.partial(screen_record, diagnosis_service))
    inbox = Inbox(hospital.database, PlainVault())

    async def deliver() -> None:
        async with listening(inbox) as port:
            sender = await connect("127.0.0.1", port)
            for raw in (ADMIT, pressure):
                assert b"MSA|AA" in await sender.send(raw)
            await sender.close()
        log = hospital.trail.user("HL7 v2 delivery")
        async with FhirClient(fhir, log=log, auth=BearerToken(TOKEN), timeout=60) as client:
            while inbox.counts()[State.WAITING]:
                await Deliverer(inbox, client).once()

    asyncio.run(deliver())
    assert inbox.counts()[State.DONE] == 2
    inbox.close()

    found = httpx.get(f"{fhir}/Patient?identifier=77", headers={"Authorization": f"Bearer {TOKEN}"}).json()
    (patient,) = (entry["resource"]["id"] for entry in found["entry"])
    access = {"access_token": TOKEN, "token_type": "Bearer"}
    context = {"userId": "Practitioner/dr", "patientId": patient}
    answer = hospital.post(hook(context=context, fhirServer=fhir, fhirAuthorization=access))
    assert answer.status_code == 200, answer.text
    (card,) = answer.json()["cards"]
    assert card["indicator"] == "warning"
    assert "**Shock** (possible, unreviewed)" in card["detail"]
    assert "Seen in Observation/" in card["detail"]
    assert "Okafor" not in answer.text

    trail = AuditTrail(hospital.database, b"k" * 32)
    users = [event["agent"][1]["who"]["identifier"]["value"] for event in trail.events(f"Patient/{patient}")]
    assert set(users) == {"HL7 v2 delivery", "https://ehr.example.org Practitioner/dr"}
    assert trail.verify().events >= len(users)
    hospital.database.dispose()


def test_a_very_large_record_is_read_to_its_last_resource(diagnosis_service: DiagnosisService) -> None:
    resources, notes = 10_000, 300

    record = make_record([("", resource) for resource in large_patient(resources, notes)], origin="test")
    case = diagnosis_service.read_record(record)

    assert len(record.resources) == resources - 1  # all but the patient
    assert len({measurement.source for measurement in case.measurements}) == resources - 1 - notes
    (seizure,) = (finding for finding in case.findings if finding.code == "HP:0001250")
    assert seizure.status is Status.PRESENT
    assert len({evidence.source for evidence in seizure.evidence}) == notes
    (fever,) = (finding for finding in case.findings if finding.code == "HP:0001945")
    assert len({evidence.source for evidence in fever.evidence}) == notes
    assert case.age_years is not None
    assert case.age_years > (date(2026, 1, 1) - date(1960, 2, 3)).days / 365.25
    assert diagnosis_service.red_flags(case) is not None

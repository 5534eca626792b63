"""FhirClient against a real FHIR server, sekmet-fhir, in a process of its own."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters.fhir.auth import BearerToken
from adapters.fhir.bundle import PatientRecord, parse_bundle
from adapters.fhir.client import FhirClient
from adapters.fhir.gather import PAGE_SIZE
from adapters.fhir.reasons import Reason
from adapters.fhir.to_case import to_case
from adapters.hl7v2.tls import server_tls
from core.errors import FhirServerError, FhirUnreachableError
from knowledge.medical.case import Case, Unread
from tests.access_log import MemoryLog
from tests.integration.mllp_tls import Authority
from tests.medical_fakes import Names, Reader
from tests.sekmet_server import TOKEN, sekmet, transaction
from tests.servers import free_port

SAMPLES = sorted((Path(__file__).parents[2] / "apps/diagnosis/sample_hospital").glob("*.json"))

# sekmet-fhir 0.1.1 finds no FamilyMemberHistory by patient, neither by search nor by $everything.
NO_FAMILY_SEARCH = (Unread("FamilyMemberHistory", Reason.REFUSED_BY_SERVER, "400"),)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base URL of a server with the sample patients, which wants a bearer token."""
    samples = (json.loads(sample.read_bytes()) for sample in SAMPLES)
    with sekmet(tmp_path_factory.mktemp("sekmet"), *samples, patient_of_two_pages()) as base:
        yield base


def patient_of_two_pages() -> dict[str, Any]:
    resources: list[dict[str, Any]] = [{"resourceType": "Patient", "id": "many"}]
    for number in range(PAGE_SIZE + 1):
        subject = {"reference": "Patient/many"}
        observation = {"resourceType": "Observation", "id": f"many-{number}", "status": "final", "subject": subject}
        resources.append({**observation, "code": {"text": "height"}})
    return transaction(*resources)


def read(base: str, patient_id: str, token: str | None = TOKEN) -> PatientRecord:
    async def run() -> PatientRecord:
        auth = BearerToken(token) if token else None
        async with FhirClient(base, log=MemoryLog(), auth=auth) as client:
            return await client.read_patient(patient_id)

    return asyncio.run(run())


def kinds(record: PatientRecord) -> Counter[str]:
    return Counter(resource["resourceType"] for resource in record.resources)


def case_of(record: PatientRecord) -> Case:
    case = to_case(record, Reader(), Names(), today=date(2026, 4, 1))
    by_code = sorted(case.findings, key=lambda finding: finding.code)  # a server answers in an order of its own
    by_source = [replace(f, evidence=tuple(sorted(f.evidence, key=lambda e: (e.source, e.phrase)))) for f in by_code]
    return replace(case, findings=tuple(by_source), unread=())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_patient_is_the_same_from_the_server_as_from_the_file(server: str, sample: Path) -> None:
    from_server = read(server, sample.stem)
    from_file = parse_bundle(sample.read_bytes(), origin=sample.name)

    assert from_server.unread == NO_FAMILY_SEARCH
    assert kinds(from_server) == kinds(from_file) - Counter(FamilyMemberHistory=2)
    assert case_of(from_server) == case_of(from_file)


def test_pages_are_followed_to_the_last(server: str) -> None:
    in_pages = read(server, "many")

    assert kinds(in_pages)["Observation"] == PAGE_SIZE + 1
    assert in_pages.unread == NO_FAMILY_SEARCH


def test_a_patient_who_is_not_there(server: str) -> None:
    with pytest.raises(FhirServerError) as caught:
        read(server, "nobody")

    assert caught.value.status == 404
    assert "(not-found)" in str(caught.value)


@pytest.mark.parametrize("token", [None, "wrong"])
def test_no_access_without_the_token(server: str, token: str | None) -> None:
    with pytest.raises(FhirServerError) as caught:
        read(server, "amara-okafor", token)

    assert caught.value.status == 401
    assert "R1_FHIR_TOKEN" in caught.value.hint


@pytest.mark.parametrize(
    ("has_tls", "fault", "hint"),
    [
        (True, "unable to get local issuer certificate", "SSL_CERT_FILE"),
        (False, "WRONG_VERSION_NUMBER", "http or https"),
        (None, "Connection refused", "R1_FHIR_URL"),
    ],
)
def test_why_there_is_no_connection(tmp_path: Path, has_tls: bool | None, fault: str, hint: str) -> None:
    authority = Authority(tmp_path, "hospital")
    tls = server_tls(*authority.issue("server"), None) if has_tls else None

    async def closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 \r\n\r\n")
        writer.close()

    async def ask(port: int) -> None:
        async with FhirClient(f"https://localhost:{port}/fhir", log=MemoryLog()) as client:
            await client.capabilities()

    async def run() -> None:
        if has_tls is None:
            await ask(free_port())
        async with await asyncio.start_server(closes, "localhost", 0, ssl=tls) as server:
            await ask(server.sockets[0].getsockname()[1])

    with pytest.raises(FhirUnreachableError, match=fault) as caught:
        asyncio.run(run())
    assert hint in caught.value.hint

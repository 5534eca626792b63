"""FhirClient against a real FHIR server, sekmet-fhir, in a process of its own."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.fhir.bundle import PatientRecord, parse_bundle
from adapters.fhir.client import PAGE_SIZE, FhirClient
from adapters.fhir.reasons import Reason
from adapters.fhir.to_case import to_case
from core.errors import FhirServerError
from knowledge.medical.case import Case, Evidence, Finding, Status, Unread
from tests.conftest import require_module

SAMPLES = sorted((Path(__file__).parents[2] / "apps/diagnosis/sample_hospital").glob("*.json"))
TOKEN = "a-token-for-tests"
# sekmet-fhir 0.1.1 has no search of FamilyMemberHistory by patient, and says so.
NO_FAMILY_SEARCH = (Unread("FamilyMemberHistory", Reason.REFUSED_BY_SERVER, "400"),)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base URL of a server with the sample patients, which wants a bearer token."""
    require_module("sekmet")
    folder = tmp_path_factory.mktemp("sekmet")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base = f"http://127.0.0.1:{port}/fhir"
    settings = {
        "base_url": base,
        "data_dir": str(folder),
        "simulator": {"enabled": False},
        "server_auth": {"types": ["bearer"], "tokens": [TOKEN]},
    }
    (folder / "settings.yaml").write_text(json.dumps(settings), encoding="utf-8")  # JSON is YAML
    command = [sys.executable, "-m", "uvicorn", "--factory", "sekmet.main:app_factory", "--port", str(port)]
    environment = {**os.environ, "SEKMET_CONFIG": str(folder / "settings.yaml")}
    with (folder / "log").open("wb") as log, httpx.Client(headers={"Authorization": f"Bearer {TOKEN}"}) as http:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            _wait_for(http, f"{base}/metadata", process)
            for transaction in (*(json.loads(sample.read_bytes()) for sample in SAMPLES), patient_of_two_pages()):
                answer = http.post(base, json=transaction, timeout=60)
                assert answer.status_code == 200, answer.text
            yield base
        finally:
            process.terminate()
            process.wait(timeout=10)


def patient_of_two_pages() -> dict[str, Any]:
    resources: list[dict[str, Any]] = [{"resourceType": "Patient", "id": "many"}]
    for number in range(PAGE_SIZE + 1):
        subject = {"reference": "Patient/many"}
        observation = {"resourceType": "Observation", "id": f"many-{number}", "status": "final", "subject": subject}
        resources.append({**observation, "code": {"text": "height"}})
    entries = [
        {"resource": resource, "request": {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"}}
        for resource in resources
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _wait_for(http: httpx.Client, url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        assert process.poll() is None, "the server did not start"
        try:
            if http.get(url, timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail("the server gave no answer within 30 s")


def read(base: str, patient_id: str, token: str | None = TOKEN) -> PatientRecord:
    async def run() -> PatientRecord:
        async with FhirClient(base, token=token) as client:
            return await client.read_patient(patient_id)

    return asyncio.run(run())


class Names:
    """Takes every code for a finding."""

    def resolve(self, code: str) -> str | None:
        return code

    def name(self, code: str) -> str:
        return code


@dataclass(frozen=True)
class Read:
    findings: tuple[Finding, ...]
    unread: tuple[Unread, ...] = ()


class Reader:
    """Takes every text as one finding, named by its length."""

    def read(self, text: str, *, source: str, date: date | None = None) -> Read:
        return Read((Finding(f"text of {len(text)}", "", Status.PRESENT, (Evidence(source, text, date),)),))


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
    assert caught.value.diagnostics == ("not-found",)


@pytest.mark.parametrize("token", [None, "wrong"])
def test_no_access_without_the_token(server: str, token: str | None) -> None:
    with pytest.raises(FhirServerError) as caught:
        read(server, "amara-okafor", token)

    assert caught.value.status == 401
    assert "R1_FHIR_TOKEN" in caught.value.hint

"""A FHIR server written by hand, which a test tells what to answer, and the client that asks it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx

from adapters.fhir.auth import BearerToken
from adapters.fhir.bundle import PatientRecord
from adapters.fhir.client import FhirClient
from tests.access_log import MemoryLog

BASE = "https://ehr.example.org/fhir"
SLOW = httpx.ReadTimeout("slow")
Answer = httpx.Response | Exception
T = TypeVar("T")


def condition(number: int) -> dict[str, Any]:
    return {"resourceType": "Condition", "id": str(number), "subject": {"reference": "Patient/p"}}


def page(*resources: dict[str, Any], following: str = "") -> httpx.Response:
    links = [{"relation": "next", "url": following}] if following else []
    entries = [{"resource": resource} for resource in resources]
    return httpx.Response(200, json={"resourceType": "Bundle", "type": "searchset", "link": links, "entry": entries})


def outcome(status: int, code: str = "processing", **headers: str) -> httpx.Response:
    issue = {"severity": "error", "code": code, "diagnostics": "Jane Doe is secret"}
    return httpx.Response(status, json={"resourceType": "OperationOutcome", "issue": [issue]}, headers=headers)


class Server:
    """Answers with what a test puts under a path, else as an R4 server with one patient and nothing more.

    A list is answered one by one; its last entry stays.
    """

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer] | Callable[[httpx.Request], httpx.Response]] = {}
        self.requests: list[httpx.Request] = []
        self.log = MemoryLog()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = request.url.path.removeprefix("/fhir/")
        match self.answers.get(path):
            case list() as answers:
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                if isinstance(answer, Exception):
                    raise answer
                # A response can be read once, so each is given as a copy.
                return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
            case None:
                return self._plain(path)
            case respond:
                return respond(request)

    @staticmethod
    def _plain(path: str) -> httpx.Response:
        if path == "metadata":
            return httpx.Response(200, json={"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1"})
        if path == "Patient/p":
            return httpx.Response(200, json={"resourceType": "Patient", "id": "p"})
        return page() if path.endswith("/_search") else outcome(404, "not-found")

    def read(self, patient_id: str = "p", **options: Any) -> PatientRecord:
        return self.ask(lambda client: client.read_patient(patient_id), **options)

    def ask(self, work: Callable[[FhirClient], Awaitable[T]], *, token: str = "", **options: Any) -> T:
        async def run() -> T:
            auth = BearerToken(token) if token else None
            transport = httpx.MockTransport(self)
            async with FhirClient(BASE, log=self.log, auth=auth, transport=transport, **options) as client:
                return await work(client)

        return asyncio.run(run())

"""Deliveries to a real FHIR server, and one delivery to a server that answers as a test says."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from adapters.fhir.audit import AuditTrail, UserLog
from adapters.fhir.auth import BearerToken
from adapters.fhir.client import FhirClient
from adapters.fhir.elements import Json
from adapters.hl7v2.deliver import Deliverer
from adapters.hl7v2.inbox import Inbox, Listed
from adapters.hl7v2.inbox_tables import State
from adapters.hl7v2.message import parse
from tests.sekmet_server import TOKEN
from tests.unit.hl7v2.hl7_data import ADMIT, message

KEY = b"k" * 32


@asynccontextmanager
async def delivering(inbox: Inbox, base: str) -> AsyncIterator[Deliverer]:
    log = AuditTrail(inbox.database, KEY).user("HL7 v2 delivery")
    async with FhirClient(base, log=log, auth=BearerToken(TOKEN), timeout=60) as client:
        yield Deliverer(inbox, client)


async def deliver_all(inbox: Inbox, base: str, *raws: bytes) -> None:
    async with delivering(inbox, base) as deliverer:
        for raw in raws:
            await inbox.put(raw, parse(raw))
        while inbox.counts()[State.WAITING]:
            assert await deliverer.once(), [item.reason for item in inbox.listed() if item.reason]
    assert [item.reason for item in inbox.listed(State.QUARANTINED)] == []


async def try_each(inbox: Inbox, base: str, *raws: bytes) -> None:
    """Each once, whatever becomes of it."""
    async with delivering(inbox, base) as deliverer:
        for raw in raws:
            await inbox.put(raw, parse(raw))
            await deliverer.once()


def found(base: str, query: str) -> list[Json]:
    answer = httpx.get(f"{base}/{query}", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
    assert answer.status_code == 200, answer.text
    return [entry["resource"] for entry in answer.json().get("entry", [])]


def linked(patient: Json) -> list[tuple[str, str]]:
    return [(link["other"]["reference"], link["type"]) for link in patient.get("link", [])]


def update_of(patient: int, number: int) -> bytes:
    header = f"MSH|^~\\&|ADT|WEST|R1|R1|20260105||ADT^A08|{patient}-{number}|P|2.5"
    return message(f"PID|1||{patient}^^^WEST||Lind^N{number}||1970|M", header=header)


def bundle(kind: str, *responses: Json, **resource: Any) -> httpx.Response:
    return httpx.Response(200, json={"resourceType": "Bundle", "type": kind, "entry": list(responses), **resource})


class Server:
    """Finds ``patients``, and answers each transaction with the next of ``answers``; after the last it takes all."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.transactions: list[Json] = []
        self.patients: list[Json] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/_search"):
            return bundle("searchset", *({"resource": patient} for patient in self.patients))
        self.transactions.append(json.loads(request.content))
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        entries = self.transactions[-1]["entry"]
        kinds = [entry["resource"]["resourceType"] for entry in entries]
        return bundle(
            "transaction-response",
            *({"response": {"status": "201", "location": f"{kind}/{i}/_history/1"}} for i, kind in enumerate(kinds)),
        )


def deliver_once(
    inbox: Inbox, server: Server, log: UserLog, raw: bytes = ADMIT, auth: httpx.Auth | None = None
) -> Listed:
    async def run() -> None:
        await inbox.put(raw, parse(raw))
        transport = httpx.MockTransport(server)
        async with FhirClient("http://127.0.0.1/fhir", log=log, auth=auth, transport=transport) as client:
            await Deliverer(inbox, client).once()

    asyncio.run(run())
    (listed,) = inbox.listed()
    return listed


def status(number: int) -> httpx.Response:
    issue = {"severity": "error", "code": "invalid", "diagnostics": "Okafor"}
    return httpx.Response(number, json={"resourceType": "OperationOutcome", "issue": [issue]})

"""A server that answers deliveries as a test says, and one delivery to it."""

import asyncio
import json
from typing import Any

import httpx

from adapters.fhir.audit import UserLog
from adapters.fhir.client import FhirClient
from adapters.fhir.elements import Json
from adapters.hl7v2.deliver import Deliverer
from adapters.hl7v2.inbox import Inbox, Listed
from adapters.hl7v2.message import parse
from tests.unit.hl7v2.hl7_data import ADMIT, message


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


def deliver_once(inbox: Inbox, server: Server, log: UserLog, raw: bytes = ADMIT) -> Listed:
    async def run() -> None:
        await inbox.put(raw, parse(raw))
        async with FhirClient("http://127.0.0.1/fhir", log=log, transport=httpx.MockTransport(server)) as client:
            await Deliverer(inbox, client).once()

    asyncio.run(run())
    (listed,) = inbox.listed()
    return listed


def status(number: int) -> httpx.Response:
    issue = {"severity": "error", "code": "invalid", "diagnostics": "Okafor"}
    return httpx.Response(number, json={"resourceType": "OperationOutcome", "issue": [issue]})

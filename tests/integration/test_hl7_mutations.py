"""Mutated messages all the way: taken in, kept, converted, delivered; and what no part of that logs."""

import asyncio
import json
import logging
import random
import re
from pathlib import Path

import httpx
import pytest
from hypothesis import settings

from adapters.fhir.client import FhirClient
from adapters.hl7v2.deliver import Deliverer
from adapters.hl7v2.inbox import Inbox
from adapters.hl7v2.inbox_tables import State
from adapters.hl7v2.receive import Receiver
from core.vault import PlainVault
from tests.access_log import MemoryLog
from tests.conftest import public_data
from tests.databases import sqlite_database
from tests.unit.hl7v2.hl7_data import ADMIT, message

RESULT = message(
    "PID|1||88^^^WEST^MR||Okafor^Amara||19840321|F",
    "ORC|RE|P1|F1",
    "OBR|1|P1|F1|718-7^Hemoglobin^LN|||20260101|||||||||9001^Penicillin^Tomas||||||||F",
    "OBX|1|NM|718-7^Hemoglobin^LN||9.1|g/dL^^UCUM|12-16|L|||F|||20260101",
    "OBX|2|TX|8251-1^Comment^LN||Mill Lane||||||F",
    "NTE|1||Amara",
)
SECRETS = ("Okafor", "Amara", "Mill Lane", "Penicillin", "5550100")
PIECES = [b"|", b"^", b"~", b"\\", b"&", b"\r", b"\x00", b"\xff", b"\\X", b"||||", b"19840321", b"-1", b"1e9", b"NM"]


def mutated(chance: random.Random, seeds: list[bytes]) -> bytes:
    content = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(min(90, len(content)), len(content) + 1)  # the header mostly stays, so that it is kept
        until = min(len(content), at + chance.choice((0, 0, 1, 1, 5, 40)))
        content[at:until] = chance.choice([*PIECES, content[at:until] * 3, chance.randbytes(3)])
    return bytes(content)


class Server:
    """Finds nothing and takes everything; what it is sent must be JSON without a hole."""

    def __init__(self) -> None:
        self.taken = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert not re.search(r"[?&]", str(request.url))  # nothing of a patient in an address
        if request.url.path.endswith("/_search"):
            return httpx.Response(200, json={"resourceType": "Bundle", "type": "searchset"})
        entries = json.loads(request.content)["entry"]
        assert all(entry["resource"]["resourceType"] and entry["request"]["url"] for entry in entries)
        assert not [entry for entry in entries if _hole(entry["resource"])]
        self.taken += 1
        answer = [{"response": {"status": "201", "location": f"Basic/{n}"}} for n, _ in enumerate(entries)]
        return httpx.Response(200, json={"resourceType": "Bundle", "type": "transaction-response", "entry": answer})


def _hole(value: object) -> bool:
    """FHIR has no empty string, list or object, and no null."""
    if isinstance(value, dict):
        return not value or any(map(_hole, value.values()))
    if isinstance(value, list):
        return not value or any(map(_hole, value))
    return value is None or value == ""


def test_mutated_messages_are_delivered_or_say_why_not(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    chance = random.Random(20261125)
    public = [
        path.read_bytes() for path in sorted(public_data("ehr", "hl7v2").glob("*.hl7")) if path.stat().st_size < 9000
    ]
    seeds = [ADMIT, RESULT, *public]
    inbox = Inbox(sqlite_database(tmp_path), PlainVault())
    server, log = Server(), MemoryLog()
    silent = 0

    async def run() -> None:
        nonlocal silent
        receiver = Receiver(inbox)
        transport = httpx.MockTransport(server)
        async with FhirClient("http://127.0.0.1/fhir", log=log, transport=transport) as client:
            deliverer = Deliverer(inbox, client)
            for done in range(0, settings.default.max_examples, 50):
                batch = [mutated(chance, seeds) for _ in range(min(50, settings.default.max_examples - done))]
                answers = await asyncio.gather(*map(receiver.receive, batch))
                silent += sum(not answer for answer in answers)
                assert not any(b"could not be read" in part for answer in answers for part in answer)
                while await deliverer.once():
                    pass

    asyncio.run(run())
    counts, reasons = inbox.counts(), {item.reason for item in inbox.listed(limit=100_000)}
    inbox.close()
    assert [reason for reason in reasons if "could not be converted" in reason] == []
    assert counts[State.WAITING] == 0
    assert counts[State.DONE] > settings.default.max_examples // 3  # many are refused as soon as they come
    assert silent < settings.default.max_examples // 20  # acknowledgements, and those whose header asks for none
    logged = "\n".join(f"{record.getMessage()} {record.exc_info}" for record in caplog.records)
    logged += "\n".join(reasons) + repr(log.accesses)
    assert [secret for secret in SECRETS if secret in logged] == []

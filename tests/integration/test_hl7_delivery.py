"""From a sender over MLLP through the inbox to a real FHIR server."""

import asyncio
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.fhir.elements import Json
from adapters.hl7v2.deliver import Deliverer
from adapters.hl7v2.inbox import Inbox, State
from adapters.hl7v2.message import parse
from adapters.hl7v2.sink import HttpSink
from adapters.hl7v2.to_fhir.convert import KNOWN
from adapters.hl7v2.vault import PlainVault
from core.db import open_database
from core.errors import FhirServerError, SettingsError
from tests.databases import MIGRATIONS
from tests.fhir_server import TOKEN, fhir_server
from tests.unit.hl7v2.hl7_data import ADMIT, data_folder, message


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with fhir_server(tmp_path_factory.mktemp("sekmet"), free_port()) as base:
        yield base


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    made = Inbox(open_database(f"sqlite:///{tmp_path / 'r1.db'}", MIGRATIONS), PlainVault())
    yield made
    made.close()


@asynccontextmanager
async def delivering(inbox: Inbox, base: str) -> Any:
    sink = HttpSink(base, token=TOKEN, timeout=60)
    yield Deliverer(inbox, sink)
    await sink.close()


async def deliver_all(inbox: Inbox, base: str, *raws: bytes) -> None:
    async with delivering(inbox, base) as deliverer:
        for raw in raws:
            await inbox.put(raw, parse(raw))
        while inbox.counts()[State.WAITING]:
            assert await deliverer.once(), [item.reason for item in inbox.listed() if item.reason]
    assert [item.reason for item in inbox.listed(State.QUARANTINED)] == []


def found(base: str, query: str) -> list[Json]:
    answer = httpx.get(f"{base}/{query}", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
    assert answer.status_code == 200, answer.text
    return [entry["resource"] for entry in answer.json().get("entry", [])]


def test_an_admission_and_its_repetition(server: str, inbox: Inbox) -> None:
    again = ADMIT.replace(b"|C1|", b"|C2|")
    asyncio.run(deliver_all(inbox, server, ADMIT, again))

    (patient,) = found(server, "Patient?identifier=77")
    (encounter,) = found(server, "Encounter?identifier=V55")
    (allergy,) = found(server, f"AllergyIntolerance?patient={patient['id']}")
    assert patient["name"][0]["family"] == "Okafor"
    assert encounter["subject"]["reference"] == f"Patient/{patient['id']}"
    assert allergy["code"]["coding"][0]["code"] == "7980"
    assert len(found(server, "Practitioner?identifier=9001")) == 1


def test_a_message_that_says_less_takes_nothing_away(server: str, inbox: Inbox) -> None:
    header = "MSH|^~\\&|ADT|WEST|R1|R1|20260105||ADT^A08|{}|P|2.5"
    full = message("PID|1||501^^^WEST||Lind^Tomas||1970|M|||1 Road", header=header.format(1))
    thin = message("PID|1||501^^^WEST||Lind^Thomas", header=header.format(2))
    asyncio.run(deliver_all(inbox, server, full, thin))

    (patient,) = found(server, "Patient?identifier=501")
    assert (patient["name"][0]["given"], patient["birthDate"], patient["gender"]) == (["Thomas"], "1970", "male")
    assert patient["address"][0]["line"] == ["1 Road"]


def test_a_merge_keeps_both_patients(server: str, inbox: Inbox) -> None:
    header = "MSH|^~\\&|ADT|WEST|R1|R1|20260105||ADT^{}|{}|P|2.5"
    asyncio.run(
        deliver_all(
            inbox,
            server,
            message("PID|1||601^^^WEST||Old^Record||1970|M", header=header.format("A28", 1)),
            message("PID|1||602^^^WEST||New^Record||1970|M", header=header.format("A28", 2)),
            message("PID|1||602^^^WEST||New^Record", "MRG|601^^^WEST", header=header.format("A40", 3)),
        )
    )
    (gone,) = found(server, "Patient?identifier=601")
    (kept,) = found(server, "Patient?identifier=602")
    assert (gone["active"], gone["name"][0]["family"], gone["birthDate"]) == (False, "Old", "1970")
    assert gone["link"] == [{"other": {"reference": f"Patient/{kept['id']}"}, "type": "replaced-by"}]
    assert kept["link"] == [{"other": {"reference": f"Patient/{gone['id']}"}, "type": "replaces"}]
    assert (kept["gender"], kept.get("active", True)) == ("male", True)


def test_a_corrected_result_replaces_the_first(server: str, inbox: Inbox) -> None:
    def result(number: int, value: str, status: str) -> bytes:
        return message(
            "PID|1||701^^^WEST",
            f"OBR|1||F9|718-7^Hemoglobin^LN|||20260101||||||||||||||||||{status}",
            f"OBX|1|NM|718-7^Hemoglobin^LN||{value}|g/dL^^UCUM|12-16|L|||{status}",
            header=f"MSH|^~\\&|LAB|WEST|R1|R1|20260102030405||ORU^R01|R{number}|P|2.5",
        )

    asyncio.run(deliver_all(inbox, server, result(1, "9.1", "F"), result(2, "10.1", "C")))

    (patient,) = found(server, "Patient?identifier=701")
    (observation,) = found(server, f"Observation?patient={patient['id']}")
    (report,) = found(server, f"DiagnosticReport?patient={patient['id']}")
    assert (observation["status"], observation["valueQuantity"]["value"]) == ("corrected", 10.1)
    assert report["result"] == [{"reference": f"Observation/{observation['id']}"}]


def test_public_messages_of_each_kind_are_delivered(server: str, inbox: Inbox) -> None:
    by_kind: dict[str, bytes] = {}
    for path in sorted((data_folder() / "hl7v2").glob("*.hl7")):
        raw = path.read_bytes()
        by_kind.setdefault(parse(raw).kind, raw)
    known = [raw for kind, raw in by_kind.items() if kind in KNOWN]
    asyncio.run(deliver_all(inbox, server, *known))
    assert inbox.counts()[State.DONE] == len(known) > 0


def test_the_server_is_away_for_a_while(inbox: Inbox, tmp_path: Path) -> None:
    port = free_port()

    async def run() -> None:
        async with delivering(inbox, f"http://127.0.0.1:{port}/fhir") as deliverer:
            await inbox.put(ADMIT, parse(ADMIT))
            worker = asyncio.create_task(deliverer.run())
            await asyncio.sleep(3)
            assert inbox.counts()[State.WAITING] == 1
            with fhir_server(tmp_path, port) as base:
                async with asyncio.timeout(60):
                    while inbox.counts()[State.WAITING]:
                        await asyncio.sleep(0.2)
                assert len(await asyncio.to_thread(found, base, "Patient?identifier=77")) == 1
            worker.cancel()

    asyncio.run(run())
    (listed,) = inbox.listed()
    assert (listed.state, listed.attempts) == (State.DONE, 1)


def test_a_token_does_not_travel_unencrypted() -> None:
    with pytest.raises(SettingsError, match="unencrypted"):
        HttpSink("http://fhir.example/r4", token=TOKEN)


class FailingSink:
    """Answers each transaction with the next status; after the last it takes all."""

    def __init__(self, *statuses: int | None) -> None:
        self.statuses = list(statuses)
        self.calls: Counter[str] = Counter()

    async def transaction(self, bundle: Json) -> Json:
        if self.statuses:
            raise FhirServerError("It failed", status=self.statuses.pop(0), diagnostics=("invalid",))
        self.calls[bundle["entry"][0]["request"]["method"]] += 1
        return {"resourceType": "Bundle"}


@pytest.mark.parametrize(
    ("statuses", "state", "attempts", "reason"),
    [
        ((400,), State.QUARANTINED, 1, "It failed invalid"),
        ((422,), State.QUARANTINED, 1, "It failed invalid"),
        ((None,), State.WAITING, 0, "It failed invalid"),
        ((503,), State.WAITING, 0, "It failed invalid"),
        ((401,), State.WAITING, 0, "It failed invalid"),
        ((412,), State.WAITING, 1, "It failed invalid"),
        ((500,), State.WAITING, 1, "It failed invalid"),
        ((), State.DONE, 1, ""),
    ],
)
def test_failures(inbox: Inbox, statuses: tuple[int | None, ...], state: State, attempts: int, reason: str) -> None:
    async def run() -> None:
        await inbox.put(ADMIT, parse(ADMIT))
        await Deliverer(inbox, FailingSink(*statuses)).once()

    asyncio.run(run())
    (listed,) = inbox.listed()
    assert (listed.state, listed.attempts, listed.reason) == (state, attempts, reason)

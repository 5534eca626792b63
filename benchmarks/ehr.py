"""HL7 v2 over MLLP into the durable inbox: throughput, acknowledgement latency, and what survives kill -9.

Runs the receiver in its own process, as ``r1 ehr listen``, with encryption. The disk's fsync time is reported as well,
since no durable acknowledgement can be faster. The FHIR server in the outage test is sekmet-fhir. FHIR-only benchmarks
are in :mod:`benchmarks.ehr_fhir`.
"""

import asyncio
import base64
import hashlib
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Self

from adapters.hl7v2.inbox import Inbox
from adapters.hl7v2.inbox_tables import State
from adapters.hl7v2.message import parse
from adapters.hl7v2.mllp import MllpClient, connect
from adapters.hl7v2.to_fhir import convert
from apps.bootstrap import open_suite_database
from benchmarks.common import report
from benchmarks.ehr_fhir import conversion, diagnosis_figures
from core.settings import Settings
from core.vault import open_vault, write_key
from tests.command import R1
from tests.sekmet_server import TOKEN, http, sekmet
from tests.servers import free_port

CONNECTIONS = 32
SECONDS = 20.0
KILLS = 20
PATIENTS = 40
AWAY = 300.0  # seconds
_REPORTED = (
    *("mllp_msg_s", "ack_p99_ms", "fsync_ms", "kills", "lost", "duplicated", "reordered", "mdm_2mb_ms"),
    *("converted", "judged_valid", "card_p95_ms"),
)


def main() -> None:
    """Measures everything."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(dir=os.environ.get("R1_HOME")) as name:
        folder = Path(name)
        figures |= fsync(folder / "fsync")
        for part in (throughput, large_document, kills, outage):
            with Listener(folder / part.__name__) as listener:
                figures |= asyncio.run(part(listener))
            print(f"{part.__name__}: {figures}", file=sys.stderr, flush=True)
        figures |= diagnosis_figures(folder / "diagnosis")
    figures |= conversion()
    rows = [[name, f"{value:g}"] for name, value in figures.items()]
    reported = {name: figures[name] for name in _REPORTED if name in figures}
    report("ehr", "HL7 v2 and FHIR", ["figure", "value"], rows, reported)


class Listener:
    """``r1 ehr listen`` in a process with its own home and key, which ends with the block."""

    def __init__(self, home: Path) -> None:
        home.mkdir()
        self.home, self.port = home, free_port()
        write_key(home / "keys")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process and self._process.poll() is None:
            self.kill()

    async def start(self, **more: str) -> None:
        """Starts it and returns once it accepts connections."""
        settings = {**more, "R1_HOME": self.home, "R1_MLLP_PORT": self.port, "R1_INBOX_KEY_FILE": self.home / "keys"}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("R1_")}
        environment |= {name: str(value) for name, value in settings.items()} | {"R1_LOG_LEVEL": "warning"}
        command = [*R1, "ehr", "listen"]
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        while True:
            try:
                client = await connect("127.0.0.1", self.port)
            except OSError:
                if self._process.poll() is not None:
                    sys.exit((self.home / "log").read_text())
                await asyncio.sleep(0.05)
            else:
                await client.close()
                return

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Sends it a signal and waits until it has ended."""
        assert self._process
        self._process.send_signal(number)
        self._process.wait(timeout=30)

    def inbox(self) -> Inbox:
        """Opens its inbox."""
        settings = Settings(home=self.home)
        return Inbox(open_suite_database(settings), open_vault(self.home / "keys", volume_encrypted=False))


def result(control_id: str, patient: int, number: int) -> bytes:
    """A laboratory result with ten values, about 1 kB."""
    values = "".join(
        f"OBX|{index}|NM|718-7^Hemoglobin^LN|{index}|{10 + number % 9}.{index}|g/dL^^UCUM|12-16|L|||F\r"
        for index in range(1, 11)
    )
    header = f"MSH|^~\\&|LAB|WEST|R1|R1|20260102030405+0000||ORU^R01^ORU_R01|{control_id}|P|2.5.1"
    order = f"OBR|1||{control_id}|58410-2^CBC^LN|||20260102030405+0000|||||||||||||||20260102030405+0000|||F"
    return f"{header}\rPID|1||{patient}^^^WEST^MR||Test^Patient{patient}||19700101|F\r{order}\r{values}".encode()


def fsync(file_name: Path) -> dict[str, float]:
    """Milliseconds to write 4 KiB durably: the median and the 99th percentile of 200 writes."""
    times = []
    with file_name.open("wb") as file:
        for _ in range(200):
            begin = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            times.append(1000 * (time.perf_counter() - begin))
    return {"fsync_ms": round(statistics.median(times), 3), "fsync_p99_ms": round(sorted(times)[197], 3)}


async def throughput(listener: Listener) -> dict[str, float]:
    """Messages per second that are stored durably, and the acknowledgement latency in milliseconds."""
    await listener.start()
    times: list[float] = []

    async def send(connection: int, until: float) -> None:
        client = await connect("127.0.0.1", listener.port)
        number = 0
        while time.perf_counter() < until:
            message = result(f"S{connection}-{number}", connection * 1000 + number % 50, number)
            begin = time.perf_counter()
            _accepted(await client.send(message))
            times.append(time.perf_counter() - begin)
            number += 1
        await client.close()

    begin = time.perf_counter()
    await asyncio.gather(*(send(connection, begin + SECONDS) for connection in range(CONNECTIONS)))
    seconds = time.perf_counter() - begin
    listener.kill(signal.SIGTERM)
    p99 = sorted(times)[int(len(times) * 0.99)]
    median = statistics.median(times)
    return {
        "mllp_msg_s": round(len(times) / seconds, 1),
        "ack_p50_ms": round(1000 * median, 1),
        "ack_p99_ms": round(1000 * p99, 1),
    }


async def large_document(listener: Listener) -> dict[str, float]:
    """Milliseconds to send a 2 MB document, get its acknowledgement and convert it to FHIR, the worst of 5."""
    await listener.start()
    client = await connect("127.0.0.1", listener.port)
    times = []
    for number in range(5):
        data = base64.b64encode(random.Random(number).randbytes(1_500_000)).decode()
        header = f"MSH|^~\\&|DOC|WEST|R1|R1|20260102030405||MDM^T02|D{number}|P|2.5"
        message = f"{header}\rPID|1||7^^^WEST\rTXA|1|CN\rOBX|1|ED|PDF||^application^pdf^Base64^{data}||||||F\r".encode()
        begin = time.perf_counter()
        _accepted(await client.send(message))
        convert(parse(message), source=hashlib.sha256(message).hexdigest())
        times.append(1000 * (time.perf_counter() - begin))
    await client.close()
    listener.kill(signal.SIGTERM)
    return {"mdm_2mb_ms": round(max(times), 1)}


async def kills(listener: Listener) -> dict[str, float]:
    """Kills the receiver under load; like real ones, senders resend messages that were not acknowledged.

    Then checks the inbox: acknowledged messages that are missing, duplicate messages, and patients whose messages are
    not in the order in which they were sent.
    """
    acknowledged: set[str] = set()
    stop = asyncio.Event()

    async def send(patient: int) -> None:
        number = 0
        client: MllpClient | None = None
        while not stop.is_set():
            name = f"K{patient}-{number}"
            try:
                client = client or await connect("127.0.0.1", listener.port, seconds=5)
                _accepted(await client.send(result(name, patient, number)))
            except (OSError, EOFError, TimeoutError):
                client = None
                await asyncio.sleep(0.02)
            else:
                acknowledged.add(name)
                number += 1

    await listener.start()
    senders = [asyncio.create_task(send(patient)) for patient in range(PATIENTS)]
    chance = random.Random(7)
    for _ in range(KILLS):
        before = len(acknowledged)
        while len(acknowledged) < before + 50:
            await asyncio.sleep(0.01)
        await asyncio.sleep(chance.random() * 0.3)
        listener.kill()
        await listener.start()
    stop.set()
    await asyncio.gather(*senders)
    listener.kill(signal.SIGTERM)
    inbox = listener.inbox()
    kept = [item.control_id for item in reversed(inbox.listed(limit=10_000_000))]
    inbox.close()
    by_patient: dict[str, list[int]] = defaultdict(list)
    for name in kept:
        patient, _, number = name.partition("-")
        by_patient[patient].append(int(number))
    return {
        "kills": KILLS,
        "acknowledged": len(acknowledged),
        "lost": len(acknowledged - set(kept)),
        "duplicated": len(kept) - len(set(kept)),
        "reordered": sum(numbers != sorted(numbers) for numbers in by_patient.values()),
    }


async def outage(listener: Listener) -> dict[str, float]:
    """Takes the FHIR server down for five minutes while messages keep arriving.

    Then measures seconds until all are delivered, messages never delivered, and patients whose versions on the server
    are not in the order of the messages.
    """
    home, port = listener.home, free_port()
    sent: dict[int, int] = defaultdict(int)

    async def send(seconds: float) -> None:
        client = await connect("127.0.0.1", listener.port)
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            patient = len(sent) if len(sent) < PATIENTS else min(sent, key=lambda known: sent[known])
            sent[patient] += 1
            header = f"MSH|^~\\&|ADT|WEST|R1|R1|20260102||ADT^A08|O{patient}-{sent[patient]}|P|2.5"
            name = f"PID|1||{patient}^^^WEST^MR||Test^N{sent[patient]}||19700101|F"
            _accepted(await client.send(f"{header}\r{name}\r".encode()))
            await asyncio.sleep(0.25)
        await client.close()

    def given_names(base: str, patient: int) -> list[int]:
        with http(base) as fhir:
            fhir.headers["Connection"] = "close"  # on a busy machine the server drops idle connections
            (found,) = fhir.get("Patient", params={"identifier": str(patient)}).json()["entry"]
            history = fhir.get(f"Patient/{found['resource']['id']}/_history", params={"_count": 200}).json()["entry"]
        return [int(entry["resource"]["name"][0]["given"][0][1:]) for entry in reversed(history)]

    (home / "fhir").mkdir()
    await listener.start(R1_FHIR_URL=f"http://127.0.0.1:{port}/fhir", R1_FHIR_TOKEN=TOKEN)
    with sekmet(home / "fhir", port=port):
        await send(5)
    await send(AWAY)
    begin = time.perf_counter()
    with sekmet(home / "fhir", port=port) as base:
        inbox = listener.inbox()
        while inbox.counts()[State.WAITING] and time.perf_counter() - begin < 600:
            await asyncio.sleep(0.2)
        seconds = time.perf_counter() - begin
        counts = inbox.counts()
        inbox.close()
        versions = {patient: given_names(base, patient) for patient in sent}
    listener.kill(signal.SIGTERM)
    return {
        "away_s": AWAY,
        "away_messages": sum(sent.values()),
        "caught_up_s": round(seconds, 1),
        "undelivered": counts[State.WAITING] + counts[State.QUARANTINED],
        "disordered": sum(names != list(range(1, sent[patient] + 1)) for patient, names in versions.items()),
    }


def _accepted(answer: bytes) -> None:
    if b"\rMSA|AA|" not in answer:
        raise EOFError


if __name__ == "__main__":
    main()

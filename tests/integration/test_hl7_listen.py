"""``r1 ehr listen`` as a process, with other people's MLLP clients, over TCP and TLS."""

import asyncio
import datetime
import os
import re
import socket
import ssl
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hl7
import pytest
from hl7.client import MLLPClient
from hl7.mllp import start_hl7_server

from adapters.hl7v2.message import parse
from adapters.hl7v2.mllp import Limits, connect
from adapters.hl7v2.outgoing import OutgoingResult, oru
from adapters.hl7v2.structure import structure_problems
from adapters.hl7v2.tls import client_tls, server_tls
from benchmarks.ehr import Listener
from core.errors import SettingsError
from tests.command import R1
from tests.documents import text as document
from tests.integration.mllp_tls import Authority, sender_tls
from tests.servers import free_port
from tests.unit.hl7v2.hl7_data import ADMIT, message
from tests.unit.hl7v2.hl7_fakes import MemoryInbox, listening

ROOT = Path(__file__).parents[2]


def r1(*arguments: str, home: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    command = [*R1, "ehr", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment(home, **settings), capture_output=True, text=True, timeout=120
    )


def environment(home: Path, **settings: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("R1_")}
    return {**inherited, "R1_HOME": str(home), "COLUMNS": "200", **settings}


@contextmanager
def listener(home: Path, **settings: str) -> Iterator[int]:
    """The port of a running ``r1 ehr listen``."""
    port = free_port()
    home.mkdir(exist_ok=True)
    command = [*R1, "ehr", "listen"]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(home, R1_MLLP_PORT=str(port), R1_INBOX_VOLUME_ENCRYPTED="true", **settings),
            stdout=log,
            stderr=log,
        )
        try:
            for _ in range(600):
                assert process.poll() is None, (home / "log").read_text()
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield port
        finally:
            process.terminate()
            assert process.wait(timeout=30) == 0
    assert "Traceback" not in (home / "log").read_text()


def test_python_hl7_sends_and_the_inbox_shows_it(tmp_path: Path) -> None:
    with listener(tmp_path) as port, MLLPClient("127.0.0.1", port) as client:
        for number in range(3):
            answer = hl7.parse(
                client.send_message(ADMIT.replace(b"|C1|", f"|C{number}|".encode())).strip(b"\x0b\x1c\r")
            )
            assert [str(answer.segment("MSA")[index]) for index in (1, 2)] == ["AA", f"C{number}"]
    log = (tmp_path / "log").read_text()
    assert "Message 3, ADT^A01" in log
    assert [name for name in ("Okafor", "Amara", "Mill Lane", "Penicillin") if name in log] == []

    own = {"home": tmp_path, "R1_INBOX_VOLUME_ENCRYPTED": "true"}
    listed = r1("inbox", "list", **own)
    assert "3 waiting" in listed.stdout, listed.stderr
    assert "Times without a zone are read as UTC (R1_MESSAGE_TIMEZONE)." in (tmp_path / "log").read_text()
    shown = r1("inbox", "show", "1", "--check", **own).stdout
    assert "1 Patient" in shown
    assert "waiting, attempts: 0" in shown
    assert "Okafor" not in listed.stdout + shown
    assert "Okafor" in r1("inbox", "show", "1", "--raw", **own).stdout
    refused = r1("inbox", "replay", "1", **own)
    assert refused.returncode == 2
    assert "Message 1 is not one that can be replayed" in refused.stderr


def test_files_keys_and_refusals(tmp_path: Path) -> None:
    unsafe = r1("inbox", "list", home=tmp_path)
    assert (unsafe.returncode, "R1_INBOX_KEY_FILE" in unsafe.stderr) == (2, True)
    keys = tmp_path / "keys"
    assert r1("inbox", "key", str(keys), home=tmp_path).returncode == 0
    (other := tmp_path / "notes.txt").write_text("no key")
    assert "holds something else than keys" in r1("inbox", "key", str(other), home=tmp_path).stderr
    assert other.read_text() == "no key"
    assert r1("inbox", "key", str(keys), home=tmp_path).returncode == 0
    batch = tmp_path / "batch.hl7"
    batch.write_bytes(b"BHS|^~\\&\r" + ADMIT + ADMIT + message("PID|1") + b"BTS|4\r")
    own = {"home": tmp_path, "R1_INBOX_KEY_FILE": str(keys)}
    added = r1("inbox", "add", str(batch), **own)
    assert "3 messages, 1 of them known already" in added.stderr
    assert "declares 4 messages, 3 came" in added.stderr
    assert "2 waiting" in r1("inbox", "list", "--state", "waiting", **own).stdout
    cut = tmp_path / "cut.hl7"
    cut.write_bytes(b"BHS|^~\\&\r" + message("PID|1||9") + message("PID|1||8")[:-1])
    refused = r1("inbox", "add", str(cut), **own)
    assert (refused.returncode, "cut.hl7: The batch ends within its last message" in refused.stderr) == (2, True)
    empty = tmp_path / "empty.hl7"
    for trailer, code, told in (
        ("BTS|0", 0, "empty.hl7: 0 messages"),
        ("BTS|2", 2, "empty.hl7 holds no HL7 v2 message"),
    ):
        empty.write_text(f"FHS|^~\\&\nBHS|^~\\&\n{trailer}\nFTS|1\n")
        done = r1("inbox", "add", str(empty), **own)
        assert (done.returncode, told in done.stderr) == (code, True), done.stderr
    faulty = tmp_path / "faulty.hl7"
    faulty.write_bytes(
        ADMIT.replace(b"|C1|", b"|C9|") + message("PID|1", header="MSH|^~\\&|A|B|C|D|2026||ADT^A01||P|2.5")
    )
    refused = r1("inbox", "add", str(faulty), **own)
    assert (refused.returncode, "faulty.hl7, message 2: The message has no control id" in refused.stderr) == (2, True)
    assert "2 waiting" in r1("inbox", "list", **own).stdout
    for arguments in (("list", "--state", "lost"), ("show", "99"), ("add", str(keys)), ("add", str(tmp_path / "no"))):
        done = r1("inbox", *arguments, **own)
        assert (done.returncode, "Traceback" in done.stderr) == (2, False), arguments
    assert "no cannot be read (No such file" in done.stderr


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"R1_MLLP_HOST": "0.0.0.0"}, "R1_MLLP_CLIENTS"),
        ({"R1_MLLP_CERTIFICATE": "c.pem"}, "R1_MLLP_KEY"),
        ({"R1_MLLP_CLIENTS": "c.pem"}, "R1_MLLP_CERTIFICATE"),
        ({"R1_MESSAGE_CHARSET": "klingon"}, "R1_MESSAGE_CHARSET"),
        ({"R1_MESSAGE_TIMEZONE": "Mars/Base"}, "R1_MESSAGE_TIMEZONE"),
        ({"R1_MESSAGE_PROCESSING": "PX"}, "R1_MESSAGE_PROCESSING"),
    ],
)
def test_unsafe_settings(tmp_path: Path, settings: dict[str, str], named: str) -> None:
    done = r1("listen", home=tmp_path, **settings)
    assert (done.returncode, named in done.stderr) == (2, True)


async def send_once(port: int, tls: ssl.SSLContext | None) -> bytes:
    return await (await connect("127.0.0.1", port, tls=tls)).send(ADMIT)


def test_tls_takes_only_senders_with_a_certificate_and_logs_why_others_are_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ours, foreign = Authority(tmp_path, "ours"), Authority(tmp_path, "foreign")
    tls = server_tls(*ours.issue("server"), ours.file)
    inbox = MemoryInbox()

    async def run() -> None:
        async with listening(inbox, tls=tls) as port:
            client = await connect("127.0.0.1", port, tls=sender_tls(ours.file, ours.issue("sender")))
            assert b"MSA|AA" in await client.send(ADMIT)
            await client.close()
            stranger = foreign.issue("stranger")
            for refused_tls in (sender_tls(ours.file, None), sender_tls(ours.file, stranger), None):
                with pytest.raises((OSError, EOFError)):
                    await send_once(port, refused_tls)

    asyncio.run(run())
    assert len(inbox.kept) == 1
    refused = [record.getMessage() for record in caplog.records if "TLS handshake" in record.msg]
    assert len(refused) == 3
    assert "PEER_DID_NOT_RETURN_A_CERTIFICATE" in refused[0]
    assert "issuer certificate" in refused[1]
    assert "WRONG_VERSION_NUMBER" in refused[2]
    with pytest.raises(SettingsError, match="certificates"):
        server_tls(tmp_path / "absent", tmp_path / "absent", None)
    with pytest.raises(SettingsError, match="certificates"):
        client_tls(tmp_path / "absent", None, None)
    with pytest.raises(SettingsError, match="KEY_VALUES_MISMATCH"):
        server_tls(ours.issue("one")[0], ours.issue("another")[1], None)
    certificate, key = ours.issue("own")
    with pytest.raises(SettingsError, match="without a certificate or its key"):
        server_tls(certificate, certificate, None)
    with pytest.raises(SettingsError, match="of senders") as caught:
        server_tls(certificate, key, key)
    assert caught.value.hint == "Check R1_MLLP_CLIENTS"


def test_a_handshake_that_does_not_end_is_logged_with_its_peer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ours = Authority(tmp_path, "ours")
    tls, limits = server_tls(*ours.issue("server"), ours.file), Limits(handshake_seconds=0.5)

    async def run() -> None:
        async with listening(MemoryInbox(), tls=tls, limits=limits) as port:
            _, gone = await asyncio.open_connection("127.0.0.1", port)
            gone.write(b"\x16\x03\x01")
            gone.close()
            silent, _ = await asyncio.open_connection("127.0.0.1", port)
            async with asyncio.timeout(20):
                assert await silent.read() == b""
            large = ADMIT + b"NTE|1||" + b"x" * (3 << 20)
            client = await connect("127.0.0.1", port, tls=sender_tls(ours.file, ours.issue("sender")))
            assert b"MSA|AA" in await client.send(large)
            await client.close()

    asyncio.run(run())
    hung_up, late = (record.getMessage() for record in caplog.records if "TLS handshake" in record.msg)
    assert hung_up == "A TLS handshake with 127.0.0.1 failed: ConnectionResetError"
    assert late == "A TLS handshake with 127.0.0.1 failed: It takes longer than 0.5 s"


@pytest.mark.parametrize("is_reset", [False, True])
@pytest.mark.parametrize("has_tls", [False, True])
def test_a_probe_that_connects_and_closes_is_not_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, has_tls: bool, is_reset: bool
) -> None:
    ours = Authority(tmp_path, "ours")
    tls = server_tls(*ours.issue("server"), ours.file) if has_tls else None

    async def run() -> None:
        async with listening(MemoryInbox(), tls=tls) as port:
            with socket.create_connection(("127.0.0.1", port)) as probe:
                await asyncio.sleep(0.1)
                if is_reset:  # as HAProxy does
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client = await connect("127.0.0.1", port, tls=sender_tls(ours.file, ours.issue("sender")) if tls else None)
            assert b"MSA|AA" in await client.send(ADMIT)
            await client.close()

    with caplog.at_level("INFO", logger="adapters.hl7v2.mllp"):
        asyncio.run(run())
    assert [record.getMessage() for record in caplog.records if record.name == "adapters.hl7v2.mllp"] == []


def test_who_has_no_certificate_keeps_no_sender_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ours = Authority(tmp_path, "ours")
    tls, limits = server_tls(*ours.issue("server"), ours.file), Limits(connections=2, of_one=2, handshakes=3)
    sender = sender_tls(ours.file, ours.issue("sender"))

    async def run() -> None:
        async with listening(MemoryInbox(), tls=tls, limits=limits) as port:
            silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
            for reader, _ in silent[:2]:
                assert await asyncio.wait_for(reader.read(), 30) == b""
            assert b"MSA|AA" in await send_once(port, sender)
            for _, writer in silent:
                writer.close()

    asyncio.run(run())
    ended = [record.getMessage() for record in caplog.records if "too many" in record.msg]
    assert ended == ["A TLS handshake with 127.0.0.1 was ended: too many are begun"] * 3


def test_python_hl7_receives_what_we_send() -> None:
    result = OutgoingResult(
        sender=("R1", "WEST"),
        receiver=("EHR", "WEST"),
        control_id="R1",
        number="7",
        authority=("WEST", "", ""),
        family="O|kafor",
        given=("Amara", "Nkechi"),
        order="F1",
        code=("51848-0", "Assessment"),
        lines=("a & b", "第二行"),
        interpreter=("dr", "Dr Ada & Byron"),
        made_at=datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC),
    )
    raw = oru(result)
    received: list[str] = []

    async def answer(reader: hl7.mllp.HL7StreamReader, writer: hl7.mllp.HL7StreamWriter) -> None:
        got = await reader.readmessage()
        received.append(str(got))
        writer.writemessage(got.create_ack())
        await writer.drain()
        writer.close()

    async def run() -> bytes:
        async with await start_hl7_server(answer, host="127.0.0.1", port=0, encoding="utf-8") as server:
            port = server.sockets[0].getsockname()[1]
            client = await connect("127.0.0.1", port)
            got = await client.send(raw)
            await client.close()
            return got

    assert parse(asyncio.run(run())).first("MSA").text(1) == "AA"  # type: ignore[union-attr]
    assert received[0].encode().rstrip() == raw.rstrip()
    assert structure_problems(parse(raw)) == []
    assert parse(raw).first("PID").text(5) == "O|kafor"  # type: ignore[union-attr]


def test_the_documented_messages_are_well_formed() -> None:
    page = document("docs/integrating.md")
    messages = [parse(raw.encode()) for raw in re.findall(r"^cat > \w+\.hl7 <<'END'\n(.*?)^END", page, re.M | re.S)]
    assert [message.kind for message in messages] == ["ADT^A01", "ORU^R01"]
    assert [problem for message in messages for problem in structure_problems(message)] == []


def test_structure_is_told_without_content() -> None:
    told = structure_problems(parse(ADMIT.replace(b"|2.8\r", b"|2.5\r").replace(b"PV1|1", b"ZZZ|1")))
    assert told
    assert "Okafor" not in " ".join(told)
    for changed, problem in (
        (ADMIT.replace(b"EVN", b"ZEV"), "ADT_A01.EVN is missing"),
        (ADMIT.replace(b"PV1|1", b"PV1|1\rPV1|1"), "ADT_A01.PV1 is there too often"),
    ):
        assert structure_problems(parse(changed.replace(b"|2.8\r", b"|2.5\r"))) == [problem]


def test_a_measurement_that_fails_leaves_no_receiver_behind(tmp_path: Path) -> None:
    async def measure(listener: Listener) -> None:
        await listener.start()
        raise EOFError

    with pytest.raises(EOFError), Listener(tmp_path / "home") as listener:
        asyncio.run(measure(listener))
    with pytest.raises(ConnectionRefusedError):
        asyncio.run(connect("127.0.0.1", listener.port))

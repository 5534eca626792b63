"""Bulk $export from a real FHIR server, and from hand-written ones that do it badly."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.fhir.audit import Outcome
from adapters.fhir.auth import BearerToken
from adapters.fhir.client import FhirClient
from adapters.fhir.export import MAX_LINE_BYTES, Exported, export
from core.errors import AuditError, FhirServerError, InputFormatError
from tests.access_log import MemoryLog
from tests.sekmet_server import TOKEN, sekmet, transaction

BASE = "https://ehr.example.org/fhir"
PATIENTS = [{"resourceType": "Patient", "id": f"p{number}"} for number in range(3)]
CONDITION = {"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/p1"}, "code": {"text": "x"}}
GROUP = {
    "resourceType": "Group",
    "id": "g",
    "type": "person",
    "actual": True,
    "member": [{"entity": {"reference": "Patient/p1"}}],
}


def run(base: str, folder: Path, log: MemoryLog | None = None, transport: Any = None, **what: Any) -> Exported:
    async def go() -> Exported:
        auth = BearerToken(TOKEN)
        async with FhirClient(base, log=log or MemoryLog(), auth=auth, transport=transport) as client:
            return await export(client, folder, **what)

    return asyncio.run(go())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with sekmet(tmp_path_factory.mktemp("sekmet"), transaction(*PATIENTS, CONDITION, GROUP)) as base:
        yield base


def test_all_patients_of_a_real_server(server: str, tmp_path: Path) -> None:
    said: list[str] = []
    log = MemoryLog()
    exported = run(server, tmp_path / "out", log, progress=said.append)

    assert exported.resources == {"Patient": 3, "Condition": 1, "Group": 1}  # a Group is in its members' compartments
    assert (exported.bad_lines, exported.missing, exported.errors) == (0, 0, 0)
    lines = [line for file in exported.files for line in file.read_text().splitlines()]
    assert {json.loads(line)["id"] for line in lines} == {"p0", "p1", "p2", "c", "g"}
    assert [access.stage for access in log.accesses] == ["requested", ""]
    assert said
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in exported.files} == {0o600}


def test_a_group(server: str, tmp_path: Path) -> None:
    assert run(server, tmp_path / "a", group="g").resources == {"Patient": 1, "Condition": 1, "Group": 1}
    with pytest.raises(FhirServerError):
        run(server, tmp_path / "b", group="nobody")


@pytest.mark.parametrize("what", [{"group": "a/b"}, {"since": "yesterday"}])
def test_what_cannot_be_asked_for(server: str, tmp_path: Path, what: dict[str, Any]) -> None:
    with pytest.raises(InputFormatError):
        run(server, tmp_path, **what)


class Bulk:
    """A server whose manifest and files a test gives."""

    def __init__(self, files: dict[str, bytes], *, location: str = f"{BASE}/status", **manifest: Any) -> None:
        self.files, self.location = files, location
        outputs = [{"type": "Patient", "url": url, "count": 2} for url in files]
        self.manifest = {"transactionTime": "x", "requiresAccessToken": True, "output": outputs, **manifest}
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        url = str(request.url)
        if url.startswith(f"{BASE}/Patient/$export"):
            return httpx.Response(202, headers={"Content-Location": self.location})
        if url == f"{BASE}/status":
            return httpx.Response(202 if request.method == "DELETE" else 200, json=self.manifest)
        return httpx.Response(200, content=self.files[url]) if url in self.files else httpx.Response(404)

    def run(self, folder: Path, log: MemoryLog | None = None) -> Exported:
        return run(BASE, folder, log, httpx.MockTransport(self))


LINES = b'{"resourceType":"Patient","id":"a"}\n\n{"resourceType":"Patient","id":"b"}'


def test_lines_that_are_none_are_counted_and_left_out(tmp_path: Path) -> None:
    bad = b'{"resourceType":"Condition"}\n[]\n{"x\n' + b"[" * 5000 + b'\n{"resourceType":"Patient","id":"\\ud800"}\n'
    bad += b'{"resourceType":"Patient","id":"c","multipleBirthInteger":NaN}\n'

    exported = Bulk({f"{BASE}/f": bad + LINES}, error=[{"type": "OperationOutcome"}]).run(tmp_path)

    assert (exported.resources, exported.bad_lines, exported.errors) == ({"Patient": 2}, 6, 1)


class Trickle(Bulk):
    """Sends each file in small pieces."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        async def pieces(content: bytes, size: int = 256) -> AsyncIterator[bytes]:
            for start in range(0, len(content), size):
                yield content[start : start + size]

        content = self.files.get(str(request.url))
        return super().__call__(request) if content is None else httpx.Response(200, content=pieces(content))


def test_a_long_line_in_small_pieces_takes_no_quadratic_time(tmp_path: Path) -> None:
    long = b'{"resourceType":"Patient","id":"%s"}' % (b"a" * (MAX_LINE_BYTES - 1000))
    began = time.monotonic()
    exported = Trickle({f"{BASE}/f": long + b"\n" + LINES}).run(tmp_path)
    assert (exported.resources, exported.bad_lines) == ({"Patient": 3}, 0)
    assert time.monotonic() - began < 20


def test_what_the_server_counted_but_did_not_give_is_told(tmp_path: Path) -> None:
    assert Bulk({f"{BASE}/f": LINES.split(b"\n")[0]}).run(tmp_path).missing == 1


def test_files_elsewhere_get_no_token_and_only_when_they_want_none(tmp_path: Path) -> None:
    elsewhere = "https://files.example.com/1"
    open_files = Bulk({elsewhere: LINES}, requiresAccessToken=False)
    assert open_files.run(tmp_path).resources == {"Patient": 2}
    (request,) = [request for request in open_files.requests if request.url.host == "files.example.com"]
    assert "Authorization" not in request.headers

    for server in (Bulk({elsewhere: LINES}), Bulk({"http://files.example.com/1": LINES}, requiresAccessToken=False)):
        with pytest.raises(FhirServerError):
            server.run(tmp_path)
        assert all(request.url.host == "ehr.example.org" for request in server.requests)


@pytest.mark.parametrize(
    "server",
    [
        Bulk({}, location="https://evil.example.org/status"),
        Bulk({}, location=""),
        Bulk({f"{BASE}/f": LINES}, output=[{"type": "../x", "url": f"{BASE}/f"}]),
        Bulk({}, output=[{"type": "Patient", "url": f"{BASE}/absent"}]),
    ],
)
def test_a_server_that_does_it_badly_leaves_no_files(tmp_path: Path, server: Bulk) -> None:
    log = MemoryLog()

    with pytest.raises(FhirServerError):
        server.run(tmp_path / "out", log)

    assert not list(tmp_path.rglob("*.ndjson*"))
    assert log.accesses[-1].outcome is Outcome.FAILURE
    assert {request.url.host for request in server.requests} == {"ehr.example.org"}


def test_how_often_the_server_is_asked_whether_it_is_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    told = iter(["0", soon, "9999", None, None])

    class Slow(Bulk):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            if request.method == "GET" and str(request.url) == f"{BASE}/status" and (wait := next(told, "")) != "":
                return httpx.Response(202, headers={"Retry-After": wait} if wait else {})
            return super().__call__(request)

    monkeypatch.setattr("adapters.fhir.export.asyncio.sleep", sleep)
    assert Slow({f"{BASE}/f": LINES}).run(tmp_path).resources == {"Patient": 2}
    assert waits == [1, pytest.approx(30, abs=5), 120, 10, 10]


def test_the_servers_files_are_deleted_there(tmp_path: Path) -> None:
    server = Bulk({f"{BASE}/f": LINES})
    server.run(tmp_path)

    assert server.requests[-1].method == "DELETE"


def test_without_a_trail_nothing_is_exported(tmp_path: Path) -> None:
    server = Bulk({f"{BASE}/f": LINES})

    with pytest.raises(AuditError):
        server.run(tmp_path, MemoryLog(0))
    assert server.requests == []

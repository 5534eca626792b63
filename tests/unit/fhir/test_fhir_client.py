"""FhirClient against a hand-written server: what it sends, refusals, retries, other releases."""

import asyncio
import inspect
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from fhir_answers import BASE, Answer, Server, condition, outcome, page

from adapters.fhir.auth import BearerToken
from adapters.fhir.bundle import READ_TYPES, PatientRecord
from adapters.fhir.capability import NAMED_TYPES, missing, unscoped
from adapters.fhir.client import FhirClient
from adapters.fhir.failures import failure
from adapters.fhir.reasons import Reason
from core.errors import (
    FhirAccessError,
    FhirBusyError,
    FhirConflictError,
    FhirNotFoundError,
    FhirRejectedError,
    FhirServerError,
    FhirUnreachableError,
    FhirVersionError,
    InputFormatError,
    SettingsError,
)
from tests.access_log import MemoryLog


def test_every_type_is_searched_by_post_and_the_token_is_sent(server: Server) -> None:
    record = server.read(token="t0ken")

    searches = [request for request in server.requests if request.method == "POST"]
    assert {request.url.path for request in searches} == {
        f"/fhir/{kind}/_search" for kind in READ_TYPES if kind != "Patient"
    }
    for request in searches:
        assert parse_qs(request.content.decode())["patient"] == ["p"]
        assert not request.url.query
    assert {request.headers["Authorization"] for request in server.requests} == {"Bearer t0ken"}
    assert (record.resources, record.unread) == ((), ())


@pytest.mark.parametrize(("packing", "content"), [("br", b"{}"), ("gzip", b"no gzip")])
def test_an_answer_that_cannot_be_unpacked_is_told_as_one(server: Server, packing: str, content: bytes) -> None:
    body, headers = httpx.ByteStream(content), {"Content-Encoding": packing}
    server.answers["metadata"] = lambda request: httpx.Response(200, headers=headers, stream=body)

    with pytest.raises(FhirUnreachableError, match=r"cannot be unpacked\. The server, or a proxy .* gzip"):
        server.read()


@pytest.mark.parametrize("patient_id", ["", "a/b", "../metadata", "p?x=1", "ä", "a" * 65, "p\n"])
def test_an_id_that_is_none_sends_nothing(server: Server, patient_id: str) -> None:
    with pytest.raises(InputFormatError):
        server.read(patient_id)

    assert server.requests == []


@pytest.mark.parametrize(("version", "release"), [("5.0.0", "R5"), ("3.0.2", "STU3"), ("4.3.0", "R4B"), ("", "unk")])
def test_another_release_is_refused(server: Server, version: str, release: str) -> None:
    statement = {"resourceType": "CapabilityStatement", "fhirVersion": version}
    server.answers["metadata"] = [httpx.Response(200, json=statement)]

    with pytest.raises(FhirVersionError, match=release) as caught:
        server.read()
    assert "another address" in caught.value.hint


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (outcome(401, "login"), 401, "R1_FHIR_TOKEN"),
        (outcome(403, "forbidden"), 403, "ask the server's operator"),
        (outcome(404, "not-found"), 404, "patient id"),
        (outcome(410, "deleted"), 410, "deleted"),
        (outcome(500, "exception"), 500, "try again later"),
        (httpx.Response(302, headers={"Location": "https://evil.example.org"}), 302, "another address"),
        (httpx.Response(200, text="<html>log in</html>"), 200, "web page"),
        (httpx.Response(200, json={"resourceType": "Patient", "id": "q"}), None, "R1_FHIR_URL"),
        (httpx.ReadTimeout("late"), None, "R1_FHIR_TIMEOUT"),
        (httpx.ConnectTimeout("late"), None, "R1_FHIR_TIMEOUT"),
        (httpx.UnsupportedProtocol("x"), None, "R1_FHIR_URL"),
    ],
)
def test_a_failure_says_what_to_do_and_no_free_text(
    server: Server, answer: Answer, status: int | None, words: str
) -> None:
    server.answers["Patient/p"] = [answer]

    with pytest.raises(FhirServerError) as caught:
        server.read()

    assert caught.value.status == status
    assert words in caught.value.hint
    assert "Jane" not in str(caught.value)
    assert sum(request.url.path == "/fhir/Patient/p" for request in server.requests) == 1


def test_a_server_that_trickles_is_given_up(server: Server) -> None:
    class Trickle(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            while True:
                await asyncio.sleep(0.02)  # each chunk is in time, the whole never is
                yield b" "

    server.answers["Patient/p"] = lambda request: httpx.Response(200, stream=Trickle())

    with pytest.raises(FhirServerError, match=r"within 0\.2 s"):
        server.read(timeout=0.2)


def test_a_busy_server_is_asked_again_twice_at_most(server: Server) -> None:
    busy = outcome(503, "transient", **{"Retry-After": "0"})
    server.answers["Condition/_search"] = [busy, busy, page(condition(1))]
    assert [resource["id"] for resource in server.read().resources] == ["1"]

    server.answers["Condition/_search"] = [busy]
    with pytest.raises(FhirServerError) as caught:
        server.read()
    assert caught.value.status == 503
    assert sum(request.url.path == "/fhir/Condition/_search" for request in server.requests) == 6


@pytest.mark.parametrize(
    ("wait", "asked"),
    [
        *((timedelta(seconds=-5), 3), (timedelta(minutes=2), 1), ("120", 1), ("0", 3), ("9" * 9, 1)),
        ("Mon, 01 Jan 99999999999 00:00:00 GMT", 3),
    ],
)
def test_a_server_that_wants_a_long_wait_is_left_alone(server: Server, wait: str | timedelta, asked: int) -> None:
    told = wait if isinstance(wait, str) else format_datetime(datetime.now(UTC) + wait, usegmt=True)
    server.answers["Condition/_search"] = [outcome(429, "throttled", **{"Retry-After": told})]

    with pytest.raises(FhirBusyError):
        server.read()

    assert sum(request.url.path == "/fhir/Condition/_search" for request in server.requests) == asked


def test_a_broken_connection_is_tried_again(server: Server) -> None:
    server.answers["Condition/_search"] = [httpx.ReadError("reset"), page(condition(1))]

    assert [resource["id"] for resource in server.read().resources] == ["1"]


def test_an_address_without_a_fhir_server(server: Server) -> None:
    server.answers["metadata"] = [httpx.Response(404)]
    with pytest.raises(FhirNotFoundError, match="no FHIR server at this address") as caught:
        server.read()
    assert (caught.value.status, "patient" in caught.value.hint) == (404, False)


@pytest.mark.parametrize("url", ["", "ftp://h/fhir", "https://", "https://h/fhir?x=1", "https://user:pw@h/fhir"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(SettingsError, match="no address of a FHIR server"):
        FhirClient(url, log=MemoryLog())


def test_a_token_is_not_sent_in_the_clear() -> None:
    with pytest.raises(SettingsError, match="unencrypted"):
        FhirClient("http://ehr.example.org/fhir", log=MemoryLog(), auth=BearerToken("t"))
    with pytest.raises(SettingsError) as caught:
        BearerToken("bad\ntoken")
    assert "bad" not in str(caught.value)


HTTPX_ERRORS = sorted(
    {kind for _, kind in inspect.getmembers(httpx, inspect.isclass) if issubclass(kind, httpx.HTTPError)}
    - {httpx.HTTPError, httpx.HTTPStatusError, httpx.RequestError, httpx.TransportError},
    key=lambda kind: kind.__name__,
)


@pytest.mark.parametrize("kind", HTTPX_ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_of_httpx_is_one_of_ours(server: Server, kind: type[httpx.HTTPError]) -> None:
    server.answers["Patient/p"] = [kind("Jane Doe")]

    with pytest.raises(FhirUnreachableError) as caught:
        server.read()

    assert "Jane" not in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("statuses", "kind"),
    [
        ((401, 403), FhirAccessError),
        ((404, 410), FhirNotFoundError),
        ((409, 412), FhirConflictError),
        ((429, 503), FhirBusyError),
        ((400, 402, 405, 406, 413, 415, 418, 422, 451), FhirRejectedError),
        ((300, 302, 304, 500, 501, 502, 504, 507), FhirServerError),
    ],
)
def test_every_status_has_its_kind(statuses: tuple[int, ...], kind: type[FhirServerError]) -> None:
    for status in statuses:
        error = failure(status, {})
        assert type(error) is kind
        assert error.status == status
        assert error.hint


def test_a_refused_request_is_not_blamed_on_the_address_alone() -> None:
    assert "log" in (failure(400, {}).hint or "")
    assert "larger requests" in (failure(413, {}).hint or "")


def test_the_capability_check_speaks_plainly() -> None:
    told = missing({"rest": [{"mode": "server"}]})

    assert "A Patient cannot be read by id, so no record can be read." in told
    assert "There are no transactions, so nothing can be written back." in told
    assert sum("HL7 v2 messages cannot be delivered" in sentence for sentence in told) == 1
    assert all(sentence.endswith(".") for sentence in told)


def dated_note(day: int) -> dict[str, Any]:
    content = [{"attachment": {"contentType": "text/plain", "url": f"Binary/{day}"}}]
    about = {"resourceType": "DocumentReference", "id": f"d{day}", "status": "current"}
    return {**about, "subject": {"reference": "Patient/p"}, "date": f"2026-01-{day:02}T08:00:00Z", "content": content}


def test_of_many_notes_the_newest_are_read_and_the_others_told() -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/fhir/")
        if path == "DocumentReference/_search":
            return page(*(dated_note(day) for day in range(1, 29)))
        if path.startswith("Binary/"):
            await asyncio.sleep(0.5)
            return httpx.Response(200, json={"resourceType": "Binary", "data": "SGVsbG8="})
        return Server()(request)

    async def read() -> PatientRecord:
        transport = httpx.MockTransport(answer)
        async with FhirClient(BASE, log=MemoryLog(), transport=transport, record_seconds=3) as client:
            return await client.read_patient("p")

    record = asyncio.run(read())
    lost = {told.source for told in record.unread}
    assert {told.reason for told in record.unread} == {Reason.NOTE_LOST}
    assert "DocumentReference/d28" not in lost
    assert lost == {f"DocumentReference/d{day}" for day in range(1, len(lost) + 1)}
    assert len(record.resources) == 28


@pytest.mark.parametrize("scope", ["system/*.read", "user/*.rs", "openid launch user/*.cruds", "patient/*.*"])
def test_a_scope_for_all_types_leaves_none_out(scope: str) -> None:
    assert unscoped(scope) == []


def test_a_scope_that_leaves_types_out_is_told() -> None:
    named = "user/Patient.read user/Observation.rs?category=laboratory user/Condition.cruds user/Encounter.c"
    everything = [kind for kind in (*READ_TYPES, *NAMED_TYPES) if kind not in ("Patient", "Condition")]
    assert unscoped(named) == everything
    assert len(unscoped("user/*.r user/Binary.r")) == len(everything) + 1, "a record is searched for, a Binary is not"


def test_the_scopes_in_the_document_leave_none_out() -> None:
    text = (Path(__file__).parents[3] / "docs/fhir.md").read_text("utf-8").replace("\\\n", "")
    scopes = re.findall(r'R1_SMART(?:_USER)?_SCOPE="([^"]+)"', text)
    assert len(scopes) == 4
    assert [unscoped(scope) for scope in scopes] == [[]] * 4

"""FhirClient against a hand-written server: refusals, retries, paging, other releases."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from adapters.fhir.bundle import READ_TYPES, PatientRecord
from adapters.fhir.client import MAX_PAGES, FhirClient
from adapters.fhir.reasons import Reason
from core.errors import FhirServerError, FhirVersionError, InputFormatError, SettingsError
from knowledge.medical.case import Unread

BASE = "https://ehr.example.org/fhir"
Answer = httpx.Response | Exception


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
        async def run() -> PatientRecord:
            async with FhirClient(BASE, transport=httpx.MockTransport(self), **options) as client:
                return await client.read_patient(patient_id)

        return asyncio.run(run())


@pytest.fixture
def server() -> Server:
    return Server()


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


@pytest.mark.parametrize("patient_id", ["", "a/b", "../metadata", "p?x=1", "ä", "a" * 65, "p\n"])
def test_an_id_that_is_none_sends_nothing(server: Server, patient_id: str) -> None:
    with pytest.raises(InputFormatError):
        server.read(patient_id)

    assert server.requests == []


@pytest.mark.parametrize(("version", "release"), [("5.0.0", "R5"), ("3.0.2", "STU3"), ("4.3.0", "R4B"), ("", "unk")])
def test_another_release_is_refused(server: Server, version: str, release: str) -> None:
    statement = {"resourceType": "CapabilityStatement", "fhirVersion": version}
    server.answers["metadata"] = [httpx.Response(200, json=statement)]

    with pytest.raises(FhirVersionError, match=release):
        server.read()


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (outcome(401, "login"), 401, "R1_FHIR_TOKEN"),
        (outcome(403, "forbidden"), 403, "read access"),
        (outcome(404, "not-found"), 404, "patient id"),
        (outcome(410, "deleted"), 410, "deleted"),
        (outcome(500, "exception"), 500, "try again later"),
        (httpx.Response(302, headers={"Location": "https://evil.example.org"}), 302, "R1_FHIR_URL"),
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
    assert "Jane" not in f"{caught.value}{caught.value.diagnostics}"
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


def test_a_broken_connection_is_tried_again(server: Server) -> None:
    server.answers["Condition/_search"] = [httpx.ReadError("reset"), page(condition(1))]

    assert [resource["id"] for resource in server.read().resources] == ["1"]


@pytest.mark.parametrize("status", [400, 403, 404, 405, 501])
def test_a_type_that_the_server_refuses_is_told(server: Server, status: int) -> None:
    server.answers["Condition/_search"] = [outcome(status)]
    observation = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "x"}}
    server.answers["Observation/_search"] = [page({**observation, "subject": {"reference": "Patient/p"}})]

    record = server.read()

    assert [resource["id"] for resource in record.resources] == ["o"]
    assert record.unread == (Unread("Condition", Reason.REFUSED_BY_SERVER, str(status)),)


@pytest.mark.parametrize("following", [f"{BASE}/page/2", "page/2", "/fhir/page/2"])
def test_the_next_page_is_followed(server: Server, following: str) -> None:
    server.answers["Condition/_search"] = [page(condition(1), following=following)]
    server.answers["page/2"] = [page(condition(2), condition(1))]

    record = server.read(token="t0ken")

    assert [resource["id"] for resource in record.resources] == ["1", "2"]
    assert record.unread == (Unread("Condition/1", Reason.REPEATED),)


@pytest.mark.parametrize(
    "following",
    [
        "https://evil.example.org/fhir/page/2",
        "http://ehr.example.org/fhir/page/2",
        "https://ehr.example.org:8443/fhir/page/2",
        "https://ehr.example.org@evil.example.org/fhir/page/2",
        "//evil.example.org/page/2",
        "https://[broken/page/2",
        "https://ehr.example.org\\@evil.example.org/fhir/page/2",
    ],
)
def test_the_token_never_leaves_the_server(server: Server, following: str) -> None:
    server.answers["Condition/_search"] = [page(condition(1), following=following)]

    record = server.read(token="t0ken")

    assert {(r.url.scheme, r.url.host, r.url.port) for r in server.requests} == {("https", "ehr.example.org", None)}
    assert [resource["id"] for resource in record.resources] == ["1"]
    assert record.unread == (Unread("Condition", Reason.PAGE_LINK_REFUSED),)


def test_a_lost_page_is_told_and_the_others_are_kept(server: Server) -> None:
    server.answers["Condition/_search"] = [page(condition(1), following="page/2")]
    server.answers["page/2"] = [outcome(500)]

    record = server.read()

    assert [resource["id"] for resource in record.resources] == ["1"]
    assert record.unread == (Unread("Condition", Reason.PAGE_LOST, "500"),)


def test_pages_without_end_are_cut(server: Server) -> None:
    numbers = iter(range(10_000))
    endless = lambda request: page(following=f"page?n={next(numbers)}")  # noqa: E731
    server.answers.update({"Condition/_search": endless, "page": endless})

    record = server.read()

    assert sum(request.url.path == "/fhir/page" for request in server.requests) == MAX_PAGES - 1
    assert record.unread == (Unread("Condition", Reason.TOO_MANY_PAGES),)


@pytest.mark.parametrize("url", ["", "ftp://h/fhir", "https://", "https://h/fhir?x=1", "https://user:pw@h/fhir"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(SettingsError, match="R1_FHIR_URL"):
        FhirClient(url)


def test_a_token_is_not_sent_in_the_clear() -> None:
    with pytest.raises(SettingsError, match="unencrypted"):
        FhirClient("http://ehr.example.org/fhir", token="t")
    with pytest.raises(SettingsError) as caught:
        FhirClient(BASE, token="bad\ntoken")
    assert "bad" not in str(caught.value)

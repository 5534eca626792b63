"""FhirClient against a hand-written server: refusals, retries, paging, other releases."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import parse_qs

import httpx
import pytest

from adapters.fhir.audit import Action, Outcome
from adapters.fhir.auth import BearerToken
from adapters.fhir.bundle import READ_TYPES, PatientRecord
from adapters.fhir.capability import missing
from adapters.fhir.client import FhirClient
from adapters.fhir.failures import failure
from adapters.fhir.gather import MAX_PAGES
from adapters.fhir.reasons import Reason
from core.errors import (
    AuditError,
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
from knowledge.medical.case import Unread
from tests.access_log import MemoryLog

BASE = "https://ehr.example.org/fhir"
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
        (outcome(403, "forbidden"), 403, "ask the server's operator"),
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
        FhirClient(url, log=MemoryLog())


def test_a_token_is_not_sent_in_the_clear() -> None:
    with pytest.raises(SettingsError, match="unencrypted"):
        FhirClient("http://ehr.example.org/fhir", log=MemoryLog(), auth=BearerToken("t"))
    with pytest.raises(SettingsError) as caught:
        BearerToken("bad\ntoken")
    assert "bad" not in str(caught.value)


# What the server keeps back


def test_hits_that_are_counted_but_not_given_are_told(server: Server) -> None:
    short = {"resourceType": "Bundle", "type": "searchset", "total": 3, "entry": [{"resource": condition(1)}]}
    server.answers["Condition/_search"] = [httpx.Response(200, json=short)]

    assert server.read().unread == (Unread("Condition", Reason.FEWER_THAN_TOTAL, "2"),)


@pytest.mark.parametrize(
    ("code", "severity", "told"),
    [
        ("suppressed", "warning", Reason.RESTRICTED),
        ("incomplete", "warning", Reason.SERVER_WARNING),
        ("informational", "information", None),
    ],
)
def test_what_the_server_says_it_keeps_back_is_told(
    server: Server, code: str, severity: str, told: Reason | None
) -> None:
    issue = {"severity": severity, "code": code, "diagnostics": "Jane Doe"}
    outcome_entry = {"resource": {"resourceType": "OperationOutcome", "issue": [issue]}, "search": {"mode": "outcome"}}
    body = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": condition(1)}, outcome_entry]}
    server.answers["Condition/_search"] = [httpx.Response(200, json=body)]

    assert server.read().unread == ((Unread("Condition", told, code),) if told else ())


@pytest.mark.parametrize("mark", ["SUBSETTED", "REDACTED"])
def test_a_resource_that_lacks_elements_is_told_and_not_read(server: Server, mark: str) -> None:
    server.answers["Condition/_search"] = [page({**condition(1), "meta": {"tag": [{"code": mark}]}})]

    record = server.read()

    assert (record.resources, record.unread) == ((), (Unread("Condition/1", Reason.INCOMPLETE),))


def test_everything_gives_what_a_search_does_not_know(server: Server) -> None:
    operation = {"type": "Patient", "operation": [{"name": "everything"}]}
    statement = {"fhirVersion": "4.0.1", "rest": [{"mode": "server", "resource": [operation]}]}
    server.answers["metadata"] = [httpx.Response(200, json={"resourceType": "CapabilityStatement", **statement})]
    server.answers["Condition/_search"] = [outcome(400)]
    server.answers["Encounter/_search"] = [outcome(403)]
    encounter = {"resourceType": "Encounter", "id": "e"}
    server.answers["Patient/p/$everything"] = [page(condition(1), encounter)]

    record = server.read()

    assert [resource["id"] for resource in record.resources] == ["1"]
    assert record.unread == (Unread("Encounter", Reason.REFUSED_BY_SERVER, "403"),)


def note(**attachment: str) -> dict[str, Any]:
    content = [{"attachment": {"contentType": "text/plain", **attachment}}]
    subject = {"reference": "Patient/p"}
    return {"resourceType": "DocumentReference", "id": "d", "status": "current", "subject": subject, "content": content}


def test_a_note_that_lies_elsewhere_on_the_server_is_fetched(server: Server) -> None:
    server.answers["DocumentReference/_search"] = [page(note(url="Binary/b"))]
    server.answers["Binary/b"] = [httpx.Response(200, json={"resourceType": "Binary", "data": "SGVsbG8="})]

    (document,) = server.read().resources

    assert document["content"][0]["attachment"] == {"contentType": "text/plain", "url": "Binary/b", "data": "SGVsbG8="}


def test_a_note_that_is_lost_is_told_and_one_elsewhere_is_not_asked_for(server: Server) -> None:
    elsewhere = {**note(url="https://evil.example.org/b"), "id": "e"}
    server.answers["DocumentReference/_search"] = [page(note(url="Binary/b"), elsewhere)]
    server.answers["Binary/b"] = [outcome(403)]

    assert server.read().unread == (Unread("DocumentReference/d", Reason.NOTE_LOST, "403"),)
    assert {request.url.host for request in server.requests} == {"ehr.example.org"}


# The audit trail


def test_a_read_is_recorded_with_its_outcome(server: Server) -> None:
    server.read()
    server.answers["Patient/p"] = [outcome(403)]
    with pytest.raises(FhirAccessError):
        server.read()

    read, refused = server.log.accesses
    assert (read.action, read.patient, read.resources) == (Action.READ, "Patient/p", READ_TYPES)
    assert (read.outcome, refused.outcome, refused.status) == (Outcome.SUCCESS, Outcome.FAILURE, 403)


def test_without_a_trail_nothing_is_read_or_written(server: Server) -> None:
    server.log.room = 0

    with pytest.raises(AuditError):
        server.read()
    server.requests.clear()
    with pytest.raises(AuditError):
        server.ask(lambda client: client.create(condition(1), patient="Patient/p"))
    assert server.requests == []


# Writing


def test_a_conditional_create_is_repeated_and_a_plain_one_is_not(server: Server) -> None:
    created = httpx.Response(201, headers={"ETag": 'W/"1"'})
    server.answers["Condition"] = [httpx.ReadError("lost"), created]
    answer = server.ask(lambda client: client.create(condition(1), patient="Patient/p", unless="identifier=s|1"))
    assert (answer.status, answer.version) == (201, "1")
    assert [request.headers["If-None-Exist"] for request in server.requests] == ["identifier=s|1"] * 2
    assert server.requests[0].content == server.requests[1].content

    server.requests.clear()
    for lost in (httpx.ReadError("lost"), outcome(503)):
        server.answers["Condition"] = [lost, created]
        with pytest.raises(FhirServerError):
            server.ask(lambda client: client.create(condition(1), patient="Patient/p"))
    assert len(server.requests) == 2


def test_what_never_reached_the_server_is_sent_again(server: Server) -> None:
    server.answers["Condition"] = [httpx.ConnectError("refused"), httpx.Response(201)]

    assert server.ask(lambda client: client.create(condition(1), patient="Patient/p")).status == 201


def test_an_update_names_the_version_it_replaces(server: Server) -> None:
    server.answers["Condition/1"] = [outcome(412, "conflict")]

    with pytest.raises(FhirConflictError) as caught:
        server.ask(lambda client: client.update(condition(1), version="3", patient="Patient/p"))

    assert caught.value.diagnostics == ("conflict",)
    assert server.requests[0].headers["If-Match"] == 'W/"3"'
    assert [access.stage for access in server.log.accesses] == ["requested", ""]


@pytest.mark.parametrize(("conditional", "requests"), [(True, 2), (False, 1)])
def test_a_transaction_is_repeated_only_when_it_cannot_duplicate(
    server: Server, conditional: bool, requests: int
) -> None:
    asked = {"method": "POST", "url": "Condition", **({"ifNoneExist": "identifier=s|1"} if conditional else {})}
    done = {"resourceType": "Bundle", "type": "transaction-response", "entry": [{"response": {"status": "201"}}]}
    server.answers["/fhir"] = [httpx.ReadError("lost"), httpx.Response(200, json=done)]
    entry = {"resource": condition(1), "request": asked}

    if conditional:
        assert server.ask(lambda client: client.transaction([entry], patient="Patient/p")) == [{"status": "201"}]
    else:
        with pytest.raises(FhirUnreachableError):
            server.ask(lambda client: client.transaction([entry], patient="Patient/p"))
    assert len(server.requests) == requests


def test_an_unclear_answer_to_a_transaction_is_an_error(server: Server) -> None:
    server.answers["/fhir"] = [httpx.Response(200, json={"resourceType": "Bundle", "type": "transaction-response"})]
    request = {"method": "PUT", "url": "Condition/1", "ifMatch": 'W/"1"'}

    with pytest.raises(FhirServerError, match="what became of"):
        server.ask(lambda client: client.transaction([{"resource": condition(1), "request": request}], patient=""))


# Every error of the vendors


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


def test_the_capability_check_speaks_plainly() -> None:
    told = missing({"rest": [{"mode": "server"}]})

    assert "A Patient cannot be read by id, so no record can be read." in told
    assert "There are no transactions, so nothing can be written back." in told
    assert sum("HL7 v2 messages cannot be delivered" in sentence for sentence in told) == 1
    assert all(sentence.endswith(".") for sentence in told)

"""The API of the support chat on a real server: tokens, limits, events, the desk, many visitors at once."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from apps.support.retention import forget
from apps.support.service import SupportService
from apps.ui.texts import t
from tests.contract.at_once import at_once
from tests.support_server import DESK_TOKEN, SupportServer, support_server

ORIGIN = "https://www.example.com"


@pytest.fixture(scope="module")
def running(support_service: SupportService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SupportServer]:
    with support_server(support_service, tmp_path_factory.mktemp("api"), [ORIGIN]) as server:
        yield server


@dataclass(frozen=True)
class Visitor:
    """A customer's side of the API."""

    url: str
    id: str
    token: str

    def post(self, path: str, body: Any, token: str = "") -> httpx.Response:
        headers = {"authorization": f"Bearer {token or self.token}"}
        return httpx.post(f"{self.url}/conversations/{self.id}/{path}", json=body, headers=headers, timeout=60)

    def get(self, path: str = "messages", **params: int) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}"}
        return httpx.get(f"{self.url}/conversations/{self.id}/{path}", params=params, headers=headers, timeout=60)


def visit(server: SupportServer, language: str = "en") -> Visitor:
    started = httpx.post(f"{server.url}/conversations", json={"language": language}, timeout=60)
    assert started.status_code == 201
    return Visitor(server.url, **started.json())


def answer_from_desk(server: SupportServer, token: str = DESK_TOKEN, **body: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"}
    return httpx.post(f"{server.url}/desk/replies", json=body, headers=headers, timeout=60)


def test_a_question_is_answered_with_its_source(running: SupportServer) -> None:
    visitor = visit(running)
    answered = visitor.post("messages", {"text": "How do I close my account?"}).json()
    question, reply = answered["messages"]
    assert (question["author"], reply["author"], reply["action"]) == ("customer", "bot", "answer")
    assert reply["citations"][0]["id"] == "account-close"
    assert not answered["with_person"]
    assert visitor.get(after=question["id"]).json()["messages"] == [reply]
    assert visitor.post(f"messages/{reply['id']}/thumb", {"value": 1}).status_code == 204
    assert visitor.post(f"messages/{question['id']}/thumb", {"value": 1}).status_code == 404


def test_what_several_questions_leave_is_told_beside_the_verbatim_answers(running: SupportServer) -> None:
    visitor = visit(running)
    question = "How do I close my account?"
    asked = (question, f"{question} And can I use my card abroad? What is the weather in Rome?")
    one, two = (visitor.post("messages", {"text": text}).json()["messages"][-1] for text in asked)
    assert (one["rest"], one["suggestions"]) == ("", [])
    assert one["text"] in two["text"]
    assert [citation["id"] for citation in two["citations"]] == ["account-close", "card-abroad"]
    assert two["rest"] == t("support.left_open", "en", questions="“What is the weather in Rome?”")


def test_only_the_own_token_opens_a_conversation(running: SupportServer) -> None:
    first, second = visit(running), visit(running)
    for token in (second.token, "wrong"):
        assert first.post("messages", {"text": "hello"}, token).status_code == 404
    assert httpx.get(f"{running.url}/conversations/{first.id}/messages", timeout=60).status_code == 404
    assert first.get().json()["messages"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"text": ""}, 422),
        ({"text": "  "}, 422),
        ({"text": "x" * 2_001}, 413),
        ({"text": "x" * 70_000}, 413),
        ({"text": "hi", "xxxx": 1}, 422),
        ({"text": 1}, 422),
        ({"text": "half \ud800"}, 422),
    ],
)
def test_unfit_bodies_are_refused_and_not_repeated(running: SupportServer, body: Any, status: int) -> None:
    visitor = visit(running)
    content = json.dumps(body).encode()
    headers = {"authorization": f"Bearer {visitor.token}", "content-type": "application/json"}
    url = f"{running.url}/conversations/{visitor.id}/messages"
    refused = httpx.post(url, content=content, headers=headers, timeout=60)
    assert refused.status_code == status
    assert set(refused.json()["error"]) == {"code", "message"}
    assert "xxxx" not in refused.text
    assert visitor.get().json()["messages"] == []


def test_too_many_messages_are_told_when_to_come_back(running: SupportServer) -> None:
    visitor = visit(running)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: visitor.post("messages", {"text": "hello"}), range(34)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 4
    assert 0 < int(refused[0].headers["retry-after"]) <= 60


def test_who_starts_too_many_conversations_locks_out_nobody_else(
    support_service: SupportService, tmp_path: Path
) -> None:
    with support_server(support_service, tmp_path, []) as server, httpx.Client(timeout=60) as client:

        def start(address: str) -> httpx.Response:
            headers = {"x-forwarded-for": address}  # as of a proxy on this machine
            return client.post(f"{server.url}/conversations", json={}, headers=headers)

        assert {start(f"2001:db8:0:1::{number:x}").status_code for number in range(120)} == {201}
        refused = start("2001:db8:0:1:ffff::1")
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_often")
        assert 0 < int(refused.headers["retry-after"]) <= 60
        assert start("2001:db8:0:2::1").status_code == 201


def test_both_sides_write_and_the_events_bring_it(running: SupportServer) -> None:
    visitor = visit(running)
    reference = visitor.post("hand-off", {"email": "ann@example.com", "note": "", "language": "en"}).json()["reference"]
    heard: list[tuple[str, Any]] = []

    def listen() -> None:
        kind = ""
        headers = {"authorization": f"Bearer {visitor.token}"}
        url = f"{running.url}/conversations/{visitor.id}/events"
        with httpx.stream("GET", url, headers=headers, timeout=60) as events:
            assert events.headers["content-type"].startswith("text/event-stream")
            for line in events.iter_lines():
                kind = line[7:] if line.startswith("event: ") else kind
                if line.startswith("data: "):
                    heard.append((kind, json.loads(line[6:])))
                if heard[-1:] == [("with_person", False)]:
                    return

    listener = threading.Thread(target=listen)
    listener.start()
    forwarded = visitor.post("messages", {"text": "Are you there?"}).json()
    assert forwarded["with_person"]
    assert forwarded["hand_off"]["reference"] == reference
    assert forwarded["hand_off"]["at"] < forwarded["messages"][0]["at"]
    first = answer_from_desk(running, reference=reference, text="Yes, I am.", id="ticket-1")
    again = answer_from_desk(running, reference=reference, text="Yes, I am.", id="ticket-1")
    assert (first.status_code, first.json(), again.status_code, again.json()) == (
        201,
        {"added": True},
        200,
        {"added": False},
    )
    assert running.support.store.thread(visitor.id).seen == 0  # type: ignore[union-attr]
    closed = answer_from_desk(running, reference=reference, text="Bye.", id="ticket-2", close=True)
    assert closed.status_code == 201
    listener.join(60)
    assert visitor.get().json()["hand_off"] is None
    assert heard[0] == ("with_person", True) or heard[1] == ("with_person", True)
    assert [(message["author"], message["text"]) for kind, message in heard if kind == "message"] == [
        ("customer", "Are you there?"),
        ("desk", "Yes, I am."),
        ("desk", "Bye."),
    ]


def test_what_is_seen_is_what_the_page_says(running: SupportServer) -> None:
    visitor = visit(running)
    first, second = visitor.post("messages", {"text": "hello"}).json()["messages"]
    for said, seen in ((0, 0), (first["id"], first["id"]), (2**31 - 1, second["id"])):
        assert visitor.post("seen", {"message_id": said}).status_code == 204
        thread = running.support.store.thread(visitor.id)
        assert thread
        assert thread.seen == seen


@pytest.mark.parametrize("number", [-1, 2**31, 2**63])
def test_numbers_out_of_range_are_refused(running: SupportServer, number: int) -> None:
    visitor = visit(running)
    assert visitor.post("messages", {"text": "hello", "after": number}).status_code == 422
    assert visitor.post("seen", {"message_id": number}).status_code == 422
    assert visitor.post(f"messages/{number}/thumb", {"value": 1}).status_code == 422
    assert visitor.get(after=number).status_code == 422
    assert visitor.get("events", after=number).status_code == 422
    assert visitor.get().json()["messages"] == []


@pytest.mark.parametrize("with_person", [False, True])
def test_a_message_that_is_sent_again_is_taken_once(running: SupportServer, with_person: bool) -> None:
    """As after an answer that was lost, or a 503 of the query that follows."""
    visitor, other = visit(running), visit(running)
    if with_person:
        visitor.post("hand-off", {"email": "ann@example.com"})
    message = {"text": "My house is on fire", "id": "1"}
    first, again = visitor.post("messages", message), visitor.post("messages", message)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json() == visitor.get().json()
    assert [each["author"] for each in first.json()["messages"]] == ["customer", "bot"]
    assert len(other.post("messages", message).json()["messages"]) == 2  # whose ids are their own
    assert len(visitor.post("messages", {**message, "id": "2"}).json()["messages"]) == 4


def test_what_was_seen_is_told(running: SupportServer) -> None:
    visitor = visit(running)
    first, _ = visitor.post("messages", {"text": "hello"}).json()["messages"]
    assert visitor.get().json()["seen"] == 0
    visitor.post("seen", {"message_id": first["id"]})
    assert visitor.get().json()["seen"] == first["id"]


def test_event_streams_are_limited_and_make_room_when_they_end(running: SupportServer) -> None:
    visitor, other, kept = visit(running), visit(running), []
    with httpx.Client(timeout=60) as client, ExitStack() as opened:

        def listen(whose: Visitor) -> httpx.Response:
            headers = {"authorization": f"Bearer {whose.token}"}
            stream = client.stream("GET", f"{whose.url}/conversations/{whose.id}/events", headers=headers)
            answer = opened.enter_context(stream)
            if answer.status_code == 200:
                lines = answer.iter_lines()
                next(lines)
                kept.append(lines)  # without them it is closed
            return answer

        assert [listen(visitor).status_code for _ in range(4)] == [200] * 4
        refused = listen(visitor)
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "30"
        assert json.loads(refused.read())["error"]["code"] == "too_many_streams"
        assert listen(other).status_code == 200
        opened.close()
        for _ in range(100):
            if listen(visitor).status_code == 200:
                return
            time.sleep(0.1)
    pytest.fail("a stream that has ended still counts")


def test_event_streams_that_are_asked_for_at_once_are_limited_too(running: SupportServer) -> None:
    visitor, asked = visit(running), 12
    headers, answered = {"authorization": f"Bearer {visitor.token}"}, threading.Barrier(asked, timeout=60)
    with httpx.Client(timeout=60, limits=httpx.Limits(max_connections=asked)) as client:

        def listen() -> int:
            with client.stream("GET", f"{visitor.url}/conversations/{visitor.id}/events", headers=headers) as answer:
                answered.wait()
                return answer.status_code

        codes = at_once([listen] * asked)
    assert (codes.count(200), codes.count(429)) == (4, asked - 4)


def test_control_characters_are_left_out_of_texts_and_refused_elsewhere(running: SupportServer) -> None:
    visitor = visit(running)
    said = visitor.post("messages", {"text": "He\0llo\x1b"}).json()["messages"]
    assert said[0]["text"] == "Hello"
    assert visitor.post("messages", {"text": "\0"}).status_code == 422
    assert visitor.post("hand-off", {"email": "a@example.com\0", "note": ""}).status_code == 422
    assert visitor.post("hand-off", {"email": "a@example.com", "note": "\0"}).status_code == 422
    assert answer_from_desk(running, reference="AAAA\0", text="x").status_code == 422
    assert answer_from_desk(running, reference="AAAA-AAAA", text="x", id="\0").status_code == 422
    assert httpx.get(f"{running.url}/conversations/a%00b/messages", timeout=60).status_code == 404


def test_a_conversation_that_is_deleted_ends_its_events(running: SupportServer) -> None:
    visitor = visit(running)
    reference = visitor.post("hand-off", {"email": "ann@example.com", "note": "", "language": "en"}).json()["reference"]
    headers, url = {"authorization": f"Bearer {visitor.token}"}, f"{running.url}/conversations/{visitor.id}/events"
    with httpx.stream("GET", url, headers=headers, timeout=60) as events:
        lines = events.iter_lines()
        assert "data: true" in (next(lines), next(lines))
        forget(running.support.store, reference)
        assert [line for line in lines if line.startswith("data")] == ["data: false"]
    assert visitor.get().status_code == 404
    assert visitor.post("messages", {"text": "Hello?"}).status_code == 404
    assert answer_from_desk(running, reference=reference, text="Yes?").status_code == 422


def test_a_lost_database_is_told_without_a_hint(
    support_service: SupportService, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with support_server(support_service, tmp_path, [ORIGIN]) as server:
        with server.database.begin() as connection:
            connection.execute(text("DROP TABLE support_message"))
            connection.execute(text("DROP TABLE support_conversation"))
        refused = httpx.post(f"{server.url}/conversations", json={}, timeout=60)
    assert refused.status_code == 503
    assert refused.json() == {"error": {"code": "unavailable", "message": "try again later"}}
    assert "The database does not answer" in caplog.text


def test_the_desk_needs_its_token_and_a_known_reference(running: SupportServer) -> None:
    assert answer_from_desk(running, "wrong", reference="AAAA-AAAA", text="x").status_code == 401
    assert answer_from_desk(running, reference="AAAA-AAAA", text="x").status_code == 422


def test_other_origins_are_let_in_by_name_only(running: SupportServer) -> None:
    def preflight(origin: str) -> httpx.Response:
        wanted = {
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type",
        }
        return httpx.options(f"{running.url}/conversations", headers={"origin": origin, **wanted}, timeout=60)

    assert preflight(ORIGIN).headers["access-control-allow-origin"] == ORIGIN
    for origin in ("https://evil.example", f"{ORIGIN}.evil.example", "null"):
        assert "access-control-allow-origin" not in preflight(origin).headers


def test_fifty_visitors_see_only_their_own(running: SupportServer) -> None:
    def talk(number: int) -> tuple[int, list[str]]:
        visitor = visit(running)
        for part in range(3):
            visitor.post("messages", {"text": f"My question is number {number}-{part}"})
        return number, [each["text"] for each in visitor.get().json()["messages"] if each["author"] == "customer"]

    with ThreadPoolExecutor(50) as pool:
        for number, texts in pool.map(talk, range(50)):
            assert texts == [f"My question is number {number}-{part}" for part in range(3)]

"""E-mails and webhooks, sent to real servers, with failures in between."""

import base64
import json
import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session
from standardwebhooks import Webhook as Receiver

from apps.support.outbox import ATTEMPTS, Mailer, Outbox, Webhook
from apps.support.outbox_metrics import STATES, OutboxGauges
from apps.support.posts import Post
from apps.support.store import SupportStore
from apps.support.tables import OutboxRow
from core.errors import StorageError
from tests.clock import Clock
from tests.servers import free_port
from tests.support_data import hand_off

SECRET = "whsec_" + base64.b64encode(b"a key for tests that is long enough").decode()


@dataclass
class Desk:
    """The desk's system: what it was sent, and what it answers."""

    url: str
    requests: list[tuple[dict[str, str], bytes]]
    status: int = 204


@pytest.fixture
def desk() -> Iterator[Desk]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            system.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(system.status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    system = Desk(f"http://127.0.0.1:{server.server_port}/hook", [])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield system
    server.shutdown()
    server.server_close()


class Inbox(MessageHandler):
    """A mail server that keeps what it gets."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.mails.append(message)


@pytest.fixture
def mail() -> Iterator[tuple[Inbox, Mailer]]:
    inbox = Inbox()
    port = free_port()
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield inbox, Mailer(f"smtp://127.0.0.1:{port}", "help@example.com")
    controller.stop()


def rows(database: Engine) -> list[OutboxRow]:
    with Session(database, expire_on_commit=False) as session:
        return list(session.scalars(select(OutboxRow)))


def test_a_webhook_is_signed_as_the_receivers_library_wants_it(database: Engine, desk: Desk) -> None:
    event = {"type": "hand_off.created", "data": {"note": "请回电"}}
    SupportStore(database).hand_off(hand_off(), [Post("webhook", event)])
    assert Outbox(database, {"webhook": Webhook(desk.url, SECRET)}).deliver_due() == 1
    ((headers, body),) = desk.requests
    assert Receiver(SECRET).verify(body, headers) == event
    with pytest.raises(Exception, match="signature"):
        Receiver(SECRET).verify(body.replace(b"created", b"deleted"), headers)
    (row,) = rows(database)
    assert (row.state, row.payload) == ("sent", {})


def test_what_fails_is_tried_again_later_each_time_and_then_told(database: Engine, desk: Desk) -> None:
    clock = Clock(datetime.now(UTC))
    outbox = Outbox(database, {"webhook": Webhook(desk.url, SECRET)}, clock)
    SupportStore(database).hand_off(hand_off(), [Post("webhook", {"type": "x"})])
    desk.status, waits = 503, []
    for _ in range(ATTEMPTS):
        clock.now += timedelta(days=1)
        assert outbox.deliver_due() == 0
        waits.append(rows(database)[0].due_at - clock.now)
    assert waits[:3] == [timedelta(seconds=10), timedelta(seconds=30), timedelta(seconds=90)]
    assert max(waits) <= timedelta(hours=12)
    (row,) = rows(database)
    assert (row.state, row.attempts, row.last_error, row.payload) == (
        "failed",
        ATTEMPTS,
        "HTTPStatusError",
        {"type": "x"},
    )
    clock.now += timedelta(days=9)
    outbox.deliver_due()
    assert len(desk.requests) == ATTEMPTS
    assert len({headers["webhook-id"] for headers, _ in desk.requests}) == 1


@pytest.mark.parametrize("tries", [1, ATTEMPTS])
def test_webhooks_of_one_conversation_keep_their_order(database: Engine, tries: int) -> None:
    clock, sent = Clock(datetime.now(UTC)), list[str]()
    fails = dict.fromkeys(["first"], tries)

    def send(_: str, event: dict[str, str]) -> None:
        sent.append(event["type"])
        if fails.get(event["type"]):
            fails[event["type"]] -= 1
            raise OSError("down")

    store, outbox = SupportStore(database), Outbox(database, {"webhook": send, "email": send}, clock)
    one, other = hand_off(conversation_id=store.start("en")[0]), hand_off(conversation_id=store.start("en")[0])
    store.hand_off(one, [Post("webhook", {"type": "first"}), Post("webhook", {"type": "second"})])
    store.forward(one.conversation_id, "one more thing", lambda _: [Post("webhook", {"type": "third"})])
    store.hand_off(other, [Post("webhook", {"type": "of another"}), Post("email", {"type": "mail"})])
    clock.now += timedelta(minutes=1)
    outbox.deliver_due()
    assert sent == ["first", "of another", "mail"]
    for _ in range(ATTEMPTS):
        clock.now += timedelta(days=1)
        outbox.deliver_due()
    again = 1 if tries < ATTEMPTS else ATTEMPTS - 1
    assert sent[3:] == ["first"] * again + ["second", "third"]


def test_a_webhook_waits_for_one_that_another_process_is_sending(database: Engine) -> None:
    sent: list[str] = []
    store, other = SupportStore(database), Outbox(database, {"webhook": lambda _, event: sent.append(event["type"])})

    def send(_: str, event: dict[str, str]) -> None:
        assert other.deliver_due() == 0
        sent.append(event["type"])

    one = hand_off(conversation_id=store.start("en")[0])
    store.hand_off(one, [Post("webhook", {"type": "first"}), Post("webhook", {"type": "second"})])
    Outbox(database, {"webhook": send}).deliver_due()
    assert sent == ["first", "second"]


def test_what_was_not_sent_is_sent_after_a_restart(database: Engine, desk: Desk) -> None:
    clock = Clock(datetime.now(UTC))
    unreachable = Outbox(database, {"webhook": Webhook("http://127.0.0.1:9/hook", SECRET)}, clock)
    SupportStore(database).hand_off(hand_off(), [Post("webhook", {"type": "x"})])
    clock.now += timedelta(seconds=1)
    assert unreachable.deliver_due() == 0
    clock.now += timedelta(minutes=1)
    assert Outbox(database, {"webhook": Webhook(desk.url, SECRET)}, clock).deliver_due() == 1


def test_two_processes_send_it_once(database: Engine, desk: Desk) -> None:
    for _ in range(10):
        SupportStore(database).hand_off(hand_off(), [Post("webhook", {"type": "x"})])
    boxes = [Outbox(database, {"webhook": Webhook(desk.url, SECRET)}) for _ in range(3)]
    threads = [threading.Thread(target=box.deliver_due) for box in boxes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(desk.requests) == 10


def test_an_email_arrives_in_chinese(database: Engine, mail: tuple[Inbox, Mailer]) -> None:
    inbox, mailer = mail
    payload = {
        "to": "li@example.com",
        "subject": "港湾银行：K7QM-2XJ4",
        "body": "您好\n…",
        "reply_to": "help@example.com",
    }
    SupportStore(database).hand_off(hand_off(), [Post("email", payload)])
    assert Outbox(database, {"email": mailer}).deliver_due() == 1
    (message,) = inbox.mails
    assert message["To"] == "li@example.com"
    body: Any = message.get_payload(decode=True)
    assert "您好" in body.decode("utf-8")


def test_an_email_cannot_smuggle_headers(database: Engine, mail: tuple[Inbox, Mailer]) -> None:
    inbox, mailer = mail
    payload = {"to": "a@example.com", "subject": "x\nBcc: all@example.com", "body": "b"}
    SupportStore(database).hand_off(hand_off(), [Post("email", payload)])
    assert Outbox(database, {"email": mailer}).deliver_due() == 0
    assert inbox.mails == []


def test_what_a_customer_writes_within_a_minute_is_one_email(database: Engine) -> None:
    mails: list[dict[str, str]] = []
    store, clock = SupportStore(database), Clock(datetime.now(UTC))
    outbox = Outbox(database, {"email": lambda _, mail: mails.append(mail)}, clock)
    ids = [store.start("en")[0] for _ in range(2)]

    def write(id: str, words: str, to: str = "a@example.com") -> None:
        mail = {"to": "desk@example.com", "reply_to": to, "body": f"Call!\n\n{words}", "adds": words}
        store.forward(id, words, lambda _: [Post("email", mail, timedelta(seconds=60))], email=to)

    for id in ids:
        store.hand_off(hand_off(conversation_id=id), [Post("email", {"to": "desk@example.com", "body": "new"})])
    for words in ("one", "two"):
        write(ids[0], words)
    write(ids[0], "three", "b@example.com")
    write(ids[1], "of another")
    clock.now += timedelta(seconds=1)
    assert outbox.deliver_due() == 2
    assert [mail["body"] for mail in mails] == ["new", "new"]
    clock.now += timedelta(seconds=61)
    assert outbox.deliver_due() == 2
    assert [mail["body"] for mail in mails[2:]] == ["Call!\n\none\n\ntwo\n\nthree", "Call!\n\nof another"]
    assert [mail["reply_to"] for mail in mails[2:]] == ["b@example.com", "a@example.com"]
    assert [message.text for message in store.messages(ids[0])] == ["one", "two", "three"]
    write(ids[0], "later")
    clock.now += timedelta(seconds=61)
    assert outbox.deliver_due() == 1
    assert mails[-1]["body"] == "Call!\n\nlater"


def test_an_email_of_one_hand_off_grows_by_nothing_of_the_next(database: Engine) -> None:
    store = SupportStore(database)
    id, _ = store.start("en")
    store.hand_off(hand_off(conversation_id=id))
    for reference in ("AAAA-AAAA", "BBBB-BBBB"):
        mail = {"subject": reference, "body": reference, "adds": reference}
        store.forward(id, "?", lambda _, mail=mail: [Post("email", mail, timedelta(seconds=60))])  # type: ignore[misc]
    assert sorted(row.payload["body"] for row in rows(database)) == ["AAAA-AAAA", "BBBB-BBBB"]


def test_nothing_is_added_to_an_email_that_was_tried(database: Engine) -> None:
    def fail(_: str, mail: dict[str, str]) -> None:
        tried.append(mail["adds"])
        raise OSError("down")

    tried: list[str] = []
    store, clock = SupportStore(database), Clock(datetime.now(UTC))
    outbox = Outbox(database, {"email": fail}, clock)
    id, _ = store.start("en")
    store.hand_off(hand_off(conversation_id=id))
    for words in ("one", "two"):
        store.forward(id, words, lambda _, words=words: [Post("email", {"body": words, "adds": words})])  # type: ignore[misc]
        clock.now += timedelta(seconds=5)
        outbox.deliver_due()
    assert sorted(row.payload["body"] for row in rows(database)) == tried == ["one", "two"]


@pytest.mark.parametrize("present", [True, False])
def test_only_an_absent_customer_gets_the_answer_by_email(
    database: Engine, mail: tuple[Inbox, Mailer], present: bool
) -> None:
    inbox, mailer = mail
    store, clock = SupportStore(database), Clock(datetime.now(UTC))
    outbox = Outbox(database, {"email": mailer}, clock)
    id, _ = store.start("en")
    stored = hand_off(conversation_id=id)
    store.hand_off(stored)
    payload = {"to": "a@example.com", "subject": "s", "body": "b", "unless_seen_in": id}
    store.answer(stored.reference, "yes", lambda _: [Post("email", payload, timedelta(seconds=60))])
    (answer,) = store.messages(id)  # fetched, but perhaps by a page that nobody looks at
    outbox.deliver_due()
    assert inbox.mails == []  # not yet
    if present:
        store.see(id, answer.id)
    clock.now += timedelta(seconds=90)
    outbox.deliver_due()
    assert len(inbox.mails) == (0 if present else 1)
    assert rows(database)[0].state == ("skipped" if present else "sent")


def test_what_is_done_between_deliveries_is_done_without_any_channel(database: Engine) -> None:
    done = []

    def tidy() -> None:
        done.append("tidied")
        outbox.stop()

    outbox = Outbox(database, {}, tidy=tidy)
    outbox.run()
    assert done == ["tidied"]


def test_each_process_sends_by_the_channels_it_has(
    database: Engine, desk: Desk, mail: tuple[Inbox, Mailer], caplog: pytest.LogCaptureFixture
) -> None:
    payload = {"to": "a@example.com", "subject": "s", "body": "b"}
    SupportStore(database).hand_off(hand_off(), [Post("email", payload), Post("webhook", {"type": "x"})])
    for senders, sent in (({}, 0), ({"webhook": Webhook(desk.url, SECRET)}, 1), ({"email": mail[1]}, 1)):
        assert Outbox(database, senders).deliver_due() == sent
    assert [(row.state, row.attempts) for row in rows(database)] == [("sent", 1)] * 2
    assert "not delivered" not in caplog.text


def test_its_gauges(database: Engine) -> None:
    registry, clock = CollectorRegistry(), Clock(datetime.now(UTC))
    OutboxGauges(database, registry)

    def figures() -> list[float | None]:
        states = [registry.get_sample_value("r1_outbox_messages", {"state": state}) for state in STATES]
        return [*states, registry.get_sample_value("r1_outbox_retried_messages")]

    def overdue() -> float:
        return registry.get_sample_value("r1_outbox_overdue_seconds") or 0.0

    posts = [Post("email", {}), Post("webhook", {"type": "x"}), Post("webhook", {}, timedelta(hours=1))]
    SupportStore(database).hand_off(hand_off(), posts)
    assert figures() == [3, 0, 0, 0, 0]
    assert 0 < overdue() < 60
    Outbox(database, {"webhook": Webhook("http://127.0.0.1:9/hook", SECRET), "email": lambda *_: None}).deliver_due()
    assert figures() == [2, 1, 0, 0, 1]
    assert overdue() == 0
    clock.now += timedelta(days=1)
    Outbox(database, {"webhook": lambda *_: None}, clock).deliver_due()
    assert figures() == [0, 3, 0, 0, 0]
    with database.begin() as connection:
        connection.execute(text("ALTER TABLE outbox RENAME TO outbox_gone"))
    assert all(map(math.isnan, figures()))  # type: ignore[arg-type]
    with database.begin() as connection:
        connection.execute(text("ALTER TABLE outbox_gone RENAME TO outbox"))


def test_an_outage_is_logged_once(database: Engine, caplog: pytest.LogCaptureFixture) -> None:
    turns = []

    def tidy() -> None:
        turns.append("turn")
        if len(turns) == 5:
            outbox.stop()
        if len(turns) in (1, 2, 4):
            raise StorageError("The database does not answer")

    outbox = Outbox(database, {}, tidy=tidy, pause=0.01)
    outbox.run()
    assert caplog.messages == ["The outbox cannot be worked on: The database does not answer"] * 2


def test_an_outbox_goes_on_after_an_error_that_nobody_expected(
    database: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """Its text may hold what a customer wrote, and is not logged."""
    rounds: list[int] = []

    def tidy() -> None:
        rounds.append(len(rounds))
        if len(rounds) == 1:
            raise KeyError("ann@example.com")
        outbox.stop()

    outbox = Outbox(database, {}, tidy=tidy, pause=0.01)
    outbox.run()
    assert rounds == [0, 1]
    assert "The outbox cannot be worked on: KeyError" in caplog.text
    assert "ann@example.com" not in caplog.text


def test_events_are_json_in_utf8(desk: Desk) -> None:
    Webhook(desk.url, SECRET)("id", {"text": "中文"})
    assert json.loads(desk.requests[0][1]) == {"text": "中文"}

"""Sends the messages in the outbox: e-mails, and webhooks signed as https://www.standardwebhooks.com specifies.

Stored messages are sent even if the server stops in between; failures are retried with growing delays. Several
processes may do this at once. After a crash a delivery may be repeated, with the same id. The webhooks of a
conversation go out in order: later ones wait while one is being retried, until it is sent or given up. E-mails do not
wait, as they go to different people.
"""

import base64
import hashlib
import hmac
import json
import logging
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import ColumnElement, Engine, select, update
from sqlalchemy.orm import Session, aliased

from core.addresses import is_loopback
from core.db import Clock, changed, transaction, utc_now
from core.deadline import deadline
from core.errors import R1Error
from core.http_clients import http_client

from .tables import ConversationRow, OutboxRow

_log = logging.getLogger(__name__)

ATTEMPTS = 12
"""Attempts before a delivery is given up, over about two days."""

_TIMEOUT = 10.0  # seconds for one step of a delivery
_DEADLINE = 30.0  # seconds for a whole delivery
_LEASE = timedelta(minutes=2)  # after that another process takes over an unfinished delivery
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=10), timedelta(hours=12)

Send = Callable[[str, dict[str, Any]], None]
"""Delivers a payload under its id; raises on failure."""


@dataclass(frozen=True, slots=True)
class Mailer:
    """Sends e-mail by SMTP, encrypted except on loopback.

    Args:
        url: ``smtp://user:password@host:587`` (STARTTLS) or ``smtps://…``.
        seconds: deadline for an e-mail, however slow the server is.
    """

    url: str
    sender: str
    seconds: float = _DEADLINE

    def __call__(self, id: str, payload: dict[str, Any]) -> None:
        """Sends ``{"to", "subject", "body", "reply_to"}``."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, payload["to"], payload["subject"]
        message["Message-ID"] = f"<{id}@{self.sender.rpartition('@')[2]}>"
        if payload.get("reply_to"):
            message["Reply-To"] = payload["reply_to"]
        message.set_content(payload["body"])
        parts = urlsplit(self.url)
        host, context, is_tls = parts.hostname or "", ssl.create_default_context(), parts.scheme == "smtps"

        class Watched(smtplib.SMTP):
            """Under the deadline from connecting onwards."""

            def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
                connection = socket.create_connection((host, port), timeout)
                limit.watch(connection)
                return context.wrap_socket(connection, server_hostname=host) if is_tls else connection

        with (
            deadline(self.seconds) as limit,
            Watched(host, parts.port or (465 if is_tls else 587), timeout=_TIMEOUT) as server,
        ):
            if not is_tls and not is_loopback(host):
                server.starttls(context=context)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Posts JSON to the desk's system, signed with HMAC-SHA256 over id, time and body.

    Args:
        secret: ``whsec_`` and the key in base64.
        seconds: deadline for an event, however slow the server is.
    """

    url: str
    secret: str
    seconds: float = _DEADLINE

    def __call__(self, id: str, payload: dict[str, Any]) -> None:
        """Sends the payload; any status but 2xx is a failure. Redirects are not followed."""
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        timestamp = str(int(datetime.now(UTC).timestamp()))
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signature = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
        headers = {
            "content-type": "application/json",
            "webhook-id": id,
            "webhook-timestamp": timestamp,
            "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
        }
        with (
            deadline(self.seconds) as limit,
            http_client(timeout=_TIMEOUT) as http,
            # Only the status of the answer is read.
            http.stream("POST", self.url, content=body, headers=headers, extensions=limit.extensions) as answer,
        ):
            answer.raise_for_status()


class Outbox:
    """Delivers messages that are due.

    Args:
        senders: by channel, ``email`` or ``webhook``.
        tidy: called repeatedly, alongside deliveries.
        pause: seconds between polls for due messages.
    """

    def __init__(
        self,
        database: Engine,
        senders: dict[str, Send],
        clock: Clock = utc_now,
        tidy: Callable[[], object] = lambda: None,
        pause: float = 2.0,
    ) -> None:
        self._database, self._senders, self._clock, self._tidy = database, senders, clock, tidy
        self._pause, self._stop = pause, threading.Event()

    @property
    def channels(self) -> frozenset[str]:
        """The channels on which messages can be sent."""
        return frozenset(self._senders)

    def run(self) -> None:
        """Delivers and tidies up until :meth:`stop`; runs in a thread of its own.

        Each channel gets a further thread, as its server may be slow.
        """
        for channel in self._senders:
            work = partial(self.deliver_due, channel)
            threading.Thread(target=self._repeat, args=(work,), name=f"outbox {channel}", daemon=True).start()
        self._repeat(self._tidy)

    def _repeat(self, work: Callable[[], object]) -> None:
        failing = False
        while not self._stop.wait(self._pause):
            try:
                work()
                failing = False
            except Exception as error:  # it may be temporary, and nobody else would begin again
                if not failing:
                    why = error.message if isinstance(error, R1Error) else type(error).__name__
                    _log.error("The outbox cannot be worked on: %s", why)
                failing = True

    def stop(self) -> None:
        """Ends :meth:`run` after the deliveries in progress."""
        self._stop.set()

    def deliver_due(self, *channels: str) -> int:
        """Delivers all due messages of these channels, by default of all; returns how many were sent."""
        now = self._clock()
        query = select(OutboxRow.id, OutboxRow.due_at).where(in_turn(), OutboxRow.due_at <= now)
        query = query.where(OutboxRow.channel.in_(channels or self._senders))  # others may be sent by another process
        with transaction(self._database) as session:
            due = list(session.execute(query.order_by(OutboxRow.due_at).limit(100)))
        return sum(self._deliver(id) for id, due_at in due if not self._stop.is_set() and self._claim(id, due_at))

    def _claim(self, id: str, due_at: datetime) -> bool:
        """Whether this process gets to deliver the message now."""
        mine = update(OutboxRow).where(OutboxRow.id == id, OutboxRow.due_at == due_at, in_turn())
        with transaction(self._database) as session:
            claimed = mine.values(due_at=self._clock() + _LEASE, attempts=OutboxRow.attempts + 1)
            return changed(session, claimed.execution_options(synchronize_session=False)) == 1

    def _deliver(self, id: str) -> bool:
        with transaction(self._database) as session:
            row = session.get(OutboxRow, id)
            if row is None:  # its conversation was deleted meanwhile
                return False
            channel, payload, attempts = row.channel, row.payload, row.attempts
            seen = self._was_seen(session, payload)
        if seen:
            self._finish(id, "skipped")
            return False
        try:
            self._senders[channel](id, payload)
        except Exception as error:  # whatever a server answers, the other messages must go out
            _log.warning("Outbox: %s was not delivered, try %d: %s", channel, attempts, type(error).__name__)
            self._postpone(id, attempts, type(error).__name__)
            return False
        self._finish(id, "sent")
        return True

    def _was_seen(self, session: Session, payload: dict[str, Any]) -> bool:
        """Whether the customer has seen the message in the chat, so that no e-mail is needed."""
        conversation = session.get(ConversationRow, payload.get("unless_seen_in", ""))
        return conversation is not None and conversation.seen >= payload["message_id"]

    def _postpone(self, id: str, attempts: int, error: str) -> None:
        if attempts >= ATTEMPTS:
            self._finish(id, "failed", error)
            return
        wait = min(_FIRST_WAIT * 3 ** (attempts - 1), _LONGEST_WAIT)
        self._update(id, last_error=error[:80], due_at=self._clock() + wait)

    def _finish(self, id: str, state: str, error: str = "") -> None:
        # Failed messages must not be lost; the content of the others need not be kept.
        emptied: dict[str, Any] = {} if state == "failed" else {"payload": {}}
        self._update(id, state=state, last_error=error[:80], **emptied)

    def _update(self, id: str, **values: Any) -> None:
        with transaction(self._database) as session:
            session.execute(update(OutboxRow).where(OutboxRow.id == id).values(**values))


def in_turn() -> ColumnElement[bool]:
    """Condition: the message is waiting, and not held back by a webhook of its conversation that is being retried."""
    tried = aliased(OutboxRow)
    others = select(tried.id).where(tried.conversation_id == OutboxRow.conversation_id, tried.conversation_id != "")
    others = others.where(tried.channel == "webhook", tried.state == "waiting", tried.attempts > 0)
    is_held = (OutboxRow.channel == "webhook") & (OutboxRow.attempts == 0) & others.exists()
    return (OutboxRow.state == "waiting") & ~is_held

"""Puts messages into the outbox."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.db import changed, utc_now

from .tables import OutboxRow


@dataclass(frozen=True, slots=True)
class Post:
    """A message to be sent by e-mail or webhook, after ``delay`` at the earliest.

    An e-mail with ``adds`` in its payload is merged into one of the same conversation that is not yet being sent.
    """

    channel: Literal["email", "webhook"]
    payload: dict[str, Any]
    delay: timedelta = timedelta(0)


def enqueue(session: Session, post: Post, conversation_id: str, message_id: int | None = None) -> None:
    """Puts a message into the outbox, in the same transaction as the event it reports."""
    if _added(session, post, conversation_id):
        return
    payload = post.payload if message_id is None else {**post.payload, "message_id": message_id}
    session.add(
        OutboxRow(
            id=secrets.token_urlsafe(16),
            conversation_id=conversation_id,
            due_at=utc_now() + post.delay,
            channel=post.channel,
            payload=payload,
            attempts=0,
            state="waiting",
            last_error="",
        )
    )


def _added(session: Session, post: Post, conversation_id: str) -> bool:
    """Whether the message was merged into an e-mail that has not been tried yet."""
    if "adds" not in post.payload:
        return False
    untried = (OutboxRow.state == "waiting", OutboxRow.attempts == 0)
    query = select(OutboxRow).where(OutboxRow.conversation_id == conversation_id, *untried)
    for row in session.scalars(query):
        if "adds" in row.payload and row.payload.get("subject") == post.payload.get("subject"):  # the same hand-off
            payload = {**post.payload, "body": f"{row.payload['body']}\n\n{post.payload['adds']}"}
            grown = update(OutboxRow).where(OutboxRow.id == row.id, *untried).values(payload=payload)
            grown = grown.execution_options(synchronize_session=False)  # its sending may have begun since it was read
            return changed(session, grown) == 1
    return False

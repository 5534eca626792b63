"""Queries of the support desk on the support chat's tables."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, case, func, select
from sqlalchemy.orm import Session

from apps.support.policy import FAILURES, Action
from apps.support.store import HandOff, read_hand_off
from apps.support.tables import ConversationRow, HandOffRow, MessageRow
from core.db import transaction
from knowledge.faq.critical_topics import DANGER

from .resolution import Step, Talk

_AT_ONCE = DANGER | {"fraud", "lost_card"}  # every minute counts
_MOST_MESSAGES = 100_000  # the newest, from which figures are computed


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question without an answer as it was searched for, its time, and the customer's last words in it.

    These are the question itself unless it includes an earlier message.
    """

    text: str
    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation in a list: id, start, language, first question, thumbs, and whether it was handed off."""

    id: str
    at: datetime
    language: str
    question: str
    thumbs: frozenset[int]
    handed_off: bool


class Records:
    """Read-only queries. Every method raises a StorageError if the database does not answer."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def open_hand_offs(self, limit: int = 100) -> tuple[list[HandOff], int]:
        """The open hand-offs, and how many more there are.

        Waiting ones come first, those for whom every minute counts before the others, each oldest first; then answered
        ones, most recently active first.
        """
        id, is_open = HandOffRow.conversation_id, HandOffRow.state != "closed"
        waits = HandOffRow.state == "waiting"
        last = select(func.max(MessageRow.id)).where(MessageRow.conversation_id == id).scalar_subquery()
        calm = case((waits & HandOffRow.topic.in_(_AT_ONCE), 0), else_=1)
        order = (HandOffRow.state.desc(), calm, case((waits, HandOffRow.created_at)), case((~waits, last)).desc())
        with transaction(self._database) as session:  # "waiting" sorts after "answered"
            query = select(HandOffRow).where(is_open).order_by(*order, HandOffRow.reference).limit(limit)
            found = [read_hand_off(row) for row in session.scalars(query)]
            return found, session.scalars(select(func.count()).where(is_open)).one() - len(found)

    def hand_off(self, reference: str) -> HandOff | None:
        """The hand-off with this reference, open or closed."""
        with transaction(self._database) as session:
            row = session.get(HandOffRow, reference)
            return read_hand_off(row) if row else None

    def unanswered(self, since: datetime, limit: int = 5_000) -> list[Unanswered]:
        """The newest questions that got no answer; of a message with several, those left open."""
        query = select(MessageRow.reply, MessageRow.created_at)
        query = query.where(MessageRow.author == "bot", MessageRow.created_at >= since)
        with transaction(self._database) as session:
            found: list[Unanswered] = []
            for reply, at in session.execute(query.order_by(MessageRow.id.desc()).limit(_MOST_MESSAGES)).tuples():
                found += [Unanswered(text, at, _last_words(text, reply)) for text in _unanswered(reply or {})]
                if len(found) >= limit:
                    break
            return found[:limit]

    def conversations(self, *, thumb: int | None = None, limit: int = 50) -> list[Summary]:
        """The newest conversations with a message; with ``thumb``, only those in which it was given."""
        asked = select(MessageRow.conversation_id).where(MessageRow.author == "customer")
        query = select(ConversationRow).where(ConversationRow.id.in_(asked))
        if thumb is not None:
            rated = select(MessageRow.conversation_id).where(MessageRow.thumb == thumb)
            query = query.where(ConversationRow.id.in_(rated))
        query = query.order_by(ConversationRow.created_at.desc()).limit(limit)
        with transaction(self._database) as session:
            rows = list(session.scalars(query))
            messages = _by_conversation(session, [row.id for row in rows])
            handed = set(session.scalars(select(HandOffRow.conversation_id)))
            return [
                Summary(
                    row.id,
                    row.created_at,
                    row.language,
                    next(each.text for each in messages[row.id] if each.author == "customer"),
                    frozenset(each.thumb for each in messages[row.id]) - {0},
                    row.id in handed,
                )
                for row in rows
            ]

    def talks(self, since: datetime) -> list[Talk]:
        """The conversations since then, for figures."""
        query = select(MessageRow).where(MessageRow.created_at >= since, MessageRow.author != "desk")
        query = query.order_by(MessageRow.id.desc()).limit(_MOST_MESSAGES)
        with transaction(self._database) as session:
            handed = set(session.scalars(select(HandOffRow.conversation_id)))
            steps: dict[str, list[Step]] = defaultdict(list)
            for row in session.scalars(query.execution_options(yield_per=1_000)):
                reply = row.reply or {}
                action = Action(reply["action"]) if row.author == "bot" and reply else None
                counts = _answered(reply), len(_unanswered(reply))
                step = Step(row.created_at, action, row.thumb, reply.get("seconds"), *counts)
                steps[row.conversation_id].append(step)
            return [Talk(tuple(reversed(own)), id in handed) for id, own in steps.items()]


def _answered(reply: Mapping[str, Any]) -> int:
    """How many questions a reply answered: one per entry cited, or one if it was composed."""
    if reply.get("action") != Action.ANSWER:
        return 0
    return 1 if reply.get("is_composed") else max(1, len(reply.get("citations", ())))


def _unanswered(reply: Mapping[str, Any]) -> list[str]:
    """The questions that a reply left unanswered because it found nothing or only suggested titles."""
    return [str(reply["standalone"])] if reply.get("action") in FAILURES else list(reply.get("left_open", ()))


def _last_words(text: str, reply: Mapping[str, Any]) -> str:
    """The last message in a search text, which may include the previous question."""
    question = str(reply["question"])
    return question if text.endswith(f" {question}") else text


def _by_conversation(session: Session, ids: Sequence[str]) -> dict[str, list[MessageRow]]:
    found: dict[str, list[MessageRow]] = {id: [] for id in ids}
    query = select(MessageRow).where(MessageRow.conversation_id.in_(ids)).order_by(MessageRow.id)
    for row in session.scalars(query):
        found[row.conversation_id].append(row)
    return found

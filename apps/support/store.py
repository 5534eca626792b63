"""Stores conversations, hand-offs and outgoing messages. Every method is one transaction."""

import hmac
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import datetime
from threading import Lock
from typing import Any, get_args

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from core.db import transaction, utc_now
from core.digest import digest
from core.errors import InputFormatError
from knowledge.faq.critical_topics import Topic
from knowledge.retrieval.language import Language

from .conversation import HISTORY_WINDOW, Conversation, Reply, Turn, read_reply, read_turn, turn_json
from .posts import Post, enqueue
from .tables import Author, ConversationRow, HandOffRow, MessageRow, State


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a thread, from either side. ``reply`` is the bot's; ``signed`` is the account at the desk."""

    id: int
    created_at: datetime
    author: Author
    text: str
    reply: Reply | None = None
    thumb: int = 0
    signed: str = ""


@dataclass(frozen=True, slots=True)
class Thread:
    """A customer's conversation: whether a person has it, and the id of the last message the customer has seen."""

    id: str
    language: Language
    with_person: bool
    seen: int


@dataclass(frozen=True, slots=True)
class HandOff:
    """A conversation handed off to a person.

    Attributes:
        reference: by which customer and staff name it.
        created_at: in UTC.
        language: the customer's.
        email: where to answer: an e-mail address, or a telephone number.
        note: the customer's note.
        transcript: ``{"question", "action", "answer"}`` of each turn, oldest first.
        library_version: the FAQ that answered.
        conversation_id: the thread in which both sides write.
        topic: the gravest critical topic, or empty.
        summary: what happened so far, made from a template.
        state: waiting, answered or closed.
    """

    reference: str
    created_at: datetime
    language: Language
    email: str
    note: str
    transcript: tuple[dict[str, str], ...]
    library_version: str
    conversation_id: str = ""
    topic: str = ""
    summary: str = ""
    state: State = "waiting"

    @property
    def to_be_called(self) -> bool:
        """Whether the customer left a telephone number, to which no answer can be sent."""
        return "@" not in self.email


Posts = Callable[[HandOff], Sequence[Post]]
"""Makes the outgoing messages about a hand-off in its state when the message is stored."""


class SupportStore:
    """The support chatbot's data in the database.

    Every method raises a StorageError if the database does not answer.
    """

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._queue: AbstractContextManager[Any] = Lock() if database.dialect.name == "sqlite" else nullcontext()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A write transaction. SQLite allows one at a time: here they queue, where SQLite would poll."""
        with self._queue, transaction(self._database) as session:
            yield session

    def start(self, language: Language) -> tuple[str, str]:
        """Opens a conversation; returns its id and its token, of which only a hash is stored."""
        id, token = secrets.token_urlsafe(16), secrets.token_urlsafe(32)
        row = ConversationRow(id=id, token_hash=digest(token), created_at=utc_now(), language=language, seen=0)
        with self.write() as session:
            session.add(row)
        return id, token

    def thread(self, id: str, token: str | None = None) -> Thread | None:
        """The conversation; None if there is none, or ``token`` is given and wrong."""
        with transaction(self._database) as session:
            row = session.get(ConversationRow, id)
            if row is None or (token is not None and not hmac.compare_digest(row.token_hash, digest(token))):
                return None
            return Thread(row.id, row.language, _open(session, id) is not None, row.seen)

    def turns(self, id: str) -> Conversation:
        """The chatbot's memory of the conversation: its last turns."""
        with transaction(self._database) as session:
            return _turns(session, id)

    def add_turn(
        self, id: str, turn: Turn, seconds: float = 0.0, external_id: str | None = None
    ) -> tuple[int, int] | None:
        """Appends a question and its reply, which took ``seconds``.

        Returns:
            The ids of both messages; None, storing nothing, if a person has the conversation by now.

        Raises:
            TakenError: there is already a message with this ``external_id``.
        """
        with self.write() as session:
            conversation = _lock(session, id)
            if _open(session, id):
                return None
            conversation.language = turn.reply.language
            return _add_turn(session, id, turn, seconds, external_id)

    def forward(
        self,
        id: str,
        text: str,
        posts: Posts,
        *,
        topic: str = "",
        turn: Turn | None = None,
        email: str = "",
        external_id: str | None = None,
    ) -> HandOff | None:
        """Appends a customer's message to the person who has the conversation.

        Args:
            text: masked; empty for a mere change of address.
            posts: messages to send with it; none are sent if neither text nor address is new.
            topic: the critical topic of the text. The hand-off keeps the gravest.
            turn: the text with the bot's reply to it, if the bot replies nevertheless.
            email: new address for answers; empty keeps the present one.

        Returns:
            The hand-off; None, storing nothing, if no person has the conversation any more.

        Raises:
            TakenError: see :meth:`add_turn`.
        """
        with self.write() as session:
            _lock(session, id)
            row = _open(session, id)
            if row is None:
                return None
            if not text and email in ("", row.email):
                return read_hand_off(row)
            row.email, row.state, row.topic = email or row.email, "waiting", gravest([row.topic, topic])
            message_id = None
            if turn:
                message_id, _ = _add_turn(session, id, turn, external_id=external_id)
            elif text:
                message_id = _message(session, id, "customer", text, external_id=external_id).id
            hand_off = read_hand_off(row)
            for post in posts(hand_off):
                enqueue(session, post, id, message_id)
            return hand_off

    def answer(
        self,
        reference: str,
        text: str,
        posts: Posts,
        *,
        external_id: str | None = None,
        close: bool = False,
        signed: str | None = None,
    ) -> bool:
        """Appends the desk's message, and queues outgoing messages. ``close`` ends the hand-off with that reference.

        Returns:
            False if ``external_id`` is already there; the text is not stored again.

        Raises:
            InputFormatError: there is no such hand-off, or it has no conversation.
        """
        with self.write() as session:
            row = _hand_off(session, reference)
            if not row.conversation_id:
                raise InputFormatError("There is no such conversation")
            known = select(MessageRow.id).where(MessageRow.external_id == external_id)
            is_new = external_id is None or session.scalar(known) is None
            if is_new:
                message = _message(session, row.conversation_id, "desk", text, external_id=external_id, signed=signed)
                for post in posts(read_hand_off(row)):
                    enqueue(session, post, row.conversation_id, message.id)
            if close:
                row.state = "closed"
            elif is_new and row.state == "waiting":
                row.state = "answered"
            return is_new

    def messages(self, id: str, after: int = 0, newest: int | None = None) -> list[Message]:
        """Messages with an id above ``after``, oldest first; at most the ``newest`` last ones."""
        query = select(MessageRow).where(MessageRow.conversation_id == id, MessageRow.id > after)
        query = query.order_by(MessageRow.id.desc()).limit(newest)
        with transaction(self._database) as session:
            return [_read_message(row) for row in reversed(session.scalars(query).all())]

    def see(self, id: str, message_id: int) -> None:
        """Stores that a customer has seen the messages up to this one."""
        shown = select(func.max(MessageRow.id)).where(MessageRow.conversation_id == id, MessageRow.id <= message_id)
        with self.write() as session:
            conversation = _lock(session, id)
            conversation.seen = max(conversation.seen, session.scalar(shown) or 0)

    def rate(self, id: str, message_id: int, thumb: int) -> bool:
        """Stores a customer's thumb, 1 or -1, for one of the bot's replies; False if there is no such reply."""
        with self.write() as session:
            row = session.get(MessageRow, message_id)
            if row is None or row.conversation_id != id or row.author != "bot":
                return False
            row.thumb = thumb
            return True

    def rate_newest(self, id: str, thumb: int) -> None:
        """Stores a customer's thumb for the bot's newest reply in a conversation."""
        query = select(MessageRow.id).where(MessageRow.conversation_id == id, MessageRow.author == "bot")
        with transaction(self._database) as session:
            newest = session.scalar(query.order_by(MessageRow.id.desc()).limit(1))
        if newest is not None:
            self.rate(id, newest, thumb)

    def hand_off(
        self,
        hand_off: HandOff,
        posts: Sequence[Post] = (),
        *,
        turn: Turn | None = None,
        said: Conversation | None = None,
    ) -> bool:
        """Stores a hand-off and its outgoing messages; from now on a person has the conversation.

        Args:
            turn: its note with the bot's reply, if the bot replies to it.
            said: the turns from which its transcript was made.

        Returns:
            False, storing nothing, if a person already has the conversation, or the bot has replied since.
        """
        id = hand_off.conversation_id
        with self.write() as session:
            if id:
                _lock(session, id)
                if _open(session, id) or (said and said != _turns(session, id)):
                    return False
            session.add(HandOffRow(**{**asdict(hand_off), "transcript": list(hand_off.transcript)}))
            if turn:
                _add_turn(session, id, turn)
            for post in posts:
                enqueue(session, post, id)
            return True

    def close(self, reference: str) -> None:
        """Closes a hand-off; the bot answers again.

        Raises:
            InputFormatError: there is no such hand-off.
        """
        with self.write() as session:
            _hand_off(session, reference).state = "closed"

    def open_hand_off(self, conversation_id: str) -> HandOff | None:
        """The open hand-off of a conversation, if any."""
        with transaction(self._database) as session:
            row = _open(session, conversation_id)
            return read_hand_off(row) if row else None

    def waiting(self, limit: int = 100) -> list[HandOff]:
        """The oldest ``limit`` hand-offs waiting for the desk, oldest first."""
        query = select(HandOffRow).where(HandOffRow.state == "waiting")
        query = query.order_by(HandOffRow.created_at, HandOffRow.reference).limit(limit)
        with transaction(self._database) as session:
            return [read_hand_off(row) for row in session.scalars(query)]


def gravest(topics: Iterable[str | None]) -> str:
    """The gravest of these critical topics; empty if there is none."""
    order: tuple[str, ...] = get_args(Topic)
    return min((topic for topic in topics if topic), key=order.index, default="")


def _lock(session: Session, id: str) -> ConversationRow:
    """The conversation, locked until the transaction ends, so that its messages are serialised."""
    row = session.scalar(select(ConversationRow).where(ConversationRow.id == id).with_for_update())
    if row is None:
        raise InputFormatError("There is no such conversation")
    return row


def _hand_off(session: Session, reference: str) -> HandOffRow:
    """The hand-off, with its conversation locked until the transaction ends."""
    id = session.scalar(select(HandOffRow.conversation_id).where(HandOffRow.reference == reference))
    if id is None:
        raise InputFormatError("There is no hand-off of this reference")
    if id:  # hand-offs of the first version have no conversation
        _lock(session, id)
    return session.get_one(HandOffRow, reference)


def _open(session: Session, id: str) -> HandOffRow | None:
    """The conversation's open hand-off, if a person has it."""
    return session.scalar(select(HandOffRow).where(HandOffRow.conversation_id == id, HandOffRow.state != "closed"))


def _turns(session: Session, id: str) -> Conversation:
    """The bot's last turns since the latest closed hand-off, if any."""
    closed = select(func.max(HandOffRow.created_at)).where(
        HandOffRow.conversation_id == id, HandOffRow.state == "closed"
    )
    query = select(MessageRow).where(MessageRow.conversation_id == id, MessageRow.author == "bot")
    if since := session.scalar(closed):
        query = query.where(MessageRow.created_at > since)
    query = query.order_by(MessageRow.id.desc()).limit(HISTORY_WINDOW)
    rows = [row.reply or {} for row in session.scalars(query)]
    language = session.scalar(select(ConversationRow.language).where(ConversationRow.id == id))
    return Conversation([read_turn(row) for row in reversed(rows)], language or "en")


def _add_turn(
    session: Session, id: str, turn: Turn, seconds: float = 0.0, external_id: str | None = None
) -> tuple[int, int]:
    question = _message(session, id, "customer", turn.question, external_id=external_id)
    answer = _message(session, id, "bot", turn.reply.text, reply={**turn_json(turn), "seconds": seconds})
    return question.id, answer.id


def _message(session: Session, id: str, author: Author, text: str, **fields: Any) -> MessageRow:
    row = MessageRow(conversation_id=id, created_at=utc_now(), author=author, text=text, thumb=0, **fields)
    session.add(row)
    session.flush()
    return row


def _read_message(row: MessageRow) -> Message:
    reply, signed = read_reply(row.reply) if row.reply else None, row.signed or ""
    return Message(row.id, row.created_at, row.author, row.text, reply, row.thumb, signed)


def read_hand_off(row: HandOffRow) -> HandOff:
    """The hand-off of a row."""
    fields = {name: getattr(row, name) for name in HandOff.__dataclass_fields__}
    return HandOff(**{**fields, "transcript": tuple(row.transcript)})

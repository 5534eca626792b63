"""The chat as every front end sees it: the bot answers and, after a hand-off, a person.

Both sides write into one thread. While a person has it, the bot is silent.
"""

import re
import secrets
import time
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from email_validator import EmailNotValidError, validate_email

from apps.ui.texts import t
from core.errors import InputFormatError
from knowledge.faq.critical_topics import DANGER
from knowledge.privacy import mask
from knowledge.retrieval.language import Language

from .conversation import Conversation, Reply, Turn, checked, language_in
from .limits import Limits
from .policy import Action
from .posts import Post
from .replies import as_written
from .service import SupportService
from .store import HandOff, Posts, SupportStore, Thread, gravest
from .words import in_words

MAX_ADDRESS = 320
"""Longest e-mail address or telephone number, in characters."""

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without letters that are easily confused over the phone
_TELEPHONE = re.compile(r"\+?\d{6,15}")
_EXTENSION = re.compile(r"(?:(?<=\d{7})-|\s*(?:转|轉|ext\.?|x)\s*)(\d{1,5})$", re.IGNORECASE)
# Including invisible characters, as phones copy them, and the undialled zero in "+44 (0)20".
_BETWEEN_DIGITS = re.compile(r"(?<=\d)\s*\(0\)|[\s().\-‐–—−/\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_NO_ADDRESS = "That is neither an e-mail address nor a telephone number"
_TOGETHER = timedelta(seconds=60)  # messages of a customer within this time go to the desk in one e-mail
_UNSEEN = timedelta(seconds=60)  # a customer who has not seen the desk's answer by then gets it by e-mail


class SupportChat:
    """Conversations of customers with the chatbot and with people.

    Args:
        channels: for notifying the desk: ``email``, ``webhook``, both or none.

    Attributes:
        limits: rate limits that every front end checks before it starts a conversation or takes a message.
    """

    def __init__(self, service: SupportService, store: SupportStore, channels: Collection[str] = ()) -> None:
        self.service, self.store, self.limits = service, store, Limits()
        self._channels = frozenset(channels)

    @property
    def sends_mail(self) -> bool:
        """Whether an absent customer gets the desk's answer by e-mail."""
        return "email" in self._channels

    def start(self, language: Language) -> tuple[str, str]:
        """Opens a conversation; returns its id and the token that identifies its customer."""
        return self.store.start(language)

    def say(self, id: str, message: str, external_id: str | None = None) -> Reply:
        """Takes a customer's message: the bot answers it, or the person who has the conversation gets it.

        Raises:
            TakenError: ``external_id`` was received before; the message is stored once.
            InputFormatError: it is empty or not text, or there is no such conversation.
            InputTooLargeError: it has more than :data:`apps.support.conversation.MAX_MESSAGE` characters.
        """
        message = checked(message)
        while True:  # the conversation may be handed off or closed while its message is processed
            thread = self.store.thread(id)
            if thread is None:
                raise InputFormatError("There is no such conversation")
            if thread.with_person:
                reply = self._forwarded(thread, mask(message), external_id)
            else:
                reply = self._answered(id, message, external_id)
            if reply:
                return reply

    def hand_off(self, id: str, *, email: str, note: str, language: Language) -> HandOff:
        """Hands a conversation off to a person, at any hour.

        A repeated call keeps the hand-off, updates its address and adds the note to the thread.

        Args:
            email: where the customer can be reached: an e-mail address, or a telephone number.

        Raises:
            InputFormatError: ``email`` is neither, or there is no such conversation.
            InputTooLargeError: ``note`` has more than :data:`apps.support.conversation.MAX_MESSAGE` characters.
        """
        email, note = _address(email), note.strip()
        note = mask(checked(note)) if note else ""
        while True:  # as in say
            conversation = self.store.turns(id)
            topic, vetted = self._vetted(conversation, note)
            turns = conversation.turns
            hand_off = HandOff(
                reference=new_reference(),
                created_at=datetime.now(UTC),
                language=language,
                email=email,
                note=note,
                transcript=tuple(self._transcript(conversation)),
                library_version=self.service.library.version,
                conversation_id=id,
                topic=gravest([topic, *(turn.reply.topic for turn in turns)]),
            )
            hand_off = replace(hand_off, summary=summary(turns, language, hand_off.topic))
            if self.store.hand_off(hand_off, self._announced(hand_off), turn=vetted, said=conversation):
                return hand_off
            known = self.store.open_hand_off(id)
            if known:
                news = "" if note == known.note else note  # a note sent twice is forwarded once
                posts, turn = self._told(news, topic), vetted if news else None
                known = self.store.forward(id, news, posts, topic=topic, turn=turn, email=email)
            if known:
                return known

    def answer(
        self,
        reference: str,
        text: str,
        *,
        external_id: str | None = None,
        close: bool = False,
        signed: str | None = None,
    ) -> bool:
        """Takes a message from a person at the desk to a customer.

        Args:
            signed: that person's account, visible to the desk only.

        Returns:
            False if ``external_id`` was received before.

        Raises:
            InputFormatError: there is no such hand-off, or the text is empty or not text.
            InputTooLargeError: it is too long.
        """
        text = checked(text)

        def posts(hand_off: HandOff) -> list[Post]:
            language = hand_off.language
            if hand_off.to_be_called:
                return []
            company = self._name(language)
            mail = {
                "to": hand_off.email,
                "subject": self._subject(hand_off),
                "body": t("email.answer", language, text=text, reference=hand_off.reference, company=company),
                "unless_seen_in": hand_off.conversation_id,
            }
            return self._only([Post("email", mail, _UNSEEN)])

        reference = reference.strip().upper()
        return self.store.answer(reference, text, posts, external_id=external_id, close=close, signed=signed)

    def _answered(self, id: str, message: str, external_id: str | None) -> Reply | None:
        """The bot's reply; None if the conversation was handed off meanwhile."""
        conversation, began = self.store.turns(id), time.monotonic()
        reply = self.service.reply(conversation, message)
        seconds = round(time.monotonic() - began, 4)
        kept = self.store.add_turn(id, conversation.turns[-1], seconds, external_id)
        return reply if kept else None

    def _forwarded(self, thread: Thread, text: str, external_id: str | None) -> Reply | None:
        """The customer's reply for a message to a person; None if the desk has closed the hand-off meanwhile."""
        conversation = self.store.turns(thread.id)
        topic, vetted = self._vetted(conversation, text)
        posts = self._told(text, topic)
        if not self.store.forward(thread.id, text, posts, topic=topic, turn=vetted, external_id=external_id):
            return None
        forwarded = as_written(self.service.company, conversation, text, Reply(Action.FORWARD, thread.language))
        return vetted.reply if vetted else forwarded

    def _vetted(self, conversation: Conversation, text: str) -> tuple[str, Turn | None]:
        """The critical topic of a message to a person, and the vetted text on it unless the customer already has it.

        If somebody may be in danger, it is given each time, since nobody may be at the desk.
        """
        critical = self.service.critical
        topic = None if critical.triage.small_talk(text) else critical.triage.topic_of(text)
        if topic is None:
            return "", None
        if topic not in DANGER and topic in {turn.reply.topic for turn in conversation.turns}:
            return topic, None
        language = language_in(conversation, text)
        vetted = as_written(self.service.company, conversation, text, critical.reply(topic, text, language))
        return topic, Turn(text, text, replace(vetted, suggestions=(), offers_person=False))

    def _transcript(self, conversation: Conversation) -> list[dict[str, str]]:
        company = self.service.company
        return [
            {"question": turn.question, "action": turn.reply.action.value, "answer": in_words(company, turn.reply)}
            for turn in conversation.turns
        ]

    def _announced(self, hand_off: HandOff) -> list[Post]:
        lines = [hand_off.summary, hand_off.note]
        for turn in hand_off.transcript:
            lines.append(f"> {turn['question']}\n{turn['answer']}")
        body = "\n\n".join(line for line in lines if line)
        event = {
            "type": "hand_off.created",
            "timestamp": hand_off.created_at.isoformat(),
            "data": {
                "reference": hand_off.reference,
                "language": hand_off.language,
                "topic": hand_off.topic,
                "note": hand_off.note,
                "summary": hand_off.summary,
                "transcript": list(hand_off.transcript),
                "library_version": hand_off.library_version,
                "team_present": self.service.company.next_opening(hand_off.created_at) is None,
            },
        }
        return self._only([Post("email", self._to_desk(hand_off, body)), Post("webhook", event)])

    def _told(self, text: str, topic: str) -> Posts:
        """Notifications to the desk of a customer's message or, without a text, of a new address."""

        def posts(hand_off: HandOff) -> list[Post]:
            language = hand_off.language
            if not text:
                body = t("email.new_address", language, email=hand_off.email)
                return self._only([Post("email", {**self._to_desk(hand_off, body), "adds": body}, _TOGETHER)])
            body = f"{_topic_line(topic, language)}\n\n{text}" if topic else text
            event = {
                "type": "message.created",
                "timestamp": datetime.now(UTC).isoformat(),
                "data": {"reference": hand_off.reference, "text": text, "topic": topic},
            }
            mail = self._to_desk(hand_off, body)
            email = Post("email", mail) if topic else Post("email", {**mail, "adds": body}, _TOGETHER)
            return self._only([email, Post("webhook", event)])

        return posts

    def _to_desk(self, hand_off: HandOff, body: str) -> dict[str, str]:
        mail = {"to": str(self.service.company.email), "subject": self._subject(hand_off)}
        if hand_off.to_be_called:
            return {**mail, "body": f"{t('email.call', hand_off.language, phone=hand_off.email)}\n\n{body}"}
        return {**mail, "body": body, "reply_to": hand_off.email}

    def _subject(self, hand_off: HandOff) -> str:
        language = hand_off.language
        return t("email.subject", language, reference=hand_off.reference, company=self._name(language))

    def _name(self, language: Language) -> str:
        return self.service.company.name[language]

    def _only(self, posts: Sequence[Post]) -> list[Post]:
        return [post for post in posts if post.channel in self._channels]


def new_reference() -> str:
    """A reference by which customer and staff name a hand-off, such as ``K7QM-2XJ4``."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(2))


def summary(turns: Sequence[Turn], language: Language, topic: str = "", shown: str = "") -> str:
    """What happened so far, from a template, without a model; a last message ``shown`` beside it is not repeated."""
    lines = [_topic_line(topic, language)] if topic else []
    if not turns:
        return "\n".join([*lines, t("summary.nothing", language)])
    counts = Counter(turn.reply.action for turn in turns)
    lines.append(t("summary.counts", language, messages=len(turns), answered=counts[Action.ANSWER]))
    if titles := dict.fromkeys(source.title for turn in turns for source in turn.reply.citations):
        lines.append(t("summary.entries", language, entries=" · ".join(titles)))
    if turns[-1].question != shown:
        lines.append(t("summary.last", language, question=turns[-1].question))
    return "\n".join(lines)


def _topic_line(topic: str, language: Language) -> str:
    return t("summary.topic", language, topic=t(f"topics.{topic}", language))


def _address(email: str) -> str:
    """The e-mail address as every mail server accepts it, or a telephone number's digits: ``02079460958-12``."""
    if len(email) > MAX_ADDRESS:  # first, since the rest takes time quadratic in a run of blanks
        raise InputFormatError(_NO_ADDRESS)
    number, *extension = _EXTENSION.split(unicodedata.normalize("NFKC", email).strip())[:2]
    number = _BETWEEN_DIGITS.sub("", number)
    if _TELEPHONE.fullmatch(number):
        return "-".join([number, *extension])
    try:
        address = validate_email(email.strip(), check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError:
        raise InputFormatError(_NO_ADDRESS) from None
    return address.ascii_email or address.normalized

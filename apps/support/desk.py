"""The front desk: every front end's way to the chatbot and, once it has handed over, to a person.

Both sides write into one thread. While a person has it, the bot is silent.
"""

import re
import time
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from apps.ui.texts import t
from core.errors import InputFormatError
from knowledge.privacy import mask
from knowledge.retrieval.language import Language

from .policy import Action
from .service import Conversation, Reply, SupportService, Turn, checked
from .store import HandOff, Message, Post, SupportStore, new_reference
from .words import in_words

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_UNSEEN = timedelta(seconds=60)  # a customer who has not fetched the desk's answer by then gets it by e-mail


class Desk:
    """Conversations of customers with the chatbot and with people.

    Args:
        service: the chatbot.
        store: the database.
        channels: how the desk is told, ``email`` and ``webhook`` or none of them.
    """

    def __init__(self, service: SupportService, store: SupportStore, channels: Collection[str] = ()) -> None:
        self.service, self.store = service, store
        self._channels = frozenset(channels)

    def start(self, language: Language) -> tuple[str, str]:
        """Opens a conversation; its id and the token by which its customer is known."""
        return self.store.start(language)

    def say(self, id: str, message: str) -> Reply:
        """Takes a customer's message: the bot answers it, or the person who has the conversation gets it.

        Raises:
            InputFormatError: it is empty or no text, or there is no such conversation.
            InputTooLargeError: it has more than :data:`apps.support.service.MAX_MESSAGE` characters.
        """
        message = checked(message)
        thread = self.store.thread(id)
        if thread is None:
            raise InputFormatError("There is no such conversation")
        hand_off = self.store.open_hand_off(id) if thread.with_person else None
        if hand_off:
            masked = mask(message)
            self.store.add_message(id, "customer", masked, posts=self._forwarded(hand_off, masked))
            return Reply(Action.FORWARD, _language(thread.language))
        conversation, began = self.store.turns(id), time.monotonic()
        reply = self.service.reply(conversation, message)
        self.store.add_turn(id, conversation.turns[-1], round(time.monotonic() - began, 4))
        return reply

    def hand_off(self, id: str, *, email: str, note: str, language: Language) -> HandOff:
        """Passes a conversation to a person, at any hour. A second time it stays the same hand-off.

        Raises:
            InputFormatError: ``email`` is not an e-mail address, or there is no such conversation.
            InputTooLargeError: ``note`` has more than :data:`apps.support.service.MAX_MESSAGE` characters.
        """
        email, note = email.strip(), note.strip()
        if len(email) > 254 or not _EMAIL.fullmatch(email):
            raise InputFormatError("That is not an e-mail address")
        note = mask(checked(note)) if note else ""
        known = self.store.open_hand_off(id)
        if known:
            return known
        conversation = self.store.turns(id)
        topics = [turn.reply.topic for turn in conversation.turns if turn.reply.topic]
        hand_off = HandOff(
            reference=new_reference(),
            created_at=datetime.now(UTC),
            language=language,
            email=email,
            note=note,
            transcript=tuple(self._transcript(conversation)),
            library_version=self.service.library.version,
            conversation_id=id,
            topic=topics[-1] if topics else "",
            summary=summary(conversation.turns, language),
        )
        self.store.hand_off(hand_off, self._announced(hand_off))
        return hand_off

    def answer(self, reference: str, text: str, *, external_id: str | None = None, close: bool = False) -> bool:
        """Takes what a person at the desk writes to a customer. Returns False where ``external_id`` came before.

        Raises:
            InputFormatError: there is no such hand-off, or the text is empty or no text.
            InputTooLargeError: it is too long.
        """
        hand_off = self.store.find_hand_off(reference.strip().upper())
        if hand_off is None:
            raise InputFormatError("There is no hand-off of this reference")
        text = checked(text)
        language = _language(hand_off.language)
        mail = {
            "to": hand_off.email,
            "subject": self._subject(hand_off),
            "body": t("email.answer", language, text=text, reference=hand_off.reference, company=self._name(language)),
            "unless_seen_in": hand_off.conversation_id,
        }
        posts = self._only([Post("email", mail, _UNSEEN)])
        added = self.store.add_message(hand_off.conversation_id, "desk", text, posts=posts, external_id=external_id)
        if close:
            self.store.close(hand_off.reference)
        return added is not None

    def messages(self, id: str, after: int = 0) -> list[Message]:
        """What a customer's page has not fetched yet."""
        return self.store.messages(id, after, seen=True)

    def _transcript(self, conversation: Conversation) -> list[dict[str, str]]:
        company = self.service.company
        return [
            {"question": turn.question, "action": turn.reply.action.value, "answer": in_words(company, turn.reply)}
            for turn in conversation.turns
        ]

    def _announced(self, hand_off: HandOff) -> list[Post]:
        language = _language(hand_off.language)
        lines = [hand_off.summary, hand_off.note]
        for turn in hand_off.transcript:
            lines.append(f"> {turn['question']}\n{turn['answer']}")
        body = "\n\n".join(line for line in lines if line)
        event = {
            "type": "hand_off.created",
            "timestamp": hand_off.created_at.isoformat(),
            "data": {
                "reference": hand_off.reference,
                "language": language,
                "topic": hand_off.topic,
                "note": hand_off.note,
                "summary": hand_off.summary,
                "transcript": list(hand_off.transcript),
                "library_version": hand_off.library_version,
                "team_present": self.service.company.next_opening(hand_off.created_at) is None,
            },
        }
        return self._only([Post("email", self._to_desk(hand_off, body)), Post("webhook", event)])

    def _forwarded(self, hand_off: HandOff, text: str) -> list[Post]:
        event = {
            "type": "message.created",
            "timestamp": datetime.now(UTC).isoformat(),
            "data": {"reference": hand_off.reference, "text": text},
        }
        return self._only([Post("email", self._to_desk(hand_off, text)), Post("webhook", event)])

    def _to_desk(self, hand_off: HandOff, body: str) -> dict[str, str]:
        to = str(self.service.company.email)
        return {"to": to, "subject": self._subject(hand_off), "body": body, "reply_to": hand_off.email}

    def _subject(self, hand_off: HandOff) -> str:
        language = _language(hand_off.language)
        return t("email.subject", language, reference=hand_off.reference, company=self._name(language))

    def _name(self, language: Language) -> str:
        return self.service.company.name[language]

    def _only(self, posts: Sequence[Post]) -> list[Post]:
        return [post for post in posts if post.channel in self._channels]


def summary(turns: Sequence[Turn], language: Language) -> str:
    """What happened so far, from a template: no model has a part in it."""
    if not turns:
        return t("summary.nothing", language)
    counts = Counter(turn.reply.action for turn in turns)
    answered = ", ".join(c.id for turn in turns for c in turn.reply.citations) or "–"
    lines = [
        t("summary.counts", language, messages=len(turns), answered=counts[Action.ANSWER], entries=answered),
        t("summary.last", language, question=turns[-1].question),
    ]
    topics = [turn.reply.topic for turn in turns if turn.reply.topic]
    if topics:
        lines.insert(0, t("summary.topic", language, topic=t(f"topics.{topics[-1]}", language)))
    return "\n".join(lines)


def _language(code: str) -> Language:
    return "zh" if code == "zh" else "en"

"""Answers a company's customers from its FAQ."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from core.errors import InputFormatError, InputTooLargeError
from knowledge.faq.followup import standalone
from knowledge.faq.live import ServedFaq
from knowledge.faq.search import Match
from knowledge.retrieval.embed import Embedder, Vectors
from knowledge.retrieval.language import Language, language_of

from .company import Company
from .policy import Action, choose
from .store import HandOff, HandOffStore

MAX_MESSAGE = 2_000
"""Longest message, in characters."""

HISTORY_WINDOW = 5
"""Turns that a conversation remembers."""

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_PERSON_REQUESTS = (
    "I want to talk to a person",
    "Can I speak to a human agent?",
    "Connect me to a real human being",
    "Put me through to customer service staff",
    "I don't want to talk to a bot",
    "live chat with an advisor",
    "speak to a human",
    "I need a human",
    "let me talk to your staff",
    "can someone call me back please",
    "转人工",
    "我要找人工客服",
    "我想跟真人说话",
    "请接客服人员",
    "不要机器人，找个人来",
    "找真人",
    "让你们的工作人员联系我",
)
_GREETING_THRESHOLD, _GREETING_LENGTH = 0.8, 30
_GREETINGS = (
    "hi",
    "hello",
    "hey there",
    "good morning",
    "thank you",
    "thanks",
    "你好",
    "您好",
    "早上好",
    "谢谢",
    "多谢",
)
_PERSON_THRESHOLD = 0.68  # no question of the sample company that is no such request comes above 0.62


@dataclass(frozen=True, slots=True)
class Citation:
    """A source of an answer: the entry's title, the quoted passage, where it stands and when it was updated."""

    id: str
    title: str
    passage: str
    link: str
    updated: date


@dataclass(frozen=True, slots=True)
class Reply:
    """What the chatbot says.

    Attributes:
        action: what the reply does.
        language: the customer's.
        text: the vetted answer, verbatim; empty for the other actions.
        text_language: the language of ``text``: another one where the FAQ has no translation.
        citations: the sources of ``text``.
        suggestions: titles that may be meant (clarify) or are nearest (abstain), best first.
        library_version: the FAQ that was searched.
    """

    action: Action
    language: Language
    text: str = ""
    text_language: Language = "en"
    citations: tuple[Citation, ...] = ()
    suggestions: tuple[str, ...] = ()
    library_version: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as asked, as searched for, and its reply."""

    question: str
    standalone: str
    reply: Reply


@dataclass(slots=True)
class Conversation:
    """One customer's last turns; belongs to one visitor and is never shared."""

    turns: list[Turn] = field(default_factory=list)


class SupportService:
    """The chatbot behind every front end.

    Args:
        company: whom it speaks for.
        current: gives the company's FAQ as it is now.
        store: where hand-offs go.
        multilingual: recognises a wish for a person in any language.
    """

    def __init__(
        self, company: Company, current: Callable[[], ServedFaq], store: HandOffStore, multilingual: Embedder
    ) -> None:
        self.company = company
        self._current = current
        self._store = store
        self.embedder = multilingual
        self._person_requests = multilingual.encode(_PERSON_REQUESTS)
        self._greetings = multilingual.encode(_GREETINGS)

    @property
    def library(self) -> ServedFaq:
        """The FAQ as it is now. A request takes it once, and so is never answered from two versions."""
        return self._current()

    def reply(self, conversation: Conversation, message: str) -> Reply:
        """Answers a message and remembers the turn.

        Raises:
            InputFormatError: the message is empty.
            InputTooLargeError: it has more than :data:`MAX_MESSAGE` characters.
        """
        message = _checked(message)
        question = standalone(message, [turn.question for turn in conversation.turns])
        library = self.library
        result = library.search(question)
        action = choose(
            result.answerability, wants_person=self._wants_person(message), is_greeting=self._is_greeting(message)
        )
        matches = result.matches
        if action is Action.ANSWER and question != message and _was_given(conversation, matches[0].entry.id):
            action, matches = Action.CLARIFY, matches[1:]  # it asks for something else than the answer it follows
        reply = self._reply(action, language_of(message), matches, library.version)
        conversation.turns = [*conversation.turns, Turn(message, question, reply)][-HISTORY_WINDOW:]
        return reply

    def hand_off(self, conversation: Conversation, *, email: str, note: str, language: Language) -> HandOff:
        """Passes the conversation to a person.

        Raises:
            InputFormatError: ``email`` is not an e-mail address.
            InputTooLargeError: ``note`` has more than :data:`MAX_MESSAGE` characters.
        """
        email, note = email.strip(), note.strip()
        if len(email) > 254 or not _EMAIL.fullmatch(email):
            raise InputFormatError("That is not an e-mail address")
        _check_unicode(note)
        if len(note) > MAX_MESSAGE:
            raise InputTooLargeError(f"The note has more than {MAX_MESSAGE} characters")
        transcript = [
            {"question": turn.question, "action": turn.reply.action.value, "answer": turn.reply.text}
            for turn in conversation.turns
        ]
        version = self.library.version
        return self._store.add(
            language=language, email=email, note=note, transcript=transcript, library_version=version
        )

    def _reply(self, action: Action, language: Language, matches: Sequence[Match], version: str) -> Reply:
        if action is Action.ANSWER:
            entry = matches[0].entry
            source = Citation(entry.id, entry.title, entry.answer, str(entry.link or ""), entry.updated)
            return Reply(action, language, entry.answer, entry.language, (source,), (), version)
        asked = action in (Action.CLARIFY, Action.ABSTAIN)
        titles = tuple(match.entry.title for match in matches[:3]) if asked else ()
        return Reply(action, language, suggestions=titles, library_version=version)

    def _wants_person(self, message: str) -> bool:
        return self._likeness(message, self._person_requests) >= _PERSON_THRESHOLD

    def _is_greeting(self, message: str) -> bool:
        short = len(message) <= _GREETING_LENGTH
        return short and self._likeness(message.strip(" .,!?~。，！？～"), self._greetings) >= _GREETING_THRESHOLD

    def _likeness(self, message: str, examples: Vectors) -> float:
        return float((examples @ self.embedder.encode([message])[0]).max())


def _check_unicode(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise InputFormatError("The text has halves of characters that are no text") from None


def _was_given(conversation: Conversation, entry_id: str) -> bool:
    return any(citation.id == entry_id for turn in conversation.turns for citation in turn.reply.citations)


def _checked(message: str) -> str:
    message = message.strip()
    if not message:
        raise InputFormatError("The message is empty")
    _check_unicode(message)
    if len(message) > MAX_MESSAGE:
        raise InputTooLargeError(f"The message has more than {MAX_MESSAGE} characters")
    return message

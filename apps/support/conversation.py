"""A conversation with the chatbot: what the customer said, and what each reply did and said."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, Literal

from core.characters import without_invisible
from core.errors import InputFormatError, InputTooLargeError
from knowledge.faq.critical_topics import Topic
from knowledge.faq.dialogue_acts import Act
from knowledge.faq.sources import MAX_QUESTION
from knowledge.retrieval.language import HAN, Language, Written, is_traditional, language_of

from .policy import FAILURES, Action

MAX_MESSAGE = MAX_QUESTION
"""Longest message, in characters."""

HISTORY_WINDOW = 5
"""Turns that a conversation remembers."""

SmallTalk = Act | Literal["foreign", "unclear"]
"""What a message does that asks nothing; ``foreign`` is in a language that the chat does not speak, ``unclear`` asks
something without a word of what: ``how much?`` at the beginning."""

_MARK = re.compile(r"\[[a-z ]{1,20}\]")  # stands where personal data was masked


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
        text: the vetted answer or text, verbatim unless it is composed; that the text on a topic still holds, or the
            company's hours, where these are asked; empty otherwise. Answers to several questions stand below their
            titles, each with its number among ``citations``.
        text_language: the language of ``text``: another one where the FAQ has no translation.
        citations: the sources of ``text``.
        suggestions: titles that may be meant (clarify), are nearest (abstain), or answer what a message asks besides
            what ``text`` or the account answers or is critical, best first.
        library_version: the FAQ that was searched.
        topic: what a critical message is about.
        small_talk: what it says to small talk, or to a message in another language than the chat speaks.
        offers_person: whether to offer a person beside it.
        scores: ``(entry id, score)`` of the best matches, for the operators; see :class:`~knowledge.faq.search.Match`.
        is_composed: ``text`` is the model's, with the number of its source after each sentence, and not vetted.
        is_likely: the title that came first three times is told, unpicked; ``suggestions`` are the others.
        left_open: those of several questions that neither ``text`` nor a suggestion answers.
        is_traditional: the customer writes traditional characters, and so does the chat. The company's texts stay.
    """

    action: Action
    language: Language
    text: str = ""
    text_language: Language = "en"
    citations: tuple[Citation, ...] = ()
    suggestions: tuple[str, ...] = ()
    library_version: str = ""
    topic: Topic | None = None
    small_talk: SmallTalk | None = None
    offers_person: bool = False
    scores: tuple[tuple[str, float], ...] = ()
    is_composed: bool = False
    is_likely: bool = False
    left_open: tuple[str, ...] = ()
    is_traditional: bool = False

    @property
    def written(self) -> Written:
        """The customer's language as the chat's own sentences are written in it."""
        return "zh-Hant" if self.is_traditional else self.language


def each_answered(citations: Sequence[Citation]) -> str:
    """The text of several answers: title, answer and number of each."""
    return "\n\n".join(f"{each.title}\n{each.passage} [{n}]" for n, each in enumerate(citations, start=1))


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as asked, as searched for, and its reply. Personal data is masked in both.

    Attributes:
        told: ids of the entries that were told in the conversation up to here, also of turns that it has forgotten.
    """

    question: str
    standalone: str
    reply: Reply
    told: frozenset[str] = frozenset()

    @property
    def stood_alone(self) -> bool:
        """Whether it does not lean on the question before it, as a title that was picked or what was put right."""
        return not self.standalone.endswith(f" {self.question}")


@dataclass(slots=True)
class Conversation:
    """One customer's last turns, and the language of the last, or of the page where it begins; never shared."""

    turns: list[Turn] = field(default_factory=list)
    language: Language = field(default="en", compare=False)

    def add(self, turn: Turn) -> None:
        """Remembers a turn, with what was told up to it; forgets the oldest where there are too many."""
        told = frozenset().union(*(each.told for each in self.turns[-1:]), (each.id for each in turn.reply.citations))
        self.turns = [*self.turns, replace(turn, told=told)][-HISTORY_WINDOW:]
        self.language = turn.reply.language


def checked(message: str) -> str:
    """The message without space around it, and without characters that nobody sees.

    Raises:
        InputFormatError: it is empty, or no Unicode text.
        InputTooLargeError: it has more than :data:`MAX_MESSAGE` characters.
    """
    message = without_invisible(message).strip()
    if not message:
        raise InputFormatError("The message is empty")
    try:
        message.encode("utf-8")
    except UnicodeEncodeError:
        raise InputFormatError("The text has halves of characters that are no text") from None
    if len(message) > MAX_MESSAGE:
        raise InputTooLargeError(f"The message has more than {MAX_MESSAGE} characters")
    return message


def language_in(conversation: Conversation, masked: str) -> Language:
    """The message's language; the conversation's where it is a word of both languages or none: ``ok``, ``500?``."""
    text = _MARK.sub("", masked)
    tells = HAN.search(text) or len(re.findall(r"[^\W\d_]+", text)) > 1
    return language_of(text) if tells else conversation.language


def reads_traditional(conversation: Conversation, masked: str) -> bool:
    """Whether the customer writes Chinese in traditional characters; as before where the message may be either."""
    before = (turn.reply.is_traditional for turn in reversed(conversation.turns) if turn.reply.language == "zh")
    written = is_traditional(masked)
    return next(before, False) if written is None else written


def has_declined(conversation: Conversation) -> bool:
    """Whether the customer wanted no person, and nothing was answered since."""
    for reply in (turn.reply for turn in reversed(conversation.turns)):
        if reply.small_talk == "declined":
            return True
        if reply.action not in FAILURES | {Action.GREET, Action.SIGN_IN}:
            return False
    return False


def has_failed(reply: Reply) -> bool:
    """Whether a reply got the customer no further."""
    return reply.action in FAILURES or reply.small_talk == "unclear"


def turn_json(turn: Turn) -> dict[str, Any]:
    """A turn as the database keeps it."""
    reply = asdict(turn.reply)
    for citation in reply["citations"]:
        citation["updated"] = citation["updated"].isoformat()
    return {**reply, "question": turn.question, "standalone": turn.standalone, "told": sorted(turn.told)}


def read_turn(row: dict[str, Any]) -> Turn:
    """The turn of :func:`turn_json`, also of an older version's."""
    return Turn(row["question"], row["standalone"], read_reply(row), frozenset(row.get("told", ())))


def read_reply(row: dict[str, Any]) -> Reply:
    """The reply of :func:`turn_json`, also of an older version's."""
    # The last is of older rows: whether, not which.
    others = ("question", "standalone", "told", "seconds", "leaves_open")
    fields = {name: row[name] for name in row if name not in others}
    fields["action"] = Action(row["action"])
    fields["citations"] = tuple(
        Citation(**{**citation, "updated": date.fromisoformat(citation["updated"])}) for citation in row["citations"]
    )
    fields["suggestions"] = tuple(row["suggestions"])
    fields["left_open"] = tuple(row.get("left_open", ()))
    fields["scores"] = tuple((id, score) for id, score in row["scores"])
    return Reply(**fields)

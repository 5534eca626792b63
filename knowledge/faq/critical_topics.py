"""Messages that no search may answer: critical topics, requests for a person, and matters of the customer's account.

The rules are data, in ``critical_topics.yaml``; they run before retrieval. Wordings that they do not cover may be
recognised by meaning.
"""

import re
import unicodedata
from collections.abc import Collection, Container, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal, Protocol, get_args

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from core.errors import KnowledgeError
from core.files import packaged
from core.validation import problems

from ..retrieval.language import SENTENCE_END, Language, simplified
from ..retrieval.lexical import content_words, words
from ..retrieval.spelling import Spelling

Topic = Literal["self_harm", "emergency", "fraud", "lost_card", "bereavement", "complaint", "dispute", "hardship"]
"""Topics that must reach a person at once, the gravest first."""
DANGER: frozenset[Topic] = frozenset({"self_harm", "emergency"})
"""Somebody may be hurt: these apply to every company, and are answered each time."""
GIVE_WAY: frozenset[Topic] = frozenset({"complaint", "dispute", "hardship"})
"""Topics that self-harm recognised by meaning overrides; bereavement is not among them, as grief sounds too similar."""
TOPICS: frozenset[Topic] = frozenset(get_args(Topic))

_FEW_WORDS = 3
_WORD = re.compile(r"[^\W\d_]+")
_LOOKALIKES = str.maketrans("аеорсухіѕјο", "aeopcyxisjo")  # Cyrillic and Greek letters within English words
_CAPITALS = str.maketrans("КМТНВΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "KMTHBABEZHIKMNOPTYX")  # these look Latin only as capitals
_NAMED = re.compile(r"[a-z]{3,}")
# In a regular expression: negative look-arounds, names of lists, and escapes.
_NO_WORDS = re.compile(r"\(\?<?!(?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|\{\w+\}|\\.")
# Characters before "死我了" that are meant literally: ways of killing, and wishes.
_NO_FIGURE = "打杀捅砍勒掐毒淹烧电砸撞咬踢摔逼弄整压害要想快"
_HYPERBOLE = re.compile(rf"[穷饿累忙气热困烦急]死|[^\W{_NO_FIGURE}]死我(?=[了啦咯])|\b(?i:dying) to (?!die\b)")
_HYPERBOLE_OF_WORRY = re.compile(rf"[要逼]死|{_HYPERBOLE.pattern}")  # may be meant literally if there is no other topic


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    patterns: Annotated[tuple[str, ...], Field(min_length=1)]
    unless: tuple[str, ...] = ()


def _paragraphs(texts: dict[Language, str]) -> dict[Language, str]:
    """Puts each paragraph on one line; in the file it spans several, separated by blank lines."""
    between: dict[Language, str] = {"en": " ", "zh": ""}
    return {
        language: "\n".join(between[language].join(part.splitlines()) for part in text.split("\n\n"))
        for language, text in texts.items()
    }


class _TopicRules(_Rules):
    id: Topic
    text: Annotated[dict[Language, str], Field(min_length=2), AfterValidator(_paragraphs)]


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1]
    spelling: tuple[str, ...]
    correct: tuple[str, ...]
    quiet: tuple[str, ...]
    words: dict[str, str]
    topics: tuple[_TopicRules, ...]
    everyday: _Rules
    no_event: _Rules
    person_requests: _Rules
    contact_requests: _Rules
    hours_requests: _Rules
    account_requests: _Rules
    own_matters: _Rules
    own_states: _Rules


class Recognizer(Protocol):
    """Recognises critical topics by other means than rules."""

    def topic_of(self, message: str) -> Topic | None:
        """The topic that the message is about."""


class CriticalTopics:
    """Recognises critical topics, requests for a person and those that concern the customer's own account.

    Args:
        rules: the checked file.
        fallback: asked about messages in which no rule sees danger. If a rule sees another topic, the fallback counts
            only for an emergency (not a past one reported with a death) and, if that topic gives way, for self-harm; in
            everyday matters and mere requests for a person, only for an emergency. Hyperbole such as 累死了 counts as
            neither. It is not asked about up to three English words of which none is in the topics' patterns, since
            its result for ``my wife`` or ``iban`` is chance.
        everyday: English words by which :class:`~knowledge.retrieval.spelling.Spelling` recognises mistyped ones.
    """

    def __init__(self, rules: _File, fallback: Recognizer | None, everyday: Collection[str]) -> None:
        self._fallback = fallback
        topics = _named(pattern for topic in rules.topics for pattern in topic.patterns)
        accounts = (rules.account_requests, rules.own_matters)
        after = (rules.contact_requests, rules.hours_requests, rules.own_states)  # the search
        others = (rules.everyday, rules.no_event, rules.person_requests, *after, *accounts)
        named = topics | _named([*rules.words.values(), *(pattern for part in others for pattern in part.patterns)])
        # Patterns also contain parts of words, to which no word must be corrected.
        own = [word for word in named if word in everyday and content_words(word)]
        known = everyday and {*everyday, *named, *rules.correct}
        self._spelling = Spelling([*rules.spelling, *own], known)
        self._telling = {stem for word in topics.difference(rules.quiet) for stem in content_words(word)}
        self._topics = {topic.id: _Matcher(topic, rules.words) for topic in rules.topics}
        self._everyday = _Matcher(rules.everyday, rules.words)
        self._no_event = _Matcher(rules.no_event, rules.words)
        self._person = _Matcher(rules.person_requests, rules.words)
        self._contact, self._hours, self._states = (_Matcher(part, rules.words) for part in after)
        self._accounts = [_Matcher(part, rules.words) for part in accounts]
        self.texts: Mapping[Topic, Mapping[Language, str]] = {topic.id: topic.text for topic in rules.topics}

    def topic_of(self, message: str, among: Container[Topic] = TOPICS) -> Topic | None:
        """The gravest critical topic, among those allowed, that the message is about, in English or Chinese."""
        message = self.as_meant(message)
        plain = _normal(message)
        topic = self._by_rules(plain, among)
        if topic in DANGER or not self._fallback or not self._tells(plain) or self._no_event.matches(plain):
            return topic
        meant = self._fallback.topic_of(message)
        is_everyday = self._everyday.matches(plain) or self._person.is_all(plain)
        figures = _HYPERBOLE_OF_WORRY if topic else _HYPERBOLE
        if (meant in DANGER or is_everyday) and figures.search(told := simplified(message)):
            meant = self._fallback.topic_of(figures.sub("", told))
        counts = meant == "emergency" or (meant == "self_harm" and topic in GIVE_WAY and not is_everyday)
        if (topic or is_everyday) and not counts:
            return topic
        if meant == "complaint" and self._topics[meant].excepts(plain):  # "I'm not complaining"
            return topic
        if topic == "bereavement" and self._topics["emergency"].excepts(plain):  # "he was shot last year"
            return topic
        return meant if meant in among else topic

    def topic_by_rules(self, message: str, among: Container[Topic]) -> Topic | None:
        """The gravest topic by rules alone: the meaning of a text that nobody wrote as a whole is chance."""
        return self._by_rules(_normal(self.as_meant(message)), among)

    def rules_of(self, topic: Topic, message: str) -> frozenset[int]:
        """Which of a topic's patterns match a message; the same pattern means the same danger."""
        return self._topics[topic].found(_normal(self.as_meant(message)))

    def wants_person(self, message: str) -> bool:
        """Whether it asks for a human being, perhaps saying what about: ``connect me with an agent``."""
        return self._person.matches(_normal(self.as_meant(message)))

    def asks_contact(self, message: str) -> bool:
        """Whether it only asks how to reach the company: ``what's your phone number``."""
        return self._contact.matches(_normal(self.as_meant(message)))

    def asks_to_reach(self, message: str) -> bool:
        """Whether it only asks how, or when, the company is reached."""
        return self.asks_contact(message) or self.asks_hours(message)

    def asks_hours(self, message: str) -> bool:
        """Whether it only asks when the company's people are there: ``when are you open?``."""
        return self._hours.matches(_normal(self.as_meant(message)))

    def asks_state(self, message: str) -> bool:
        """Whether the account answers it, unless the FAQ does: ``what tariff am I on``."""
        return self._states.matches(_normal(self.as_meant(message)))

    def concerns_account(self, message: str) -> bool:
        """Whether only the signed-in customer can see or change what it asks for: ``cancel my transfer``."""
        plain = _normal(self.as_meant(message))
        return any(matcher.matches(plain) for matcher in self._accounts)

    def asks_of_account(self, message: str) -> bool:
        """Whether only an account may tell what the FAQ does not: ``which tariff am I on?``.

        Or one sentence of several asks for what no FAQ tells: ``Where's my order? It's late.``
        """
        sentences = SENTENCE_END.split(message)
        asked = len(sentences) > 1 and any(map(self.concerns_account, sentences))
        return asked or self.asks_state(message)

    def as_meant(self, message: str) -> str:
        """The message as the rules read it: not in capitals, and with mistyped words of the rules corrected."""
        message = message.translate(_CAPITALS)
        shouted = message.isupper() and len(message.split()) > _FEW_WORDS
        return self._spelling.corrected(message.lower() if shouted else message)

    def _by_rules(self, plain: str, among: Container[Topic]) -> Topic | None:
        return next(
            (topic for topic, matcher in self._topics.items() if topic in among and matcher.matches(plain)), None
        )

    def _tells(self, plain: str) -> bool:
        """Whether a message has more than a few English words, is not English, or has a word of a topic."""
        found = _WORD.findall(plain)
        if len(found) > _FEW_WORDS or not "".join(found).isascii():
            return True
        return not self._telling.isdisjoint(words(plain))


class _Matcher:
    """Matches if one of the patterns is found and no exception."""

    def __init__(self, rules: _Rules, words: Mapping[str, str]) -> None:
        self._patterns = [_compiled(pattern, words) for pattern in rules.patterns]
        self._unless = [_compiled(pattern, words) for pattern in rules.unless]

    def matches(self, text: str) -> bool:
        return any(pattern.search(text) for pattern in self._patterns) and not self.excepts(text)

    def found(self, text: str) -> frozenset[int]:
        """The indexes of the patterns that are found."""
        return frozenset(n for n, pattern in enumerate(self._patterns) if pattern.search(text))

    def is_all(self, text: str) -> bool:
        """Whether the text matches without anything in the group ``of``, which holds what else it says."""
        found = filter(None, (pattern.search(text) for pattern in self._patterns))
        return any(not match.groupdict().get("of") for match in found) and not self.excepts(text)

    def excepts(self, text: str) -> bool:
        return any(pattern.search(text) for pattern in self._unless)


def critical_topics(fallback: Recognizer | None = None, everyday: frozenset[str] = frozenset()) -> CriticalTopics:
    """The rules that ship with the suite; arguments as for :class:`CriticalTopics`."""
    return read_critical_topics(packaged("knowledge.faq", "critical_topics.yaml"), fallback, everyday)


def read_critical_topics(
    path: Path, fallback: Recognizer | None = None, everyday: Collection[str] = ()
) -> CriticalTopics:
    """Reads a file of rules; other arguments as for :class:`CriticalTopics`.

    Raises:
        KnowledgeError: it cannot be read or is not YAML, a field is missing, unknown or malformed, a topic is missing,
            or a pattern is not a valid regular expression.
    """
    try:
        rules = _File.model_validate(yaml.safe_load(path.read_text("utf-8")))
        missing = TOPICS - {topic.id for topic in rules.topics}
        if missing:
            raise KnowledgeError(f"{path.name}: the topics {', '.join(sorted(missing))} are missing")
        return CriticalTopics(rules, fallback, everyday)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise KnowledgeError(f"{path.name} cannot be read ({error})") from None
    except ValidationError as error:
        raise KnowledgeError(f"{path.name}: {problems(error)[0]}") from None
    except re.error as error:
        raise KnowledgeError(f"{path.name}: {error.pattern!r} is no regular expression ({error.msg})") from None


def _normal(message: str) -> str:
    text = simplified(unicodedata.normalize("NFKC", message)).lower().translate(_LOOKALIKES)
    text = re.sub(r"['’‘`´]", "", text)
    return " ".join(re.sub(r"[^\w£$€¥，。！？,.!?&%-]+", " ", text).split())


def _named(patterns: Iterable[str]) -> set[str]:
    """The English words, and parts of words, in regular expressions, without those in negative look-arounds."""
    return {word for pattern in patterns for word in _NAMED.findall(_NO_WORDS.sub(" ", pattern))}


def _compiled(pattern: str, words: Mapping[str, str]) -> re.Pattern[str]:
    # Not str.format: {0,5} is a repetition.
    return re.compile(re.sub(r"\{([^\W\d]\w*)\}", lambda name: words.get(name[1], name[0]), pattern))

"""Turns a question into a query by fixed rules: the same words always give the same query."""

import datetime as dt
import functools
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from core.files import packaged

from .periods import ALWAYS, Period, find_period
from .words import Named, Subject, SubjectKind, guess, named_in, plain, shorthand

MAX_QUESTION = 300
"""Longest question, in characters."""
_NEXT = re.compile(r"(?<=\?)\s+(?=\w)|(?<=？)\s*(?=\w)")


def questions(text: str) -> list[str]:
    """Splits a text into questions to be answered separately: "last potassium? any anticoagulant?"."""
    return [part for part in _NEXT.split(text) if part.strip(" ?？")] or [text]


class Topic(StrEnum):
    """Where the answer is looked up."""

    RESULT = "result"
    MEDICATION = "medication"
    ALLERGY = "allergy"
    PROBLEM = "problem"
    PROCEDURE = "procedure"
    ENCOUNTER = "encounter"
    FAMILY = "family"
    IMMUNIZATION = "immunization"
    PERSON = "person"
    FINDING = "finding"
    """A condition, a complaint or a habit: in problems, results and notes."""
    REASON = "reason"
    """Why the patient came: in visits and stays, and in notes."""
    WHY = "why"
    WORDS = "words"
    """Words of the question, wherever they occur."""
    NOT_UNDERSTOOD = "not_understood"
    ADVICE = "advice"
    """What to do, or what will happen: not in a record."""


class Pick(StrEnum):
    """Which of several lines are wanted."""

    ALL = "all"
    LATEST = "latest"
    FIRST = "first"
    HIGHEST = "highest"
    LOWEST = "lowest"
    TREND = "trend"


@dataclass(frozen=True, slots=True)
class Query:
    """A question as understood.

    Attributes:
        subjects: what it names; empty if it asks for everything on its topic.
        findings: codes of findings it names, as in :class:`~knowledge.medical.case.Finding`.
        current: it asks only for what applies now.
        begun: it asks what began in the period, not what was going on.
        most: maximum number of lines, newest first; 0 for no limit.
        labs: it asks for laboratory results only.
        setting: classes of encounter (https://terminology.hl7.org/ValueSet-encounter-class.html); empty for any.
        parts: for a question about the person: ``birthDate``, ``age``, ``gender``, ``deceasedDateTime``.
        words: of the question, without stop words and cues.
    """

    topic: Topic
    subjects: tuple[Subject, ...] = ()
    findings: frozenset[str] = frozenset()
    pick: Pick = Pick.ALL
    period: Period = ALWAYS
    current: bool = False
    begun: bool = False
    most: int = 0
    labs: bool = False
    setting: frozenset[str] = frozenset()
    parts: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def guessed(self) -> bool:
        """Whether a word was recognised despite its spelling."""
        return any(subject.guessed for subject in self.subjects)


@functools.cache
def _cues() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(packaged("apps.diagnosis.ask", "cues.toml").read_text("utf-8"))


@functools.cache
def _rule(name: str) -> re.Pattern[str]:
    """The pattern of a section of ``cues.toml``."""
    english, chinese = "|".join(_cues()[name]["en"]), "|".join(_cues()[name]["zh"])
    return re.compile(rf"(?<![a-z])(?:{english})(?![a-z])|{chinese}")


def _says(name: str, text: str) -> bool:
    return bool(_rule(name).search(text))


@functools.cache
def _stop_words() -> tuple[frozenset[str], re.Pattern[str]]:
    """English stop words, and a pattern of Chinese ones."""
    words = _cues()["stop"]
    return frozenset(" ".join(words["en"]).split()), re.compile("|".join((*words["zh"], r"\s+")))


_MOST = re.compile(
    r"(?<![a-z])(?:last|latest|most recent|past) (\d{1,2})(?= )(?! (?:hour|hr|day|week|month|year)s?\b)|最近(\d{1,2})次"
)
_THE_PILL = re.compile(  # not every pill: "the pill for her heart", "the pill she takes at night"
    r"(?<![a-z])the pill(?=\W*$|\W* (?:and|or|at|before|currently|during|in|now|since|still|when|while|yet)(?![a-z]))"
)
_PICKS = (Pick.TREND, Pick.HIGHEST, Pick.LOWEST, Pick.FIRST, Pick.LATEST)
INPATIENT = frozenset({"IMP", "ACUTE", "NONAC"})
"""Classes of a stay in hospital, of https://terminology.hl7.org/ValueSet-encounter-class.html."""

_SETTINGS = {"hospital": INPATIENT, "emergency": frozenset({"EMER"}), "outpatient": frozenset({"AMB"})}
_PARTS = {"age": ("age", "birthDate", "deceasedDateTime"), "birth": ("birthDate",), "sex": ("gender",)}
_FIRST = (Topic.IMMUNIZATION, Topic.FAMILY, Topic.ALLERGY)
_LISTS = (Topic.PROBLEM, Topic.MEDICATION, Topic.PROCEDURE, Topic.ENCOUNTER, Topic.RESULT)


def parse(question: str, now: dt.datetime, findings: frozenset[str] = frozenset()) -> Query:
    """Parses a question.

    Args:
        now: reference time of "this year" and "the last 24 hours": when the record was read.
        findings: codes of findings that the question names.
    """
    text = plain(question)
    if _says("advice", text):
        return Query(Topic.ADVICE)
    period, rest = find_period(text, now)
    rest = _spelt_out(_THE_PILL.sub("contraceptive pill", rest))
    most = int(m[1] or m[2]) if (m := _MOST.search(rest)) else 0
    named = named_in(rest)
    guesses = {word: guess(word) for word in _left_over(rest, named)}
    groups = [*(found.subjects for found in named), *filter(None, guesses.values())]
    unknown = tuple(word for word, subjects in guesses.items() if not subjects)
    pick = next((pick for pick in _PICKS if _says(pick, rest)), Pick.ALL)
    if most:
        pick = Pick.ALL
    setting = next((classes for name, classes in _SETTINGS.items() if _says(name, rest)), frozenset[str]())
    topic, subjects = _topic(rest, groups, unknown, findings)
    if topic is Topic.PERSON:
        asked = tuple(part for name, parts in _PARTS.items() if _says(name, text) for part in parts)
        return Query(topic, parts=tuple(dict.fromkeys(asked)))
    said = _left_over(rest, [])
    current, begun = _says("current", rest), _says("begun", rest)
    labs = _says("labs", rest)
    return Query(topic, subjects, findings, pick, period, current, begun, most, labs, setting, words=said)


def _spelt_out(text: str) -> str:
    """Expands shorthand if a question has no other unknown word: "last K and Na?"."""
    named, short = named_in(text), shorthand()
    if not {*_left_over(text, named)} <= {*short, "normal", "high", "low", "raised"}:
        return text
    for match in reversed(list(re.finditer(r"(?<![a-z0-9&/'-])[a-z]+(?![a-z0-9&/+'-])", text))):
        if match[0] in short and not any(found.start <= match.start() < found.end for found in named):
            text = f"{text[: match.start()]}{short[match[0]]}{text[match.end() :]}"
    return text


def _topic(
    text: str, groups: list[tuple[Subject, ...]], unknown: tuple[str, ...], findings: frozenset[str]
) -> tuple[Topic, tuple[Subject, ...]]:
    """Where to look, and what for."""
    subjects = tuple(subject for group in groups for subject in group)
    if _says("why", text) and _says("came", text):
        return Topic.REASON, ()
    if _says("why", text) and not _of(subjects, SubjectKind.DRUG, SubjectKind.DRUG_CLASS, SubjectKind.VALUE):
        return Topic.WHY, (*subjects, *_words(unknown))
    if any(_says(name, text) for name in _PARTS) and not subjects:
        return Topic.PERSON, ()
    for topic in _FIRST:
        if _says(topic, text):
            return topic, _of(subjects, SubjectKind.VACCINE) if topic is Topic.IMMUNIZATION else subjects
    if _says("reaction", text) and len(_of(subjects, SubjectKind.DRUG, SubjectKind.DRUG_CLASS)) == len(subjects):
        return Topic.ALLERGY, (*subjects, *_words(word for word in unknown if not _says("reaction", word)))
    if found := _of(subjects, SubjectKind.VALUE):
        return Topic.RESULT, found
    if found := _of(subjects, SubjectKind.DRUG, SubjectKind.DRUG_CLASS):
        return Topic.MEDICATION, found
    if found := _of(subjects, SubjectKind.PROCEDURE):
        return Topic.PROCEDURE, found
    if subjects or findings:
        return Topic.FINDING, subjects
    return _topic_alone(text, unknown)


def _topic_alone(text: str, unknown: tuple[str, ...]) -> tuple[Topic, tuple[Subject, ...]]:
    """Where to look if nothing is named: for a whole list, or for the words themselves."""
    for topic in _LISTS:
        if _says(topic, text):
            matched = " ".join(match[0] for match in _rule(topic).finditer(text))
            asked = [word for word in unknown if word not in matched]
            if asked and topic is not Topic.ENCOUNTER:
                break
            return topic, ()
    if unknown:
        return (Topic.MEDICATION if _says("medication", text) else Topic.WORDS), _words(unknown)
    return Topic.NOT_UNDERSTOOD, ()


def _words(unknown: Iterable[str]) -> tuple[Subject, ...]:
    words = tuple(unknown)
    return (Subject(SubjectKind.WORDS, " ".join(words), words),) if words else ()


def _of(subjects: tuple[Subject, ...], *kinds: SubjectKind) -> tuple[Subject, ...]:
    return tuple(dict.fromkeys(subject for subject in subjects if subject.kind in kinds))


def _left_over(text: str, named: list[Named]) -> tuple[str, ...]:
    """Words of a question that neither name a subject nor are stop words or cues."""
    for found in reversed(named):
        text = f"{text[: found.start]} {text[found.end :]}"
    for rule in (_MOST, *(_rule(name) for name in ("why", "current", *_PICKS))):
        text = rule.sub(" ", text)
    stop, chinese_stop = _stop_words()
    english = [word for word in re.findall(r"[a-z][a-z0-9'-]+", text) if word.removesuffix("'s") not in stop]
    chinese = [part for part in chinese_stop.split(re.sub(r"[^\u3400-\u9fff]", " ", text)) if len(part) > 1]
    return tuple(dict.fromkeys([*english, *chinese]))

"""Answer tests: questions whose answers a company wants to be sure of, stored with the FAQ."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from core.errors import InputFormatError, InputTooLargeError

from ..privacy import mask
from .answerability import Answerability
from .critical_topics import Topic
from .search import FaqSearch
from .sources.entry import PUBLIC, Entry, EntryId
from .sources.json_file import load_json
from .sources.record import first_problem
from .sources.tables import csv_rows, xlsx_rows

MAX_TESTS = 10_000
"""Maximum number of tests of one FAQ."""

MUST_NOT_ANSWER: Literal["must not answer"] = "must not answer"
"""Expected for a question that the FAQ does not cover."""

SIGN_IN: Literal["sign in"] = "sign in"
"""Expected for a question about the customer's own account."""

A_PERSON: Literal["a person"] = "a person"
"""Expected for a wish to speak to a person."""

_TOPIC = "critical: "
_CRITICAL = Annotated[str, StringConstraints(pattern=rf"^{_TOPIC}({'|'.join(get_args(Topic))})$")]

BeforeSearch = Callable[[str], str | None]
"""What the chat does with a question instead of searching, in the terms of tests; None if it searches."""

_WITHOUT_ENTRY = (MUST_NOT_ANSWER, SIGN_IN, A_PERSON, "critical: TOPIC")
_COLUMNS = {"question": "question", "expect": "expect", "问题": "question", "预期": "expect", "期望": "expect"}


class AnswerTest(BaseModel):
    """A customer's question and the expected outcome.

    The outcome is the id of the entry that answers it, :data:`MUST_NOT_ANSWER`, or what the chat does without a search:
    :data:`SIGN_IN`, :data:`A_PERSON` or a value of :func:`on_topic`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
    expect: EntryId | Literal["must not answer", "sign in", "a person"] | _CRITICAL


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a test.

    Attributes:
        test: the test.
        given: id of the entry given as the answer; None if there was none.
        offered: ids of the entries that the chat would offer instead, best first.
        instead: what the chat does without a search; None if it searches.
    """

    test: AnswerTest
    given: str | None
    offered: tuple[str, ...]
    instead: str | None = None

    @property
    def passed(self) -> bool:
        """Whether the chat does what the test expects."""
        if self.test.expect == MUST_NOT_ANSWER:
            return self.given is None
        return self.test.expect == (self.instead or self.given)


Report = Callable[[Outcome], None]
"""Callback with the result of each test."""


def no_report(outcome: Outcome) -> None:
    """Ignores a result."""


def on_topic(topic: Topic) -> str:
    """Expected for a question about a critical topic."""
    return f"{_TOPIC}{topic}"


def topic_in(expected: str) -> str:
    """The critical topic in a value of :func:`on_topic`; empty for anything else."""
    return expected.removeprefix(_TOPIC) if expected.startswith(_TOPIC) else ""


def impossible(
    tests: Sequence[AnswerTest], entries: Sequence[Entry], topics: Collection[Topic]
) -> dict[str, Literal["unknown", "hidden", "topic"]]:
    """Expected outcomes that are impossible, in the order of the tests, with the reason.

    These are entries that do not exist or that customers may not see, and topics that the company has left out.
    """
    known = {entry.id for entry in entries}
    may_come = {entry.id for entry in entries if entry.audience == PUBLIC}
    may_come |= {MUST_NOT_ANSWER, SIGN_IN, A_PERSON, *map(on_topic, topics)}
    expected = dict.fromkeys(test.expect for test in tests)
    return {
        each: "topic" if topic_in(each) else "hidden" if each in known else "unknown"
        for each in expected
        if each not in may_come
    }


def run_tests(
    search: FaqSearch, tests: Sequence[AnswerTest], before_search: BeforeSearch, report: Report = no_report
) -> tuple[Outcome, ...]:
    """Asks every test question as the first of a conversation; ``report`` gets each result."""
    outcomes = []
    for test in tests:
        outcomes.append(_outcome(test, search, before_search))
        report(outcomes[-1])
    return tuple(outcomes)


def read_tests(path: Path) -> tuple[AnswerTest, ...]:
    """Reads tests from CSV or XLSX with the columns ``question`` and ``expect``, or a JSON list of such objects.

    Raises:
        InputError: the file cannot be read, is malformed or too large; the message names the place in it.
    """
    tests = []
    for where, fields in _raw_tests(path):
        try:
            tests.append(AnswerTest.model_validate(fields))
        except ValidationError as error:
            raise InputFormatError(
                f"{where}: {first_problem(error)}",
                hint=f"expect is the id of an entry, or: {', '.join(_WITHOUT_ENTRY)}",
            ) from None
        if len(tests) > MAX_TESTS:
            raise InputTooLargeError(f"{where}: more than {MAX_TESTS:,} tests")
    if not tests:
        raise InputFormatError(f"{path.name} has no tests")
    return tuple(tests)


def _raw_tests(path: Path) -> Iterator[tuple[str, object]]:
    ending = path.suffix.lower()
    if ending == ".csv":
        yield from csv_rows(path, _COLUMNS)
    elif ending == ".xlsx":
        yield from xlsx_rows(path, _COLUMNS)
    elif ending == ".json":
        content = load_json(path)
        if not isinstance(content, list):
            raise InputFormatError(f"{path.name} is no list of tests")
        yield from ((f"{path.name}, test {number}", each) for number, each in enumerate(content, start=1))
    else:
        raise InputFormatError(f"{path.name} is of no format that tests are read from", hint="Use CSV, XLSX or JSON")


def _outcome(test: AnswerTest, search: FaqSearch, before_search: BeforeSearch) -> Outcome:
    question = mask(test.question)
    instead = before_search(question)
    if instead == MUST_NOT_ANSWER and search.is_wording(question):  # an entry's own words are not small talk
        instead = None
    if instead:
        return Outcome(test, None, (), instead)
    result = search.search(question)
    ids = tuple(match.entry.id for match in result.matches)
    if result.answerability is Answerability.ANSWERABLE:
        return Outcome(test, ids[0], ())
    return Outcome(test, None, ids[:3])

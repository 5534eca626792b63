"""Answer tests: questions whose answers a company wants to be sure of. They are stored with the FAQ."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError

from core.errors import InputFormatError, InputTooLargeError

from .answerability import Answerability
from .search import SearchResult
from .sources.entry import EntryId
from .sources.json_file import load_json
from .sources.record import first_problem
from .sources.tables import csv_rows, xlsx_rows

MAX_TESTS = 10_000
"""Most tests of one FAQ."""

MUST_NOT_ANSWER: Literal["must not answer"] = "must not answer"
"""What a test expects of a question that the FAQ does not cover."""

_COLUMNS = {"question": "question", "expect": "expect", "问题": "question", "预期": "expect"}


class Searcher(Protocol):
    """What finds entries for a question: :class:`knowledge.faq.search.FaqSearch`.

    Attributes:
        version: names exactly the entries that are searched.
    """

    version: str

    def search(self, question: str, k: int = 5) -> SearchResult:
        """The ``k`` best entries, and whether the best one answers."""


class AnswerTest(BaseModel):
    """A customer's question, and the id of the entry that must answer it, or :data:`MUST_NOT_ANSWER`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
    expect: EntryId | Literal["must not answer"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a test went.

    Attributes:
        test: the test.
        given: id of the entry that was given as the answer, None where none was.
        offered: ids of the entries that the chat would name instead, best first.
    """

    test: AnswerTest
    given: str | None
    offered: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the chat does what the test expects."""
        return self.given == (None if self.test.expect == MUST_NOT_ANSWER else self.test.expect)


def run_tests(
    search: Searcher, tests: Sequence[AnswerTest], report: Callable[[Outcome], None] = lambda outcome: None
) -> tuple[Outcome, ...]:
    """Asks the FAQ every question of the tests, as the chat would; ``report`` is told how each went."""
    outcomes = []
    for test in tests:
        outcomes.append(_outcome(test, search.search(test.question)))
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
            tests.append(TypeAdapter(AnswerTest).validate_python(fields))
        except ValidationError as error:
            raise InputFormatError(
                f"{where}: {first_problem(error)}", hint=f"expect is the id of an entry, or: {MUST_NOT_ANSWER}"
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


def _outcome(test: AnswerTest, result: SearchResult) -> Outcome:
    ids = tuple(match.entry.id for match in result.matches)
    if result.answerability is Answerability.ANSWERABLE:
        return Outcome(test, ids[0], ())
    return Outcome(test, None, ids[:3])

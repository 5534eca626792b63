"""Tests that entries must pass before publication: their answer tests, on what the public may see that day."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from core.errors import KnowledgeError

from ..privacy import mask
from .answer_tests import MUST_NOT_ANSWER, AnswerTest, BeforeSearch, Outcome, Report, no_report, run_tests
from .search import FaqSearch
from .sources import PUBLIC, Entry, visible

_log = logging.getLogger(__name__)

Build = Callable[[Sequence[Entry]], FaqSearch]
"""Makes entries searchable; takes minutes for many entries."""


class FailedTestsError(KnowledgeError):
    """A version, or an entry that would make one, fails answer tests.

    Args:
        failed: the results of the failed tests.
        kind: ``not_searched`` for a question that no entry can answer, since the chat does not search for it.
    """

    def __init__(self, message: str, failed: Sequence[Outcome], *, hint: str, kind: str = "tests_failed") -> None:
        super().__init__(message, hint=hint, kind=kind)
        self.failed = tuple(failed)


@dataclass(frozen=True, slots=True)
class Trial:
    """Tries a version as the chat would serve it.

    Attributes:
        build: makes entries searchable.
        before_search: what the chat does with a question instead of searching.
        today: the day in the company's time zone.
    """

    build: Build
    before_search: BeforeSearch
    today: Callable[[], date]

    def outcomes(self, entries: Sequence[Entry], tests: Sequence[AnswerTest], report: Report) -> tuple[Outcome, ...]:
        """Runs the tests and returns their results.

        Raises:
            KnowledgeError: customers would see no entry, or questions in a language of the entries cannot be searched.
        """
        public = visible(entries, {PUBLIC}, self.today())
        if not public:
            raise KnowledgeError(
                "The version has no entry that customers may see today",
                hint="Check audience and validity",
                kind="nothing_visible",
            )
        search = self.build(public)
        for entry in {entry.language: entry for entry in public}.values():
            _check_language(search, entry)
        return run_tests(search, tests, self.before_search, report)

    def check(self, entries: Sequence[Entry], tests: Sequence[AnswerTest], report: Report = no_report) -> None:
        """Raises unless all tests pass.

        Raises:
            KnowledgeError: as :meth:`outcomes`.
            FailedTestsError: a test failed.
        """
        failed = [outcome for outcome in self.outcomes(entries, tests, report) if not outcome.passed]
        if failed:
            counted = "1 answer test" if len(tests) == 1 else f"{len(tests):,} answer tests"
            raise FailedTestsError(
                f"The version fails {len(failed):,} of its {counted}, so it stays a draft",
                failed,
                hint="Change the entries or the tests, and import again",
            )

    def check_searched(self, entry: Entry) -> None:
        """Raises unless the chat searches for an entry's title.

        Raises:
            FailedTestsError: the chat does something else with it, whatever the entries are.
        """
        instead = self.before_search(mask(entry.title))
        if instead and instead != MUST_NOT_ANSWER:  # an entry's own words are not small talk
            raise FailedTestsError(
                f"The chat does not search for {entry.title!r} ({instead}), so no entry can answer it",
                [Outcome(AnswerTest(question=entry.title, expect=entry.id), None, (), instead)],
                hint="Reword the question",
                kind="not_searched",
            )


def _check_language(search: FaqSearch, entry: Entry) -> None:
    """Raises unless a question in an entry's language can be searched, whatever it finds.

    Answer tests may ask none in that language.
    """
    try:
        search.search(entry.title, language=entry.language)
    except Exception as error:  # any would be every customer's
        _log.exception("A version cannot be searched (%s)", entry.language)
        language = "English" if entry.language == "en" else "Chinese"
        raise KnowledgeError(
            f"Questions in {language} cannot be searched in the version, so it stays a draft",
            hint="Customers keep the previous version; report this with the server's log",
            kind="unsearchable",
        ) from error

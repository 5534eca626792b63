"""What entries must stand before customers get them: their answer tests, with what the public may see that day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from core.errors import KnowledgeError

from .answer_tests import AnswerTest, BeforeSearch, Outcome, Report, no_report, run_tests
from .search import FaqSearch
from .sources import PUBLIC, Entry, visible

Build = Callable[[Sequence[Entry]], FaqSearch]
"""Makes entries searchable; for many entries it takes minutes."""


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
        """How the tests go.

        Raises:
            KnowledgeError: customers would see no entry.
        """
        public = visible(entries, {PUBLIC}, self.today())
        if not public:
            raise KnowledgeError(
                "The version has no entry that customers may see today",
                hint="Look at audience and validity",
                kind="nothing_visible",
            )
        return run_tests(self.build(public), tests, self.before_search, report)

    def check(self, entries: Sequence[Entry], tests: Sequence[AnswerTest], report: Report = no_report) -> None:
        """Lets pass what stands the trial.

        Raises:
            KnowledgeError: customers would see no entry, or a test failed.
        """
        failed = [outcome for outcome in self.outcomes(entries, tests, report) if not outcome.passed]
        if not failed:
            return
        message = f"The version fails {len(failed)} of its {len(tests)} answer tests, so it stays a draft"
        if taken := next((outcome for outcome in failed if outcome.instead), None):
            raise KnowledgeError(
                f"{message}: the chat does not search for {taken.test.question!r} ({taken.instead})",
                hint="Reword the question, or let the test expect that",
                kind="not_searched",
            )
        raise KnowledgeError(message, hint="Change the entries or the tests, and import again", kind="tests_failed")

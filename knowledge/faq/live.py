"""The FAQ from which a running server answers: always the published one."""

import logging
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from core.errors import R1Error

from ..retrieval.language import Language
from .answerability import Answerability, Chances
from .library import Library, Publication
from .search import FaqSearch, SearchResult
from .sources import PUBLIC, Entry, visible
from .trial import Build

POLL_SECONDS = 1.0
"""Interval at which the database is checked for a newer publication."""

_RETRY_SECONDS = 3.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServedFaq:
    """One version as served to customers on one day; immutable, whatever is published meanwhile.

    Attributes:
        version: ``v3``, or a digest of the entries if nothing is published.
        entries: those that the public may see that day; no others can be found.
        searcher: searches them; None if there are none.
    """

    version: str
    entries: tuple[Entry, ...]
    searcher: FaqSearch | None

    def search(self, question: str, k: int = 5, *, language: Language | None = None, before: str = "") -> SearchResult:
        """See :meth:`FaqSearch.search`."""
        if self.searcher is None:
            return SearchResult(
                question, matches=(), chances=Chances(0.0, 0.0), answerability=Answerability.UNANSWERABLE
            )
        return self.searcher.search(question, k, language=language, before=before)

    def is_wording(self, text: str) -> bool:
        """See :meth:`FaqSearch.is_wording`."""
        return self.searcher is not None and self.searcher.is_wording(text)

    def is_own(self, text: str) -> bool:
        """Whether it is a wording of an entry, or a single word of a title."""
        return self.searcher is not None and (self.searcher.is_wording(text) or self.searcher.is_word(text))


@dataclass(frozen=True, slots=True)
class _State:
    """What is served, by day, and its sources."""

    publication: int | None
    version: str
    entries: tuple[Entry, ...]
    days: dict[date, ServedFaq]


class LiveFaq:
    """Serves the published version, and switches to a newer one while requests run.

    A change is prepared separately and then put in place by setting one reference. Tomorrow's entries are prepared
    today.

    Args:
        library: the versions; None serves ``fallback`` whatever is published.
        build: makes entries searchable.
        fallback: reads the entries served while nothing is published.
        today: the day in the company's time zone.

    Raises:
        StorageError, KnowledgeError: the published version cannot be read.
    """

    def __init__(
        self,
        library: Library | None,
        build: Build,
        *,
        fallback: Callable[[], Sequence[Entry]],
        today: Callable[[], date],
    ) -> None:
        self._library, self._build, self._today, self._fallback = library, build, today, fallback
        self._changing = threading.Lock()
        self._state = _State(None, "", (), {})
        self.refresh()

    def current(self) -> ServedFaq:
        """The FAQ that a request uses until it is done."""
        today = self._today()
        served = self._state.days.get(today)
        if served is None:  # the process slept over a midnight
            with self._changing:
                self._prepare(today)
                served = self._state.days[today]
        return served

    def refresh(self) -> None:
        """Switches to the newest publication if it has changed, and prepares tomorrow.

        Raises:
            R1Error: it cannot be read; the previous version is still served.
        """
        with self._changing:
            publication = self._library.current() if self._library else None
            number = publication.number if publication else None
            today = self._today()
            if number != self._state.publication or not self._state.days:
                version, entries = self._read(publication)
                served = self._served(version, visible(entries, {PUBLIC}, today))
                self._state = _State(number, version, entries, {today: served})
            self._prepare(today)
            self._prepare(today + timedelta(days=1))

    def watch(self) -> None:
        """Polls for newer publications every :data:`POLL_SECONDS` in a thread, as long as this object is in use."""
        threading.Thread(target=_poll, args=(weakref.ref(self),), name="faq-poller", daemon=True).start()

    def _read(self, publication: Publication | None) -> tuple[str, tuple[Entry, ...]]:
        if self._library is None or publication is None:
            return "", tuple(self._fallback())
        return f"v{publication.version}", self._library.content(publication.version).entries

    def _prepare(self, day: date) -> None:
        """Adds a day, reusing the latest day's search if the same entries are valid; past days are dropped."""
        state = self._state
        if day in state.days:
            return
        entries = visible(state.entries, {PUBLIC}, day)
        latest = state.days[max(state.days)]
        served = latest if entries == latest.entries else self._served(state.version, entries)
        kept = {each: served for each, served in state.days.items() if each >= self._today()}
        self._state = replace(state, days={**kept, day: served})

    def _served(self, version: str, entries: tuple[Entry, ...]) -> ServedFaq:
        searcher = self._build(entries) if entries else None
        return ServedFaq(version or (searcher.version if searcher else "file"), entries, searcher)


def _poll(watched: "weakref.ref[LiveFaq]") -> None:
    failing = False
    while True:
        time.sleep(_RETRY_SECONDS if failing else POLL_SECONDS)
        live = watched()
        if live is None:
            return
        try:
            live.refresh()
            failing = False
        except Exception as error:  # the thread must survive any error
            if not failing:
                reason = error.message if isinstance(error, R1Error) else type(error).__name__
                _log.error("The published FAQ cannot be loaded, the one before stays: %s", reason)
            failing = True
        del live

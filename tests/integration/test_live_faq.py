"""The FAQ of running servers: changed under load, seen by other processes, filtered before anything is searched."""

import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from core.db import open_database
from core.errors import StorageError
from knowledge.faq.answerability import Answerability
from knowledge.faq.library import Content, Library, Publication
from knowledge.faq.live import LiveFaq
from knowledge.faq.sources import Entry
from tests.databases import MIGRATIONS
from tests.exact_search import ExactSearch, entry, trial

ROOT = Path(__file__).parents[2]
DAY = date(2026, 6, 1)


@dataclass
class Clock:
    day: date = DAY

    def today(self) -> date:
        return self.day


@dataclass
class Builder:
    """Builds, and remembers of which entries."""

    built: list[tuple[Entry, ...]] = field(default_factory=list)

    def __call__(self, entries: Sequence[Entry]) -> ExactSearch:
        self.built.append(tuple(entries))
        return ExactSearch(entries)


@pytest.fixture
def database(url: str) -> Iterator[Engine]:
    database = open_database(url, MIGRATIONS)
    yield database
    database.dispose()


def publish(library: Library, *entries: Entry) -> Publication:
    version = library.draft(Content(entries=entries), "Ann Lee", library.current())
    return library.publish(version.number, "Bo Chen", trial(DAY))


def live(
    library: Library | None, build: Callable[[Sequence[Entry]], ExactSearch] = ExactSearch, **others: object
) -> LiveFaq:
    options: dict[str, object] = {"fallback": lambda: [entry("file")], "today": Clock().today, **others}
    return LiveFaq(library, build, **options)  # type: ignore[arg-type]


def edition(number: int) -> list[Entry]:
    """Entries that all say in which edition they are."""
    return [entry(name, answer=f"Edition {number}.") for name in ("pay", "lost", "fee")]


def test_publishing_under_load_drops_and_mixes_nothing(database: Engine) -> None:
    library = Library(database)
    publish(library, *edition(1))
    served, stop = live(library), threading.Event()
    problems: list[str] = []
    asked = [0] * 8
    served.watch()

    def ask(asker: int) -> None:
        while not stop.is_set():
            try:
                faq = served.current()
                for question in ("pay?", "lost?", "fee?"):
                    result = faq.search(question)
                    said = result.matches[0].entry.answer
                    if (faq.version, result.answerability) != (f"v{said[8:-1]}", Answerability.ANSWERABLE):
                        problems.append(f"{faq.version}: {said}")
            except Exception as error:
                problems.append(repr(error))
            asked[asker] += 1
            time.sleep(0.001)

    askers = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for each in askers:
        each.start()
    for number in range(2, 7):
        publish(library, *edition(number))
        until(lambda expected=f"v{number}": served.current().version == expected)
    library.roll_back("Cy")
    until(lambda: served.current().version == "v5")
    stop.set()
    for each in askers:
        each.join()
    assert problems == []
    assert min(asked) > 10


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def test_a_request_keeps_the_version_it_began_with(database: Engine) -> None:
    library = Library(database)
    publish(library, *edition(1))
    served = live(library)
    began = served.current()
    publish(library, *edition(2))
    served.refresh()
    assert (began.version, began.search("pay?").matches[0].entry.answer) == ("v1", "Edition 1.")
    assert (served.current().version, served.current().search("pay?").matches[0].entry.answer) == ("v2", "Edition 2.")


FOLLOWER = """
import sys, time
from datetime import date
from pathlib import Path
from core.db import open_database
from knowledge.faq.library import Library
from knowledge.faq.live import LiveFaq
from tests.exact_search import ExactSearch, entry

database = open_database(sys.argv[1], Path(sys.argv[2]))
faq = LiveFaq(Library(database), ExactSearch, fallback=lambda: [entry("file")], today=lambda: date(2026, 6, 1))
faq.watch()
last = ""
while last != "v2":
    if faq.current().version != last:
        last = faq.current().version
        print(last, time.time(), flush=True)
    time.sleep(0.01)
"""


def test_another_process_sees_a_publication_within_five_seconds(url: str, database: Engine) -> None:
    arguments = [sys.executable, "-c", FOLLOWER, url, str(MIGRATIONS)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as follower:
        assert follower.stdout
        assert follower.stdout.readline().split()[0] == "1"  # of the file: ExactSearch counts its entries
        library = Library(database)
        for number in (1, 2):
            published = publish(library, *edition(number)).published_at
            version, seen = follower.stdout.readline().rsplit(maxsplit=1)
            assert version == f"v{number}"
            assert datetime.fromtimestamp(float(seen), UTC) - published < timedelta(seconds=5)
        assert follower.wait(timeout=30) == 0


def test_internal_entries_are_never_candidates(database: Engine) -> None:
    library, build = Library(database), Builder()
    internal = [entry(f"staff-{number}", audience="internal") for number in range(100)]
    publish(library, *edition(1), *internal)
    searcher = live(library, build).current().searcher
    assert {each.id for built in build.built for each in built} == {"pay", "lost", "fee"}
    for each in internal:
        found = searcher.search(each.title, k=1_000)
        assert found.answerability is Answerability.UNANSWERABLE
        assert not {match.entry.id for match in found.matches} & {each.id for each in internal}


def test_validity_begins_and_ends_with_the_day(database: Engine) -> None:
    library, build, clock = Library(database), Builder(), Clock()
    tomorrow = DAY + timedelta(days=1)
    old, new = entry("old", valid_until=DAY), entry("new", valid_from=tomorrow)
    publish(library, entry("pay"), old, new)
    faq = live(library, build, today=clock.today)
    assert [each.id for each in faq.current().entries] == ["pay", "old"]
    assert len(build.built) == 2, "tomorrow is made ready today"
    clock.day = tomorrow
    assert [each.id for each in faq.current().entries] == ["pay", "new"]
    assert faq.current().search("old?").answerability is Answerability.UNANSWERABLE
    assert len(build.built) == 2
    faq.refresh()
    clock.day += timedelta(days=40)  # the process slept
    assert [each.id for each in faq.current().entries] == ["pay", "new"]
    assert len(build.built) == 2, "the same entries are not built again"


def test_when_everything_has_ended_nothing_is_answered(database: Engine) -> None:
    library, clock = Library(database), Clock()
    publish(library, entry("old", valid_until=DAY))
    faq = live(library, today=clock.today)
    clock.day += timedelta(days=1)
    result = faq.current().search("old?")
    assert (result.matches, result.answerability) == ((), Answerability.UNANSWERABLE)


def test_file_is_served_until_something_is_published(database: Engine) -> None:
    library = Library(database)
    faq = live(library)
    assert faq.current().search("file?").answerability is Answerability.ANSWERABLE
    publish(library, *edition(1))
    faq.refresh()
    assert faq.current().version == "v1"
    assert live(None).current().search("file?").answerability is Answerability.ANSWERABLE

    def unread() -> Sequence[Entry]:
        raise AssertionError("read although a version is published")

    assert live(library, fallback=unread).current().version == "v1"


def test_trouble_leaves_the_version_before_in_place(database: Engine) -> None:
    library = Library(database)
    publish(library, *edition(1))
    faq = live(library)
    publish(library, *edition(2))
    with database.begin() as connection:
        connection.execute(text("UPDATE faq_version SET digest = 'x' WHERE number = 2"))
    with pytest.raises(StorageError, match="damaged"):
        faq.refresh()
    assert faq.current().version == "v1"
    faq.watch()
    publish(library, *edition(3))
    until(lambda: faq.current().version == "v3")


def test_the_thread_ends_with_the_last_user(database: Engine) -> None:
    others = set(threading.enumerate())
    faq = live(Library(database))
    faq.watch()
    (thread,) = set(threading.enumerate()) - others
    del faq
    gc.collect()
    thread.join(timeout=30)
    assert not thread.is_alive()

"""What the versions of the FAQ must do on every database."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from core.errors import InputError, KnowledgeError, StorageError
from knowledge.faq.answer_tests import MUST_NOT_ANSWER, AnswerTest, Outcome
from knowledge.faq.library import Content, Library, Publication
from knowledge.faq.search import SearchResult
from tests.exact_search import ExactSearch, entry, trial

DAY = date(2026, 6, 1)
PAY, LOST = entry("pay", "How do I pay?", answer="卡丢了 🙂 'quoted' \"twice\"; --"), entry("lost", "Lost?")
PASSING = (AnswerTest(question="How do I pay?", expect="pay"), AnswerTest(question="Wine?", expect=MUST_NOT_ANSWER))


def publish(library: Library, number: int, approver: str = "Bo Chen") -> Publication:
    return library.publish(number, approver, trial(DAY))


class TestFaqLibrary:
    def test_what_was_drafted_is_read_back(self, database: Engine) -> None:
        content = Content(
            entries=(PAY, entry("late", valid_until=DAY, tags=["a"], link="https://a.example")), tests=PASSING
        )
        version = Library(database).draft(content, " Ann\u00a0 Lee ")
        assert (version.number, version.author, version.base) == (1, "Ann Lee", None)
        assert (version.entries, version.tests) == (2, 2)
        assert abs(datetime.now(UTC) - version.created_at) < timedelta(minutes=1)
        assert version.created_at.tzinfo is UTC
        assert Library(database).versions() == [version]
        assert Library(database).content(1) == content
        assert Library(database).current() is None

    def test_publish_and_roll_back_leave_a_trace(self, database: Engine) -> None:
        library = Library(database)
        for number, entries in enumerate([(PAY,), (PAY, LOST)], start=1):
            assert library.draft(Content(entries=entries), "Ann Lee", library.current()).number == number
            publish(library, number)
        assert library.version(2).base == 1
        library.roll_back("Cy")
        assert [(each.number, each.version, each.approver) for each in library.publications()] == [
            *((3, 1, "Cy"), (2, 2, "Bo Chen"), (1, 1, "Bo Chen"))
        ]
        assert library.current() == library.publications()[0]
        assert library.content(2).entries == (PAY, LOST), "what was rolled back is still there"
        library.roll_back("Cy", 2)
        current = library.current()
        assert current
        assert current.version == 2

    def test_a_second_roll_back_goes_further_back(self, database: Engine) -> None:
        library = Library(database)
        for number in (1, 2, 3):
            library.draft(Content(entries=(entry(f"e{number}", "How?"),)), "Ann Lee", library.current())
            publish(library, number)
        assert [library.roll_back("Cy").version for _ in range(2)] == [2, 1]
        with pytest.raises(KnowledgeError, match="No version was published before"):
            library.roll_back("Cy")
        library.draft(Content(entries=(LOST,)), "Ann Lee", library.current())
        publish(library, 4)
        assert library.roll_back("Cy").version == 1, "what customers had before version 4"

    def test_roll_back_needs_a_version_that_was_published(self, database: Engine) -> None:
        library = Library(database)
        with pytest.raises(KnowledgeError, match="No version was published before"):
            library.roll_back("Cy")
        library.draft(Content(entries=(PAY,)), "Ann Lee")
        publish(library, 1)
        library.draft(Content(entries=(LOST,)), "Ann Lee")
        for number, problem in ((1, "is the published one already"), (2, "was never published")):
            with pytest.raises(KnowledgeError, match=problem):
                library.roll_back("Cy", number)
        with pytest.raises(InputError, match="no version 3"):
            library.roll_back("Cy", 3)

    @pytest.mark.parametrize("approver", ["Ann Lee", "ann  LEE", "Ａｎｎ Lee", " Ann Lee\n"])
    def test_nobody_publishes_their_own_draft(self, database: Engine, approver: str) -> None:
        library = Library(database)
        library.draft(Content(entries=(PAY,)), "Ann Lee")
        with pytest.raises(InputError, match="imported by Ann Lee"):
            publish(library, 1, approver)
        assert library.publications() == []

    @pytest.mark.parametrize("name", ["", " ", "A", "7", "...", "A\x00B", "x" * 61])
    def test_a_name_is_a_name(self, database: Engine, name: str) -> None:
        library = Library(database)
        with pytest.raises(InputError, match="author must be a person's name"):
            library.draft(Content(entries=(PAY,)), name)
        assert library.versions() == []
        library.draft(Content(entries=(PAY,)), "Ann Lee")
        with pytest.raises(InputError, match="approver must be a person's name"):
            publish(library, 1, name)

    def test_failing_answer_tests_keep_a_draft_a_draft(self, database: Engine) -> None:
        library = Library(database)
        failing = (AnswerTest(question="Lost?", expect="pay"), AnswerTest(question="Lost?", expect=MUST_NOT_ANSWER))
        unknown = AnswerTest(question="Unknown?", expect="pay")
        library.draft(Content(entries=(PAY, LOST), tests=(*PASSING, *failing, unknown)), "Ann Lee")
        outcomes: list[Outcome] = []
        with pytest.raises(KnowledgeError, match="fails 3 of its 5 answer tests"):
            library.publish(1, "Bo", trial(DAY), outcomes.append)
        assert [outcome.passed for outcome in outcomes] == [True, True, False, False, False]
        assert [outcome.given for outcome in outcomes] == ["pay", None, "lost", "lost", None]
        assert outcomes[-1].offered == ("pay", "lost")
        assert library.current() is None

    def test_answer_tests_see_what_customers_see(self, database: Engine) -> None:
        library = Library(database)
        staff, old = entry("staff", audience="internal"), entry("old", valid_until=DAY - timedelta(days=1))
        tests = tuple(AnswerTest(question=f"{name}?", expect=MUST_NOT_ANSWER) for name in ("staff", "old"))
        library.draft(Content(entries=(staff, old)), "Ann Lee")
        with pytest.raises(KnowledgeError, match="no entry that customers may see"):
            publish(library, 1)
        library.draft(Content(entries=(PAY, staff, old), tests=tests), "Ann Lee")
        publish(library, 2)

    def test_a_version_that_cannot_be_searched_in_one_language_stays_a_draft(self, database: Engine) -> None:
        class EnglishOnly(ExactSearch):
            def search(self, question: str, k: int = 5, **options: Any) -> SearchResult:
                if not question.isascii():
                    raise IndexError("index 3 is out of bounds")
                return super().search(question, k, **options)

        library = Library(database)
        library.draft(Content(entries=(PAY, entry("pay", "怎么付款？", language="zh")), tests=PASSING), "Ann Lee")
        tries = replace(trial(DAY), build=EnglishOnly)  # type: ignore[arg-type]
        with pytest.raises(KnowledgeError, match="Questions in Chinese cannot be searched"):
            library.publish(1, "Bo Chen", tries)
        assert library.publications() == []
        publish(library, 1)

    def test_an_id_stands_once_in_a_language(self, database: Engine) -> None:
        library = Library(database)
        with pytest.raises(InputError, match=r"pay \(en\) is there twice"):
            library.draft(Content(entries=(PAY, LOST, PAY)), "Ann Lee")
        assert library.versions() == []
        library.draft(Content(entries=(PAY, entry("pay", "怎么付款？", language="zh"))), "Ann Lee")

    def test_draft_made_before_another_was_published_is_refused(self, database: Engine) -> None:
        library = Library(database)
        for entries in ((PAY,), (LOST,)):
            library.draft(Content(entries=entries), "Ann Lee")
        publish(library, 1)
        with pytest.raises(KnowledgeError, match="Since version 2 was imported, version 1 was published"):
            publish(library, 2)
        with pytest.raises(KnowledgeError, match="Version 1 was published before"):
            publish(library, 1)

    def test_of_two_who_publish_at_once_one_wins(self, database: Engine) -> None:
        library, meeting = Library(database), threading.Barrier(2)
        results: list[object] = []
        for entries in ((PAY,), (LOST,)):
            library.draft(Content(entries=entries, tests=PASSING[1:]), "Ann Lee")

        def decide(number: int) -> None:
            try:
                # Both have found nothing published when they meet in the middle of their answer tests.
                report = lambda outcome: (meeting.wait(timeout=30), None)[1]  # noqa: E731
                results.append(library.publish(number, "Bo", trial(DAY), report))
            except KnowledgeError as error:
                results.append(error.message)

        deciders = [threading.Thread(target=decide, args=(number,)) for number in (1, 2)]
        for each in deciders:
            each.start()
        for each in deciders:
            each.join()
        assert sorted(type(result).__name__ for result in results) == ["Publication", "str"]
        assert "Another version was published at the same moment" in results
        assert len(library.publications()) == 1

    def test_damaged_version_is_never_served(self, database: Engine) -> None:
        library = Library(database)
        for number in (1, 2):
            library.draft(Content(entries=(PAY,)), "Ann Lee")
            if number == 1:
                publish(library, 1)
        library.draft(Content(entries=(LOST,)), "Ann Lee", library.current())
        publish(library, 3)
        with database.begin() as connection:
            connection.execute(text("UPDATE faq_version SET digest = 'x' WHERE number = 1"))
            connection.execute(text("UPDATE faq_version SET content = :junk WHERE number = 2"), {"junk": b"junk"})
        for act in (lambda: library.content(1), lambda: library.content(2), lambda: library.roll_back("Bo")):
            with pytest.raises(StorageError, match="damaged"):
                act()

    def test_many_entries(self, database: Engine) -> None:
        entries = tuple(
            entry(f"e{number}", f"Question {number}?", answer=f"Answer {number}.") for number in range(20_000)
        )
        library = Library(database)
        library.draft(Content(entries=entries), "Ann Lee")
        publish(library, 1)
        assert library.content(1).entries == entries

    def test_tables_that_are_gone(self, database: Engine) -> None:
        library = Library(database)
        with database.begin() as connection:
            connection.execute(text("DROP TABLE faq_publication"))
        with pytest.raises(StorageError, match="does not answer"):
            library.current()

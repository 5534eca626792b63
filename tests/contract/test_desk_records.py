"""What the support desk reads, and drafts on their way into the FAQ, on every database."""

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from apps.desk import running
from apps.desk.dismissals import Dismissals
from apps.desk.drafts import Drafts
from apps.desk.records import Records
from apps.support.conversation import Reply, Turn
from apps.support.policy import Action
from apps.support.store import SupportStore
from core.errors import InputError, KnowledgeError, StorageError
from knowledge.faq.library import Content, Library, Publication
from knowledge.faq.trial import FailedTestsError, Trial
from tests.contract.at_once import at_once
from tests.exact_search import ExactSearch, entry, trial
from tests.support_data import hand_off

AGES_AGO = datetime(2000, 1, 1, tzinfo=UTC)
DAY = date(2026, 11, 25)


def turn(question: str, action: Action) -> Turn:
    return Turn(question, question, Reply(action, "en", library_version="v1", scores=(("cards", 0.5),)))


class TestOperators:
    @pytest.fixture
    def drafts(self, database: Engine) -> Drafts:
        served = (entry("cards", "How do I get a card?"),)
        return Drafts(database, Library(database), trial(DAY), fallback=lambda: served)

    def test_a_database_that_does_not_answer_is_a_typed_error(self, database: Engine, drafts: Drafts) -> None:
        records = Records(database)
        with database.begin() as connection:
            for table in ("faq_draft", "outbox", "hand_off", "support_message", "support_conversation"):
                connection.execute(text(f"DROP TABLE {table}"))
        for read in (drafts.open, records.open_hand_offs, records.conversations, lambda: records.talks(AGES_AGO)):
            with pytest.raises(StorageError, match="does not answer"):
                read()

    def test_the_queue_shows_who_waits_first_and_no_closed_ones(self, database: Engine) -> None:
        store, records = SupportStore(database), Records(database)
        ids = [store.start("en")[0] for _ in range(4)]
        handed = [hand_off(conversation_id=id) for id in ids]
        for each in handed:
            store.hand_off(each)
        store.answer(handed[0].reference, "yes", lambda _: [])
        store.close(handed[1].reference)
        listed, others = records.open_hand_offs()
        assert [each.reference for each in listed] == [handed[2].reference, handed[3].reference, handed[0].reference]
        assert others == 0

    def test_those_for_whom_every_minute_counts_are_first_in_the_queue(self, database: Engine) -> None:
        store, records = SupportStore(database), Records(database)
        topics = ("complaint", "", "fraud", "self_harm", "lost_card")
        handed = [hand_off(conversation_id=store.start("en")[0], topic=topic) for topic in topics]
        for each in handed:
            store.hand_off(each)
        assert [each.topic for each in records.open_hand_offs()[0]] == [
            "fraud",
            "self_harm",
            "lost_card",
            "complaint",
            "",
        ]
        store.answer(handed[2].reference, "yes", lambda _: [])
        assert records.open_hand_offs()[0][-1].topic == "fraud"

    def test_of_many_answered_hand_offs_the_last_stay_in_the_queue(self, database: Engine) -> None:
        store, records = SupportStore(database), Records(database)
        handed = [hand_off(conversation_id=store.start("en")[0]) for _ in range(5)]
        for each in handed:
            store.hand_off(each)
        for each in (handed[1], handed[3], handed[0]):
            store.answer(each.reference, "yes", lambda _: [])
        listed, others = records.open_hand_offs(limit=4)
        assert [each.reference for each in listed] == [handed[place].reference for place in (2, 4, 0, 3)]
        assert others == 1
        assert records.hand_off(handed[1].reference) == replace(handed[1], state="answered")  # not in the list
        store.close(handed[1].reference)
        assert records.hand_off(handed[1].reference) == replace(handed[1], state="closed")
        assert records.hand_off("") is None

    def test_unanswered_questions(self, database: Engine) -> None:
        store, records = SupportStore(database), Records(database)
        id, _ = store.start("en")
        for question, action in (("a", Action.ABSTAIN), ("b", Action.ANSWER), ("c", Action.CLARIFY)):
            store.add_turn(id, turn(question, action))
        assert [each.text for each in records.unanswered(AGES_AGO)] == ["c", "a"]
        assert [each.text for each in records.unanswered(AGES_AGO, limit=1)] == ["c"]
        assert records.unanswered(datetime.now(UTC) + timedelta(hours=1)) == []

    def test_of_several_questions_those_left_open_are_unanswered(self, database: Engine) -> None:
        store, records = SupportStore(database), Records(database)
        several = turn("a? b? c?", Action.ANSWER)
        store.add_turn(store.start("en")[0], replace(several, reply=replace(several.reply, left_open=("b?", "c?"))))
        assert [each.text for each in records.unanswered(AGES_AGO)] == ["b?", "c?"]
        assert [step.unanswered for step in records.talks(AGES_AGO)[0].steps] == [0, 2]
        assert [each.text for each in records.unanswered(AGES_AGO, limit=1)] == ["b?"]

    def test_of_a_question_behind_the_one_before_the_last_words_are_known(self, database: Engine) -> None:
        store, records = SupportStore(database), Records(database)
        id, _ = store.start("en")
        alone, abroad = turn("Can I pay by card?", Action.CLARIFY), turn("and abroad?", Action.CLARIFY)
        for each in (alone, replace(abroad, standalone="Can I pay by card? and abroad?")):
            store.add_turn(id, each)
        found = records.unanswered(AGES_AGO)
        assert [(each.text, each.words) for each in found] == [
            ("Can I pay by card? and abroad?", "and abroad?"),
            ("Can I pay by card?", "Can I pay by card?"),
        ]

    def test_dismissed_questions_come_back_when_they_are_asked_again(self, database: Engine) -> None:
        store, records, dismissals = SupportStore(database), Records(database), Dismissals(database)
        id, _ = store.start("en")
        for question in ("Do you sell ice?", "Tell me a joke!"):
            store.add_turn(id, turn(question, Action.ABSTAIN))

        def is_open() -> list[str]:
            return [each.text for each in dismissals.open(records.unanswered(AGES_AGO))]

        dismissals.dismiss(["tell me a  joke"], "Olga")
        assert is_open() == ["Do you sell ice?"]
        store.add_turn(id, turn("tell me a joke", Action.ABSTAIN))
        assert is_open() == ["tell me a joke", "Do you sell ice?"]
        dismissals.dismiss(["Tell me a joke", "tell me a joke?"], "Pavel")
        assert is_open() == ["Do you sell ice?"]

    def test_conversations_newest_first_or_by_thumb(self, database: Engine) -> None:
        store, records = SupportStore(database), Records(database)
        store.start("en")  # nothing was said in it
        first, second = (store.start("zh")[0] for _ in range(2))
        for id, thumb in ((first, -1), (second, 1)):
            store.add_turn(id, turn(f"from {thumb}", Action.ANSWER))
            store.rate_newest(id, thumb)
        store.hand_off(hand_off(conversation_id=second))
        found = records.conversations()
        assert [each.question for each in found] == ["from 1", "from -1"]
        assert [each.handed_off for each in found] == [True, False]
        assert [each.id for each in records.conversations(thumb=-1)] == [first]
        assert len(records.conversations(limit=1)) == 1

    def test_talks_are_what_figures_are_made_of(self, database: Engine) -> None:
        store, records = SupportStore(database), Records(database)
        id, _ = store.start("en")
        store.add_turn(id, turn("a", Action.ANSWER), seconds=0.25)
        handed = hand_off(conversation_id=id)
        store.hand_off(handed)
        store.answer(handed.reference, "hello", lambda _: [])
        (talk,) = records.talks(AGES_AGO)
        assert {step.at.tzinfo for step in talk.steps} == {UTC}
        assert [step.action for step in talk.steps] == [None, Action.ANSWER]
        assert [step.seconds for step in talk.steps] == [None, 0.25]
        assert talk.handed_off
        assert store.turns(id).turns == [turn("a", Action.ANSWER)]  # what is kept besides does not come back

    def test_a_draft_is_published_by_somebody_else(self, drafts: Drafts) -> None:
        draft = drafts.write(" Do you insure pets? ", "No.", "en", "Olga", wordings=["insure my dog", "insure my dog"])
        assert drafts.open() == [draft]
        assert draft.entry.id == "do-you-insure-pets"
        assert draft.entry.questions == ("Do you insure pets?", "insure my dog")
        assert drafts.library.current() is None
        with pytest.raises(InputError, match="cannot publish"):
            drafts.publish(draft.id, "OLGA")
        published = drafts.publish(draft.id, "Pavel")
        content = drafts.library.content(published.version)
        assert [each.id for each in content.entries] == ["cards", "do-you-insure-pets"]
        assert [test.expect for test in content.tests] == ["do-you-insure-pets"]
        assert drafts.library.version(published.version).author == "Olga"
        assert drafts.open() == []
        with pytest.raises(InputError, match="no such draft"):
            drafts.publish(draft.id, "Pavel")

    def test_drafts_are_published_one_after_the_other(self, drafts: Drafts) -> None:
        said = (("One?", "Yes."), ("Two?", "Yes."), ("One?", "No."))
        made = [drafts.write(question, answer, "en", "Olga") for question, answer in said]
        assert [each.entry.id for each in made] == ["one", "two", "one-2"]
        for draft in made[:2]:
            drafts.publish(draft.id, "Pavel")
        assert [each.id for each in drafts.served().entries] == ["cards", "one", "two"]

    def test_the_same_answer_saved_twice_is_one_draft(self, drafts: Drafts) -> None:
        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(lambda _: drafts.write("One?", "Yes.", "en", "Olga", wordings=["1?"]), range(4)))
        assert drafts.open() == made[:1]
        assert {draft.id for draft in made} == {made[0].id}
        drafts.reject(made[0].id, "Pavel")
        assert drafts.write("One?", "Yes.", "en", "Olga", wordings=["1?"]).id != made[0].id

    def test_a_draft_that_the_chat_would_not_answer_with_stays_one(self, drafts: Drafts) -> None:
        draft = drafts.write("How do I get a card?", "Ask.", "en", "Olga")
        with pytest.raises(FailedTestsError, match="1 answer test,") as refused:
            drafts.publish(draft.id, "Pavel")
        assert [(each.test.question, each.given) for each in refused.value.failed] == [(draft.entry.title, "cards")]
        assert drafts.library.current() is None
        assert drafts.library.versions() == [], "what is refused leaves no version"
        assert drafts.open() == [draft]

    def test_a_question_that_the_chat_would_not_search_for_makes_no_draft(self, drafts: Drafts) -> None:
        with pytest.raises(FailedTestsError, match=r"does not search for 'Is this fraud\?' \(critical: fraud\)"):
            drafts.write("Is this fraud?", "Call us.", "en", "Olga")
        assert drafts.open() == []

    def test_a_publication_is_seen_while_it_runs(self, database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        def look(_: str) -> None:
            if not made.open():
                return
            time.sleep(0.2)  # for a beat
            seen.append(made.running.now())
            with pytest.raises(KnowledgeError, match="Pavel is publishing now"):
                made.publish(made.open()[0].id, "Bo Chen")

        monkeypatch.setattr(running, "_BEAT", 0.02)
        seen: list[running.Running | None] = []
        made = Drafts(database, Library(database), Trial(ExactSearch, look, lambda: DAY), fallback=lambda: ())
        for question in ("One?", "Two?"):
            made.publish(made.write(question, "Yes.", "en", "Olga").id, "Pavel")
        assert [(each.approver, each.done, each.tests) for each in seen if each] == [
            ("Pavel", done, tests) for done, tests in ((0, 1), (0, 2), (1, 2))
        ]
        assert made.running.now() is None

    def test_a_publication_whose_process_is_gone_is_over(self, database: Engine) -> None:
        made = running.RunningPublications(database)
        with made.of("Pavel", 3):
            assert made.now()
            with database.begin() as connection:
                connection.execute(text("UPDATE faq_running SET seen_at = '2026-01-01 00:00:00'"))
            assert made.now() is None
            with made.of("Bo Chen", 1):
                assert made.now() is not None

    def test_of_publications_that_begin_at_the_same_moment_one_runs(self, database: Engine) -> None:
        made, started = running.RunningPublications(database), threading.Barrier(6, timeout=60)

        def publish() -> bool:
            try:
                with made.of("Pavel", 3):
                    started.wait()
            except KnowledgeError:
                started.wait()
                return False
            return True

        for _ in range(10):
            assert sum(at_once([publish] * started.parties)) == 1

    def test_a_publication_that_was_slow_leaves_the_next_one_alone(self, database: Engine) -> None:
        made = running.RunningPublications(database)
        with contextlib.ExitStack() as slow:
            slow.enter_context(made.of("Pavel", 3))
            with database.begin() as connection:
                connection.execute(text("UPDATE faq_running SET seen_at = '2026-01-01 00:00:00'"))
            with made.of("Bo Chen", 1):
                slow.close()
                now = made.now()
                assert now is not None
                assert now.approver == "Bo Chen"

    def test_a_publication_whose_end_cannot_be_stored_is_made_all_the_same(self, database: Engine) -> None:
        with running.RunningPublications(database).of("Pavel", 3), database.begin() as connection:
            connection.execute(text("DROP TABLE faq_running"))

    def test_a_draft_that_is_rejected_while_it_is_tested_stays_rejected(self, database: Engine) -> None:
        def reject_meanwhile(_: str) -> None:
            if tested:
                made.reject(tested.pop(), "Bo Chen")

        tested: list[int] = []
        tries = Trial(ExactSearch, reject_meanwhile, lambda: DAY)
        made = Drafts(database, Library(database), tries, fallback=lambda: (entry("cards"),))
        draft = made.write("Do you insure pets?", "No.", "en", "Olga")
        tested.append(draft.id)
        with pytest.raises(InputError, match="decided already"):
            made.publish(draft.id, "Pavel")
        assert (made.library.versions(), made.library.publications()) == ([], [])
        with database.connect() as connection:
            row = connection.execute(text("SELECT state, decided_by, version FROM faq_draft")).one()
        assert tuple(row) == ("rejected", "Bo Chen", None)
        with pytest.raises(InputError, match="decided already"):
            made.reject(draft.id, "Pavel")

    def test_a_draft_undoes_no_publication_of_that_moment(
        self, drafts: Drafts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Somebody publishes between the look at what customers get and the publication of the draft."""
        draft, library = drafts.write("Do you insure pets?", "No.", "en", "Olga"), drafts.library
        read = library.current

        def outrun() -> Publication | None:
            seen = read()
            monkeypatch.setattr(library, "current", read)
            library.draft(Content(entries=(entry("cards"), entry("loans"))), "Ann Lee", seen)
            library.publish(1, "Bo Chen", trial(DAY))
            return seen

        monkeypatch.setattr(library, "current", outrun)
        with pytest.raises(KnowledgeError, match="at the same moment"):
            drafts.publish(draft.id, "Pavel")
        drafts.publish(draft.id, "Pavel")
        assert [each.id for each in drafts.served().entries] == ["cards", "loans", "do-you-insure-pets"]

    def test_a_draft_whose_id_was_taken_meanwhile_gets_another(self, drafts: Drafts) -> None:
        draft, library = drafts.write("Do you insure pets?", "No.", "en", "Olga"), drafts.library
        library.draft(Content(entries=(entry("do-you-insure-pets", "Which pets?"),)), "Ann Lee")
        library.publish(1, "Bo Chen", trial(DAY))
        drafts.publish(draft.id, "Pavel")
        assert [each.id for each in drafts.served().entries] == ["do-you-insure-pets", "do-you-insure-pets-2"]

    def test_a_draft_in_chinese_and_one_that_is_put_aside(self, drafts: Drafts) -> None:
        draft = drafts.write("你们卖宠物保险吗？", "不卖。", "zh", "Olga")
        assert draft.entry.language == "zh"
        drafts.reject(draft.id, "Pavel")
        assert drafts.open() == []
        with pytest.raises(InputError):
            drafts.publish(draft.id, "Pavel")

    @pytest.mark.parametrize(("question", "answer"), [("", "x"), ("x", " "), ("x", "y" * 20_001)])
    def test_what_is_no_draft(self, drafts: Drafts, question: str, answer: str) -> None:
        with pytest.raises(InputError):
            drafts.write(question, answer, "en", "Olga")
        assert drafts.open() == []

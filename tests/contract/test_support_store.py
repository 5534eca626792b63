"""What the store of the support chatbot must do on every database."""

import contextlib
import threading
from datetime import date
from functools import partial

import pytest
from sqlalchemy import Engine, text

from apps.support.conversation import HISTORY_WINDOW, Citation, Conversation, Reply, Turn
from apps.support.policy import Action
from apps.support.posts import Post
from apps.support.store import HandOff, SupportStore, Thread
from core.errors import InputError, InputFormatError, StorageError, TakenError
from tests.contract.at_once import at_once
from tests.support_data import hand_off

CITATION = Citation("card-lost", "卡丢了？", "请挂失。", "https://harbour.example", date(2026, 9, 2))
REPLY = Reply(
    Action.ANSWER, "zh", "请挂失。", "zh", (CITATION,), ("另一个",), "0123456789ab", scores=(("card-lost", 0.91),)
)


def _thread(store: SupportStore, id: str) -> Thread:
    thread = store.thread(id)
    assert thread is not None
    return thread


class TestSupportStore:
    def test_a_hand_off_is_read_back(self, database: Engine) -> None:
        stored = hand_off(note="请打电话给我", topic="fraud", summary="…")
        SupportStore(database).hand_off(stored)
        assert SupportStore(database).waiting() == [stored]

    def test_a_database_that_does_not_answer_is_a_typed_error(self, database: Engine) -> None:
        store = SupportStore(database)
        with database.begin() as connection:
            for table in ("outbox", "hand_off", "support_message", "support_conversation"):
                connection.execute(text(f"DROP TABLE {table}"))
        for use in (store.waiting, lambda: store.start("en"), lambda: store.thread("x"), lambda: store.turns("x")):
            with pytest.raises(StorageError, match="does not answer"):
                use()

    def test_a_text_that_no_database_takes_is_no_outage(self, database: Engine) -> None:
        store = SupportStore(database)
        id, token = store.start("en")
        for ask in (lambda: store.thread(f"{id}\x00", token), lambda: store.turns("\x00").turns or None):
            with contextlib.suppress(InputError):  # of PostgreSQL; SQLite looks for it
                assert ask() is None
        assert store.thread(id, token)

    def test_oldest_first_and_limited(self, database: Engine) -> None:
        store = SupportStore(database)
        stored = [hand_off(note=str(number)) for number in range(5)]
        for each in stored:
            store.hand_off(each)
        assert store.waiting() == stored
        assert store.waiting(limit=2) == stored[:2]
        assert len({item.reference for item in stored}) == 5

    def test_longest_values_fit(self, database: Engine) -> None:
        email = "a" * 64 + "@" + "b" * 185 + ".com"
        stored = hand_off(email=email, note="n" * 2000, transcript=(), library_version="v" * 12, topic="bereavement")
        SupportStore(database).hand_off(stored)
        assert SupportStore(database).waiting() == [stored]

    def test_a_conversation_opens_with_its_token_only(self, database: Engine) -> None:
        store = SupportStore(database)
        (first, token), (second, other) = store.start("en"), store.start("zh")
        assert store.thread(first, token) is not None
        assert store.thread(first, other) is None
        assert store.thread(second, token) is None
        assert store.thread("none", token) is None

    def test_turns_come_back_as_they_were_and_only_the_last(self, database: Engine) -> None:
        store = SupportStore(database)
        id, _ = store.start("en")
        turns = [Turn(f"q{number}", f"s{number}", REPLY) for number in range(HISTORY_WINDOW + 2)]
        for turn in turns:
            store.add_turn(id, turn)
        assert store.turns(id).turns == turns[-HISTORY_WINDOW:]
        assert store.turns(store.start("en")[0]).turns == []

    def test_both_sides_write_in_one_thread(self, database: Engine) -> None:
        store = SupportStore(database)
        id, _ = store.start("en")
        store.add_turn(id, Turn("q", "q", REPLY))
        stored = hand_off(conversation_id=id)
        store.hand_off(stored)
        store.forward(id, "are you there?", nothing)
        store.answer(stored.reference, "yes", nothing, signed="Olga")
        assert [message.author for message in store.messages(id)] == ["customer", "bot", "customer", "desk"]
        assert [message.signed for message in store.messages(id)] == ["", "", "", "Olga"]
        assert store.waiting() == []  # answered
        store.forward(id, "thanks, one more thing", nothing)
        assert len(store.waiting()) == 1

    def test_of_many_messages_the_newest_are_read(self, database: Engine) -> None:
        store = SupportStore(database)
        id, _ = store.start("en")
        for number in range(3):
            store.add_turn(id, Turn(f"q{number}", "s", REPLY))
        whole = store.messages(id)
        assert store.messages(id, newest=3) == whole[-3:]
        assert store.messages(id, whole[-2].id, newest=3) == whole[-1:]

    def test_a_person_has_the_conversation_until_it_is_closed(self, database: Engine) -> None:
        store = SupportStore(database)
        id, _ = store.start("en")
        stored = hand_off(conversation_id=id)
        assert store.forward(id, "hello?", nothing) is None
        store.hand_off(stored)
        assert stored == store.open_hand_off(id)
        assert _thread(store, id).with_person
        assert store.add_turn(id, Turn("q", "q", REPLY)) is None  # the bot was still at it
        store.close(stored.reference)
        assert not _thread(store, id).with_person
        assert store.open_hand_off(id) is None
        assert store.forward(id, "hello?", nothing) is None
        assert store.messages(id) == []

    def test_a_transcript_that_is_out_of_date_opens_no_hand_off(self, database: Engine) -> None:
        store = SupportStore(database)
        id, _ = store.start("en")
        before = store.turns(id)
        store.add_turn(id, Turn("q", "q", REPLY))
        assert not store.hand_off(hand_off(conversation_id=id), said=before)
        assert store.hand_off(hand_off(conversation_id=id), said=store.turns(id))

    def test_an_old_reference_ends_only_its_own_hand_off(self, database: Engine) -> None:
        store = SupportStore(database)
        id, _ = store.start("en")
        old, new = (hand_off(conversation_id=id) for _ in range(2))
        store.hand_off(old)
        assert store.answer(old.reference, "bye", nothing, external_id="1", close=True)
        store.hand_off(new)
        assert not store.answer(old.reference, "bye", nothing, external_id="1", close=True)
        assert store.open_hand_off(id) == new
        assert store.answer(old.reference, "by the way", nothing)
        assert store.waiting() == [new]

    def test_a_new_address_and_the_gravest_topic_are_kept(self, database: Engine) -> None:
        store, seen = SupportStore(database), []
        id, _ = store.start("en")
        store.hand_off(hand_off(conversation_id=id, email="old@example.com"))

        def posts(now: HandOff) -> list[Post]:
            seen.append((now.email, now.topic))
            return [Post("email", {"to": now.email})]

        for words, topic, email in [
            ("a", "fraud", ""),
            ("b", "hardship", ""),
            ("", "", "new@example.com"),
            ("", "", "new@example.com"),  # nothing new
        ]:
            assert store.forward(id, words, posts, topic=topic, email=email)
        assert seen == [("old@example.com", "fraud"), ("old@example.com", "fraud"), ("new@example.com", "fraud")]
        assert [message.text for message in store.messages(id)] == ["a", "b"]

    def test_the_same_message_of_a_customer_is_kept_once(self, database: Engine) -> None:
        store, turn = SupportStore(database), Turn("q", "q", REPLY)
        id, _ = store.start("en")
        store.add_turn(id, turn, external_id="1")
        with pytest.raises(TakenError):
            store.add_turn(id, turn, external_id="1")
        stored = hand_off(conversation_id=id)
        store.hand_off(stored)
        store.answer(stored.reference, "yes", nothing)
        for vetted in (None, turn):
            with pytest.raises(TakenError):
                store.forward(id, "q", lambda _: [Post("email", {})], turn=vetted, external_id="1")
        assert [message.author for message in store.messages(id)] == ["customer", "bot", "desk"]
        assert store.waiting() == []

    def test_the_same_message_of_the_desk_is_kept_once(self, database: Engine) -> None:
        store = SupportStore(database)
        id, _ = store.start("en")
        stored = hand_off(conversation_id=id)
        store.hand_off(stored)
        assert store.answer(stored.reference, "yes", nothing, external_id="42")
        assert not store.answer(stored.reference, "yes", nothing, external_id="42")
        assert len(store.messages(id)) == 1

    def test_what_the_customer_has_seen(self, database: Engine) -> None:
        store = SupportStore(database)
        id, _ = store.start("en")
        other, _ = store.start("en")
        first, second = (store.add_turn(id, Turn("q", "q", REPLY)) for _ in range(2))
        store.add_turn(other, Turn("q", "q", REPLY))
        assert first
        assert second
        store.messages(id)
        assert _thread(store, id).seen == 0
        store.see(id, second[0])
        store.see(id, first[1])
        assert _thread(store, id).seen == second[0]
        store.see(id, 2**31 - 1)  # what comes later is not seen by that
        assert _thread(store, id).seen == second[1]

    def test_thumbs_are_for_replies_of_the_own_conversation(self, database: Engine) -> None:
        store = SupportStore(database)
        id, _ = store.start("en")
        ids = store.add_turn(id, Turn("q", "q", REPLY))
        assert ids
        question, answer = ids
        assert store.rate(id, answer, 1)
        assert not store.rate(id, question, 1)
        assert not store.rate(store.start("en")[0], answer, -1)
        assert [message.thumb for message in store.messages(id)] == [0, 1]

    def test_no_message_without_a_conversation(self, database: Engine) -> None:
        store = SupportStore(database)
        for use in (
            lambda: store.forward("none", "hello", nothing),
            lambda: store.see("none", 1),
            lambda: store.answer("AAAA-AAAA", "hello", nothing),
            lambda: store.close("AAAA-AAAA"),
        ):
            with pytest.raises(InputFormatError):
                use()

    def test_customers_write_at_the_same_time(self, database: Engine) -> None:
        store = SupportStore(database)
        ids = [store.start("en")[0] for _ in range(8)]
        writers = [
            threading.Thread(target=lambda id=id: [store.add_turn(id, Turn(id, id, REPLY)) for _ in range(4)])
            for id in ids
        ]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        for id in ids:
            assert [message.text for message in store.messages(id)] == [id, REPLY.text] * 4

    def test_of_hand_offs_at_the_same_time_one_is_kept(self, database: Engine) -> None:
        store = SupportStore(database)
        for _ in range(8):
            id, _ = store.start("en")
            new = [hand_off(conversation_id=id) for _ in range(4)]
            kept = at_once([partial(store.hand_off, each) for each in new])
            assert sorted(kept) == [False, False, False, True]
            assert store.open_hand_off(id) == new[kept.index(True)]

    def test_what_is_said_while_a_hand_off_opens_or_ends_reaches_one_of_both(self, database: Engine) -> None:
        """A reply of the bot comes before the hand-off and is in its transcript, or it is not kept."""
        store, turn = SupportStore(database), Turn("q", "q", REPLY)
        for _ in range(12):
            id, _ = store.start("en")
            stored = hand_off(conversation_id=id)
            opened, replied = at_once(
                [partial(store.hand_off, stored, said=Conversation()), partial(store.add_turn, id, turn)]
            )
            assert opened is (replied is None)
            if opened:
                _, told = at_once([partial(store.close, stored.reference), partial(store.forward, id, "?", nothing)])
                assert [message.text for message in store.messages(id)] == (["?"] if told else [])
                assert store.open_hand_off(id) is None


def nothing(_: HandOff) -> list[Post]:
    return []

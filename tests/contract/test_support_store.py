"""What the store of the support chatbot must do on every database."""

import threading
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Engine, text

from apps.support.policy import Action
from apps.support.service import HISTORY_WINDOW, Citation, Reply, Turn
from apps.support.store import SupportStore, Thread
from core.errors import InputFormatError, StorageError
from tests.databases import OnPostgres, OnSqlite
from tests.support_data import hand_off

CITATION = Citation("card-lost", "卡丢了？", "请挂失。", "https://harbour.example", date(2026, 9, 2))
REPLY = Reply(
    Action.ANSWER, "zh", "请挂失。", "zh", (CITATION,), ("另一个",), "0123456789ab", scores=(("card-lost", 0.91),)
)


def _thread(store: SupportStore, id: str) -> Thread:
    thread = store.thread(id)
    assert thread is not None
    return thread


class SupportStoreContract:
    """Inherit it, and provide the fixture ``database``."""

    @pytest.fixture
    def database(self) -> Iterator[Engine]:
        raise NotImplementedError

    def test_a_hand_off_is_read_back(self, database: Engine) -> None:
        stored = hand_off(note="请打电话给我", topic="fraud", summary="…")
        SupportStore(database).hand_off(stored)
        assert SupportStore(database).waiting() == [stored]
        assert SupportStore(database).find_hand_off(stored.reference) == stored
        assert SupportStore(database).find_hand_off("AAAA-AAAA") is None

    def test_a_database_that_does_not_answer_is_a_typed_error(self, database: Engine) -> None:
        store = SupportStore(database)
        with database.begin() as connection:
            for table in ("outbox", "hand_off", "support_message", "support_conversation"):
                connection.execute(text(f"DROP TABLE {table}"))
        for use in (store.waiting, lambda: store.start("en"), lambda: store.thread("x"), lambda: store.turns("x")):
            with pytest.raises(StorageError, match="does not answer"):
                use()

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
        store.hand_off(hand_off(conversation_id=id))
        store.add_message(id, "customer", "are you there?")
        store.add_message(id, "desk", "yes")
        assert [message.author for message in store.messages(id)] == ["customer", "bot", "customer", "desk"]
        assert store.waiting() == []  # answered
        store.add_message(id, "customer", "thanks, one more thing")
        assert len(store.waiting()) == 1

    def test_a_person_has_the_conversation_until_it_is_closed(self, database: Engine) -> None:
        store = SupportStore(database)
        id, _ = store.start("en")
        stored = hand_off(conversation_id=id)
        store.hand_off(stored)
        assert stored == store.open_hand_off(id)
        assert _thread(store, id).with_person
        store.close(stored.reference)
        assert not _thread(store, id).with_person
        assert store.open_hand_off(id) is None

    def test_the_same_message_of_the_desk_is_kept_once(self, database: Engine) -> None:
        store = SupportStore(database)
        id, _ = store.start("en")
        assert store.add_message(id, "desk", "yes", external_id="42") is not None
        assert store.add_message(id, "desk", "yes", external_id="42") is None
        assert len(store.messages(id)) == 1

    def test_what_the_customer_has_seen(self, database: Engine) -> None:
        store = SupportStore(database)
        id, _ = store.start("en")
        last = store.add_message(id, "desk", "yes")
        store.messages(id)
        assert _thread(store, id).seen == 0
        store.messages(id, seen=True)
        assert _thread(store, id).seen == last

    def test_thumbs_are_for_replies_of_the_own_conversation(self, database: Engine) -> None:
        store = SupportStore(database)
        id, _ = store.start("en")
        question, answer = store.add_turn(id, Turn("q", "q", REPLY))
        assert store.rate(id, answer, 1)
        assert not store.rate(id, question, 1)
        assert not store.rate(store.start("en")[0], answer, -1)
        assert [message.thumb for message in store.messages(id)] == [0, 1]

    def test_no_message_without_a_conversation(self, database: Engine) -> None:
        with pytest.raises(InputFormatError):
            SupportStore(database).add_message("none", "customer", "hello")

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


class TestSqlite(OnSqlite, SupportStoreContract):
    pass


class TestPostgres(OnPostgres, SupportStoreContract):
    pass

"""Conversations end, on every database: when their time is over, or because somebody asked for it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from apps.support.conversation import Reply, Turn
from apps.support.outbox import Outbox
from apps.support.policy import Action
from apps.support.posts import Post
from apps.support.retention import BATCH, delete_older, forget, same_address
from apps.support.store import HandOff, SupportStore
from apps.support.tables import ConversationRow, HandOffRow, MessageRow, OutboxRow
from core.db import transaction
from core.errors import InputFormatError
from tests.contract.at_once import at_once
from tests.support_data import hand_off

TURN = Turn("q", "q", Reply(Action.ABSTAIN, "en"))
POST = Post("email", {"to": "li@example.com"})


def counts(database: Engine) -> list[int]:
    """Conversations, messages, hand-offs and what is or was to be sent."""
    with transaction(database) as session:
        tables = (ConversationRow, MessageRow, HandOffRow, OutboxRow)
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def handed_off(store: SupportStore, posts: Sequence[Post] = (POST,), **fields: Any) -> HandOff:
    """A new conversation with a question and a hand-off."""
    id, _ = store.start("en")
    store.add_turn(id, TURN)
    stored = hand_off(conversation_id=id, **fields)
    store.hand_off(stored, posts)
    return stored


def deliver(database: Engine, send: Callable[..., None] = lambda id, payload: None) -> None:
    Outbox(database, {"email": send}).deliver_due()


def now() -> datetime:
    return datetime.now(UTC)


class TestRetention:
    def test_an_old_conversation_goes_with_everything_and_a_newer_one_stays(self, database: Engine) -> None:
        store = SupportStore(database)
        old = handed_off(store)
        store.rate_newest(old.conversation_id, -1)
        store.close(old.reference)
        store.start("en")  # nothing was said in it
        deliver(database)
        middle = now()
        new = handed_off(store)
        store.close(new.reference)
        deliver(database)
        assert counts(database) == [3, 4, 2, 2]
        assert delete_older(store, middle) == 2
        assert counts(database) == [1, 2, 1, 1]
        assert len(store.messages(new.conversation_id)) == 2
        assert delete_older(store, middle) == 0

    def test_an_open_hand_off_keeps_its_conversation(self, database: Engine) -> None:
        store = SupportStore(database)
        waiting, answered = (handed_off(store, ()) for _ in range(2))
        store.answer(answered.reference, "yes", lambda _: [])
        assert delete_older(store, now()) == 0
        store.close(answered.reference)
        assert delete_older(store, now()) == 1
        assert store.waiting() == [waiting]

    def test_what_is_unsent_keeps_its_conversation(self, database: Engine) -> None:
        store = SupportStore(database)
        store.close(handed_off(store).reference)
        assert delete_older(store, now()) == 0
        deliver(database)
        assert delete_older(store, now()) == 1
        assert counts(database) == [0, 0, 0, 0]

    def test_what_could_not_be_sent_and_was_given_up_goes_too(self, database: Engine) -> None:
        store = SupportStore(database)
        store.close(handed_off(store).reference)
        with transaction(database) as session:
            session.execute(update(OutboxRow).values(state="failed"))
        assert delete_older(store, now()) == 1
        assert counts(database) == [0, 0, 0, 0]

    @pytest.mark.parametrize("event", ["message", "hand-off"])
    def test_what_happened_last_counts(self, database: Engine, event: str) -> None:
        store = SupportStore(database)
        id, _ = store.start("en")
        middle = now()
        if event == "message":
            store.add_turn(id, TURN)
        else:
            late = hand_off(conversation_id=id)
            store.hand_off(late)
            store.close(late.reference)
        assert delete_older(store, middle) == 0
        assert delete_older(store, now()) == 1

    def test_hand_offs_of_the_first_version_go_once_they_are_closed(self, database: Engine) -> None:
        store = SupportStore(database)
        done, waiting = hand_off(), hand_off()
        for each in (done, waiting):
            store.hand_off(each)
        store.close(done.reference)
        assert delete_older(store, now() - timedelta(hours=1)) == 0
        assert counts(database)[2] == 2
        delete_older(store, now())
        assert store.waiting() == [waiting]
        assert counts(database)[2] == 1

    def test_a_batch_at_a_time(self, database: Engine) -> None:
        store = SupportStore(database)
        for _ in range(BATCH + 3):
            store.start("en")
        assert [delete_older(store, now()) for _ in range(3)] == [BATCH, 3, 0]

    def test_several_processes_at_once(self, database: Engine) -> None:
        stores = [SupportStore(database) for _ in range(4)]
        for _ in range(20):
            stores[0].add_turn(stores[0].start("en")[0], TURN)
        assert sum(at_once([partial(delete_older, each, now()) for each in stores])) == 20
        assert counts(database) == [0, 0, 0, 0]

    def test_what_is_said_at_that_moment_is_kept_or_refused(self, database: Engine) -> None:
        store = SupportStore(database)

        def say(id: str) -> bool:
            try:
                return store.add_turn(id, TURN) is not None
            except InputFormatError:
                return False

        for _ in range(12):
            id, _ = store.start("en")
            _, said = at_once([partial(delete_older, store, now()), partial(say, id)])
            assert (store.thread(id) is not None) is said
            assert len(store.messages(id)) == (2 if said else 0)


class TestForgetting:
    def test_a_conversation_goes_with_what_is_open_and_unsent(self, database: Engine) -> None:
        store = SupportStore(database)
        first = handed_off(store)
        store.close(first.reference)
        again = hand_off(conversation_id=first.conversation_id)
        store.hand_off(again, [POST])
        store.answer(again.reference, "yes", lambda _: [POST])
        other = handed_off(store)
        forget(store, first.reference)
        assert counts(database) == [1, 2, 1, 1]
        assert store.waiting() == [other]
        assert store.thread(first.conversation_id) is None
        with pytest.raises(InputFormatError, match="no hand-off of this reference"):
            forget(store, again.reference)

    def test_one_of_the_first_version_takes_no_other_along(self, database: Engine) -> None:
        store = SupportStore(database)
        one, other = hand_off(), hand_off()
        for each in (one, other):
            store.hand_off(each)
        forget(store, one.reference)
        assert store.waiting() == [other]

    def test_others_of_the_same_address(self, database: Engine) -> None:
        store = SupportStore(database)
        first, second = handed_off(store, email="Ann@example.com"), handed_off(store, email="ann@example.com")
        handed_off(store, email="bob@example.com")
        store.close(first.reference)
        store.hand_off(hand_off(conversation_id=first.conversation_id, email="ann@example.com"))
        alone = hand_off(email="ann@example.com")
        store.hand_off(alone)
        assert same_address(database, first.reference) == [second.reference, alone.reference]
        with pytest.raises(InputFormatError):
            same_address(database, "AAAA-AAAA")

    def test_it_may_be_on_its_way_at_that_moment(self, database: Engine) -> None:
        store = SupportStore(database)
        first, second = handed_off(store), handed_off(store)
        sent = []

        def send(id: str, payload: dict[str, Any]) -> None:
            sent.append(id)
            for each in (first, second):
                if store.open_hand_off(each.conversation_id):
                    forget(store, each.reference)

        deliver(database, send)
        assert len(sent) == 1
        assert counts(database) == [0, 0, 0, 0]

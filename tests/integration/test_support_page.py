"""What is behind the chat page: its limits, what it shows of a conversation, several events at once."""

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Engine

from apps.support.chat import SupportChat
from apps.support.conversation import Reply
from apps.support.retention import forget
from apps.support.service import SupportService
from apps.support.store import SupportStore
from apps.support.ui import ChatPage
from apps.ui.texts import t
from core.server.metrics import Metrics
from knowledge.retrieval.language import Language

VISIT = SimpleNamespace(client=SimpleNamespace(host="192.0.2.1"), query_params={}, headers={})


class Page:
    """The chat page of one customer, as Gradio calls what is behind it."""

    def __init__(self, chat: SupportChat, kept: str = "") -> None:
        self._events = ChatPage(chat, Metrics()).blocks.fns.values()
        (self.talk,) = (value for value in self.call("start", kept, VISIT).values() if hasattr(value, "bubbles"))

    def call(self, name: str, *given: Any) -> Any:
        event = next(event for event in self._events if event.name == name)
        return event.fn(*given)

    def ask(self, message: str) -> list[Any]:
        return list(self.call("ask", message, self.talk, VISIT).values())

    def hand_off(self, address: str, note: str = "") -> list[Any]:
        return list(self.call("hand_off", address, note, self.talk, VISIT).values())

    def hear(self) -> Any:
        """The log as it is drawn; None where there is nothing new."""
        heard = self.call("hear", self.talk, True)
        return heard if isinstance(heard, str) else None

    def sides(self) -> list[str]:
        return [side for side, _ in self.talk.bubbles]


class BusyDesk(SupportChat):
    """One that takes its time."""

    begun = 0

    def meanwhile(self) -> None:
        """What happens while a message is answered."""

    def start(self, language: Language) -> tuple[str, str]:
        self.begun += 1
        time.sleep(0.5)
        return super().start(language)

    def say(self, id: str, message: str, external_id: str | None = None) -> Reply:
        self.meanwhile()
        return super().say(id, message, external_id)


def test_the_page_is_limited_like_the_api(support_service: SupportService, database: Engine) -> None:
    chat = SupportChat(support_service, SupportStore(database))
    page = Page(chat)
    while not chat.limits.start(VISIT.client):
        pass
    refused = [*page.ask("Hello"), *page.hand_off("a@example.com")]
    assert len(refused) == 2
    assert all("Please wait a minute" in each for each in refused)
    id, token = chat.start("en")
    while not chat.limits.message(id, None):
        pass
    page.talk.key = f"{id} {token}"
    (refused,) = page.ask("Hello")
    assert "Please wait a minute" in refused
    assert chat.store.messages(id) == []


def test_a_page_whose_conversation_was_deleted_begins_a_new_one(chat: SupportChat) -> None:
    page = Page(chat)
    page.ask("Hello")
    old = page.talk.id
    stored = chat.hand_off(old, email="ann@example.com", note="", language="en")
    chat.answer(stored.reference, "Good morning!")
    assert page.hear()
    forget(chat.store, stored.reference)
    page.ask("How do I close my account?")
    assert page.talk.id != old
    assert [message.author for message in chat.store.messages(page.talk.id)] == ["customer", "bot"]
    again = chat.hand_off(page.talk.id, email="ann@example.com", note="", language="en")
    chat.answer(again.reference, "Good morning again!")  # SQLite may give it the id of what was deleted
    assert "Good morning again!" in page.hear()


def test_what_a_restored_page_shows_is_in_order_and_counts_as_read(chat: SupportChat) -> None:
    id, token = chat.start("en")
    chat.say(id, "How do I close my account?")
    stored = chat.hand_off(id, email="ann@example.com", note="", language="en")
    chat.answer(stored.reference, "I'll help you with that.")
    page = Page(chat, f"{id} {token}")
    assert page.sides() == ["user", "answer", "hand_off", "desk"]
    thread = chat.store.thread(id)
    assert thread is not None
    assert thread.seen == max(message.id for message in chat.store.messages(id))


def test_what_is_answered_during_an_event_of_the_page_stays(support_service: SupportService, database: Engine) -> None:
    """Whatever comes first, each draws the log with all that is there."""
    chat = BusyDesk(support_service, SupportStore(database))
    page = Page(chat)
    page.hand_off("ann@example.com")
    reference = chat.store.waiting()[-1].reference
    chat.answer(reference, "Good morning!", close=True)

    def meanwhile() -> None:
        assert "Good morning!" in page.hear()
        page.call("want", page.talk)
        page.call("translate", page.talk)

    chat.meanwhile = meanwhile
    *_, drawn = page.ask("How do I close my account?")
    assert "Good morning!" in drawn
    assert t("chat.log", "zh") in drawn
    assert page.sides() == ["hand_off", "desk", "handed_back", "user", "answer"]
    assert page.hear() is None


def test_a_reply_leaves_the_form_that_the_customer_has_opened(chat: SupportChat) -> None:
    page = Page(chat)

    def is_open(message: str) -> bool:
        changed = page.call("ask", message, page.talk, VISIT)
        (form,) = (change for part, change in changed.items() if "r1-hand-off" in part.elem_classes)
        return bool(form["visible"])

    question = "How do I close my account?"
    assert is_open("I want to speak to a human")
    assert not is_open(question)
    page.call("want", page.talk)
    assert is_open(question)
    page.call("leave", page.talk)
    assert not is_open(question)


def test_a_message_and_the_form_at_once_begin_one_conversation(
    support_service: SupportService, database: Engine
) -> None:
    chat = BusyDesk(support_service, SupportStore(database))
    page = Page(chat)
    with ThreadPoolExecutor(2) as pool:
        both = pool.submit(page.ask, "How do I close my account?"), pool.submit(page.hand_off, "ann@example.com")
        for each in both:
            each.result()
    assert chat.begun == 1
    assert set(page.sides()) >= {"user", "hand_off"}


def test_who_writes_of_danger_in_the_form_is_told_at_once_what_to_do(chat: SupportChat) -> None:
    """Nobody may be at the desk."""
    page = Page(chat)
    page.hand_off("ann@example.com", "I want to kill myself")
    assert page.sides() == ["hand_off", "user", "critical"]
    assert page.sides() == Page(chat, page.talk.key).sides()
    page.hand_off("ann@example.com", "My account is A1")
    assert page.sides()[3:] == ["hand_off", "user"]

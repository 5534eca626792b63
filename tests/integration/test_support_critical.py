"""What a company's own FAQ says of a critical topic stands below the text on that topic."""

import json
from pathlib import Path

import pytest

from apps.bootstrap import build_support
from apps.support.chat import SupportChat
from apps.support.conversation import Conversation
from apps.support.html import reply_html
from apps.support.service import SupportService
from apps.support.words import in_words
from core.settings import Settings
from knowledge.faq.critical_topics import Topic

SAMPLE = Path(__file__).parents[2] / "apps/support/sample_company/company.toml"
ENTRIES = {
    "gas": ("I can smell gas", "Call 0800 111 999 now. Open the windows, touch no switches, and leave the building."),
    "death": ("Someone has died: what happens with the account?", "Call 0800 555 0144. We need no death certificate."),
    "complain": ("How do I make a complaint?", "Call 0800 555 0133, or write to complaints@example.com."),
    "paying": ("I'm struggling to pay my bill", "Talk to us early on 0800 555 0122: we agree on a plan."),
    "waiting": ("I'm still waiting for money that never arrived", "A transfer from abroad takes up to five days."),
    "pot": ("My pot cracked or exploded in the kiln", "It happens. We give you another go on a wheel, free."),
    "meter": ("How do I read my electricity meter?", "Write down the numbers from left to right."),
    "bill": ("When do I get my bill?", "Every month, by e-mail."),
}


@pytest.fixture(scope="module")
def service(home: Path, tmp_path_factory: pytest.TempPathFactory) -> SupportService:
    folder = tmp_path_factory.mktemp("company")
    (folder / "company.toml").write_text(SAMPLE.read_text("utf-8").partition("[critical.")[0], "utf-8")
    entries = [
        {"id": id, "language": "en", "questions": [question], "answer": answer, "updated": "2026-10-01"}
        for id, (question, answer) in ENTRIES.items()
    ]
    (folder / "faq.json").write_text(json.dumps({"version": 1, "entries": entries}), "utf-8")
    return build_support(Settings(home=home, company=folder))


@pytest.mark.parametrize(
    ("message", "topic", "id"),
    [
        ("I can smell gas", "emergency", "gas"),
        ("there's a strong smell of gas in my kitchen", "emergency", "gas"),
        ("我闻到煤气味了", "emergency", "gas"),
        ("my pot exploded in the kiln!", "emergency", "pot"),  # by meaning alone
        ("My husband passed away last week and the account was in his name", "bereavement", "death"),
        ("I want to complain about your engineer", "complaint", "complain"),
        ("I can't pay my bill this month", "hardship", "paying"),
    ],
)
def test_the_entry_about_a_topic_is_told_below_its_text(
    service: SupportService, message: str, topic: Topic, id: str
) -> None:
    reply = service.reply(Conversation(), message)
    title, answer = ENTRIES[id]
    assert (reply.topic, reply.text) == (topic, service.critical.text(topic, reply.language))
    assert [source.id for source in reply.citations] == [id]
    assert reply.suggestions == ()
    said = in_words(service.company, reply)
    assert said.startswith(reply.text)
    assert said.endswith(f"{title}\n{answer}")
    assert "2026-10-01" in reply_html(service, reply)


@pytest.mark.parametrize(
    "message",
    [
        "the socket is sparking",
        "There's a fire in my room",
        "can smell burning from the meter",
        "I want to kill myself",
        "the ATM gave me less cash",
        "our hotel room is on fire",
    ],
)
def test_what_is_told_of_another_matter_is_not_told_below_a_text(service: SupportService, message: str) -> None:
    reply = service.reply(Conversation(), message)
    assert reply.text == service.critical.text(reply.topic or "complaint", reply.language)
    assert reply.citations == ()
    assert not reply.suggestions


def test_a_text_of_the_companys_own_stands_alone_except_in_danger(chat: SupportChat) -> None:
    """The sample company has one on lost cards, and an entry as well."""
    assert chat.service.reply(Conversation(), "my card was stolen").citations == ()
    asked = chat.service.reply(Conversation(), "How do I make a complaint?")
    assert [source.id for source in asked.citations] == ["complaint"]


def test_with_a_person_it_is_told_as_well(service: SupportService, chat: SupportChat) -> None:
    there = SupportChat(service, chat.store, set())
    id, _ = there.start("en")
    there.hand_off(id, email="ann@example.com", note="", language="en")
    reply = there.say(id, "I can smell gas")
    assert ([source.id for source in reply.citations], reply.offers_person, reply.suggestions) == (["gas"], False, ())

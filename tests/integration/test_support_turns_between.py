"""What later turns of a conversation do with those between, in the chat of a broadband company and with real models."""

import json
from pathlib import Path

import pytest

from apps.bootstrap import build_support
from apps.support.chat import SupportChat
from apps.support.conversation import Conversation, Reply
from apps.support.policy import FAILURES, Action
from apps.support.service import SupportService
from apps.support.words import in_words, still_holds
from core.settings import Settings
from knowledge.faq.critical_topics import Topic
from knowledge.faq.live import ServedFaq

SAMPLE = Path(__file__).parents[2] / "apps/support/sample_company/company.toml"
ENTRIES = {
    "outage": (
        "Is there an outage in my area?\nInternet is down\nNo connection since this morning",
        "Enter your postcode on our status page. If nothing is listed, restart the router and wait five minutes.",
    ),
    "outage-compensation": (
        "Do I get compensation for an outage?\nmoney back for days without internet",
        "Yes. If your service is down for more than two full working days, we credit £9 for each further day.",
    ),
    "deposit": (
        "Can I get a refund of my deposit?",
        "Your deposit comes back with the first bill after 12 months of payments on time.",
    ),
    "exit-fee": (
        "Is there an early exit fee?\nWhat does it cost to leave before the contract ends?",
        "Yes, if you leave within the minimum term of 18 months: £15 for each month that remains.",
    ),
    "router-return": (
        "Do I have to send the router back?\nHow do I return my router?",
        "Yes, within 28 days after your contract ends. A router that does not come back costs £50.",
    ),
    "router-lights": (
        "What do the lights on the router mean?\nrouter light is red",
        "Green: all is well. Orange: the router is starting, wait ten minutes. Red: no connection; check the cable.",
    ),
    "moving": (
        "I am moving house, can I take my broadband with me?\nchange of address broadband",
        "Yes. Tell us 14 days before you move, in your account. Moving costs nothing.",
    ),
    "cancel": (
        "How do I cancel my contract?\nI want to leave",
        "Give 30 days' notice by phone or in your account. If another provider takes over, you need not do anything.",
    ),
    "engineer": (
        "Can I change my engineer appointment?\nWhat if I miss the engineer?",
        "Yes, free of charge until noon on the working day before. A missed visit costs £30.",
    ),
    "bill-date": (
        "When is my bill due?\nOn which day do you take the Direct Debit?",
        "On the 14th of each month, or the next working day.",
    ),
    "slow": (
        "Why is my internet so slow?\nMy broadband is slow in the evening",
        "Restart the router, connect a computer by cable and run our test.",
    ),
    "wifi": (
        "How do I change my Wi-Fi password?\nI forgot my wifi password",
        "Sign in to your router with the code on its label, and choose Wi-Fi, then Password.",
    ),
    "plans": (
        "Which plans do you have?\nHow much is fibre?",
        "Fibre 100 at £27 a month and Fibre 500 at £35. All have unlimited data and a router.",
    ),
    "landline": ("Can I keep my landline number?", "Yes. Tell us the number when you order."),
}


@pytest.fixture(scope="module")
def broadband(home: Path, tmp_path_factory: pytest.TempPathFactory) -> SupportService:
    folder = tmp_path_factory.mktemp("broadband")
    (folder / "company.toml").write_text(SAMPLE.read_text("utf-8").partition("[critical.")[0], "utf-8")
    entries = [
        {"id": id, "language": "en", "questions": wordings.split("\n"), "answer": answer, "updated": "2026-10-01"}
        for id, (wordings, answer) in ENTRIES.items()
    ]
    (folder / "faq.json").write_text(json.dumps({"version": 1, "entries": entries}), "utf-8")
    return build_support(Settings(home=home, company=folder))


def _after(service: SupportService, *said: str) -> Reply:
    """The reply to the last of these messages."""
    conversation = Conversation()
    return [service.reply(conversation, message) for message in said][-1]


@pytest.mark.parametrize(
    "said",
    [
        ("Is there an early exit fee?", "and for the router", "how much"),
        ("I am moving house", "and if I don't want to keep it", "how much"),
    ],
)
def test_a_measure_of_what_came_between_is_not_told_of_the_question_before(
    broadband: SupportService, said: tuple[str, ...]
) -> None:
    conversation = Conversation()
    *_, reply = (broadband.reply(conversation, message) for message in said)
    assert reply.action in FAILURES
    assert conversation.turns[-1].standalone == " ".join(said)


@pytest.mark.parametrize(
    "said",
    [
        ("Is there an early exit fee?", "how much"),
        ("Is there an early exit fee?", "and the fee?", "how much"),
        ("Is there an early exit fee?", "thanks", "how much"),
        ("Is there an early exit fee?", "do you sell pizza", "how much"),
    ],
)
def test_a_measure_of_the_question_before_is_told(broadband: SupportService, said: tuple[str, ...]) -> None:
    assert [source.id for source in _after(broadband, *said).citations] == ["exit-fee"]


@pytest.mark.parametrize("said", [("怎么注销账户？", "那工资卡呢？", "要钱吗")])
def test_the_same_in_chinese(support_service: SupportService, said: tuple[str, ...]) -> None:
    assert _after(support_service, *said).action in FAILURES
    assert _after(support_service, said[0], said[-1]).action is Action.ANSWER


@pytest.mark.parametrize(
    ("said", "leans"),
    [
        (("往日本汇款要多久？", "好的谢谢", "你们提供买马的贷款吗？"), False),
        (("往日本汇款要多久？", "你们提供买马的贷款吗？", "再见", "透支"), False),
        (("How do I close my account?", "thanks, bye", "with an overdraft"), False),
        (("往日本汇款要多少钱？", "好的谢谢", "要多久？"), True),
        (("How do I close my account?", "thanks", "and if I have an overdraft?"), True),
    ],
)
def test_thanks_end_what_a_message_may_continue_unless_its_words_need_it(
    support_service: SupportService, said: tuple[str, ...], leans: bool
) -> None:
    conversation = Conversation()
    for message in said:
        support_service.reply(conversation, message)
    assert conversation.turns[-1].standalone == (f"{said[0]} {said[-1]}" if leans else said[-1])


def test_an_entry_that_was_told_long_ago_is_not_told_as_a_likely_one(chat: SupportChat) -> None:
    id, _ = chat.start("en")
    title = chat.service.reply(Conversation(), "overdraft").suggestions[0]
    assert chat.say(id, title).citations
    for _ in range(6):  # more than are remembered
        chat.say(id, "thanks")
    for _ in range(3):
        reply = chat.say(id, "overdraft")
        assert (reply.action, reply.suggestions[0], reply.is_likely) == (Action.CLARIFY, title, False)


@pytest.mark.parametrize(
    "said", [("overdraft", "overdraft", "how do I do it"), ("透支", "透支", "咋办理"), ("透支", "透支", "怎么办")]
)
def test_a_message_that_names_nothing_is_told_no_likely_entry(
    support_service: SupportService, said: tuple[str, ...]
) -> None:
    assert not _after(support_service, *said).is_likely


@pytest.mark.parametrize(
    ("first", "second", "topic"),
    [
        ("someone stole my identity", "what should I do now", "fraud"),
        ("someone stole my identity", "how long will it take?", "fraud"),
        ("我被骗了两千块", "我该怎么办", "fraud"),
        ("my mum died last week", "her account number is 99812345", "bereavement"),
        ("我妈妈去世了", "她的账号是99812345", "bereavement"),
        ("my card was stolen", "what now?", "lost_card"),
    ],
)
def test_who_goes_on_about_a_topic_hears_that_its_text_holds(
    chat: SupportChat, first: str, second: str, topic: Topic
) -> None:
    id, _ = chat.start("en")
    chat.say(id, first)
    for _ in range(2):
        reply = chat.say(id, second)
        assert (reply.action, reply.topic, reply.offers_person) == (Action.CRITICAL, topic, True)
        assert reply.text == still_holds(chat.service.company, topic, reply.language)
        assert reply.suggestions == ()


@pytest.mark.parametrize(
    "said",
    [
        ("I want to kill myself", "what should I do"),
        ("我想自杀", "怎么办", "怎么办"),
        ("I want to kill myself", "no, I don't want to call"),
        ("我想自杀", "不想打电话"),
    ],
)
def test_in_danger_the_text_is_told_again(support_service: SupportService, said: tuple[str, ...]) -> None:
    reply = _after(support_service, *said)
    assert reply.text == support_service.critical.text("self_harm", reply.language)


@pytest.mark.parametrize(
    ("said", "action"),
    [
        (("my mum died last week", "how do I close her account?"), Action.ANSWER),
        (("my card was stolen", "thank you"), Action.GREET),
        (("someone stole my identity", "what's my balance?"), Action.SIGN_IN),
        (("someone stole my identity", "do you sell bikes?"), Action.ABSTAIN),
        (("How do I close my account?", "what should I do"), Action.CLARIFY),
        (("someone stole my identity", "How do I close my account?", "what should I do"), Action.CLARIFY),
    ],
)
def test_who_asks_something_else_after_a_topic_gets_that(
    support_service: SupportService, said: tuple[str, ...], action: Action
) -> None:
    assert _after(support_service, *said).action is action


@pytest.mark.parametrize("first", ["What's your phone number?", "I want to complain about the app"])
def test_who_would_rather_not_telephone_may_write(chat: SupportChat, first: str) -> None:
    reply = _after(chat.service, first, "no dont want to ring")
    assert (reply.action, reply.offers_person) == (Action.HAND_OFF, True)
    assert str(chat.service.company.email) in in_words(chat.service.company, reply)


def test_a_second_complaint_gets_a_line_and_what_is_nearest(broadband: SupportService) -> None:
    for message in ("I took a day off work for this", "I want compensation for the missed appointment"):
        conversation = Conversation()
        first = broadband.reply(conversation, "the engineer didn't turn up")
        assert first.text == broadband.critical.text("complaint", "en")
        reply = broadband.reply(conversation, message)
        assert (reply.topic, reply.offers_person) == ("complaint", True)
        assert reply.text == still_holds(broadband.company, "complaint", "en") != first.text
        assert len(reply.suggestions) == 1
        assert broadband.reply(conversation, reply.suggestions[0]).citations[0].title == reply.suggestions[0]
        assert broadband.reply(conversation, "your company is a joke").suggestions == ()


def test_a_second_complaint_where_nothing_is_published_is_heard_as_well(
    broadband: SupportService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadband, "_current", lambda: ServedFaq("", (), None))
    reply = _after(broadband, "I want to complain about your service", "your company is a joke, I will complain again")
    assert (reply.topic, reply.suggestions) == ("complaint", ())


def test_another_topic_is_told_whole(broadband: SupportService) -> None:
    conversation = Conversation()
    for message, topic in (("I want to complain about your service", "complaint"), ("my dad died", "bereavement")):
        reply = broadband.reply(conversation, message)
        assert (reply.topic, reply.text) == (topic, broadband.critical.text(topic, "en"))  # type: ignore[arg-type]


def test_a_question_that_the_answer_to_another_does_not_tell_is_named(broadband: SupportService) -> None:
    reply = _after(broadband, "Can I take my broadband when I move, and do I need a new router?")
    assert [source.id for source in reply.citations] == ["moving"]
    assert reply.suggestions or reply.left_open == ("do I need a new router?",)


@pytest.mark.parametrize(
    "message",
    ["How do I apply for a mortgage, and what papers do I need?", "怎么申请房贷，需要准备什么材料？"],
)
def test_a_question_that_the_answer_to_the_whole_tells_is_not_named(
    support_service: SupportService, message: str
) -> None:
    reply = _after(support_service, message)
    assert ([source.id for source in reply.citations], reply.left_open) == (["mortgage-apply"], ())


def test_a_question_that_names_nothing_of_an_entry_has_to_find_it_in_context_as_well(
    broadband: SupportService,
) -> None:
    reply = _after(broadband, "my internet is down since this morning", "do I get money back")
    assert reply.citations == ()
    assert "outage-compensation" in [id for id, _ in reply.scores[:2]]
    asked = _after(broadband, "my internet is down since this morning", "how do I get my deposit back")
    assert [source.id for source in asked.citations] == ["deposit"]


@pytest.mark.parametrize(
    ("first", "second", "id"),
    [
        ("how do I open a savings account", "no not savings, current", "account-open"),
        ("儿童账户怎么开", "不是问儿童的，是问大人的", ""),
    ],
)
def test_what_rejects_something_that_was_said_is_no_thanks(
    support_service: SupportService, first: str, second: str, id: str
) -> None:
    conversation = Conversation()
    support_service.reply(conversation, first)
    reply = support_service.reply(conversation, second)
    assert (reply.small_talk, [citation.id for citation in reply.citations]) == (None, [id] if id else [])


def test_a_first_message_may_correct_itself(support_service: SupportService) -> None:
    """Rather than being taken for thanks."""
    assert support_service.reply(Conversation(), "不是问儿童的，是问大人的").action in FAILURES

"""A sentence that says more, less or something else than its source is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.faq.groundedness import Problem, check, sentences

REFUND = (
    "You can return a book within 30 days if it is unread. We refund the price to your card in 5 working days. "
    "Delivery costs £4.50 and is not refunded. Gift cards cannot be returned."
)
LIMIT = (
    "You can send up to £25,000 a day in the app and up to £100,000 in a branch. New payees have a limit of £1,000 "
    "until 1 October 2026."
)
ZH = (
    "30天内可以退回未阅读的图书。我们会在5个工作日内把书款退到您的卡上。"
    "运费4.5元不退。如果图书有破损，请致电客服。礼品卡不能退。"
)

HOURS = "The shop opens at 9 am, the café at 9:30 am, and both close at 5 p.m."
COLD = "Keep the vaccine in the fridge at -8 degrees at all times, in bottles of 100 millilitres."

POWDER = "Take 5 mg of the powder in the morning and 10 g at night."
ANOTHER_NUMBER = [
    ("Take 5 g of the powder in the morning.", POWDER),
    ("The parcel may be 120 inches long.", "The parcel may be 120 centimetres long (47 inches)."),
    ("The bag may be 55 kilograms.", "The bag may be 55 centimetres and 10 kilograms."),
    ("Store it at 5°F in the fridge.", "Store it at 5°C in the fridge."),
    ("Store it at 41 °C.", "Store it at 5 °C (41 °F)."),
    ("Keep the vaccine at 8 degrees.", "Keep the vaccine at –8 degrees."),
    ("利率为5%。", "利率为-5%。"),
    ("The library is open from 2 am to 5 pm.", "The library is open from 2 to 5 pm."),
    ("You can have a hundred cards at the same time.", "You can have two hundred cards at the same time."),
    ("You get a quarter of the price back.", "You get three quarters of the price back."),
]


def problems(text: str, *passages: str) -> list[Problem | None]:
    return [finding.problem for finding in check(text, passages)]


@pytest.mark.parametrize(
    ("text", "passage"),
    [
        ("You can return a book within 30 days if it is unread.", REFUND),
        ("If it is unread, you can return a book within 30 days.", REFUND),
        ("We refund the price to your card in five working days. [1]", REFUND),
        ("Gift cards can't be returned.", REFUND),
        ("Delivery costs 4.50 pounds and is not refunded.", REFUND),
        ("Yes, you can send up to £25,000 a day in the app.", LIMIT),
        ("New payees have a limit of £1000 until October 1, 2026.", LIMIT),
        ("30天内可以退回未阅读的图书。", ZH),
        ("我们会在五个工作日内把书款退到您的卡上。", ZH),
        ("礼品卡不能退。", ZH),
        ("禮品卡不能退。", ZH),
        ("The shop opens at 9 am.", "The shop opens at 9 a.m. every day."),
        ("Both close at 5 pm.", HOURS),
        ("Keep the vaccine at minus eight degrees at all times.", COLD),
        ("Claims of up to 2 million pounds are covered.", "Claims of up to £2 million are covered."),
        ("You can return 25 books.", "You can return twenty-five books."),
        ("One of our staff sends 5 books.", "One of our staff sends 5 unread books."),
        ("分行每个工作日早上9点开门营业。", "分行每个工作日上午9点开门营业。"),
        ("It costs £5² abroad.", "It costs £5² abroad."),
        ("A transfer costs £5 abroad.", "A transfer costs £5² abroad."),
        ("The library is open from 2 pm to 5 pm.", "The library is open from 2 to 5 pm."),
        ("The library is open from 2 pm to 5 pm.", "On Sundays, the library is open from 2–5 p.m."),
        ("The library is open from 9:00 am to 5 pm.", "The library is open from 9 to 5pm."),
        ("The library is open from 10 am until 12 pm.", "The library is open from 10 until 12 pm."),
        ("Lines close at 8 p.m. and we answer the next day.", "Lines close at 8pm and we answer the next day."),
        ("You can call between 8am and 8PM.", "You can call between 8am and 8 PM."),
        ("The café closes at 12 noon.", "The café closes at 12:00 noon."),
        ("快递需要3天–5天，运费10元。", "快递需要3天-5天，运费10元。"),
        ("The fee is £5 to £10 for each order.", "The fee is £5 -£10 for each order."),
        ("Store it at 5°C in the fridge.", "Store it at 5 degrees Celsius in the fridge."),
        ("You get one quarter of the price back.", "You get a quarter of the price back."),
    ],
)
def test_what_a_passage_says_is_supported(text: str, passage: str) -> None:
    (finding,) = check(text, ["Something else.", passage])
    assert (finding.problem, finding.passage) == (None, 1)


@pytest.mark.parametrize(
    ("text", "passage", "problem"),
    [
        ("You can return a book within 60 days if it is unread.", REFUND, Problem.NUMBER),
        ("You can return a book within 30 weeks if it is unread.", REFUND, Problem.NUMBER),
        ("We refund the price to your card in 5 days.", REFUND, Problem.NUMBER),
        ("Delivery costs €4.50 and is not refunded.", REFUND, Problem.NUMBER),
        ("You can send up to £100,000 a day in the app.", LIMIT, Problem.NUMBER),
        ("New payees have a limit of £1,000 until 2 October 2026.", LIMIT, Problem.NUMBER),
        ("New payees have a limit of £1,000 until 1 November 2026.", LIMIT, Problem.NUMBER),
        ("Delivery costs £4.50 and is refunded.", REFUND, Problem.NEGATION),
        ("Gift cards can be returned.", REFUND, Problem.NEGATION),
        ("We do not refund the price to your card in 5 working days.", REFUND, Problem.NEGATION),
        ("You can return a book within 30 days.", REFUND, Problem.CONDITION),
        ("New payees have a limit of £1,000.", LIMIT, Problem.CONDITION),
        ("You can pay in the app.", "You can only pay in the app.", Problem.LIMIT),
        ("It will take a day.", "It may take a day.", Problem.LIMIT),
        ("We refund the price to your card in 5 working days if you ask.", REFUND, Problem.CONDITION),
        ("You can send £25,000 a day in the app.", LIMIT, Problem.LIMIT),
        ("You can send at least £25,000 a day in the app.", LIMIT, Problem.LIMIT),
        ("We always refund the price to your card in 5 working days.", REFUND, Problem.LIMIT),
        ("We refund the price to your Visa card in 5 working days.", REFUND, Problem.NAME),
        ("Our shops are open on Sundays.", REFUND, Problem.WORDS),
        ("We no longer need by law.", "You can ask us to delete data we no longer need by law.", Problem.BEGINNING),
        ("退回已阅读的图书。", "您不能不经同意退回已阅读的图书。", Problem.BEGINNING),
        ("The shop opens at 9 pm.", HOURS, Problem.NUMBER),
        (
            "Our insurance covers claims of up to £2 thousand.",
            "Our insurance covers claims of up to £2 million.",
            Problem.NUMBER,
        ),
        (
            "Our insurance covers claims of up to £2.",
            "Our insurance covers claims of up to £2 million.",
            Problem.NUMBER,
        ),
        ("Keep the vaccine in the fridge in bottles of 100 litres.", COLD, Problem.NUMBER),
        ("Keep the vaccine in the fridge at 8 degrees at all times.", COLD, Problem.NUMBER),
        (
            "Take 5 g of the powder with a glass of water.",
            "Take 5 mg of the powder with a glass of water.",
            Problem.NUMBER,
        ),
        (
            "The parcel may be 120 inches long and wide.",
            "The parcel may be 120 centimetres long and wide.",
            Problem.NUMBER,
        ),
        (
            "You can return books within thirty days to our shop.",
            "You can return books within sixty days to our shop.",
            Problem.NUMBER,
        ),
        ("A transfer of money abroad costs £52.", "A transfer of money abroad costs £5².", Problem.NUMBER),
        (
            "You get a half refund for the order that you return in the shop.",
            "You get a full refund for the order that you return in the shop.",
            Problem.LIMIT,
        ),
        ("You get back the price of the order.", "You get back half the price of the order.", Problem.LIMIT),
        *[(text, passage, Problem.NUMBER) for text, passage in ANOTHER_NUMBER],
        ("You get a refund of the price.", "You get a partial refund of the price.", Problem.LIMIT),
        ("分行每个工作日下午9点开门营业。", "分行每个工作日上午9点开门营业。", Problem.NUMBER),
        ("60天内可以退回未阅读的图书。", ZH, Problem.NUMBER),
        ("礼品卡可以退货。", "礼品卡不可以退货。", Problem.NEGATION),
        ("礼品卡能退。", ZH, Problem.WORDS),
        ("请致电客服。", ZH, Problem.CONDITION),
        ("我们会在5个月内把书款退到您的卡上。", ZH, Problem.NUMBER),
    ],
)
def test_what_differs_is_refused_with_its_reason(text: str, passage: str, problem: Problem) -> None:
    (finding,) = check(text, [passage])
    assert finding.passage is None
    assert finding.problem is problem


def test_two_sentences_that_follow_each_other_may_become_one() -> None:
    assert problems("Delivery costs £4.50 and is not refunded, and gift cards cannot be returned.", REFUND) == [None]


def test_each_sentence_is_judged_by_itself() -> None:
    text = "Gift cards cannot be returned. You get a voucher worth £10."
    assert problems(text, REFUND)[0] is None
    assert problems(text, REFUND)[1] is not None


def test_sentences_are_parted_and_loose_bullets() -> None:
    text = "Pay £4.50 now. Then:\n1. Open the app.\n- Press Send!\n好的。再见。"
    assert sentences(text) == ["Pay £4.50 now.", "Then:", "Open the app.", "Press Send!", "好的。", "再见。"]


def test_every_vetted_answer_supports_its_own_sentences() -> None:
    assert all(problem is None for passage in (REFUND, LIMIT, ZH) for problem in problems(passage, passage))


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_is_taken(text: str, passage: str) -> None:
    check(text, [passage])

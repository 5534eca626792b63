"""The model words an answer only where it may, and only what the passages say."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from apps.support.company import Composing, read_company
from apps.support.compose import Composer
from apps.support.conversation import Reply
from apps.support.policy import Action
from apps.support.words import sentence
from apps.ui.texts import t
from core.errors import KnowledgeError
from knowledge.domains.support_prompts import REFUSAL, answer_prompt
from knowledge.faq.sources import Entry
from knowledge.retrieval.language import Language
from tests.unit.apps.writer import FAILURES, Writer

SAMPLE = Path(__file__).parents[3] / "apps/support/sample_company/company.toml"
QUESTION = "Can I bring a book back?"


def entry(id: str, answer: str, tags: Sequence[str] = ("orders",), **more: Any) -> Entry:
    fields = {"id": id, "language": "en", "questions": (f"What about {id}?",), "answer": answer, "tags": tuple(tags)}
    return Entry.model_validate({**fields, "updated": date(2026, 1, 1), **more})


RETURNS = entry("returns", "You can return a book within 30 days if it is unread. Gift cards cannot be returned.")
DELIVERY = entry("delivery", "Delivery costs £4.50 and takes 3 working days.")
ORDERS = Composing(tags=frozenset({"orders"}))


def test_what_repeats_itself_is_not_taken() -> None:
    writer = Writer("Gift cards cannot be returned. Gift cards cannot be returned.")
    assert Composer(writer, ORDERS).compose(QUESTION, [RETURNS], "en") is None


def test_marks_of_the_model_are_replaced_and_its_refusal_is_no_answer() -> None:
    marked = Writer("You can return a book within 30 days if it is unread [2]. Delivery costs £4.50 [1].")
    composed = Composer(marked, ORDERS).compose(QUESTION, [RETURNS, DELIVERY], "en")
    assert composed is not None
    assert composed.text == "You can return a book within 30 days if it is unread. [1] Delivery costs £4.50. [2]"
    assert Composer(Writer(REFUSAL), ORDERS).compose(QUESTION, [RETURNS], "en") is None


def test_a_supported_answer_cites_the_passage_of_each_sentence() -> None:
    writer = Writer("Answer: You can return a book within 30 days if it is unread. Delivery costs £4.50.")
    composed = Composer(writer, ORDERS).compose(QUESTION, [RETURNS, DELIVERY], "en")
    assert composed is not None
    assert composed.text == "You can return a book within 30 days if it is unread. [1] Delivery costs £4.50. [2]"
    assert composed.sources == (RETURNS, DELIVERY)
    prompt = writer.asked[0].messages[-1].content
    assert "[1] You can return a book" in prompt
    assert prompt == answer_prompt(QUESTION, [RETURNS.answer, DELIVERY.answer]), "what the adapter was trained with"


@pytest.mark.parametrize(
    "text",
    [
        "",
        *FAILURES,
        "You can return a book within 60 days if it is unread.",
        "You can return a book within 30 days.",
        "Gift cards can be returned.",
        "You can return a book within 30 days if it is unread. We are happy to help you with anything.",
        "Delivery costs £4.50.",  # true, but it is not what was asked
        "未阅读的书可以在30天内退货。",
        " ".join(["Gift cards cannot be returned."] * 6),
    ],
)
def test_anything_else_leaves_the_vetted_answer(text: str) -> None:
    assert Composer(Writer(text), ORDERS).compose(QUESTION, [RETURNS, DELIVERY], "en") is None


def test_an_answer_that_was_cut_short_is_dropped() -> None:
    writer = Writer("Gift cards cannot be returned.", finish="length")
    assert Composer(writer, ORDERS).compose(QUESTION, [RETURNS], "en") is None


@pytest.mark.parametrize(
    ("tags", "language"),
    [((), "en"), (("fees",), "en"), (("orders", "loans"), "en"), (("orders", "prices"), "en"), (("orders",), "zh")],
)
def test_the_model_is_not_asked_where_it_may_not_write(tags: tuple[str, ...], language: str) -> None:
    writer = Writer("Gift cards cannot be returned.")
    allowed = Composing(tags=frozenset({"orders"}), regulated=frozenset({"prices"}))
    asked = entry("asked", RETURNS.answer, tags, language=language)
    assert Composer(writer, allowed).compose(QUESTION, [asked, RETURNS], "zh" if language == "zh" else "en") is None
    assert writer.asked == []


def test_what_may_not_be_worded_is_no_passage_either() -> None:
    writer = Writer("Gift cards cannot be returned.")
    loan = entry("loan", "A loan costs 9% a year.", ("orders", "loans"))
    assert Composer(writer, ORDERS).compose(QUESTION, [RETURNS, loan], "en") is not None
    assert "loan" not in writer.asked[0].messages[-1].content


def test_the_adapter_of_the_support_chat_is_used_where_there_is_one() -> None:
    writer = Writer("Gift cards cannot be returned.", adapters=("finance", "support"))
    Composer(writer, ORDERS).compose(QUESTION, [RETURNS], "en")
    assert writer.asked[0].adapter == "support"


def test_company_toml_says_what_may_be_worded(tmp_path: Path) -> None:
    text = SAMPLE.read_text("utf-8")
    (tmp_path / "company.toml").write_text(f'{text}\n[composed]\ntags = ["cards"]\nlanguages = ["en", "zh"]\n', "utf-8")
    composed = read_company(tmp_path / "company.toml").composed
    assert composed is not None
    assert composed.allows(entry("card", "It is free.", ("cards",), language="zh"), "zh")
    assert read_company(SAMPLE).composed is None


def test_regulated_tags_cannot_be_allowed(tmp_path: Path) -> None:
    (tmp_path / "company.toml").write_text(SAMPLE.read_text("utf-8") + '\n[composed]\ntags = ["mortgages"]\n', "utf-8")
    with pytest.raises(KnowledgeError, match="word for word"):
        read_company(tmp_path / "company.toml")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_composed_answer_says_that_it_is_one(language: Language) -> None:
    company = read_company(SAMPLE)
    vetted = Reply(Action.ANSWER, language, "It is free.")
    assert sentence(company, vetted) == "It is free."
    notice = t("support.composed", language)
    assert sentence(company, replace(vetted, is_composed=True)) == f"{notice}\nIt is free."

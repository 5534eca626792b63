"""What the FAQ refuses is said in the words of the page."""

import inspect
import re
from typing import get_args

import pytest

from apps.desk import drafts
from apps.desk.refusals import refusal_html
from core.errors import KnowledgeError, StorageError
from knowledge.faq import library, trial
from knowledge.faq.answer_tests import A_PERSON, MUST_NOT_ANSWER, AnswerTest, Outcome, on_topic
from knowledge.faq.trial import FailedTestsError
from knowledge.retrieval.language import Language

KINDS = sorted(
    {
        kind
        for each in (library, trial, drafts)
        for kind in re.findall(r'kind(?:: str )?= ?"(\w+)"', inspect.getsource(each))
    }
)


def test_there_are_kinds() -> None:
    assert {"own_version", "own_draft", "outdated", "tests_failed", "not_searched"} <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_has_words_in_each_language(kind: str) -> None:
    told = {lang: refusal_html(KnowledgeError("Version 7 <b>", kind=kind), lang) for lang in get_args(Language)}
    assert "Version 7" not in "".join(told.values())
    assert not re.search(r"[A-Za-z]", told["zh"])
    assert told["en"] != told["zh"]


def test_another_error_is_marked_as_english() -> None:
    html = refusal_html(StorageError("It <failed>"), "zh")
    assert '<span lang="en">It &lt;failed&gt;</span>' in html


@pytest.mark.parametrize(
    ("expect", "given", "offered", "instead", "told"),
    [
        ("returns", "hours", (), None, "entry returns. It gets: entry hours."),
        ("returns", None, ("hours", "fees"), None, "It gets: no answer (nearest: hours, fees)."),
        ("returns", None, (), on_topic("fraud"), "It gets: the text on a critical topic, fraud."),
        ("returns", None, (), MUST_NOT_ANSWER, "It gets: no answer."),
        (
            on_topic("dispute"),
            None,
            (),
            A_PERSON,
            "a critical topic, disputed payment. It gets: the offer of a person.",
        ),
    ],
)
def test_a_failed_answer_test_is_named(
    expect: str, given: str | None, offered: tuple[str, ...], instead: str | None, told: str
) -> None:
    failed = Outcome(AnswerTest(question="Is <b> sold?", expect=expect), given, offered, instead)
    html = refusal_html(FailedTestsError("x", [failed], hint=""), "en")
    assert "“Is &lt;b&gt; sold?” should get: " in html
    assert told in html
    assert "应得到" in refusal_html(FailedTestsError("x", [failed], hint=""), "zh")


def test_not_too_many_failed_tests_are_named() -> None:
    failed = [Outcome(AnswerTest(question=f"Question {n}?", expect="a"), None, ()) for n in range(7)]
    html = refusal_html(FailedTestsError("x", failed, hint=""), "en")
    assert (html.count("<li>"), "and 2 more" in html) == (6, True)

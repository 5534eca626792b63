"""Answer tests: what the chat does with a question, and what a company expects of it."""

from pathlib import Path

import pytest

from core.errors import InputFormatError
from knowledge.faq.answer_tests import A_PERSON, MUST_NOT_ANSWER, SIGN_IN, AnswerTest, on_topic, read_tests, run_tests
from tests.exact_search import ExactSearch, entry

INSTEAD = {
    "My card was stolen, what now?": on_topic("lost_card"),
    "What is my balance?": SIGN_IN,
    "Can I talk to somebody?": A_PERSON,
}
SEARCH = ExactSearch([entry("stolen", "My card was stolen, what now?"), entry("pay", "How do I pay?")])


@pytest.mark.parametrize(
    ("question", "expect", "passed"),
    [
        ("How do I pay?", "pay", True),
        ("How do I pay?", MUST_NOT_ANSWER, False),
        ("How do I pay?", on_topic("fraud"), False),
        ("My card was stolen, what now?", "stolen", False),
        ("My card was stolen, what now?", "critical: lost_card", True),
        ("My card was stolen, what now?", "critical: fraud", False),
        ("My card was stolen, what now?", MUST_NOT_ANSWER, True),
        ("What is my balance?", "sign in", True),
        ("What is my balance?", "pay", False),
        ("Can I talk to somebody?", "a person", True),
        ("Can I talk to somebody?", "sign in", False),
    ],
)
def test_a_test_asks_what_the_chat_does_before_it_searches(question: str, expect: str, passed: bool) -> None:
    (outcome,) = run_tests(SEARCH, [AnswerTest(question=question, expect=expect)], INSTEAD.get)
    assert outcome.passed == passed
    assert outcome.instead == INSTEAD.get(question)


def test_a_question_is_masked_as_the_chat_masks_it() -> None:
    asked: list[str] = []
    test = AnswerTest(question="Is ann@example.com yours?", expect=MUST_NOT_ANSWER)
    run_tests(SEARCH, [test], lambda question: asked.append(question))
    assert asked == ["Is [email] yours?"]


def test_what_may_be_expected_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "tests.csv"
    expected = ["pay", "must not answer", "sign in", "a person", "critical: self_harm"]
    path.write_text("question,expect\n" + "".join(f"Why?,{each}\n" for each in expected))
    assert [test.expect for test in read_tests(path)] == expected
    for wrong in ("critical: wine", "Sign in", "lost_card"):
        path.write_text(f"question,expect\nWhy?,{wrong}\n")
        with pytest.raises(InputFormatError, match="row 2"):
            read_tests(path)

"""A follow-up in the model's words is taken where it holds all that was asked."""

import pytest

from apps.support.rewrite import Rewriter
from knowledge.domains.support_prompts import ADAPTER, Turn, standalone_prompt
from knowledge.faq.followup import standalone
from tests.unit.apps.writer import FAILURES, Writer

EARLIER = [Turn("How do I order a new card?", "In the app, under Cards."), Turn("Thanks")]
MESSAGE = "How long does it take?"


def test_it_is_asked_as_the_adapter_was_taught() -> None:
    writer = Writer("How long does a new card take?\n")
    assert Rewriter(writer).standalone(MESSAGE, EARLIER) == "How long does a new card take?"
    (request,) = writer.asked
    assert request.adapter == ADAPTER
    assert request.messages[0].content == standalone_prompt(MESSAGE, EARLIER)
    assert request.params.temperature == 0
    assert request.timeout_s


@pytest.mark.parametrize(
    ("written", "finish"),
    [
        ("How much is a new card?", "stop"),  # another question
        ("how long does it take", "stop"),
        ("", "stop"),
        ("How long does a new card take, and then", "length"),
        *((failure, "stop") for failure in FAILURES),
    ],
)
def test_what_cannot_be_trusted_is_not_taken(written: str, finish: str) -> None:
    by_rule = standalone(MESSAGE, [turn.message for turn in EARLIER])
    assert Rewriter(Writer(written, finish)).standalone(MESSAGE, EARLIER) == by_rule != MESSAGE  # type: ignore[arg-type]


@pytest.mark.parametrize("message", ["那要多久？", "How can I close my savings account?"])
def test_other_languages_and_whole_questions_are_left_to_rules(message: str) -> None:
    writer = Writer(f"{message} Sooner")
    by_rule = standalone(message, [turn.message for turn in EARLIER])
    assert Rewriter(writer).standalone(message, EARLIER) == by_rule
    assert not writer.asked

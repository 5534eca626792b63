"""What the support adapter is asked."""

from knowledge.domains.support_prompts import REFUSAL, Turn, answer_prompt, marked, standalone_prompt


def test_passages_are_numbered_and_the_refusal_is_told() -> None:
    lines = answer_prompt("How long\nmay I wait?", ["Two days.\nOr {three}.", "Never."]).split("\n")
    assert lines[1:] == ["[1] Two days. Or {three}.", "[2] Never.", "Question: How long may I wait?", "Answer:"]
    assert lines[0].endswith(REFUSAL)
    assert marked("Never.", 2) == "Never. [2]"


def test_the_first_and_the_last_turns_are_told_and_long_replies_cut() -> None:
    turns = [Turn(f"message {number}", "word " * 100 if number == 5 else "") for number in range(6)]
    prompt = standalone_prompt("And now?", turns)
    told = [line for line in prompt.split("\n") if line.startswith("Customer: ")]
    assert told == [f"Customer: message {number}" for number in (0, 3, 4, 5)]
    reply = next(line for line in prompt.split("\n") if line.startswith("Assistant: "))
    assert reply.endswith("word ...")
    assert len(reply) < 220
    assert prompt.endswith("Last message: And now?\nRewritten:")
    assert prompt.count("Assistant: ") == 1

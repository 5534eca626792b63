"""Rows that the support adapter learns from."""

import json
import random
from typing import Any

from benchmarks.common import read_jsonl
from benchmarks.faq_followup import answered_turns, dialogues, earlier_turns
from benchmarks.support_rows import COMPANIES, Asked, company_rows, quote_rows, standalone_row
from knowledge.domains.support_prompts import REFUSAL
from knowledge.faq.groundedness import check
from tests.conftest import public_data

WORDS = ["opened", "painted", "measured", "borrowed", "delivered", "finished"]


def conversation(title: str) -> list[Asked]:
    """Questions that are answered in words of their own, and one that is not."""
    answers = [f"Somebody {word} {title}{number}." for number, word in enumerate(WORDS)]
    asked = [Asked(f"Who {word} it?", title, answer, answer) for word, answer in zip(WORDS, answers, strict=True)]
    return [*asked, Asked("Who sold it?", title, "", "")]


def test_an_answer_quotes_its_passage_and_is_refused_without_it() -> None:
    chance, conversations = random.Random(0), [conversation("lighthouse"), conversation("orchard")]
    rows = [row for _ in range(4) for row in quote_rows(conversations, chance)]
    assert len(rows) == 4 * 14
    for row in rows:
        question = row["prompt"].rpartition("Question: ")[2].partition("\n")[0]
        passages = [line for line in row["prompt"].split("\n") if line.startswith("[")]
        verb = question.split()[1]
        assert row["completion"] in row["choices"]
        if row["completion"] == REFUSAL:
            continue
        answer, _, number = row["completion"].rstrip("]").rpartition(" [")
        assert passages[int(number) - 1].endswith(answer)
        assert f" {verb} " in answer
    refused = [row for row in rows if row["completion"] == REFUSAL]
    assert {"Who sold it?"} < {row["prompt"].rpartition("Question: ")[2].partition("\n")[0] for row in refused}
    assert len(refused) < len(rows) / 2


def test_a_passage_with_much_of_the_answer_never_stands_beside_it() -> None:
    whole = "Somebody opened the lighthouse yesterday morning."
    twins = [Asked("Who opened it?", "lighthouse", whole, whole), Asked("When was it?", "lighthouse", whole, whole)]
    chance = random.Random(0)
    rows = [row for _ in range(10) for row in quote_rows([twins], chance)]
    assert all(row["prompt"].count(whole) <= 1 for row in rows)


def test_a_follow_up_is_rewritten_as_people_did() -> None:
    turn = {
        "History": ["Zappa", "Bands", "What disbanded?", "The Mothers", "Who left?", "I don't know."],
        "Question": "When ?",
        "Rewrite": "When did the Mothers disband ?",
    }
    row = standalone_row(turn)
    assert row["completion"] == "When did the Mothers disband?"
    lines = row["prompt"].split("\n")
    assert lines[1:5] == [
        "Customer: Zappa",
        "Customer: What disbanded?",
        "Assistant: The Mothers",
        "Customer: Who left?",
    ]
    assert "Last message: When ?" in lines


def test_nothing_is_measured_with_what_is_learnt() -> None:
    rows: list[dict[str, Any]] = json.loads(public_data("faq", "canard", "dev.json").read_text("utf-8"))
    built, measured = (
        {turn["QuAC_dialog_id"] for dialogue in dialogues(rows, measured=part) for turn, _ in dialogue}
        for part in (False, True)
    )
    assert built
    assert not built & measured
    assert {turn["QuAC_dialog_id"] for turn, _ in answered_turns(rows)} <= measured
    turn, answer = answered_turns(rows)[0]
    after = next(
        row
        for row in rows
        if row["QuAC_dialog_id"] == turn["QuAC_dialog_id"] and row["Question_no"] == turn["Question_no"] + 1
    )
    assert after["History"][-2:] == [turn["Question"], answer]
    assert earlier_turns(turn)[0].message == turn["History"][0]


def test_a_company_says_only_what_its_passages_say() -> None:
    entries = read_jsonl(COMPANIES)
    for row in company_rows(entries[:40], random.Random(0)):
        passages = [line.partition("] ")[2] for line in row["prompt"].split("\n") if line.startswith("[")]
        assert 1 <= len(passages) <= 3
        assert row["completion"] in row["choices"]
        for choice in row["choices"][:-1]:
            said, _, number = choice.rstrip("]").rpartition(" [")
            assert not [found for found in check(said, [passages[int(number) - 1]]) if found.problem]


def test_each_entry_of_a_company_has_a_question_that_none_answers() -> None:
    entries = read_jsonl(COMPANIES)
    rows = list(company_rows(entries[:20], random.Random(0)))
    assert [row["completion"] for row in rows].count(REFUSAL) == 20
    assert len(rows) == 120

"""Invented companies whose customers ask: what is learnt of questions is learnt from these."""

from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.common import read_jsonl
from knowledge.retrieval.language import Language

_DATA = Path(__file__).parent / "data"
_HELD_OUT_EACH = 5


@dataclass(frozen=True)
class Row:
    """An entry of a company, with what customers ask.

    Attributes:
        titles: wordings that the entry may have.
        asked: questions that it answers.
        near: questions that only sound alike.
    """

    company: str
    id: str
    answer: str
    titles: list[str]
    asked: list[str]
    near: list[str]


def in_english() -> list[Row]:
    """Sixteen companies of twenty entries, told by any of their questions."""
    found = []
    for row in read_jsonl(_DATA / "companies.jsonl"):
        texts = [row["summary"]["question"], *(asked["question"] for asked in row["asked"])]
        found.append(Row(row["company"], row["id"], row["answer"], texts, texts, row["near"]))
    return found


def in_chinese() -> list[Row]:
    """The same entries, asked in Chinese."""
    asked = {(row["company"], row["id"]): row for row in read_jsonl(_DATA / "companies_in_chinese.jsonl")}
    own = [(row, asked[row.company, row.id]) for row in in_english()]
    return [replace(row, asked=chinese["questions"], near=chinese["near"]) for row, chinese in own]


def invented(language: Language) -> list[Row]:
    """Companies of 24 entries, many of which differ in a word: 38 in English, 16 in Chinese."""
    return [
        Row(row["company"], row["id"], row["answer"], row["titles"], [*row["titles"], *row["asked"]], row["near"])
        for row in read_jsonl(_DATA / "invented_faqs.jsonl")
        if row["language"] == language
    ]


def asked_much() -> list[Row]:
    """Six of those in English with ten more questions an entry; the cross-encoder does not learn from them."""
    more = {row["id"]: row for row in read_jsonl(_DATA / "more_questions.jsonl")}
    return [
        replace(row, asked=[*row.asked, *more[row.id]["asked"]], near=[*row.near, *more[row.id]["near"]])
        for row in invented("en")
        if row.id in more
    ]


def for_chinese_judge() -> list[Row]:
    """Another 72 companies in Chinese."""
    return [
        Row(row["company"], row["id"], row["answer"], row["titles"], [*row["titles"], *row["asked"]], row["near"])
        for row in read_jsonl(_DATA / "chinese_faqs.jsonl")
    ]


def learnt_across() -> list[Row]:
    """Of those asked in Chinese, the half that the Chinese cross-encoder learns from."""
    rows = in_chinese()
    learnt = set(sorted({row.company for row in rows})[1::2])
    return [row for row in rows if row.company in learnt]


def apart_from_judge() -> tuple[list[Row], list[Row]]:
    """English companies that the cross-encoder learns from, and a fifth that its calibrator is fitted on."""
    rows = [*in_english(), *invented("en")]
    held_out = set(sorted({row.company for row in rows})[::_HELD_OUT_EACH])
    return [row for row in rows if row.company not in held_out], [row for row in rows if row.company in held_out]

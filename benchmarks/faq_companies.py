"""Invented companies and their customers' questions: the training data for models of questions."""

from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.common import read_jsonl
from knowledge.retrieval.language import Language

_DATA = Path(__file__).parent / "data"
_HELD_OUT_EACH = 5


@dataclass(frozen=True)
class Row:
    """An entry of a company, with customers' questions.

    Attributes:
        titles: possible wordings of the entry.
        asked: questions that it answers.
        near: questions that only sound similar.
    """

    company: str
    id: str
    answer: str
    titles: list[str]
    asked: list[str]
    near: list[str]


def in_english() -> list[Row]:
    """Sixteen companies of twenty entries, for which any question may be the title."""
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
    """Companies of 24 entries, many of which differ by one word: 38 in English, 16 in Chinese."""
    return [
        Row(row["company"], row["id"], row["answer"], row["titles"], [*row["titles"], *row["asked"]], row["near"])
        for row in read_jsonl(_DATA / "invented_faqs.jsonl")
        if row["language"] == language
    ]


def asked_much() -> list[Row]:
    """Six of the invented English ones with ten more questions per entry; not for training the cross-encoder."""
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
    """The half of the companies asked in Chinese on which the Chinese cross-encoder is trained."""
    rows = in_chinese()
    learnt = set(sorted({row.company for row in rows})[1::2])
    return [row for row in rows if row.company in learnt]


def apart_from_judge() -> tuple[list[Row], list[Row]]:
    """English companies for training the cross-encoder, and the held-out fifth for fitting its calibrator."""
    rows = [*in_english(), *invented("en")]
    held_out = set(sorted({row.company for row in rows})[::_HELD_OUT_EACH])
    return [row for row in rows if row.company not in held_out], [row for row in rows if row.company in held_out]

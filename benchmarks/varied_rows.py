"""Other wordings of rows to train with, for lists of answers that have few rows.

An adapter that has read a row several times knows it by heart and learns no more from it. Each wording here keeps its
row's answer: some words are left out (Wei and Zou 2019, https://arxiv.org/abs/1901.11196), some sentences are, or two
patients with the same condition are told as one.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any

Row = dict[str, Any]

_LEFT_OUT = 0.1  # share of words
_SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=\S)")
_CLAUSE = re.compile(r"(?P<before>.*?Clause: )(?P<text>.*)(?P<after>\nType:)", re.DOTALL)
_ASKED = re.compile(r"Clause: (?P<clause>.*)\nQuestion: (?P<question>.*)\nAnswer Yes or No:", re.DOTALL)
_TERM = re.compile(r"(?P<before>.*?\nSentence: )(?P<text>.*)(?P<after>\nClass:)", re.DOTALL)
_PATIENT = re.compile(r"(?P<before>Patient: )(?P<text>.*)(?P<after>\nMost likely condition:)", re.DOTALL)
_ABSTRACT = re.compile(r"(?P<before>[^\n]*\n)(?P<text>.*)(?P<after>\nArea:)", re.DOTALL)


def varied_clauses(rows: Sequence[Row], times: int) -> list[Row]:
    """Clauses with their type, each in ``times`` wordings beside its own.

    Args:
        rows: of which those of ``clause_type`` are taken, and of ``clause_yesno`` the clauses that are what is asked.
    """
    draw = random.Random(0)
    clauses = [row for row in rows if row["task"] == "clause_type"]
    clauses += _typed(rows, clauses)
    return _varied(clauses, _CLAUSE, times, lambda text: _fewer_words(_some_sentences(text, 0.5, draw), draw))


def varied_terms(rows: Sequence[Row], times: int) -> list[Row]:
    """Sentences of terms of service, each in ``times`` wordings beside its own."""
    draw = random.Random(0)
    return _varied(rows, _TERM, times, lambda text: _fewer_words(text, draw))


def varied_abstracts(rows: Sequence[Row], times: int) -> list[Row]:
    """Abstracts, and of each ``times`` times a third of it or more; its title, the first sentence, only by chance."""
    draw = random.Random(0)
    return _varied(rows, _ABSTRACT, times, lambda text: _some_sentences(text, draw.uniform(0.3, 0.7), draw))


def varied_symptoms(rows: Sequence[Row], times: int) -> list[Row]:
    """What patients say, and ``times`` times with half of what another says who has the same."""
    draw = random.Random(0)
    told: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        told[row["completion"]].append(_text(_PATIENT, row))
    varied = list(rows)
    for row in rows:
        for _ in range(times):
            halves = [_some_sentences(_text(_PATIENT, row), 0.5, draw)]
            halves.append(_some_sentences(draw.choice(told[row["completion"]]), 0.5, draw))
            draw.shuffle(halves)
            varied.append(_with_text(_PATIENT, row, _fewer_words(" ".join(halves), draw)))
    return varied


def _typed(asked: Sequence[Row], clauses: Sequence[Row]) -> list[Row]:
    """Clauses that only a question with the answer Yes has, with the type that the question is about.

    That type is the one of the clauses that have both; a question without such a clause is left out.
    """
    types = {_key(_text(_CLAUSE, row)): row["completion"] for row in clauses}
    about: dict[str, Counter[str]] = defaultdict(Counter)
    only: dict[str, tuple[str, str]] = {}
    for row in asked:
        if row["task"] == "clause_yesno" and row["completion"] == "Yes" and (found := _ASKED.search(row["prompt"])):
            key = _key(found["clause"])
            if key in types:
                about[found["question"]][types[key]] += 1
            else:
                only[key] = found["clause"], found["question"]
    return [
        _with_text(_CLAUSE, clauses[0], clause) | {"completion": about[question].most_common(1)[0][0]}
        for clause, question in only.values()
        if about[question]
    ]


def _varied(rows: Sequence[Row], form: re.Pattern[str], times: int, other: Callable[[str], str]) -> list[Row]:
    return [*rows, *(_with_text(form, row, other(_text(form, row))) for row in rows for _ in range(times))]


def _text(form: re.Pattern[str], row: Row) -> str:
    found = form.fullmatch(row["prompt"])
    if found is None:
        raise ValueError(f"A row of {row['task']} has another form than expected")
    return found["text"]


def _with_text(form: re.Pattern[str], row: Row, text: str) -> Row:
    return row | {"prompt": form.sub(lambda found: found["before"] + text + found["after"], row["prompt"])}


def _fewer_words(text: str, draw: random.Random) -> str:
    words = text.split(" ")
    kept = [word for word in words if draw.random() >= _LEFT_OUT]
    return " ".join(kept or words)


def _some_sentences(text: str, share: float, draw: random.Random) -> str:
    """Sentences that follow each other, at least this share of them; all of it where it is one."""
    sentences = _SENTENCE.split(text)
    count = max(1, round(share * len(sentences)))
    start = draw.randint(0, len(sentences) - count)
    return " ".join(sentences[start : start + count])


def _key(text: str) -> str:
    return " ".join(text.casefold().split())

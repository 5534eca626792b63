"""Training files of the domain adapters in addition to their mix, named as in their cards.

``python -m benchmarks.domain_rows FOLDER`` writes them all; ``r1 train`` then trains each adapter as its card says. No
post from a test or validation row is among the training rows.
"""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import data_folder, read_jsonl, write_jsonl
from knowledge.domains.prompts import prompt_templates

Row = dict[str, Any]

_TEMPLATES = {
    "abstract_topic": "medical.topic",
    "clause_type": "legal.clause",
    "symptom_dx": "medical.symptoms",
    "tos": "legal.terms_of_service",
}


def main() -> None:
    """Writes the files to the folder named on the command line."""
    out, domains = Path(sys.argv[1]), data_folder() / "domains"
    finance, medical, legal = domains / "finance", domains / "medical", domains / "legal"
    tweets = _tweets(finance)
    write_jsonl(out / "finance.tweets.train.jsonl", tweets)
    # Further trainings, with a lower rank and regularised to the base, continue from the first with all tasks.
    whole = _rows(finance, "mix.train") + tweets
    write_jsonl(out / "finance.again.train.jsonl", whole[::2])
    write_jsonl(out / "finance.more.train.jsonl", whole[1::4])
    # Short lists of answers need more passes than the mix's longer texts.
    mix = _rows(medical, "mix.train")
    write_jsonl(out / "medical.labels.train.jsonl", _of_task(mix, "symptom_dx") * 3 + _of_task(mix, "abstract_topic"))
    # A second training continues from the first: mostly lists of answers, some of the rest against forgetting.
    labels = _of_task(mix, "symptom_dx") * 8 + _of_task(mix, "abstract_topic") * 3
    write_jsonl(out / "medical.again.train.jsonl", labels + _without_task(mix, "symptom_dx", "abstract_topic")[::4])
    # The next training adds descriptions and abstracts written for it.
    written = _written("symptom_dx", "symptom_descriptions") * 2 + _written("abstract_topic", "medical_abstracts")
    labels = _of_task(mix, "symptom_dx") * 3 + _of_task(mix, "abstract_topic") * 2
    rest = _without_task(mix, "symptom_dx", "abstract_topic")[::8]
    write_jsonl(out / "medical.written.train.jsonl", written + labels + rest)
    # The loss on free texts, which rises first, must not decide which step is kept for classification.
    write_jsonl(out / "medical.valid.jsonl", _of_task(_rows(medical, "mix.valid"), "symptom_dx", "abstract_topic"))
    # In the mix 47% of sentences are harmless, in a real contract nine in ten.
    mix = _rows(legal, "mix.train")
    terms = _of_task(mix, "tos")
    harmless = [row for row in terms if row["completion"] == "Other"]
    clauses = _of_task(mix, "clause_type")
    write_jsonl(out / "legal.labels.train.jsonl", clauses + terms + harmless * 3)
    # A second training adds rows written for it: the mix has only three clauses of some types.
    clauses += _asked_clauses(mix, _rows(legal, "mix.valid")) + _written("clause_type", "contract_clauses")
    terms += _written("tos", "terms_of_service")
    harmless = [row for row in terms if row["completion"] == "Other"]
    rest = _without_task(mix, "clause_type", "tos")[::8]
    write_jsonl(out / "legal.written.train.jsonl", clauses + terms + harmless + rest)
    write_jsonl(out / "legal.valid.jsonl", _of_task(_rows(legal, "mix.valid"), "clause_type", "tos"))


def _tweets(folder: Path) -> list[Row]:
    """Posts from the finance mix's source that are not in the mix, in its format."""
    task = "fin_tweet"
    template = prompt_templates()["finance.sentiment"]
    seen = {_key(row["prompt"]) for name in ("mix.train", "mix.valid", f"eval/{task}") for row in _rows(folder, name)}
    rows = []
    for post in _rows(folder, "twitter_fin_sentiment.train"):
        prompt = template.fill(text=post["text"])
        if _key(prompt) not in seen:
            seen.add(_key(prompt))
            rows.append({"task": task, "prompt": prompt, "completion": post["label"]})
    return rows


def _asked_clauses(rows: Sequence[Row], validation: Sequence[Row]) -> list[Row]:
    """Rows of ``clause_type`` for clauses whose type is only known from a question answered Yes.

    A question's type is the commonest type among its clauses that are also in ``clause_type``.
    """
    typed = {_clause(row): row for row in _of_task([*validation, *rows], "clause_type")}
    asked = [row for row in _of_task(rows, "clause_yesno") if row["completion"] == "Yes"]
    types: dict[str, Counter[str]] = defaultdict(Counter)
    for row in asked:
        if (known := typed.get(_clause(row))) is not None:
            types[_question(row)][known["completion"]] += 1
    found: dict[str, Row] = {}
    for row in asked:
        clause, counts = _clause(row), types[_question(row)]
        if clause not in typed and counts:
            found[clause] = _labelled("clause_type", clause, counts.most_common(1)[0][0])
    return list(found.values())


def _written(task: str, name: str) -> list[Row]:
    """Rows written by language models for a task."""
    written = read_jsonl(Path(__file__).with_name("data") / f"{name}.jsonl")
    return [_labelled(task, row["text"], row["label"]) for row in written]


def _labelled(task: str, text: str, label: str) -> Row:
    """A row in the mix's format."""
    prompt = prompt_templates()[_TEMPLATES[task]].fill(text=text)
    return {"task": task, "prompt": prompt, "completion": label}


def _clause(row: Row) -> str:
    return re.split(r"\n(?:Type:|Question: )", row["prompt"].partition("Clause: ")[2])[0].strip()


def _question(row: Row) -> str:
    return str(row["prompt"].partition("\nQuestion: ")[2].partition("\n")[0])


def _without_task(rows: Sequence[Row], *tasks: str) -> list[Row]:
    return [row for row in rows if row["task"] not in tasks]


def _of_task(rows: Sequence[Row], *tasks: str) -> list[Row]:
    return [row for row in rows if row["task"] in tasks]


def _rows(folder: Path, name: str) -> list[Row]:
    return read_jsonl(folder / f"{name}.jsonl")


def _key(prompt: str) -> str:
    return " ".join(prompt.casefold().split())


if __name__ == "__main__":
    main()

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

_TEMPLATES = {"clause_type": "legal.clause", "tos": "legal.terms_of_service"}
_WRITTEN_LATER = Counter({"Cap On Liability": 104, "Governing Law": 104})  # the last clauses of a type; of others, 105


def main() -> None:
    """Writes the files to the folder named on the command line."""
    for name, rows in training_files(data_folder() / "domains").items():
        write_jsonl(Path(sys.argv[1]) / f"{name}.jsonl", rows)


def training_files(domains: Path) -> dict[str, list[Row]]:
    """The rows of each file by its name, ``finance.tweets.train`` for example."""
    return _finance(domains / "finance") | _medical(domains / "medical") | _legal(domains / "legal")


def _finance(folder: Path) -> dict[str, list[Row]]:
    tweets = _tweets(folder)
    # Further trainings, with a lower rank and regularised to the base, continue from the first with all tasks.
    whole = _rows(folder, "mix.train") + tweets
    return {
        "finance.tweets.train": tweets,
        "finance.again.train": whole[::2],
        "finance.more.train": whole[1::4],
    }


def _medical(folder: Path) -> dict[str, list[Row]]:
    mix = _rows(folder, "mix.train")
    symptoms, topics = _of_task(mix, "symptom_dx"), _of_task(mix, "abstract_topic")
    return {
        # Short lists of answers need more passes than the mix's longer texts.
        "medical.labels.train": symptoms * 3 + topics,
        # A second training continues from the first: mostly lists of answers, some of the rest against forgetting.
        "medical.again.train": symptoms * 8 + topics * 3 + _without_task(mix, "symptom_dx", "abstract_topic")[::4],
        # The loss on free texts, which rises first, must not decide which step is kept for classification.
        "medical.valid": _of_task(_rows(folder, "mix.valid"), "symptom_dx", "abstract_topic"),
    }


def _legal(folder: Path) -> dict[str, list[Row]]:
    mix, valid = _rows(folder, "mix.train"), _rows(folder, "mix.valid")
    clauses, terms = _of_task(mix, "clause_type"), _of_task(mix, "tos")
    rest = _without_task(mix, "clause_type", "tos")
    # In the mix 47% of sentences are harmless, in a real contract nine in ten.
    labels = clauses + terms + _harmless(terms) * 3
    asked = _asked_clauses(mix, valid)
    # Further trainings add rows written for it: the mix has only three clauses of some types.
    written, sentences = _written("clause_type", "contract_clauses"), terms + _written("tos", "terms_of_service")
    again = (clauses + asked) * 2 + terms * 2 + _harmless(terms) * 3 + rest[::2]
    return {
        "legal.labels.train": labels,
        "legal.again.train": again,
        "legal.clauses.train": again + _written_first(written),
        "legal.written.train": clauses + asked + written + sentences + _harmless(sentences) + rest[::8],
        "legal.valid": _of_task(valid, "clause_type", "tos"),
    }


def _harmless(terms: Sequence[Row]) -> list[Row]:
    return [row for row in terms if row["completion"] == "Other"]


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


def _written_first(clauses: Sequence[Row]) -> list[Row]:
    """The clauses that were there for the third training of the legal adapter, in their order."""
    left = Counter(row["completion"] for row in clauses)
    first = []
    for row in clauses:
        if left[row["completion"]] > (_WRITTEN_LATER[row["completion"]] or 105):
            first.append(row)
        left[row["completion"]] -= 1
    return first


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

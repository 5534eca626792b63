"""Critical topics and the masking of personal data, on messages written before the rules and on public ones."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.common import data_folder as public_data
from benchmarks.common import report, skip
from knowledge.faq.critical_topics import critical_topics
from knowledge.privacy import find, mask
from tests.unit.test_privacy import remains

_DATA = Path(__file__).parents[1] / "tests/data/support"
# Intents of Banking77 that are about a critical topic throughout; all others count as ordinary.
_CRITICAL = frozenset(
    {
        "lost_or_stolen_card",
        "lost_or_stolen_phone",
        "compromised_card",
        "card_swallowed",
        "card_payment_not_recognised",
        "direct_debit_payment_not_recognised",
        "cash_withdrawal_not_recognised",
        "transaction_charged_twice",
        "wrong_amount_of_cash_received",
    }
)


def main() -> None:
    """Runs every part for which there is data."""
    figures: dict[str, float] = {}
    rows: list[list[str]] = []

    def add(name: str, what: str, values: list[bool]) -> None:
        figures[name] = round(sum(values) / len(values), 4)
        rows.append([name, what, str(len(values)), f"{figures[name]:.3f}"])

    topics = critical_topics()
    messages = _lines("critical.jsonl")
    for part in ("tuning", "held_out"):
        for language in ("en", "zh"):
            mine = [row for row in messages if (row["part"], row["language"]) == (part, language)]
            critical = [topics.topic_of(row["text"]) is not None for row in mine if row["topic"] != "none"]
            ordinary = [topics.topic_of(row["text"]) is not None for row in mine if row["topic"] == "none"]
            add(f"critical_recall_{part}_{language}", "critical messages recognised", critical)
            add(f"critical_false_{part}_{language}", "ordinary messages taken for critical", ordinary)
    _banking77(add, topics.topic_of)
    for row in (requests := _lines("account_requests.jsonl")):
        row["right"] = topics.concerns_account(row["text"]) == row["account"]
    add("account_requests", "account requests told from questions", [row["right"] for row in requests])
    personal = _lines("pii.jsonl")
    for kind in sorted({row["kind"] for row in personal}):
        mine = [row for row in personal if row["kind"] == kind]
        add(f"masked_{kind}", "strings without a rest of what was to be masked", [_masked(row) for row in mine])
    add("masked", "all kinds", [_masked(row) for row in personal])
    add("masked_false", "innocent strings changed", [bool(find(row["text"])) for row in _lines("no_pii.jsonl")])
    report("support", "Critical topics and personal data", ["Figure", "What", "n", "Value"], rows, figures)


def _banking77(add: Callable[[str, str, list[bool]], None], topic_of: Callable[[str], Any]) -> None:
    """Real customers' wording. The rules were improved on these messages, so that this is no held-out measure."""
    file = public_data() / "faq/banking77/train.csv"
    if not file.is_file():
        skip("Banking77", f"{file} is not there")
        return
    with file.open(encoding="utf-8", newline="") as lines:
        found = [(row["category"] in _CRITICAL, topic_of(row["text"]) is not None) for row in csv.DictReader(lines)]
    critical = [hit for about_one, hit in found if about_one]
    ordinary = [hit for about_one, hit in found if not about_one]
    add("critical_recall_banking77", "messages of critical intents recognised", critical)
    add("critical_false_banking77", "messages of other intents taken for critical", ordinary)


def _masked(row: dict[str, Any]) -> bool:
    return not any(remains(secret, mask(row["text"])) for secret in row["secrets"])


def _lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (_DATA / name).read_text("utf-8").split("\n") if line]


if __name__ == "__main__":
    main()

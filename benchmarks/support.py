"""Critical topics and masking of personal data, on messages written before the rules and on public ones."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.common import data_folder as public_data
from benchmarks.common import read_jsonl, report, skip
from benchmarks.faq_data import banking77, embedders, everyday
from knowledge.faq.critical_meaning import TopicsByMeaning
from knowledge.faq.critical_topics import DANGER, TOPICS, CriticalTopics, Topic, critical_topics
from knowledge.faq.dialogue_acts import DialogueActs
from knowledge.faq.meaning import MessageReader
from knowledge.privacy import find, mask
from knowledge.retrieval.embed import Embedders
from tests.privacy import remains

_DATA = Path(__file__).parents[1] / "tests/data/support"
_PARTS = (
    *("tuning", "held_out", "realistic_tuning", "realistic_held_out", "realistic_unseen"),
    *("emergency_tuning", "emergency_unseen", "mixed_unseen", "varied_unseen", "companies_unseen"),
    "replies_unseen",
)
BANKING77_TOPICS: dict[str, Topic] = {
    "lost_or_stolen_card": "lost_card",
    "lost_or_stolen_phone": "lost_card",
    "card_swallowed": "lost_card",
    "compromised_card": "fraud",
    "card_payment_not_recognised": "fraud",
    "direct_debit_payment_not_recognised": "fraud",
    "cash_withdrawal_not_recognised": "fraud",
    "transaction_charged_twice": "dispute",
    "wrong_amount_of_cash_received": "dispute",
}
"""Intents of Banking77 that are entirely about a critical topic; all others count as ordinary."""


def main() -> None:
    """Runs every part that has data."""
    figures: dict[str, float] = {}
    rows: list[list[str]] = []

    def add(name: str, what: str, values: list[bool]) -> None:
        figures[name] = round(sum(values) / len(values), 4)
        rows.append([name, what, str(len(values)), f"{figures[name]:.3f}"])

    reader = MessageReader(Embedders(*embedders()))
    topics = critical_topics(TopicsByMeaning(reader), everyday())
    messages = read_jsonl(_DATA / "critical.jsonl")
    for part in _PARTS:
        for language in ("en", "zh"):
            mine = [row for row in messages if (row["part"], row["language"]) == (part, language)]
            # Many near-emergencies are about another critical topic: "my card is stuck in the machine".
            counted = DANGER if part.startswith(("emergency", "mixed")) else TOPICS
            critical = [topics.topic_of(row["text"]) in counted for row in mine if row["topic"] in counted]
            ordinary = [topics.topic_of(row["text"]) in counted for row in mine if row["topic"] not in counted]
            add(f"critical_recall_{part}_{language}", "critical messages recognised", critical)
            add(f"critical_false_{part}_{language}", "ordinary messages taken for critical", ordinary)
    _banking77(add, topics)
    _acts(add, DialogueActs(reader))
    for row in (requests := read_jsonl(_DATA / "account_requests.jsonl")):
        row["right"] = topics.concerns_account(row["text"]) == row["account"]
    add("account_requests", "account requests told from questions", [row["right"] for row in requests])
    personal = read_jsonl(_DATA / "pii.jsonl")
    for kind in sorted({row["kind"] for row in personal}):
        mine = [row for row in personal if row["kind"] == kind]
        add(f"masked_{kind}", "strings without a rest of what was to be masked", [_masked(row) for row in mine])
    add("masked", "all kinds", [_masked(row) for row in personal])
    add(
        "masked_false",
        "innocent strings changed",
        [bool(find(row["text"])) for row in read_jsonl(_DATA / "no_pii.jsonl")],
    )
    report("support", "Critical topics and personal data", ["Figure", "What", "n", "Value"], rows, figures)


def _acts(add: Callable[[str, str, list[bool]], None], acts: DialogueActs) -> None:
    """Messages that ask nothing, and questions that sound like them; yes and no count as answers to an offer."""
    rows = read_jsonl(_DATA / "dialogue_acts.jsonl")
    for language in ("en", "zh"):
        mine = [
            (row["act"], acts.act_of(row["text"], offered=True, surely=False))
            for row in rows
            if row["language"] == language
        ]
        of_acts = [found == wanted for wanted, found in mine if wanted != "none"]
        asked = [found is not None for wanted, found in mine if wanted == "none"]
        add(f"acts_recall_{language}", "messages that ask nothing, told by what they do", of_acts)
        add(f"acts_false_{language}", "questions taken for such a message", asked)


def _banking77(add: Callable[[str, str, list[bool]], None], topics: CriticalTopics) -> None:
    """Real customers' wording: the half on which nothing was fitted. Rules were once improved on both halves."""
    folder = public_data() / "faq/banking77"
    if not folder.is_dir():
        skip("Banking77", f"{folder} is not there")
        return
    rows = [row for row in banking77(folder, "train") if not for_tuning(row[0])]
    found = [(intent in BANKING77_TOPICS, topics.topic_of(text) is not None) for text, intent in rows]
    add(
        "critical_recall_banking77",
        "messages of critical intents recognised",
        [hit for critical, hit in found if critical],
    )
    add(
        "critical_false_banking77",
        "messages of other intents taken for critical",
        [hit for critical, hit in found if not critical],
    )


def for_tuning(text: str) -> bool:
    """Whether a message of Banking77 is in the half on which rules may be improved from now on."""
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 0


def _masked(row: dict[str, Any]) -> bool:
    return not any(remains(secret, mask(row["text"])) for secret in row["secrets"])


if __name__ == "__main__":
    main()

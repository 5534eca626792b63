"""Fits ``knowledge/faq/critical_topics.npz``: critical topics by meaning.

Training data: the suite's own messages except the parts ``held_out`` and ``..._unseen``, those of
``data/shop_messages.jsonl``, messages within a conversation (``data/replies.jsonl``, ``data/follow_ups.jsonl``), half
of Banking77's training part, the questions of the sample company and, as other questions, those of CLINC150 and of
invented companies that are not banks (``data/companies.jsonl``, ``data/chinese_libraries.jsonl``). A threshold is the
lowest at which few ordinary messages on which no rule fires are classified as critical. Each source except the hard
ones is weighted equally, and each message is scored by networks that have seen neither it nor another wording of its
entry.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.common import data_folder, read_jsonl
from benchmarks.faq_data import banking77, clinc150, wordings
from benchmarks.fit_network import Size, centred, fitted, left_out, lowest, save
from benchmarks.support import BANKING77_TOPICS, for_tuning
from knowledge.faq import critical_meaning
from knowledge.faq.critical_meaning import TOPICS_BY_MEANING, against
from knowledge.faq.critical_topics import DANGER, Topic, critical_topics
from knowledge.faq.sources import read_faq
from knowledge.retrieval.embed import Vectors
from knowledge.retrieval.language import language_of

_TARGET = Path(critical_meaning.__file__).parent / "critical_topics.npz"
_MESSAGES = Path("tests/data/support/critical.jsonl")
_SAMPLE_COMPANY = Path("apps/support/sample_company/faq.json")
_DATA = Path(__file__).parent / "data"
_CLINC_TOPICS: dict[str, Topic] = {"report_fraud": "fraud", "report_lost_card": "lost_card"}
_CLINC_UNCLEAR = {"freeze_account", "lost_luggage", "damaged_card"}
_COMPANY_TOPICS: dict[str, Topic] = {
    "card-lost": "lost_card",
    "card-dispute": "dispute",
    "card-unrecognised": "fraud",
    "fraud-report": "fraud",
    "scam-call": "fraud",
    "scam-refund": "fraud",
    "direct-debit-refund": "dispute",
    "payment-difficulty": "hardship",
    "complaint": "complaint",
    "bereavement": "bereavement",
}
"""Entries of the sample company on critical topics; left out, since customers word these differently."""
_COMPANY_UNCLEAR = {"card-freeze", "phishing-email", "suspicious-text"}
_COMPANIES_UNCLEAR = {
    *("larkline-lost-stolen", "larkline-bereavement", "cressing-emergency-credit", "cressing-cant-pay"),
    *("cressing-power-cut", "cressing-gas-smell", "larkwing-bereavement-illness", "larkwing-damaged-bag"),
    *("marlowe-deposit-preauthorisation", "fenmoor-lost-smartcard", "fenmoor-penalty-fare", "larkmoor-preauth"),
    *("larkmoor-mental-health", "larkmoor-complaint", "ashcombe-ctax-arrears", "ashcombe-challenge-pcn"),
    *("fernhall-access-age", "fernhall-death", "hallowdene-hardship", "hallowdene-fees-late"),
    *("hallowdene-counselling", "larkhill-suspended", "pellwick-chargeback-what", "pellwick-chargeback-answer"),
    "harrowgate-claim-report",
    *("sim-lost", "pay-double", "bill-higher", "pay-unconfirmed", "payment-no-ticket", "claim-rejected"),
    *("claim-lower", "pay-overdue", "direct-pay", "contact-human"),
}
"""Entries of non-bank companies whose customers may be in such trouble; all others are ordinary."""
_NAMES = ("none", *TOPICS_BY_MEANING)
_WORDINGS, _COUNTS_AS, _AS_THEY_ARE = 12, 4.0, {"public", "asked, en", "asked, zh"}
_SIZE = Size(units=512, networks=3, epochs=60)
_HARD = "hard"
"""Messages written to be hard, such as dictation with many fillers: used for training but not for the thresholds."""
_MOST_FALSE, _THRESHOLDS = 0.02, [round(0.2 + 0.01 * step, 2) for step in range(79)]


@dataclass(frozen=True, slots=True)
class Message:
    """A message, its topic or ``none``, its source, and its group, which must be in one fold."""

    text: str
    topic: str
    source: str
    group: str


def main() -> None:
    """Fits, prints the thresholds, and writes the file."""
    messages = [*customers_messages(), *_not_measured_on([*_written("replies.jsonl", "replies"), *_clinc()])]
    vectors, centre = centred([message.text for message in messages])
    possible = np.stack([_possible(message) for message in messages])
    weight = np.asarray([_COUNTS_AS if message.source not in _AS_THEY_ARE else 1.0 for message in messages], np.float32)
    none, *topics, emergency = left_out([message.group for message in messages], vectors, possible, weight, _SIZE).T
    self_harm = topics[TOPICS_BY_MEANING.index("self_harm")]
    is_likeliest = emergency > np.max(topics, axis=0)
    thresholds = {
        "at_least": _threshold(messages, against(none, np.sum(topics, axis=0)), {*TOPICS_BY_MEANING} - {"emergency"}),
        "self_harm_at_least": _threshold(messages, self_harm, {"self_harm"}),
        "emergency_at_least": _threshold(messages, is_likeliest * against(none, emergency), {"emergency"}),
    }
    save(_TARGET, centre, fitted(vectors, possible, weight, _SIZE), thresholds)
    print(*(f"{name} {value:.2f}" for name, value in thresholds.items()), sep="\n")


def customers_messages() -> list[Message]:
    """Customers' messages, critical and ordinary, without those that the recogniser is measured on."""
    return _not_measured_on(
        [*_own(), *_written("shop_messages.jsonl", "shops"), *_followed(), *_company(), *_companies(), *_banking()]
    )


def _not_measured_on(messages: Sequence[Message]) -> list[Message]:
    """Removes messages of the measurement set, from any source."""
    measured_on = {_letters(row["text"]) for row in read_jsonl(_MESSAGES) if _is_kept_out(row["part"])}
    return [message for message in messages if _letters(message.text) not in measured_on]


def _is_ordinary(message: Message, topics: set[Topic]) -> bool:
    """Whether classifying a message not about these topics as one of them is certainly wrong."""
    if "emergency" in topics:
        return message.topic not in DANGER
    return not message.source.startswith("emergency")


def _possible(message: Message) -> npt.NDArray[np.bool_]:
    """Which of ``_NAMES`` are possible: its topic; for a near-emergency without a topic, any but ``emergency``."""
    if message.source.startswith("emergency") and message.topic == "none":
        return np.asarray([name != "emergency" for name in _NAMES], np.bool_)
    return np.asarray([name == message.topic for name in _NAMES], np.bool_)


def _threshold(messages: Sequence[Message], likely: Vectors, topics: set[Topic]) -> float:
    """Threshold for the probability that a message is about one of these topics."""
    rules = critical_topics()
    ordinary, critical = defaultdict(list), defaultdict(list)
    for message, chance in zip(messages, likely.tolist(), strict=True):
        if message.topic in topics:
            critical[message.source].append(chance)
        elif not message.source.startswith(_HARD) and _is_ordinary(message, topics):
            by_rule = rules.topic_of(message.text) in topics
            ordinary[message.source].append(0.0 if by_rule else chance)
    at_least = lowest(_THRESHOLDS, ordinary.values(), _MOST_FALSE)
    for source in ordinary.keys() | critical.keys():
        shares = [
            f"{(np.asarray(chances) >= at_least).mean():.3f} of {len(chances)}" if chances else "-"
            for chances in (critical[source], ordinary[source])
        ]
        print(f"{source}: by meaning {shares[0]} critical, {shares[1]} ordinary taken for critical")
    return at_least


def _own() -> Iterator[Message]:
    for row in read_jsonl(_MESSAGES):
        about = next((about for about in ("emergency", "companies", _HARD) if row["part"].startswith(about)), "own")
        yield Message(row["text"], row["topic"], f"{about}, {row['language']}", row["text"])


def _written(file: str, source: str) -> Iterator[Message]:
    """Messages to shops, couriers, repairers and suppliers, many of which only sound alarming; or short replies within
    a conversation, many of them about people."""
    for row in read_jsonl(_DATA / file):
        yield Message(row["text"], row["topic"], f"{source}, {language_of(row['text'])}", row["text"])


def _followed() -> Iterator[Message]:
    """Follow-up questions."""
    rules = critical_topics()
    for row in read_jsonl(_DATA / "follow_ups.jsonl"):
        if not {row["first_id"], row["id"]} & _COMPANIES_UNCLEAR and rules.topic_of(row["question"]) is None:
            yield Message(row["question"], "none", f"followed, {row['language']}", row["company"])


def _is_kept_out(part: str) -> bool:
    return part == "held_out" or part.endswith("_unseen")


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _company() -> Iterator[Message]:
    for entry in read_faq(_SAMPLE_COMPANY):
        if entry.id not in _COMPANY_TOPICS.keys() | _COMPANY_UNCLEAR:
            yield from (Message(text, "none", f"company, {entry.language}", entry.id) for text in entry.questions)


def _companies() -> Iterator[Message]:
    """Messages to companies, each company in one fold; without messages that a rule classifies as critical."""
    rows = [
        (row["id"], row["company"], [row["summary"]["question"], *(a["question"] for a in row["asked"]), *row["near"]])
        for row in read_jsonl(_DATA / "companies.jsonl")
    ]
    rows += [
        (row["id"], row["library"], [row["title"], *row["wordings"]])
        for row in read_jsonl(_DATA / "chinese_libraries.jsonl")
    ]
    rules = critical_topics()
    for id, company, texts in rows:
        if id not in _COMPANIES_UNCLEAR:
            ordinary = [text for text in texts if rules.topic_of(text) is None]
            yield from (Message(text, "none", f"asked, {language_of(text)}", company) for text in ordinary)


def _banking() -> Iterator[Message]:
    for text, intent in banking77(data_folder() / "faq/banking77", "train"):
        if for_tuning(text):
            yield Message(text, BANKING77_TOPICS.get(intent, "none"), "public", text)


def _clinc() -> Iterator[Message]:
    for intent, texts in wordings(clinc150(data_folder() / "faq/clinc150")["train"], _WORDINGS).items():
        if intent not in _CLINC_UNCLEAR:
            yield from (Message(text, _CLINC_TOPICS.get(intent, "none"), "public", text) for text in texts)


if __name__ == "__main__":
    main()

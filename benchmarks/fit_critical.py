"""Fits ``knowledge/faq/critical_topics.npz``: critical topics by meaning.

What it is fitted on: the suite's own messages but for the parts ``held_out`` and ``..._unseen``, half of
Banking77's training part, the questions of the sample company, and for what people ask otherwise CLINC150's. The
threshold is the lowest at which rules and meaning together take few ordinary messages for critical, each source counted
alike, and each message judged by weights that have seen neither it nor another wording of its entry; for emergencies,
only their own weights have not.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.common import data_folder, read_jsonl
from benchmarks.faq_data import banking77, clinc150, embedders, wordings
from benchmarks.support import BANKING77_TOPICS, for_tuning
from knowledge.faq import critical_meaning
from knowledge.faq.critical_meaning import TOPICS_BY_MEANING, against, probabilities, with_constant
from knowledge.faq.critical_topics import Topic, critical_topics
from knowledge.faq.sources import read_faq
from knowledge.retrieval.embed import Vectors
from knowledge.retrieval.language import simplified

_TARGET = Path(critical_meaning.__file__).parent / "critical_topics.npz"
_MESSAGES = Path("tests/data/support/critical.jsonl")
_SAMPLE_COMPANY = Path("apps/support/sample_company/faq.json")
_KEPT_OUT = {"held_out", "realistic_unseen", "emergency_unseen", "mixed_unseen"}
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
"""Entries of the sample company about a critical topic; they are left out, since customers word them otherwise."""
_COMPANY_UNCLEAR = {"card-freeze", "phishing-email", "suspicious-text"}
_NAMES = ("none", *TOPICS_BY_MEANING, "emergency")
_WORDINGS, _COUNTS_AS, _RIDGE, _STEPS, _FOLDS = 12, 4.0, 4e-4, 40, 5
_MOST_FALSE, _THRESHOLDS = 0.02, [round(0.2 + 0.01 * step, 2) for step in range(76)]


@dataclass(frozen=True, slots=True)
class Message:
    """A message, its topic or ``none``, where it is from, and what must be in the same fold."""

    text: str
    topic: str
    source: str
    group: str


def main() -> None:
    """Fits, prints the thresholds, and writes the file; with the argument ``emergency`` it fits only that topic."""
    model = embedders()[2]
    messages = [*_own(), *_company(), *_banking(), *_clinc()]
    texts = [simplified(message.text) for message in messages]
    model.prepare(texts)
    vectors = model.encode(texts)
    topics = np.asarray([_NAMES.index(message.topic) for message in messages])
    weight = np.asarray([_COUNTS_AS if message.source != "public" else 1.0 for message in messages], np.float32)
    if "emergency" in sys.argv:
        with np.load(_TARGET, allow_pickle=False) as kept:
            weights, at_least = kept["weights"][: len(_NAMES) - 1].astype(np.float32), float(kept["at_least"])
    else:
        others = [not message.source.startswith("emergency") for message in messages]
        told = [message for message, other in zip(messages, others, strict=True) if other]
        data = vectors[others], topics[others], weight[others]
        likely = _left_out(told, *data)
        at_least = _threshold(told, 1 - likely[:, 0], {*TOPICS_BY_MEANING})
        weights = _fitted(*data)
    likely = _left_out(messages, vectors, topics, weight, weights)
    emergency_at_least = _threshold(messages, against(likely[:, 0], likely[:, -1]), {"emergency"})
    weights = np.vstack([weights, _fitted(vectors, topics, weight, weights)])
    thresholds = {"at_least": np.float32(at_least), "emergency_at_least": np.float32(emergency_at_least)}
    np.savez(_TARGET, allow_pickle=False, weights=weights.astype(np.float16), **thresholds)
    print(f"critical from a probability of {at_least:.2f}, an emergency from {emergency_at_least:.2f}")


def _left_out(
    messages: Sequence[Message],
    vectors: Vectors,
    topics: npt.NDArray[np.int64],
    weight: Vectors,
    beside: Vectors | None = None,
) -> Vectors:
    """The probabilities of each message by weights that have not seen it."""
    groups = {group: number for number, group in enumerate(dict.fromkeys(message.group for message in messages))}
    fold = np.random.default_rng(0).permutation(len(groups))[[groups[message.group] for message in messages]] % _FOLDS
    parts = {}
    for number in range(_FOLDS):
        seen = fold != number
        fitted = _fitted(vectors[seen], topics[seen], weight[seen], beside)
        weights = fitted if beside is None else np.vstack([beside, fitted])
        parts[number] = probabilities(weights, vectors[~seen])
    likely = np.zeros((len(messages), parts[0].shape[1]), np.float32)
    for number, part in parts.items():
        likely[fold == number] = part
    return likely


def _threshold(messages: Sequence[Message], likely: Vectors, topics: set[Topic]) -> float:
    """Of how likely a message is about one of these topics."""
    judged = defaultdict(list)
    for message, chance in zip(messages, likely, strict=True):
        if message.topic not in topics:
            by_rule = critical_topics().topic_of(message.text) in topics
            judged[message.source].append(1.0 if by_rule else float(chance))
    ordinary = [np.asarray(chances) for chances in judged.values()]
    false = {at: float(np.mean([(chances >= at).mean() for chances in ordinary])) for at in _THRESHOLDS}
    at_least = min((at for at in _THRESHOLDS if false[at] <= _MOST_FALSE), default=_THRESHOLDS[-1])
    for source, chances in judged.items():
        mine = [i for i, message in enumerate(messages) if message.source == source and message.topic in topics]
        found = f"{(likely[mine] >= at_least).mean():.3f} of {len(mine)} critical" if mine else "-"
        print(
            f"{source}: by meaning {found}; {(np.asarray(chances) >= at_least).mean():.3f} ordinary taken for critical"
        )
    return at_least


def _own() -> Iterator[Message]:
    for row in read_jsonl(_MESSAGES):
        if row["part"] not in _KEPT_OUT:
            about = "emergency" if row["part"].startswith("emergency") else "own"
            yield Message(row["text"], row["topic"], f"{about}, {row['language']}", row["text"])


def _company() -> Iterator[Message]:
    for entry in read_faq(_SAMPLE_COMPANY):
        if entry.id not in _COMPANY_TOPICS.keys() | _COMPANY_UNCLEAR:
            yield from (Message(text, "none", f"company, {entry.language}", entry.id) for text in entry.questions)


def _banking() -> Iterator[Message]:
    for text, intent in banking77(data_folder() / "faq/banking77", "train"):
        if for_tuning(text):
            yield Message(text, BANKING77_TOPICS.get(intent, "none"), "public", text)


def _clinc() -> Iterator[Message]:
    for intent, texts in wordings(clinc150(data_folder() / "faq/clinc150")["train"], _WORDINGS).items():
        if intent not in _CLINC_UNCLEAR:
            yield from (Message(text, _CLINC_TOPICS.get(intent, "none"), "public", text) for text in texts)


def _fitted(vectors: Vectors, topics: npt.NDArray[np.int64], weight: Vectors, beside: Vectors | None = None) -> Vectors:
    """The weights of no topic and of each by meaning; or, where those stand ``beside`` it, of emergencies alone."""
    import torch

    texts, right, counts = (torch.from_numpy(values) for values in (with_constant(vectors), topics, weight))
    fixed = texts @ torch.from_numpy(beside).T if beside is not None else texts[:, :0]
    weights = torch.zeros(len(_NAMES) - 1 if beside is None else 1, texts.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> "torch.Tensor":
        optimizer.zero_grad()
        scores = torch.hstack([fixed, texts @ weights.T])
        wrong = torch.nn.functional.cross_entropy(scores, right, reduction="none")
        total = (wrong * counts).sum() / counts.sum() + _RIDGE * weights.square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    fitted: Vectors = weights.detach().numpy()
    return fitted


if __name__ == "__main__":
    main()

"""Fits ``knowledge/faq/critical_topics.npz``: critical topics by meaning.

What it is fitted on: the suite's own messages but for those held out, half of Banking77's training part and, for what
people ask otherwise, CLINC150's. The threshold is the lowest at which rules and meaning together take few ordinary
messages of that half for critical, each judged by weights that have not seen it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import numpy as np
import numpy.typing as npt

from benchmarks.common import data_folder
from benchmarks.faq_data import Remembered, banking77, clinc150, embedders, wordings
from benchmarks.support import BANKING77_TOPICS, for_tuning
from knowledge.faq import critical_meaning
from knowledge.faq.critical_meaning import Topic, probabilities, with_constant
from knowledge.faq.critical_topics import critical_topics
from knowledge.retrieval.language import simplified

_TARGET = Path(critical_meaning.__file__).parent / "critical_topics.npz"
_MESSAGES = Path("tests/data/support/critical.jsonl")
_CLINC_TOPICS: dict[str, Topic] = {"report_fraud": "fraud", "report_lost_card": "lost_card"}
_CLINC_UNCLEAR = {"freeze_account", "lost_luggage", "damaged_card"}
_WORDINGS, _OWN_COUNTS_AS, _RIDGE, _STEPS, _FOLDS = 30, 4.0, 4e-4, 80, 5
_MOST_FALSE = 0.02

Vectors = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


def main() -> None:
    """Fits, prints the threshold, and writes the file."""
    model = embedders()[1]
    messages = [json.loads(line) for line in _MESSAGES.read_text("utf-8").splitlines()]
    own = [(row["text"], row["topic"]) for row in messages if not row["part"].endswith("held_out")]
    bank = [
        (text, BANKING77_TOPICS.get(intent, "none"))
        for text, intent in banking77(data_folder() / "faq/banking77", "train")
        if for_tuning(text)
    ]
    others = [*own, *_clinc(data_folder() / "faq/clinc150")]
    weight = np.asarray([_OWN_COUNTS_AS] * len(own) + [1.0] * (len(others) - len(own) + len(bank)), np.float32)
    vectors, topics = _vectors(model, others + bank), _numbers(others + bank)
    place = np.arange(len(topics))
    likely = np.zeros(len(topics))
    for fold in range(_FOLDS):
        seen = (place < len(others)) | (place % _FOLDS != fold)
        weights = _fitted(vectors[seen], topics[seen], weight[seen])
        likely[~seen] = 1 - probabilities(weights, vectors[~seen])[:, 0]
    ordinary = (place >= len(others)) & (topics == 0)
    ruled = np.asarray([critical_topics().topic_of(text) is not None for text, _ in bank])
    judged = np.where(ruled[topics[len(others) :] == 0], 1.0, likely[ordinary])
    at_least = float(np.clip(np.quantile(judged, 1 - _MOST_FALSE), 0.2, 0.95))
    weights = _fitted(vectors, topics, weight)
    np.savez(_TARGET, allow_pickle=False, weights=weights.astype(np.float16), at_least=np.float32(round(at_least, 2)))
    print(f"critical from a probability of {at_least:.2f}")


def _clinc(folder: Path) -> Iterator[tuple[str, str]]:
    for intent, texts in wordings(clinc150(folder)["train"], _WORDINGS).items():
        if intent not in _CLINC_UNCLEAR:
            yield from ((text, _CLINC_TOPICS.get(intent, "none")) for text in texts)


def _vectors(model: Remembered, rows: list[tuple[str, str]]) -> Vectors:
    texts = [simplified(text) for text, _ in rows]
    model.prepare(texts)
    return model.encode(texts)


def _numbers(rows: list[tuple[str, str]]) -> Numbers:
    names = ["none", *get_args(Topic)]
    return np.asarray([names.index(topic) for _, topic in rows])


def _fitted(vectors: Vectors, topics: Numbers, weight: Vectors) -> Vectors:
    import torch

    texts, right, counts = (torch.from_numpy(values) for values in (with_constant(vectors), topics, weight))
    weights = torch.zeros(1 + len(get_args(Topic)), texts.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> "torch.Tensor":
        optimizer.zero_grad()
        wrong = torch.nn.functional.cross_entropy(texts @ weights.T, right, reduction="none")
        total = (wrong * counts).sum() / counts.sum() + _RIDGE * weights.square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    fitted: Vectors = weights.detach().numpy()
    return fitted


if __name__ == "__main__":
    main()

"""Retrieval and abstention of the FAQ library, on public sets and next to the multilingual model alone."""

import csv
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.common import data_folder, report, skip
from core.hub import ModelHub
from core.settings import load_settings
from knowledge.faq.answerability import Answerability, judge
from knowledge.retrieval.embed import Embedder, MiniLM, MultilingualUSE, Vectors

Scores = npt.NDArray[np.float64]
_VARIANTS = 20  # utterances an intent in the library, Banking77
_SAMPLE_VARIANTS = 5  # ... and in the abstention test: what a hand-written FAQ has


def main() -> None:
    """Runs every part for which there is data."""
    data = data_folder() / "faq"
    english = MiniLM(ModelHub(load_settings().home).folder("all-minilm-l6-v2"))
    multilingual = MultilingualUSE()
    figures: dict[str, float] = {}
    rows: list[list[str]] = []

    def add(name: str, measure: str, ours: float, baseline: float) -> None:
        figures[name] = round(ours, 4)
        rows.append([name, measure, f"{ours:.3f}", f"{baseline:.3f}"])

    sets = {path.parent.name: _retrieval_set for path in sorted(data.glob("*/queries.jsonl"))}
    if (data / "banking77").is_dir():
        sets["banking77"] = _banking77
    else:
        skip("banking77", "not in the data folder")
    for name, measured in sets.items():
        ours, baseline = measured(data / name, english), measured(data / name, multilingual)
        add(f"{name}_r1", "R@1", ours[0], baseline[0])
        add(f"{name}_mrr10", "MRR@10", ours[1], baseline[1])
    if (data / "letsencrypt").is_dir():
        crossing = _letsencrypt(data / "letsencrypt", multilingual), _letsencrypt(data / "letsencrypt", english)
        add("letsencrypt_zh_en_r1", "R@1, Chinese question, English entry", crossing[0], crossing[1])
    else:
        skip("letsencrypt", "not in the data folder")
    if (data / "banking77_oos").is_dir():
        ours_oos, baseline_oos = (_abstention(data / "banking77_oos", model) for model in (english, multilingual))
        for name, value in ours_oos.items():
            add(name, _ABSTENTION[name], value, baseline_oos[name])
    else:
        skip("banking77_oos", "not in the data folder")
    report("faq", "FAQ retrieval and abstention", ["figure", "measure", "shipped", "multilingual only"], rows, figures)


_ABSTENTION = {
    "near_oos_auroc": "AUROC, same bank, intent not covered",
    "far_oos_auroc": "AUROC, other subjects",
    "near_oos_recall95": "refused near misses where 95% of answerable are kept",
    "sure_threshold": "cosine that keeps 80% of answerable questions",
    "possible_threshold": "cosine that keeps 99%",
    "answered": "answerable questions answered as shipped",
    "near_answered": "near misses answered as shipped",
    "far_answered": "other subjects answered as shipped",
}


def _banking77(folder: Path, model: Embedder) -> tuple[float, float]:
    """Five folds of train.csv: 20 utterances of each intent from four folds are the library, the fifth asks."""
    with (folder / "train.csv").open(encoding="utf-8", newline="") as file:
        pairs = [(row["text"], row["category"]) for row in csv.DictReader(file)]
    random.Random(0).shuffle(pairs)
    vectors = model.encode([text for text, _ in pairs])
    labels = [label for _, label in pairs]
    results = []
    for fold in range(5):
        library: dict[str, list[int]] = defaultdict(list)
        for i, label in enumerate(labels):
            if i % 5 != fold and len(library[label]) < _VARIANTS:
                library[label].append(i)
        known = [i for rows in library.values() for i in rows]
        asked = list(range(fold, len(pairs), 5))
        results.append(_ranks(vectors[asked], vectors[known], [labels[i] for i in asked], [labels[i] for i in known]))
    return _summary(np.concatenate(results))


def _retrieval_set(folder: Path, model: Embedder) -> tuple[float, float]:
    """``docs.jsonl`` with id, question and answers; ``queries.jsonl`` with query and the id that answers it."""
    documents, queries = _jsonl(folder / "docs.jsonl"), _jsonl(folder / "queries.jsonl")
    texts = [(str(doc["id"]), text) for doc in documents for text in (doc["question"], *doc["answers"])]
    known = model.encode([text for _, text in texts])
    asked = model.encode([query["query"] for query in queries])
    return _summary(_ranks(asked, known, [query["gold"] for query in queries], [owner for owner, _ in texts]))


def _letsencrypt(folder: Path, model: Embedder) -> float:
    chinese, english = (_jsonl(folder / f"letsencrypt_faq_{part}.jsonl") for part in ("zh-cn", "en"))
    texts = [(entry["id"], entry[part]) for entry in english for part in ("question", "answer")]
    asked = model.encode([entry["question"] for entry in chinese])
    known = model.encode([text for _, text in texts])
    return _summary(_ranks(asked, known, [entry["id"] for entry in chinese], [owner for owner, _ in texts]))[0]


def _abstention(folder: Path, model: Embedder) -> dict[str, float]:
    """Best cosines of questions that the library covers and of those that it does not."""
    part = "test" if (folder / "test.seq.in").is_file() else "valid"
    library: dict[str, list[str]] = defaultdict(list)
    pairs = list(zip(_lines(folder / "train.seq.in"), _lines(folder / "train.label"), strict=True))
    random.Random(0).shuffle(pairs)
    for text, label in pairs:
        if len(library[label]) < _SAMPLE_VARIANTS:
            library[label].append(text)
    known = model.encode([text for texts in library.values() for text in texts])
    owners = [label for label, texts in library.items() for _ in texts]
    best = [
        _best_by_owner(model.encode(_lines(folder / f"{name}{part}.seq.in")), known, owners)
        for name in ("", "id-oos.", "ood-oos.")
    ]
    covered, near, far = (scores.max(1) for scores in best)
    answered = [_answered(scores, model) for scores in best]
    return {
        "near_oos_auroc": _auroc(covered, near),
        "far_oos_auroc": _auroc(covered, far),
        "near_oos_recall95": float((near < np.percentile(covered, 5)).mean()),
        "sure_threshold": float(np.percentile(covered, 20)),
        "possible_threshold": float(np.percentile(covered, 1)),
        "answered": answered[0],
        "near_answered": answered[1],
        "far_answered": answered[2],
    }


def _answered(best: Scores, model: Embedder) -> float:
    """Share of questions, ``[questions, owners]``, that the shipped rule answers."""
    top = np.sort(best, 1)[:, ::-1]
    judged = [judge(first, first - second, model.name) for first, second in top[:, :2]]
    return float(np.mean([judgement is Answerability.ANSWERABLE for judgement in judged]))


def _ranks(asked: Vectors, known: Vectors, right: Sequence[str], owners: Sequence[str]) -> Scores:
    """Rank of the right owner for each question, by the owner's best text; 1 is first."""
    place = {name: i for i, name in enumerate(dict.fromkeys(owners))}
    best = _best_by_owner(asked, known, owners)
    truth = best[np.arange(len(asked)), [place[name] for name in right]]
    return np.asarray((best > truth[:, None]).sum(1) + 1, np.float64)


def _best_by_owner(asked: Vectors, known: Vectors, owners: Sequence[str]) -> Scores:
    """Cosine of each question with the nearest text of each owner, ``[questions, owners]``."""
    place = {name: i for i, name in enumerate(dict.fromkeys(owners))}
    best = np.full((len(asked), len(place)), -1.0)
    similarity = asked @ known.T
    for column, owner in enumerate(owners):
        best[:, place[owner]] = np.maximum(best[:, place[owner]], similarity[:, column])
    return best


def _summary(ranks: Scores) -> tuple[float, float]:
    return float((ranks == 1).mean()), float(np.where(ranks <= 10, 1 / ranks, 0).mean())


def _auroc(positive: Scores, negative: Scores) -> float:
    """Probability that a positive scores above a negative (Mann-Whitney)."""
    order = np.sort(negative)
    below, upto = np.searchsorted(order, positive, "left"), np.searchsorted(order, positive, "right")
    return float((below + upto).mean() / 2 / len(negative))


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def _jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in _lines(path) if line.strip()]


if __name__ == "__main__":
    main()

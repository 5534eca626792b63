"""Recognition in texts: findings, diseases and drugs, on ``diagnosis/text`` and ``diagnosis/ner``."""

import statistics
import time
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from benchmarks.common import read_jsonl, skip
from benchmarks.corpora import read_corpus, read_trained, score
from knowledge.medical.entities import EntityRecognizer
from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.knowledge import MedicalKnowledge

_PAGE = 3000  # characters
_PASSES = 5


def score_texts(data: Path, recognizer: FindingRecognizer, knowledge: MedicalKnowledge) -> dict[str, Any]:
    """Scores on every annotated text file and corpus, and pages per minute."""
    texts = sorted((data / "text").glob("*.jsonl"))
    if not texts:
        skip("recognition", f"no annotated texts in {data / 'text'}")
    figures: dict[str, Any] = {path.stem: score_findings(recognizer, knowledge, read_jsonl(path)) for path in texts}
    figures |= score_corpora(data / "ner")
    if texts:
        figures["pages_per_minute"] = pages_per_minute(recognizer, [row["text"] for row in read_jsonl(texts[0])])
    return figures


def score_findings(
    recognizer: FindingRecognizer, knowledge: MedicalKnowledge, rows: list[dict[str, Any]]
) -> dict[str, float]:
    """Micro precision, recall and F1 of the HPO codes that a text mentions, in whatever context."""
    right = wrong = missed = 0
    for row in rows:
        gold = {code for c in row["findings"] if (code := knowledge.ontology.resolve(c)) is not None}
        named = {mention.code for mention in recognizer.mentions(row["text"])}
        found = {code for c in named if (code := knowledge.ontology.resolve(c)) is not None}
        right, wrong, missed = right + len(found & gold), wrong + len(found - gold), missed + len(gold - found)
    precision, recall = right / max(right + wrong, 1), right / max(right + missed, 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def score_corpora(folder: Path) -> dict[str, dict[str, float]]:
    """F1 by label on each corpus's test part, or on its devel part if it has no test part."""
    figures = {}
    nlp = read_trained()
    for corpus in sorted(folder.glob("*")):
        path = next((p for p in (corpus / "test.tsv", corpus / "devel.tsv") if p.is_file()), None)
        if path is None:
            skip(corpus.name, "neither a test nor a devel part")
            continue
        figures[f"{corpus.name}_{path.stem}"] = score(nlp, read_corpus(path))
    if not figures:
        skip("diseases and chemicals", f"no corpora in {folder}")
    return figures


def pages_per_minute(recognizer: FindingRecognizer, texts: list[str]) -> int:
    """Pages of 3,000 characters that one processor reads per minute of CPU time, for findings and entities.

    The median of five passes: other work on the machine slows one by a third.
    """
    entities = EntityRecognizer()

    def read_all() -> float:
        begin = time.process_time()
        for text in texts:
            recognizer.read(text, source="text")
            entities.read(text)
        return time.process_time() - begin

    with threadpool_limits(limits=1):  # to measure a single core
        read_all()  # warm-up, so that loading does not count
        spent = statistics.median(read_all() for _ in range(_PASSES))
    return round(60 * sum(map(len, texts)) / _PAGE / spent)


def in_words(figure: Any) -> str:
    """A figure, or several with their names, as table text."""
    return ", ".join(f"{k} {v}" for k, v in figure.items()) if isinstance(figure, dict) else str(figure)

"""What is read from texts: findings, their context, diseases and drugs, and red flags.

Reads ``diagnosis/text`` and ``diagnosis/ner`` of the data folder, and our own tables in ``tests/data``.
"""

import time
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from apps.bootstrap import open_knowledge
from benchmarks.common import data_folder, read_jsonl, report, skip
from benchmarks.corpora import read_corpus, read_trained, score
from benchmarks.vignettes import read_case
from core.settings import load_settings
from knowledge.medical.common import load_common
from knowledge.medical.entities import EntityRecognizer
from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.notes.context.assertion import contexts
from knowledge.medical.red_flag_rules import RULES
from knowledge.medical.red_flags import Outcome, RedFlags

_OURS = Path(__file__).parents[1] / "tests" / "data"
_PAGE = 3000  # characters


def main() -> None:
    """Runs everything the data folder allows."""
    data = data_folder() / "diagnosis"
    knowledge = open_knowledge(load_settings())
    recognizer = FindingRecognizer(knowledge.ontology)
    figures: dict[str, Any] = {}
    for table in sorted((_OURS / "context").glob("*.jsonl")):
        figures[f"context_{table.stem}"] = score_contexts(read_jsonl(table))
    figures["red_flags"] = score_red_flags(recognizer, knowledge)
    figures |= score_texts(data, recognizer, knowledge)
    rows = [[name, in_words(part)] for name, part in figures.items()]
    report("entities", "What is read from texts", ["what", "figures"], rows, figures)


def in_words(figure: Any) -> str:
    """A figure, or several with their names, as a table shows them."""
    return ", ".join(f"{k} {v}" for k, v in figure.items()) if isinstance(figure, dict) else str(figure)


def score_texts(data: Path, recognizer: FindingRecognizer, knowledge: MedicalKnowledge) -> dict[str, Any]:
    """Scores of every annotated text file and corpus, and pages a minute."""
    texts = sorted((data / "text").glob("*.jsonl"))
    if not texts:
        skip("recognition", f"no annotated texts in {data / 'text'}")
    figures: dict[str, Any] = {path.stem: score_findings(recognizer, knowledge, read_jsonl(path)) for path in texts}
    figures |= score_corpora(data / "ner")
    if texts:
        figures["pages_per_minute"] = pages_per_minute(recognizer, [row["text"] for row in read_jsonl(texts[0])])
    return figures


def score_contexts(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Share of findings, and of sentences with all their findings, whose assertion is the annotated one."""
    right = [
        [
            context.assertion == mention["assertion"]
            for context, mention in zip(
                contexts(row["text"], [(m["start"], m["end"]) for m in row["mentions"]]), row["mentions"], strict=True
            )
        ]
        for row in rows
    ]
    every = [one for sentence in right for one in sentence]
    return {
        "sentences": len(rows),
        "findings_right": round(sum(every) / len(every), 4),
        "sentences_right": round(sum(map(all, right)) / len(right), 4),
    }


def score_findings(
    recognizer: FindingRecognizer, knowledge: MedicalKnowledge, rows: list[dict[str, Any]]
) -> dict[str, float]:
    """Micro precision, recall and F1 of the codes of HPO a text mentions, whatever their context."""
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
    """F1 by label of each corpus on its test part where there is one, else on its devel part."""
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


def score_red_flags(recognizer: FindingRecognizer, knowledge: MedicalKnowledge) -> dict[str, float]:
    """Sensitivity on emergencies, and how many of 100 ordinary cases fire any rule."""
    rules = RedFlags(RULES, load_common(), knowledge.ontology)

    def fired(row: dict[str, Any]) -> set[str]:
        flags = rules.assess(read_case(recognizer, row))
        return {flag.rule.id for flag in flags if flag.outcome is Outcome.FIRED}

    emergencies = read_jsonl(_OURS / "red_flags" / "emergencies.jsonl")
    ordinary = read_jsonl(_OURS / "red_flags" / "ordinary.jsonl")
    return {
        "emergencies": len(emergencies),
        "sensitivity": round(sum(row["fires"] in fired(row) for row in emergencies) / len(emergencies), 4),
        "ordinary": len(ordinary),
        "fires_per_100_ordinary": round(100 * sum(bool(fired(row)) for row in ordinary) / len(ordinary), 1),
    }


def pages_per_minute(recognizer: FindingRecognizer, texts: list[str]) -> int:
    """Pages of 3,000 characters that one processor reads in a minute of its own time, findings and entities."""
    entities = EntityRecognizer()
    recognizer.read(texts[0], source="text")  # what both load once does not count
    entities.read(texts[0])
    with threadpool_limits(limits=1):  # so that the time is that of one core
        begin = time.process_time()
        for text in texts:
            recognizer.read(text, source="text")
            entities.read(text)
        spent = time.process_time() - begin
    return round(60 * sum(map(len, texts)) / _PAGE / spent)


if __name__ == "__main__":
    main()

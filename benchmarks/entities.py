"""Assertions about findings in texts, and red flags, on our own tables in ``tests/data``."""

from pathlib import Path
from typing import Any

from apps.bootstrap import open_knowledge
from benchmarks.common import read_jsonl, report
from benchmarks.texts import in_words
from benchmarks.vignettes import read_case
from core.settings import load_settings
from knowledge.medical.common import load_common
from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.notes.context.assertion import contexts
from knowledge.medical.red_flag_rules import RULES
from knowledge.medical.red_flags import Outcome, RedFlags

_OURS = Path(__file__).parents[1] / "tests" / "data"


def main() -> None:
    """Measures both."""
    knowledge = open_knowledge(load_settings())
    recognizer = FindingRecognizer(knowledge.ontology)
    figures: dict[str, Any] = {}
    for table in sorted((_OURS / "context").glob("*.jsonl")):
        figures[f"context_{table.stem}"] = score_contexts(read_jsonl(table))
    figures["red_flags"] = score_red_flags(recognizer, knowledge)
    rows = [[name, in_words(part)] for name, part in figures.items()]
    report("entities", "What is said of findings, and red flags", ["what", "figures"], rows, figures)


def score_contexts(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Share of findings with the annotated assertion, and of sentences in which all findings have it."""
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


def score_red_flags(recognizer: FindingRecognizer, knowledge: MedicalKnowledge) -> dict[str, float]:
    """Sensitivity on emergencies, and how many ordinary cases per 100 fire any rule."""
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


if __name__ == "__main__":
    main()

"""What is read from texts, and what is made of it: findings, their context, diseases and drugs, common conditions.

Reads ``diagnosis/text`` and ``diagnosis/ner`` of the data folder, and our own tables in ``tests/data``. The vignettes
are ours, older than the conditions they test, but by the same hand: expect less of other people's words.
"""

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

from spacy.tokens import Doc

from benchmarks.common import data_folder, report, skip
from benchmarks.corpora import f1_by_label, read_corpus
from core.hub import ModelHub
from core.settings import load_settings
from knowledge.medical.case import Case, Sex
from knowledge.medical.clinical import EntityRecognizer
from knowledge.medical.common import load_common
from knowledge.medical.common.rank import URGENT_PLACES, CommonRanker
from knowledge.medical.context import contexts
from knowledge.medical.entities import FindingRecognizer
from knowledge.medical.knowledge import MedicalKnowledge, load_knowledge
from knowledge.medical.ner_model import read_trained
from knowledge.medical.person import read_person
from knowledge.medical.red_flag_rules import RULES
from knowledge.medical.red_flags import Outcome, RedFlags

_OURS = Path(__file__).parents[1] / "tests" / "data"
_PAGE = 3000  # characters


def main() -> None:
    """Runs everything the data folder allows."""
    data = data_folder() / "diagnosis"
    settings = load_settings()
    knowledge = load_knowledge(ModelHub(settings.home).folder("hpo"), settings.home / "cache")
    recognizer = FindingRecognizer(knowledge.ontology)
    figures: dict[str, Any] = {}
    for table in sorted((_OURS / "context").glob("*.jsonl")):
        figures[f"context_{table.stem}"] = score_contexts(_rows(table))
    texts = sorted((data / "text").glob("*.jsonl"))
    if not texts:
        skip("recognition", f"no annotated texts in {data / 'text'}")
    for path in texts:
        figures[path.stem] = score_findings(recognizer, knowledge, _rows(path))
    figures |= score_corpora(data / "ner")
    for path in sorted((_OURS / "vignettes").glob("*.jsonl")):
        figures[f"vignettes_{path.stem}"] = score_vignettes(recognizer, knowledge, _rows(path))
    figures["red_flags"] = score_red_flags(recognizer, knowledge)
    if texts:
        figures["pages_per_minute"] = pages_per_minute(recognizer, [row["text"] for row in _rows(texts[0])])
    rows = [
        [name, ", ".join(f"{k} {v}" for k, v in part.items()) if isinstance(part, dict) else str(part)]
        for name, part in figures.items()
    ]
    report("entities", "What is read from texts", ["what", "figures"], rows, figures)


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
        sentences = read_corpus(path)
        docs = nlp.pipe(Doc(nlp.vocab, words=sentence.words) for sentence in sentences)
        found = ({(ent.start, ent.end, ent.label_) for ent in doc.ents} for doc in docs)
        figures[f"{corpus.name}_{path.stem}"] = f1_by_label(zip((s.spans() for s in sentences), found, strict=True))
    if not figures:
        skip("diseases and chemicals", f"no corpora in {folder}")
    return figures


def score_vignettes(
    recognizer: FindingRecognizer, knowledge: MedicalKnowledge, rows: list[dict[str, Any]]
) -> dict[str, float]:
    """Among the common conditions alone: the right one first and among five, and urgent ones placed too low."""
    ranker = CommonRanker(load_common(), knowledge.ontology)
    places, too_low = Counter[str](), 0
    for row in rows:
        case = _case(recognizer, row)
        ranked = ranker.rank(case)
        place = next((i for i, r in enumerate(ranked) if r.condition.icd10cm == row["icd10cm"]), len(ranked))
        places.update(name for name, most in (("top1", 1), ("top5", 5), ("top10", 10)) if place < most)
        too_low += any(r.condition.must_not_miss and r.red_flags for r in ranked[URGENT_PLACES:])
    shares = {name: round(places[name] / len(rows), 4) for name in ("top1", "top5", "top10")}
    return {"vignettes": len(rows), **shares, "urgent_below_10": too_low}


def score_red_flags(recognizer: FindingRecognizer, knowledge: MedicalKnowledge) -> dict[str, float]:
    """Sensitivity on emergencies, and how many of 100 ordinary cases fire any rule."""
    rules = RedFlags(RULES, load_common(), knowledge.ontology)

    def fired(row: dict[str, Any]) -> set[str]:
        flags = rules.assess(_case(recognizer, row))
        return {flag.rule.id for flag in flags if flag.outcome is Outcome.FIRED}

    emergencies = _rows(_OURS / "red_flags" / "emergencies.jsonl")
    ordinary = _rows(_OURS / "red_flags" / "ordinary.jsonl")
    return {
        "emergencies": len(emergencies),
        "sensitivity": round(sum(row["fires"] in fired(row) for row in emergencies) / len(emergencies), 4),
        "ordinary": len(ordinary),
        "fires_per_100_ordinary": round(100 * sum(bool(fired(row)) for row in ordinary) / len(ordinary), 1),
    }


def pages_per_minute(recognizer: FindingRecognizer, texts: list[str]) -> int:
    """Pages of 3,000 characters that one processor reads in a minute of its own time, findings and entities."""
    entities = EntityRecognizer()
    entities.read(texts[0])
    begin = time.process_time()
    for text in texts:
        recognizer.read(text, source="text")
        entities.read(text)
    return round(60 * sum(map(len, texts)) / _PAGE / (time.process_time() - begin))


def _case(recognizer: FindingRecognizer, row: dict[str, Any]) -> Case:
    sex = Sex(row["sex"])
    reading = recognizer.read(row["text"], source="text", age_years=row["age_years"], sex=sex)
    pregnant = read_person(row["text"]).pregnant
    return Case(
        reading.findings, sex=sex, age_years=row["age_years"], measurements=reading.measurements, pregnant=pregnant
    )


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


if __name__ == "__main__":
    main()

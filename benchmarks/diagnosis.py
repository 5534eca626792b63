"""Measures the diagnostic knowledge: ranking of published cases, and recognition of findings in text.

    python -m benchmarks.diagnosis [--hpo FOLDER]

Reads `diagnosis/*.jsonl` (cases: `disease` or `diseases`, `observed`, `excluded`) and `diagnosis/text/*.jsonl` (texts
with their findings) under R1_DATA, default ../shared/data. The ranker stands beside the plain likelihood ratio. The
last line of the output is one JSON object.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from knowledge.medical.case import Case, Finding, Sex, Status
from knowledge.medical.differential import PLAIN, Differential, Weights
from knowledge.medical.entities import FindingRecognizer
from knowledge.medical.knowledge import MedicalKnowledge, load_knowledge

_PROGRESS = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Published:
    """A published patient: the case, and the disease ids that count as right."""

    case: Case
    disease: str
    right: frozenset[str]


def read_cases(path: Path, same: dict[str, frozenset[str]]) -> list[Published]:
    """Cases of one file; empty when its rows are no cases."""
    cases = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if "observed" not in row:
            return []
        named = [row["disease"]] if "disease" in row else row["diseases"]
        findings = [Finding(code, "", Status.PRESENT, ()) for code in row["observed"]]
        findings += [Finding(code, "", Status.ABSENT, ()) for code in row.get("excluded", ())]
        sex = {"FEMALE": Sex.FEMALE, "MALE": Sex.MALE}.get(row.get("sex", ""), Sex.UNKNOWN)
        right = frozenset().union(*(same.get(id_, frozenset({id_})) for id_ in named))
        cases.append(Published(Case(tuple(findings), sex=sex), named[0], right))
    return cases


def read_equivalence(path: Path) -> dict[str, frozenset[str]]:
    """Disease id -> all ids of the same group."""
    if not path.is_file():
        print(f"skipped: {path.name} is absent, so only the very same id counts as right")
        return {}
    groups: dict[str, set[str]] = defaultdict(set)
    group_of: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    for id_, group in group_of.items():
        groups[group].add(id_)
    return {id_: frozenset(groups[group]) for id_, group in group_of.items()}


def score_ranker(ranker: Differential, knowledge: MedicalKnowledge, cases: list[Published]) -> dict[str, Any]:
    """Top-1, top-10 (shares of cases), top-1 as the mean over diseases, and milliseconds a case."""
    index = knowledge.diseases.index
    first: dict[str, list[bool]] = defaultdict(list)
    among_ten = 0
    spent = 0.0
    for published in _watched(cases):
        right = {knowledge.diseases.diseases[index[id_]].id for id_ in published.right if id_ in index}
        begin = time.perf_counter()
        ranking = ranker.rank(published.case, limit=10)
        spent += time.perf_counter() - begin
        ids = [disease.id for disease in ranking.diseases]
        first[published.disease].append(bool(ids) and ids[0] in right)
        among_ten += not right.isdisjoint(ids)
    hits = [hit for hits in first.values() for hit in hits]
    return {
        "cases": len(cases),
        "diseases": len(first),
        "top1": round(float(np.mean(hits)), 4),
        "top10": round(among_ten / len(cases), 4),
        "top1_macro": round(float(np.mean([np.mean(h) for h in first.values()])), 4),
        "ms_per_case": round(1000 * spent / len(cases), 2),
    }


def score_recognizer(recognizer: FindingRecognizer, knowledge: MedicalKnowledge, path: Path) -> dict[str, Any]:
    """Micro precision, recall and F1 of the codes a text mentions, whatever their context."""
    right = wrong = missed = characters = 0
    spent = 0.0
    for line in _watched(path.read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        gold = {code for c in row["findings"] if (code := knowledge.ontology.resolve(c)) is not None}
        begin = time.perf_counter()
        found = {mention.code for mention in recognizer.mentions(row["text"])}
        spent += time.perf_counter() - begin
        characters += len(row["text"])
        right, wrong, missed = right + len(found & gold), wrong + len(found - gold), missed + len(gold - found)
    precision, recall = right / max(right + wrong, 1), right / max(right + missed, 1)
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / max(precision + recall, 1e-9), 4),
        "pages_per_minute": round(60 * characters / 3000 / spent) if spent else 0,  # a page: 3,000 characters
    }


def _watched(items: list[Any]) -> Iterable[Any]:
    return track(items, console=_PROGRESS, transient=True) if _PROGRESS.is_terminal else items


def _hpo_folder() -> Path:
    from core.hub import ModelHub
    from core.settings import load_settings

    return Path(ModelHub(load_settings().home).folder("hpo"))


def _ranking_table(results: dict[str, dict[str, Any]]) -> Table:
    table = Table("cases", "n", "ranker", "top-1", "top-10", "top-1 by disease", "ms a case")
    for file, rankers in results.items():
        for name, r in rankers.items():
            shares = (f"{r[key]:.3f}" for key in ("top1", "top10", "top1_macro"))
            table.add_row(file, str(r["cases"]), name, *shares, f"{r['ms_per_case']:.1f}")
    return table


def _text_table(results: dict[str, dict[str, Any]]) -> Table:
    table = Table("texts", "precision", "recall", "F1", "pages a minute")
    for file, r in results.items():
        table.add_row(file, f"{r['precision']:.3f}", f"{r['recall']:.3f}", f"{r['f1']:.3f}", str(r["pages_per_minute"]))
    return table


def main() -> None:
    """Runs everything the data folder allows."""
    parser = argparse.ArgumentParser(description="Measures ranking and recognition.")
    parser.add_argument("--hpo", type=Path, help="folder with hp.obo and phenotype.hpoa; default: from the model hub")
    folder = parser.parse_args().hpo or _hpo_folder()
    data = Path(os.environ.get("R1_DATA", "../shared/data")) / "diagnosis"
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as cache:
        knowledge = load_knowledge(folder, Path(cache))
        compiled = time.perf_counter()
        load_knowledge(folder, Path(cache))
        loaded = time.perf_counter()
    result: dict[str, Any] = {
        "benchmark": "diagnosis",
        "hpo": knowledge.version,
        "diseases": len(knowledge.diseases.diseases),
        "compile_s": round(compiled - begin, 2),
        "load_s": round(loaded - compiled, 2),
        "cases": {},
        "texts": {},
    }
    same = read_equivalence(data / "disease_equivalence.json")
    rankers = {"plain": Differential(knowledge, PLAIN), "r1": Differential(knowledge, Weights())}
    case_files = {path: cases for path in sorted(data.glob("*.jsonl")) if (cases := read_cases(path, same))}
    if not case_files:
        print(f"skipped: no case files in {data}")
    for path, cases in case_files.items():
        result["cases"][path.stem] = {n: score_ranker(ranker, knowledge, cases) for n, ranker in rankers.items()}
    texts = sorted((data / "text").glob("*.jsonl"))
    if not texts:
        print(f"skipped: no annotated texts in {data / 'text'}")
    else:
        recognizer = FindingRecognizer(knowledge.ontology)
        result["texts"] = {path.stem: score_recognizer(recognizer, knowledge, path) for path in texts}
    screen = Console(width=110)
    screen.print(_ranking_table(result["cases"]))
    screen.print(_text_table(result["texts"]))
    print(json.dumps(result))


if __name__ == "__main__":
    main()

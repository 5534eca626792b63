"""The diagnostic knowledge: ranking of published cases, next to the plain likelihood ratio, and findings in texts.

Reads ``diagnosis/*.jsonl`` (cases: ``disease`` or ``diseases``, ``observed``, ``excluded``) and
``diagnosis/text/*.jsonl`` (texts with their findings) of the data folder.
"""

import json
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

from benchmarks.common import data_folder, report, skip
from core.hub import ModelHub
from core.settings import load_settings
from knowledge.medical.case import Case, Finding, Sex, Status
from knowledge.medical.differential import PLAIN, Differential
from knowledge.medical.entities import FindingRecognizer
from knowledge.medical.knowledge import MedicalKnowledge, load_knowledge

_PROGRESS = Console(stderr=True)
_PAGE = 3000  # characters


def main() -> None:
    """Runs everything the data folder allows."""
    data = data_folder() / "diagnosis"
    knowledge, figures = _timed_knowledge()
    rows: list[list[str]] = []
    same = read_equivalence(data / "disease_equivalence.json")
    rankers = {"plain": Differential(knowledge, PLAIN), "shipped": Differential(knowledge)}
    case_files = {path: cases for path in sorted(data.glob("*.jsonl")) if (cases := read_cases(path, same))}
    if not case_files:
        skip("ranking", f"no case files in {data}")
    for path, cases in case_files.items():
        for name, ranker in rankers.items():
            scores = score_ranker(ranker, knowledge, cases)
            shares = [f"{scores[key]:.3f}" for key in ("top1", "top10", "top1_macro")]
            rows.append([path.stem, str(len(cases)), name, *shares, f"{scores['ms_per_case']:.1f} ms a case"])
        figures[path.stem] = scores
    texts = sorted((data / "text").glob("*.jsonl"))
    if not texts:
        skip("recognition", f"no annotated texts in {data / 'text'}")
    recognizer = FindingRecognizer(knowledge.ontology)
    for path in texts:
        scores = score_recognizer(recognizer, knowledge, path)
        shares = [f"{scores[key]:.3f}" for key in ("precision", "recall", "f1")]
        rows.append([path.stem, "", "precision, recall, F1", *shares, f"{scores['pages_per_minute']} pages a minute"])
        figures[path.stem] = scores
    columns = ["file", "n", "ranker", "top-1", "top-10", "top-1 by disease", "speed"]
    report("diagnosis", "Diagnostic knowledge", columns, rows, figures)


def _timed_knowledge() -> tuple[MedicalKnowledge, dict[str, Any]]:
    """The knowledge, compiled afresh and loaded again."""
    folder = ModelHub(load_settings().home).folder("hpo")
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as cache:
        knowledge = load_knowledge(folder, Path(cache))
        compiled = time.perf_counter()
        load_knowledge(folder, Path(cache))
        loaded = time.perf_counter()
    return knowledge, {"compile_s": round(compiled - begin, 2), "load_s": round(loaded - compiled, 2)}


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
        skip(path.name, "absent, so only the very same id counts as right")
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
        "pages_per_minute": round(60 * characters / _PAGE / spent) if spent else 0,
    }


def _watched(items: list[Any]) -> Iterable[Any]:
    return track(items, console=_PROGRESS, transient=True) if _PROGRESS.is_terminal else items


if __name__ == "__main__":
    main()

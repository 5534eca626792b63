"""The diagnostic knowledge: ranking of published cases, next to the plain likelihood ratio, and what texts say.

Reads ``diagnosis/*.jsonl`` (cases: ``disease`` or ``diseases``, ``observed``, ``excluded``) and
``diagnosis/text/*.jsonl`` (texts with their findings), ``diagnosis/ner`` (texts with diseases and chemicals) and
``diagnosis/vignettes/*.jsonl`` (texts with the diagnosis as a name) of the data folder.
"""

import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from threadpoolctl import threadpool_limits

from benchmarks.common import data_folder, report, skip
from benchmarks.diagnosis_ranking import measure_ranking
from benchmarks.entities import pages_per_minute, score_corpora
from benchmarks.fit_kind import draw_patients
from benchmarks.vignettes import OURS, VignetteBench, read_case, read_rows, unread
from core.hub import ModelHub
from core.settings import load_settings
from knowledge.medical.entities import FindingRecognizer
from knowledge.medical.joint import JointDifferential
from knowledge.medical.knowledge import MedicalKnowledge, load_knowledge

_PROGRESS = Console(stderr=True)
_PAGE = 3000  # characters
_EXAM = "exam_cases"


def main() -> None:
    """Runs everything the data folder allows."""
    data = data_folder() / "diagnosis"
    knowledge, figures = _timed_knowledge()
    rows, ranked = measure_ranking(data, knowledge)
    figures |= ranked | {"twins": score_twins(knowledge, data / "disease_equivalence.json")}
    texts = sorted((data / "text").glob("*.jsonl"))
    if not texts:
        skip("recognition", f"no annotated texts in {data / 'text'}")
    recognizer = FindingRecognizer(knowledge.ontology)
    for path in texts:
        scores = score_recognizer(recognizer, knowledge, path)
        shares = [f"{scores[key]:.3f}" for key in ("precision", "recall", "f1")]
        rows.append([path.stem, "", "precision, recall, F1", *shares, f"{scores['pages_per_minute']} pages a minute"])
        figures[path.stem] = scores
    if texts:
        figures["pages_per_minute"] = pages_per_minute(recognizer, [row["text"] for row in read_rows(texts[0])])
    corpora = score_corpora(data / "ner")
    rows += [
        [name, "", f"F1 of {kind}", f"{f1:.3f}", "", "", ""] for name, of in corpora.items() for kind, f1 in of.items()
    ]
    figures |= corpora
    given = sorted((data / "vignettes").glob("*.jsonl"))
    if not given:
        skip("vignettes", f"none in {data / 'vignettes'}")
    bench = VignetteBench(recognizer, knowledge, JointDifferential(knowledge))
    vignettes = {path.stem: read_rows(path) for path in given}
    vignettes |= {f"{name}_unread": unread(rows) for name, rows in vignettes.items() if name == _EXAM}
    vignettes |= {f"our_{path.stem}": read_rows(path) for path in sorted(OURS.glob("*.jsonl"))}
    for name, patients in vignettes.items():
        figures[name] = scores = bench.score(patients)
        shares = [f"{scores[key]:.3f}" for key in ("top1", "top5", "top10")]
        rows.append([name, f"{scores['in_base']} of {scores['cases']}", "top-1, top-5, top-10", *shares, ""])
    told = {path.stem: [(row["diagnosis"], read_case(recognizer, row)) for row in read_rows(path)] for path in given}
    told["ddxplus"] = draw_patients(data / "ddxplus", recognizer)
    figures["coded"] = {}
    for name, patients in told.items():
        figures["coded"][name] = found = bench.suggest(patients)
        counted = f"{found['suggestions']} suggested, {len(found['wrong'])} wrong"
        rows.append([name, str(found["cases"]), "if findings were coded", counted, "", "", ""])
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


def score_twins(knowledge: MedicalKnowledge, path: Path) -> dict[str, Any]:
    """Precision and recall of the OMIM-Orphanet twins, against pairs of which a reference knows both entries."""
    if not path.is_file():
        return {}
    group_of: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    index = knowledge.diseases.index
    ours = {
        (alias, d.id)
        for d in knowledge.diseases.diseases
        for alias in d.aliases
        if alias.startswith("ORPHA:") and d.id.startswith("OMIM:")
    }
    groups: dict[str, list[str]] = defaultdict(list)
    for id_, group in group_of.items():
        if id_ in index:
            groups[group].append(id_)
    right = {
        (orpha, omim)
        for ids in groups.values()
        for orpha in ids
        for omim in ids
        if orpha.startswith("ORPHA:") and omim.startswith("OMIM:")
    }
    known = {pair for pair in ours if set(pair) <= group_of.keys()}
    hits = len(known & right)
    return {
        "joined": len(ours),
        "diseases": len(knowledge.diseases.diseases),
        "precision": round(hits / max(len(known), 1), 4),
        "recall": round(hits / max(len(right), 1), 4),
    }


def score_recognizer(recognizer: FindingRecognizer, knowledge: MedicalKnowledge, path: Path) -> dict[str, Any]:
    """Micro precision, recall and F1 of the codes a text mentions, whatever their context."""
    right = wrong = missed = characters = 0
    spent = 0.0
    for line in _watched(path.read_text(encoding="utf-8").removesuffix("\n").split("\n")):
        row = json.loads(line)
        gold = {code for c in row["findings"] if (code := knowledge.ontology.resolve(c)) is not None}
        with threadpool_limits(limits=1):  # so that the time is that of one core
            begin = time.process_time()  # others may be running
            named = {mention.code for mention in recognizer.mentions(row["text"])}
            spent += time.process_time() - begin
        found = {code for c in named if (code := knowledge.ontology.resolve(c)) is not None}
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

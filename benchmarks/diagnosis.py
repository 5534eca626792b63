"""The diagnostic knowledge: ranking of published cases, compared with the plain likelihood ratio, and of vignettes.

Reads ``diagnosis/*.jsonl`` (cases: ``disease`` or ``diseases``, ``observed``, ``excluded``) and
``diagnosis/vignettes/*.jsonl`` (texts with the diagnosis as a name) from the data folder. Recognition in texts is
measured as in :mod:`benchmarks.texts`.
"""

import json
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.common import data_folder, read_jsonl, report, skip
from benchmarks.diagnosis_ranking import measure_ranking
from benchmarks.fit_kind import draw_patients
from benchmarks.texts import in_words, score_texts
from benchmarks.vignettes import EXAM_STYLE, OURS, VignetteBench, read_case, unread
from core.hub import ModelHub
from core.settings import load_settings
from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.joint import JointDifferential
from knowledge.medical.knowledge import MedicalKnowledge, load_knowledge

_EXAM = "exam_cases"


def main() -> None:
    """Runs everything the data folder allows."""
    data = data_folder() / "diagnosis"
    knowledge, figures = _timed_knowledge()
    rows, ranked = measure_ranking(data, knowledge)
    figures |= ranked | {"twins": score_twins(knowledge, data / "disease_equivalence.json")}
    recognizer = FindingRecognizer(knowledge.ontology)
    recognised = score_texts(data, recognizer, knowledge)
    rows += [[name, "", in_words(figure), "", "", "", ""] for name, figure in recognised.items()]
    figures |= recognised
    given = sorted((data / "vignettes").glob("*.jsonl"))
    if not given:
        skip("vignettes", f"none in {data / 'vignettes'}")
    bench = VignetteBench(recognizer, knowledge, JointDifferential(knowledge))
    vignettes = {path.stem: read_jsonl(path) for path in given}
    vignettes |= {f"{name}_unread": unread(rows) for name, rows in vignettes.items() if name == _EXAM}
    vignettes |= {f"our_{path.stem}": read_jsonl(path) for path in sorted(OURS.glob("*.jsonl"))}
    vignettes["our_exam_style"] = read_jsonl(EXAM_STYLE)
    for name, patients in vignettes.items():
        figures[name] = scores = bench.score(patients)
        shares = [f"{scores[key]:.3f}" for key in ("top1", "top5", "top10")]
        rows.append([name, f"{scores['in_base']} of {scores['cases']}", "top-1, top-5, top-10", *shares, ""])
    told = {path.stem: [(row["diagnosis"], read_case(recognizer, row)) for row in read_jsonl(path)] for path in given}
    told["ddxplus"] = draw_patients(data / "ddxplus", recognizer)
    figures["coded"] = {}
    for name, cases in told.items():
        figures["coded"][name] = found = bench.suggest(cases)
        counted = f"{found['suggestions']} suggested, {len(found['wrong'])} wrong"
        rows.append([name, str(found["cases"]), "if findings were coded", counted, "", "", ""])
    columns = ["file", "n", "ranker", "top-1", "top-10", "top-1 by disease", "speed"]
    report("diagnosis", "Diagnostic knowledge", columns, rows, figures)


def _timed_knowledge() -> tuple[MedicalKnowledge, dict[str, Any]]:
    """The knowledge, and the seconds to compile it from scratch and to load it again."""
    folder = ModelHub(load_settings().home).folder("hpo")
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as cache:
        knowledge = load_knowledge(folder, Path(cache))
        compiled = time.perf_counter()
        load_knowledge(folder, Path(cache))
        loaded = time.perf_counter()
    return knowledge, {"compile_s": round(compiled - begin, 2), "load_s": round(loaded - compiled, 2)}


def score_twins(knowledge: MedicalKnowledge, path: Path) -> dict[str, Any]:
    """Precision and recall of the OMIM-Orphanet twins, over pairs of which a reference has both entries."""
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


if __name__ == "__main__":
    main()

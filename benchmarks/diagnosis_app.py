"""The diagnostic assistant in clinical use: a hundred questions about records, the time of each step, and twenty
concurrent clinicians.

Reads ``ehr/synthea-r4`` from the data folder; the questions and five patients with notes are in
``tests/data/record_questions``. Everything runs through the service in this process, without a browser.
"""

import random
import statistics
import threading
import time
from pathlib import Path
from typing import Any

from apps.bootstrap import build_diagnosis
from apps.diagnosis.ask.html import answer_html
from apps.diagnosis.service import DiagnosisService, sample_patients
from apps.diagnosis.visit import Visit
from benchmarks.common import data_folder, report, skip
from benchmarks.record_questions import ask, judge, patients, questions
from core.settings import load_settings

_LARGEST = "Matt_Runte.json"  # 285 entries
_ROUNDS = 5  # per timing; the median counts
_USERS = 20
_THINK = (15.0, 45.0)  # seconds between two actions of a clinician, 30 on average
_TURNS = 4  # per clinician
_ASKING = 0.2  # share of turns that ask a question; the others open a patient and rank
_ASKED = ("last potassium?", "any anticoagulant?", "有贫血吗？", "creatinine trend", "Does he smoke?")


def main() -> None:
    """Runs everything the data folder allows."""
    service = build_diagnosis(load_settings())
    synthea = data_folder() / "ehr" / "synthea-r4"
    figures: dict[str, Any] = dict.fromkeys(("findings_s", "ranking_s", "question_s"))
    figures["actions_to_ranking"] = statistics.median(_actions(service))
    figures["p95_ratio_20_users"] = None
    largest = synthea / _LARGEST
    if largest.is_file():
        data = largest.read_bytes()
        figures |= _times(service, data)
        figures["p95_ratio_20_users"] = _ratio(service, data)
    else:
        skip("times", f"{largest} does not exist")
    rows, scores = _score(service, synthea)
    figures |= scores
    report(
        "diagnosis_app", "Diagnostic assistant", ["questions", "n", "right", "invented", "false absence"], rows, figures
    )


def _score(service: DiagnosisService, synthea: Path) -> tuple[list[list[str]], dict[str, int]]:
    """Counts of right, invented and falsely absent answers, by group of questions."""
    known = dict(patients(service, synthea))
    asked = [question for question in questions() if question["patient"] in known]
    verdicts = [judge(q, ask(service, q, known[q["patient"]]), known[q["patient"]]) for q in asked]
    rows = []
    for group in dict.fromkeys(question["group"] for question in asked):
        some = [v for q, v in zip(asked, verdicts, strict=True) if q["group"] == group]
        counts = (len(some), *(sum(getattr(v, what) for v in some) for what in ("right", "invented", "false_absence")))
        rows.append([group, *map(str, counts)])
    return rows, {
        "questions_right": sum(v.right for v in verdicts),
        "invented": sum(v.invented for v in verdicts),
        "false_absence": sum(v.false_absence for v in verdicts),
    }


def _times(service: DiagnosisService, data: bytes) -> dict[str, float]:
    """Median seconds from a large record's bytes to its findings and from there to the ranking; the longest for a
    question."""
    findings, ranking, asking = list[float](), list[float](), list[float]()
    for _ in range(_ROUNDS):
        begin = time.perf_counter()
        opened = service.open_file(data, name=_LARGEST)
        read = time.perf_counter()
        visit = service.accept(opened)
        findings.append(read - begin)
        ranking.append(time.perf_counter() - read)
        for question in _ASKED:
            begin = time.perf_counter()
            _ask(service, visit, question)
            asking.append(time.perf_counter() - begin)
    return {
        "findings_s": round(statistics.median(findings), 2),
        "ranking_s": round(statistics.median(ranking), 2),
        "question_s": round(max(asking), 2),
    }


def _ask(service: DiagnosisService, visit: Visit, question: str) -> str:
    """Answers a question like the page, up to the HTML of the answer."""
    return answer_html(service.ask(visit, question, visit.chart), visit.chart, "en", visit.id)


def _actions(service: DiagnosisService) -> list[int]:
    """User actions until a ranking is shown, per sample patient: the launch, and passing the required stop, if any."""
    opened = [service.open_file(p.path.read_bytes(), name=p.path.name) for p in sample_patients()]
    return [1 + bool(service.review(visit, visit.review).stop.questions) for visit in opened]


def _ratio(service: DiagnosisService, data: bytes) -> float:
    """Ratio of the 95th percentile times with twenty clinicians to those with one, for the worse of the two actions."""
    alone = {"open": list[float](), "ask": list[float]()}
    visit = service.accept(service.open_file(data, name=_LARGEST))
    for _ in range(4 * _ROUNDS):
        _turn(service, data, visit, alone, asking=False)
        _turn(service, data, visit, alone, asking=True)
    together = {"open": list[float](), "ask": list[float]()}
    users = [threading.Thread(target=_clinician, args=(service, data, visit, together, i)) for i in range(_USERS)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    return round(max(_p95(together[what]) / _p95(alone[what]) for what in alone if together[what]), 2)


def _clinician(service: DiagnosisService, data: bytes, visit: Visit, taken: dict[str, list[float]], seed: int) -> None:
    chance = random.Random(seed)
    time.sleep(chance.uniform(0, _THINK[1]))
    for _ in range(_TURNS):
        _turn(service, data, visit, taken, asking=chance.random() < _ASKING)
        time.sleep(chance.uniform(*_THINK))


def _turn(service: DiagnosisService, data: bytes, visit: Visit, taken: dict[str, list[float]], *, asking: bool) -> None:
    begin = time.perf_counter()
    if asking:
        _ask(service, visit, _ASKED[0])
    else:
        service.accept(service.open_file(data, name=_LARGEST))
    taken["ask" if asking else "open"].append(time.perf_counter() - begin)


def _p95(seconds: list[float]) -> float:
    return sorted(seconds)[max(0, round(0.95 * len(seconds)) - 1)]


if __name__ == "__main__":
    main()

"""A hundred questions about records, with answers found by plainly reading the JSON.

``tests/data/record_questions`` has questions with the right answers, and five fictitious patients with notes. For the
Synthea patients the right answer is computed here by walking the JSON, without any of the suite's code.
"""

import base64
import datetime as dt
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from adapters.fhir.bundle import parse_bundle
from adapters.fhir.chart import Chart, chart_of
from apps.diagnosis.ask.answer import Answer, Line, Outcome
from apps.diagnosis.ask.html import answer_html
from apps.diagnosis.service import DiagnosisService
from apps.diagnosis.visit import Visit
from benchmarks.common import read_jsonl

_FOLDER = Path(__file__).parents[1] / "tests" / "data" / "record_questions"
READ_AT = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
"""The time at which the records count as read."""
_EXTRA_QUOTES = 2  # most sentences beyond the expected ones in a right answer
_CLOSE = 1e-3  # relative tolerance for rounded numbers

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient as read by the suite, and as in the file."""

    chart: Chart
    visit: Visit
    resources: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on an answer.

    Attributes:
        right: it is correct.
        invented: it states something that is not in the record.
        false_absence: it says that there is nothing, but there is, or it cannot be known.
    """

    right: bool
    invented: bool
    false_absence: bool


def questions() -> list[Json]:
    """The questions with their right answers."""
    return read_jsonl(_FOLDER / "questions.jsonl")


def patients(service: DiagnosisService, synthea: Path) -> Iterator[tuple[str, Patient]]:
    """The patients by the name used in the questions; those of Synthea only if available."""
    ours = sorted((_FOLDER / "patients").glob("*.json"))
    others = sorted(path for path in synthea.glob("*.json") if not path.name.startswith("practitioner"))
    for path in (*ours, *others):
        name = unicodedata.normalize("NFC", path.stem)
        key = name if path in ours else "_".join(name.split("_")[:2])
        data = path.read_bytes()
        record = parse_bundle(data, origin=path.name)
        resources = {
            f"{r['resourceType']}/{r['id']}": r for r in (entry["resource"] for entry in json.loads(data)["entry"])
        }
        visit = replace(service.open_record(record), read_at=READ_AT)
        yield key, Patient(chart_of(record, read_at=READ_AT), visit, resources)


def ask(service: DiagnosisService, question: Json, patient: Patient) -> Answer:
    """Asks one question."""
    return service.ask(patient.visit, question["question"], patient.chart)


def judge(question: Json, answer: Answer, patient: Patient) -> Verdict:
    """Compares an answer with the right one."""
    expected = Outcome(question["outcome"])
    invented = any(not _stands(line, patient) for line in answer.lines)
    invented |= question["group"] == "unanswerable" and answer.outcome is Outcome.FOUND
    right = answer.outcome is expected and not invented and _is_right(question, answer, patient)
    return Verdict(right, invented, answer.outcome is Outcome.NONE and expected is not Outcome.NONE)


def _is_right(question: Json, answer: Answer, patient: Patient) -> bool:
    named = {line.source for line in answer.lines if not line.quote}
    quoted = [(line.source, line.quote) for line in answer.lines if line.quote]
    if "quotes" in question:
        wanted = [tuple(pair) for pair in question["quotes"]]
        return set(wanted) <= set(quoted) and len(quoted) <= len(wanted) + _EXTRA_QUOTES
    if question["group"] == "unanswerable":
        return not answer.lines
    if "walk" in question:
        wanted_values = _walk(question["walk"], patient.resources)
        return named == set(wanted_values) and all(
            _shows(line, wanted_values[line.source]) for line in answer.lines if not line.quote
        )
    shown = re.sub(r"<details.*", "", answer_html(answer, patient.chart, "en"), flags=re.DOTALL)
    return named == set(question["sources"]) and all(text in shown for text in question["has"])


def _shows(line: Line, values: list[Any]) -> bool:
    """Whether a line shows one of its resource's values."""
    if not values:
        return True
    if line.text:
        return line.text in values
    value = line.entry.value if line.entry else None
    if value is None:
        return False
    if value.number is None:
        return value.words in values
    return any(isinstance(v, int | float) and abs(v - value.number or 0) <= _CLOSE * abs(v) for v in values)


def _walk(spec: Json, resources: dict[str, Json]) -> dict[str, list[Any]]:
    """``{source: values}`` of the right resources, from the plain JSON."""
    found = [(source, r) for source, r in resources.items() if r["resourceType"] == spec["type"] and _fits(spec, r)]
    values = {source: _values(spec, resource) for source, resource in found}
    days = {source: _day(resource) for source, resource in found}
    match spec["pick"]:
        case "last":
            newest = max(days.values())
            found = [(source, r) for source, r in found if days[source] == newest]
        case "max" | "min":
            best = (max if spec["pick"] == "max" else min)(v for group in values.values() for v in group)
            found = [(source, r) for source, r in found if best in values[source]]
    return {source: values[source] for source, _ in found}


def _fits(spec: Json, resource: Json) -> bool:
    concept = resource.get("code") or resource.get("medicationCodeableConcept") or resource.get("vaccineCode") or {}
    words = json.dumps(concept, ensure_ascii=False).lower()
    day = _day(resource)[:10]
    return (
        ("code" not in spec or any(c.get("code") == spec["code"] for c in concept.get("coding", [])))
        and ("text" not in spec or spec["text"].lower() in words)
        and ("status" not in spec or resource.get("status") == spec["status"])
        and ("clinical" not in spec or spec["clinical"] in json.dumps(resource.get("clinicalStatus", {})))
        and spec.get("since", "") <= day <= spec.get("until", "9999")
    )


def _day(resource: Json) -> str:
    period = resource.get("performedPeriod") or {}
    keys = ("effectiveDateTime", "authoredOn", "occurrenceDateTime", "onsetDateTime")
    return next((str(resource[key]) for key in keys if key in resource), str(period.get("start", "")))


def _values(spec: Json, resource: Json) -> list[Any]:
    if "field" in spec:
        return [resource[spec["field"]]]
    parts = [resource, *resource.get("component", [])]
    if "component" in spec:
        parts = [p for p in parts if any(c["code"] == spec["component"] for c in p["code"].get("coding", []))]
    return [p["valueQuantity"]["value"] for p in parts if "valueQuantity" in p]


def _stands(line: Line, patient: Patient) -> bool:
    """Whether a line is supported by the resource that it names: its sentence, its number or words, its day."""
    if not line.source and line.contribution is not None:
        return True
    resource = patient.resources.get(line.source)
    if resource is None:
        return False
    whole = json.dumps(resource, ensure_ascii=False)
    if line.day is not None and str(line.day)[:7] not in whole and str(line.day)[:4] not in whole:
        return False
    if line.quote:
        return any(line.quote in text for text in (*_texts(resource), whole))
    if line.entry is None:
        return line.contribution is not None or line.text in whole
    value = line.entry.value
    named = all(name in whole for name in line.entry.names)
    return named and (value is None or value.number is None or value.number in set(_numbers(resource)))


def _texts(resource: Json) -> Iterator[str]:
    for content in resource.get("content", []):
        if content["attachment"]["contentType"].startswith("text/plain"):
            yield base64.b64decode(content["attachment"]["data"]).decode()


def _numbers(node: Any) -> Iterator[float]:
    if isinstance(node, int | float):
        yield node
    elif isinstance(node, dict | list):
        for child in node.values() if isinstance(node, dict) else node:
            yield from _numbers(child)

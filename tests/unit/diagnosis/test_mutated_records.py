"""Broken and hostile records all the way to the screen: what is refused, what is drawn, and what nobody may learn."""

import base64
import json
import logging
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.diagnosis.html.findings import findings_html
from apps.diagnosis.html.page import patient_html
from apps.diagnosis.html.ranking import ranking_html
from apps.diagnosis.html.stop import stop_html
from apps.diagnosis.record.panel import record_html
from apps.diagnosis.record.sources import drawer_html
from apps.diagnosis.service import DiagnosisService, sample_patients
from core.errors import InputError
from knowledge.retrieval.language import Language

SAMPLES = [patient.path for patient in sample_patients()]
SECRET = "Zzyzx"
HOSTILE = "<img src=x onerror=alert(1)>"
WORDINGS = {"family", "text", "display", "line", "city", "title", "description", "valueString", "conclusion", "unit"}
KEYS = st.sampled_from([SECRET, "resourceType", "reference", "coding", "participant", "valueString"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from(["", SECRET, "{}", "[1]"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
)


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a JSON tree."""
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else []
    return [place for key in keys for place in ((node, key), *places(node[key]))]


@st.composite
def mutated_records(draw: st.DrawFn) -> tuple[Path, bytes]:
    """A sample patient whose record has up to four values replaced, removed or put in."""
    sample = draw(st.sampled_from(SAMPLES))
    content = json.loads(sample.read_bytes())
    for _ in range(draw(st.integers(1, 4))):
        found = places(content)
        container, key = found[draw(st.integers(0, len(found) - 1))]
        match draw(st.sampled_from(["replace", "remove", "add"])):
            case "remove":
                del container[key]
            case "add" if isinstance(container, dict):
                container[draw(KEYS)] = draw(JSON)
            case _:
                container[key] = draw(JSON)
    return sample, json.dumps(content).encode()


@cache
def personal(sample: Path) -> frozenset[str]:
    """What the record says of its patient: names, numbers, dates, wordings, and the lines of its notes."""
    content = json.loads(sample.read_bytes())
    patient = content["entry"][0]["resource"]
    [name], [number], [address] = patient["name"], patient["identifier"], patient["address"]
    told = {SECRET, number["value"], patient["birthDate"], name["family"], *name["given"], address["city"]}
    for container, key in places(content):
        value = container[key]
        if key == "data":
            told.update(re.split(r"[\n.]+\s*", base64.b64decode(value).decode("utf-8", "replace")))
        elif isinstance(value, str) and " " in value:
            told.add(value)
    return frozenset(word for word in told if len(word) > 4)


class Logged(logging.Handler):
    """Everything that any part logs, at any level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(logging.Formatter().format(record))

    def __enter__(self) -> "Logged":
        self._level = logging.root.level
        logging.root.addHandler(self)
        logging.root.setLevel(logging.DEBUG)
        return self

    def __exit__(self, *_: object) -> None:
        logging.root.removeHandler(self)
        logging.root.setLevel(self._level)


def drawn(service: DiagnosisService, data: bytes) -> Iterator[str]:
    """Everything that the page shows of a record, before and after the stop.

    Raises:
        InputError: it is no patient's record.
    """
    opened = service.open_file(data, name=f"{SECRET}.json")
    asked = service.review(opened, opened.review)
    accepted = service.accept(asked)
    for language in get_args(Language):
        for visit in (opened, asked, accepted):
            yield from (show(visit, language) for show in (patient_html, stop_html, findings_html, ranking_html))
        yield record_html(asked, language)
        yield from (drawer_html(asked, source, language) for source in asked.chart.resources)


def hostile(sample: Path) -> bytes:
    """The record with a picture that runs a script in every wording and note of it."""
    content = json.loads(sample.read_bytes())
    for container, key in places(content):
        if key == "data":
            container[key] = base64.b64encode(HOSTILE.encode() + base64.b64decode(container[key])).decode()
        elif isinstance(container[key], str) and key in WORDINGS:
            container[key] += HOSTILE
    return json.dumps(content).encode()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_no_words_of_a_record_become_markup(service: DiagnosisService, sample: Path) -> None:
    shown = "".join(drawn(service, hostile(sample)))
    assert HOSTILE[:4] not in shown
    assert shown.count("&lt;img") > 100


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(record=mutated_records())
def test_no_mutation_of_a_record_breaks_the_page_or_leaks(
    service: DiagnosisService, record: tuple[Path, bytes]
) -> None:
    sample, data = record
    said = ""
    with Logged() as logged:
        try:
            assert all(isinstance(html, str) for html in drawn(service, data))
        except InputError as error:
            said = str(error)
    said += "\n".join(logged.lines)
    assert [word for word in personal(sample) if word in said] == []


def test_as_many_are_tried_as_the_command_line_asks_for(pytestconfig: pytest.Config) -> None:
    asked = pytestconfig.getoption("--hypothesis-profile") or "quick"
    assert settings().max_examples == settings.get_profile(asked).max_examples

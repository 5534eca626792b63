"""The warning signs of a common condition: the findings that were read, each once, and which are of now."""

from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from apps.diagnosis.html.conditions import condition_html
from apps.diagnosis.warning_signs import WarningSign, warning_signs
from apps.ui.texts import t
from knowledge.medical.case import Case, Evidence, Finding, Status
from knowledge.medical.common import load_common
from knowledge.medical.differential import RankedDisease
from knowledge.retrieval.language import Language
from tests.diagnosis_visits import condition

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
FLAT: Any = SimpleNamespace(resolve=lambda code: code, ancestors=lambda code: {code})
NUCHAL, STIFF = ("HP:0031179", "Nuchal rigidity"), ("HP:0025258", "Stiff neck")


def flagged(id_: str, *labels: str) -> RankedDisease:
    own = next(known for known in load_common().conditions if known.id == id_)
    return replace(condition(), id=f"R1:{id_}", condition=own, red_flags=labels)


def finding(code: str, label: str, *evidence: Evidence, status: Status = Status.PRESENT) -> Finding:
    return Finding(code, label, status, evidence)


def test_a_sign_that_was_read_from_one_phrase_is_named_once() -> None:
    meningitis = flagged("bacterial-meningitis", "Nuchal rigidity", "Stiff neck")
    both = Case((finding(*NUCHAL), finding(*STIFF), finding("HP:0000979", "Purpura", status=Status.ABSENT)))
    assert warning_signs(meningitis, both, FLAT, NOW) == (WarningSign("Stiff neck", True),)
    rigid = Case((finding(*NUCHAL),))
    assert warning_signs(meningitis, rigid, FLAT, NOW) == (WarningSign("Nuchal rigidity", True),)


@pytest.mark.parametrize(
    ("evidence", "is_current"),
    [
        (Evidence("text", "breathless"), True),
        (Evidence("text", "breathless", is_past=True), False),
        (Evidence("Condition/c", "breathless", date(2026, 11, 24)), True),
        (Evidence("Condition/c", "breathless", date(2026, 3, 1)), False),
        (Evidence("Observation/o", "breathless", datetime(2026, 11, 24, 8, tzinfo=UTC)), False),
    ],
)
def test_a_sign_too_old_for_the_red_flags_is_not_of_now(evidence: Evidence, is_current: bool) -> None:
    case = Case((finding("HP:0002094", "Dyspnea", evidence),))
    [sign] = warning_signs(flagged("pneumothorax", "Dyspnea"), case, FLAT, NOW)
    assert (sign.is_current, sign.newest) == (is_current, evidence.date)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_older_sign_stands_apart_with_its_date(language: Language) -> None:
    signs = WarningSign("Dyspnea", False, date(2026, 3, 1)), WarningSign("Hypotension", True)
    html = condition_html("1", flagged("pneumothorax", "Dyspnea", "Hypotension"), signs, language)
    now, earlier = (t(f"visit.{key}", language, signs="|").split("|") for key in ("flags_present", "flags_earlier"))
    told = html[html.index(now[0]) : html.index(earlier[0])]
    assert "Hypotension" in told
    assert "Dyspnea" not in told
    assert f"(<time>2026-03-01</time>){earlier[1]}" in html
    assert now[0] not in condition_html("1", flagged("pneumothorax", "Dyspnea"), signs[:1], language)


@pytest.mark.parametrize(("language", "between"), [("en", " "), ("zh", "")])
def test_chinese_sentences_follow_one_another_without_a_space(language: Language, between: str) -> None:
    moved = replace(flagged("pneumothorax", "Hypotension"), raised=True)
    html = condition_html("1", moved, (WarningSign("Hypotension", True),), language)
    end = t("visit.flags_present", language, signs="|").split("|")[1]
    assert f"{end}{between}{t('visit.raised', language)}</p>" in html

"""What the diagnosis page shows, and that it shows nothing it must not."""

import asyncio
import contextlib
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html import escape
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from adapters.fhir.measurements import QUANTITIES
from apps.diagnosis.as_json import assessment_json
from apps.diagnosis.assessment import Assessment
from apps.diagnosis.html.errors import error_html
from apps.diagnosis.html.findings import findings_html
from apps.diagnosis.html.next import next_html
from apps.diagnosis.html.page import footer_html, notice_html, patient_html
from apps.diagnosis.html.parts import finding_name
from apps.diagnosis.html.ranking import frequency_words, odds_factor, ranking_html
from apps.diagnosis.html.red_flags import red_flags_html
from apps.diagnosis.html.stop import stop_html
from apps.diagnosis.reading import read_visit
from apps.diagnosis.view import Problem, View
from apps.diagnosis.visit import Question, Review, Source, Stop, Visit
from apps.diagnosis.words import finding_words, value_words
from apps.ui.texts import enumerated, t
from core import errors
from core.server.metrics import Metrics
from knowledge.medical.case import Case, Evidence, Finding, Status, Unread
from knowledge.medical.differential import (
    Abstention,
    Basis,
    Contribution,
    MissingFinding,
    RankedDisease,
    Ranking,
)
from knowledge.medical.measurements import Measurement, Quantity
from knowledge.medical.red_flag_rules import RULES
from knowledge.medical.red_flags import Outcome, RedFlag, Used, used_value
from knowledge.retrieval.language import Language
from tests.diagnosis_visits import condition, visit, with_condition

LANGUAGES = get_args(Language)
HOSTILE = "<img src=x onerror=alert(1)>\"'&${1+1}{{value}}"
KNOWLEDGE: Any = SimpleNamespace(
    source="HPO", version="2025-01-16", acknowledgement="Uses the HPO & more", diseases=SimpleNamespace(diseases=(1, 2))
)


def contribution(nats: float, **changes: Any) -> Contribution:
    exact = Contribution(
        "HP:0001250", "Seizure", Status.PRESENT, nats, Basis.EXACT, "HP:0001250", "Seizure", "3/7", ("PMID:1",)
    )
    return replace(exact, **changes)


def disease(*contributions: Contribution, name: str = "Fit syndrome", missing: int = 1) -> RankedDisease:
    return RankedDisease(
        id="OMIM:1",
        name=name,
        score=5.0,
        supporting=tuple(c for c in contributions if c.nats > 0),
        opposing=tuple(c for c in contributions if c.nats < 0),
        missing=(MissingFinding("HP:0000252", "Microcephaly", "Frequent (30-79%)", ("PMID:2",)),) * missing,
    )


def finding(status: Status = Status.PRESENT, *evidence: Evidence) -> Finding:
    return Finding("HP:0001250", "Seizure", status, evidence or (Evidence("Condition/c1", "fits", date(2026, 2, 1)),))


def opened(case: Case, *diseases: RankedDisease, source: Source = "sample", origin: str = "") -> Visit:
    reason = None if diseases else Abstention.NO_PRESENT_FINDING
    ranking = Ranking(diseases, "HPO", "2025-01-16", len(case.findings), reason)
    read_at = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)
    return Visit(source, origin, read_at, None, "", case, assessment=Assessment(case, ranking))


def assessed(visit: Visit) -> Assessment:
    assert visit.assessment is not None
    return visit.assessment


def html_of(view: View, language: Language = "en") -> str:
    """Everything that the page shows, in the order of a wide screen."""
    html = notice_html(view, language)
    if not isinstance(view, Visit):
        return html
    html += patient_html(view, language) + findings_html(view, language) + stop_html(view, language)
    return html + ranking_html(view, language) + next_html(view, language) + footer_html(view, KNOWLEDGE, language)


@pytest.mark.parametrize(
    ("nats", "ratio"), [(6.956, "1,000"), (5.69, "300"), (2.51, "12"), (0.47, "1.6"), (-1.0, "0.37"), (-8.0, "0.00034")]
)
def test_odds_factor_has_two_digits(nats: float, ratio: str) -> None:
    assert odds_factor(nats) == ratio


def test_frequencies_are_counts_of_patients() -> None:
    assert frequency_words("45/58", "en") == "45 of 58 patients"
    assert frequency_words("76.3%", "en") == "76.3 of 100 patients"
    assert frequency_words("Frequent (30-79%)", "zh") == "常见，每 100 名患者中 30 至 79 名"
    assert frequency_words("", "en") == "described, frequency not stated"


@pytest.mark.parametrize(
    "kind", ["empty_note", "long_note", "not_utf8", "no_choice", "changed_since", "too_little", "no_date"]
)
def test_the_commonest_mistakes_are_explained_in_the_language_of_the_page(kind: str) -> None:
    told = {lang: error_html(errors.ApprovalError("Technical", kind=kind), lang) for lang in LANGUAGES}
    assert all(t(f"refusal.{kind}", lang) in told[lang] for lang in LANGUAGES)
    assert "Technical" not in "".join(told.values())


class FakeService:
    """Ranks nothing."""

    def review(self, visit: Visit, review: Any) -> Visit:
        if any(finding.status is Status.UNKNOWN for finding in visit.case.findings):
            return replace(visit, assessment=None)
        return opened(visit.case, *[disease()] * len(visit.case.findings))


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        (Case((finding(),)), "ranked"),
        (Case((finding(Status.UNKNOWN),)), "to_review"),
        (Case(()), "abstained"),
        (errors.InputTooLargeError("x"), "input_error"),
        (errors.FhirServerError("x"), "server_error"),
        (errors.SettingsError("x"), "error"),
        (RuntimeError("x"), "error"),
    ],
)
def test_every_reading_is_counted_by_its_outcome(
    result: Case | Exception, outcome: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def read() -> Visit:
        if isinstance(result, Exception):
            raise result
        return opened(result)

    async def events() -> list[Any]:
        return [event async for event in read_visit(service, metrics, "file", read)]

    metrics = Metrics()
    service: Any = FakeService()
    with contextlib.suppress(RuntimeError):  # the page turns it into a reference
        first, *_, last = asyncio.run(events())
        assert first == "read"
        assert isinstance(last, Visit) or last == Problem(result)
    counted = [s.labels for m in metrics.diagnosis_cases.collect() for s in m.samples if s.name.endswith("_total")]
    assert counted == [{"source": "file", "outcome": outcome}]
    assert ("A patient was not read" in caplog.text) == (outcome == "server_error")


def test_closing_it_cancels_the_reading() -> None:
    cancelled = []

    async def read() -> Visit:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise
        raise AssertionError

    async def leave() -> None:
        service: Any = FakeService()
        events = read_visit(service, Metrics(), "server", read)
        assert [await anext(events) for _ in range(2)] == ["read", "read"]
        await events.aclose()
        await asyncio.sleep(0)

    asyncio.run(leave())
    assert cancelled == [True]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_stop_asks_before_anything_is_ranked(language: Language) -> None:
    words = Evidence("DocumentReference/d", "fits <b>", None, 3, 11, "", "He has ", " at night & day.")
    asked = finding(Status.PRESENT, words)
    view = replace(opened(Case((asked,))), assessment=None, stop=Stop((Question(asked, ("sepsis",), 2, True),), 4))
    html = html_of(view, language)
    assert "He has <mark>fits &lt;b&gt;</mark> at night &amp; day." in html
    for key in ("changes_flag", "changes_first", "accept", "right"):
        assert t(f"visit.{key}", language) in html
    assert t("visit.untested", language, count=4) in html
    assert "dx-list" not in html
    assert html.count(f'data-visit="{view.id}"') >= 5
    assert t("visit.stop_one", language) in notice_html(view, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_flag_shows_a_value_once(language: Language) -> None:
    value = used_value(Measurement(Quantity.GLUCOSE, 2.6, None, "text", "Glucose 2.6", 0, 11))
    read_from_it = Used("Hypoglycemia", source="text", phrase="Glucose 2.6")
    told = Used("Drowsiness", source="text", phrase="drowsy")
    html = red_flags_html((RedFlag(RULES[0], Outcome.FIRED, (read_from_it, value, told), ()),), language)
    assert html.count("<q>Glucose 2.6</q>") == 1
    assert "2.6 mmol/L" in html
    assert "Drowsiness" in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_value_of_a_note_can_be_taken_for_misread(language: Language) -> None:
    coma = Measurement(Quantity.GCS, 14, None, "text", f"GCS 14 {HOSTILE}", 9, 15)
    coded = Measurement(Quantity.SYSTOLIC, 95, None, "Observation/1", "BP 95")
    flag = RedFlag(RULES[0], Outcome.FIRED, (used_value(coma), used_value(coded)), ())
    case = Case((), measurements=(coma, coded))
    view = replace(opened(case), assessment=None, stop=Stop(values=(coma,)), red_flags=(flag,))
    html = html_of(view, language)
    assert escape(t("visit.stop_one", language)) in html
    assert html.count('data-do="misread"') == 2  # at the flag and in the question; none for the coded value
    assert html.count('data-do="confirm"') == 1
    assert "<img" not in html
    assert t("quantity.glasgow_coma_scale", language) in html
    misread = replace(opened(case), review=Review().discard(coma.place))
    html = findings_html(misread, language)
    assert t("visit.misread_values", language, count=1) in html
    assert html.count('data-do="undo"') == 1
    assert "<img" not in html


def test_a_stop_without_questions_is_not_shown() -> None:
    assert 'class="dx dx-card dx-stop"' not in html_of(opened(Case((finding(),)), disease()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_common_condition_is_told_in_classes_and_never_in_numbers(language: Language) -> None:
    first = with_condition(visit(), raised=True)
    only = replace(first.assessment.ranking, diseases=first.assessment.ranking.diseases[:1])  # type: ignore[union-attr]
    html = ranking_html(replace(first, assessment=replace(assessed(first), ranking=only)), language)
    assert {"en": "<h3>Epilepsy</h3>", "zh": "<h3>癫痫</h3>"}[language] in html
    assert "ICD-10-CM G40.909" in html
    for key in ("editorial", "editorial_hint", "raised"):
        assert t(f"visit.{key}", language) in html
    said, _, after = t("visit.flags_present", language, signs="|").partition("|")
    assert said in html
    between = {"en": " ", "zh": ""}[language]
    assert f"Status epilepticus</span>{after}{between}{t('visit.raised', language)}" in html
    assert t("visit.speaks_for", language, strength=t("visit.strong", language)) in html
    assert t("visit.speaks_against", language, strength=t("visit.weak", language)) in html
    assert t("visit.common_why", language, supporting=1, opposing=1, unexplained=1) in html
    assert "dx-track" not in html
    assert t("diagnosis.legend_ratio", language) not in html
    assert not re.search(r"\d+[.,]\d", html.replace("G40.909", ""))
    assert "%" not in html
    report = assessment_json(assessed(first))["ranking"]
    told, rare = report["diseases"][:2]
    assert (told["icd10cm"], told["basis"]) == ("G40.909", "editorial, not clinician-reviewed")
    assert told["score"] is None
    assert {c["nats"] for c in (*told["supporting"], *told["opposing"])} == {None}
    assert rare["score"] is not None
    assert report["must_not_miss"] == [{"id": "R1:epilepsy", "red_flags": ["Status epilepticus"]}]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_numbers_of_findings_add_up(language: Language) -> None:
    codes = {"HP:0001250": Status.PRESENT, "HP:0000118": Status.PRESENT, "HP:0001251": Status.ABSENT}
    codes |= {"R1:0485": Status.PRESENT, "HP:0001945": Status.UNKNOWN}
    seen = opened(Case(tuple(Finding(code, code, status, ()) for code, status in codes.items())), disease())
    two = replace(assessed(seen).ranking, findings_used=2)
    html = ranking_html(replace(seen, assessment=replace(assessed(seen), ranking=two)), language)
    parts = [t(f"diagnosis.uncounted_{why}", language, count=1) for why in ("unknown", "implied")]
    others = t("diagnosis.uncounted", language, parts=enumerated(parts, language))
    assert t("diagnosis.order", language, count=5, used=3, others=others) in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_kinds_stand_in_one_order(language: Language) -> None:
    html = ranking_html(with_condition(visit(diseases=7)), language)
    likely, urgent, everything = (html.index(f'id="dx-panel-{name}"') for name in ("likely", "urgent", "all"))
    keys = re.compile(r'data-key="([^"]+)"')
    assert keys.findall(html[likely:urgent]) == ["R1:epilepsy", "OMIM:1", "OMIM:2", "OMIM:3", "OMIM:4"]
    assert keys.findall(html[urgent:everything]) == ["R1:epilepsy"]
    assert keys.findall(html[everything:]) == ["R1:epilepsy", *(f"OMIM:{n}" for n in range(1, 8))]
    assert re.findall(r'dx-place" aria-hidden="true">(\d|·)<', html[everything:]) == list("12345678")


def test_what_must_not_be_missed_is_named_though_it_is_not_listed() -> None:
    seen = visit()
    assert seen.assessment is not None
    ranking = replace(seen.assessment.ranking, urgent=(condition(),))
    html = ranking_html(replace(seen, assessment=Assessment(seen.case, ranking)), "en")
    assert 'aria-hidden="true">·<' in html
    assert "Epilepsy" in html
    assert t("visit.none_urgent", "en") not in html
    assert t("visit.none_urgent", "en") in ranking_html(seen, "en")


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("reason", list(Abstention), ids=str)
def test_without_a_list_the_page_says_why_and_what_would_help(reason: Abstention, language: Language) -> None:
    wide = Finding("HP:0001250", f"Seizure {HOSTILE}", Status.ABSENT, (Evidence("text", "no fits"),))
    narrow = Finding("HP:0007359", "Focal-onset seizure", Status.PRESENT, (Evidence("Condition/c", "focal fits"),))
    conflicts = ((narrow, wide),) if reason is Abstention.CONFLICTING else ()
    seen = opened(Case((narrow, wide)), disease(contribution(1.0)))
    ranking = replace(assessed(seen).ranking, diseases=(), reason=reason, conflicts=conflicts)
    html = ranking_html(replace(seen, assessment=replace(assessed(seen), ranking=ranking)), language)
    assert escape(t(f"abstain.{reason.value}", language)) in html
    assert escape(t(f"abstain.{reason.value}_help", language)) in html
    assert HOSTILE not in html
    settling = re.findall(r'data-do="decide" data-code="(HP:\d+)" data-to="unknown"', html)
    assert set(settling) == ({"HP:0001250", "HP:0007359"} if conflicts else set())


def test_every_value_that_a_rule_asks_for_has_a_name_on_the_page() -> None:
    for quantity in set(QUANTITIES.values()):
        for language in LANGUAGES:
            assert t(f"quantity.{quantity.value.lower().replace(' ', '_')}", language)


def test_no_value_is_followed_by_an_annotation_of_its_unit() -> None:
    shown = {value_words(Used(quantity.value, 9.2)) for quantity in Quantity}
    assert "9.2" in shown
    assert not any("{" in words for words in shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_undelivered_messages_are_told_beside_the_name(language: Language) -> None:
    words = t("unread.undelivered", language)
    case = Case((), patient="Patient/p", unread=(Unread("Patient/p", "undelivered", "2"),))
    banner = html_of(opened(case), language).partition("<dl>")[0]
    assert f"{words} (2)" in banner
    assert words not in html_of(opened(Case((), patient="Patient/p")), language)


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("Abnormal capillary physiology", "Slow capillary refill"),
        ("Deeply set eye", "Sunken or deep-set eyes"),
        ("Seizure", "Seizure"),
    ],
)
def test_a_finding_is_shown_as_clinicians_write_it(label: str, shown: str) -> None:
    assert finding_words(label, "en") == shown
    assert shown in finding_name(label, "en")
    assert finding_words(label, "zh").endswith(shown)

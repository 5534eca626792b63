"""What the diagnosis page shows, and that it shows nothing it must not."""

import asyncio
import contextlib
import itertools
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from adapters.fhir.bundle import MAX_BYTES
from adapters.fhir.measurements import QUANTITIES
from adapters.fhir.reasons import Reason
from apps.diagnosis.assessment import Assessment
from apps.diagnosis.html import Problem, Reading, Source, empty_html, notice_html, result_html, waiting_html
from apps.diagnosis.ranking_html import frequency_words, odds_factor
from apps.diagnosis.report import assessment_json
from apps.diagnosis.ui import _assess, _take
from apps.ui.texts import t
from core import errors
from core.server.metrics import Metrics
from knowledge.medical.case import Case, Evidence, Finding, Kind, Sex, Status, Unread
from knowledge.medical.certificate import Certificate
from knowledge.medical.confidence import Confidence
from knowledge.medical.differential import (
    Basis,
    Contribution,
    MissingFinding,
    NextFinding,
    Pair,
    RankedDisease,
    Ranking,
    TooThin,
)
from knowledge.medical.diseases import _CLASSES
from knowledge.medical.measurements import Quantity
from knowledge.medical.red_flag_rules import RULES
from knowledge.medical.red_flags import Outcome, RedFlag, Used
from knowledge.retrieval.language import Language

LANGUAGES = get_args(Language)
FREQUENCIES = ["3/7", "40%", "76.3%", "", *(text for text, _ in _CLASSES.values())]
HOSTILE = "<img src=x onerror=alert(1)>\"'&${1+1}{{value}}"
KNOWLEDGE: Any = SimpleNamespace(source="HPO", version="2025-01-16", acknowledgement="Uses the HPO & more")


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


def reading(case: Case, *diseases: RankedDisease, source: Source = "sample", origin: str = "") -> Reading:
    reason = None if diseases else TooThin.NO_PRESENT_FINDING
    ranking = Ranking(diseases, "HPO", "2025-01-16", len(case.findings), reason)
    return Reading(Assessment(case, ranking), source, origin, datetime(2026, 3, 1, 9, 5, tzinfo=UTC))


def html_of(view: Reading | Problem | None, language: Language = "en") -> str:
    return notice_html(view, language) + result_html(view, language, KNOWLEDGE)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", [*Reason, "another_person", "script_not_supported"])
def test_every_reason_has_words(reason: str, language: Language) -> None:
    """Those of the adapter, and those of the recogniser in knowledge/medical/entities.py."""
    assert t(f"unread.{reason}", language) in html_of(reading(Case((), unread=(Unread("x", reason),))), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_everything_can_be_shown(language: Language) -> None:
    bars = [contribution(1.0, basis=basis, frequency=text) for basis in Basis for text in FREQUENCIES]
    ages = (None, 0.0, 0.5, 1.9, 2.0, 130.0)
    for sex, age, source in itertools.product(Sex, ages, get_args(Source)):
        case = Case(tuple(finding(status) for status in Status), sex=sex, age_years=age)
        assert "Fit syndrome" in html_of(reading(case, disease(*bars), source=source), language)
    assert empty_html(language)
    assert waiting_html(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_percentage_and_no_score(language: Language) -> None:
    bars = [contribution(1.0, frequency=text) for text in FREQUENCIES]
    html = html_of(reading(Case((finding(),)), replace(disease(*bars), score=61.327)), language)
    assert "%" not in html
    assert "61.3" not in html
    assert not re.search(r"data-score|0\.85", html)


CERTIFICATE = Certificate(Kind.STRUCTURED, 0.8, 0.95, 0.87, 40, 30, 0.15, "0" * 64, "2026-03-01", {})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("right", "key"), [(0.91, "suggestion"), (0.42, "below_threshold")])
def test_a_percentage_stands_only_with_a_certificate(language: Language, right: float, key: str) -> None:
    view = reading(Case((finding(),)), disease(contribution(1.0)))
    certified = replace(view.assessment, certificate=CERTIFICATE, confidence=Confidence(right, 0.06, 0.03))
    html = html_of(replace(view, assessment=certified), language)
    assert f"{round(100 * right)}%" in html
    assert t(f"diagnosis.{key}", language) in html
    assert certified.is_suggestion is (key == "suggestion")
    assert t("diagnosis.no_certificate", language) not in html
    assert t("diagnosis.no_certificate", language) in html_of(view, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_to_look_for_next_and_a_second_disease_are_named(language: Language) -> None:
    view = reading(Case((finding(),)), disease(contribution(1.0)))
    ranking = replace(
        view.assessment.ranking,
        next_finding=NextFinding("HP:0000252", "Microcephaly & more", 0.8),
        pair=Pair(("OMIM:1", "OMIM:2"), ("Fit syndrome", "Other <b>"), ("Ataxia",)),
    )
    html = html_of(replace(view, assessment=replace(view.assessment, ranking=ranking)), language)
    assert "Microcephaly &amp; more" in html
    assert "Other &lt;b&gt;" in html


def test_everything_from_outside_is_escaped() -> None:
    evidence = Evidence(HOSTILE, HOSTILE, cue=HOSTILE)
    case = Case(
        (Finding(HOSTILE, HOSTILE, Status.ABSENT, (evidence,)),),
        name=HOSTILE,
        record_number=HOSTILE,
        unread=(Unread(HOSTILE, Reason.RESOLVED, HOSTILE),),
    )
    texts: dict[str, Any] = dict.fromkeys(("code", "label", "annotation_label", "annotation_code"), HOSTILE)
    bar = contribution(1.0, **texts, references=(HOSTILE,))
    missing = (MissingFinding(HOSTILE, HOSTILE, "", (HOSTILE,)),)
    ranked = replace(disease(bar), id=HOSTILE, name=HOSTILE, missing=missing)
    problem = Problem(errors.InputFormatError(HOSTILE, hint=HOSTILE))
    for language in LANGUAGES:
        html = html_of(reading(case, ranked, source="file", origin=HOSTILE), language) + html_of(problem, language)
        assert "<img" not in html
        assert "alert(1)>" not in html
        assert '"&#x27;' not in html


def test_banner_names_patient_source_and_time() -> None:
    case = Case((), sex=Sex.FEMALE, birth_date=date(2010, 3, 14), age_years=16.1, name="Ada B", record_number="S-1")
    html = html_of(reading(case, source="server", origin="https://host/fhir"))
    for part in ("Ada B", "2010-03-14", "16 years", "female", "S-1", "FHIR server", "https://host/fhir", "09:05 UTC"):
        assert part in html


MEASURED = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
FLAGS = (
    RedFlag(
        RULES[0],
        Outcome.FIRED,
        (
            Used("Fever", None, date(2026, 2, 28), "Condition/c1", "feverish <b>"),
            Used(Quantity.SYSTOLIC.value, 84.0, MEASURED, "Observation/o1", "BP 84/50"),
        ),
        (),
    ),
    RedFlag(RULES[2], Outcome.CANNOT_ASSESS, (), ("age", Quantity.SATURATION.value)),
)


def flagged() -> Reading:
    view = reading(Case((finding(),)), disease())
    return replace(view, assessment=replace(view.assessment, red_flags=FLAGS))


def test_a_red_flag_says_what_why_and_what_to_do() -> None:
    html = html_of(flagged())
    for part in (
        *("Sepsis", "possible, unreviewed", RULES[0].action[0], f'href="{RULES[0].source}"'),
        *("84 mmHg", "2026-03-01 08:30", "Observation/o1", "feverish &lt;b&gt;", "2026-02-28"),
        "Acute coronary syndrome: cannot assess, not known: age, oxygen saturation",
    ):
        assert part in html
    assert html.index("dx-banner") < html.index("dx-flags") < html.index("dx-findings")


def test_a_red_flag_speaks_chinese() -> None:
    html = html_of(flagged(), "zh")
    for part in ("脓毒症", RULES[0].action[1], "收缩压 84 mmHg", "急性冠脉综合征：无法判断，缺少：年龄、血氧饱和度"):
        assert part in html


def test_without_red_flags_nothing_of_them_is_shown() -> None:
    assert "dx-flags" not in html_of(reading(Case((finding(),)), disease()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_that_a_rule_asks_for_has_its_name(language: Language) -> None:
    for quantity in QUANTITIES.values():
        assert t(f"quantity.{quantity.lower().replace(' ', '_')}", language)


def test_red_flags_are_in_the_json() -> None:
    fired, open_one = assessment_json(flagged().assessment)["red_flags"]
    assert (fired["id"], fired["outcome"], fired["reviewed"]) == ("sepsis", "fired", False)
    assert fired["because"][1] == {
        "what": "systolic blood pressure",
        "value": 84.0,
        "unit": "mm[Hg]",
        "time": "2026-03-01T08:30:00+00:00",
        "source": "Observation/o1",
        "phrase": "BP 84/50",
    }
    assert (open_one["outcome"], open_one["missing"]) == ("cannot_assess", ["age", "oxygen saturation"])


def test_a_finding_shows_code_words_cue_source_and_date() -> None:
    places = [Evidence(f"Condition/c{n}", f"fit {n}", date(2020 + n, 1, 1), cue="denies") for n in range(5)]
    html = html_of(reading(Case((finding(Status.ABSENT, *places),))))
    for part in ("HP:0001250", "fit 4", "denies", "Condition/c4", "2024-01-01", "and in 2 more places"):
        assert part in html
    assert html.index("fit 4") < html.index("fit 3"), "newest first"
    assert "fit 1" not in html


def test_long_lists_of_the_unread_are_cut_and_counted() -> None:
    unread = tuple(Unread(f"Observation/o{n}", Reason.NO_VALUE) for n in range(100))
    html = html_of(reading(Case((), unread=unread)))
    assert "What was not used (100)" in html
    assert "70 more" in html
    assert html.count("Observation/o") == 30


def test_bars_share_one_scale() -> None:
    """The longest to each side fill the track together, whichever disease they belong to."""
    first = disease(contribution(6.0), contribution(3.0))
    second = disease(contribution(-2.0, status=Status.ABSENT))
    html = html_of(reading(Case((finding(),)), first, second))
    sizes = re.findall(r'class="dx-(for|against)" style="--size:([\d.]+)"', html)
    assert sizes == [("for", "0.750"), ("for", "0.375"), ("against", "0.250")]
    assert set(re.findall(r"--axis:([\d.]+)", html)) == {"0.250"}
    assert 'aria-label="speaks for it, odds times 400"' in html
    assert 'aria-label="speaks against it, odds times 0.14"' in html


def test_only_the_first_disease_is_open_and_headings_are_in_order() -> None:
    diseases = [disease(contribution(2.0), name=f"Disease {n}") for n in range(3)]
    html = html_of(
        reading(Case((finding(), finding(Status.UNKNOWN)), unread=(Unread("x", "not_used", "2"),)), *diseases)
    )
    ranking = html[html.index('class="dx-ranking"') :]
    assert ranking.count("<details open>") == 1
    assert ranking.index("Disease 0") < ranking.index("<details open>") < ranking.index("Disease 1")
    levels = [int(level) for level in re.findall(r"<h([1-6])", html)]
    assert levels[0] == 2
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_a_case_too_thin_says_what_would_help() -> None:
    html = html_of(reading(Case((finding(Status.ABSENT),))))
    assert "no finding is present" in html
    assert "Absent (1)" in html
    assert "dx-list" not in html


KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.R1Error)]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_says_what_to_do_in_both_languages(kind: type[errors.R1Error]) -> None:
    problem = Problem(kind("It broke", hint="Do that"))
    english, chinese = notice_html(problem, "en"), notice_html(problem, "zh")
    for html in (english, chinese):
        assert 'role="alert"' in html
        assert "It broke. Do that." in html
    assert re.search("[一-鿿]{5}", chinese)
    assert not re.search("[一-鿿]", english)


def test_the_kind_of_error_decides_the_chinese_sentence() -> None:
    server = notice_html(Problem(errors.FhirServerError("x", status=500)), "zh")
    version = notice_html(Problem(errors.FhirVersionError("x")), "zh")
    assert t("diagnosis.error_server", "zh") in server
    assert t("diagnosis.error_version", "zh") in version


def test_an_unexpected_failure_shows_its_reference() -> None:
    assert "c0ffee" in notice_html(Problem(reference="c0ffee"), "en")
    assert "dx-banner" not in html_of(Problem(reference="c0ffee"))


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


class FakeService:
    """Ranks nothing."""

    def assess(self, case: Case, limit: int) -> Assessment:
        return reading(case, *[disease()] * len(case.findings)).assessment


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        (Case((finding(),)), "ranked"),
        (Case(()), "too_thin"),
        (errors.InputTooLargeError("x"), "input_error"),
        (errors.FhirServerError("x"), "server_error"),
        (errors.SettingsError("x"), "error"),
        (RuntimeError("x"), "error"),
    ],
)
def test_every_reading_is_counted_by_its_outcome(result: Case | Exception, outcome: str) -> None:
    async def read() -> Case:
        if isinstance(result, Exception):
            raise result
        return result

    metrics = Metrics()
    service: Any = FakeService()
    with contextlib.suppress(RuntimeError):  # the page turns it into a reference
        shown = asyncio.run(_assess(service, metrics, "file", "x.json", read))
        assert isinstance(shown, Reading) or shown == Problem(result)
    counted = [s.labels for m in metrics.diagnosis_cases.collect() for s in m.samples if s.name.endswith("_total")]
    assert counted == [{"source": "file", "outcome": outcome}]


def test_an_upload_is_deleted_as_soon_as_it_is_read(tmp_path: Path) -> None:
    upload = tmp_path / "hash" / "patient.json"
    upload.parent.mkdir()
    upload.write_bytes(b"{}")
    assert _take(upload) == b"{}"
    assert not upload.parent.exists()


def test_of_an_upload_over_the_limit_only_as_much_is_read_as_shows_it(tmp_path: Path) -> None:
    upload = tmp_path / "patient.json"
    with upload.open("wb") as file:
        file.truncate(MAX_BYTES + 1000)
    assert len(_take(upload)) == MAX_BYTES + 1
    assert not upload.exists()

"""Rules fire on what they should, and say what they rest on and what they lack."""

import datetime as dt
import re
from dataclasses import replace

import pytest

from knowledge.medical.case import Case, Evidence, Finding, Sex, Status
from knowledge.medical.common import load_common
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.measurements import Measurement, Quantity
from knowledge.medical.red_flag_rules import RULES
from knowledge.medical.red_flags import Outcome, RedFlag, RedFlags

NOW = dt.datetime(2024, 5, 6, 12, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def rules(medical: MedicalKnowledge) -> RedFlags:
    return RedFlags(RULES, load_common(), medical.ontology)


def fever() -> Case:
    return Case((Finding("HP:0001945", "Fever", Status.PRESENT, (Evidence("text", "feverish"),)),))


def values(**numbers: float) -> tuple[Measurement, ...]:
    return tuple(Measurement(Quantity[name], value) for name, value in numbers.items())


def flag(flags: tuple[RedFlag, ...], rule: str) -> RedFlag:
    return next(f for f in flags if f.rule.id == rule)


def test_a_rule_fires_and_says_why(rules: RedFlags) -> None:
    sepsis = flag(rules.assess(replace(fever(), measurements=values(SYSTOLIC=88, RESPIRATORY_RATE=26))), "sepsis")
    assert sepsis.outcome is Outcome.FIRED
    assert {(u.what, u.value) for u in sepsis.because} == {
        ("Fever", None),
        ("systolic blood pressure", 88),
        ("respiratory rate", 26),
    }
    assert next(u for u in sepsis.because if u.what == "Fever").phrase == "feverish"


def test_a_missing_value_that_decides_is_named(rules: RedFlags) -> None:
    sepsis = flag(rules.assess(replace(fever(), measurements=values(RESPIRATORY_RATE=26))), "sepsis")
    assert sepsis.outcome is Outcome.CANNOT_ASSESS
    assert "systolic blood pressure" in sepsis.missing
    assert "respiratory rate" not in sepsis.missing


def test_a_missing_value_that_does_not_decide_is_no_matter(rules: RedFlags) -> None:
    sepsis = flag(rules.assess(replace(fever(), measurements=values(RESPIRATORY_RATE=16, SYSTOLIC=120))), "sepsis")
    assert sepsis.outcome is Outcome.NOT_FIRED
    assert (sepsis.because, sepsis.missing) == ((), ())


def test_nobody_is_in_an_emergency_without_a_sign(rules: RedFlags) -> None:
    assert {f.outcome for f in rules.assess(Case(()))} == {Outcome.NOT_FIRED}


def test_values_older_than_the_window_do_not_count(rules: RedFlags) -> None:
    old = [Measurement(Quantity.SYSTOLIC, 70, NOW - dt.timedelta(days=3))]
    new = [Measurement(Quantity.SYSTOLIC, 70, NOW - dt.timedelta(hours=1))]
    assert flag(rules.assess(Case((), measurements=tuple(old)), now=NOW), "shock").outcome is Outcome.NOT_FIRED
    fired = flag(rules.assess(Case((), measurements=tuple(new)), now=NOW), "shock")
    assert fired.outcome is Outcome.FIRED
    assert fired.because[0].time == new[0].time


def test_the_latest_value_counts(rules: RedFlags) -> None:
    two = [
        Measurement(Quantity.SYSTOLIC, 120, NOW),
        Measurement(Quantity.SYSTOLIC, 70, NOW - dt.timedelta(hours=1)),
    ]
    for order in (two, two[::-1]):
        assert flag(rules.assess(Case((), measurements=tuple(order)), now=NOW), "shock").outcome is Outcome.NOT_FIRED


def test_age_counts(rules: RedFlags) -> None:
    baby = Case(fever().findings, age_years=0.1)
    adult = Case(fever().findings, age_years=30)
    assert flag(rules.assess(baby), "fever-in-a-young-infant").outcome is Outcome.FIRED
    assert flag(rules.assess(adult), "fever-in-a-young-infant").outcome is Outcome.NOT_FIRED
    unknown = flag(rules.assess(fever()), "fever-in-a-young-infant")
    assert (unknown.outcome, unknown.missing) == (Outcome.CANNOT_ASSESS, ("age",))


@pytest.mark.parametrize(
    ("age", "pressure", "outcome"),
    [
        (0.02, 68, Outcome.NOT_FIRED),  # a healthy newborn
        (0.02, 55, Outcome.FIRED),
        (0.5, 72, Outcome.NOT_FIRED),
        (0.5, 65, Outcome.FIRED),
        (4, 80, Outcome.NOT_FIRED),
        (4, 77, Outcome.FIRED),  # below 70 + 2 x 4
        (12, 92, Outcome.NOT_FIRED),
        (12, 85, Outcome.FIRED),
        (40, 92, Outcome.NOT_FIRED),
        (40, 85, Outcome.FIRED),
        (None, 85, Outcome.FIRED),
    ],
)
def test_a_pressure_is_low_for_an_age(rules: RedFlags, age: float | None, pressure: float, outcome: Outcome) -> None:
    case = Case((), age_years=age, measurements=values(SYSTOLIC=pressure))
    assert flag(rules.assess(case), "shock").outcome is outcome


@pytest.mark.parametrize(
    ("age", "rate", "pressure", "outcome"),
    [
        (1, 34, 92, Outcome.NOT_FIRED),
        (2, 28, 95, Outcome.NOT_FIRED),
        (3, 50, 70, Outcome.FIRED),
        (0.3, 60, 60, Outcome.FIRED),
        (8, 30, 84, Outcome.FIRED),
        (14, 26, 95, Outcome.CANNOT_ASSESS),  # the coma scale would decide
        (70, 24, 95, Outcome.FIRED),
        (None, 24, 95, Outcome.FIRED),
    ],
)
def test_sepsis_counts_by_age(
    rules: RedFlags, age: float | None, rate: float, pressure: float, outcome: Outcome
) -> None:
    case = replace(fever(), age_years=age, measurements=values(RESPIRATORY_RATE=rate, SYSTOLIC=pressure))
    assert flag(rules.assess(case), "sepsis").outcome is outcome


@pytest.mark.parametrize(("days", "outcome"), [(1, Outcome.FIRED), (30, Outcome.NOT_FIRED)])
def test_a_finding_of_long_ago_is_no_emergency(rules: RedFlags, days: int, outcome: Outcome) -> None:
    evidence = Evidence("Condition/c", "feverish", NOW.date() - dt.timedelta(days=days))
    baby = Case((Finding("HP:0001945", "Fever", Status.PRESENT, (evidence,)),), age_years=0.1)
    assert flag(rules.assess(baby, now=NOW), "fever-in-a-young-infant").outcome is outcome


def test_a_value_of_a_day_counts_from_its_end(rules: RedFlags) -> None:
    for days, outcome in ((1, Outcome.FIRED), (2, Outcome.NOT_FIRED)):
        low = Measurement(Quantity.SYSTOLIC, 70, NOW.date() - dt.timedelta(days=days))
        assert flag(rules.assess(Case((), measurements=(low,)), now=NOW), "shock").outcome is outcome


@pytest.mark.parametrize("pregnant", [True, False, None])
def test_pregnancy_counts(rules: RedFlags, pregnant: bool | None) -> None:
    woman = Case((), sex=Sex.FEMALE, age_years=30, measurements=values(SYSTOLIC=170), pregnant=pregnant)
    outcome = flag(rules.assess(woman), "pre-eclampsia").outcome
    assert outcome is {True: Outcome.FIRED, False: Outcome.NOT_FIRED, None: Outcome.CANNOT_ASSESS}[pregnant]


def test_every_rule_has_its_texts_and_a_source() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES) >= 20
    for rule in RULES:
        assert rule.source.startswith("https://")
        for english, chinese in (rule.name, rule.action):
            assert english
            assert re.search(r"[\u4e00-\u9fff]", chinese)


def test_a_hypertensive_emergency_begins_above_180_over_120(rules: RedFlags) -> None:
    headache = Case((Finding("HP:0002315", "Headache", Status.PRESENT, (Evidence("text", "headache"),)),))
    outcomes = {
        pressure: flag(
            rules.assess(replace(headache, measurements=values(SYSTOLIC=pressure[0], DIASTOLIC=pressure[1]))),
            "hypertensive-emergency",
        ).outcome
        for pressure in ((180, 120), (181, 100), (170, 121))
    }
    assert list(outcomes.values()) == [Outcome.NOT_FIRED, Outcome.FIRED, Outcome.FIRED]


def test_a_rule_says_whether_its_source_was_checked() -> None:
    checked = {rule.id for rule in RULES if rule.checked}
    assert {"sepsis", "stroke", "anaphylaxis"} <= checked
    assert "testicular-torsion" not in checked

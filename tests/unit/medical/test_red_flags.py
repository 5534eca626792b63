"""Rules fire on what they should, and say what they rest on and what they lack."""

import datetime as dt
import re
from dataclasses import replace

import pytest

from knowledge.medical.case import Case, Evidence, Finding, Sex, Status, Unread
from knowledge.medical.common import load_common
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.measurements import Measurement, Quantity
from knowledge.medical.notes.context.children import CHILD_OF_UNKNOWN_AGE
from knowledge.medical.notes.context.person import AFTER_BIRTH, IN_LABOUR
from knowledge.medical.red_flag_rules import RULES
from knowledge.medical.red_flags import Has, Outcome, RedFlag, RedFlags, Rule, Situation

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
    told = {(used.what, used.value) for used in sepsis.looked_at}
    assert {(Quantity.RESPIRATORY_RATE.value, 16), (Quantity.SYSTOLIC.value, 120), ("Fever", None)} <= told


def test_a_long_note_is_told_once_for_all_rules(rules: RedFlags) -> None:
    pulses = tuple(Measurement(Quantity.HEART_RATE, 90, phrase="HR 90", start=at, end=at + 5) for at in range(100))
    told = [used for f in rules.assess(Case((), measurements=pulses)) for used in f.looked_at]
    assert len(told) > len({id(used) for used in told}) == len(pulses)


@pytest.mark.parametrize(("percent", "outcome"), [(28, Outcome.FIRED), (6, Outcome.NOT_FIRED)])
def test_carbon_monoxide_is_told_by_its_share_of_the_blood(rules: RedFlags, percent: float, outcome: Outcome) -> None:
    case = Case((), measurements=values(CARBOXYHEMOGLOBIN=percent))
    assert flag(rules.assess(case), "carbon-monoxide-poisoning").outcome is outcome


def test_nobody_is_in_an_emergency_without_a_sign(rules: RedFlags) -> None:
    assert {(f.outcome, f.looked_at) for f in rules.assess(Case(()))} == {(Outcome.NOT_FIRED, ())}


def test_values_older_than_the_window_do_not_count(rules: RedFlags) -> None:
    old = [Measurement(Quantity.SYSTOLIC, 70, NOW - dt.timedelta(days=3))]
    new = [Measurement(Quantity.SYSTOLIC, 70, NOW - dt.timedelta(hours=1))]
    too_old = flag(rules.assess(Case((), measurements=tuple(old)), now=NOW), "shock")
    assert (too_old.outcome, too_old.looked_at) == (Outcome.NOT_FIRED, ())
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
    ("age", "pressure", "outcome"),
    [
        (None, 78, Outcome.CANNOT_ASSESS),  # low from four years on
        (None, 58, Outcome.FIRED),  # at any age
        (None, 95, Outcome.NOT_FIRED),
        (40, 78, Outcome.FIRED),
    ],
)
def test_a_child_of_unknown_age_is_not_taken_for_an_adult(
    rules: RedFlags, age: float | None, pressure: float, outcome: Outcome
) -> None:
    told = (Unread("text", CHILD_OF_UNKNOWN_AGE, "Infant"),)
    shock = flag(rules.assess(Case((), age_years=age, measurements=values(SYSTOLIC=pressure), unread=told)), "shock")
    assert shock.outcome is outcome
    assert ("age" in shock.missing) is (outcome is Outcome.CANNOT_ASSESS)


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


TODAY = NOW.date()
CHINA = dt.timezone(dt.timedelta(hours=8))


def hours_ago(hours: float) -> dt.datetime:
    return NOW - dt.timedelta(hours=hours)


@pytest.mark.parametrize(
    ("one", "other", "outcome"),
    [  # time and potassium of two values
        ((hours_ago(4), 4.1), (hours_ago(1), 7.2), Outcome.FIRED),
        ((hours_ago(4), 7.2), (hours_ago(1), 4.1), Outcome.NOT_FIRED),
        ((TODAY, 4.1), (hours_ago(1), 7.2), Outcome.FIRED),  # a day does not outdo a moment within it
        ((TODAY, 7.2), (hours_ago(1), 4.1), Outcome.FIRED),  # nor the other way round: it may have been later
        ((TODAY - dt.timedelta(days=1), 7.2), (hours_ago(1), 4.1), Outcome.NOT_FIRED),
        ((TODAY - dt.timedelta(days=1), 4.1), (hours_ago(1), 7.2), Outcome.FIRED),
        ((TODAY, 7.2), (hours_ago(13), 4.1), Outcome.FIRED),  # the evening before
        ((TODAY, 4.1), (hours_ago(13), 7.2), Outcome.NOT_FIRED),
        # The day of a moment is that of its zone: 7 o'clock in Shanghai, the evening before in Greenwich.
        ((TODAY, 4.1), (dt.datetime(2024, 5, 6, 7, tzinfo=CHINA), 7.2), Outcome.FIRED),
        ((hours_ago(1), 4.1), (hours_ago(1), 7.2), Outcome.FIRED),  # a tie: what fires counts
        ((TODAY, 7.2), (TODAY, 4.1), Outcome.FIRED),
        ((None, 7.2), (None, 4.1), Outcome.FIRED),
        ((None, 7.2), (hours_ago(1), 4.1), Outcome.NOT_FIRED),
        ((None, 4.1), (hours_ago(1), 7.2), Outcome.FIRED),
        # A year that was mistyped neither fires nor hides what does; a wrong zone hides nothing.
        ((NOW.replace(year=2027), 4.1), (hours_ago(1), 7.2), Outcome.FIRED),
        ((NOW.replace(year=2027), 7.2), (hours_ago(1), 4.1), Outcome.NOT_FIRED),
        ((TODAY.replace(year=2027), 7.2), (hours_ago(1), 4.1), Outcome.NOT_FIRED),
        ((hours_ago(-8), 7.2), (hours_ago(1), 4.1), Outcome.FIRED),
    ],
)
def test_which_value_is_the_latest(
    rules: RedFlags, one: tuple[dt.date | None, float], other: tuple[dt.date | None, float], outcome: Outcome
) -> None:
    two = [Measurement(Quantity.POTASSIUM, value, time) for time, value in (one, other)]
    for order in (two, two[::-1]):
        assert flag(rules.assess(Case((), measurements=tuple(order)), now=NOW), "hyperkalemia").outcome is outcome


def days_ago(days: int, phrase: str = "words", *, past: bool = False) -> Evidence:
    return Evidence("DocumentReference/n", phrase, TODAY - dt.timedelta(days=days), 3, 8, is_past=past)


def diabetes(*evidence: Evidence) -> Finding:
    return Finding("HP:0100651", "Type I diabetes mellitus", Status.PRESENT, evidence)


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence("Condition/c", "T1DM", dt.date(2015, 1, 1)),
        days_ago(400),
        days_ago(1, past=True),  # history of diabetes
        Evidence("text", "T1DM", is_past=True),
    ],
)
def test_diabetes_stays(rules: RedFlags, evidence: Evidence) -> None:
    case = Case((diabetes(evidence),), measurements=values(KETONES=5.2, PH=7.12))
    assert flag(rules.assess(case, now=NOW), "diabetic-ketoacidosis").outcome is Outcome.FIRED


@pytest.mark.parametrize("is_past", [False, True])
def test_diabetes_stays_of_its_type(rules: RedFlags, is_past: bool) -> None:
    """With type 2 any illness makes both fast breathing and some glucose."""
    known = Finding(
        "HP:0005978", "Type II diabetes mellitus", Status.PRESENT, (Evidence("text", "T2DM", is_past=is_past),)
    )
    fast = Finding("HP:0002789", "Tachypnea", Status.PRESENT, (Evidence("text", "RR 22"),))
    case = Case((known, fast), measurements=values(GLUCOSE=11.2))
    assert flag(rules.assess(case, now=NOW), "diabetic-ketoacidosis").outcome is not Outcome.FIRED


@pytest.fixture(scope="module")
def seizures(medical: MedicalKnowledge) -> RedFlags:
    rule = Rule(
        "seizures", ("Seizures", "癫痫"), ("Benzodiazepine", "苯二氮䓬类药物"), Has(("HP:0001250",)), "https://x.org"
    )
    return RedFlags([rule], load_common(), medical.ontology)


def seizure(*evidence: Evidence) -> Case:
    return Case((Finding("HP:0001250", "Seizure", Status.PRESENT, evidence),))


def test_what_is_only_history_is_no_emergency(seizures: RedFlags) -> None:
    past, current = Evidence("text", "fits in 2015", is_past=True), Evidence("text", "fits")
    for evidence, outcome in (
        ([past], Outcome.NOT_FIRED),
        ([past, days_ago(30)], Outcome.NOT_FIRED),
        ([past, current], Outcome.FIRED),
        ([current], Outcome.FIRED),
    ):
        assert seizures.assess(seizure(*evidence), now=NOW)[0].outcome is outcome


def test_a_pressure_of_last_year_is_no_hypertension_now(rules: RedFlags) -> None:
    old = Measurement(Quantity.SYSTOLIC, 150, NOW - dt.timedelta(days=300), "DocumentReference/n", "BP 150/95", 3, 12)
    headache = Finding("HP:0002315", "Headache", Status.PRESENT, (Evidence("text", "headache"),))
    woman = Case((), Sex.FEMALE, age_years=30, measurements=(old, *values(SYSTOLIC=112, DIASTOLIC=70)), pregnant=True)
    for evidence, outcome in (
        (Evidence("DocumentReference/n", "BP 150/95", old.time, 3, 12), Outcome.NOT_FIRED),
        (Evidence("Condition/h", "Essential hypertension", dt.date(2015, 1, 1)), Outcome.FIRED),
    ):
        hypertension = Finding("HP:0000822", "Hypertension", Status.PRESENT, (evidence,))
        case = replace(woman, findings=(hypertension, headache))
        assert flag(rules.assess(case, now=NOW), "pre-eclampsia").outcome is outcome


def test_a_flag_shows_the_newest_evidence_that_counts(seizures: RedFlags) -> None:
    evidence = (days_ago(2000), days_ago(0, "past", past=True), days_ago(3), days_ago(1, "newest"))
    (used,) = seizures.assess(seizure(*evidence), now=NOW)[0].because
    assert (used.phrase, used.time) == ("newest", TODAY - dt.timedelta(days=1))


def test_a_value_of_a_text_says_where_it_stands(rules: RedFlags) -> None:
    typed = Measurement(Quantity.SYSTOLIC, 70, None, "text", "BP 70/40", 3, 11)
    coded = replace(typed, source="Observation/o", start=None, end=None)
    places = [flag(rules.assess(Case((), measurements=(m,))), "shock").because[0].place for m in (typed, coded)]
    assert places == ["text 3-11 BP 70/40", ""]


@pytest.mark.parametrize(
    ("source", "low", "outcome"),
    [("text", 88, Outcome.NOT_FIRED), ("text", 140, Outcome.FIRED), ("another note", 88, Outcome.FIRED)],
)
def test_a_fall_on_standing_is_no_shock(rules: RedFlags, source: str, low: float, outcome: Outcome) -> None:
    upright = Measurement(Quantity.SYSTOLIC, low, None, "text", "standing 88/50", 20, 34)
    lying = Measurement(Quantity.SYSTOLIC, 228 - low, None, source, "BP lying 140/80", 3, 18)
    assert flag(rules.assess(Case((), measurements=(lying, upright))), "shock").outcome is outcome


@pytest.mark.parametrize(
    ("gestation", "fires"),
    [
        (None, {"ectopic-pregnancy"}),
        (7, {"ectopic-pregnancy"}),
        (35, {"antepartum-hemorrhage", "pre-eclampsia"}),
        (AFTER_BIRTH, {"pre-eclampsia"}),
        (IN_LABOUR, {"antepartum-hemorrhage", "pre-eclampsia"}),
    ],
)
def test_how_far_a_pregnancy_is_counts(gestation: int | None, fires: set[str]) -> None:
    signs = {"HP:0002027": "Abdominal pain", "HP:0034263": "Abnormal vaginal bleeding"}
    present = {code: Finding(code, name, Status.PRESENT, ()) for code, name in signs.items()}
    pressure = {value.quantity: [value] for value in values(SYSTOLIC=120 if (gestation or 0) < 20 else 170)}
    situation = Situation(present, pressure, 30, Sex.FEMALE, pregnant=True, gestation=gestation)
    ours = {"ectopic-pregnancy", "antepartum-hemorrhage", "pre-eclampsia"}
    assert {rule.id for rule in RULES if rule.id in ours and rule.when.judge(situation).holds} == fires


def test_one_unspecific_finding_is_no_reason_to_ask(rules: RedFlags) -> None:
    """A headache without a pressure, and whether somebody of unknown sex is pregnant."""
    headache = Finding("HP:0002315", "Headache", Status.PRESENT, (Evidence("text", "headache"),))
    lone = rules.assess(Case((headache,)))
    assert {f.rule.id for f in lone if f.outcome is Outcome.CANNOT_ASSESS} == set()
    high = Case((), measurements=values(SYSTOLIC=170))
    assert flag(rules.assess(high), "pre-eclampsia").outcome is Outcome.NOT_FIRED
    woman = replace(high, sex=Sex.FEMALE, age_years=30)
    assert flag(rules.assess(woman), "pre-eclampsia").missing == ("pregnancy",)


def test_one_high_value_is_a_reason_to_ask(rules: RedFlags) -> None:
    flags = rules.assess(Case((), age_years=40, measurements=values(GLUCOSE=31.4)))
    assert flag(flags, "diabetic-ketoacidosis").outcome is Outcome.CANNOT_ASSESS


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

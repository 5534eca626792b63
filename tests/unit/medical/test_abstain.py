"""No list from findings that contradict each other, nor one that explains nothing."""

from dataclasses import replace
from datetime import date

import pytest

from knowledge.medical.abstain import contradictions, set_aside, withheld
from knowledge.medical.case import Case, Evidence, Finding, Status
from knowledge.medical.differential import Abstention, Basis
from knowledge.medical.joint import JointDifferential
from knowledge.medical.knowledge import MedicalKnowledge

NARROW, WIDE = "HP:0002373", "HP:0001250"  # febrile seizure, seizure


def finding(code: str, status: Status, day: date | None = None) -> Finding:
    return Finding(code, code, status, (Evidence("text", "", day),))


def case(narrow: date | None = None, wide: date | None = None) -> Case:
    return Case((finding(WIDE, Status.ABSENT, wide), finding(NARROW, Status.PRESENT, narrow)))


def test_findings_that_cannot_both_be_true_give_no_list(medical: MedicalKnowledge) -> None:
    ranking = JointDifferential(medical).rank(case())
    assert ranking.diseases
    told = withheld(ranking, case(), medical.ontology)
    assert told.reason is Abstention.CONFLICTING
    assert (told.diseases, told.pair, told.next_finding) == ((), None, None)
    assert told.urgent == ranking.urgent
    assert [(present.code, absent.code) for present, absent in told.conflicts] == [(NARROW, WIDE)]


def test_either_in_doubt_settles_it(medical: MedicalKnowledge) -> None:
    for number in (0, 1):
        findings = list(case().findings)
        findings[number] = replace(findings[number], status=Status.UNKNOWN)
        assert contradictions(Case(tuple(findings)), medical.ontology) == ()


@pytest.mark.parametrize(
    ("narrow", "wide", "contradict"),
    [
        (date(2024, 1, 1), date(2020, 1, 1), False),
        (date(2020, 1, 1), date(2024, 1, 1), False),
        (date(2024, 1, 1), date(2024, 1, 1), True),
        (date(2024, 1, 1), None, True),
    ],
)
def test_what_came_or_went_is_no_contradiction(
    medical: MedicalKnowledge, narrow: date | None, wide: date | None, contradict: bool
) -> None:
    assert bool(contradictions(case(narrow, wide), medical.ontology)) is contradict


def test_what_is_long_over_is_no_contradiction(medical: MedicalKnowledge) -> None:
    (absent, present), (evidence,) = case().findings, case().findings[1].evidence
    past = replace(evidence, is_past=True)
    assert contradictions(Case((absent, replace(present, evidence=(past,)))), medical.ontology) == ()
    assert contradictions(Case((absent, replace(present, evidence=(past, evidence)))), medical.ontology)


def test_the_other_way_round_is_none(medical: MedicalKnowledge) -> None:
    wider_present = Case((finding(WIDE, Status.PRESENT), finding(NARROW, Status.ABSENT)))
    assert contradictions(wider_present, medical.ontology) == ()


def test_a_list_that_explains_nothing_is_withheld(medical: MedicalKnowledge) -> None:
    fits = Case((finding("HP:0001250", Status.PRESENT),))
    ranking = JointDifferential(medical).rank(fits)
    shown = withheld(ranking, fits, medical.ontology).diseases
    assert shown
    assert {d.id for d in shown} < {d.id for d in ranking.diseases}  # who only is common is left out
    blind = [replace(d, supporting=tuple(replace(c, basis=Basis.ANCESTOR) for c in d.supporting)) for d in shown]
    told = withheld(replace(ranking, diseases=tuple(blind)), fits, medical.ontology)
    assert told.reason is Abstention.OUT_OF_SCOPE
    assert told.diseases == ()
    told = withheld(replace(ranking, diseases=(*blind[1:], *shown)), fits, medical.ontology)
    assert told.diseases == shown


def test_a_case_that_is_too_thin_stays_so(medical: MedicalKnowledge) -> None:
    ranking = JointDifferential(medical).rank(Case(()))
    assert withheld(ranking, Case(()), medical.ontology).reason is Abstention.NO_PRESENT_FINDING


@pytest.mark.parametrize(
    ("status", "reason"),
    [(Status.PRESENT, Abstention.OUT_OF_SCOPE), (Status.UNKNOWN, Abstention.NO_PRESENT_FINDING)],
)
def test_a_finding_of_no_disease_is_not_called_missing(
    medical: MedicalKnowledge, status: Status, reason: Abstention
) -> None:
    smokes = Case((finding("R1:0181", status),))
    assert withheld(JointDifferential(medical).rank(smokes), smokes, medical.ontology).reason is reason


NOTE = Evidence("DocumentReference/n", "seizures", start=3, end=11)
OTHER_NOTE = Evidence("DocumentReference/o", "fits", start=0, end=4)
CODED, SAID = Evidence("Condition/c", "Febrile seizure"), Evidence("clinician", "Seizure")


@pytest.mark.parametrize(
    ("absent", "present", "outweighed"),
    [
        ([NOTE], [CODED], True),
        ([NOTE], [OTHER_NOTE], True),
        ([NOTE], [NOTE, SAID], True),
        ([NOTE], [NOTE], False),  # one note says both
        ([NOTE, OTHER_NOTE], [OTHER_NOTE], False),
        ([CODED], [NOTE], False),
        ([NOTE, SAID], [CODED], False),
        ([], [CODED], False),
    ],
)
def test_a_notes_general_no_is_set_aside_when_something_else_says_yes(
    medical: MedicalKnowledge, absent: list[Evidence], present: list[Evidence], outweighed: bool
) -> None:
    wide = Finding(WIDE, WIDE, Status.ABSENT, tuple(absent))
    narrow = Finding(NARROW, NARROW, Status.PRESENT, tuple(present))
    weighed, doubts = set_aside(Case((wide, narrow)), medical.ontology)
    assert doubts == (((narrow, wide),) if outweighed else ())
    assert weighed.findings == (replace(wide, status=Status.UNKNOWN) if outweighed else wide, narrow)
    ranking = withheld(JointDifferential(medical).rank(weighed), weighed, medical.ontology)
    assert ranking.reason is (None if outweighed else Abstention.CONFLICTING)


def test_what_came_or_went_is_not_set_aside(medical: MedicalKnowledge) -> None:
    later = replace(NOTE, date=date(2024, 1, 1))
    wide = Finding(WIDE, WIDE, Status.ABSENT, (later,))
    narrow = Finding(NARROW, NARROW, Status.PRESENT, (replace(CODED, date=date(2020, 1, 1)),))
    both = Case((wide, narrow))
    assert set_aside(both, medical.ontology) == (both, ())

"""How the common conditions rank a case."""

from dataclasses import replace

import pytest

from knowledge.medical.case import Case, Finding, Sex, Status, Unread
from knowledge.medical.common import load_common
from knowledge.medical.common.rank import BITS, CommonContribution, CommonRanker, RankedCondition
from knowledge.medical.common.schema import Alike, FindingRef, Strength
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.notes.context.children import CHILD_OF_UNKNOWN_AGE
from knowledge.medical.notes.context.person import AFTER_BIRTH, IN_LABOUR

from .conftest import TERMS


def case(*present: str, absent: tuple[str, ...] = (), **person: object) -> Case:
    findings = [Finding(f"HP:{code}", "", Status.PRESENT, ()) for code in present]
    findings += [Finding(f"HP:{code}", "", Status.ABSENT, ()) for code in absent]
    return Case(tuple(findings), **person)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def ranker(medical: MedicalKnowledge) -> CommonRanker:
    return CommonRanker(load_common(), medical.ontology)


@pytest.mark.parametrize(
    ("codes", "person", "first", "behind"),
    [
        ("R1:0189 HP:0000822", (32.0, Sex.FEMALE), "pre-eclampsia", "eclampsia"),
        ("R1:0189 HP:0000822 HP:0001250", (32.0, Sex.FEMALE), "eclampsia", "pre-eclampsia"),
        ("R1:0011 R1:0079", (60.0, Sex.FEMALE), "trigeminal-neuralgia", "acute-sinusitis"),
        ("R1:0750", (28.0, Sex.FEMALE), "choriocarcinoma", "lung-cancer"),
        ("R1:0755", (55.0, Sex.MALE), "adrenal-crisis", "adrenal-insufficiency"),
        ("R1:0764", (76.0, Sex.FEMALE), "myxedema-coma", "hypothermia"),
        ("R1:0768", (68.0, Sex.MALE), "hyperkalemia", "acute-kidney-injury"),
        ("R1:0190 R1:0801", (28.0, Sex.FEMALE), "postpartum-hemorrhage", "postpartum-endometritis"),
        ("R1:0189 R1:0804", (32.0, Sex.FEMALE), "cervical-insufficiency", "preterm-labor"),
        ("R1:0806", (66.0, Sex.MALE), "angioedema", "anaphylaxis"),
        ("R1:0807", (35.0, Sex.FEMALE), "anaphylaxis", "angioedema"),
        ("R1:0802", (70.0, Sex.MALE), "acute-tubular-necrosis", "acute-interstitial-nephritis"),
        ("R1:0250 HP:0001945", (63.0, Sex.FEMALE), "acute-interstitial-nephritis", "acute-tubular-necrosis"),
        ("R1:0823", (0.01, Sex.MALE), "neonatal-hypoglycemia", "neonatal-sepsis"),
        ("R1:0825", (0.1, Sex.FEMALE), "vitamin-k-deficiency-bleeding", "hemophilia"),
        ("R1:0736", (2.0, Sex.MALE), "corrosive-ingestion", "foreign-body-aspiration"),
        ("R1:0824 HP:0002315", (29.0, Sex.FEMALE), "altitude-illness", "migraine"),
        ("R1:0813 R1:0681", (26.0, Sex.FEMALE), "ectopic-pregnancy", "miscarriage"),
    ],
)
def test_what_tells_two_conditions_apart(
    ranker: CommonRanker, codes: str, person: tuple[float, Sex], first: str, behind: str
) -> None:
    findings = tuple(Finding(code, "", Status.PRESENT, ()) for code in codes.split())
    order = [r.condition.id for r in ranker.rank(Case(findings, age_years=person[0], sex=person[1]))]
    assert order.index(first) < order.index(behind)


@pytest.mark.parametrize(
    ("week", "first", "behind"),
    [
        (8, "ectopic-pregnancy", "uterine-rupture"),
        (12, "miscarriage", "placental-abruption"),
        (19, "miscarriage", "preterm-labor"),
        (20, "uterine-rupture", "ectopic-pregnancy"),
        (34, "placental-abruption", "miscarriage"),
        (IN_LABOUR, "uterine-rupture", "septic-abortion"),
        (AFTER_BIRTH, "miscarriage", "ectopic-pregnancy"),
    ],
)
def test_the_week_of_a_pregnancy_tells_its_emergencies_apart(
    ranker: CommonRanker, week: int, first: str, behind: str
) -> None:
    pregnancy = Finding("R1:0189", "", Status.PRESENT, ())
    ranked = ranker.rank(Case((pregnancy,), age_years=30.0, sex=Sex.FEMALE, pregnant=True, gestation=week))
    order = [r.condition.id for r in ranked]
    assert order.index(first) < order.index(behind)


def test_a_child_of_unknown_age_has_no_disease_of_adults(ranker: CommonRanker) -> None:
    child = case("0012735", unread=(Unread("text", CHILD_OF_UNKNOWN_AGE, "Infant"),))
    of_children = {r.condition.id for r in ranker.rank(child)}
    everything = {r.condition.id for r in ranker.rank(replace(child, unread=()))}
    assert "croup" in of_children
    assert "chronic-obstructive-pulmonary-disease" in everything - of_children


def test_what_must_not_be_missed_is_not_urgent_by_a_medicine_or_a_history_alone(ranker: CommonRanker) -> None:
    """Heparin, a past cesarean, known hyperthyroidism, a bereavement: none is an emergency."""
    common = load_common()
    names = {
        "Heparin treatment",
        "Previous cesarean",
        "Known hyperthyroidism",
        "Recent bereavement",
        "Recent chemotherapy",
    }
    codes = {f.id for f in common.findings.values() if f.name in names}
    assert len(codes) == len(names)
    for code in codes:
        ranked = ranker.rank(Case((Finding(code, "", Status.PRESENT, ()),)))
        assert [r.condition.id for r in ranked if r.is_urgent] == []


@pytest.mark.parametrize(
    ("strength", "other_age", "speaks"),
    [(Strength.MODERATE, False, True), (Strength.MODERATE, True, False), (Strength.STRONG, True, True)],
)
def test_at_another_age_a_finding_of_moderate_strength_is_not_enough(
    strength: Strength, other_age: bool, speaks: bool
) -> None:
    """An irritable woman of 35 is not told of a newborn's volvulus."""
    volvulus = next(c for c in load_common().conditions if c.id == "malrotation-volvulus")
    told = CommonContribution("HP:0000737", Status.PRESENT, BITS[strength], strength)
    assert RankedCondition(volvulus, 0.0, 0.0, (told,), (), other_age).speaks is speaks


def test_a_finding_that_a_source_describes_a_condition_with_speaks_weakly(medical: MedicalKnowledge) -> None:
    """But for what the condition itself says of it."""
    common = load_common()
    ataxia, fever = "HP:0001251", "HP:0001945"
    described = CommonRanker(common, medical.ontology, {"bipolar-disorder": [ataxia, fever]})
    findings = tuple(Finding(code, "", Status.PRESENT, ()) for code in (ataxia, fever))
    bipolar = next(r for r in described.rank(Case(findings)) if r.condition.id == "bipolar-disorder")
    assert {c.code: c.strength for c in bipolar.contributions if c.bits > 0} == {ataxia: Strength.WEAK}
    assert {c.code for c in bipolar.contributions if c.bits < 0} == {fever}


def test_what_a_patient_did_implies_no_finding_of_hpo(ranker: CommonRanker, medical: MedicalKnowledge) -> None:
    common = load_common()
    (travel,) = [f.id for f in common.findings.values() if f.name == "Recent travel to the tropics"]
    assert common.lineage(travel, medical.ontology) == (travel,)
    feverish = case("0001945").findings
    travelled = Case((*feverish, Finding(travel, "", Status.PRESENT, ())))
    assert ranker.rank(travelled)[0].condition.id == "malaria"
    assert ranker.rank(Case(feverish))[0].condition.id != "malaria"


def test_a_term_that_counts_as_another_supports_like_it(medical: MedicalKnowledge) -> None:
    counted = FindingRef(code="HP:0001250", label="Seizure")
    alike = Alike(finding=FindingRef(code="HP:0001251", label="Ataxia"), counts_as=counted)
    common = replace(load_common(), alike=(alike,))
    for known, bits in ((load_common(), []), (common, [3])):
        ranked = CommonRanker(known, medical.ontology).rank(case("0001251"))
        epilepsy = next(r for r in ranked if r.condition.id == "epilepsy")
        assert [c.bits for c in epilepsy.contributions if c.bits > 0] == bits
    denied = CommonRanker(common, medical.ontology).rank(case("0001945", absent=("0001251",)))
    assert any(c.code == "HP:0001250" for r in denied if r.condition.id == "epilepsy" for c in r.contributions)


def test_nothing_present_gives_no_ranking(ranker: CommonRanker) -> None:
    assert ranker.rank(case(absent=("0001945",))) == ()


def test_what_speaks_for_and_against_is_told(ranker: CommonRanker) -> None:
    assert "0001250 Seizure" in TERMS
    ranked = ranker.rank(case("0001250", absent=("0001945",)))
    epilepsy = next(r for r in ranked if r.condition.id == "epilepsy")
    assert ranked[0] is epilepsy
    assert [(c.code, c.bits) for c in epilepsy.contributions] == [("HP:0001250", 3.0)]
    febrile = next(r for r in ranked if r.condition.id == "febrile-seizure")
    assert {c.code: c.bits < 0 for c in febrile.contributions} == {"HP:0001250": False, "HP:0001945": True}


def test_a_condition_that_cannot_be_is_not_ranked(ranker: CommonRanker) -> None:
    ids = {r.condition.id for r in ranker.rank(case("0001945", sex=Sex.MALE))}
    assert "pelvic-inflammatory-disease" not in ids
    assert "ectopic-pregnancy" not in ids

"""Common conditions and the diseases of the knowledge base in one list."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.medical.case import Case, Evidence, Finding, Sex, Status
from knowledge.medical.common import load_common
from knowledge.medical.common.rank import ABSENT_BITS, BITS, SENSITIVITY, RankedCondition
from knowledge.medical.differential import Abstention, Basis
from knowledge.medical.joint import (
    FEATURES,
    PREFIX,
    URGENT_PLACES,
    Entry,
    JointDifferential,
    KindModel,
    features,
    raise_urgent,
)
from knowledge.medical.knowledge import MedicalKnowledge, load_knowledge
from knowledge.medical.next_finding import Rival

from .conftest import HPOA, TERMS, obo, write_hpo

CODES = [line[:7] for line in TERMS.strip().splitlines()][1:]
SURE = KindModel(np.zeros(len(FEATURES)), 50.0)
NEVER = KindModel(np.zeros(len(FEATURES)), -50.0)


def case(*present: str, absent: tuple[str, ...] = (), noted: bool = False, **person: object) -> Case:
    evidence = (Evidence("text", "", start=0, end=1),) if noted else ()
    findings = [Finding(f"HP:{code}", "", Status.PRESENT, evidence) for code in present]
    findings += [Finding(f"HP:{code}", "", Status.ABSENT, evidence) for code in absent]
    return Case(tuple(findings), **person)  # type: ignore[arg-type]


def joint(medical: MedicalKnowledge, kind: KindModel | None = None) -> JointDifferential:
    return JointDifferential(medical, kind=kind)


@pytest.fixture(scope="module")
def shipped(medical: MedicalKnowledge) -> JointDifferential:
    """For the tests that rank a hundred cases."""
    return joint(medical)


def test_nothing_present_gives_no_ranking(medical: MedicalKnowledge) -> None:
    ranking = joint(medical).rank(case(absent=("0001945",)))
    assert ranking.reason is Abstention.NO_PRESENT_FINDING
    assert ranking.diseases == ()


def own(*codes: str) -> Case:
    """Findings that only our own file has."""
    return Case(tuple(Finding(f"R1:{code}", "", Status.PRESENT, ()) for code in codes), sex=Sex.FEMALE, age_years=28.0)


def test_findings_of_our_own_alone_rank_our_conditions_where_one_is_a_red_flag(medical: MedicalKnowledge) -> None:
    """Contractions before term in a pregnancy."""
    ranking = joint(medical).rank(own("0189", "0594"))
    assert (ranking.diseases[0].id, ranking.urgent[0].id, ranking.findings_used) == (
        "R1:preterm-labor",
        "R1:preterm-labor",
        2,
    )
    assert joint(medical).first(own("0189", "0594"), 3) == tuple(d.id for d in ranking.diseases[:3])


@pytest.mark.parametrize("codes", [("0189",), ("0181",)])
def test_a_pregnancy_or_smoking_alone_is_no_illness(medical: MedicalKnowledge, codes: tuple[str, ...]) -> None:
    assert joint(medical).rank(own(*codes)).reason is Abstention.NO_PRESENT_FINDING


def test_the_kind_decides_which_stand_first(medical: MedicalKnowledge) -> None:
    fits = case("0001250", "0000252")
    first = joint(medical, SURE).rank(fits).diseases[0]
    assert first.condition is not None
    rare = joint(medical, NEVER).rank(fits).diseases
    assert rare[0].id == "OMIM:1"
    assert rare[0].condition is None


def test_a_condition_fits_by_its_findings_and_special_ones_speak_for_the_base(medical: MedicalKnowledge) -> None:
    ranker = joint(medical).ranker
    model = KindModel.shipped()
    common = model.log_odds(ranker.rank(case("0001945", "0012735")))
    special = model.log_odds(ranker.rank(case("0000252", "0001256", "0001631", "0000107")))
    assert common > special
    assert features(ranker.rank(case("0000252")))[FEATURES.index("explained")] == 0.0


def test_a_score_is_the_sum_of_its_parts(medical: MedicalKnowledge) -> None:
    for disease in joint(medical).rank(case("0001250", "0001945", absent=("0001251",))).diseases:
        told = sum(c.nats for c in (*disease.supporting, *disease.opposing))
        assert disease.score == pytest.approx(told + disease.overall, abs=0.01)


def test_what_our_own_file_says_is_marked_as_editorial(medical: MedicalKnowledge) -> None:
    diseases = joint(medical, SURE).rank(case("0001250")).diseases
    epilepsy = next(d for d in diseases if d.id == PREFIX + "epilepsy")
    assert epilepsy.condition is not None
    assert epilepsy.condition.basis.startswith("editorial")
    assert {c.basis for c in epilepsy.supporting} == {Basis.EDITORIAL}
    assert all(c.strength is not None for c in epilepsy.supporting)


def test_a_disease_that_both_kinds_have_stands_there_once(medical: MedicalKnowledge) -> None:
    both = joint(medical, SURE)
    both._twins = {"OMIM:2": "R1:febrile-seizure", "R1:febrile-seizure": "OMIM:2"}
    diseases = both.rank(case("0002373", "0001945", age_years=2.0), limit=2000).diseases
    kept = [d for d in diseases if {"OMIM:2", "R1:febrile-seizure"} & {d.id, *d.aliases}]
    assert [(d.id, d.aliases) for d in kept] == [("R1:febrile-seizure", ("OMIM:2",))]


def test_a_namesake_is_the_twin_though_another_disease_has_one_of_its_names(tmp_path: Path) -> None:
    row = "OMIM:{}\t{}\t\tHP:0002315\tPMID:1\tPCS\t\t\t\t\tP\tx\n"
    rows = row.format(7, "GIANT CELL ARTERITIS") + row.format(8, "Temporal arteritis")
    medical = load_knowledge(write_hpo(tmp_path / "hpo", HPOA + rows), tmp_path / "cache")
    diseases = joint(medical, SURE).rank(case("0002315", age_years=75.0), limit=2000).diseases
    kept = [d for d in diseases if {"OMIM:7", "OMIM:8"} & {d.id, *d.aliases}]
    assert {frozenset((d.id, *d.aliases)) for d in kept} == {
        frozenset({"R1:giant-cell-arteritis", "OMIM:7"}),
        frozenset({"OMIM:8"}),
    }


@pytest.mark.parametrize("kind", [SURE, NEVER])
def test_twins_are_pairs_and_every_other_disease_stays(medical: MedicalKnowledge, kind: KindModel) -> None:
    both = joint(medical, kind)
    both._twins = {"OMIM:1": "R1:epilepsy", "R1:epilepsy": "OMIM:1", "OMIM:2": "R1:migraine", "R1:migraine": "OMIM:2"}
    diseases = both.rank(case("0001250", "0002315"), limit=2000).diseases
    ids = {id_ for d in diseases for id_ in (d.id, *d.aliases)}
    assert {d.id for d in medical.diseases.diseases} <= ids
    assert len(diseases) == len(ids - {"ORPHA:3"}) - 2


@pytest.mark.parametrize("kind", [SURE, NEVER])
@pytest.mark.parametrize("codes", [("0001250",), ("0001945", "0012735"), ("0000822", "0001250"), ("0001252",)])
def test_urgent_conditions_with_a_red_flag_stand_among_the_first(
    medical: MedicalKnowledge, kind: KindModel, codes: tuple[str, ...]
) -> None:
    both = joint(medical, kind)
    seen = case(*codes, sex=Sex.FEMALE, age_years=30.0, noted=True)
    urgent = {PREFIX + r.condition.id for r in both.ranker.rank(seen) if r.is_urgent}
    late = [d.id for d in both.rank(seen, limit=2000).diseases[URGENT_PLACES:]]
    assert urgent.isdisjoint(late)


def entries(urgent: list[bool], scores: list[int]) -> list[Entry]:
    """Best first; ``urgent`` says which of them must not be missed and have a red flag."""
    eclampsia = next(c for c in load_common().conditions if c.id == "eclampsia")
    flagged = RankedCondition(eclampsia, 0.0, 0.0, (), (eclampsia.red_flags[0].code,))
    best_first = sorted(map(float, scores), reverse=True)
    return [
        Entry(str(i), score, condition=flagged) if is_urgent else Entry(str(i), score, candidate=i)
        for i, (is_urgent, score) in enumerate(zip(urgent, best_first, strict=False))
    ]


@given(
    urgent=st.lists(st.booleans(), max_size=40),
    scores=st.lists(st.integers(-5, 5), min_size=40, max_size=40),
)
def test_raising_leaves_all_others_in_the_order_of_their_scores(urgent: list[bool], scores: list[int]) -> None:
    before = entries(urgent, scores)
    after = raise_urgent(before)
    assert sorted(entry.id for entry in after) == sorted(entry.id for entry in before)
    own = [entry.score for entry in after if not entry.raised]
    assert own == sorted(own, reverse=True)
    raised = [entry.score for entry in after if entry.raised]
    assert raised == sorted(raised, reverse=True)
    assert all(entry.condition is not None for entry in after if entry.raised)
    assert all(entry.condition is None for entry in after[max(sum(urgent), URGENT_PLACES) :])
    if all(entry.condition is None for entry in before[URGENT_PLACES:]):
        assert after == before


def test_a_broad_red_flag_counts_where_something_bears_it_out(medical: MedicalKnowledge) -> None:
    def flagged(*codes: str) -> set[str]:
        conditions = joint(medical, NEVER).ranker.rank(case(*codes, sex=Sex.FEMALE, age_years=30.0, noted=True))
        return {r.condition.id for r in conditions if r.is_urgent}

    assert "pre-eclampsia" in flagged("0001250", "0000822"), "a seizure with high blood pressure"
    assert "pre-eclampsia" not in flagged("0001250"), "a seizure alone"


def test_what_cannot_be_is_not_ranked(medical: MedicalKnowledge) -> None:
    ids = {d.id for d in joint(medical, SURE).rank(case("0001945", sex=Sex.MALE), limit=2000).diseases}
    assert f"{PREFIX}ectopic-pregnancy" not in ids


@given(present=st.sets(st.sampled_from(CODES), min_size=1), absent=st.sets(st.sampled_from(CODES)))
def test_the_order_is_by_score_but_for_the_raised(
    shipped: JointDifferential, present: set[str], absent: set[str]
) -> None:
    diseases = shipped.rank(case(*present, absent=tuple(absent)), limit=2000).diseases
    scores = [d.score for d in diseases if not d.raised]
    assert scores == sorted(scores, reverse=True)
    ids = [d.id for d in diseases]
    assert len(set(ids)) == len(ids)
    assert len(ids) >= len(load_common().conditions) / 2


@given(present=st.sets(st.sampled_from(CODES)), absent=st.sets(st.sampled_from(CODES)))
def test_the_first_are_those_of_the_ranking(shipped: JointDifferential, present: set[str], absent: set[str]) -> None:
    seen = case(*present, absent=tuple(absent))
    assert shipped.first(seen, 5) == tuple(disease.id for disease in shipped.rank(seen, 5).diseases)


@pytest.mark.parametrize("kind", [SURE, NEVER])
def test_what_must_not_be_missed_is_told_whatever_its_place(medical: MedicalKnowledge, kind: KindModel) -> None:
    both, seen = joint(medical, kind), case("0001250", "0001945", sex=Sex.FEMALE, age_years=30.0)
    ranking = both.rank(seen, limit=1)
    speaking = {PREFIX + r.condition.id for r in both.ranker.rank(seen) if r.condition.must_not_miss and r.speaks}
    assert speaking
    assert len(ranking.urgent) == min(len(speaking), URGENT_PLACES)
    assert {disease.id for disease in ranking.urgent} <= speaking
    flagged = [bool(disease.red_flags) for disease in ranking.urgent]
    assert flagged == sorted(flagged, reverse=True)


def test_the_next_finding_is_one_of_the_first_diseases_own(medical: MedicalKnowledge) -> None:
    both, seen = joint(medical, SURE), case("0001945", "0012735")
    first = both.rank(seen).diseases[:10]
    assert all(disease.condition for disease in first)
    found = both.rank(seen).next_finding
    assert found is not None
    assert found.bits > 0
    listed = {code for d in first if d.condition for code in d.condition.supporting.by_code()}
    assert found.code in listed
    asked = Finding(found.code, "", Status.UNKNOWN, ())
    again = both.rank(Case((*seen.findings, asked))).next_finding
    assert again is None or again.code != found.code


def test_a_disease_that_is_to_be_told_apart_is_not_asked_for(medical: MedicalKnowledge, tmp_path: Path) -> None:
    """That HPO has it as a finding does not make it a question: it is the answer."""
    base, known = joint(medical).base, case("0001945")
    index = medical.ontology.index
    defect = next(c for c in load_common().conditions if c.name.en == "Atrial septal defect")
    listed = np.array([index[code] for code in defect.supporting.by_code() if code in index])
    assert index["HP:0001631"] in listed
    cough = np.array([index["HP:0012735"]])
    others = [Rival(listed, listed, np.full(len(listed), 0.95)), Rival(cough, cough, np.array([0.3]))]
    nothing = np.array([], dtype=np.int64)
    found = base.next.find(base.extractor.extract(known), nothing, np.zeros(2), (), others)
    assert found is not None
    assert found.code != "HP:0001631"

    row = "OMIM:9\tRenal Cyst\t\tHP:{}\tPMID:9\tPCS\t\t9/9\t\t\tP\tx\n"
    folder = write_hpo(tmp_path / "hpo", HPOA + row.format("0000107") + row.format("0000988"))
    base = joint(load_knowledge(folder, tmp_path / "cache")).base
    found = base.rank(known).next_finding
    assert found is not None
    assert found.code != "HP:0000107"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Type 1 diabetes mellitus", "0100651"),  # HPO writes the number in Roman numerals
        ("Severe headache disorder", "0002315"),
        ("Kidney cyst", "0000107"),  # a synonym of the finding
    ],
)
def test_nor_is_one_that_is_called_so_in_other_words(tmp_path: Path, name: str, code: str) -> None:
    row = f"OMIM:9\t{name}\t\tHP:{{}}\tPMID:9\tPCS\t\t9/9\t\t\tP\tx\n"
    folder = write_hpo(tmp_path / "hpo", HPOA + row.format(code) + row.format("0000988"))
    found = joint(load_knowledge(folder, tmp_path / "cache")).base.rank(case("0001945", "0000988")).next_finding
    assert found is not None
    assert found.code != f"HP:{code}"


@pytest.mark.parametrize(
    ("name", "code", "is_asked"),
    [
        ("Portal hypertension", "0000822", False),
        ("Atrioventricular septal defect", "0001631", False),
        ("Cluster headache", "0002315", True),  # a symptom
    ],
)
def test_nor_is_another_disease_of_its_kind(tmp_path: Path, name: str, code: str, is_asked: bool) -> None:
    row = f"OMIM:9\t{name}\t\tHP:{{}}\tPMID:9\tPCS\t\t{{}}\t\t\tP\tx\n"
    rows = row.format(code, "9/9") + row.format("0000988", "9/9")
    medical = load_knowledge(write_hpo(tmp_path / "hpo", HPOA + rows), tmp_path / "cache")
    base, place = joint(medical).base, [d.name for d in medical.diseases.diseases].index(name)
    seen = base.extractor.extract(case("0001945", "0000988"))
    none = np.array([], dtype=np.int64)
    found = base.next.find(seen, np.array([place]), np.zeros(2), (), [Rival(none, none, np.array([]))])
    assert (found is not None) is is_asked


def test_what_a_finding_counts_as_is_not_asked_for(tmp_path: Path) -> None:
    terms = obo() + "\n[Term]\nid: HP:0025258\nname: Stiff neck\nis_a: HP:0000118 ! x\n"
    row = "OMIM:9\tStiffness\t\tHP:{}\tPMID:9\tPCS\t\t1/2\t\t\tP\tx\n"
    folder = write_hpo(tmp_path / "hpo", HPOA + row.format("0031179") + row.format("0025258"))
    (folder / "hp.obo").write_text(terms, encoding="utf-8")
    medical = load_knowledge(folder, tmp_path / "cache")
    index, closed = medical.ontology.index, joint(medical).base.next.closed
    assert closed([index["HP:0025258"]])[index["HP:0031179"]]
    assert not closed([index["HP:0031179"]])[index["HP:0025258"]]


@pytest.mark.parametrize(
    ("unknown", "then"),
    [("0002373", "0001251"), ("0001250", "0001251"), ("0002479", "0001251"), ("0012638", "0000107")],
)
def test_what_is_narrower_than_a_finding_that_is_not_known_is_not_asked_for(
    medical: MedicalKnowledge, unknown: str, then: str
) -> None:
    """A febrile seizure: itself, a seizure, that by its old id, and what that is a kind of, as ataxia is."""
    base, fever = joint(medical).base, case("0001945")
    first = base.rank(fever).next_finding
    assert first is not None
    assert first.code == "HP:0002373"
    asked = Finding(f"HP:{unknown}", "", Status.UNKNOWN, ())
    found = base.rank(Case((*fever.findings, asked))).next_finding
    assert found is not None
    assert found.code == f"HP:{then}"


def test_two_rare_diseases_are_offered_together_only_where_a_rare_one_is_first(medical: MedicalKnowledge) -> None:
    seen = case("0001250", "0000252", "0001631", "0000107")
    assert joint(medical, SURE).rank(seen).pair is None
    assert joint(medical, NEVER).rank(seen).pair == joint(medical).base.rank(seen).pair


def test_a_class_has_one_share_of_patients_for_both_of_its_ratios() -> None:
    for strength, share in SENSITIVITY.items():
        usual = share / 2 ** BITS[strength]
        assert 0 < usual < share < 1
        assert (1 - share) / (1 - usual) == pytest.approx(2 ** ABSENT_BITS[strength])

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import KnowledgeError
from knowledge.medical.case import Case, Evidence, Finding, Status
from knowledge.medical.case_features import PER_FINDING, WHOLE
from knowledge.medical.differential import Abstention, Basis, Differential, RankingWeights
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.next_finding import _words


def case(**codes: Status) -> Case:
    """``case(HP_0001250=Status.PRESENT)``"""
    evidence = (Evidence("text", "phrase"),)
    return Case(tuple(Finding(code.replace("_", ":"), "", status, evidence) for code, status in codes.items()))


@pytest.fixture(scope="module")
def differential(medical: MedicalKnowledge) -> Differential:
    """The likelihood ratio alone, so that what is expected can be reckoned by hand."""
    weights = RankingWeights(np.array([float(name == "ratio") for name in PER_FINDING]), np.zeros(len(WHOLE)))
    return Differential(medical, weights)


CODES = [
    *("HP_0001250", "HP_0002373", "HP_0001251", "HP_0001252", "HP_0001249", "HP_0001337"),
    *("HP_0000252", "HP_0000822", "HP_0001631", "HP_0000107", "HP_0001945", "HP_0012638"),
]
CASES = st.dictionaries(st.sampled_from(CODES), st.sampled_from(Status), max_size=8)


def test_the_disease_with_the_findings_comes_first(differential: Differential) -> None:
    ranking = differential.rank(case(HP_0000107=Status.PRESENT, HP_0000822=Status.PRESENT))
    assert ranking.diseases[0].id == "OMIM:3"
    assert (ranking.source, ranking.version, ranking.findings_used) == ("HPO", "2024-02-03", 2)
    assert ranking.reason is None
    assert len(ranking.diseases) == 5


def test_each_contribution_names_the_annotation_it_rests_on(differential: Differential) -> None:
    present = case(HP_0001250=Status.PRESENT, HP_0000107=Status.PRESENT)
    fit = next(d for d in differential.rank(present).diseases if d.id == "OMIM:1")
    (support,) = fit.supporting
    assert (support.code, support.label, support.basis) == ("HP:0001250", "Seizure", Basis.EXACT)
    assert (support.frequency, support.references) == ("8/10", ("PMID:11", "PMID:12"))
    (against,) = fit.opposing
    assert (against.code, against.basis, against.annotation_code) == ("HP:0000107", Basis.NONE, "")


@pytest.mark.parametrize(
    ("code", "disease", "basis", "annotation"),
    [
        ("HP_0001250", "OMIM:2", Basis.DESCENDANT, "HP:0002373"),
        ("HP_0002373", "OMIM:1", Basis.ANCESTOR, "HP:0001250"),
        ("HP_0002373", "OMIM:2", Basis.EXACT, "HP:0002373"),
    ],
)
def test_related_findings_count_by_their_relation(
    differential: Differential, code: str, disease: str, basis: Basis, annotation: str
) -> None:
    ranked = next(d for d in differential.rank(case(**{code: Status.PRESENT})).diseases if d.id == disease)
    (contribution,) = ranked.supporting
    assert (contribution.basis, contribution.annotation_code) == (basis, annotation)


def test_a_disease_annotated_not_to_have_the_finding_is_opposed(differential: Differential) -> None:
    ranked = next(d for d in differential.rank(case(HP_0001251=Status.PRESENT)).diseases if d.id == "OMIM:2")
    assert ranked.supporting == ()
    assert [(c.basis, c.annotation_code, c.references) for c in ranked.opposing] == [
        (Basis.EXCLUDED, "HP:0001251", ("PMID:21",))
    ]


def test_an_absence_that_the_annotations_agree_with_says_so(medical: MedicalKnowledge) -> None:
    agreed = np.array([float(name == "absent_agreed") for name in PER_FINDING])
    differential = Differential(medical, RankingWeights(agreed, np.zeros(len(WHOLE))))
    diseases = differential.rank(case(HP_0001945=Status.PRESENT, HP_0001251=Status.ABSENT)).diseases
    told = [c for d in diseases if d.id == "OMIM:2" for c in d.supporting if c.status is Status.ABSENT]
    assert [(c.code, c.basis, c.annotation_code) for c in told] == [("HP:0001251", Basis.EXCLUDED, "HP:0001251")]


def test_an_exact_match_outranks_an_ancestor(differential: Differential) -> None:
    ids = [d.id for d in differential.rank(case(HP_0002373=Status.PRESENT)).diseases]
    assert ids.index("OMIM:2") < ids.index("OMIM:1")


def test_missing_findings_are_the_most_frequent_untold_ones(differential: Differential) -> None:
    best = differential.rank(case(HP_0000107=Status.PRESENT)).diseases[0]
    assert [(m.code, m.frequency) for m in best.missing] == [("HP:0001631", "Frequent (30-79%)"), ("HP:0000822", "1/2")]


@pytest.mark.parametrize(
    "codes", [{}, {"HP_0001250": Status.ABSENT}, {"HP_0001250": Status.UNKNOWN}, {"HP_77": Status.PRESENT}]
)
def test_a_case_without_a_present_finding_is_not_ranked(differential: Differential, codes: dict[str, Status]) -> None:
    ranking = differential.rank(case(**codes))
    assert ranking.diseases == ()
    assert ranking.reason is Abstention.NO_PRESENT_FINDING


def test_a_finding_implied_by_another_is_used_once(differential: Differential) -> None:
    narrow = differential.rank(case(HP_0002373=Status.PRESENT))
    assert differential.rank(case(HP_0002373=Status.PRESENT, HP_0001250=Status.PRESENT)) == narrow


@pytest.mark.parametrize("shipped", [False, True])
def test_scores_are_the_sum_of_contributions_and_the_whole(
    medical: MedicalKnowledge, differential: Differential, shipped: bool
) -> None:
    ranker = Differential(medical) if shipped else differential
    present = {"HP_0001250": Status.PRESENT, "HP_0000107": Status.PRESENT, "HP_0001945": Status.ABSENT}
    for disease in ranker.rank(case(**present)).diseases:
        parts = sum(c.nats for c in disease.supporting + disease.opposing)
        assert disease.score == pytest.approx(parts + disease.overall, abs=1e-3)


def test_two_diseases_explain_what_one_does_not(differential: Differential) -> None:
    """Wobble disease has ataxia and tremor; nothing else has a renal cyst and hypertension."""
    codes = ("HP_0001251", "HP_0001337", "HP_0000107", "HP_0000822", "HP_0001631")
    ranking = differential.rank(case(**dict.fromkeys(codes, Status.PRESENT)))
    assert ranking.diseases[0].id == "OMIM:3"
    assert ranking.pair is not None
    assert ranking.pair.ids == ("OMIM:3", "ORPHA:4")
    assert set(ranking.pair.explained) == {"Ataxia", "Tremor"}
    assert differential.rank(case(HP_0000107=Status.PRESENT, HP_0000822=Status.PRESENT)).pair is None


def test_the_next_finding_is_unknown_and_tells_something(differential: Differential) -> None:
    told = case(HP_0001250=Status.PRESENT)
    finding = differential.rank(told).next_finding
    assert finding is not None
    assert finding.code != "HP:0001250"
    assert 0 < finding.bits <= np.log2(5)


def test_weights_of_another_version_are_refused() -> None:
    with pytest.raises(KnowledgeError, match="another version"):
        RankingWeights.read({"per_finding": {"ratio": 1.0}, "whole": {}})


@settings(deadline=None)
@given(CASES, st.randoms())
def test_the_order_of_findings_does_not_matter(
    differential: Differential, codes: dict[str, Status], random: object
) -> None:
    straight = case(**codes)
    shuffled = list(straight.findings)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert differential.rank(replace(straight, findings=tuple(shuffled))) == differential.rank(straight)


@settings(deadline=None)
@given(CASES, st.sampled_from(CODES))
def test_an_absent_finding_never_helps_a_disease_that_has_it(
    medical: MedicalKnowledge, differential: Differential, codes: dict[str, Status], absent: str
) -> None:
    code = absent.replace("_", ":")
    # Absent findings that it implies would go, and it would stand for them, see `Ranking.findings_used`.
    codes = {
        name: status
        for name, status in codes.items()
        if status is not Status.ABSENT or code not in medical.ontology.ancestors(name.replace("_", ":"))
    }
    codes.pop(absent, None)
    before = {d.id: d.score for d in differential.rank(case(**codes)).diseases}
    after = {d.id: d.score for d in differential.rank(case(**codes, **{absent: Status.ABSENT})).diseases}
    has = {
        disease.id
        for disease in medical.diseases.diseases
        for a in medical.diseases.annotations(disease.id)
        if not a.excluded and code in medical.ontology.ancestors(a.code)
    }
    for one in has & before.keys():
        for other in before.keys() - has:
            assert after[one] - after[other] <= before[one] - before[other] + 1e-6


@settings(deadline=None)
@given(CASES)
def test_equal_scores_are_ordered_by_id(differential: Differential, codes: dict[str, Status]) -> None:
    keys = [(-d.score, d.id) for d in differential.rank(case(**codes)).diseases]
    assert keys == sorted(keys)


def test_a_hyphen_does_not_make_another_finding_of_the_disease_in_question() -> None:
    assert _words("Post-partum hemorrhage") == _words("Postpartum hemorrhage")

"""Which disease of the base is a common condition, and which only shares a name with one."""

from pathlib import Path

import pytest

from knowledge.medical.case import Case, Finding, Sex, Status
from knowledge.medical.common import load_common
from knowledge.medical.counterparts import barred_by_sex, find_counterparts, ranker_of
from knowledge.medical.joint import PREFIX, JointDifferential
from knowledge.medical.knowledge import MedicalKnowledge, load_knowledge

from .conftest import HPOA, write_hpo

TURNER = {
    "ORPHA:881": "Turner syndrome",
    "ORPHA:99226": "Monosomy X syndrome",
    "ORPHA:99228": "Mosaic monosomy X syndrome",
    "ORPHA:99413": "Turner syndrome due to structural X chromosome anomalies",
}
BOTH = {"ORPHA:3459": "Wilson-Turner syndrome", "ORPHA:1772": "45,X/46,XY mixed gonadal dysgenesis"}


def knowing(folder: Path, names: dict[str, str]) -> MedicalKnowledge:
    """The small base with some diseases more, all with headaches."""
    rows = "".join(f"{id_}\t{name}\t\tHP:0002315\tPMID:1\tPCS\t\t9/9\t\t\tP\tx\n" for id_, name in names.items())
    return load_knowledge(write_hpo(folder / "hpo", HPOA + rows), folder / "cache")


@pytest.mark.parametrize(
    ("id_", "name", "condition"),
    [
        ("ORPHA:411527", "Central retinal vein occlusion", "central-retinal-vein-occlusion"),
        ("OMIM:103500", "Tietz syndrome", None),
        ("OMIM:122460", "Coronavirus 229E susceptibility", None),
        ("OMIM:310468", "Nephrolithiasis, type I", None),
        ("OMIM:148190", "Keratitis, hereditary", None),
        ("OMIM:610504", "Preterm premature rupture of the membranes", None),
        ("OMIM:618182", "Orthostatic hypotension 2", None),
        ("OMIM:132900", "Familial aortic dissection", None),
        ("OMIM:155240", "Medullary thyroid carcinoma", None),
        ("OMIM:192200", "Varicose veins", None),
        ("OMIM:167870", "Panic disorder 1", "panic-disorder"),
        ("OMIM:148100", "KELOIDS", "keloid"),
        ("OMIM:119915", "Cluster headache, familial", "cluster-headache"),
        ("OMIM:137580", "Gilles de la tourette syndrome", "tourette-syndrome"),
    ],
)
def test_only_what_is_the_same_disease_is_one_entry(tmp_path: Path, id_: str, name: str, condition: str | None) -> None:
    found = find_counterparts(load_common(), knowing(tmp_path, {id_: name}))
    assert [own for own, disease in found.items() if disease == id_] == ([condition] if condition else [])


def test_what_nearly_all_patients_have_speaks_for_the_condition_too(tmp_path: Path) -> None:
    """A headache is in no list of cystic fibrosis, but here the base says that nine of nine patients have it."""
    knowledge = knowing(tmp_path, {"OMIM:219700": "Cystic fibrosis"})
    common = load_common()
    seen = Case((Finding("HP:0002315", "Headache", Status.PRESENT, ()),))
    ranked = ranker_of(common, knowledge, find_counterparts(common, knowledge)).rank(seen)
    (told,) = next(r.contributions for r in ranked if r.condition.id == "cystic-fibrosis")
    assert told.bits > 0


@pytest.mark.parametrize(("sex", "there"), [(Sex.MALE, False), (Sex.FEMALE, True), (Sex.UNKNOWN, True)])
def test_no_boy_has_turner_syndrome_nor_a_form_of_it(tmp_path: Path, sex: Sex, there: bool) -> None:
    knowledge = knowing(tmp_path, TURNER | BOTH)
    seen = Case((Finding("HP:0002315", "Headache", Status.PRESENT, ()),), sex=sex, age_years=15.0)
    ranking = JointDifferential(knowledge).rank(seen, limit=2000)
    listed = {id_ for d in ranking.diseases for id_ in (d.id, *d.aliases)}
    assert listed >= BOTH.keys()
    assert {id_ in listed for id_ in (*TURNER, PREFIX + "turner-syndrome")} == {there}


def test_whom_no_condition_excludes_keeps_every_disease(medical: MedicalKnowledge) -> None:
    barred = barred_by_sex(load_common(), medical, {})
    assert not any(barred[sex].any() for sex in (Sex.UNKNOWN, Sex.OTHER))

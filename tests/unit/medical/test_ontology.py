from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import KnowledgeError
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.ontology import read_obo

from .conftest import obo


def test_only_what_lies_below_phenotypic_abnormality_is_a_finding(medical: MedicalKnowledge) -> None:
    assert medical.ontology.version == "2024-01-02"
    assert {"HP:0000001", "HP:0000118", "HP:0000006"}.isdisjoint(medical.ontology.codes)


def test_old_ids_resolve_to_current_ones(medical: MedicalKnowledge) -> None:
    resolve = medical.ontology.resolve
    assert resolve("HP:0001250") == "HP:0001250"
    assert resolve("HP:0002479") == "HP:0001250"  # alternative id
    assert resolve("HP:0009999") == "HP:0001337"  # obsolete, replaced
    assert resolve("HP:0009998") is None  # obsolete, gone
    assert resolve("HP:0000006") is None  # not a finding
    assert resolve("nonsense") is None


def test_ancestors_include_the_term_itself(medical: MedicalKnowledge) -> None:
    assert medical.ontology.ancestors("HP:0002373") == {"HP:0002373", "HP:0001250", "HP:0012638", "HP:0000707"}
    with pytest.raises(KnowledgeError):
        medical.ontology.ancestors("HP:0000118")


def test_broad_and_discarded_synonyms_are_left_out(medical: MedicalKnowledge) -> None:
    assert {s.text for s in medical.ontology.synonyms if s.code == "HP:0001250"} == {"Seizures", "Epilepsy"}


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("seiz", ["HP:0001250", "HP:0002373"]),
        ("intel dis", ["HP:0001249", "HP:0001256"]),
        ("  KIDNEY ", ["HP:0000107", "HP:0000077"]),  # a wording that begins with it comes first
        ("epilepsy", ["HP:0001250"]),
        ("eizure", []),
        ("", []),
    ],
)
def test_search_finds_by_the_beginnings_of_words(medical: MedicalKnowledge, typed: str, codes: list[str]) -> None:
    assert [match.code for match in medical.ontology.search(typed)] == codes


@given(st.text())
def test_search_takes_any_text(medical: MedicalKnowledge, typed: str) -> None:
    assert len(medical.ontology.search(typed, limit=3)) <= 3


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("data-version: hp/releases/2024-01-02", "", "line 1"),
        ("is_a: HP:0000118 ! parent", "is_a: nowhere", "not an HPO id"),
        ("is_a: HP:0000118 ! parent", "is_a: HP:0001250 ! parent", "its own ancestor"),
        ("is_a: HP:0000118 ! parent", "is_a: HP:7777777 ! parent", "not defined"),
        ("name: Tremor", "Tremor", "not a `tag: value` line"),
        ('synonym: "Seizures" EXACT []', 'synonym: "Seizures EXACT []', "malformed synonym"),
        ("id: HP:0001337", "name: HP:0001337", "must begin with its id"),
    ],
)
def test_a_malformed_file_is_named_with_its_line(tmp_path: Path, old: str, new: str, place: str) -> None:
    path = tmp_path / "hp.obo"
    path.write_text(obo().replace(old, new), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"hp\.obo") as error:
        read_obo(path)
    assert place in str(error.value)


def test_below_is_the_inverse_of_lineage(medical: MedicalKnowledge) -> None:
    ontology = medical.ontology
    for place in range(len(ontology.codes)):
        below = [other for other in range(len(ontology.codes)) if place in ontology.lineage_of(other)]
        assert ontology.below(place).tolist() == below

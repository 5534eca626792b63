"""What two names of a disease have in common, and which diseases have a name in medicine at large."""

import pytest

from benchmarks.disease_names import DiseaseNames
from knowledge.medical.common import load_common
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.names import Fame, fame, telling_words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("HIRSCHSPRUNG DISEASE, SUSCEPTIBILITY TO, 1", "Hirschsprung's disease"),
        ("Noonan syndrome 3", "Noonan syndrome"),
        ("Lymphoma, Hodgkin, classic", "Hodgkin lymphoma"),
        ("Diabetes mellitus, type II", "Type 2 diabetes mellitus"),
        ("Iron deficiency anaemia", "iron-deficiency anemia"),
    ],
)
def test_names_of_one_disease(one: str, other: str) -> None:
    assert telling_words(one) == telling_words(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Aortic stenosis", "Pyloric stenosis"), ("Hemophilia A", "Hemophilia B"), ("Acute hepatitis", "Hepatitis")],
)
def test_names_of_two_diseases(one: str, other: str) -> None:
    assert telling_words(one) != telling_words(other)


def test_a_name_of_nothing_but_empty_words_keeps_them() -> None:
    assert telling_words("Other disease")


@pytest.mark.parametrize(
    ("names", "known"),
    [
        (["Huntington disease"], Fame.CODED),
        (["SOMETHING ODD 12", "Sarcoidosis"], Fame.CODED),
        (["Spinocerebellar ataxia 36"], Fame.NONE),
        (["Hirschsprung disease, susceptibility to, 1"], Fame.CODED),
        (["Fit syndrome with kidney cysts 12"], Fame.NONE),
        ([], Fame.NONE),
    ],
)
def test_what_medicine_at_large_has_a_name_for(names: list[str], known: Fame) -> None:
    assert fame(names) is known


@pytest.fixture(scope="module")
def names(medical: MedicalKnowledge) -> DiseaseNames:
    return DiseaseNames(medical, load_common())


@pytest.mark.parametrize(
    ("diagnosis", "id_"),
    [
        ("Fit Syndrome", "OMIM:1"),
        ("Fit Syndrome (FTS)", "OMIM:1"),
        ("Kidney-heart syndrome", "OMIM:3"),
        ("Heart attack", "R1:acute-myocardial-infarction"),
        ("Acute Myocardial Infarction", "R1:acute-myocardial-infarction"),
        ("Bell's palsy", "R1:bell-palsy"),
        ("急性心肌梗死", "R1:acute-myocardial-infarction"),
    ],
)
def test_a_diagnosis_means_the_entries_of_that_name(names: DiseaseNames, diagnosis: str, id_: str) -> None:
    meant = names.meant_by(diagnosis)
    assert id_ in meant.ids
    assert not meant.doubtful


def test_a_narrower_name_with_the_same_head_is_doubtful(names: DiseaseNames) -> None:
    meant = names.meant_by("Severe acute viral pericarditis")
    assert meant.ids == {"R1:acute-pericarditis"}
    assert meant.doubtful


@pytest.mark.parametrize("diagnosis", ["Wobble of the heel", "Zzz", "Pericarditis knife wound"])
def test_another_head_means_something_else(names: DiseaseNames, diagnosis: str) -> None:
    assert not names.meant_by(diagnosis).ids

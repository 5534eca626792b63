from pathlib import Path

import pytest

from core.errors import KnowledgeError, StorageError
from knowledge.medical.case import Sex
from knowledge.medical.diseases import Annotation, Disease
from knowledge.medical.knowledge import MedicalKnowledge, load_knowledge

from .conftest import HPOA, write_hpo


def test_counts_of_several_publications_are_pooled(medical: MedicalKnowledge) -> None:
    _, seizure = medical.diseases.annotations("OMIM:1")
    assert seizure == Annotation("HP:0001250", pytest.approx(8.5 / 11, abs=1e-4), "8/10", ("PMID:11", "PMID:12"))


def test_unstated_frequency_sex_and_onset_are_kept(medical: MedicalKnowledge) -> None:
    microcephaly, _ = medical.diseases.annotations("OMIM:1")
    assert microcephaly == Annotation("HP:0000252", None, "", ("OMIM:1",), sex=Sex.MALE, onset="Congenital onset")


def test_negated_and_never_seen_findings_are_excluded(medical: MedicalKnowledge) -> None:
    excluded = {
        (disease, annotation.code)
        for disease in ("OMIM:2", "OMIM:3")
        for annotation in medical.diseases.annotations(disease)
        if annotation.excluded
    }
    assert excluded == {("OMIM:2", "HP:0001251"), ("OMIM:3", "HP:0001337")}


def test_twins_of_the_same_name_are_one_disease(medical: MedicalKnowledge) -> None:
    assert (
        Disease("OMIM:3", "Kidney-heart syndrome", ("ORPHA:3",), other_names=("Kidney - Heart Syndrome",))
        in medical.diseases.diseases
    )
    assert medical.diseases.annotations("ORPHA:3") == medical.diseases.annotations("OMIM:3")
    texts = {a.code: a.frequency_text for a in medical.diseases.annotations("OMIM:3")}
    assert texts["HP:0001631"] == "Frequent (30-79%)"


def test_the_compiled_file_gives_the_same_knowledge(
    hpo_folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        first = load_knowledge(hpo_folder, tmp_path)
        (compiled,) = tmp_path.iterdir()
        written = compiled.stat().st_mtime_ns
        again = load_knowledge(hpo_folder, tmp_path)
    assert compiled.stat().st_mtime_ns == written
    assert caplog.messages == ["Compiling the medical knowledge, once for this release; this takes about a minute"]
    assert again.ontology.synonyms == first.ontology.synonyms
    assert again.diseases.diseases == first.diseases.diseases
    for disease in first.diseases.diseases:
        assert again.diseases.annotations(disease.id) == first.diseases.annotations(disease.id)


def test_changed_sources_are_compiled_anew(tmp_path: Path) -> None:
    folder = write_hpo(tmp_path / "hpo")
    load_knowledge(folder, tmp_path / "cache")
    write_hpo(folder, HPOA.replace("2024-02-03", "2024-05-06"))
    assert load_knowledge(folder, tmp_path / "cache").version == "2024-05-06"


def test_a_torn_compiled_file_is_replaced(hpo_folder: Path, tmp_path: Path) -> None:
    load_knowledge(hpo_folder, tmp_path)
    (compiled,) = tmp_path.iterdir()
    compiled.write_bytes(compiled.read_bytes()[:2000])
    assert load_knowledge(hpo_folder, tmp_path).version == "2024-02-03"
    assert list(tmp_path.iterdir()) == [compiled]


def test_the_acknowledgement_names_both_versions(medical: MedicalKnowledge) -> None:
    assert "2024-01-02" in medical.acknowledgement
    assert "2024-02-03" in medical.acknowledgement


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("#version: 2024-02-03", "#", "line 1"),
        ("\t3/4\t", "\t3/4\t\t", "line 4"),
        ("\t3/4\t", "\t4/3\t", "line 4"),
        ("\t3/4\t", "\toften\t", "line 4"),
        ("\tMALE\t", "\tyes\t", "line 6"),
        ("\tHP:0000252\t", "\tHP:7654321\t", "line 6"),
    ],
)
def test_a_malformed_annotation_is_named_with_its_line(tmp_path: Path, old: str, new: str, place: str) -> None:
    folder = write_hpo(tmp_path / "hpo", HPOA.replace(old, new))
    with pytest.raises(KnowledgeError, match=rf"phenotype\.hpoa, {place}\b"):
        load_knowledge(folder, tmp_path / "cache")


@pytest.mark.parametrize("name", ["hp.obo", "phenotype.hpoa"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = write_hpo(tmp_path / "hpo")
    (folder / name).unlink()
    with pytest.raises(KnowledgeError, match=name):
        load_knowledge(folder, tmp_path / "cache")


def test_an_unwritable_cache_is_a_storage_error(hpo_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(StorageError):
        load_knowledge(hpo_folder, tmp_path / "cache")


def test_what_a_disease_implies_says_the_same_by_disease_as_by_finding(medical: MedicalKnowledge) -> None:
    base = medical.diseases
    by_finding: dict[int, dict[int, int]] = {place: {} for place in range(len(base.diseases))}
    for term in range(len(base.codes)):
        for at in range(base.implied_start[term], base.implied_start[term + 1]):
            by_finding[int(base.implied_disease[at])][term] = int(base.implied_row[at])
    for place, rows in by_finding.items():
        assert base.implied(place) == rows
        assert list(base.implied(place)) == sorted(rows)

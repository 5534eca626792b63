from pathlib import Path

from apps.diagnosis.cases import Adjudicated
from benchmarks.left_out import kept_share, leave_out, with_twins, without
from knowledge.medical.case import Case, Finding, Status
from knowledge.medical.knowledge import MedicalKnowledge


def patient(disease: str, publication: str, *codes: str) -> Adjudicated:
    findings = tuple(Finding(code, "", Status.PRESENT, ()) for code in codes)
    return Adjudicated(Case(findings), (disease,), (publication,))


def test_what_only_a_publication_says_is_taken_away(hpo_folder: Path, medical: MedicalKnowledge) -> None:
    reduced = without(hpo_folder, medical, {"PMID:12"}).diseases
    seizure = next(a for a in reduced.annotations("OMIM:1") if a.code == "HP:0001250")
    assert (seizure.frequency_text, seizure.references) == ("3/4", ("PMID:11",))
    assert medical.diseases.annotations("OMIM:3") == reduced.annotations("OMIM:3")


def test_a_disease_of_no_other_publication_is_not_in_the_base(hpo_folder: Path, medical: MedicalKnowledge) -> None:
    assert "OMIM:2" not in without(hpo_folder, medical, {"PMID:21"}).diseases.index


def test_how_much_of_a_disease_is_left(hpo_folder: Path, medical: MedicalKnowledge) -> None:
    case = patient("OMIM:3", "PMID:31", "HP:0000107")
    twins = with_twins({}, medical)
    assert kept_share(case, medical, without(hpo_folder, medical, {"PMID:31"}), twins) == 0.25
    assert kept_share(case, medical, medical, twins) == 1.0


def test_patients_meet_a_base_that_has_not_read_of_them(hpo_folder: Path, medical: MedicalKnowledge) -> None:
    known, unknown = patient("OMIM:1", "PMID:11", "HP:0001250"), patient("OMIM:2", "PMID:21", "HP:0001945")
    nearly_gone = patient("OMIM:3", "PMID:31", "HP:0000107")
    samples = leave_out("sources", [known, unknown, nearly_gone], hpo_folder, medical, {}, {})
    assert [(s.disease, s.inside, bool(s.right.any())) for s in samples] == [
        ("OMIM:1", True, True),
        ("OMIM:2", False, False),
    ]


def test_a_disease_joins_the_group_of_its_patients_and_is_left_out_between_two(
    hpo_folder: Path, medical: MedicalKnowledge
) -> None:
    cases = [patient("OMIM:1", "PMID:11", "HP:0001250"), patient("OMIM:1", "PMID:12", "HP:0001250")]
    (one, two) = leave_out("sources", cases, hpo_folder, medical, {}, {"PMID:12": "others"})
    assert one.group == two.group == "others"
    assert leave_out("sources", cases, hpo_folder, medical, {}, {"PMID:11": "these", "PMID:12": "others"}) == []

"""The files of common conditions say only what they may, in codes that exist."""

from pathlib import Path

import pytest
import simple_icd_10_cm as icd

from benchmarks.common import read_jsonl
from core.errors import KnowledgeError
from knowledge.medical.case import Sex
from knowledge.medical.common import load_common, read_rows
from knowledge.medical.common.schema import Commonness, Condition, Words
from knowledge.medical.knowledge import MedicalKnowledge
from tests.named_findings import named_findings

ROOT = Path(__file__).parents[3]
CONDITIONS = ROOT / "knowledge" / "medical" / "common" / "conditions"
VIGNETTES = ROOT / "tests" / "data" / "vignettes"

MINIMAL = """
- id: common-cold
  icd10cm: J00
  name: {en: Common cold, zh: 普通感冒}
  basis: editorial, not clinician-reviewed
  prior: [{class: common}]
  for: {weak: ["HP:0012735 Cough", "HP:0001945 Fever"]}
  first_tests: {en: none, zh: 无}
"""


def condition(tmp_path: Path, text: str = MINIMAL) -> Condition:
    path = tmp_path / "test.yaml"
    path.write_text(text, encoding="utf-8")
    (row,) = read_rows(path, Condition)
    return row


def test_there_are_hundreds_of_all_systems() -> None:
    common = load_common()
    assert len(common.conditions) >= 330
    assert sum(c.must_not_miss for c in common.conditions) >= 100


@pytest.mark.parametrize("path", sorted(CONDITIONS.iterdir()), ids=lambda path: path.stem)
def test_a_condition_stands_where_its_code_leads(path: Path) -> None:
    first, last = path.stem.split("_")[0].split("-")
    codes = [row.icd10cm for row in read_rows(path, Condition)]
    assert codes == sorted(codes)
    assert all(first <= code[:3] <= last for code in codes)


def test_the_documents_say_how_many_there_are() -> None:
    many = len(load_common().conditions)
    pages = (
        "README.md",
        "README.zh-CN.md",
        "CHANGELOG.md",
        "docs/diagnosis.md",
        "docs/measured.md",
        "docs/measured.zh-CN.md",
    )
    for name in pages:
        assert f"{many} " in (ROOT / name).read_text("utf-8"), name


def test_no_two_have_the_same_name() -> None:
    taken: dict[str, str] = {}
    twice = []
    for condition in load_common().conditions:
        for name in {condition.name.en.casefold(), condition.name.zh}:
            twice += [name] if taken.setdefault(name, condition.id) != condition.id else []
    assert twice == []


def test_every_code_is_a_code_of_icd_10_cm_and_billable() -> None:
    wrong = [
        c.icd10cm for c in load_common().conditions if not (icd.is_valid_item(c.icd10cm) and icd.is_leaf(c.icd10cm))
    ]
    assert wrong == []


def test_local_findings_are_named_alike_everywhere() -> None:
    common = load_common()
    ours = [ref for ref in named_findings(common) if ref.code.startswith("R1:")]
    wrong = [ref for ref in ours if common.findings[ref.code].name != ref.label]
    assert wrong == []


def test_a_local_finding_may_imply_another_one_but_not_itself(medical: MedicalKnowledge) -> None:
    common = load_common()
    above = {
        f.id: f.is_a.code for f in common.findings.values() if f.is_a is not None and f.is_a.code.startswith("R1:")
    }
    assert above
    assert not above.items() & {(code, code) for code in above}
    for code, other in above.items():
        assert common.lineage(code, medical.ontology) == (code, *common.lineage(other, medical.ontology))


@pytest.mark.parametrize("name", ["english", "chinese", "english_widened", "chinese_widened"])
def test_every_vignette_is_of_a_condition_that_is_there(name: str) -> None:
    codes = {c.icd10cm for c in load_common().conditions}
    assert {row["icd10cm"] for row in read_jsonl(VIGNETTES / f"{name}.jsonl")} <= codes


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("prior: [{class: common}]", "prior: [{class: common, share: 0.3}]"),
        ("prior: [{class: common}]", "prior: [{class: often}]"),
        ("prior: [{class: common}]", "prior: [{class: common, from_age: 30}]"),
        ("HP:0012735 Cough", "Cough"),
        ("HP:0012735 Cough", "HP:0012735"),
        ("{en: none, zh: 无}", "{en: within 10 minutes, zh: 无}"),
        ("{en: none, zh: 无}", "{en: none}"),
        ("icd10cm: J00", "icd10cm: cold"),
        ("basis: editorial, not clinician-reviewed", "basis: expert opinion"),
        ("prior:", "must_not_miss: true\n  prior:"),
        ("prior:", 'against: {strong: ["HP:0012735 Cough"]}\n  prior:'),
        ("prior:", "measured: [{of: incidence, value: 2.5}]\n  prior:"),
        ("prior:", "measured: [{of: incidence, value: 2.5, source: a book, quote: it says two and a half}]\n  prior:"),
        ("- id: common-cold", "- id: common cold"),
    ],
)
def test_what_a_file_may_not_say(tmp_path: Path, old: str, new: str) -> None:
    condition(tmp_path)
    with pytest.raises(KnowledgeError, match=r"test\.yaml"):
        condition(tmp_path, MINIMAL.replace(old, new))


@pytest.mark.parametrize("words", ["en: [t(8, 14)]", "zh: [t(8, 14)]", 'en: ["t(8;14)"]'])
def test_a_wording_has_no_half_a_parenthesis(tmp_path: Path, words: str) -> None:
    path = tmp_path / "test.yaml"
    path.write_text(f"- finding: R1:0577 Starry-sky lymphoma or jaw mass\n  {words}\n", encoding="utf-8")
    with pytest.raises(KnowledgeError, match="parenthesis"):
        read_rows(path, Words)


def test_a_number_with_its_source_is_allowed(tmp_path: Path) -> None:
    measured = 'measured: [{of: duration in days, value: 7, source: "PMID:1", quote: lasts about seven days}]\n  prior:'
    assert condition(tmp_path, MINIMAL.replace("prior:", measured)).measured[0].value == 7


def test_the_first_prior_that_fits_counts() -> None:
    torsion = next(c for c in load_common().conditions if c.id == "testicular-torsion")
    assert torsion.commonness(14, Sex.MALE) is Commonness.UNCOMMON
    assert torsion.commonness(60, Sex.MALE) is Commonness.RARE
    assert torsion.commonness(14, Sex.FEMALE) is Commonness.EXCLUDED


@pytest.mark.parametrize(
    ("condition", "age", "there"),
    [
        ("pancreatic-cancer", 0.01, False),
        ("gallstone-ileus", 0.01, False),
        ("alcoholic-hepatitis", 0.01, False),
        ("colorectal-cancer", 0.75, False),
        ("acute-myocardial-infarction", 5, False),
        ("colorectal-cancer", 16, True),
        ("acute-myocardial-infarction", 25, True),
        ("infantile-spasms", 0.5, True),
        ("infantile-spasms", 30, False),
    ],
)
def test_an_age_at_which_nobody_has_it_excludes_a_condition(condition: str, age: float, there: bool) -> None:
    known = next(c for c in load_common().conditions if c.id == condition)
    assert (known.commonness(age, Sex.FEMALE) is not Commonness.EXCLUDED) is there


@pytest.mark.parametrize(
    ("condition", "age", "other"),
    [
        ("malrotation-volvulus", 35, True),
        ("malrotation-volvulus", 10, False),
        ("malrotation-volvulus", None, False),
        ("bladder-cancer", 9, True),
        ("pulmonary-embolism", 25, False),
        ("aortic-dissection", 5, False),  # rare in everybody
    ],
)
def test_what_adults_have_is_of_another_age_in_a_child_and_the_other_way_round(
    condition: str, age: float | None, other: bool
) -> None:
    known = next(c for c in load_common().conditions if c.id == condition)
    assert known.is_of_another_age(age) is other


def test_no_child_and_nobody_old_has_a_disease_of_pregnancy() -> None:
    of_pregnancy = [c for c in load_common().conditions if c.icd10cm.startswith("O") and c.id != "mastitis"]
    ages = {age: {c.commonness(age, Sex.FEMALE) is Commonness.EXCLUDED for c in of_pregnancy} for age in (2, 9, 30, 60)}
    assert ages == {2: {True}, 9: {True}, 30: {False}, 60: {True}}


def test_an_age_that_is_not_known_excludes_nothing() -> None:
    """What some age of a sex permits, is permitted where only the sex is known, and what some sex does, without it."""
    wrong = []
    for condition in load_common().conditions:
        permits = {
            sex: any(condition.commonness(age, sex) is not Commonness.EXCLUDED for age in range(131))
            for sex in (Sex.FEMALE, Sex.MALE)
        }
        permits[Sex.UNKNOWN] = any(permits.values())
        for sex, some in permits.items():
            if some is (condition.commonness(None, sex) is Commonness.EXCLUDED):
                wrong.append((condition.id, sex.value))
    assert wrong == []

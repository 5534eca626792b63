"""The files of common conditions say only what they may, in codes that exist."""

import re
from pathlib import Path

import pytest
import simple_icd_10_cm as icd

from benchmarks.common import read_jsonl
from core.errors import KnowledgeError
from knowledge.medical.case import Sex
from knowledge.medical.common import load_common, read_rows
from knowledge.medical.common.schema import Commonness, Condition, Words
from knowledge.medical.drugs import load_drugs
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.notes.words.chinese import ChineseBook
from knowledge.medical.notes.words.phrases import PhraseBook
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


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("患者癫痫。", "HP:0001250"),
        ("癫痫持续状态", "HP:0002133"),
        ("长期服用抗癫痫药", ""),
        ("突发脑梗死", "HP:0002140"),
        ("脑出血", "HP:0001342"),
        ("化脓性脑膜炎", "HP:0001287"),
        ("接种脑膜炎疫苗", ""),
        ("急性心肌梗死", "HP:0001658"),
        ("肺栓塞", "HP:0002204"),
        ("大便发黑3天", "HP:0002249"),
        ("有自杀想法", "HP:0031589"),
        ("胸痛向左肩背部放射", "HP:0100749 HP:0012513"),
        ("腹肌紧张", "HP:0032545"),
        ("考试前紧张", "HP:0000739"),
        ("盆底肌紧张", "HP:0003552"),
        ("胸背部撕裂样疼痛", "R1:0002"),
        ("肛门撕裂样疼痛", "R1:0055"),
        ("喉头发紧", "R1:0024"),
        ("子痫前期", "R1:0732"),
        ("电休克治疗", ""),
        ("肺炎双球菌、肺炎杆菌", ""),
        ("肺炎杆菌肺炎", "HP:0002090"),
        ("意识模糊", "HP:0001289"),
        ("CT示蛛网膜下腔出血，脑脊液黄变", "HP:0002138 R1:0667"),
        ("指头剧痛，骨头胀痛，膝头剧痛", ""),
        ("乳头胀痛，头胀痛", "HP:0002315"),
        ("颈肩头痛", "HP:0002315"),
        ("麻疹、脑膜炎及脑炎疫苗已种", ""),
        ("发热、流感疫苗未接种", "HP:0001945 R1:0168"),
        ("患脑膜炎、未接种疫苗", "HP:0001287 R1:0168"),
        ("右上腹未触及包块，右上腹平软，右下腹未及压痛", ""),
        ("脐周痛固定于右下腹，全腹压痛，以右上腹为著", "R1:0007 R1:0003 R1:0005"),
        ("角膜反射消失，提睾反射消失", ""),
        ("腱反射均消失，反射消失", "HP:0001284 HP:0001284"),
        ("心包摩擦音，弯腰抱膝位稍缓解", ""),
        ("膝关节活动时摩擦音，弯腰或坐下后缓解", "R1:0138 HP:0031952"),
        ("咳嗽不伴咳痰，吞咽不困难", "HP:0012735 HP:0031245"),
        ("阴道不规则流血，大便不带血", "HP:0034263"),
        ("上腹部不适疼痛，吞咽稍困难", "HP:0410019 HP:0002015"),
        ("肌束震颤，心尖区收缩期震颤，语音震颤减弱", "HP:0002380"),
        ("双手震颤，头昏", "HP:0001337 HP:0002321"),
        ("阑尾切除术后5年，手术后十余年", ""),
        ("阑尾切除术后5天，手术后2周", "R1:0182 R1:0182"),
        ("t(8;14)", "R1:0577"),
        ("t(9;22)", "R1:0571"),
    ],
)
def test_chinese_words_of_emergencies(text: str, code: str) -> None:
    book = ChineseBook((words.finding.code, word) for words in load_common().words for word in words.zh)
    assert " ".join(found for _, _, found in book.find(text)) == code


@pytest.mark.parametrize(("text", "times"), [("角膜水肿，脑水肿，黏膜水肿", 0), ("颜面、双下肢水肿，全身水肿", 2)])
def test_some_organs_swell_otherwise(text: str, times: int) -> None:
    assert len(list(ChineseBook([("HP:0000969", "水肿")]).find(text))) == times


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Chest pain radiating to his left arm", "HP:0012513"),
        ("Pain which radiates down the left arm", "HP:0012513"),
        ("Endorses SI", "HP:0031589"),
        ("SI joint tenderness", ""),
        ("Pain at T 8 level", ""),
        ("Trachea shifted to the right", "R1:0464"),
        ("Reduced air entry on the right", "HP:4000214"),
    ],
)
def test_english_words_of_emergencies(medical: MedicalKnowledge, text: str, code: str) -> None:
    book = PhraseBook(medical.ontology, [(w.finding.code, word) for w in load_common().words for word in w.en])
    found = {hit.code for hit in book.find(re.findall(r"\w+|[^\w\s]", text))}
    assert code in found if code else not found & {"HP:0012513", "HP:0031589", "R1:0571", "R1:0577"}


COMMON_TERMS = """
0001635 CCF/HFrEF/ADHF/心衰/慢性心功能不全
0001677 CAD/IHD/ischaemic heart disease/coronary artery disease/冠心病
0033678 ACS
0005110 PAF/房颤
0002092 pulmonary hypertension
0011713 LBBB/左束支传导阻滞
0004950 PAD/PVD
0012622 CKD3/CKD3b
0000819 DM/T2 DM
0011499 pupil fixed and dilated/fixed dilated pupils
0006510 IECOPD/慢阻肺急性加重
0002090 HAP/treated for CAP/肺部感染
0011947 chest infection/LRTI/URTI/上呼吸道感染
0100526 lung cancer/肺癌
0002870 OSA
0000010 recurrent UTIs/反复尿路感染
0003774 ESRD/ESKD/尿毒症
0000083 renal impairment
0008711 BPH/enlarged prostate/前列腺增生
0000836 thyrotoxicosis/甲亢
0000821 hypothyroid/甲减
0005086 OA knee
0002176 cord compression
6000655 NOF fracture/fractured NOF
0031846 hip fracture
0002383 encephalitis/脑炎
0001298 autoimmune encephalitis
0001300 Parkinson's disease/帕金森病
0002511 Alzheimer's disease
0030955 alcohol dependence
0002239 UGIB/variceal bleed
0002573 PR bleeding
0002253 diverticulitis
0033404 mesenteric ischaemia
0001397 NAFLD/脂肪肝
0002910 deranged LFTs/肝功能异常
0001402 HCC/肝癌
0000131 fibroids/子宫肌瘤
0000147 PCOS
0011419 abruption
0001279 had a blackout
0002725 lupus/系统性红斑狼疮
0005575 溶血尿毒症综合征
0010881 umbilical cord compression
0001541 移动性浊音/腹腔少量积液
0001433 肝脾轻度肿大
0000853 甲状腺Ⅱ度肿大/甲状腺弥漫性肿大/甲状腺II度肿大
0000520 双眼突出
0004396 食欲下降/食欲明显减退
0000952 全身轻度黄染
0032106 巩膜轻度黄染
0030148 二尖瓣区收缩期吹风样杂音
6000106 右肾区叩击痛/双肾区轻叩痛
0032408 右乳包块
0003487 右侧巴氏征(+)
0010628 右侧鼻唇沟变浅
0200037 口腔疱疹
"""


def found_in(text: str, books: tuple[PhraseBook, ChineseBook]) -> set[str]:
    english, chinese = books
    tokens = re.findall(r"\w+|[^\w\s]", text)
    return {hit.code for hit in english.find(tokens)} | {code for _, _, code in chinese.find(text)}


@pytest.fixture(scope="module")
def books(medical: MedicalKnowledge) -> tuple[PhraseBook, ChineseBook]:
    words = load_common().words
    english = PhraseBook(medical.ontology, [(w.finding.code, word) for w in words for word in w.en])
    return english, ChineseBook((w.finding.code, word) for w in words for word in w.zh)


@pytest.mark.parametrize("row", COMMON_TERMS.strip().split("\n"))
def test_common_terms_of_notes(books: tuple[PhraseBook, ChineseBook], row: str) -> None:
    code, _, texts = row.partition(" ")
    assert {text: found_in(text, books) for text in texts.split("/")} == {
        text: {f"HP:{code}"} for text in texts.split("/")
    }


@pytest.mark.parametrize(
    "text",
    [
        *("cap refill under two seconds", "wears pads for comfort", "hypo-active bowel sounds", "low sodium diet"),
        *("blackout curtains fitted", "Ida attended", "Ms Nash attended", "anti-epileptic drugs", "PVC catheter"),
        *("早上感到疲倦", "马上感染科会诊", "肝脾无肿大，甲状腺未触及肿大", "双下肢无水肿", "双肾区无叩击痛"),
        *("巴氏征未引出", "带状疱疹疫苗", "疱疹病毒抗体", "鼻唇沟对称", "双乳未及包块", "食欲正常", "肝大小正常"),
    ],
)
def test_words_alike_that_name_none(books: tuple[PhraseBook, ChineseBook], text: str) -> None:
    assert found_in(text, books) & {f"HP:{row.split()[0]}" for row in COMMON_TERMS.strip().split("\n")} == set()


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


@pytest.mark.parametrize(
    ("finding", "classes"),
    [
        ("R1:0186", ("vitamin K antagonist", "direct oral anticoagulant")),
        ("R1:0714", ("heparins",)),
    ],
)
def test_every_anticoagulant_and_its_brands_are_words(finding: str, classes: tuple[str, ...]) -> None:
    drugs = load_drugs()
    names = {
        name
        for group in drugs.classes
        if group.name in classes
        for member in group.members
        for name in drugs.ingredients[member]
        if name != "ufh" and ("肝素" not in name or name == "肝素")  # stands in the others
    }
    words = {
        word.casefold() for row in load_common().words if row.finding.code == finding for word in (*row.en, *row.zh)
    }
    assert len(names) > 9
    assert names - words == set()

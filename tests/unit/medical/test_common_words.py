"""The words of findings in common/words.yaml."""

import re

import pytest

from knowledge.medical.common import load_common
from knowledge.medical.drugs import load_drugs
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.notes.words.chinese import ChineseBook
from knowledge.medical.notes.words.phrases import PhraseBook


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
        ("外阴溃疡，双眼红痛，结节红斑", "HP:0003249 HP:0200026 HP:0012219"),
        ("手掌脚掌瘙痒", "HP:0000989"),
        ("意识模糊", "HP:0001289"),
        ("CT示蛛网膜下腔出血，脑脊液黄变", "HP:0002138 R1:0667"),
        ("指头剧痛，骨头胀痛，膝头剧痛", ""),
        ("乳头胀痛，头胀痛", "HP:0002315"),
        ("颈肩头痛", "HP:0002315"),
        ("麻疹、脑膜炎及脑炎疫苗已种", ""),
        ("发热、流感疫苗未接种", "HP:0001945 R1:0168"),
        ("患脑膜炎、未接种疫苗", "HP:0001287 R1:0168"),
        ("右上腹未触及包块，右上腹平软，右下腹未及压痛", ""),
        ("脐周痛固定于右下腹，全腹压痛，以右上腹为著", "R1:0007 R1:0003 HP:0002027 R1:0005"),
        ("角膜反射消失，提睾反射消失", "HP:0031829"),
        ("腱反射均消失，反射消失", "HP:0001284 HP:0001284"),
        ("心包摩擦音，弯腰抱膝位稍缓解", "HP:0034788"),
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
def test_chinese_words_of_emergencies(books: tuple[PhraseBook, ChineseBook], text: str, code: str) -> None:
    assert " ".join(found for _, _, found in books[1].find(text)) == code


@pytest.mark.parametrize(("text", "times"), [("角膜水肿，脑水肿，黏膜水肿", 0), ("颜面、双下肢水肿，全身水肿", 2)])
def test_some_organs_swell_otherwise(text: str, times: int) -> None:
    assert len(list(ChineseBook([("HP:0000969", "水肿")]).find(text))) == times


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Chest pain radiating to his left arm", "HP:0012513"),
        ("Pain which radiates down the left arm", "HP:0012513"),
        ("Endorses SI", "HP:0031589"),
        ("Tremulous since morning", "HP:0001337"),
        ("He is seeing spiders", "HP:0002367"),
        ("RIF guarding", "HP:0032546"),
        ("SI joint tenderness", ""),
        ("Pain at T 8 level", ""),
        ("Trachea shifted to the right", "R1:0464"),
        ("Reduced air entry on the right", "HP:4000214"),
    ],
)
def test_english_words_of_emergencies(books: tuple[PhraseBook, ChineseBook], text: str, code: str) -> None:
    found = {hit.code for hit in books[0].find(re.findall(r"\w+|[^\w\s]", text))}
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

"""What Chinese words name in notes, and what words that contain them do not."""

import pytest

from knowledge.medical.chinese_names import chinese_names, names_to_read
from knowledge.medical.common import load_common
from knowledge.medical.notes.characters import plain
from knowledge.medical.notes.context.assertion import contexts
from knowledge.medical.notes.context.cue_rules import Assertion
from knowledge.medical.notes.words.chinese import ChineseBook
from knowledge.medical.notes.words.qualities import qualities

_COMMON = load_common()
_BOOK = ChineseBook((*((w.finding.code, word) for w in _COMMON.words for word in w.zh), *names_to_read()))
_LABELS = {w.finding.code: w.finding.label for w in _COMMON.words}
_ENGLISH = {chinese: english for english, chinese in chinese_names().items()}
_LABELS |= {code: _ENGLISH[chinese] for code, chinese in names_to_read()}


def named(note: str) -> str:
    """The findings that are present, then those that are absent, by the words for them."""
    text = plain(note)
    found: list[tuple[int, int, str]] = []
    for hit in sorted((*_BOOK.find(text), *qualities(text)), key=lambda hit: (hit[0] - hit[1], hit)):
        if all(hit[1] <= other[0] or other[1] <= hit[0] for other in found):  # the longest, as in a note
            found.append(hit)
    found.sort()
    said = contexts(note, [hit[:2] for hit in found])
    signs = {Assertion.PRESENT: "+", Assertion.NEGATED: "-"}
    labels = [signs.get(c.assertion, "?") + _LABELS[hit[2]] for hit, c in zip(found, said, strict=True)]
    return ", ".join(sorted(dict.fromkeys(labels)))


@pytest.mark.parametrize(
    ("note", "said"),
    [
        # The body fluids and their tests
        ("血尿酸增高，血尿素氮正常，血尿常规已送", ""),
        ("尿蛋白定量待回报", ""),
        ("排尿呈洗肉水样", "+Macroscopic hematuria"),
        ("血培养示大肠埃希菌生长", "+Bacteremia"),
        ("血培养无细菌生长，血培养待回报", ""),
        # Mind and habits
        ("神志清，精神差，食欲不振", "+Fatigue, +Poor appetite"),
        ("精神尚可", ""),
        ("夜间自言自语，无故发笑", "+Atypical behavior, +Inappropriate laughter"),
        ("饮酒20年，每日半斤", "+Alcohol use"),
        ("戒烟，禁止饮酒", "?Alcohol use"),
        ("考虑乏力与低钠血症有关", "+Fatigue, +Hyponatremia"),
        # Liver and abdomen
        ("乙肝大三阳，接种过乙肝疫苗，乙肝五项未查", "+Viral hepatitis"),
        ("HBsAg(+)，乙肝表面抗体阳性", "+Viral hepatitis"),
        ("全腹膨隆，腹壁静脉曲张", "+Abdominal distention, +Caput medusae"),
        ("上腹部阵发性烧灼样痛，左下腹持续性刀割样疼痛", "+Epigastric pain, +Left lower quadrant pain"),
        ("腹软，叩诊鼓音", ""),
        ("右胸饱满，叩诊鼓音", "+Decreased breath sounds with hyperresonance"),
        ("排便时突发胸痛", "+Chest pain"),
        ("双侧腹股沟未见疝，腹股沟区丘疹", "+Papule"),
        ("右腹股沟胀痛", "+Groin pain"),
        # Head, eyes, nerves
        ("右眼球活动受限，左膝活动受限", "+Limitation of joint mobility, +Ophthalmoplegia"),
        ("克氏征(+)，布氏征(-)", "+Kernig or Brudzinski sign, -Kernig or Brudzinski sign"),
        ("视物重影，左眼外展受限", "+Abducens palsy, +Diplopia"),
        ("R侧肢体活动不灵，L侧肢体肌力3级", "+Hemiparesis"),
        ("左眼裂闭合不全，左侧额纹变浅", "+Facial palsy, +Lagophthalmos"),
        (
            "睫状充血，角膜轻度水肿，前房偏浅",
            "+Cloudy cornea, mid-dilated pupil or high eye pressure, +Red eye, +Shallow anterior chamber",
        ),
        ("眼压 右17mmHg，左48mmHg", "+Cloudy cornea, mid-dilated pupil or high eye pressure"),
        ("眼压右17mmHg，左16mmHg，血压86mmHg", ""),
        ("瞳孔对光敏感", ""),
        ("怀疑邻居要谋害自己，性格孤僻，自知力缺失", "+Lack of insight, +Paranoia, +Social withdrawal"),
        ("怀疑药物性肝损害", ""),
        # Skin, limbs, spine
        ("全身瘙痒半月，夜间加重，见隧道状损害", "+Nocturnal itching, +Pruritus, +Skin burrows"),
        (
            "左上肢肌力4级，左下肢3级，左Babinski(+)",
            "+Babinski sign, +Lower limb muscle weakness, +Upper limb muscle weakness",
        ),
        ("下肢肿(+)，左小腿下肢肿块", "+Pedal edema"),
        ("颈静脉充盈正常，颜面部浮肿", "+Facial edema"),
        ("左上臂骨折，左臂活动好", "+Bone fracture"),
        ("胸骨中下段压痛，胸椎叩痛", "+Back pain, +Bone pain"),
        ("肩上举痛，双合诊举痛(+)", "+Cervical pus, motion tenderness or adnexal tenderness"),
        ("左颈后触及1.5cm×1cm淋巴结", "+Cervical lymphadenopathy"),
        ("唇红干裂，肢端脱皮", "+Lip fissure, +Scaling skin"),
        ("皮疹沿肋间神经分布", "+Dermatomal rash, +Skin rash"),
        # Chest, throat, pelvis
        ("左肺见斑片状阴影，双侧肋膈角变钝", "+Pleural effusion, +Pulmonary infiltrates"),
        ("双肺未见斑片影，无干啰音", "-Pulmonary infiltrates, -Rhonchi"),
        ("心界向左扩大，脉搏细弱，肝颈静脉回流征(+)", "+Cardiomegaly, +Hepatojugular reflux, +Weak pulse"),
        ("咽部轻度充血，双扁桃体Ⅱ度肿大，鼻衄", "+Enlarged tonsils, +Epistaxis, +Pharyngitis"),
        ("指套血染，前列腺Ⅲ度增大", "+Benign prostatic hyperplasia, +Hematochezia"),
        ("液波震颤(+)，舒张期震颤", "+Ascites"),
        ("行走不稳，指鼻试验不准，Romberg征(+)", "+Dysmetria, +Positive Romberg sign, +Unsteady gait"),
        ("神志不清，四肢抽动，哭时泪少", "+Confusion, +Dehydration, +Seizure"),
        # Names of what someone lacks
        ("无乳房红肿，无子宫压痛，无脉搏短绌", "-Breast redness, -Uterine tenderness"),
        ("患者无乳。无脉", "+Absent pulse, +Agalactia"),
        # Children
        ("系孕32周早产", "+Premature birth of the patient"),
        ("前囟凹陷，皮肤弹性减退，呼吸深快", "+Deep rapid breathing, +Dehydration"),
        ("拒食，颊黏膜见多个溃疡", "+Oral ulcer, +Poor appetite"),
        # Taiwan and Hong Kong
        (
            "無流鼻水，後眼窩痛，手腳紅疹，無反彈痛",
            "+Pain behind the eyes with fever, +Skin rash, -Abdominal guarding, -Rhinorrhea",
        ),
    ],
)
def test_what_words_name(note: str, said: str) -> None:
    assert named(note) == said


def test_hostile_texts_take_no_time() -> None:
    for text in (
        "上腹部持续性阵发性刀割样" * 5_000,
        "颈部" * 20_000,
        "血培养" * 20_000,
        "眼压右" * 20_000,
        "肺叩诊" * 20_000,
    ):
        list(_BOOK.find(text))
        list(qualities(text))

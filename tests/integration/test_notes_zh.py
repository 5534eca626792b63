"""What is read in sentences of Chinese notes: admission, ward, newborns, patients' own words, Hong Kong and Taiwan."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # an examination in telegraphic style
        ("腹平软，肝脾肋下未触及。", "-Hepatomegaly -Splenomegaly"),
        ("肝肋下未及，脾未触及", "-Hepatomegaly -Splenomegaly"),
        ("心率72次/分，律齐，各瓣膜听诊区未闻及杂音", "-Bradycardia -Heart murmur -Tachycardia"),
        ("颈软，脑膜刺激征阴性，病理征未引出", "-Babinski sign -Kernig or Brudzinski sign -Nuchal rigidity"),
        ("颈部软组织肿胀，病理征阳性", "+Babinski sign"),
        ("双侧瞳孔等大等圆，四肢肌力5级", "-Anisocoria -Limb muscle weakness"),
        ("四肢肌力5-级", ""),
        ("浅表淋巴结未触及肿大", "-Lymphadenopathy"),
        ("颈部可触及数枚肿大淋巴结", "+Cervical lymphadenopathy"),
        ("腹部柔软，未触及包块，膈下未见游离气体", "-Abdominal mass -Free air under the diaphragm"),
        ("体重无明显变化，夜间尚可平卧", "-Increased body weight -Orthopnea -Weight loss"),
        ("不能平卧，端坐位", "+Orthopnea"),
        ("双肺未闻及啰音", "-Crackles"),
        ("内瘘震颤良好", ""),
        # two findings of one word
        ("大小便失禁", "+Bowel incontinence +Urinary incontinence"),
        ("无大小便失禁", "-Bowel incontinence -Urinary incontinence"),
        ("双下肢麻木无力半年", "+Lower limb muscle weakness +Paresthesia"),
        ("右侧肢体麻木、无力", "+Hemiparesis +Paresthesia"),
        ("无肢体麻木无力", "-Limb muscle weakness -Paresthesia"),
        # values
        ("24小时尿量约300ml，氧合指数112", "+Hypoxemia +Oliguria"),
        ("骨髓浆细胞42%", "+Plasmacytosis"),
        ("毛细血管再充盈时间4秒", "+Abnormal capillary physiology"),
        ("毛细血管再充盈时间2秒", ""),
        ("BP 95/60，HR 55次/分", "-Hypertension -Tachycardia"),  # neither low nor clearly not
        ("神志清楚，头颅CT未见明显出血", "-Intracranial hemorrhage -Reduced consciousness"),
        ("头颅CT示脑出血，未见其他出血", "+Cerebral hemorrhage"),
        (
            "掌指关节肿痛，无出血倾向",
            "+Arthralgia +Joint swelling +Swollen finger joints or rheumatoid hand deformity -Abnormal bleeding",
        ),
        ("咳黄脓痰，夜寐不安", "+Insomnia +Purulent sputum"),
        # words in other words, and time
        ("偶有痰中带血", "+Hemoptysis"),
        ("急性肠胃炎", ""),
        ("对光反应差，肛门括约肌张力低下", ""),
        ("反应差，肌张力低下，体温不升", "+Hypothermia +Hypotonia +Lethargy"),
        ("双眼上翻，四肢抽搐", "+Seizure"),
        ("心电图示宽QRS波", "+Prolonged QRS complex"),
        ("末次化疗为8月前", "+Immunosuppression or chemotherapy"),
        ("末次化疗后1周", "+Recent chemotherapy"),
        ("长期口服泼尼松，自行停药5天", "+Steroid use +Steroids stopped or missed"),
        # persecutors are no relatives who are ill
        ("称邻居在其饭菜里下毒", "+Paranoia"),
        ("其妻半年前确诊肺结核", "+Contact with the same illness"),
        ("上週去過泰國，從越南旅遊回來", "+Recent travel to the tropics"),
        ("T10平面以下痛觉减退", "+Sensory level +Somatic sensory dysfunction"),
        ("幻觉消失", ""),
        ("咽反射减弱，肌张力增高", "+Hypertonia"),
        ("尿亚硝酸盐阳性", "+Nitrituria"),
        ("全身浅表淋巴结未触及，没吐", "-Lymphadenopathy -Vomiting"),
        # Hong Kong
        ("冇發燒，冇咳，肚痛，作嘔", "+Abdominal pain +Nausea -Cough -Fever"),
        # patients and parents
        ("头不痛，肚子不疼，小便也不疼，下面没出血", "-Abdominal pain -Abnormal vaginal bleeding -Dysuria -Headache"),
        ("今天跑到右下肚子疼了", "+Abdominal pain +Right lower quadrant pain"),
        ("大便里没有血，痰中无血", "-Hematochezia -Hemoptysis"),
        ("昨晚烧到38度5，尿的时候火辣辣的疼", "+Dysuria +Fever -Hypothermia"),
        ("吐了五次，没怎么尿，哭的时候没眼泪", "+Dehydration +Oliguria +Vomiting"),
    ],
)
def test_sentences_of_chinese_notes(signs: Callable[[str], str], text: str, said: str) -> None:
    assert signs(text) == said

"""Laboratory results in values and in words become findings, by a laboratory's own word before the number."""

import pytest

from knowledge.medical.case import Status
from knowledge.medical.notes.values.results import read_results


@pytest.mark.parametrize(
    ("text", "present"),
    [
        ("Serum ferritin: decreased.", {"HP:0012343"}),
        ("Urate 560, B12 90 ng/L, vit D 12 nmol/L", {"HP:0002149", "HP:0100502", "HP:0100512"}),
        ("B12 1000 mcg IM, vit D 1000 IU daily, B12 450 ng/L", set()),
        ("BMI 36. AHI 40.", {"HP:0001513", "HP:0010535"}),
        ("BMI 24. AHI 3.", set()),
        ("CK 250 U/L (<200), LDL 3.0 mmol/L (<3.4)", {"HP:0003236"}),
        ("fibrinogen 1.1 g/L (expected 4-6), anion gap 34, Cl 84 mEq/L", {"HP:0011900", "HP:0031962", "HP:0003113"}),
        ("fibrinogen 3 g/L, anion gap 12, chloride 102, sweat chloride 92 mmol/L", set()),
        ("Total plasma Hcy 210 µmol/L (<12), ammonia 148 µmol/L (<50)", {"HP:0002160", "HP:0001987"}),
        ("IgG 3 g/L, IgA 600 mg/dL, IgE 2,400 IU/mL, Borrelia IgG 30 U/mL", {"HP:0004315", "HP:0003261", "HP:0003212"}),
        ("Urinary porphobilinogen 88 mg/L (<2), protein 2.1 g/day", {"HP:0012217", "HP:0000093"}),
        ("BMI 14.5", {"HP:0045082"}),
        ("ANA 1:640", {"HP:0003493"}),
        ("ANA 1:40, PR3 negative", set()),
        ("anti-Ro positive, anti-tTG positive, PR3 positive", {"HP:0033555", "HP:0033563", "HP:0033557"}),
        ("Ferritin 8 ng/mL.", {"HP:0012343"}),
        ("PTH 9.8 pmol/L (1.6-6.9), PTH 9.8 pmol/L", {"HP:0003165"}),
        ("PTH 12 (2-7)", {"HP:0003165"}),
        ("morning cortisol 48 nmol/L (>300), prolactin 12 ng/mL (N < 25)", {"HP:0008163"}),
        ("Dengue IgM positive, anti-HBc IgM is positive", set()),
        ("IgM is raised", {"HP:0003496"}),
        ("TPO antibodies positive", {"HP:0025379"}),
        ("TSH is 0.1 mIU/L.", {"HP:0031098"}),
        ("TSH 48.2 mU/L (0.4-4.0) H", {"HP:0002925"}),
        ("Ferritin 8 ug/L", {"HP:0012343"}),
        # High in each unit that it may be in
        ("BUN 98, urea 60", {"HP:0003138"}),
        ("BUN 14, urea 32", set()),
        # One word about several tests
        ("C3 and C4 are low", {"HP:0005421", "HP:0045042"}),
        ("calcium and PTH both raised", {"HP:0003072", "HP:0003165"}),
        ("sodium, potassium and calcium are all low", {"HP:0002902", "HP:0002900", "HP:0002901"}),
        ("Check ferritin and B12, low threshold for admission", set()),
        ("LDH, ferritin: low", {"HP:0012343"}),
        ("ferritin, and B12 90 ng/L, chloride low", {"HP:0100502", "HP:0003113"}),
        # Without a blank: with a sign, with its unit, behind a Chinese name
        ("TSH<0.01, amylase>1000", {"HP:0031098", "HP:0410288"}),
        ("LDH<500, ferritin>15", set()),
        ("AST180U/L, HbA1c8.5%", {"HP:0031956", "HP:0040217"}),
        ("CK2 kinase, CA125 20U/mL, PT3 notes", set()),
        ("Pt 55, retired nurse", set()),
        ("脂肪酶2300U/L，血淀粉酶为1200U/L升高", {"HP:0032932", "HP:0410288"}),
        ("尿淀粉酶1200U/L，前白蛋白150mg/L，胸水乳酸脱氢酶500U/L", set()),
        ("转铁蛋白1.5g/L，人血白蛋白10g静滴，淋巴细胞5天后升高", set()),
        ("D-二聚体 6.2mg/L，ALB 15g/L，NEUT# 0.4×10^9/L", {"HP:0033106", "HP:0003073", "HP:0001875"}),
        ("D-二聚体 0.3mg/L，ALB 42g/L，NEUT# 4.1×10^9/L", set()),
        ("RF 280IU/ml，抗CCP>200U/ml，补体C3 0.32g/L", {"HP:0002923", "HP:0034092", "HP:0005421"}),
        ("RF 12IU/ml，抗CCP阴性，补体C3 1.1g/L，C3 4椎体", set()),
        ("ANA(+)，亚硝酸盐(+)，尿酮体3+，ACTH升高。", {"HP:0003493", "HP:0031812", "HP:0002919", "HP:0003154"}),
        ("ANA阴性，亚硝酸盐(-)，尿酮体(-)，急查尿酮体，TSH正常值0.4", set()),
        ("Trop I 40 -> 2310 ng/L", {"HP:0410173"}),
        ("hs-trop <3 ng/L x2. Trop neg.", set()),
        ("Trop +ve", {"HP:0410173"}),
        ("TSH: within normal limits.", set()),
        ("ESR: 68 mm/h (elevated).", {"HP:0003565"}),
        ("LVEF 25%, QTc 520 ms, IOP R 32 mmHg, ABI 0.5", {"HP:0012664", "HP:0001657", "HP:0007906", "HP:0004950"}),
        ("LVEF 60%, QTc 420 ms, IOP 15 mmHg, ABI 1.1", set()),
        ("Leukocyte count: 9,000/mm3 (elevated).", {"HP:0001974"}),
        ("Albumin 18 g/L, albumin 18.", {"HP:0003073"}),
        ("Protein: 4+. Blood: 3+.", {"HP:0000093", "HP:0000790"}),
        ("Free T4: 7 ug/dL.", set()),  # a unit that is not ours
        ("Her mother's TSH: elevated.", set()),
        # A range in parentheses is no verdict
        ("ALT 180 U/L (normal 10-40)", {"HP:0031964"}),
        ("Troponin 0.6 ng/mL (normal <0.04)", {"HP:0410173"}),
        ("Lipase 1200 U/L (normal <60)", {"HP:0032932"}),
        ("Albumin 2.1 g/dL (normal 3.5-5.0)", {"HP:0003073"}),
        ("Albumin 2.1 g/dL normal range: 3.5-5.0", {"HP:0003073"}),
        ("TSH 12 mIU/L (normal 0.4-4.0)", {"HP:0002925"}),
        ("TSH 12 mIU/L (normal: up to 4.0)", {"HP:0002925"}),
        ("ALT 180 U/L (high, normal 10-40)", {"HP:0031964"}),
        ("ALT 50 U/L (normal)", set()),
        ("ALT 42 U/L (elevated)", {"HP:0031964"}),
        ("TSH normal 12", set()),
        # One behind the value decides, in its own unit, too; an aim does not
        ("TSH 4.9 (0.4-4.0)", {"HP:0002925"}),
        ("TSH 4.9 mU/L (0.4-5.5), ALT 50 U/L [0-55]", set()),
        ("Free T4 5 pmol/L (9-25)", {"HP:0033078"}),
        ("Albumin 36 g/L (38-50) L", {"HP:0003073"}),
        ("INR 2.5 (2-3)", {"HP:0008151"}),
        ("ALT 180 U/L (2-3 days ago)", {"HP:0031964"}),
        # Each unit has its own range, and no unit is guessed
        ("Neutrophils 6.2 x10^9/L", set()),
        ("Neutrophils 0.4 x10^9/L", {"HP:0001875"}),
        ("Neutrophils 400/uL", {"HP:0001875"}),
        ("Neutrophils 88%", {"HP:0011897"}),
        ("Neutrophils 5.1", set()),
        ("Neutrophils 0.3", {"HP:0001875"}),
        ("absolute neutrophil count 300", {"HP:0001875"}),
        ("Hct 0.42", set()),
        ("Hct 0.22", {"HP:0001903"}),
        ("Hct 22", {"HP:0001903"}),
        ("Reticulocytes 80 x10^9/L", set()),
        ("Reticulocytes 8%", {"HP:0001923"}),
        ("eosinophils 5.2 x10^9/L", {"HP:0001880"}),
        ("PaCO2 7.5 kPa", {"HP:0012416"}),
        ("PaCO2 60", {"HP:0012416"}),
        ("PaO2 60", {"HP:0012418"}),
        ("PaO2 7.1 kPa", {"HP:0012418"}),
        ("Phosphate 1.1, magnesium 0.8", set()),
        ("Magnesium 0.4 mmol/L", {"HP:0002917"}),
        ("Troponin T 12", set()),
        ("Troponin T 60 ng/L", {"HP:0410174"}),
        ("Troponin 0.6", {"HP:0410173"}),
        ("hs-troponin I 250 ng/L", {"HP:0410173"}),
        ("Troponin T 0.09 ng/mL, Trop I 0.07 ng/mL", {"HP:0410174", "HP:0410173"}),
        ("Troponin T 0.01 ng/mL, Trop I 0.02 ng/mL", set()),
        ("BNP 180 pg/mL", {"HP:0033534"}),
        ("NT-proBNP 180 pg/mL, pro-BNP 200 pg/mL, BNP 60 pg/mL, 脑钠肽前体180pg/mL", set()),
        ("NT-proBNP 4850 pg/mL", {"HP:0033534"}),
        ("脑钠肽180pg/mL", {"HP:0033534"}),
        ("albumin 28", {"HP:0003073"}),
        ("FEV1/FVC 0.82", set()),
        ("FEV1/FVC 0.55", {"HP:0030877"}),
        ("HbA1c 75 mmol/mol", {"HP:0040217"}),
        # A decimal comma
        ("albumin 2,1 g/dL", {"HP:0003073"}),
        ("INR 4,8", {"HP:0008151"}),
        # Doubt and a past elsewhere in the sentence
        ("Hx of CKD, troponin 0.6 ng/mL", {"HP:0410173"}),
        ("Previous troponin 0.6 ng/mL", set()),
        ("ALT 180 on admission", {"HP:0031964"}),
        # A dose is no magnesium
        ("paracetamol 500 mg 6 hrs ago", set()),
        ("amoxicillin 250 mg 3 times a day", set()),
        ("Morphine 4 mg 4 hourly", set()),
        ("Paracetamol 500 Mg 6 hourly", set()),
        ("PARACETAMOL 500 MG 4 TIMES", set()),
        ("Magnesium sulfate 4 g, Mg 6 hourly", set()),
        ("Mg 6.2 mg/dL", {"HP:0002918"}),
        ("Mg: 0.4 mmol/L", {"HP:0002917"}),
        ("K 7.1 Mg 0.3", {"HP:0002917"}),
        ("potassium 3.1 mg 0.2 mmol/L", {"HP:0002917"}),
        ("Mg2+ 3.4 mmol/L", {"HP:0002918"}),
        ("Mg low", {"HP:0002917"}),
        ("breast Ca detected", set()),
        ("PT 20 min", set()),
        ("urine PT +ve, LMP 7/52 ago. PT: negative", set()),
        # Everyday names
        ("neuts 0.3", {"HP:0001875"}),
        ("ANC 300", {"HP:0001875"}),
        ("ANC 20 weeks", set()),
    ],
)
def test_a_result_is_the_finding_it_stands_for(text: str, present: set[str]) -> None:
    told = [pair for result in read_results(text, 40.0) for pair in result.findings]
    assert {code for code, status in told if status is Status.PRESENT} == present


@pytest.mark.parametrize("text", ["Neutrophils 5.1", "Phosphate 1.1", "Troponin T 12", "Iron 12", "PaCO2 12"])
def test_where_units_disagree_nothing_is_said(text: str) -> None:
    assert read_results(text, 40.0) == []


def test_a_normal_result_denies_both_sides() -> None:
    (result,) = read_results("Prolactin: normal.", 30.0)
    assert {status for _, status in result.findings} == {Status.ABSENT}


def test_a_range_that_is_printed_judges_a_child() -> None:
    (result,) = read_results("Alkaline phosphatase 250 U/L (100-400)", 8.0)
    assert result.findings == (("HP:0003155", Status.ABSENT),)


def test_a_value_that_is_high_at_any_age_judges_a_child() -> None:
    (high,) = read_results("CK 18,600 U/L, AST 90 U/L, ALT 80 U/L", 5.0)
    assert high.findings == (("HP:0003236", Status.PRESENT),)


def test_an_adult_range_does_not_judge_a_child() -> None:
    assert read_results("Alkaline phosphatase: 250 U/L.", 8.0) == []
    assert read_results("Alkaline phosphatase: 250 U/L (elevated).", 8.0)[0].findings == (
        ("HP:0003155", Status.PRESENT),
    )


@pytest.mark.parametrize(
    ("text", "present"),
    [
        # A share of the white cells, not a count
        ("白细胞 13.0×10^9/L，中性粒细胞 0.86", {"HP:0011897"}),
        ("中性0.81，淋巴0.15", {"HP:0011897"}),
        ("WBC 17×10^9/L，N 0.9，L 0.08", {"HP:0011897"}),
        ("WBC17.3×10^9/L N90.2%", {"HP:0011897"}),
        ("N0.83", {"HP:0011897"}),
        ("中性粒细胞占 85%", {"HP:0011897"}),
        ("中性粒细胞 0.61，N 60%", set()),
        ("中性粒细胞 0.4×10^9/L，N/S 0.9% 500ml", {"HP:0001875"}),
        ("中性粒细胞绝对值 0.4", {"HP:0001875"}),
        # The laboratory's marks
        ("ALT↑、AST↑↑，ALB↓", {"HP:0031964", "HP:0031956", "HP:0003073"}),
        ("血皮质醇(8:00) 61nmol/L↓，ACTH 290pg/ml ↑", {"HP:0008163", "HP:0003154"}),
        ("总铁结合力 80μmol/L↑", {"HP:0025196"}),
        ("8岁患儿 补体C3 0.4g/L↓，补体C4 0.05g/L↓", {"HP:0005421", "HP:0045042"}),
        ("ALT ↑ 30, TSH 3.1 ↓ 2.0", set()),
        # Names and words of Chinese laboratories
        ("APTT延长，PT 12s", {"HP:0003645"}),
        ("TC 7.9mmol/L，TG 9.4mmol/L，LDL-C 5.2mmol/L", {"HP:0003124", "HP:0002155", "HP:0003141"}),
        ("ANA 1：320阳性，抗dsDNA抗体阳性，抗Sm抗体(+)", {"HP:0003493", "HP:0020151", "HP:0033040"}),
        ("抗核抗体1:80，抗双链DNA抗体(-)，抗线粒体抗体阴性", set()),
        ("CK-MB 92U/L，降钙素原 8.1ng/ml，FT3 15.2pmol/L", {"HP:0032232", "HP:0032308", "HP:0011788"}),
        ("PCT 0.22%，FT3 5.1pmol/L，CK-MB 12U/L", set()),
        ("F Ⅷ因子活性 3%，FⅧ:C 100%", {"HP:0003125"}),
        ("肌酐升高，血小板减低，血糖↑", {"HP:0003259", "HP:0001873", "HP:0003074"}),
        ("胰岛素治疗后血糖下降，白细胞(+)，尿肌酐升高", set()),
        ("β-HCG 5200mIU/ml，尿素氮↑", {"HP:6000485", "HP:0003138"}),
        ("补体C3、C4降低", {"HP:0005421", "HP:0045042"}),
    ],
)
def test_results_as_chinese_laboratories_print_them(text: str, present: set[str]) -> None:
    found = [finding for result in read_results(text, None) for finding in result.findings]
    assert {code for code, status in found if status is Status.PRESENT} == present


def test_fat_that_is_high_for_an_adult_is_high_for_a_child() -> None:
    assert ("HP:0003124", Status.PRESENT) in _findings("总胆固醇 8.8mmol/L", 6)
    assert _findings("总胆固醇 5.6mmol/L", 6) == []


def _findings(text: str, age_years: float) -> list[tuple[str, Status]]:
    return [finding for result in read_results(text, age_years) for finding in result.findings]

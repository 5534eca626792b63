"""Rules of :mod:`..red_flags` for the heart and the vessels. Fields: see the package docstring."""

from ..measurements import Quantity as Q
from ..red_flag_evidence import called, is_of_no_limb, is_paced, is_repaired, is_unruptured_or_mended
from ..red_flags import AtLeast, PatientIs, Rule, Unless, Value, all_of, any_of
from .signs import (
    BACK_PAIN,
    BELLY_PAIN,
    BREATHLESS,
    CHEST_PAIN,
    CLOT_PRONE,
    CONFUSED,
    FAINTED,
    FAST_HEART,
    FEVER,
    SHOCK_PRESSURE,
    VOMITING,
    has,
)

_OF_A_CLOT_IN_THE_LUNG = any_of(BREATHLESS, has("HP:0033771 Pleuritic chest pain"), FAINTED)
_A_FEW_BEATS = r"\bNSVT|non-?\s?sustain|\bruns?\b|beats|\d[ -]?beat\b|salvo|ablat|短阵|非持续|阵发"
_BOTH_LEGS = r"\bbilat|\bboth\b|\bb/l\b|[双两]"  # then it is of the heart or the kidneys
_BLEEDS = has(
    *("HP:0002248 Hematemesis", "HP:0002249 Melena", "HP:0002239 Gastrointestinal hemorrhage"),
    *("R1:0730 Ectopic pregnancy", "HP:0011891 Post-partum hemorrhage"),
)
_SLOW = Value(Q.HEART_RATE, at_most=39)

CARDIOVASCULAR_RULES = (
    Rule(
        "cardiac-arrest",
        ("Cardiac arrest", "心脏骤停"),
        ("Resuscitation; after it the cause, ECG and blood gas", "心肺复苏；复苏后查找病因、心电图和血气"),
        has("HP:0001695 Cardiac arrest"),
        "https://doi.org/10.1161/CIR.0000000000000916",
        follows=False,
    ),
    Rule(
        "shock",
        ("Shock", "休克"),
        ("Find and treat the cause; fluids", "查找并处理病因；补液"),
        any_of(SHOCK_PRESSURE, Value(Q.LACTATE, at_least=4.0)),
        "https://doi.org/10.1056/NEJMra1208943",
        follows=False,
        checked=True,
    ),
    Rule(
        "complete-heart-block",
        ("Complete heart block or very slow heart", "完全性房室传导阻滞或极慢心率"),
        ("12-lead ECG and monitoring; pacing, potassium, medicines", "12导联心电图并监护；起搏，查血钾和用药"),
        any_of(
            has("HP:0001709 Third degree atrioventricular block", but=is_paced),
            all_of(
                Unless(Unless(_SLOW)),  # false if the rate is missing: shock is no reason to ask for it
                _SLOW,
                any_of(has("HP:0011708 Mobitz II atrioventricular block"), FAINTED, SHOCK_PRESSURE, CHEST_PAIN),
            ),
            Value(Q.HEART_RATE, at_most=30),
        ),
        "https://doi.org/10.1093/eurheartj/ehab364",
        follows=False,
    ),
    Rule(
        "ventricular-tachycardia",
        ("Dangerously fast heart rhythm", "危险的快速心律失常"),
        (
            "12-lead ECG, monitor and defibrillator; potassium, magnesium",
            "12导联心电图、监护、除颤仪备用；查血钾、血镁",
        ),
        any_of(
            has("HP:0004756 Ventricular tachycardia", but=called(_A_FEW_BEATS)),
            has("HP:0001664 Torsade de pointes", "HP:0001663 Ventricular fibrillation"),
            all_of(
                PatientIs(from_age=16),
                any_of(
                    Value(Q.HEART_RATE, at_least=200),  # faster than the sinus node of an adult
                    all_of(Value(Q.HEART_RATE, at_least=150), any_of(FAINTED, CHEST_PAIN)),
                ),
            ),
            # for children, after Pediatric Advanced Life Support (https://doi.org/10.1161/CIR.0000000000000901)
            all_of(PatientIs(to_age=16), Value(Q.HEART_RATE, at_least=220)),
            all_of(PatientIs(from_age=1, to_age=16), Value(Q.HEART_RATE, at_least=180), Unless(FEVER)),
        ),
        "https://doi.org/10.1016/j.resuscitation.2021.02.010",
        follows=False,
    ),
    Rule(
        "acute-coronary-syndrome",
        ("Acute coronary syndrome", "急性冠脉综合征"),
        ("12-lead ECG and troponin at once", "立即12导联心电图和肌钙蛋白"),
        any_of(
            has(
                "R1:0001 Crushing chest pain",
                "HP:0033678 Acute coronary syndrome",
                "HP:0012251 ST segment elevation",
                "HP:0410173 Increased circulating troponin I concentration",
                "HP:0410174 Increased circulating troponin T concentration",
            ),
            all_of(
                CHEST_PAIN,
                PatientIs(from_age=30),
                any_of(
                    has("HP:0012513 Upper limb pain", "HP:0040264 Jaw pain", "HP:0000975 Hyperhidrosis"),
                    BREATHLESS,
                    VOMITING,
                    has(
                        "HP:0002018 Nausea",
                        "R1:0008 Chest pain triggered by exertion",
                        "R1:0041 Chest pain at rest",
                        "R1:0649 ST-segment changes",
                    ),
                    FAINTED,
                ),
            ),
        ),
        "https://doi.org/10.1161/CIR.0000000000001029",
        follows=False,
    ),
    Rule(
        "pulmonary-embolism",
        ("Pulmonary embolism", "肺栓塞"),
        ("Clinical probability (Wells); D-dimer or CT angiogram", "临床可能性评分(Wells);D-二聚体或CT肺动脉造影"),
        any_of(
            has("HP:0002204 Pulmonary embolism", but=called(r"(?<!on )\bchronic (?:PE\b|pulmonary emb)")),
            all_of(
                any_of(_OF_A_CLOT_IN_THE_LUNG, has("HP:0002105 Hemoptysis")),
                any_of(
                    all_of(
                        has("HP:0002105 Hemoptysis"),
                        any_of(_OF_A_CLOT_IN_THE_LUNG, CLOT_PRONE, FAST_HEART, Value(Q.SATURATION, at_most=94)),
                    ),
                    has(
                        "HP:0002625 Deep venous thrombosis",
                        "R1:0784 Swelling of one leg",
                        "HP:0012514 Lower limb pain",
                    ),
                    has("HP:0010741 Pedal edema", but=called(_BOTH_LEGS, 16)),
                    all_of(CHEST_PAIN, any_of(FAST_HEART, Value(Q.SATURATION, at_most=94))),
                    all_of(FAINTED, Value(Q.SATURATION, at_most=94)),
                    # a fast pulse alone comes with most faints, and with fast breathing after a loss of blood
                    all_of(FAINTED, FAST_HEART, CLOT_PRONE, Unless(_BLEEDS)),
                ),
            ),
        ),
        "https://doi.org/10.1111/j.1538-7836.2004.00790.x",
        follows=False,
        checked=True,
    ),
    Rule(
        "aortic-dissection",
        ("Aortic dissection", "主动脉夹层"),
        ("CT angiogram of the aorta; blood pressure in both arms", "主动脉CT血管造影；测双上肢血压"),
        any_of(
            has("R1:0002 Tearing chest pain", "HP:0002647 Aortic dissection"),
            all_of(
                CHEST_PAIN,
                any_of(
                    has("HP:0033746 Intrascapular pain", "HP:0001269 Hemiparesis"),
                    all_of(has("HP:0003418 Back pain"), any_of(FAINTED, SHOCK_PRESSURE)),
                ),
            ),
        ),
        "https://doi.org/10.1161/CIRCULATIONAHA.110.988568",
        follows=False,
        checked=True,
    ),
    Rule(
        "ruptured-aortic-aneurysm",
        ("Ruptured abdominal aortic aneurysm", "腹主动脉瘤破裂"),
        ("Vascular surgeon at once; ultrasound at the bedside, CT angiogram", "立即请血管外科；床旁超声、CT血管造影"),
        any_of(
            has("HP:0031649 Aortic rupture", but=is_repaired),
            has("HP:0005112 Abdominal aortic aneurysm", but=is_unruptured_or_mended),
            all_of(
                any_of(BELLY_PAIN, BACK_PAIN, FAINTED, SHOCK_PRESSURE),
                any_of(
                    has("HP:0005112 Abdominal aortic aneurysm", "R1:0044 Pulsatile abdominal mass", but=is_repaired),
                    all_of(PatientIs(from_age=60), BACK_PAIN, any_of(FAINTED, SHOCK_PRESSURE)),
                ),
            ),
        ),
        "https://www.nice.org.uk/guidance/ng156",
        follows=False,
    ),
    Rule(
        "cardiac-tamponade",
        ("Cardiac tamponade", "心脏压塞"),
        ("Echocardiogram at the bedside at once; pericardiocentesis", "立即床旁超声心动图；心包穿刺"),
        any_of(
            has("HP:0033415 Cardiac tamponade"),
            all_of(has("HP:0001698 Pericardial effusion", "HP:6000046 Pulsus paradoxus"), SHOCK_PRESSURE),
            all_of(
                has("R1:0222 Weak distant heart sounds"),
                has("HP:0030848 Elevated jugular venous pressure"),
                SHOCK_PRESSURE,
            ),
        ),
        "https://doi.org/10.1093/eurheartj/ehv318",
        follows=False,
    ),
    Rule(
        "hypertensive-emergency",
        ("Hypertensive emergency", "高血压急症"),
        ("Look for organ damage; lower the pressure under monitoring", "评估靶器官损害；监护下降压"),
        all_of(
            any_of(Value(Q.SYSTOLIC, at_least=181), Value(Q.DIASTOLIC, at_least=121)),
            any_of(
                CHEST_PAIN,
                BREATHLESS,
                CONFUSED,
                has("HP:0002315 Headache", "HP:0000572 Visual loss", "HP:0000622 Blurred vision", "HP:0001250 Seizure"),
            ),
        ),
        "https://doi.org/10.1161/HYP.0000000000000065",
        checked=True,
    ),
    Rule(
        "acute-limb-ischemia",
        ("Acute limb ischemia", "急性肢体缺血"),
        ("Vascular surgeon at once; heparin, CT angiogram", "立即请血管外科；肝素、CT血管造影"),
        any_of(
            has("HP:0033401 Tissue ischemia", but=is_of_no_limb),
            all_of(
                has(
                    "HP:0032554 Absent pulse",
                    "HP:0031271 Absent ankle pulse",
                    but=called("weak|dimin|decreas|reduc|减弱"),
                ),
                AtLeast(
                    2,
                    (
                        has("R1:0043 Cold extremity"),
                        has("HP:0012514 Lower limb pain", "HP:0012513 Upper limb pain"),
                        has("HP:0000980 Pallor"),
                        has(
                            "HP:0003401 Paresthesia",
                            "HP:0033748 Hypoesthesia",
                            "HP:0003474 Somatic sensory dysfunction",
                            "HP:0007340 Lower limb muscle weakness",
                        ),
                    ),
                ),
            ),
        ),
        "https://doi.org/10.1016/j.ejvs.2019.09.006",
        follows=False,
    ),
)

"""Rules of :mod:`..red_flags` for what puts the whole body, or a life, at risk. Data only.

What the fields say, and where all rules are, is told in :mod:`.`.
"""

from ..measurements import Quantity as Q
from ..notes.emergencies.overdoses import is_not_meant, is_of_old, is_only_near
from ..red_flag_evidence import called, is_dated_back, is_no_self_harm, is_number, not_called
from ..red_flags import AtLeast, PatientIs, Rule, Unless, Value, all_of, any_of
from .signs import (
    BREATHLESS,
    COMA,
    CONFUSED,
    FAINTED,
    FAST_BREATHING,
    FEVER,
    INFECTED,
    LOW_PRESSURE,
    SHOCK_PRESSURE,
    TOO_SLOW_OR_FAST_BREATHING,
    VOMITING,
    has,
)

_KETONES = any_of(Value(Q.KETONES, at_least=3.0), has("HP:0002919 Ketonuria", "HP:0001946 Ketosis"))
_ACIDOSIS = any_of(Value(Q.PH, at_most=7.29), Value(Q.BICARBONATE, at_most=14.9))
_NO_KETOACIDOSIS = any_of(
    all_of(Value(Q.KETONES, at_most=0.59, every=True), Unless(_ACIDOSIS)),
    all_of(
        Value(Q.PH, at_least=7.35, every=True),
        Value(Q.BICARBONATE, at_least=18, every=True),
        Unless(Value(Q.KETONES, at_least=3.0)),  # vomiting makes up for the acid
    ),
)
_MUCH_CALCIUM = Value(Q.CALCIUM, at_least=3.0)
_NO_SENTENCE = (  # not "able to speak in full sentences", "能说整句", nor advice for when it comes
    r"(?<!if )(?<!when )(?:\b(?:unable|inability|struggl\w+|too [a-z]+|not able) to|\bnot|\bcan ?not|n't|\bdifficulty) "
    r"(?:speak|talk|complet|finish|say|form|manag)\w*(?: (?:in|an?|full|whole|complete|any|his|her)){0,3} sentence|"
    r"\b(?:short|broken|incomplete|(?:[1-4]|two|three|single)[- ]word) sentence|"
    r"(?<!如)(?<!若)(?:不能|无法|难以|未能)[^，。；能]{0,4}(?:整句|成句)|不成句"
)
_CLAUSE = 40  # characters around its words
_COPD = has("HP:0006510 Chronic pulmonary obstruction")
_TYPE_2 = has("HP:0005978 Type II diabetes mellitus")

GENERAL_RULES = (
    Rule(
        "sepsis",
        ("Sepsis", "脓毒症"),
        ("Lactate, blood cultures, antibiotics and fluids without delay", "立即查乳酸、血培养，尽快给抗生素和补液"),
        any_of(
            has("HP:0100806 Sepsis", "R1:0733 Septic shock"),
            all_of(INFECTED, AtLeast(2, (FAST_BREATHING, LOW_PRESSURE, CONFUSED))),
            all_of(INFECTED, has("HP:0000965 Cutis marmorata", "HP:0100519 Anuria", "HP:0100520 Oliguria")),
        ),
        "https://doi.org/10.1001/jama.2016.0287",
        follows=False,
        checked=True,
    ),
    Rule(
        "neutropenic-sepsis",
        ("Neutropenic sepsis", "中性粒细胞减少伴感染"),
        ("Blood cultures and antibiotics at once; blood count", "立即血培养并给抗生素；血常规"),
        all_of(
            FEVER,
            any_of(
                has("R1:0583 Recent chemotherapy"),
                has("HP:0001875 Neutropenia", but=is_number),
                all_of(has("HP:0001875 Neutropenia"), Unless(Value(Q.NEUTROPHILS, at_least=0.51, every=True))),
            ),
        ),
        "https://www.nice.org.uk/guidance/cg151",
        follows=False,
    ),
    Rule(
        "anaphylaxis",
        ("Anaphylaxis", "严重过敏反应"),
        ("Adrenaline into the muscle at once", "立即肌注肾上腺素"),
        any_of(
            has("HP:0100845 Anaphylactic shock", but=is_dated_back),
            all_of(
                has(
                    "HP:0001025 Urticaria", "HP:0100665 Angioedema", "HP:0031244 Swollen lip", "HP:0040315 Tongue edema"
                ),
                any_of(
                    BREATHLESS,
                    has(
                        "HP:0030828 Wheezing",
                        "HP:0010307 Stridor",
                        "HP:0012027 Laryngeal edema",
                        "R1:0024 Throat tightness",
                        "HP:0002027 Abdominal pain",
                    ),
                    VOMITING,
                    FAINTED,
                    SHOCK_PRESSURE,
                ),
            ),
            # a rash of an infection comes with fever
            all_of(
                has("HP:0000988 Skin rash"),
                any_of(BREATHLESS, has("HP:0030828 Wheezing", "HP:0010307 Stridor")),
                SHOCK_PRESSURE,
                Unless(any_of(FEVER, has("HP:0000979 Purpura", "HP:0000967 Petechiae"))),
            ),
        ),
        "https://doi.org/10.1016/j.waojou.2020.100472",
        checked=True,
    ),
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
        "respiratory-failure",
        ("Respiratory failure", "呼吸衰竭"),
        (
            "Airway, breathing, oxygen; naloxone where opioids may be the cause",
            "评估气道和呼吸、吸氧；疑阿片类所致用纳洛酮",
        ),
        any_of(
            Value(Q.SATURATION, at_most=90),
            has(
                "HP:0000961 Cyanosis",
                "HP:0002878 Respiratory failure",
                "HP:0005943 Respiratory arrest",
                "R1:0734 Pink frothy sputum",
            ),
            has("HP:0002104 Apnea", but=called(r"sleep|night|snor|睡|夜|鼾")),
            TOO_SLOW_OR_FAST_BREATHING,
            all_of(PatientIs(to_age=3), has("HP:0030864 Intercostal retractions", "HP:0002098 Respiratory distress")),
            all_of(BREATHLESS, Value(Q.RESPIRATORY_RATE, at_least=30)),
            has("HP:0005348 Inspiratory stridor"),
            all_of(has("HP:0010307 Stridor"), has("HP:0002307 Drooling", "HP:0030864 Intercostal retractions")),
        ),
        "https://doi.org/10.1136/thoraxjnl-2016-209729",
        follows=False,
    ),
    Rule(
        "severe-asthma",
        ("Severe or life-threatening asthma", "重度或危及生命的哮喘"),
        (
            "Oxygen, nebulised bronchodilators, steroids; senior help early",
            "吸氧、雾化支气管扩张剂、激素；尽早请上级医师",
        ),
        any_of(
            has("HP:0012653 Status asthmaticus"),
            all_of(
                any_of(has("HP:0002099 Asthma"), all_of(has("HP:0030828 Wheezing"), Unless(_COPD))),
                any_of(
                    has("HP:0002094 Dyspnea", but=not_called(_NO_SENTENCE, _CLAUSE)),
                    all_of(BREATHLESS, Value(Q.SATURATION, at_most=91)),
                ),
            ),
        ),
        "https://rightdecisions.scot.nhs.uk/asthma-pathway-bts-nice-sign-sign-244/managing-acute-asthma/",
        follows=False,
        checked=True,
    ),
    Rule(
        "coma",
        ("Coma", "昏迷"),
        ("Airway, glucose, CT of the head; think of poisons", "保护气道，立即查血糖、头颅CT；考虑中毒"),
        COMA,
        "https://www.nice.org.uk/guidance/ng232",
        follows=False,
    ),
    Rule(
        "fever-in-a-young-infant",
        ("Fever in the first three months", "三个月内婴儿发热"),
        ("Hospital; full work-up for infection", "住院；全面感染筛查"),
        all_of(PatientIs(to_age=0.25), FEVER),
        "https://www.nice.org.uk/guidance/ng143",
        checked=True,
    ),
    Rule(
        "diabetic-ketoacidosis",
        ("Diabetic ketoacidosis", "糖尿病酮症酸中毒"),
        ("Ketones, venous gas, potassium; fluids and insulin", "查血酮、静脉血气、血钾；补液和胰岛素"),
        any_of(
            has("HP:0001993 Ketoacidosis", but=is_dated_back),
            all_of(
                any_of(
                    Value(Q.GLUCOSE, at_least=11.1), has("HP:0003074 Hyperglycemia", "HP:0000819 Diabetes mellitus")
                ),
                _KETONES,
                _ACIDOSIS,
            ),
            all_of(
                any_of(
                    VOMITING,
                    has("HP:0002027 Abdominal pain"),
                    CONFUSED,
                    has("R1:0022 Deep rapid breathing", "R1:0023 Acetone breath"),
                    # with type 2 any illness makes both fast breathing and some glucose
                    all_of(
                        has("HP:0002789 Tachypnea"),
                        any_of(
                            Unless(_TYPE_2),
                            _KETONES,
                            _ACIDOSIS,
                            Value(Q.GLUCOSE, at_least=20.0),
                            has("HP:0001959 Polydipsia", "HP:0000103 Polyuria"),
                        ),
                    ),
                ),
                any_of(
                    has("HP:0003074 Hyperglycemia"),
                    # which much calcium makes, too
                    all_of(has("HP:0001959 Polydipsia", "HP:0000103 Polyuria"), Unless(_MUCH_CALCIUM)),
                    all_of(has("HP:0000819 Diabetes mellitus"), Unless(_TYPE_2)),
                    # with type 2 it is rare, so that a value is asked for
                    all_of(
                        _TYPE_2,
                        any_of(Value(Q.GLUCOSE, at_least=11.1), Value(Q.KETONES, at_least=3.0)),
                    ),
                ),
                # with enough ketones glucose may be normal
                Unless(all_of(Value(Q.GLUCOSE, at_most=11.0, every=True), Unless(Value(Q.KETONES, at_least=3.0)))),
                Unless(_NO_KETOACIDOSIS),
            ),
        ),
        "https://doi.org/10.1111/dme.14788",
        follows=False,
        checked=True,
    ),
    Rule(
        "hypoglycemia",
        ("Severe hypoglycemia", "严重低血糖"),
        ("Glucose now", "立即补充葡萄糖"),
        any_of(
            Value(Q.GLUCOSE, at_most=2.9), has("HP:0001943 Hypoglycemia", but=not_called("(?<![a-z])LO(?![a-z])"))
        ),  # of a meter
        "https://doi.org/10.2337/dc16-2215",
        checked=True,
    ),
    Rule(
        "hyperkalemia",
        ("Severe hyperkalemia", "严重高钾血症"),
        ("ECG and treatment at once", "立即心电图并处理"),
        Value(Q.POTASSIUM, at_least=6.5),
        "https://www.ukkidney.org/health-professionals/guidelines/guidelines-commentaries",
        checked=True,
    ),
    Rule(
        "hypokalemia",
        ("Severe hypokalemia", "严重低钾血症"),
        ("ECG and monitoring; potassium, magnesium", "心电图并监护；补钾，查镁"),
        Value(Q.POTASSIUM, at_most=2.4),
        "https://doi.org/10.1056/NEJM199808133390707",
        follows=False,
    ),
    Rule(
        "hyponatremia",
        ("Profound hyponatremia with signs of the brain", "极重度低钠血症伴脑症状"),
        ("Hypertonic saline under close control of sodium", "高渗盐水，密切监测血钠"),
        all_of(Value(Q.SODIUM, at_most=124), any_of(CONFUSED, VOMITING, has("HP:0001250 Seizure"))),
        "https://doi.org/10.1093/ndt/gfu040",
        follows=False,
    ),
    Rule(
        "hypercalcemia",
        ("Severe hypercalcemia", "严重高钙血症"),
        (
            "Saline, ECG; calcium adjusted for albumin, parathyroid hormone",
            "补生理盐水、心电图；白蛋白校正血钙、甲状旁腺激素",
        ),
        any_of(
            Value(Q.CALCIUM, at_least=3.51),
            all_of(
                _MUCH_CALCIUM,
                any_of(
                    CONFUSED,
                    VOMITING,
                    has("HP:0001959 Polydipsia", "HP:0000103 Polyuria", "HP:0011675 Arrhythmia"),
                ),
            ),
        ),
        "https://ec.bioscientifica.com/view/journals/ec/5/5/G9.xml",
        follows=False,
        checked=True,
    ),
    Rule(
        "necrotizing-fasciitis",
        ("Necrotizing soft tissue infection", "坏死性软组织感染"),
        ("Surgeon at once; antibiotics, lactate", "立即请外科；抗生素、乳酸"),
        any_of(
            has("HP:0100537 Fasciitis", but=not_called("necroti|坏死|nec fasc|NSTI")),
            has("R1:0619 Perineal crepitus or necrosis"),
            all_of(
                has("HP:0100658 Cellulitis", "HP:0010783 Erythema"),
                has(
                    "R1:0058 Pain out of proportion",
                    "HP:0033126 Cutaneous necrosis",
                    "HP:6001021 Subcutaneous emphysema",
                ),
                INFECTED,
            ),
        ),
        "https://doi.org/10.1186/s13017-018-0219-9",
        follows=False,
    ),
    Rule(
        "carbon-monoxide-poisoning",
        ("Carbon monoxide poisoning", "一氧化碳中毒"),
        (
            "Out of the room; oxygen, carboxyhemoglobin (pulse oximetry misleads), ECG",
            "撤离现场；吸氧，查碳氧血红蛋白(脉氧不可靠)、心电图",
        ),
        any_of(
            has("R1:0171 Stove or engine fumes", but=not_called("poison|toxicity|intoxic|中毒")),
            all_of(
                has("R1:0171 Stove or engine fumes"),
                AtLeast(
                    2,
                    (
                        has("HP:0002315 Headache"),
                        any_of(VOMITING, has("HP:0002018 Nausea")),
                        any_of(CONFUSED, FAINTED),
                        has("R1:0170 Several people ill at the same place"),
                    ),
                ),
            ),
            Value(Q.CARBOXYHEMOGLOBIN, at_least=10.0),  # more than smoking makes
        ),
        "https://doi.org/10.1056/NEJMcp0808891",
        follows=False,
    ),
    Rule(
        "suicide-risk",
        ("Risk of suicide", "自杀风险"),
        ("Do not leave alone; assess the risk now", "不要让其独处；立即评估风险"),
        any_of(
            has("HP:0031589 Suicidal ideation", "HP:5200330 Suicide behaviors"),
            has("R1:0485 Self-harm or unstable relationships", but=not_called("wrists|割腕")),
            has("HP:0100716 Self-injurious behavior", but=is_no_self_harm),
            has("R1:0173 Overdose of tablets", but=is_not_meant),
        ),
        "https://www.nice.org.uk/guidance/ng225",
    ),
    Rule(
        "overdose",
        ("Overdose or poisoning", "药物过量或中毒"),
        (
            "Poisons centre; ECG, glucose, paracetamol level; ask whether it was meant",
            "联系中毒控制中心；心电图、血糖、对乙酰氨基酚血药浓度；询问是否有意自伤",
        ),
        any_of(
            has("R1:0173 Overdose of tablets", but=is_of_old),
            has("R1:0727 Iron tablets swallowed"),
            has("R1:0175 Pesticide contact", but=is_only_near),
            all_of(
                has("R1:0175 Pesticide contact"),
                any_of(CONFUSED, VOMITING, has("HP:0000616 Miosis", "HP:0002307 Drooling")),
            ),
            # of opioids; of one pupil the nerve is ill
            all_of(
                has("HP:0000616 Miosis", but=not_called("pin|pupils|bilateral|针|双")),
                any_of(
                    Value(Q.RESPIRATORY_RATE, at_most=10),
                    has("HP:0004372 Reduced consciousness", "HP:0002329 Drowsiness"),
                    Value(Q.GCS, at_most=12),
                ),
            ),
        ),
        "https://cks.nice.org.uk/topics/poisoning-or-overdose/",
        follows=False,
    ),
)

"""Rules of :mod:`..red_flags` for infections, allergy and breathing. Fields: see the package docstring."""

from ..measurements import Quantity as Q
from ..notes.values.ranges import NEWBORN
from ..red_flag_evidence import called, is_dated_back, is_number, is_weeks_old, not_called
from ..red_flags import AtLeast, PatientIs, Rule, Unless, Value, all_of, any_of
from .signs import (
    BREATHLESS,
    CONFUSED,
    FAINTED,
    FAST_BREATHING,
    FEVER,
    INFECTED,
    LOW_PRESSURE,
    SHOCK_PRESSURE,
    STIFF_NECK,
    TOO_SLOW_OR_FAST_BREATHING,
    VERY_FAST_BREATHING,
    VOMITING,
    has,
)

_NO_SENTENCE = (  # not "able to speak in full sentences", "能说整句", nor advice in case it happens
    r"(?<!if )(?<!when )(?:\b(?:unable|inability|struggl\w+|too [a-z]+|not able) to|\bnot|\bcan ?not|n't|\bdifficulty) "
    r"(?:speak|talk|complet|finish|say|form|manag)\w*(?: (?:in|an?|full|whole|complete|any|his|her)){0,3} sentence|"
    r"\b(?:short|broken|incomplete|(?:[1-4]|two|three|single)[- ]word) sentence|"
    r"(?<!如)(?<!若)(?:不能|无法|难以|未能)[^，。；能]{0,4}(?:整句|成句)|不成句"
)
_ASLEEP = r"sleep|night|snor|睡|夜|鼾"
_WHILE_FITTING = (
    r"\b(?:during|while|when) (?:(?:the|an?|his|her|this|each) )?(?:seiz|fit(?:ting|s)?\b|convuls)|"
    r"(?:抽搐|惊厥|抽风|痫发作)(?:[时中]|[^。；]{0,50}(?:缓解|停止|自止))"
)
_PASSED_AFTER_A_FIT = r"(?:[抽厥搐作]后|post-?ictal).{0,40}(?:醒后|恢复|如常|转清|\bnow (?:alert|awake|well)|\bback to)"
_CONFUSED_FOR_LONG = any_of(
    has(
        *("HP:0001289 Confusion", "HP:0004372 Reduced consciousness", "HP:0002329 Drowsiness", "HP:0001254 Lethargy"),
        but=called(_PASSED_AFTER_A_FIT, 40),
    ),
    Value(Q.GCS, at_most=14),
)
_CLAUSE = 40  # characters around its words
_COPD = has("HP:0006510 Chronic pulmonary obstruction")
_ANAPHYLAXIS = has("HP:0100845 Anaphylactic shock", but=is_dated_back)
_ALLERGIC = has("HP:0001025 Urticaria", "HP:0100665 Angioedema", "HP:0031244 Swollen lip", "HP:0040315 Tongue edema")
_ON_TARGET = (  # of patients who retain carbon dioxide (scale 2 of NEWS2), or the usual value; not "88%, usually 95%"
    r"\b(?:target|aim(?:ing)?|goal|range|keep|prescribed)\b[^.;\n]{0,25}\b88 ?%? ?(?:-|–|to) ?92\b|"
    r"\b88 ?%? ?[-–] ?92 ?%? (?:target|range)|\bscale ?2\b|目标[^，。；\n]{0,8}88%?[-~～至]92|"
    r"(?:8[89]|90) ?%?(?: (?:on )?(?:RA|air|room air|\d ?L(?: NC)?))?(?:, ?| ?\(| )"
    r"(?:(?:at|his|her|their|is|which is|this is|stable|known) )*(?:baseline|usual|normal for)\b"
    r"(?!(?: him| her| them)?\?)"
    r"(?! ?[:=(]? ?(?:is )?9[1-9])(?=\s*(?:[.,;)]|$|for |him|her|[:=(]? ?8\d|sats))"
)

INFECTION_AND_BREATHING_RULES = (
    Rule(
        "anaphylaxis",
        ("Anaphylaxis", "严重过敏反应"),
        ("Adrenaline into the muscle at once", "立即肌注肾上腺素"),
        any_of(
            _ANAPHYLAXIS,
            all_of(
                _ALLERGIC,
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
        "respiratory-failure",
        ("Respiratory failure", "呼吸衰竭"),
        (
            "Airway, breathing, oxygen; naloxone where opioids may be the cause",
            "评估气道和呼吸、吸氧；疑阿片类所致用纳洛酮",
        ),
        any_of(
            Value(Q.SATURATION, at_most=87),
            all_of(
                Value(Q.SATURATION, at_most=90),
                Unless(has("HP:0012418 Hypoxemia", but=not_called(_ON_TARGET, _CLAUSE))),
            ),
            has("HP:0000961 Cyanosis", but=called(_WHILE_FITTING, 60)),
            has(
                "HP:0002878 Respiratory failure",
                "HP:0005943 Respiratory arrest",
                "R1:0734 Pink frothy sputum",
            ),
            has("HP:0002104 Apnea", but=called(rf"{_ASLEEP}|apno?eas\b")),
            all_of(
                has("HP:0002104 Apnea", but=called(_ASLEEP)),
                Unless(has("HP:0010535 Sleep apnea", "HP:0025267 Snoring")),
            ),
            TOO_SLOW_OR_FAST_BREATHING,
            all_of(PatientIs(to_age=3), has("HP:0030864 Intercostal retractions", "HP:0002098 Respiratory distress")),
            all_of(BREATHLESS, VERY_FAST_BREATHING),
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
                # in someone not known to have asthma, a wheeze may be of another disease
                any_of(
                    has("HP:0002099 Asthma"),
                    all_of(has("HP:0030828 Wheezing"), Unless(any_of(_COPD, _ANAPHYLAXIS, _ALLERGIC))),
                ),
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
        "tension-pneumothorax",
        ("Tension pneumothorax", "张力性气胸"),
        ("Decompress the chest at once, before any imaging", "立即胸腔减压，不等影像"),
        any_of(
            has("HP:0002107 Pneumothorax", but=not_called(r"\btension|张力")),
            all_of(has("HP:0002107 Pneumothorax"), SHOCK_PRESSURE),
            all_of(
                has(
                    "R1:0464 Tracheal deviation or absent breath sounds",
                    but=called(r"mediastin|纵隔|\bbas(?:e|al)|zone", 16),
                ),
                SHOCK_PRESSURE,
                Unless(has("HP:0002202 Pleural effusion", "R1:0223 Dullness on percussion")),
            ),
        ),
        "https://doi.org/10.1136/thx.2010.136986",
        follows=False,
    ),
    Rule(
        "sepsis",
        ("Sepsis", "脓毒症"),
        ("Lactate, blood cultures, antibiotics and fluids without delay", "立即查乳酸、血培养，尽快给抗生素和补液"),
        any_of(
            has("HP:0100806 Sepsis", "R1:0733 Septic shock"),
            all_of(INFECTED, AtLeast(2, (FAST_BREATHING, LOW_PRESSURE, CONFUSED))),
            # two signs of a newborn's infection (NICE NG195)
            all_of(
                PatientIs(to_age=NEWBORN),
                has("HP:0002045 Hypothermia"),
                any_of(CONFUSED, has("HP:0011968 Feeding difficulties")),
            ),
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
                Value(Q.NEUTROPHILS, at_most=0.5),
                has("HP:0001875 Neutropenia", but=is_number),
                all_of(
                    has("HP:0001875 Neutropenia", "HP:0012234 Agranulocytosis"),
                    Unless(Value(Q.NEUTROPHILS, at_least=0.51, every=True)),
                ),
            ),
        ),
        "https://www.nice.org.uk/guidance/cg151",
        follows=False,
    ),
    Rule(
        "meningitis",
        ("Bacterial meningitis", "细菌性脑膜炎"),
        ("Blood cultures and antibiotics without delay; lumbar puncture", "立即血培养并给抗生素；腰椎穿刺"),
        any_of(
            has("HP:0001287 Meningitis"),
            all_of(FEVER, has("HP:0000979 Purpura", "HP:0000967 Petechiae")),
            all_of(STIFF_NECK, any_of(FEVER, has("HP:0002315 Headache"), CONFUSED)),
            all_of(
                AtLeast(3, (FEVER, has("HP:0002315 Headache"), CONFUSED, VOMITING, has("HP:0000613 Photophobia"))),
                # without fever and awake it is mostly migraine; a head injury, too, causes the others
                any_of(FEVER, all_of(CONFUSED, Unless(has("R1:0151 Head injury", but=is_weeks_old)))),
            ),
            all_of(FEVER, CONFUSED, has("HP:0002315 Headache")),
            all_of(FEVER, _CONFUSED_FOR_LONG, has("HP:0001250 Seizure")),
            all_of(FEVER, has("HP:6000647 Bulging fontanelle")),
        ),
        "https://doi.org/10.1056/NEJMoa040845",
        follows=False,
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
)

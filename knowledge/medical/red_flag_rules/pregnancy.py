"""Rules of :mod:`..red_flags` for pregnancy and birth. Fields: see the package docstring."""

from ..case import Sex
from ..measurements import Quantity as Q
from ..notes.context.person import AFTER_BIRTH
from ..red_flag_evidence import is_history, is_of_earlier_birth
from ..red_flags import PatientIs, Rule, Value, all_of, any_of
from .signs import BELLY_PAIN, FAINTED, has

PREGNANCY_RULES = (
    Rule(
        "ectopic-pregnancy",
        ("Ectopic pregnancy", "异位妊娠"),
        ("Pregnancy test and transvaginal ultrasound", "妊娠试验和经阴道超声"),
        any_of(
            has("R1:0730 Ectopic pregnancy"),
            all_of(
                PatientIs(from_age=12, to_age=56, sex=Sex.FEMALE),
                any_of(BELLY_PAIN, has("HP:0030834 Shoulder pain"), FAINTED),
                PatientIs(to_week=20),
                any_of(
                    has("HP:0000141 Amenorrhea", "HP:0034263 Abnormal vaginal bleeding"),
                    PatientIs(sex=Sex.FEMALE, pregnant=True),
                ),
            ),
        ),
        "https://www.nice.org.uk/guidance/ng126",
        checked=True,
    ),
    Rule(
        "antepartum-hemorrhage",
        ("Bleeding or abruption in late pregnancy", "妊娠晚期出血或胎盘早剥"),
        ("Obstetrician at once; ultrasound before any vaginal examination", "立即请产科；阴道检查前先做超声"),
        all_of(
            PatientIs(sex=Sex.FEMALE, pregnant=True, to_week=AFTER_BIRTH),
            any_of(
                has("HP:0025328 Antepartum hemorrhage", "HP:0011419 Placental abruption", but=is_of_earlier_birth),
                all_of(
                    PatientIs(from_week=20),
                    has(
                        "HP:0034263 Abnormal vaginal bleeding",
                        "R1:0194 Rigid tender uterus",
                        "R1:0800 Uterine tenderness",
                    ),
                ),
            ),
        ),
        "https://www.rcog.org.uk/guidance/browse-all-guidance/green-top-guidelines/antepartum-haemorrhage-green-top-guideline-no-63/",
        follows=False,
    ),
    Rule(
        "postpartum-hemorrhage",
        ("Bleeding after birth", "产后出血"),
        ("Obstetrician; uterotonics, blood group, fluids", "请产科；促宫缩药、血型、补液"),
        has("HP:0011891 Post-partum hemorrhage", but=is_of_earlier_birth),
        "https://doi.org/10.1111/1471-0528.14178",
        follows=False,
    ),
    Rule(
        "pre-eclampsia",
        ("Pre-eclampsia with severe features", "重度子痫前期"),
        ("Blood pressure treatment, magnesium, obstetrician at once", "立即降压、硫酸镁、请产科"),
        any_of(
            has("R1:0731 Eclampsia or severe pre-eclampsia", but=is_of_earlier_birth),
            all_of(
                PatientIs(from_age=12, to_age=56, sex=Sex.FEMALE),
                any_of(
                    has("HP:0000093 Proteinuria"),
                    has("R1:0732 Pre-eclampsia", but=is_of_earlier_birth),
                    PatientIs(sex=Sex.FEMALE, pregnant=True),
                ),
                any_of(
                    Value(Q.SYSTOLIC, at_least=160),
                    Value(Q.DIASTOLIC, at_least=110),
                    all_of(
                        any_of(
                            has("HP:0000822 Hypertension"),
                            Value(Q.SYSTOLIC, at_least=140),
                            Value(Q.DIASTOLIC, at_least=90),
                        ),
                        has(
                            "HP:0002315 Headache",
                            "HP:0030786 Photopsia",
                            "HP:0000622 Blurred vision",
                            "R1:0005 Right upper quadrant pain",
                            "HP:0410019 Epigastric pain",
                            "HP:0001250 Seizure",
                            "HP:0002094 Dyspnea",
                        ),
                    ),
                ),
            ),
        ),
        "https://doi.org/10.1097/AOG.0000000000003891",
        checked=True,
    ),
    Rule(
        "postpartum-psychosis",
        ("Psychosis after birth", "产后精神病"),
        ("Psychiatrist within hours; do not leave mother and baby alone", "数小时内请精神科；不要让母婴独处"),
        all_of(
            PatientIs(sex=Sex.FEMALE),
            any_of(
                has("R1:0190 Recent childbirth", but=is_history),
                PatientIs(sex=Sex.FEMALE, pregnant=True, from_week=AFTER_BIRTH),
            ),
            has(
                "HP:0000709 Psychosis",
                "HP:0000738 Hallucinations",
                "HP:0000746 Delusion",
                "HP:0100754 Mania",
                "R1:0090 Elevated mood",
                "R1:0785 Thoughts of harming the baby or delusions about it",
                but=is_history,
            ),
        ),
        "https://www.nice.org.uk/guidance/cg192",
        follows=False,
    ),
)

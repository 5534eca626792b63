"""The rules of :mod:`..red_flags`. Data only.

Each follows the publication it names; ``follows=False`` marks one whose threshold or combination is ours.
``checked=True`` says that the wording of the criterion was compared with the source or a public copy of it (November
2026); of the others only the citation stands. Not reviewed by a clinician.
"""

from ..case import Sex
from ..measurements import Quantity as Q
from ..notes.context.person import AFTER_BIRTH
from ..red_flag_evidence import (
    is_bells_palsy,
    is_chronic_or_spinal,
    is_of_earlier_birth,
    is_of_facial_muscles,
    is_of_facial_nerve,
    is_repaired,
    is_weeks_old,
    not_called,
)
from ..red_flags import AtLeast, PatientIs, Rule, Unless, Value, all_of, any_of
from .circulation import CIRCULATION_RULES
from .general import GENERAL_RULES
from .signs import (
    BACK_PAIN,
    BELLY_PAIN,
    BILIOUS,
    BREATHLESS,
    CAUDA_EQUINA,
    CHEST_PAIN,
    CLOT_PRONE,
    CONFUSED,
    FAINTED,
    FAST_HEART,
    FEVER,
    HEAD_INJURY,
    SHOCK_PRESSURE,
    SMALL_OF_THE_BACK_PAIN,
    STIFF_NECK,
    VOMITING,
    has,
)

_OF_A_CLOT_IN_THE_LUNG = any_of(BREATHLESS, has("HP:0033771 Pleuritic chest pain"), FAINTED)
_CLOSED_ANGLE = "R1:0703 Cloudy cornea, mid-dilated pupil or high eye pressure"

RULES = (
    *GENERAL_RULES,
    *CIRCULATION_RULES,
    Rule(
        "stroke",
        ("Stroke", "脑卒中"),
        ("Time last known well, CT of the head and glucose at once", "确认末次正常时间，立即头颅CT和血糖"),
        any_of(
            has("HP:0010628 Facial palsy", "HP:0012799 Unilateral facial palsy", but=is_of_facial_nerve),
            has(
                "HP:0001269 Hemiparesis",
                "HP:0002301 Hemiplegia",
                "HP:0003484 Upper limb muscle weakness",
                "HP:0001350 Slurred speech",
                "HP:0001260 Dysarthria",
                "HP:0002381 Aphasia",
                "HP:0001297 Stroke",
                "HP:0001342 Cerebral hemorrhage",
                but=is_bells_palsy,
            ),
            has("HP:0030319 Weakness of facial musculature", but=is_of_facial_muscles),
        ),
        "https://doi.org/10.1016/S0196-0644(99)70299-4",
        checked=True,
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
            has("HP:0002204 Pulmonary embolism"),
            all_of(
                any_of(_OF_A_CLOT_IN_THE_LUNG, has("HP:0002105 Hemoptysis")),
                any_of(
                    all_of(
                        has("HP:0002105 Hemoptysis"),
                        any_of(_OF_A_CLOT_IN_THE_LUNG, CLOT_PRONE, FAST_HEART, Value(Q.SATURATION, at_most=94)),
                    ),
                    has(
                        "HP:0002625 Deep venous thrombosis",
                        "HP:0010741 Pedal edema",
                        "HP:0012514 Lower limb pain",
                    ),
                    all_of(CHEST_PAIN, any_of(FAST_HEART, Value(Q.SATURATION, at_most=94))),
                    # a fast pulse alone comes with most faints
                    all_of(FAINTED, any_of(Value(Q.SATURATION, at_most=94), all_of(FAST_HEART, CLOT_PRONE))),
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
        all_of(
            any_of(BELLY_PAIN, BACK_PAIN, FAINTED, SHOCK_PRESSURE),
            any_of(
                has("HP:0005112 Abdominal aortic aneurysm", "R1:0044 Pulsatile abdominal mass", but=is_repaired),
                all_of(PatientIs(from_age=60), BACK_PAIN, any_of(FAINTED, SHOCK_PRESSURE)),
            ),
        ),
        "https://www.nice.org.uk/guidance/ng156",
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
                # which makes the others, too
                any_of(FEVER, Unless(has("R1:0151 Head injury", but=is_weeks_old))),
            ),
            all_of(FEVER, CONFUSED, has("HP:0002315 Headache", "HP:0001250 Seizure")),
            all_of(FEVER, has("HP:6000647 Bulging fontanelle")),
        ),
        "https://doi.org/10.1056/NEJMoa040845",
        follows=False,
    ),
    Rule(
        "subarachnoid-hemorrhage",
        ("Subarachnoid hemorrhage", "蛛网膜下腔出血"),
        ("CT of the head at once", "立即头颅CT"),
        any_of(
            has("HP:0030907 Thunderclap headache", "HP:0002138 Subarachnoid hemorrhage"),
            all_of(
                has("HP:0002315 Headache"),
                any_of(all_of(STIFF_NECK, Unless(FEVER)), FAINTED),  # with fever it is the meninges
            ),
        ),
        "https://doi.org/10.1001/jama.2013.278018",
        follows=False,
        checked=True,
    ),
    Rule(
        "intracranial-bleeding",
        ("Bleeding inside the skull", "颅内出血"),
        ("CT of the head at once; reverse anticoagulants; neurosurgeon", "立即头颅CT；逆转抗凝药；请神经外科"),
        any_of(
            has("HP:0100309 Subdural hemorrhage", "HP:0100310 Epidural hemorrhage", but=is_chronic_or_spinal),
            all_of(
                has("HP:0002170 Intracranial hemorrhage", but=is_chronic_or_spinal),
                Unless(has("HP:0001342 Cerebral hemorrhage", "HP:0002138 Subarachnoid hemorrhage")),
            ),
            all_of(
                HEAD_INJURY,
                any_of(CONFUSED, has("HP:0001250 Seizure", "R1:0152 Lucid interval", "R1:0186 Anticoagulant use")),
            ),
        ),
        "https://www.nice.org.uk/guidance/ng232",
        follows=False,
    ),
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
            PatientIs(sex=Sex.FEMALE, pregnant=True, from_week=20, to_week=AFTER_BIRTH),
            has("HP:0034263 Abnormal vaginal bleeding", "R1:0194 Rigid tender uterus"),
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
            has("R1:0731 Eclampsia or severe pre-eclampsia"),
            all_of(
                PatientIs(from_age=12, to_age=56, sex=Sex.FEMALE),
                any_of(
                    has("HP:0000093 Proteinuria", "R1:0732 Pre-eclampsia"), PatientIs(sex=Sex.FEMALE, pregnant=True)
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
        "gastrointestinal-bleeding",
        ("Bleeding from the gut", "消化道出血"),
        ("Blood count, blood group; endoscopy", "血常规、血型；内镜"),
        any_of(
            has("HP:0002248 Hematemesis", "HP:0032144 Coffee ground vomitus", "HP:0002249 Melena"),
            all_of(has("HP:0002573 Hematochezia"), any_of(FAINTED, SHOCK_PRESSURE, Value(Q.HEMOGLOBIN, at_most=70))),
        ),
        "https://www.nice.org.uk/guidance/cg141",
        follows=False,
    ),
    Rule(
        "acute-abdomen",
        ("Peritonitis or obstruction", "腹膜炎或肠梗阻"),
        ("Surgeon; imaging of the abdomen", "请外科；腹部影像"),
        any_of(
            has(
                "HP:0032545 Abdominal rigidity",
                "HP:0002586 Peritonitis",
                "HP:0033400 Acute abdomen",
                "R1:0653 Free air under the diaphragm",
            ),
            all_of(BELLY_PAIN, any_of(BILIOUS, has("HP:0034782 Obstipation"))),
            all_of(PatientIs(to_age=4), any_of(BILIOUS, has("R1:0020 Currant jelly stool"))),
            all_of(BELLY_PAIN, SHOCK_PRESSURE),
        ),
        "https://doi.org/10.1186/s13017-017-0141-6",
        follows=False,
    ),
    Rule(
        "testicular-torsion",
        ("Testicular torsion", "睾丸扭转"),
        ("Urologist at once", "立即请泌尿外科"),
        all_of(
            PatientIs(sex=Sex.MALE),
            has("HP:0033839 Testicular pain", "HP:0030155 Scrotal pain", "HP:0100813 Testicular torsion"),
        ),
        "https://uroweb.org/guidelines/paediatric-urology",
    ),
    Rule(
        "cauda-equina",
        ("Cauda equina syndrome", "马尾综合征"),
        ("MRI of the spine at once", "立即脊柱磁共振"),
        any_of(
            has("R1:0087 Saddle numbness", but=not_called("cauda|马尾")),
            all_of(
                has("HP:0003418 Back pain"),
                has("HP:0000016 Urinary retention", "HP:0000020 Urinary incontinence"),
            ),
            all_of(SMALL_OF_THE_BACK_PAIN, has("HP:0000020 Urinary incontinence", but=not_called("失禁"))),
            all_of(
                has("HP:0003418 Back pain", "HP:0030157 Flank pain"),
                CAUDA_EQUINA,
            ),
        ),
        "https://www.nice.org.uk/guidance/ng59",
        follows=False,
    ),
    Rule(
        "acute-glaucoma",
        ("Acute angle closure", "急性闭角型青光眼"),
        ("Eye pressure; ophthalmologist at once", "测眼压；立即请眼科"),
        any_of(
            has("HP:0012109 Angle closure glaucoma", but=not_called(r"\bacute|急性")),
            all_of(
                has("HP:0200026 Ocular pain"),
                any_of(
                    has(
                        "HP:0000572 Visual loss",
                        "HP:0007663 Reduced visual acuity",
                        "HP:0000622 Blurred vision",
                        "R1:0029 Halo vision",
                        "HP:0011499 Mydriasis",
                        _CLOSED_ANGLE,
                    ),
                    VOMITING,
                ),
            ),
            all_of(has("HP:0025337 Red eye"), has("R1:0029 Halo vision", _CLOSED_ANGLE)),
        ),
        "https://doi.org/10.1016/j.ophtha.2020.10.021",
        follows=False,
    ),
    Rule(
        "status-epilepticus",
        ("Status epilepticus", "癫痫持续状态"),
        ("Benzodiazepine, glucose, airway", "苯二氮䓬类药物、血糖、气道"),
        has("HP:0002133 Status epilepticus"),
        "https://doi.org/10.1111/epi.13121",
    ),
)

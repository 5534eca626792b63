"""Rules of :mod:`..red_flags` for glucose, hormones, salts and clotting. Fields: see the package docstring."""

from ..measurements import Quantity as Q
from ..notes.values.ranges import NEWBORN
from ..red_flag_evidence import called, is_dated_back, not_called
from ..red_flags import AtLeast, PatientIs, Rule, Unless, Value, all_of, any_of
from .signs import CONFUSED, FEVER, LOW_PRESSURE, VOMITING, has

_KETONES = any_of(Value(Q.KETONES, at_least=3.0), has("HP:0002919 Ketonuria", "HP:0001946 Ketosis"))
_ACIDOSIS = any_of(Value(Q.PH, at_most=7.29), Value(Q.BICARBONATE, at_most=14.9))
_NO_KETOACIDOSIS = any_of(
    all_of(Value(Q.KETONES, at_most=0.59, every=True), Unless(_ACIDOSIS)),
    all_of(
        Value(Q.PH, at_least=7.35, every=True),
        Value(Q.BICARBONATE, at_least=18, every=True),
        Unless(Value(Q.KETONES, at_least=3.0)),  # vomiting offsets the acidosis
    ),
)
_MUCH_CALCIUM = Value(Q.CALCIUM, at_least=3.0)
_OF_LITTLE_GLUCOSE = any_of(
    CONFUSED,
    has(
        "HP:0001250 Seizure",
        "HP:0002104 Apnea",
        "HP:0000961 Cyanosis",
        "HP:0001252 Hypotonia",
        "HP:0001337 Tremor",
        "HP:0000737 Irritability",
        "HP:0011968 Feeding difficulties",
    ),
)
_BLEEDING = has("HP:0001892 Abnormal bleeding")
_TYPE_2 = has("HP:0005978 Type II diabetes mellitus")
_OF_PREGNANCY = r"\bgestational|\bGDM\b|妊娠期?糖"  # it hardly ever leads to ketoacidosis
_THYROTOXIC = has("HP:0000836 Hyperthyroidism", "HP:0100647 Graves disease", "R1:0438 Known hyperthyroidism")
_OF_THE_BRAIN = any_of(
    CONFUSED, has("HP:0000713 Agitation", "HP:0031258 Delirium", "HP:0001250 Seizure", "HP:0000709 Psychosis")
)
_OF_A_THYROID_STORM = (
    FEVER,
    Value(Q.HEART_RATE, at_least=130),
    has("HP:0001635 Congestive heart failure", "HP:0100598 Pulmonary edema"),
    any_of(VOMITING, has("HP:0002018 Nausea", "HP:0002014 Diarrhea", "HP:0000952 Jaundice")),
)

METABOLISM_RULES = (
    Rule(
        "hypoglycemia",
        ("Severe hypoglycemia", "严重低血糖"),
        ("Glucose now", "立即补充葡萄糖"),
        any_of(
            # for newborns, after a framework of the British Association of Perinatal Medicine (2017)
            Value(Q.GLUCOSE, at_most=1.9),
            all_of(Value(Q.GLUCOSE, at_most=2.5), _OF_LITTLE_GLUCOSE),
            has("HP:0001943 Hypoglycemia", but=not_called("(?<![a-z])LO(?![a-z])")),  # as a meter shows
            all_of(PatientIs(from_age=NEWBORN), Value(Q.GLUCOSE, at_most=2.9)),
        ),
        "https://doi.org/10.2337/dc16-2215",
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
                    # with type 2 any illness causes both fast breathing and raised glucose
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
                    # high calcium causes these, too
                    all_of(has("HP:0001959 Polydipsia", "HP:0000103 Polyuria"), Unless(_MUCH_CALCIUM)),
                    all_of(has("HP:0000819 Diabetes mellitus", but=called(_OF_PREGNANCY)), Unless(_TYPE_2)),
                    # it is rare with type 2, so a value is required
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
        "thyroid-storm",
        ("Thyroid storm", "甲状腺危象"),
        (
            "Treat before results: beta-blocker, thionamide, then iodine, steroid; TSH and free T4",
            "不等结果即治疗：β受体阻滞剂、抗甲状腺药物、随后碘剂、糖皮质激素；查TSH和游离T4",
        ),
        all_of(
            _THYROTOXIC,
            any_of(all_of(_OF_THE_BRAIN, any_of(*_OF_A_THYROID_STORM)), AtLeast(3, _OF_A_THYROID_STORM)),
        ),
        "https://doi.org/10.1089/thy.2011.0334",
        follows=False,
    ),
    Rule(
        "adrenal-crisis",
        ("Adrenal crisis", "肾上腺危象"),
        (
            "Hydrocortisone 100 mg and saline at once; sodium, potassium, glucose",
            "立即氢化可的松100 mg和生理盐水；查钠、钾、血糖",
        ),
        any_of(
            all_of(has("HP:0000846 Adrenal insufficiency"), any_of(LOW_PRESSURE, VOMITING, CONFUSED)),
            all_of(
                has("R1:0755 Steroids stopped or missed"),
                any_of(LOW_PRESSURE, has("HP:0001943 Hypoglycemia", "HP:0002902 Hyponatremia")),
            ),
        ),
        "https://doi.org/10.1210/jc.2015-1710",
        follows=False,
    ),
    Rule(
        "severe-thrombocytopenia",
        ("Very few platelets", "血小板极度减少"),
        (
            "Repeat count, blood film and clotting; look for bleeding; haematologist",
            "复查血小板、血涂片和凝血；检查有无出血；请血液科",
        ),
        any_of(
            Value(Q.PLATELETS, at_most=19.9),
            all_of(Value(Q.PLATELETS, at_most=29.9), _BLEEDING),
        ),
        "https://doi.org/10.1182/bloodadvances.2019000966",
        follows=False,
    ),
    Rule(
        "very-high-inr",
        ("Very high INR", "INR极度升高"),
        (
            "Stop the anticoagulant; look for bleeding; vitamin K, with prothrombin complex if bleeding is major",
            "停用抗凝药；查找出血；维生素K，大出血时加凝血酶原复合物",
        ),
        any_of(Value(Q.INR, at_least=8.1), all_of(Value(Q.INR, at_least=5.1), _BLEEDING)),
        "https://doi.org/10.1111/j.1365-2141.2011.08753.x",
        follows=False,
    ),
)

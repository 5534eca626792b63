"""Rules of :mod:`..red_flags` for newborns and small children. Fields: see the package docstring."""

from ..measurements import Quantity as Q
from ..notes.values.ranges import NEWBORN
from ..red_flag_evidence import called, not_called
from ..red_flags import PatientIs, Rule, Value, all_of, any_of
from .signs import DROWSY, FEVER, VOMITING, has

_FIRST_DAY = 1.5 / 365.25  # "day 1" is the first or the second
_JAUNDICE = has("HP:0000952 Jaundice")
_SUNKEN_EYES = has("HP:0000490 Deeply set eye", but=not_called("sunken|凹陷"))
_SUNKEN = "sunken|turgor|弹性|凹|[下深]陷"  # words for dehydration that are its signs
_SUNKEN_FONTANELLE = any_of(
    has("HP:6000084 Sunken fontanelle"),
    has("HP:0001944 Dehydration", but=not_called("囟", 0)),
)
_DRIED_OUT = any_of(has("HP:0001944 Dehydration", but=called(_SUNKEN, 0)), has("HP:0002014 Diarrhea"), VOMITING)

CHILDREN_RULES = (
    Rule(
        "fever-in-a-young-infant",
        ("Fever in the first three months", "三个月内婴儿发热"),
        ("Hospital; full work-up for infection", "住院；全面感染筛查"),
        all_of(PatientIs(to_age=0.25), FEVER),
        "https://www.nice.org.uk/guidance/ng143",
        checked=True,
    ),
    Rule(
        "newborn-jaundice",
        ("Dangerous jaundice of a newborn", "新生儿危险性黄疸"),
        (
            "Bilirubin within two hours; phototherapy, blood group, work-up for infection",
            "两小时内查胆红素；光疗、血型、感染筛查",
        ),
        any_of(
            has("HP:0001343 Kernicterus"),
            all_of(PatientIs(to_age=_FIRST_DAY), _JAUNDICE),
            all_of(PatientIs(to_age=NEWBORN), Value(Q.BILIRUBIN, at_least=341)),
            all_of(
                PatientIs(to_age=NEWBORN),
                _JAUNDICE,
                any_of(
                    DROWSY,
                    has("HP:0001250 Seizure", "HP:0002179 Opisthotonus", "HP:0025430 High-pitched cry"),
                    has("HP:0001276 Hypertonia", "HP:0001252 Hypotonia"),
                ),
            ),
        ),
        "https://www.nice.org.uk/guidance/cg98",
        follows=False,
    ),
    Rule(
        "dehydration-in-a-small-child",
        ("Severe dehydration or shock in a small child", "幼儿重度脱水或休克"),
        ("Weigh; glucose, sodium and blood gas; fluids without delay", "测体重；血糖、血钠、血气；立即补液"),
        all_of(
            PatientIs(to_age=5),
            any_of(
                _SUNKEN_FONTANELLE,
                all_of(
                    _DRIED_OUT,
                    any_of(
                        _SUNKEN_EYES,
                        has("HP:0001944 Dehydration", but=not_called(_SUNKEN, 0)),
                        has("HP:6000303 Decreased skin turgor", "HP:0100519 Anuria", "HP:0000965 Cutis marmorata"),
                        has("HP:0025018 Abnormal capillary physiology", "HP:0032553 Weak pulse"),
                        has("HP:6000500 Extremities cold to touch"),
                    ),
                ),
                # vomiting and drowsiness alone have many other causes
                all_of(has("HP:0001944 Dehydration", "HP:0002014 Diarrhea"), DROWSY),
            ),
        ),
        "https://www.nice.org.uk/guidance/cg84",
        follows=False,
    ),
)

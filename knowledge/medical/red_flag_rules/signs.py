"""Criteria shared by several rules of this folder.

Limits for adults follow Sepsis-3 (https://doi.org/10.1001/jama.2016.0287). For children, breathing is as in
:mod:`..notes.values.ranges`, and the systolic pressure follows Pediatric Advanced Life Support
(https://doi.org/10.1161/CIR.0000000000000901): below 60 in the first month, 70 in the first year, 70 plus twice the age
in years up to ten, then 90.
"""

from collections.abc import Callable

from ..case import Evidence
from ..codes import code_of
from ..measurements import Quantity as Q
from ..notes.values.ranges import NEWBORN
from ..red_flag_evidence import is_chronic, is_history, is_of_a_year, is_years_old, not_called
from ..red_flags import Criterion, Has, PatientIs, Unless, Value, all_of, any_of


def has(*findings: str, but: Callable[[Evidence], bool] | None = None) -> Has:
    """Any of these findings, each with its name, as :class:`~knowledge.medical.red_flags.Has`."""
    return Has(tuple(map(code_of, findings)), but)


def _aged(from_age: float, to_age: float, value: Value) -> Criterion:
    return all_of(PatientIs(from_age, to_age), value)


FEVER = any_of(has("HP:0001945 Fever"), Value(Q.TEMPERATURE, at_least=38.0))
DROWSY = has("HP:0004372 Reduced consciousness", "HP:0002329 Drowsiness", "HP:0001254 Lethargy")
CONFUSED = any_of(has("HP:0001289 Confusion"), DROWSY, Value(Q.GCS, at_most=14))
FAST_BREATHING = any_of(
    has("HP:0002789 Tachypnea"),
    _aged(12, 200, Value(Q.RESPIRATORY_RATE, at_least=22)),
    _aged(5, 12, Value(Q.RESPIRATORY_RATE, at_least=26)),
    _aged(1, 5, Value(Q.RESPIRATORY_RATE, at_least=38)),
    Value(Q.RESPIRATORY_RATE, at_least=54),  # at any age
)
LOW_FOR_A_CHILD = any_of(
    Value(Q.SYSTOLIC, at_most=59),  # at any age, as for a child of unknown age
    _aged(NEWBORN, 1, Value(Q.SYSTOLIC, at_most=69)),
    *(_aged(years, years + 1, Value(Q.SYSTOLIC, at_most=69 + 2 * years)) for years in range(1, 10)),
    _aged(10, 16, Value(Q.SYSTOLIC, at_most=89)),
)
LOW_PRESSURE = any_of(has("HP:0002615 Hypotension"), _aged(16, 200, Value(Q.SYSTOLIC, at_most=100)), LOW_FOR_A_CHILD)
SHOCK_PRESSURE = any_of(
    has("HP:0002615 Hypotension", "HP:0031273 Shock"),
    _aged(16, 200, Value(Q.SYSTOLIC, at_most=89)),
    LOW_FOR_A_CHILD,
)
FAST_HEART = any_of(has("HP:0001649 Tachycardia", "HP:0001962 Palpitations"), Value(Q.HEART_RATE, at_least=100))
FAINTED = has("HP:0001279 Syncope", "HP:0031972 Presyncope", "HP:0007185 Loss of consciousness")
BREATHLESS = has("HP:0002094 Dyspnea", "HP:0002098 Respiratory distress")
CLOT_PRONE = any_of(  # or short of breath
    BREATHLESS,
    FAST_BREATHING,
    has(
        "R1:0182 Recent surgery or immobility",
        "R1:0375 Oral contraceptive use",
        "R1:0190 Recent childbirth",
        "R1:0188 Known cancer",
        "HP:0002664 Neoplasm",
    ),
)
_IN_COMA = (
    r"\bcoma\b|"
    # the lower half of AVPU, which is about a GCS of 8; this is ours
    r"VPU(?:评分)?[\s:：=–-]{0,3}(?:(?:is|was|now|of|at)\s)?(?:respon\w+ )?(?:only )?(?:to )?"
    r"(?:[PU]\b|pain\b|unresponsive)|"
    r"respon\w+ (?:only )?to pain|"
    r"(?<!短暂)(?<!一过性)昏迷(?!病?史|指数|评分|量表|[约了达]?[\d数几]+余?[分秒])"
)
_NOT_IN_COMA = not_called(_IN_COMA)


def _is_no_coma(evidence: Evidence) -> bool:
    return _NOT_IN_COMA(evidence) or is_of_a_year(evidence)


COMA = any_of(
    Value(Q.GCS, at_most=8),
    # not someone only called unconscious, who may have been so for a moment
    all_of(has("HP:0004372 Reduced consciousness", but=_is_no_coma), Unless(Value(Q.GCS, at_least=9))),
)
TOO_SLOW_OR_FAST_BREATHING = any_of(  # adults; 8 is a red score of NEWS2 (Royal College of Physicians), 35 is ours
    _aged(12, 200, Value(Q.RESPIRATORY_RATE, at_most=8)),
    _aged(12, 200, Value(Q.RESPIRATORY_RATE, at_least=35)),
)
VERY_FAST_BREATHING = any_of(  # with breathlessness; the rates are ours, for children above those of FAST_BREATHING
    _aged(12, 200, Value(Q.RESPIRATORY_RATE, at_least=30)),
    _aged(5, 12, Value(Q.RESPIRATORY_RATE, at_least=40)),
    _aged(1, 5, Value(Q.RESPIRATORY_RATE, at_least=50)),
    Value(Q.RESPIRATORY_RATE, at_least=60),
)
CHEST_PAIN = has("HP:0100749 Chest pain", "HP:0031352 Chest tightness")
BACK_PAIN = has("HP:0003418 Back pain", "HP:0030157 Flank pain", but=is_chronic)
SMALL_OF_THE_BACK_PAIN = has("HP:0030157 Flank pain", but=not_called("腰"))
CAUDA_EQUINA = any_of(  # with pain of the back
    has("HP:0002607 Bowel incontinence", "HP:0007340 Lower limb muscle weakness", "R1:0087 Saddle numbness"),
    has("HP:0034917 Weak anal sphincter tone"),
    has(
        "HP:0002839 Urinary bladder sphincter dysfunction", but=not_called("障碍")
    ),  # not of a known neurogenic bladder
    has("HP:0010550 Paraplegia", but=is_years_old),
)
BELLY_PAIN = has("HP:0002027 Abdominal pain", "HP:0034267 Pelvic pain")
STIFF_NECK = has("HP:0031179 Nuchal rigidity", "HP:0025258 Stiff neck")
HEAD_INJURY = has("R1:0151 Head injury", but=is_history)
VOMITING = has("HP:0002013 Vomiting")
BILIOUS = has("HP:0034754 Bilious emesis", "R1:0330 Bilious vomiting")
INFECTED: Criterion = any_of(
    FEVER,
    has(
        "HP:0025143 Chills",
        "HP:0002090 Pneumonia",
        "HP:0012330 Pyelonephritis",
        "R1:0735 Urinary tract infection",
        "HP:0100658 Cellulitis",
        "HP:0002719 Recurrent infections",
        "HP:0001287 Meningitis",
        "HP:0031864 Bacteremia",
        "HP:0002045 Hypothermia",
    ),
)

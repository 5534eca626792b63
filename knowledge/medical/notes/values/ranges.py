"""Normal ranges of vital signs and laboratory values by age and sex, and the findings that other values stand for.

Ranges of adults: ABIM Laboratory Reference Ranges (https://www.abim.org), rounded outwards. Vital signs of children:
Pediatric Advanced Life Support, American Heart Association 2020, and for fast hearts below five years NICE NG143
(https://www.nice.org.uk/guidance/ng143). None was reviewed for this use. A laboratory's own
range, if a record states one, is better and is used by the FHIR adapter instead.
"""

import math
from dataclasses import dataclass

from ...case import ASSUMED_AGE, Sex, Status
from ...codes import code_of
from ...measurements import Measurement, Quantity

Q = Quantity


@dataclass(frozen=True, slots=True)
class _Range:
    """The normal range, ``low <= value <= high``, for an age (years, upper bound not included) and sex.

    ``below`` and ``above`` are the findings of other values, as :func:`~knowledge.medical.codes.code_of` takes them. If
    it ``is_wide``, a value in it need not be normal; nor need one below ``sure_from`` or from ``doubtful_from`` on.
    """

    quantity: Quantity
    low: float
    high: float
    below: str
    above: str
    sex: Sex | None = None
    from_age: float = 0
    to_age: float = 200
    is_wide: bool = False
    sure_from: float = -math.inf
    doubtful_from: float = math.inf


NEWBORN = 28 / 365.25
"""Age in years below which a child is newborn."""
GROWN = 16
"""Age in years from which the ranges of adults hold."""
_NONE = ""
_HYPERTENSION, _HYPOTENSION = "HP:0000822 Hypertension", "HP:0002615 Hypotension"
_SLOW, _FAST = "HP:0001662 Bradycardia", "HP:0001649 Tachycardia"
_NORMAL = {
    Q.NEUTROPHILS: (1.5, 8.0),
    Q.KETONES: (0.0, 0.6),
    Q.CARBOXYHEMOGLOBIN: (0.0, 9.0),  # of smokers
    Q.INR: (0.8, 1.3),
}  # of quantities that stand for no finding by themselves
_RANGES = (
    _Range(
        Q.TEMPERATURE,
        35.0,
        37.9,
        "HP:0002045 Hypothermia",
        "HP:0001945 Fever",
        from_age=NEWBORN,
        doubtful_from=37.3,  # a low-grade fever
    ),
    # below 36 in newborns it is a sign of infection (NICE NG195)
    _Range(Q.TEMPERATURE, 36.0, 37.9, "HP:0002045 Hypothermia", "HP:0001945 Fever", to_age=NEWBORN),
    _Range(Q.GCS, 15, 15, "HP:0004372 Reduced consciousness", _NONE),
    _Range(Q.PH, 7.32, 7.45, "HP:0001941 Acidosis", "HP:0001948 Alkalosis"),  # of venous blood, too
    _Range(Q.SATURATION, 94, 100, "HP:0012418 Hypoxemia", _NONE),
    # up to 100 a sign of sepsis (Sepsis-3)
    _Range(Q.SYSTOLIC, 90, 139, _HYPOTENSION, _HYPERTENSION, from_age=16, sure_from=101),
    _Range(Q.DIASTOLIC, 0, 89, _NONE, _HYPERTENSION, from_age=16),
    # of children only what is out of the range at any such age
    _Range(Q.SYSTOLIC, 70, 129, _HYPOTENSION, _HYPERTENSION, from_age=1, to_age=10, is_wide=True),
    _Range(Q.SYSTOLIC, 90, 129, _HYPOTENSION, _HYPERTENSION, from_age=10, to_age=16, is_wide=True),
    _Range(Q.DIASTOLIC, 0, 89, _NONE, _HYPERTENSION, from_age=1, to_age=16, is_wide=True),
    _Range(Q.HEART_RATE, 50, 100, _SLOW, _FAST, from_age=12, sure_from=60),
    _Range(Q.HEART_RATE, 70, 120, _SLOW, _FAST, from_age=5, to_age=12),
    # up to five years fast from the limits of NICE NG143 on; in the first months a healthy heart may be faster
    _Range(Q.HEART_RATE, 80, 140, _SLOW, _FAST, from_age=2, to_age=5),
    _Range(Q.HEART_RATE, 80, 150, _SLOW, _FAST, from_age=1, to_age=2, doubtful_from=141),
    _Range(Q.HEART_RATE, 100, 160, _SLOW, _FAST, from_age=0.25, to_age=1),
    _Range(Q.HEART_RATE, 100, 190, _SLOW, _FAST, to_age=0.25, doubtful_from=161),
    _Range(Q.RESPIRATORY_RATE, 9, 20, "HP:0046507 Bradypnea", "HP:0002789 Tachypnea", from_age=12),
    _Range(Q.RESPIRATORY_RATE, 0, 25, _NONE, "HP:0002789 Tachypnea", from_age=5, to_age=12),
    _Range(Q.RESPIRATORY_RATE, 0, 37, _NONE, "HP:0002789 Tachypnea", from_age=1, to_age=5),
    _Range(Q.RESPIRATORY_RATE, 0, 53, _NONE, "HP:0002789 Tachypnea", to_age=1),
    # 70 mg/dL, which is still normal, is 3.89 mmol/L
    _Range(Q.GLUCOSE, 3.88, 11.0, "HP:0001943 Hypoglycemia", "HP:0003074 Hyperglycemia", from_age=NEWBORN),
    _Range(Q.GLUCOSE, 2.6, 11.0, "HP:0001943 Hypoglycemia", "HP:0003074 Hyperglycemia", to_age=NEWBORN),
    _Range(Q.POTASSIUM, 3.5, 5.2, "HP:0002900 Hypokalemia", "HP:0002153 Hyperkalemia", from_age=1),
    _Range(Q.SODIUM, 135, 146, "HP:0002902 Hyponatremia", "HP:0003228 Hypernatremia"),
    _Range(Q.CALCIUM, 2.1, 2.65, "HP:0002901 Hypocalcemia", "HP:0003072 Hypercalcemia", from_age=1),
    _Range(Q.LACTATE, 0, 2.2, _NONE, "HP:0002151 Increased circulating lactate concentration"),
    _Range(Q.BICARBONATE, 22, 30, "HP:0032066 Decreased serum bicarbonate concentration", _NONE, from_age=1),
    _Range(
        Q.CREATININE, 0, 115, _NONE, "HP:0003259 Elevated circulating creatinine concentration", Sex.MALE, from_age=16
    ),
    _Range(
        Q.CREATININE, 0, 98, _NONE, "HP:0003259 Elevated circulating creatinine concentration", Sex.FEMALE, from_age=16
    ),
    _Range(Q.UREA, 0, 8.0, _NONE, "HP:0003138 Increased blood urea nitrogen", from_age=1),
    _Range(Q.BILIRUBIN, 0, 221, _NONE, "HP:0002904 Hyperbilirubinemia", to_age=NEWBORN, is_wide=True),
    _Range(Q.BILIRUBIN, 0, 21, _NONE, "HP:0002904 Hyperbilirubinemia", from_age=1),
    _Range(
        Q.HEMOGLOBIN,
        130,
        175,
        "HP:0001903 Anemia",
        "HP:0001900 Increased circulating hemoglobin concentration",
        Sex.MALE,
        from_age=15,
    ),
    _Range(
        Q.HEMOGLOBIN,
        120,
        160,
        "HP:0001903 Anemia",
        "HP:0001900 Increased circulating hemoglobin concentration",
        Sex.FEMALE,
        from_age=12,
    ),
    _Range(
        Q.HEMOGLOBIN,
        110,
        155,
        "HP:0001903 Anemia",
        "HP:0001900 Increased circulating hemoglobin concentration",
        from_age=0.5,
        to_age=12,
    ),
    _Range(Q.LEUKOCYTES, 4.0, 11.0, "HP:0001882 Leukopenia", "HP:0001974 Leukocytosis", from_age=16),
    _Range(Q.LEUKOCYTES, 4.5, 14.5, "HP:0001882 Leukopenia", "HP:0001974 Leukocytosis", from_age=2, to_age=16),
    _Range(Q.LEUKOCYTES, 5.0, 18.0, "HP:0001882 Leukopenia", "HP:0001974 Leukocytosis", from_age=0.2, to_age=2),
    _Range(Q.NEUTROPHILS, 1.0, 50, "HP:0001875 Neutropenia", _NONE, to_age=16),  # for adults see :mod:`.results`
    _Range(Q.PLATELETS, 150, 450, "HP:0001873 Thrombocytopenia", "HP:0001894 Thrombocytosis"),
    _Range(Q.CRP, 0, 10, _NONE, "HP:0011227 Elevated circulating C-reactive protein concentration"),
)


def normal_of_adults(quantity: Quantity) -> tuple[float, float]:
    """The range of adults, of one sex if they differ."""
    normal = next((r for r in _RANGES if r.quantity is quantity and r.to_age > GROWN), None)
    return (normal.low, normal.high) if normal else _NORMAL[quantity]


def findings_beyond(quantity: Quantity) -> tuple[str, str]:
    """The codes of the findings that a low and a high value of an adult stand for; empty for none."""
    normal = next((r for r in _RANGES if r.quantity is quantity and r.to_age > GROWN), None)
    return (code_of(normal.below), code_of(normal.above)) if normal else ("", "")


def findings_of(
    measurement: Measurement, age_years: float | None, sex: Sex, *, is_child: bool = False
) -> dict[str, Status]:
    """Codes that a value shows to be present or absent; empty if no range fits the patient.

    For an unknown age an adult's range is used; for a child of unknown age only what the ranges of every age of
    children but newborns agree on counts, and for an unknown sex only what both ranges agree on.
    """
    age = ASSUMED_AGE if age_years is None else age_years
    of_any_age = is_child and age_years is None
    fitting = [
        r
        for r in _RANGES
        if r.quantity is measurement.quantity
        and (r.from_age < GROWN and r.to_age > NEWBORN if of_any_age else r.from_age <= age < r.to_age)
        and (r.sex is None or sex not in (Sex.MALE, Sex.FEMALE) or sex is r.sex)
    ]
    if of_any_age and all(r.from_age > NEWBORN for r in fitting):
        return {}
    by_range: list[dict[str, Status]] = []
    for r in fitting:
        low, high = measurement.value < r.low, measurement.value > r.high
        sides = (
            (code_of(r.below), low, measurement.value >= r.sure_from),
            (code_of(r.above), high, measurement.value < r.doubtful_from),
        )
        by_range.append(
            {
                code: Status.PRESENT if out else Status.ABSENT
                for code, out, is_sure in sides
                if code and (out or (is_sure and not r.is_wide))
            }
        )
    if not by_range:
        return {}
    return {
        code: status for code, status in by_range[0].items() if all(other.get(code) is status for other in by_range)
    }

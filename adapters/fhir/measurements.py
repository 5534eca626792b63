"""Vital signs and laboratory values of Observations, in the units that the red flags know."""

from knowledge.medical.measurements import Quantity
from knowledge.medical.notes.values.labs import can_be_believed

from .elements import Json, inner, unit_of
from .observations import number
from .ucum import convert

Q = Quantity

# By LOINC. Codes of the same quantity as mass and as amount of substance stand together: the unit tells them apart.
# Total carbon dioxide stands for bicarbonate, which is nearly all of it. A pressure taken standing is left out: that it
# falls then is no shock.
_CODES: dict[Quantity, tuple[str, ...]] = {
    Q.SYSTOLIC: ("8480-6", "8459-0", "8461-6", "76534-7", "76215-3"),
    Q.DIASTOLIC: ("8462-4", "8453-3", "8455-8", "76535-4", "76213-8"),
    Q.HEART_RATE: ("8867-4", "8889-8"),
    Q.RESPIRATORY_RATE: ("9279-1",),
    Q.TEMPERATURE: ("8310-5", "8328-7", "8329-5", "8331-1", "8332-9", "8333-7"),
    Q.SATURATION: ("2708-6", "59408-5"),
    Q.GCS: ("9269-2",),
    Q.GLUCOSE: ("2345-7", "2339-0", "2340-8", "2341-6", "14743-9", "14749-6", "15074-8", "32016-8", "41653-7"),
    Q.KETONES: ("53060-9",),
    Q.PH: ("2744-1", "2745-8", "2746-6", "11558-4"),
    Q.BICARBONATE: ("1963-8", "1959-6", "1960-4", "14627-4", "2028-9", "20565-8"),
    Q.POTASSIUM: ("2823-3", "6298-4", "32713-0", "39789-3", "77142-8"),
    Q.SODIUM: ("2951-2", "2947-0", "32717-1", "39791-9", "39792-7", "41657-8", "77139-4"),
    Q.CALCIUM: ("17861-6", "49765-1", "2000-8"),
    Q.LACTATE: ("2518-9", "2519-7", "2524-7", "32693-4"),
    Q.NEUTROPHILS: ("751-8", "26499-4", "753-4"),
    Q.HEMOGLOBIN: ("718-7", "20509-6", "30313-1", "30350-3"),
    Q.CARBOXYHEMOGLOBIN: ("20563-3",),
}
QUANTITIES = {code: quantity for quantity, codes in _CODES.items() for code in codes}
"""LOINC code -> quantity, of those that a red flag asks for."""

_MG_PER_DL = {
    Q.GLUCOSE: 18.016,
    Q.CALCIUM: 4.008,
    Q.LACTATE: 9.008,
    Q.KETONES: 10.41,
}  # in one mmol/L: a tenth of the molar mass
_ONE_CHARGE = {Q.POTASSIUM, Q.SODIUM, Q.BICARBONATE}  # an equivalent is a mole
_NO_UNIT = {Q.GCS, Q.PH}
# What is not UCUM, and UCUM in another case: laboratories write MEQ/L. Of these quantities no two units differ in case.
_SPELLINGS = {
    "mmhg": "mm[Hg]", "mm hg": "mm[Hg]", "mm[hg]": "mm[Hg]", "bpm": "/min", "beats/min": "/min", "breaths/min": "/min",
    "/min": "/min", "cel": "Cel", "°c": "Cel", "c": "Cel", "degc": "Cel", "deg c": "Cel", "[degf]": "[degF]",
    "°f": "[degF]", "f": "[degF]", "degf": "[degF]", "deg f": "[degF]", "meq/l": "meq/L", "mmol/l": "mmol/L",
    "mg/dl": "mg/dL", "g/dl": "g/dL", "g/l": "g/L",
}  # fmt: skip


def measured(part: Json, quantity: Quantity) -> float | None:
    """The value of an Observation or a component in the unit of ``quantity``.

    None when there is no number, its unit is not known or missing, or it cannot be believed. Of a value off the scale
    (``> 33.3``) it is the end of the scale.
    """
    given = inner(part.get("valueQuantity"))
    value = number(given.get("value", part.get("valueInteger")))
    converted = _converted(value, unit_of(given), quantity)
    return converted if converted is not None and can_be_believed(quantity, converted) else None


def _converted(value: float, unit: str, quantity: Quantity) -> float | None:
    if quantity in _NO_UNIT:
        return value
    unit = _SPELLINGS.get(unit.strip().lower(), unit)
    converted = convert(value, unit, quantity.unit)
    if converted is None and quantity in _ONE_CHARGE:
        converted = convert(value, unit, "meq/L")
    if converted is None and quantity in _MG_PER_DL:
        mass = convert(value, unit, "mg/dL")
        converted = None if mass is None else mass / _MG_PER_DL[quantity]
    return None if converted is None else round(converted, 3)

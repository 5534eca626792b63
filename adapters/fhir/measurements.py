"""Vital signs and laboratory values of Observations, in the units that the red flags use."""

import re

from knowledge.medical.measurements import Quantity
from knowledge.medical.notes.values.quantities import is_plausible

from .elements import Json, codes, inner, string, unit_of
from .observations import LOINC, number, result_table
from .printed import compared
from .ucum import convert, spelled

Q = Quantity

QUANTITIES = {code: Quantity(row["quantity"]) for row in result_table() if "quantity" in row for code in row["loinc"]}
"""LOINC code -> quantity, of those that a red flag asks for."""

_MG_PER_DL = {
    Q.GLUCOSE: 18.016,
    Q.CALCIUM: 4.008,
    Q.LACTATE: 9.008,
    Q.KETONES: 10.41,
    Q.BILIRUBIN: 58.466,
}  # in one mmol/L: a tenth of the molar mass
_ONE_CHARGE = {Q.POTASSIUM, Q.SODIUM, Q.BICARBONATE}  # an equivalent is a mole
_G_PER_MMOL = 16.114  # of hemoglobin, by its heme, as the Netherlands and Denmark report it
_NO_UNIT = {Q.GCS, Q.PH}
_PRESSURE_PANELS = {"85354-9", "55284-4", "35094-2"}
_PRESSURES = re.compile(r"(\d{2,3}) ?/ ?(\d{2,3})(?: ?mm ?\[?Hg\]?)?", re.IGNORECASE)
_PRINTED = re.compile(r"([<>=≤≥＜＞]{0,2} ?[\d.,]{1,20}) ?([^\d\s].{0,39})?")


def pressures_in_words(observation: Json) -> list[Json]:
    """Systolic and diastolic pressure of a panel whose value is a text, as two components: ``82/45 mmHg``."""
    match = _PRESSURES.fullmatch(string(observation.get("valueString")).strip())
    if match is None or not codes(observation.get("code")) & _PRESSURE_PANELS:
        return []
    return [
        {
            "code": {"coding": [{"system": LOINC, "code": code, "display": name}]},
            "valueQuantity": {"value": int(value), "unit": "mmHg"},
        }
        for code, name, value in (
            ("8480-6", "Systolic blood pressure", match[1]),
            ("8462-4", "Diastolic blood pressure", match[2]),
        )
    ]


def measured(part: Json, quantity: Quantity) -> float | None:
    """The value of an Observation or a component in the unit of ``quantity``.

    None if there is no number, its unit is unknown or missing, or it is implausible. A value off the scale
    (``> 33.3``) counts as the end of the scale.
    """
    given = inner(part.get("valueQuantity")) or _printed(string(part.get("valueString")), quantity)
    value = number(given.get("value", part.get("valueInteger")))
    converted = _converted(value, unit_of(given), quantity)
    return converted if converted is not None and is_plausible(quantity, converted) else None


def _printed(text: str, quantity: Quantity) -> Json:
    """A value in words, as a Quantity: ``6.9 mmol/L``; of what has no unit, the number alone. Empty for other words."""
    match = _PRINTED.fullmatch(text.strip())
    found = compared(match[1].strip()) if match else None
    if match is None or found is None or (quantity in _NO_UNIT and match[2]):
        return {}
    return {"value": float(found["value"]), "unit": match[2] or ""}


def _converted(value: float, unit: str, quantity: Quantity) -> float | None:
    if quantity in _NO_UNIT:
        return value
    if unit.strip() == "G/L" and quantity.unit == "10*9/L":  # giga, not grams, in a French count
        unit = quantity.unit
    unit = spelled(unit)
    converted = convert(value, unit, quantity.unit)
    if converted is None and quantity in _ONE_CHARGE:
        converted = convert(value, unit, "meq/L")
    if converted is None and quantity in _MG_PER_DL:
        mass = convert(value, unit, "mg/dL")
        converted = None if mass is None else convert(mass / _MG_PER_DL[quantity], "mmol/L", quantity.unit)
    if converted is None and quantity is Q.HEMOGLOBIN:
        moles = convert(value, unit, "mmol/L")
        converted = None if moles is None else moles * _G_PER_MMOL
    return None if converted is None else round(converted, 3)

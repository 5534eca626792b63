"""Vital signs and laboratory values of Observations, in the units that the red flags use."""

from knowledge.medical.measurements import Quantity
from knowledge.medical.notes.values.quantities import is_plausible

from .elements import Json, inner, unit_of
from .observations import number, result_table
from .ucum import convert, spelled

Q = Quantity

QUANTITIES = {code: Quantity(row["quantity"]) for row in result_table() if "quantity" in row for code in row["loinc"]}
"""LOINC code -> quantity, of those that a red flag asks for."""

_MG_PER_DL = {
    Q.GLUCOSE: 18.016,
    Q.CALCIUM: 4.008,
    Q.LACTATE: 9.008,
    Q.KETONES: 10.41,
}  # in one mmol/L: a tenth of the molar mass
_ONE_CHARGE = {Q.POTASSIUM, Q.SODIUM, Q.BICARBONATE}  # an equivalent is a mole
_NO_UNIT = {Q.GCS, Q.PH}


def measured(part: Json, quantity: Quantity) -> float | None:
    """The value of an Observation or a component in the unit of ``quantity``.

    None if there is no number, its unit is unknown or missing, or it is implausible. A value off the scale
    (``> 33.3``) counts as the end of the scale.
    """
    given = inner(part.get("valueQuantity"))
    value = number(given.get("value", part.get("valueInteger")))
    converted = _converted(value, unit_of(given), quantity)
    return converted if converted is not None and is_plausible(quantity, converted) else None


def _converted(value: float, unit: str, quantity: Quantity) -> float | None:
    if quantity in _NO_UNIT:
        return value
    unit = spelled(unit)
    converted = convert(value, unit, quantity.unit)
    if converted is None and quantity in _ONE_CHARGE:
        converted = convert(value, unit, "meq/L")
    if converted is None and quantity in _MG_PER_DL:
        mass = convert(value, unit, "mg/dL")
        converted = None if mass is None else mass / _MG_PER_DL[quantity]
    return None if converted is None else round(converted, 3)

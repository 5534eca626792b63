"""Numbers and normal ranges as laboratories print them: ``4,9``, ``< 5``, ``3.5 - 5.1 mmol/L``."""

import re
from decimal import Decimal

from .elements import Json

_DECIMAL_COMMA = re.compile(r"^([+-]?\d{1,17}),(\d{1,2})$")
_NUMBER = re.compile(r"[+-]?(\d{1,17}(\.\d{0,17})?|\.\d{1,17})")
_COMPARED = re.compile(r"(?:=|([<>]=?|[≤≥＜＞]))?\s*(\S+)")
_SIGNS = {"≤": "<=", "≥": ">=", "＜": "<", "＞": ">"}
_RANGE = re.compile(r"([+-]?[\d.,]+)\s*(?:[-–—~～]|to)\s*([+-]?[\d.,]+)")
_BRACKETS = {"(": ")", "[": "]", "（": "）"}
_MAX_LENGTH = 60  # characters of a range


def decimal(text: str) -> Decimal | int | None:
    """An NM as FHIR decimal; HL7 requires a point, but some senders write a decimal comma: ``4,9`` or ``12,50``.

    ``7,214`` may be a decimal or thousands, so it is not taken as a number.
    """
    text = _DECIMAL_COMMA.sub(r"\1.\2", text)
    if not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() and "." not in text else number


def compared(text: str) -> Json | None:
    """A number with its comparator, if any, as parts of a Quantity: ``7.2``, ``< 5``, ``≥600``."""
    match = _COMPARED.fullmatch(text)
    number = decimal(match[2]) if match else None
    if match is None or number is None:
        return None
    return {**({"comparator": _SIGNS.get(match[1], match[1])} if match[1] else {}), "value": number}


def bounds(text: str, unit: str) -> dict[str, Decimal | int]:
    """Lowest and highest normal value, ``low`` and ``high``, of a range such as ``3.5-5.1``, ``<5`` or ``>= 60 mL``.

    Empty for other text.

    Args:
        text: the range.
        unit: of the value, which may stand behind the range too.
    """
    text = text.strip()
    if len(text) > _MAX_LENGTH:
        return {}
    if text and _BRACKETS.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    if _RANGE.fullmatch(text) is None and compared(text) is None:  # otherwise a unit ``1`` would take the last digit
        text = text.removesuffix(unit).strip()
    if match := _RANGE.fullmatch(text):
        low, high = decimal(match[1]), decimal(match[2])
        if low is not None and high is not None:
            high = -high if high < 0 <= low else high  # ``3.5--5.5``: some write two dashes
            return {"low": low, "high": high} if low <= high else {}
    bound = compared(text) or {}
    side = {"<": "high", ">": "low"}.get(bound.get("comparator", "")[:1])
    return {side: bound["value"]} if side else {}

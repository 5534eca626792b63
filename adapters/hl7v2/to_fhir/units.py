"""Units in one piece: ``10^9/L`` and ``kg/m^2`` have to be escaped in HL7 v2, and often are not."""

import re

from ..message import Segment

_FIELDS = {"OBX": 6, "RXA": 7}


def with_whole_unit(segment: Segment) -> Segment:
    """The segment with its unit in one piece: cut at its ``^``, ``10^9/L`` would be a unit of 9/L, ``m^2`` one of 2."""
    number, encoding = _FIELDS.get(segment.name), segment.encoding
    if number is None or not encoding.component:
        return segment
    sent = segment.raw_field(number)
    unit = whole_unit(sent, encoding.component, encoding.escaped("*"))  # which may part components itself
    if unit == sent:
        return segment
    fields = [*segment.fields[:number], unit, *segment.fields[number + 1 :]]
    return Segment(encoding.field.join(fields), encoding)


def whole_unit(text: str, power: str = "^", times: str = "*") -> str:
    """A text whose units have their powers as in UCUM: ``10*9/L``, ``kg/m2``.

    Args:
        text: of a unit, or with one.
        power: what stands before the exponent.
        times: what is to stand there after a ten.
    """
    mark = re.escape(power)
    text = re.sub(rf"(?<![\d.])10{mark}(?=-?\d{{1,2}}(?!\d))", lambda _: f"10{times}", text)
    return re.sub(rf"m{mark}(?=[23]\b)", "m", text)

"""Keeps units in one piece: ``10^9/L`` and ``kg/m^2`` have to be escaped in HL7 v2, but often are not."""

import re

from ..message import Segment

_FIELDS = {"OBX": 6, "RXA": 7}


def with_whole_unit(segment: Segment) -> Segment:
    """The segment with its unit in one piece: split at ``^``, ``10^9/L`` would become the unit 9/L, and ``m^2`` 2."""
    number, encoding = _FIELDS.get(segment.name), segment.encoding
    if number is None or not encoding.component:
        return segment
    sent = segment.raw_field(number)
    unit = whole_unit(sent, encoding.component, encoding.escaped("*"))  # the asterisk may itself be a delimiter
    if unit == sent:
        return segment
    fields = [*segment.fields[:number], unit, *segment.fields[number + 1 :]]
    return Segment(encoding.field.join(fields), encoding)


def whole_unit(text: str, power: str = "^", times: str = "*") -> str:
    """The text with powers in units written as in UCUM: ``10*9/L``, ``kg/m2``.

    Args:
        text: a unit, or a text with one.
        power: the mark before the exponent.
        times: its replacement after a ten.
    """
    mark = re.escape(power)
    text = re.sub(rf"(?<![\d.])10{mark}(?=-?\d{{1,2}}(?!\d))", lambda _: f"10{times}", text)
    return re.sub(rf"m{mark}(?=[23]\b)", "m", text)

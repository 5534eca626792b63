"""Glasgow coma scales: those of which only the parts are written, and those that say nothing about the brain."""

import re
from collections.abc import Iterator

from ...measurements import Measurement, Quantity

_COMA_SCALE = re.compile(  # "GCS E1V1M4", "GCS 1+1+4"; not of patients who cannot speak because of a tube ("VT")
    r"(?<![A-Za-z])(?:GCS\W{0,3})?E\s?([1-4])[\s,，+]{0,3}V\s?([1-5])[\s,，+]{0,3}M\s?([1-6])(?!\d)|"
    r"(?:(?<![A-Za-z])GCS|格拉斯哥昏迷)(?:评分|指数|量表)?\W{0,3}([1-4])\s?\+\s?([1-5])\s?\+\s?([1-6])(?!\d)",
    re.IGNORECASE,
)
_TUBE = re.compile(r"(?:/15)?\(?T\)?(?![A-Za-z\d:=-]|\s?[:=]?\s?\d)")  # not "GCS 14 T 38.1"
_ASLEEP = r"(?:sedated|under sedation|on sedation|propofol|anaesthetised|anesthetized)"
_KEPT = re.compile(
    rf"\b(?:(?:intubated|ventilated|I&V)\b[^.;\n]{{0,30}}\b{_ASLEEP}|{_ASLEEP}\b[^.;\n]{{0,30}}\b(?:intubated|ventilated)|"
    r"propofol)\b(?P<then>[^.;\n]{0,30})$|镇静(?:状态|中|下)(?P<zh>[^。；\n]{0,6})$",
    re.IGNORECASE,
)
_BEFORE_IT = re.compile(
    r"\b(?:for|because|due|as|after|prior|pre\w*|initial\w*|on scene|at scene|found|was|off|held|hold|stopped|"
    r"weaned|without|no)\b|停",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"\s?(?:/\s?15)?\s\(?(?:(?:while|whilst|when|but|as|is|on|under)\s){0,2}"
    r"(?:sedated|sedation|propofol)\b(?!\s(?:hold|holiday|break|off|stopped|held|weaned|at (?:home|scene))\b)"
    r"(?!(?:,? (?:and|&|then) (?:intubated|ventilated))?\s(?:by|after|from|due|since|following|at scene|on scene|"
    r"at the scene|pre-?\w*|for (?:intubation|airway))\b)",
    re.IGNORECASE,
)
_AROUND = 100  # characters before


def is_under_sedation(text: str, start: int, end: int) -> bool:
    """Whether the scale at ``text[start:end]`` is of a patient kept asleep: "sedated and ventilated, GCS 3", "GCS 3T".

    Not of one found so before the tube: "GCS 3 at scene, intubated", "intubated for GCS 6".
    """
    if _TUBE.match(text, end) or _BEHIND.match(text, end):
        return True
    kept = _KEPT.search(text[max(0, start - _AROUND) : start])
    return kept is not None and _BEFORE_IT.search(kept[kept.lastgroup or 0]) is None


def read_coma_scales(text: str, source: str) -> Iterator[Measurement]:
    """The sums of coma scales of which only the parts are written."""
    for match in _COMA_SCALE.finditer(text):
        if is_under_sedation(text, *match.span()):
            continue
        yield Measurement(
            Quantity.GCS, float(sum(int(part) for part in match.groups() if part)), None, source, "", *match.span()
        )

"""Examinations and treatments named in an English or Chinese text, and what it says about them."""

import re
from collections.abc import Iterator

from ..context.cue_rules import Assertion

_PROCEDURE = re.compile(
    r"(?<!\w)(?:(?-i:CT|MRI|PET|ECG|EKG|EEG|EMG|ERCP|PCI|CABG|TURP)"
    r"(?: (?:scan|angiogra(?:m|phy)|of the (?:\w+ spine|\w+)))?|"
    r"(?-i:MR) (?:scan|angiogra(?:m|phy))|"
    r"[A-Za-z]{3,}(?:ectomy|otomy|ostomy|plasty|oscopy|centesis|ography|ogram|desis|pexy)|"
    r"(?:(?:bone marrow|liver|kidney|skin|renal|lung|lymph node) )?biops(?:y|ies)|lumbar puncture|ultrasound|"
    r"(?:chest |abdominal )?x-?rays?|"
    r"(?:chest|abdominal) (?:radiograph|film)s?|h[a]?emodialysis|dialysis|transfusions?|intubat(?:ion|ed)|"
    r"(?:cardiac |urinary )?catheteri[sz]ation|(?:coronary |gastric )?bypass|stent(?:ing)?|pacemaker(?: implantation)?|"
    r"(?:kidney|liver|heart|lung|bone marrow|renal|stem cell) transplant(?:ation)?|chemotherapy|radiotherapy|"
    r"radiation therapy|c(?:a)?esarean(?: section)?|amputation|(?:hip|knee) replacement|vaccination|spirometry|"
    r"echocardiogra(?:m|phy))(?!\w)"
    r"|(?:(?![行做予曾于后已拟因在经过次日月年和及])[\u4e00-\u9fff]){1,8}"
    r"(?:切除术|切开术|置换术|成形术|修补术|移植术|植入术|置入术|搭桥术|引流术|结扎术|造影|穿刺|活检|镜检查?)"
    r"|剖宫产|透析|化疗|放疗|输血|气管插管|心电图|超声心动图|[彩B]超|[胃肠]镜|肺功能",
    re.IGNORECASE,
)
_NO_PROCEDURE = re.compile("histogram|kilogram|microgram|nanogram|hologram|monogram|photography", re.IGNORECASE)
_BY_MEANS_OF = re.compile(
    r"\b(?:on|by|at|during|per|via|from|under)(?: (?:the|a|an|his|her|their))?(?: \w+)? $", re.IGNORECASE
)
"""Text before an examination by which something was or was not seen: "no pneumonia on chest x-ray"."""
_TO_COME = re.compile(
    r"(?: \w+){0,2} (?:requested|ordered|planned|pending|arranged|booked|scheduled|awaited|to be done|recommended)\b",
    re.IGNORECASE,
)
_TO_COME_BEFORE = re.compile(
    r"(?:\b(?:awaiting|awaits|(?:will )?needs?|planned|plan for|referred for|listed for) (?:(?:a|an|the) )?"
    r"|(?:拟|建议|待|预约|计划|择期|安排)行?)$",
    re.IGNORECASE,
)
_NOT_DONE = re.compile(
    r"(?: (?:was|is|were))? (?:declined|refused|cancelled|canceled|not (?:done|performed))\b", re.IGNORECASE
)
_NOT_DONE_BEFORE = re.compile(r"(?:\b(?:refus\w+|declin\w+) (?:(?:a|an|the) )?|未行?|拒绝行?)$", re.IGNORECASE)
_AROUND = 40  # characters read before a procedure


def procedures(text: str) -> Iterator[tuple[int, int]]:
    """Offsets of each, in order."""
    return (match.span() for match in _PROCEDURE.finditer(text) if not _NO_PROCEDURE.fullmatch(match[0]))


def said_of_procedure(text: str, start: int, end: int, assertion: Assertion, cue: str) -> tuple[Assertion, str]:
    """Assertion and cue of a procedure itself, not of what it is for or has shown.

    Args:
        assertion, cue: from the general context of the procedure.
    """
    before = text[max(0, start - _AROUND) : start]
    if match := _TO_COME.match(text, end) or _TO_COME_BEFORE.search(before):
        return Assertion.HYPOTHETICAL, match[0].strip()
    if match := _NOT_DONE.match(text, end) or _NOT_DONE_BEFORE.search(before):
        return Assertion.NEGATED, match[0].strip()
    if assertion is Assertion.NEGATED and _BY_MEANS_OF.search(before):
        return Assertion.PRESENT, ""
    return assertion, cue

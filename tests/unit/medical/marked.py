"""Texts whose findings are marked with what is said of them, so that no vocabulary decides.

``{finding|+}``: ``+`` present, ``p`` present and past, ``-`` absent, ``?`` unknown, ``o`` another person's,
``r`` resolved.
"""

import re

from knowledge.medical.case import Status
from knowledge.medical.notes.context.assertion import Context, contexts
from knowledge.medical.notes.context.cue_rules import Assertion

_MARKED = re.compile(r"\{([^|}]+)\|.\}")
_LEFT_OUT = {"another_person": "o", "resolved": "r"}
_SIGNS = {Status.PRESENT: "+", Status.ABSENT: "-", Status.UNKNOWN: "?"}


def sign(assertion: Assertion) -> str:
    """``+``, ``-``, ``?``, ``o`` or ``r``."""
    return _LEFT_OUT[assertion.left_out] if assertion.left_out else _SIGNS[assertion.status]


def as_read(marked: str) -> str:
    """The text with the marks that the rules give to its findings."""
    text, spans = "", []
    for number, part in enumerate(_MARKED.split(marked)):
        if number % 2:  # a finding
            spans.append((len(text), len(text) + len(part)))
        text += part
    told = iter(contexts(text, spans))
    return _MARKED.sub(lambda finding: f"{{{finding[1]}|{_mark(next(told))}}}", marked)


def _mark(context: Context) -> str:
    return "p" if context.is_past and not context.assertion.left_out else sign(context.assertion)

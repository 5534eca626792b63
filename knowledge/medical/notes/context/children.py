"""Whether a note opens with a child whose age it does not tell: "Infant, RR 44", "PEWS 2", "14 mths. Fever 39", 患儿.

Such a one is no adult, as others of an unknown age are taken to be.
"""

import re

from ..characters import plain
from .person import baby_place

CHILD_OF_UNKNOWN_AGE = "child_of_unknown_age"
"""The ``reason`` of an ``Unread`` whose words name a child."""
_HEAD = r"\A\W*(?:[A-Za-z&/ ]{1,20}[:;]\s)?"
_VITAL = r"(?:RR|HR|BP|temp|T|sats|SpO2|GCS|BM|CRT)\b"
_CHILD = re.compile(
    rf"{_HEAD}(?P<is>(?:(?:(?:pre)?term|(?:ex-)?prem\w*|unwell|sick|twin \w+) )*"
    r"(?:baby|infant|neonate|newborn|toddler|child)\b(?: (?:boy|girl))?)"
    rf"(?=\s*(?:[.,;:(]|$)|\s(?:{_VITAL}|with|w/|has|is|not|brought|BIB\w?|seen|vomiting|cough\w*|fever\w*|fitting|"
    r"crying)(?!\w))|"
    r"\A\W*(?P<ward>(?:NICU|SCBU|PICU|PAU|NNU|neonat\w+|paed\w*|pediatr\w*)(?: (?:ward|unit|ED|A&E))?)\s?[.:;,-]|"
    r"\A[^\n]{0,300}?(?P<score>\bPEWS\b)|"
    # an age or how long something has lasted
    rf"{_HEAD}(?P<age>(?:[1-9]|[12]\d|3[0-5])(?:/12|[ -]?(?:months?|mths?)))\s?[.,]|"
    rf"{_HEAD}(?P<check>\d{{1,2}}(?:/52|/12|[ -](?:weeks?|wks?|months?|mths?))(?: (?:baby|development\w*))? check)\b",
    re.IGNORECASE,
)
_CHILD_ZH = re.compile("患儿|新生儿|足月儿|早产儿|过期产儿|[男女]婴")
_MOTHER = re.compile(
    r"\b(?:EBL|lochia|uter(?:us|ine)|fundus|placenta\w*|perine\w+|post-?partum|post-?natal|breasts?|nipples?|G\d ?P\d|"
    r"para ?\d|(?:1[89]|[2-9]\d)[ -]?(?:yo?|years?|yrs?|y/o|[MF]))\b",
    re.IGNORECASE,
)


def child_of_unknown_age(text: str) -> str:
    """The words that tell of one; empty where there are none, or also some that are of a mother or of a grown patient.

    Args:
        text: one in which no age was read.
    """
    text = plain(text)
    found = _CHILD_ZH.search(text, baby_place(text)) or _CHILD.search(text)
    return "" if found is None or _MOTHER.search(text) else found[found.lastgroup or 0]

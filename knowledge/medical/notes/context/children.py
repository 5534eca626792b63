"""Whether a note opens with a child of unstated age: "Infant, RR 44", "PEWS 2", "14 mths. Fever 39", 患儿.

Such a patient is not taken for an adult, as others of unknown age are.
"""

import re

from ...case import Case
from ..characters import plain
from .age import ARRIVAL
from .person import baby_place

CHILD_OF_UNKNOWN_AGE = "child_of_unknown_age"
"""The ``reason`` of an ``Unread`` whose words name a child."""
_HEAD = r"\A\W*(?:[A-Za-z&/ ]{1,20}[:;]\s)?"
_COMES = rf"\A\W*(?:{ARRIVAL}[:;]\s)?"  # not "HPC: 3/12, SOB", "Onset: 2 months"
_VITAL = r"(?:RR|HR|BP|temp|T|sats|SpO2|GCS|BM|CRT)\b"
_CHILD = re.compile(
    rf"{_HEAD}(?P<is>(?:(?:(?:pre)?term|(?:ex-)?prem\w*|unwell|sick|twin \w+) )*"
    r"(?:baby|infant|neonate|newborn|toddler|child)\b(?: (?:boy|girl))?)"
    rf"(?=\s*(?:[.,;(]|:(?!\s?(?:none|nil|no|[Nn]/?A)\b)|$)|\s(?:{_VITAL}|with|w/|has|is|not|brought|BIB\w?|seen|vomiting|cough\w*|fever\w*|fitting|"
    r"crying)(?!\w))|"
    r"\A\W*(?P<ward>(?:NICU|SCBU|PICU|PAU|NNU|neonat\w+|paed\w*|pediatr\w*)(?: (?:ward|unit|ED|A&E))?)\s?[.:;,-]|"
    r"\A\W*(?:我?家?的?|家里)(?P<home>宝宝|宝贝|孩子|小孩|娃)|"
    r"\A[^\n]{0,300}?(?P<score>\bPEWS\b)|"
    # an age or a duration
    rf"{_COMES}(?P<age>(?:[1-9]|[12]\d|3[0-5])(?:/12|[ -]?(?:months?|mths?)))\s?[.,]|"
    rf"{_HEAD}(?P<check>(?:[6-8](?:/52|[ -](?:weeks?|wks?))|\d{{1,2}}(?:/52|/12|[ -](?:weeks?|wks?|months?|mths?))"
    r" (?:baby|development\w*)) check)\b(?! (?:after|post|of|on|for)\b)",
    re.IGNORECASE,
)
_CHILD_ZH = re.compile("患儿|新生儿|足月儿|早产儿|过期产儿|[男女]婴")
_MOTHER = re.compile(
    r"\b(?:EBL|lochia|uter(?:us|ine)|fundus|placenta\w*|perine\w+|post-?partum|post-?natal|breasts?|nipples?|G\d ?P\d|"
    r"para ?\d|(?:1[89]|[2-9]\d)[ -]?(?:yo?|years?|yrs?|y/o|[MF]))\b|怀孕|哺乳期|乳[房腺头]|恶露",
    re.IGNORECASE,
)
_GROWN = re.compile(  # adults: a number of months is then a duration
    r"\b(?:(?:ex-?)?smok(?:er|es|ing)|alcohol|EtOH|married|retired|HTN|hypertension|T2DM|diabetic|COPD|IHD|CKD|angina|stents?|MI|"
    r"INR|warfarin|\w+xaban|amlodipine|ramipril|bisoprolol|\w+vastatin|(?:weight|wt) loss|night sweats|"
    r"h(?:a?e)moptysis)\b",
    re.IGNORECASE,
)


def child_of_unknown_age(text: str) -> str:
    """The words that name such a child; empty if there are none, or if other words are of a mother or an adult.

    Args:
        text: a note in which no age was read.
    """
    text = plain(text)
    found = _CHILD_ZH.search(text, baby_place(text)) or _CHILD.search(text)
    is_grown = _MOTHER.search(text) or (found and found.lastgroup in ("age", "check") and _GROWN.search(text))
    return "" if found is None or is_grown else found[found.lastgroup or 0]


def is_child_of_unknown_age(case: Case) -> bool:
    """Whether a note of the case was found to be of such a child, and the age is not known from elsewhere."""
    return case.age_years is None and any(item.reason == CHILD_OF_UNKNOWN_AGE for item in case.unread)

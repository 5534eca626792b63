"""Age, sex and pregnancy of the patient, where a note states them: "58-year-old man", "34 weeks pregnant", "62岁"."""

import re
from dataclasses import dataclass

from .apostrophes import plain
from .case import Sex

_AGE = re.compile(
    r"\b(?P<n>\d{1,3})[ -]?(?P<unit>years?|yrs?|yo|y/o|months?|weeks?|days?)(?:[ -]old\b|"
    r"\b(?=[ ,-]+(?:man|woman|male|female|boy|girl))|(?<=y/o)|(?<=yo))|"
    r"(?P<n_zh>\d{1,3})\s*(?P<unit_zh>岁|个月大|个月龄|天大)",
    re.IGNORECASE,
)
_YEARS = {"y": 1.0, "m": 1 / 12, "w": 7 / 365.25, "d": 1 / 365.25, "岁": 1.0, "个": 1 / 12, "天": 1 / 365.25}
_MALE = re.compile(r"\b(?:man|male|boy|gentleman)\b|男(?=[性,，。患]|孩|婴)|患儿男", re.IGNORECASE)
_FEMALE = re.compile(
    r"\b(?:woman|female|girl|lady|gravida|pregnant)\b|女(?=[性,，。患]|孩|婴)|孕妇|产妇", re.IGNORECASE
)
_PREGNANT = re.compile(
    r"(?<!not )(?<!n't )\b(?:pregnant\b(?! before)|weeks? of gestation|weeks?' gestation|gravid)|"
    r"pregnancy test (?:is |was |came back )?positive|positive pregnancy test|"
    r"(?<!未)怀孕|孕\d{1,2}\+?周|妊娠(?:\d{1,2}周|试验阳性)",
    re.IGNORECASE,
)
_NOT_PREGNANT = re.compile(
    r"\bnot pregnant\b|\bisn't pregnant\b|pregnancy test (?:is |was |came back )?negative|negative pregnancy test|"
    r"未怀孕|妊娠试验阴性",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Person:
    """What a note says of the patient.

    Attributes:
        age_years: the first age stated, 0 to 130; None without one.
        sex: unknown unless words of only one sex stand before any of a relative's could (the first sentence).
        pregnant: None when nothing says so.
    """

    age_years: float | None
    sex: Sex
    pregnant: bool | None


def read_person(text: str) -> Person:
    """Reads the beginning of a note for age and sex, and all of it for pregnancy."""
    text, age = plain(text), None
    match = _AGE.search(text, 0, 500)
    if match is not None:
        unit = (match["unit"] or match["unit_zh"])[0].lower()
        years = float(match["n"] or match["n_zh"]) * _YEARS[unit]
        age = round(years, 3) if years <= 130 else None
    opening = re.split(r"[.!?。]\s", text[:400], maxsplit=1)[0]
    male, female = bool(_MALE.search(opening)), bool(_FEMALE.search(opening))
    sex = Sex.UNKNOWN if male is female else Sex.MALE if male else Sex.FEMALE
    pregnant = False if _NOT_PREGNANT.search(text) else True if _PREGNANT.search(text) else None
    return Person(age, sex, pregnant)

"""Age, sex and pregnancy of the patient, where a note states them: "58-year-old man", "34 weeks pregnant", "62岁"."""

import re
from dataclasses import dataclass

from .apostrophes import plain
from .case import Sex
from .context import contexts, sentence_around
from .rules import Assertion

_LETTER = r"(?-i:[MF])\b"
_AGE = re.compile(
    r"\b(?P<n>\d{1,3})[ -]?(?P<unit>years?|yrs?|yo|y/o|y\.o\.|y|months?|mos?|m/o|m\.o\.|weeks?|wks?|days?)"
    rf"(?:[ -]old\b|(?=[ ,-]*(?:\b(?:man|woman|male|female|boy|girl)\b|{_LETTER}))|(?<=y/o)\b|(?<=m/o)\b|(?<=yo)\b|"
    r"(?<=\.o\.))|"
    # only in front: later it is a temperature or a catheter
    rf"\A\W*(?:\w{{2,3}}:\s*)?(?:(?:pt|patient|this|is|an?)\s+)*(?P<n_letter>\d{{1,3}})\s?(?={_LETTER})|"
    r"(?P<n_zh>\d{1,3})\s*周?(?P<unit_zh>岁|个月大|个?月龄|周龄|日龄|天大)|"
    r"(?<=[男女][，,、])(?P<n_sex>\d{1,3})(?P<unit_sex>个月|月|天|日)(?![前来余])",
    re.IGNORECASE,
)
_YEARS = {"y": 1.0, "m": 1 / 12, "w": 7 / 365.25, "d": 1 / 365.25}
_YEARS |= {"岁": 1.0, "个": 1 / 12, "月": 1 / 12, "周": 7 / 365.25, "天": 1 / 365.25, "日": 1 / 365.25}
_MALE = re.compile(r"\b(?:man|male|boy|gentleman)\b|男(?=[性,，。患]|孩|婴)|患儿男", re.IGNORECASE)
_FEMALE = re.compile(
    r"\b(?:woman|female|girl|lady|gravida|(?:not|isn't) pregnant)\b|女(?=[性,，。患]|孩|婴)|孕妇|产妇", re.IGNORECASE
)
_SEX_LETTER = re.compile(r"\W{0,2}([MF])\b")
_PREGNANT = re.compile(
    r"(?P<weeks>\b\d{1,2}[+\d/ ]{0,4}[ -]?(?:weeks?|wks?|months?)[ -]pregnant\b)|"
    r"(?<!not )(?<!n't )\b(?:pregnant\b(?! before)|weeks? of gestation|weeks?' gestation|gravid)|"
    r"pregnancy test (?:is |was |came back )?positive|positive pregnancy test|"
    r"(?<!未)怀孕(?![\d一二三四五]*次|过|史|时)|(?P<weeks_zh>孕\d{1,2}\+?周|妊娠\d{1,2}周)|妊娠试验阳性",
    re.IGNORECASE,
)
_NOT_NOW = re.compile(
    r"\b(?:never|den(?:y|ies|ied|ying)|born|delivered|delivery|to (?:become|get|fall)|"
    r"(?:being|becoming|getting)|when (?:she (?:was|got) |last |previously )?)(?:\s\w+){0,3}\s*$|"
    r"(?:准备|计划|打算|想|希望|尝试|试图|从未|没有?|不可能|否认|备)(?:再次)?$",
    re.IGNORECASE,
)
"""What stands before a pregnancy that is denied, wished for, or over."""
_NOT_PREGNANT = re.compile(
    r"\bnot pregnant\b|\bisn't pregnant\b|pregnancy test (?:is |was |came back )?negative|negative pregnancy test|"
    r"(?<!从)未怀孕|妊娠试验阴性",
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
    match, letter = _AGE.search(text, 0, 500), None
    if match is not None:
        unit = (match["unit"] or match["unit_zh"] or match["unit_sex"] or "y")[0].lower()
        years = float(match["n"] or match["n_zh"] or match["n_sex"] or match["n_letter"]) * _YEARS[unit]
        age = round(years, 3) if years <= 130 else None
        letter = _SEX_LETTER.match(text, match.end())
    pregnant = _is_pregnant(text)
    opening = re.split(r"(?<!\.[a-z])[.!?。]\s", text[:400], maxsplit=1)[0]
    male = bool(_MALE.search(opening)) or (letter is not None and letter[1] == "M")
    female = bool(_FEMALE.search(opening)) or (letter is not None and letter[1] == "F") or pregnant is True
    sex = Sex.UNKNOWN if male is female else Sex.MALE if male else Sex.FEMALE
    return Person(age, sex, pregnant)


def _is_pregnant(text: str) -> bool | None:
    """Whether the patient is pregnant now. What she denies is not known: a test is what rules it out."""
    if _NOT_PREGNANT.search(text):
        return False
    places = list(_PREGNANT.finditer(text))
    said = contexts(text, [place.span() for place in places])
    for place, context in zip(places, said, strict=True):
        before, _ = sentence_around(text, *place.span())
        told = {Assertion.PRESENT, Assertion.HISTORICAL}
        if place["weeks"] or place["weeks_zh"]:
            told.add(Assertion.NEGATED)  # nobody denies a number: "no bleeding, 34 weeks pregnant"
        if context.assertion in told and not context.is_past and not _NOT_NOW.search(before):
            return True
    return None

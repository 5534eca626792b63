"""Schema of the files of common conditions. Unknown fields are refused, and so are numbers without a source.

Everything here is editorial, not clinician-reviewed. A class is a judgement of how much a finding speaks for or against
a condition; it is never shown as a number and never certified.
"""

import functools
import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ..case import Sex

_CODE = re.compile(r"(HP:\d{7}|R1:\d{4}) (\S.*)")
_CHILD, _ADULT = 12.0, 18.0  # years; between them a patient may have conditions of either age
_SOURCE = r"^(DOI:10\.\S+|PMID:\d+|https://\S+)$"
_NAMES_WITH_DIGITS = re.compile(r"12-lead|12导联|PHQ-9|T4|SARS-CoV-2|HbA1c|B12")


class Strength(StrEnum):
    """How much a finding speaks for or against a condition."""

    STRONG = "strong"
    MODERATE = "moderate"
    WEAK = "weak"


class Commonness(StrEnum):
    """How common a condition is among people of an age and sex who seek care."""

    COMMON = "common"
    UNCOMMON = "uncommon"
    RARE = "rare"
    EXCLUDED = "excluded"
    """Cannot occur: testicular torsion in a woman."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class FindingRef(_Strict):
    """A finding, written ``HP:0100749 Chest pain`` so that a reader sees what the code means; a test checks both."""

    code: str
    label: str


def _split(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = _CODE.fullmatch(value)
    if match is None:
        raise ValueError(f"{value!r} is not a code of HPO or R1 followed by its name")
    return {"code": match[1], "label": match[2]}


def _no_numbers(text: str) -> str:
    if re.search(r"\d", _NAMES_WITH_DIGITS.sub("", text)):
        raise ValueError(f"{text!r} has a number without a source")
    return text


Ref = Annotated[FindingRef, BeforeValidator(_split)]
Prose = Annotated[str, Field(min_length=1), AfterValidator(_no_numbers)]


class Bilingual(_Strict):
    """The same words in English and Chinese."""

    en: Prose
    zh: Prose


class Name(_Strict):
    """A name in English and Chinese; a number may be part of it (``COVID-19``)."""

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)


class Measured(_Strict):
    """A number from a source that was actually read.

    Attributes:
        of: what it measures.
        source: ``DOI:...``, ``PMID:...`` or an https address.
        quote: the words of the source that state it.
    """

    of: str = Field(min_length=1)
    value: float
    source: str = Field(pattern=_SOURCE)
    quote: str = Field(min_length=10)


class Prior(_Strict):
    """How common the condition is in an age band (years, ``to_age`` not included) and sex; absent bounds are open."""

    commonness: Commonness = Field(alias="class")
    sex: Literal[Sex.FEMALE, Sex.MALE] | None = None
    from_age: float = Field(0, ge=0, le=130)
    to_age: float = Field(200, gt=0, le=200)

    def holds(self, age_years: float | None, sex: Sex) -> bool:
        """Whether it applies to such a patient; an unknown age or sex fits no bound."""
        if self.sex is not None and sex is not self.sex:
            return False
        bounded = self.from_age > 0 or self.to_age < 200
        return not bounded or (age_years is not None and self.from_age <= age_years < self.to_age)


class Findings(_Strict):
    """Findings by strength."""

    strong: tuple[Ref, ...] = ()
    moderate: tuple[Ref, ...] = ()
    weak: tuple[Ref, ...] = ()

    def by_code(self) -> dict[str, Strength]:
        """Strength of each code."""
        return {ref.code: strength for strength in Strength for ref in getattr(self, strength.value)}


class Condition(_Strict):
    """One common or urgent condition.

    Attributes:
        id: English words joined by hyphens.
        icd10cm: a code of ICD-10-CM; a test checks it.
        also: other names, English and Chinese.
        distinct: diseases of the base, ``OMIM:103500 Tietz albinism-deafness syndrome``, that share a name with it and
            are different, rarer or narrower.
        basis: whose judgement this is; displayed.
        prior: the first that fits the patient counts; the last one fits everyone.
        must_not_miss: missing it costs life, limb, sight or a pregnancy.
        for, against: findings whose presence speaks for or against it.
        red_flags: findings that call for considering it at once.
        first_tests: what to do first.
        measured: numbers, each with its source; none is needed.
    """

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    icd10cm: str = Field(pattern=r"^[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?$")
    name: Name
    also: tuple[str, ...] = ()
    distinct: tuple[Annotated[str, Field(pattern=r"^(OMIM|ORPHA|DECIPHER):\d+ \S.*$")], ...] = ()
    basis: Literal["editorial, not clinician-reviewed"]
    prior: tuple[Prior, ...] = Field(min_length=1)
    must_not_miss: bool = False
    supporting: Findings = Field(alias="for")
    opposing: Findings = Field(Findings(), alias="against")
    red_flags: tuple[Ref, ...] = ()
    first_tests: Bilingual
    measured: tuple[Measured, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> "Condition":
        if not self.prior[-1].holds(None, Sex.UNKNOWN):
            raise ValueError("the last prior must fit every patient")
        both = self.supporting.by_code().keys() & self.opposing.by_code().keys()
        if both:
            raise ValueError(f"{sorted(both)} speak for and against it")
        if not self.supporting.by_code():
            raise ValueError("nothing speaks for it")
        if self.must_not_miss and not self.red_flags:
            raise ValueError("must not be missed, but has no red flag")
        return self

    def is_barred(self, sex: Sex) -> bool:
        """Whether it cannot occur in a sex, at any age."""
        return self.commonness(None, sex) is Commonness.EXCLUDED

    def is_of_another_age(self, age_years: float | None) -> bool:
        """Whether it is more than rare only in adults and the patient is a child, or vice versa."""
        if age_years is None or self._usual_ages is None:
            return False
        youngest, oldest = self._usual_ages
        if age_years < _CHILD:
            return youngest >= _ADULT
        return age_years >= _ADULT and oldest <= _CHILD

    @functools.cached_property
    def _usual_ages(self) -> tuple[float, float] | None:
        """The ages, years, between which it is more than rare; None when it never is."""
        usual = [p for p in self.prior if p.commonness in (Commonness.COMMON, Commonness.UNCOMMON)]
        return (min(p.from_age for p in usual), max(p.to_age for p in usual)) if usual else None

    def commonness(self, age_years: float | None, sex: Sex) -> Commonness:
        """How common it is in such a patient."""
        for prior in self.prior:
            if prior.holds(age_years, sex):
                return prior.commonness
        raise AssertionError("the last prior fits every patient")


class LocalFinding(_Strict):
    """A finding that HPO has no term for; ``is_a`` is the term of HPO, or the other finding of ours, that it implies.

    What a patient did or was exposed to (travel, a fall, a new medicine) implies none. ``recent``: it counts only if
    it happened in recent weeks.
    """

    id: str = Field(pattern=r"^R1:\d{4}$")
    name: str
    zh: str
    is_a: Ref | None = None
    recent: bool = False


def _no_parentheses(wording: str) -> str:
    """Refuses parentheses: English is read without their content, and YAML splits ``t(8, 14)``."""
    if re.search(r"[()]", wording):
        raise ValueError(f"{wording!r} has a parenthesis")
    return wording


def _balanced(wording: str) -> str:
    if wording.count("(") != wording.count(")"):
        raise ValueError(f"{wording!r} has a parenthesis without its other half")
    return wording


class Words(_Strict):
    """Everyday words for a finding; for ``…`` and ``~`` in Chinese see :mod:`..notes.words.chinese`."""

    finding: Ref
    en: tuple[Annotated[str, AfterValidator(_no_parentheses)], ...] = ()
    zh: tuple[Annotated[str, AfterValidator(_balanced)], ...] = ()


class Alike(_Strict):
    """An HPO term that everyday words are read as, and the finding that they mean here."""

    finding: Ref
    counts_as: Ref

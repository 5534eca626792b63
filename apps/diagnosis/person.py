"""Age, sex and pregnancy of the patient: in words, and as a clinician corrects them on the page.

A correction counts on the page and in its exports only; nothing of it is written into the patient's resource. A
pregnancy is a finding too: correcting one corrects the other.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from apps.ui.texts import t
from core.errors import InputFormatError
from knowledge.medical.case import Case, Sex, Status
from knowledge.medical.codes import code_of
from knowledge.medical.notes.context.person import AFTER_BIRTH, IN_LABOUR
from knowledge.retrieval.language import Language

from .visit import FindingDecision, Review, Stated, Visit

UNITS: Final[Mapping[str, float]] = {"years": 1, "months": 1 / 12, "weeks": 7 / 365.25, "days": 1 / 365.25}
"""Units of an age, in years."""
PREGNANCIES: Final[Mapping[str, bool | None]] = {"unknown": None, "no": False, "yes": True, "after_birth": True}
"""What can be stated of a pregnancy, and whether it is one."""
OLDEST = 130
"""In years."""
LAST_WEEK = AFTER_BIRTH - 1
"""Of a pregnancy."""
PREGNANCY, CHILDBIRTH = code_of("R1:0189 Pregnancy"), code_of("R1:0190 Recent childbirth")
_LABELS = {PREGNANCY: "Pregnancy", CHILDBIRTH: "Recent childbirth"}
_FINDINGS: Final[Mapping[str, dict[str, Status]]] = {
    "unknown": {},
    "no": {PREGNANCY: Status.ABSENT},
    "yes": {PREGNANCY: Status.PRESENT},
    "after_birth": {CHILDBIRTH: Status.PRESENT},
}
"""The findings that a pregnancy is; the other of the two is removed."""
_CHILDBEARING = (12, 56)  # years, as in the red flags of pregnancy
_A_DAY_AND_A_HALF = 0.05  # in months, as months differ in length


def age_parts(years: float) -> tuple[int, str]:
    """An age in days below 28 days, weeks below 3 months, months below 2 years, otherwise in years."""
    days = round(years * 365.25)
    if days < 28:
        return days, "days"
    if years < 0.25:
        return days // 7, "weeks"
    return (int(years * 12 + _A_DAY_AND_A_HALF), "months") if years < 2 else (int(years), "years")


def age_of(years: float | None, language: Language) -> str:
    """An age in words; empty if unknown."""
    if years is None:
        return ""
    count, unit = age_parts(years)
    return t(f"diagnosis.{unit}", language, count=count)


def pregnancy_of(case: Case) -> str:
    """Which of :data:`PREGNANCIES` it is."""
    if case.pregnant and case.gestation == AFTER_BIRTH:
        return "after_birth"
    return next(name for name, pregnant in PREGNANCIES.items() if pregnant is case.pregnant)


def pregnancy_words(pregnancy: str, week: int | None, language: Language) -> str:
    """One of :data:`PREGNANCIES` with its week; empty if it is unknown."""
    if pregnancy == "unknown":
        return ""
    if pregnancy == "yes" and week:
        return t("diagnosis.in_labour" if week == IN_LABOUR else "diagnosis.pregnant_week", language, week=week)
    if pregnancy == "yes":
        return t("diagnosis.pregnant", language)
    return t(f"diagnosis.pregnancy_{pregnancy}", language)


def facts(case: Case, language: Language) -> dict[str, str]:
    """What is known of the patient, in words; an unknown age or pregnancy is empty."""
    return {
        "age": age_of(case.age_years, language),
        "sex": t(f"diagnosis.sex_{case.sex.value}", language),
        "pregnancy": pregnancy_words(pregnancy_of(case), case.gestation, language),
    }


def read_as(visit: Visit, language: Language) -> dict[str, str]:
    """The facts that the clinician corrected, in words as they were read; empty if they were not known."""
    now, read = facts(visit.reviewed, language), facts(visit.case, language)
    unknown = {"sex": ""} if visit.case.sex is Sex.UNKNOWN else {}
    return {fact: words for fact, words in (read | unknown).items() if read[fact] != now[fact]}


def corrections(visit: Visit, language: Language) -> dict[str, str]:
    """The facts that the clinician corrected, in words as corrected and as they were read."""
    now, unknown = facts(visit.reviewed, language), t("diagnosis.not_given", language)
    return {
        fact: t("export.corrected" if read else "export.stated", language, fact=now[fact] or unknown, read=read)
        for fact, read in read_as(visit, language).items()
    }


def shown_facts(visit: Visit, language: Language) -> dict[str, str]:
    """What the page and its exports show: all facts as reviewed, but a pregnancy only where it matters.

    That is where it is known or corrected, and in a woman who may be of childbearing age.
    """
    case, (first, end) = visit.reviewed, _CHILDBEARING
    shown = facts(case, language)
    bears = case.sex is Sex.FEMALE and (case.age_years is None or first <= case.age_years < end)
    if not (shown["pregnancy"] or "pregnancy" in read_as(visit, language) or bears):
        del shown["pregnancy"]
    return shown


def corrected(review: Review, read: Case, form: Mapping[str, object]) -> Review:
    """The review after the page's form was sent; arguments and errors as in :func:`stated`."""
    after = as_read(review)
    changes = stated(form, read)
    if "pregnant" in changes:
        said = _FINDINGS[pregnancy_of(replace(read, **changes))]
        for code, label in _LABELS.items():
            if code in said:
                after = after.add(code, label, said[code], read)
            elif any(finding.code == code for finding in read.findings):
                after = after.decide(code, FindingDecision.REMOVED)
    return replace(after, stated=changes)


def as_read(review: Review) -> Review:
    """The review without corrections of age, sex and pregnancy."""
    for code in _LABELS:
        review = review.decide(code, FindingDecision.REMOVED).undo(code)  # removing forgets one that was added
    return replace(review, stated=Stated())


def following(review: Review, read: Case) -> Review:
    """The review whose pregnancy follows what was decided about its findings."""
    now, before = _statuses(review.apply(read)), _statuses(read)
    after = review.stated.copy()
    after.pop("pregnant", None)
    week = after.pop("gestation", read.gestation)
    if now.get(CHILDBIRTH) is Status.PRESENT:
        after["pregnant"], after["gestation"] = True, AFTER_BIRTH
    elif now.get(PREGNANCY) is Status.PRESENT:
        after["pregnant"], after["gestation"] = True, None if week == AFTER_BIRTH else week
    else:
        after["pregnant"], after["gestation"] = False if now.get(PREGNANCY) is Status.ABSENT else None, None
    if now == before:  # as it was read
        del after["pregnant"], after["gestation"]
    return replace(review, stated=after)


def _statuses(case: Case) -> dict[str, Status]:
    return {finding.code: finding.status for finding in case.findings if finding.code in _LABELS}


def stated(form: Mapping[str, object], read: Case) -> Stated:
    """What the page's form changes about the patient as read. A man is not asked about pregnancy: it is unknown.

    Args:
        form: ``age`` with its ``unit``, ``sex``, ``pregnancy`` and its ``week``, as the browser sends them.
        read: the case as it was read.

    Raises:
        InputFormatError: it is no such form, or an age or a week is impossible.
    """
    made = Stated()
    age, sex = _age(form, read), Sex(_chosen(form, "sex", Sex))
    pregnant, week = (None, None) if sex is Sex.MALE else _pregnancy(form, read)
    if age != read.age_years:
        made["age_years"] = age
    if sex is not read.sex:
        made["sex"] = sex
    if (pregnant, week) != (read.pregnant, read.gestation) or made.get("sex") is Sex.MALE:
        made["pregnant"], made["gestation"] = pregnant, week
    return made


def _age(form: Mapping[str, object], read: Case) -> float | None:
    """In years; exactly as it was read if the form still shows that."""
    typed, unit = _typed(form, "age"), _chosen(form, "unit", UNITS)
    if not typed:
        return None
    if read.age_years is not None and (typed, unit) == tuple(map(str, age_parts(read.age_years))):
        return read.age_years
    years = _number(typed) * UNITS[unit]
    if not 0 <= years <= OLDEST:
        raise InputFormatError(f"An age is a number, at most {OLDEST} years", hint="Correct it", kind="no_age")
    return round(years, 4)  # to the day


def _pregnancy(form: Mapping[str, object], read: Case) -> tuple[bool | None, int | None]:
    """Whether the patient is pregnant, and the completed week; a labour that was read stays until a week is stated."""
    pregnancy, typed = _chosen(form, "pregnancy", PREGNANCIES), _typed(form, "week")
    if pregnancy == "after_birth":
        return True, AFTER_BIRTH
    if pregnancy == "yes" and not typed and read.gestation == IN_LABOUR:
        return True, IN_LABOUR
    if pregnancy != "yes" or not typed:
        return PREGNANCIES[pregnancy], None
    week = _number(typed.partition("+")[0])  # days, as in 12+3
    if not 1 <= week <= LAST_WEEK:
        raise InputFormatError(f"A week is a number from 1 to {LAST_WEEK}", hint="Correct it", kind="no_week")
    return True, int(week)


def _chosen(form: Mapping[str, object], name: str, allowed: Iterable[str]) -> str:
    value = str(form.get(name))
    if value not in set(allowed):
        raise InputFormatError("There is no such form", hint="Load the page again")
    return value


def _typed(form: Mapping[str, object], name: str) -> str:
    return str(form.get(name, "")).strip()


def _number(typed: str) -> float:
    """A number as typed; NaN, which no range contains, if it is none."""
    try:
        return float(typed.replace(",", "."))
    except ValueError:
        return math.nan

"""Findings, red flags and certificates as plain text, the same on the page, in exports, records and the terminal."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from adapters.fhir.gather import CATEGORIES
from adapters.fhir.reasons import NOT_SEEN, Reason
from apps.ui.texts import enumerated, t
from knowledge.medical.case import Case, Side, Unread
from knowledge.medical.certificate import Certificate
from knowledge.medical.chinese_names import chinese_names
from knowledge.medical.measurements import Quantity
from knowledge.medical.notes.context.children import CHILD_OF_UNKNOWN_AGE
from knowledge.medical.notes.context.person import AFTER_BIRTH, IN_LABOUR
from knowledge.medical.notes.context.site import side_of
from knowledge.medical.red_flag_findings import FINDING_WINDOW, WINDOW
from knowledge.medical.red_flags import Used
from knowledge.retrieval.language import Language

from .visit import CLINICIAN

_QUANTITIES = {*Quantity, "age", "pregnancy"}
_KINDS = frozenset(
    (
        "text", "Observation", "MedicationRequest", "MedicationStatement", "AllergyIntolerance", "Condition",
        "Procedure", "Encounter", "FamilyMemberHistory", "Immunization", "DocumentReference", "DiagnosticReport",
    )
)  # fmt: skip
_OF_NO_RULE = {"Patient", "Medication", "Immunization"}
_OF_THE_PATIENT = (
    *(Reason.DECEASED, Reason.OUT_OF_USE, Reason.OTHER_NUMBER, Reason.UNDELIVERED),
    CHILD_OF_UNKNOWN_AGE,
)
_AS_WRITTEN = {
    "Abnormal capillary physiology": "Slow capillary refill",
    "Deeply set eye": "Sunken or deep-set eyes",
}
"""What clinicians call a finding whose name in HPO hides what was seen: no code of HPO is any narrower."""
_UNITS = {"mm[Hg]": "mmHg", "Cel": "°C", "1": ""}  # as written in clinical practice


def english_name(label: str) -> str:
    """A finding's English name as it is shown: HPO's own but for a few."""
    return _AS_WRITTEN.get(label, label)


def finding_words(label: str, language: Language) -> str:
    """A finding's name; in Chinese, our Chinese name, if there is one, then the English one."""
    chinese = chinese_names().get(label) if language == "zh" else None
    return f"{chinese} {english_name(label)}" if chinese else english_name(label)


def side_words(sides: Iterable[Side], label: str, language: Language) -> str:
    """The sides of a finding; empty if none is known, or its own name states it."""
    if side_of(label):
        return ""
    return enumerated((t(f"visit.side_{side.value}", language) for side in sides), language)


def shortened(items: Sequence[str], most: int, language: Language) -> list[str]:
    """The first items and, if there are others, how many."""
    more = len(items) - most
    return [*items[:most], *([t("diagnosis.more", language, count=more)] if more > 0 else [])]


def red_flags_hint(language: Language) -> str:
    """States what the rules look at, and that their silence means nothing."""
    return t("diagnosis.red_flags_hint", language, days=FINDING_WINDOW.days, hours=WINDOW // timedelta(hours=1))


def told_of_patient(case: Case, language: Language) -> list[str]:
    """Notices shown with the patient's name: died, merged, read in part, waiting in the inbox, nothing read at all."""
    told = [item for reason in _OF_THE_PATIENT for item in case.unread if item.reason == reason]
    told += [item for item in case.unread if item.source == "text" and item.reason == Reason.LANGUAGE_NOT_SUPPORTED]
    words = (f"{t(f'unread.{item.reason}', language)}{f' ({item.phrase})' if item.phrase else ''}" for item in told)
    return list(dict.fromkeys(words))


def lost_words(case: Case, language: Language) -> str:
    """The types of unreadable resources, which may hide an emergency; empty if there are none."""
    lost = [u for u in case.unread if u.reason in NOT_SEEN.difference(_OF_THE_PATIENT, (Reason.NOT_USED,))]
    kinds = dict.fromkeys(item.source.split("/")[0] for item in lost if not _is_whole(item))
    named = (kind_words(kind, language) for kind in kinds if kind not in _OF_NO_RULE)
    told = enumerated(named, language)
    return t("diagnosis.lost", language, kinds=told) if told else ""


def kind_words(kind: str, language: Language) -> str:
    """A resource type in everyday clinical words; for one that the suite does not read, its FHIR name."""
    return t(f"kinds.{kind.lower()}", language) if kind in _KINDS else kind


def _is_whole(item: Unread) -> bool:
    """Whether a server that refuses searches without a category returned every category."""
    asked = CATEGORIES.get(item.source, ())
    return item.reason == Reason.BY_CATEGORY and item.phrase == ", ".join(asked)


def source_words(source: str, language: Language) -> str:
    """Where something was read: the name of a resource, or in words that it was typed or stated by a clinician."""
    named = {"text": "diagnosis.typed", CLINICIAN: "visit.by_clinician"}
    return t(named[source], language) if source in named else source


def window_words(language: Language) -> str:
    """How old a value may be."""
    return t("diagnosis.window", language, hours=WINDOW // timedelta(hours=1))


def without_echoes(told: Sequence[Used]) -> list[Used]:
    """What a rule used, without findings read from a value also listed, and once where a note repeats itself."""
    values = {(used.source, used.phrase) for used in told if used.value is not None and used.phrase}
    shown: dict[Used, Used] = {}
    for used in told:
        if used.value is not None or (used.source, used.phrase) not in values:
            shown.setdefault(replace(used, place=""), used)
    return [*shown.values()]


def used_words(used: Used, language: Language) -> str:
    """What a rule used: a finding, or a quantity with its value."""
    name = quantity_words(used.what, language, used.week) or finding_words(used.what, language)
    return f"{name} {value_words(used)}".strip()


def quantity_words(what: str, language: Language, week: int | None = None) -> str:
    """A quantity, age or pregnancy, with its week if known, in the page's language; empty for a finding."""
    if week in (AFTER_BIRTH, IN_LABOUR):
        return t("diagnosis.pregnancy_after_birth" if week == AFTER_BIRTH else "diagnosis.in_labour", language)
    if week:
        return t("quantity.pregnancy_week", language, week=week)
    return t(f"quantity.{what.lower().replace(' ', '_')}", language) if what in _QUANTITIES else ""


def value_words(used: Used) -> str:
    """A measured value with its unit, ``88 mmHg``; empty for a finding."""
    if used.value is None:
        return ""
    unit = Quantity(used.what).unit
    written = "" if unit.startswith("{") else _UNITS.get(unit, unit)  # {score} is an annotation of UCUM
    return f"{round(used.value, 2):g} {written}".strip()


def certified(certificate: Certificate, language: Language) -> str:
    """What a certificate is based on."""
    return t(
        "diagnosis.certified",
        language,
        date=certificate.date,
        cases=certificate.shown,
        bound=round(100 * certificate.bound),
        outside=round(100 * certificate.outside),
        population=t(f"diagnosis.population_{certificate.population.value}", language),
    )

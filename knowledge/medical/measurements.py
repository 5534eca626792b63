"""A measured value: what was measured, how much, when. The quantities are those that the red flags use."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Quantity(StrEnum):
    """A measured quantity, always in the same ``unit`` (UCUM)."""

    unit: str

    def __new__(cls, name: str, unit: str = "") -> Self:
        member = str.__new__(cls, name)
        member._value_, member.unit = name, unit
        return member

    SYSTOLIC = "systolic blood pressure", "mm[Hg]"
    DIASTOLIC = "diastolic blood pressure", "mm[Hg]"
    HEART_RATE = "heart rate", "/min"
    RESPIRATORY_RATE = "respiratory rate", "/min"
    TEMPERATURE = "temperature", "Cel"
    SATURATION = "oxygen saturation", "%"
    GCS = "Glasgow coma scale", "{score}"
    GLUCOSE = "glucose", "mmol/L"
    KETONES = "ketones", "mmol/L"
    PH = "pH", "1"
    BICARBONATE = "bicarbonate", "mmol/L"
    POTASSIUM = "potassium", "mmol/L"
    SODIUM = "sodium", "mmol/L"
    CALCIUM = "calcium", "mmol/L"
    LACTATE = "lactate", "mmol/L"
    CREATININE = "creatinine", "umol/L"
    UREA = "urea", "mmol/L"
    BILIRUBIN = "bilirubin", "umol/L"
    HEMOGLOBIN = "hemoglobin", "g/L"
    CARBOXYHEMOGLOBIN = "carboxyhemoglobin", "%"
    LEUKOCYTES = "leukocytes", "10*9/L"
    NEUTROPHILS = "neutrophils", "10*9/L"
    PLATELETS = "platelets", "10*9/L"
    INR = "INR", "{INR}"
    CRP = "C-reactive protein", "mg/L"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One value.

    Attributes:
        quantity: what was measured.
        value: in the unit of :class:`Quantity`.
        time: when, or the day; None when the source does not say.
        source: as in :class:`~knowledge.medical.case.Evidence`.
        phrase: the words it was read from, verbatim.
        start, end: their offsets in the note; None for coded sources.
    """

    quantity: Quantity
    value: float
    time: dt.date | None = None
    source: str = "text"
    phrase: str = ""
    start: int | None = None
    end: int | None = None

    @property
    def is_from_text(self) -> bool:
        """Whether it was read from running text."""
        return self.start is not None

    @property
    def span(self) -> tuple[int, int]:
        """The offsets, both 0 for coded sources."""
        return self.start or 0, self.end or 0

    @property
    def place(self) -> str:
        """Source, offsets and words; the same for both pressures of a reading."""
        return place_of(self.source, self.start, self.end, self.phrase)


def place_of(source: str, start: int | None, end: int | None, phrase: str) -> str:
    """Key of a place in a source, ``text 12-22 BP 80/40``; a coded source has no offsets."""
    offsets = "" if start is None else f"{start}-{end} "
    return f"{source} {offsets}{phrase}"


_AT_REST = re.compile(r"\b(?:lying|supine|sitting)\b|[卧坐]位", re.IGNORECASE)
_UPRIGHT = re.compile(r"\b(?:standing|erect)\b|立位", re.IGNORECASE)


def on_standing_only(values: Iterable[Measurement]) -> set[str]:
    """Places of pressures taken standing, if the same source has others at rest of the same time."""
    pressures = [value for value in values if value.quantity in (Quantity.SYSTOLIC, Quantity.DIASTOLIC)]
    rested = {(value.source, value.time) for value in pressures if _AT_REST.search(value.phrase)}
    return {v.place for v in pressures if (v.source, v.time) in rested and _UPRIGHT.search(v.phrase)}

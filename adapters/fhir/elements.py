"""Parts of a FHIR resource held as plain JSON, read without trusting its shape.

The R4 models accept some values of a JSON type other than the specified one, so these readers accept anything and
return an empty value for what they do not expect.
"""

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date, datetime
from html import escape
from typing import Any

from knowledge.medical.case import Side
from knowledge.medical.notes.context.site import side_of
from knowledge.medical.red_flag_evidence import DOUBTFUL as DOUBTFUL

Json = dict[str, Any]

THO = "http://terminology.hl7.org/CodeSystem/"
"""Prefix of the code systems of HL7 Terminology."""

_UCUM = re.compile(r"(?:https?://unitsofmeasure\.org/?|urn:oid:2\.16\.840\.1\.113883\.6\.8)?")
"""The system of UCUM as servers write it, or leave it out; the OID is C-CDA's name for it."""

OVER = frozenset({"inactive", "remission", "resolved"})
"""``clinicalStatus`` of a problem that is over."""
GOING_ON = frozenset({"arrived", "triaged", "in-progress", "onleave"})
"""``status`` of an Encounter that has not ended."""
NOT_ORDERED = frozenset({"proposal", "plan", "option"})
"""``intent`` of a MedicationRequest that nobody has ordered yet."""

_TIMES = (  # the first one present counts
    "date", "effectiveDateTime", "effectiveInstant", "effectivePeriod", "performedPeriod", "authoredOn",
    "performedDateTime", "recordedDate", "issued", "period", "onsetDateTime", "onsetPeriod",
)  # fmt: skip
# Behind a diagnosis that counts for payment (Hierarchical Condition Category), not a hepatocellular carcinoma.
_RISK_MARK = re.compile(r"(?<=\w) ?[(\[](?:CMS[/-]|HHS[/-])?HCC[)\]]$")
_SIDES = {"7771000": Side.LEFT, "24028007": Side.RIGHT, "51440002": Side.BOTH}
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")  # https://hl7.org/fhir/R4/datatypes.html#id


def objects(value: object) -> list[Json]:
    """The objects of a repeating element."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def inner(value: object) -> Json:
    """A single complex element."""
    return value if isinstance(value, dict) else {}


def string(value: object) -> str:
    """A string element without surrounding white space."""
    return value.strip() if isinstance(value, str) else ""


def codings(concept: object) -> list[tuple[str, str, str]]:
    """``(system, code, display)`` of each coding of a CodeableConcept."""
    return [
        (string(coding.get("system")), string(coding.get("code")), string(coding.get("display")))
        for coding in objects(inner(concept).get("coding"))
    ]


def codes(concept: object) -> set[str]:
    """The codes of a CodeableConcept, whatever their system."""
    return {code for _, code, _ in codings(concept) if code}


def wordings(concept: object) -> list[str]:
    """The words of a CodeableConcept: its text, then the displays of its codings."""
    texts = [string(inner(concept).get("text")), *(display for _, _, display in codings(concept))]
    return list(dict.fromkeys(words for text in texts if (words := _RISK_MARK.sub("", text))))


def wording(concept: object) -> str:
    """The first words of a CodeableConcept; empty if it has only codes."""
    return next(iter(wordings(concept)), "")


def site_of(resource: Json, phrase: str = "") -> tuple[str, Side | None]:
    """The body site that ``bodySite`` names, and its side: from SNOMED CT's qualifier, or else from the words.

    Empty for a measured value, whose site is only where the cuff or the probe was.
    """
    if "valueQuantity" in resource or "component" in resource:
        return "", None
    sites = objects(resource.get("bodySite")) or [inner(resource.get("bodySite"))]
    words = ", ".join(filter(None, map(wording, sites)))
    coded = {side for site in sites for code in codes(site) if (side := _SIDES.get(code))}
    return words, coded.pop() if len(coded) == 1 else side_of(words) or side_of(phrase)


def unit_of(quantity: Json) -> str:
    """The unit of a Quantity: its code if that is UCUM's, else as people read it; empty if there is none."""
    code, unit = string(quantity.get("code")), string(quantity.get("unit"))
    return code or unit if _UCUM.fullmatch(string(quantity.get("system"))) else unit or code


def shown_unit(quantity: Json) -> str:
    """The unit of a Quantity as people read it, or else its code; empty if there is none."""
    return string(quantity.get("unit")) or string(quantity.get("code"))


def identifier_key(identifier: Json) -> tuple[str, str]:
    """Equal for two Identifiers that are the same: https://hl7.org/fhir/R4/datatypes.html#Identifier."""
    return string(identifier.get("system")), string(identifier.get("value"))


def named_by(reference: object) -> str:
    """The target of a Reference, without version: ``Type/id``, an address or ``#id``; empty if it has none."""
    return string(inner(reference).get("reference")).split("/_history/")[0]


def without_server(name: str) -> str:
    """``Type/id`` at the end of an address."""
    return "/".join(name.rsplit("/", 2)[-2:])


def filled(element: Json) -> Json:
    """The element without its empty parts: FHIR JSON has no empty elements."""
    return {name: value for name, value in element.items() if value not in (None, "", [], {})}


def narrative(status: str, lines: Iterable[str]) -> Json:
    """A resource's text that lists the lines: https://hl7.org/fhir/R4/narrative.html."""
    items = "".join(f"<li>{escape(line, quote=False)}</li>" for line in lines)
    return {"status": status, "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><ul>{items}</ul></div>'}


def attachments_of(resource: Json) -> list[Json]:
    """The Attachments of a DocumentReference or a DiagnosticReport; none for other types."""
    match resource.get("resourceType"):
        case "DocumentReference":
            return [inner(content.get("attachment")) for content in objects(resource.get("content"))]
        case "DiagnosticReport":
            return objects(resource.get("presentedForm"))
    return []


def reaction_words(allergy: Json) -> str:
    """The manifestations of an AllergyIntolerance's reactions, separated by commas."""
    reactions = [concept for part in objects(allergy.get("reaction")) for concept in objects(part.get("manifestation"))]
    return ", ".join(filter(None, map(wording, reactions)))


class PartialDate(date):
    """A year or a month: held as its first day, shown as the record writes it, ``2019`` or ``2019-05``."""

    __slots__ = ("_written",)
    _written: str

    @classmethod
    def of(cls, year: int, month: int | None = None) -> "PartialDate":
        """The first day of a year, or of a month."""
        first = cls(year, month or 1, 1)
        first._written = f"{year:04}" if month is None else f"{year:04}-{month:02}"
        return first

    def isoformat(self) -> str:
        """The date as written, also in ``str`` and f-strings."""
        return getattr(self, "_written", super().isoformat())  # adding days gives a full date

    @property
    def last(self) -> date:
        """The last day that it covers."""
        whole = self.isoformat()
        month = 12 if len(whole) == len("2019") else self.month
        return self if len(whole) > len("2019-05") else date(self.year, month, monthrange(self.year, month)[1])


def first_day(value: object) -> date | None:
    """The day of a FHIR date or time, a :class:`PartialDate` for ``2019`` or ``2019-05``; None if it is neither."""
    try:
        year, *rest = (int(part) for part in string(value)[:10].split("-"))
        return date(year, *rest) if len(rest) == 2 else PartialDate.of(year, *rest)
    except (TypeError, ValueError):  # TypeError: more parts than a date has
        return None


def last_day(day: date) -> date:
    """The last day that a date covers; for a full date, itself."""
    return day.last if isinstance(day, PartialDate) else day


def first_time(values: Iterable[object]) -> date | None:
    """The first valid one of some FHIR dates, dateTimes or instants: a moment, or a day if it has no time."""
    for value in values:
        try:
            moment = datetime.fromisoformat(string(value))
        except ValueError:
            moment = None
        if moment is not None and moment.tzinfo is not None:
            return moment
        if day := first_day(value):
            return day
    return None


def effective_time(resource: Json) -> date | None:
    """The time that an Observation or a DiagnosticReport is about: its ``effective[x]``, else when it was issued.

    A period may be a whole stay: its end counts, or the time of issue if that is earlier or the period is open.
    """
    if moment := first_time((resource.get("effectiveDateTime"), resource.get("effectiveInstant"))):
        return moment
    return _told(inner(resource.get("effectivePeriod")), resource.get("issued"))


def document_time(document: Json) -> date | None:
    """The time that a DocumentReference is about: the end of its ``context.period``, which may be a whole stay.

    Its date of writing counts if that is earlier or the period is open.
    """
    return _told(inner(inner(document.get("context")).get("period")), document.get("date"))


def _told(period: Json, written: object) -> date | None:
    moment, end = first_time([written]), first_time([period.get("end")])
    if end is not None and (moment is None or end.toordinal() < moment.toordinal()):
        return end
    return moment or first_time([period.get("start")])


def onset(condition: Json) -> date | None:
    """When a Condition began."""
    return first_time((condition.get("onsetDateTime"), inner(condition.get("onsetPeriod")).get("start")))


def latest_onset(condition: Json) -> date | None:
    """The last day on which a Condition can have begun: for ``2019`` the end of that year, if nothing is earlier.

    It cannot have been recorded or have ended before it began. None if unknown, and for a recurrence or relapse.
    """
    if codes(condition.get("clinicalStatus")) & {"recurrence", "relapse"}:
        return None
    period = inner(condition.get("onsetPeriod"))
    words = (condition.get("onsetDateTime"), period.get("end"), period.get("start"), condition.get("onsetString"))
    end = condition.get("abatementDateTime") or inner(condition.get("abatementPeriod")).get("end")
    days = [day for said in (next(filter(None, map(string, words)), ""), string(end)) if (day := first_day(said))]
    days = [last_day(day) for day in days]
    return min(*days, first_day(condition.get("recordedDate")) or days[0]) if days else None


def dated_by(resource: Json, day: date | None) -> str:
    """Whether a day in a Condition or an AllergyIntolerance is when it ``began`` or was ``recorded``; else empty."""
    if day is None or resource.get("resourceType") not in ("Condition", "AllergyIntolerance"):
        return ""
    dates = {"began": day_of(onset(resource)), "recorded": first_day(resource.get("recordedDate"))}
    return next((word for word, given in dates.items() if given and given.isoformat() == day.isoformat()), "")


def abated(condition: Json) -> date | None:
    """The day on which a Condition ended."""
    end = inner(condition.get("abatementPeriod")).get("end")
    return first_day(condition.get("abatementDateTime")) or first_day(end)


def has_abated(condition: Json, today: date) -> bool:
    """Whether the ``abatement[x]`` of a Condition says that it is over; a date or a period only once it has passed."""
    if day := abated(condition):
        return last_day(day) < today
    return any(key.startswith("abatement") and value is not None for key, value in condition.items())


def time_of(resource: Json) -> date | None:
    """The time that a resource of any type is about, or was written at; a day if it gives no time."""
    match resource["resourceType"]:
        case "DocumentReference":
            return document_time(resource)
        case "Observation" | "DiagnosticReport":
            return effective_time(resource)
    given = (resource.get(name) for name in _TIMES)
    return first_time(value.get("start") if isinstance(value, dict) else value for value in given)


def day_of(time: date | None) -> date | None:
    """The day of a moment in its own zone; a day stays as it is."""
    return time.date() if isinstance(time, datetime) else time


def is_id(value: object) -> bool:
    """Whether a value is a FHIR id."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def source_of(resource: Json) -> str:
    """``ResourceType/id``."""
    return f"{resource['resourceType']}/{resource['id']}"

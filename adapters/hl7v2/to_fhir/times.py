"""Dates and times of HL7 v2 as those of FHIR, and those that senders write as in ISO 8601."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_DTM = re.compile(r"(\d{4})(\d\d)?(\d\d)?(?:(\d\d)(\d\d)?(\d\d)?(\.\d{1,9})?)?([+-]\d{4})?")
_ISO = re.compile(r"(\d{4})([-/])(\d\d)\2(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d(?:\.\d{1,9})?))?(Z|[+-]\d\d:?\d\d)?)?")
_NO_DAY = re.compile(r"(\d{4}(?!00)\d\d)00|(\d{4})0000")


def date_time(text: str, zone: tzinfo) -> str | None:
    """A DTM as FHIR dateTime of the same precision; a time without a zone gets ``zone``.

    None if it is not a date: the guide requires ISO 8601, and FHIR a zone with each time.
    """
    match = _DTM.fullmatch(_as_dtm(text))
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        moment = datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0))
        if hour is None or day is None or not 1 < int(year) < 9999:  # the year may overflow in other zones
            return "-".join(part for part in (year, month, day) if part)
        own = own_zone(text)
        if offset and own is None:
            return None
        shown = moment.replace(tzinfo=own or zone).isoformat()[19:25]
    except ValueError:
        return None
    return f"{moment.isoformat()}{fraction or ''}{shown}"


def _as_dtm(text: str) -> str:
    """A date as HL7 writes it: without the marks of ``2026-01-31 08:30``, or the zeros of an unknown day or month."""
    text = text.strip()
    if iso := _ISO.fullmatch(text):
        text = "".join(filter(None, (iso[1], *iso.groups()[2:]))).replace(":", "").replace("Z", "+0000")
    unknown = _NO_DAY.fullmatch(text)
    return (unknown[1] or unknown[2]) if unknown else text


def own_zone(text: str) -> tzinfo | None:
    """The zone that a DTM itself names; None if it names none, or one that does not exist."""
    match = _DTM.fullmatch(_as_dtm(text))
    if match is None or not (offset := match[8]):
        return None
    hours, minutes = int(offset[1:3]), int(offset[3:])
    if hours > 14 or minutes > 59:
        return None
    ahead = timedelta(hours=hours, minutes=minutes)
    return timezone(-ahead if offset[0] == "-" else ahead)


def date_only(text: str) -> str | None:
    """A DT or DTM as FHIR date."""
    found = date_time(text, UTC)
    return found[:10] if found else None


def instant(text: str, zone: tzinfo) -> str | None:
    """A DTM as FHIR instant; None if it has no time."""
    found = date_time(text, zone)
    return found if found and "T" in found else None


def clock(text: str) -> str | None:
    """A TM as FHIR time."""
    match = re.fullmatch(r"([01]\d|2[0-3])([0-5]\d)([0-5]\d)?(\.\d+)?([+-]\d{4})?", text)
    return f"{match[1]}:{match[2]}:{match[3] or '00'}" if match else None

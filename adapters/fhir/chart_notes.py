"""The running texts of a patient's record, each with its resource."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from knowledge.medical.case import Unread

from .elements import Json, first_day, inner, objects, source_of, string, wordings
from .notes import note_text


@dataclass(frozen=True, slots=True)
class Note:
    """A running text of the record.

    Attributes:
        title: what kind of document it is; empty for the text of a resource that is none.
        text: as it was read, nothing cut.
    """

    source: str
    title: str
    day: dt.date | None
    text: str


def notes_of(resource: Json) -> tuple[list[Note], list[Unread]]:
    """Running texts of a resource, and the documents of it that could not be read."""
    kind = resource["resourceType"]
    source = source_of(resource)
    statuses = {string(resource.get("status")), string(resource.get("docStatus"))}
    if "entered-in-error" in statuses or (kind == "DocumentReference" and "superseded" in statuses):
        return [], []
    day = _day_of(resource)
    texts = [string(annotation.get("text")) for annotation in objects(resource.get("note"))]
    found: list[Note] = []
    unread: list[Unread] = []
    title = next(iter(wordings(resource.get("type" if kind == "DocumentReference" else "code"))), "")
    if kind in {"DocumentReference", "DiagnosticReport"}:
        whole, unread = _document(source, _attachments(resource))
        found += [Note(source, title, day, text) for text in whole]
        if not whole:
            texts.append(string(resource.get("conclusion")))
            texts.append(string(resource.get("description")))
    found += [Note(source, title, day, text) for text in texts if text]
    return found, unread


def _attachments(resource: Json) -> list[Json]:
    if resource["resourceType"] == "DiagnosticReport":
        return objects(resource.get("presentedForm"))
    return [inner(content.get("attachment")) for content in objects(resource.get("content"))]


def _document(source: str, attachments: Iterable[Json]) -> tuple[list[str], list[Unread]]:
    """The first attachment that can be read and those of its type: FHIR has the others be formats of one document."""
    read, texts = "", []
    lost: list[Unread] = []
    for attachment in attachments:
        kind = string(attachment.get("contentType"))
        if read not in ("", kind):
            continue
        text, reason = note_text(attachment)
        if reason is None:
            read = kind
            texts.append(text)
        else:
            lost.append(Unread(source, reason, kind))
    return texts, [told for told in lost if not read or told.phrase == read]


def _day_of(resource: Json) -> dt.date | None:
    context = inner(inner(resource.get("context")).get("period"))
    period = inner(resource.get("effectivePeriod")) or inner(resource.get("performedPeriod"))
    candidates = (
        context.get("start"),
        resource.get("date"),
        resource.get("effectiveDateTime"),
        period.get("start"),
        resource.get("authoredOn"),
        resource.get("performedDateTime"),
        resource.get("recordedDate"),
        resource.get("issued"),
    )
    return next((day for value in candidates if (day := first_day(value))), None)

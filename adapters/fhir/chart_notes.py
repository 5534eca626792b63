"""The free texts of a patient's record, each with its resource."""

import datetime as dt
from dataclasses import dataclass

from knowledge.medical.case import Unread

from .attachments import read_attachments
from .elements import (
    Json,
    attachments_of,
    day_of,
    objects,
    source_of,
    string,
    time_of,
    wording,
)


@dataclass(frozen=True, slots=True)
class Note:
    """A free text of the record.

    Attributes:
        title: type of the document, or code of the resource, in words; may be empty.
        text: as it was read, uncut.
    """

    source: str
    title: str
    day: dt.date | None
    text: str


def notes_of(resource: Json) -> tuple[list[Note], list[Unread]]:
    """The free texts of a resource, and its documents that could not be read."""
    kind = resource["resourceType"]
    source = source_of(resource)
    statuses = {string(resource.get("status")), string(resource.get("docStatus"))}
    if "entered-in-error" in statuses or (kind == "DocumentReference" and "superseded" in statuses):
        return [], []
    day = day_of(time_of(resource))
    texts = [string(annotation.get("text")) for annotation in objects(resource.get("note"))]
    found: list[Note] = []
    unread: list[Unread] = []
    title = wording(resource.get("type" if kind == "DocumentReference" else "code"))
    if kind in {"DocumentReference", "DiagnosticReport"}:
        whole, unread = _document(resource)
        found += [Note(source, title, day, text) for text in whole]
        if not whole:
            texts.append(string(resource.get("conclusion")))
            texts.append(string(resource.get("description")))
    found += [Note(source, title, day, text) for text in texts if text]
    return found, unread


def _document(resource: Json) -> tuple[list[str], list[Unread]]:
    """The texts of a document, and its attachments that could not be read, other formats of a text left out."""
    parts = list(read_attachments(attachments_of(resource)))
    read = {kind for kind, _, reason in parts if reason is None}
    lost = [(kind, reason) for kind, _, reason in parts if reason and (not read or kind in read)]
    texts = [text for _, text, reason in parts if reason is None]
    return texts, [Unread(source_of(resource), reason, kind) for kind, reason in lost]

"""Compares merges with those that the server knows: one in reverse is turned round, an older one changes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from adapters.fhir.elements import Json, inner, named_by, objects, source_of, string
from adapters.fhir.merges import links_of, merged_into, replaced_by
from core.errors import Hl7Error

from .overlay import is_known_by
from .precedence import compare
from .to_fhir import Entry
from .to_fhir.bundle import MERGED_AT


@dataclass(slots=True)
class Merged:
    """A patient of a merge that the server has.

    Attributes:
        sent: its entry in the transaction.
        new: what the message says about it.
        found: what the server has, or is to keep of that.
    """

    sent: Json
    new: Json
    found: Json


class _Standing(Enum):
    NEW = auto()
    REVERSES = auto()
    KNOWN = auto()
    OUTDATED = auto()


def settle(entries: Iterable[Entry], patients: Mapping[str, Merged]) -> int:
    """Prepares the patients of merges for overlaying, so that of two opposite merges the newer one holds.

    Args:
        entries: of the message.
        patients: those of the message that the server has, by ``urn:uuid``; they are changed.

    Returns:
        How many merges are older than an opposite one.

    Raises:
        Hl7Error: it is unclear which of two merges holds.
    """
    links = [(entry.url, link) for entry in entries for link in links_of(entry.resource, "replaced-by")]
    merges = [(url, string(inner(link.get("other")).get("reference")), _merged_at(link)) for url, link in links]
    outdated = 0
    for url, into, recorded in merges:
        kept, gone = patients.get(into), patients.get(url)
        ending = {source_of(patients[one].found) for one, to, _ in merges if to == into and one in patients}
        standing = _standing(kept.found if kept else {}, gone.found if gone else {}, recorded, ending)
        outdated += standing is _Standing.OUTDATED
        if not (kept and gone):
            continue
        if standing in (_Standing.KNOWN, _Standing.OUTDATED):
            kept.new, gone.new = _without(kept.new, url), _without(gone.new, into)
            continue
        kept.found, gone.found = _apart(kept.found, gone.found), _apart(gone.found, kept.found)
        if standing is _Standing.REVERSES:
            kept.new = {**kept.new, "active": True}
    return outdated


def not_merged_now(hits: Sequence[Json], resource: Json) -> Sequence[Json]:
    """The candidates for the surviving patient: without those who have the merged number, unless nobody else is left.

    The survivor of an opposite merge may have both numbers.
    """
    gone = [inner(inner(link.get("other")).get("identifier")) for link in links_of(resource, "replaces")]
    return [hit for hit in hits if not any(is_known_by(hit, number) for number in gone)] or hits


def _standing(kept: Json, gone: Json, recorded: str, ending: set[str]) -> _Standing:
    """How a merge relates to the links of the two patients, each empty if the server lacks it.

    Args:
        ending: ``Patient/id`` of those that the message merges into the surviving one.

    Raises:
        Hl7Error: it is unclear.
    """
    if kept and gone and source_of(kept) == source_of(gone):  # one patient with both numbers
        return _Standing.KNOWN
    standing = _Standing.NEW
    if back := _ended_by(kept, gone):
        order = compare(recorded, _merged_at(back))
        if not order:
            raise _unclear("The server has these patients merged the other way round, and no times to tell which holds")
        if order < 0:
            return _Standing.OUTDATED
        standing = _Standing.REVERSES
    elif same := _ended_by(gone, kept):  # a later repetition makes it newer
        is_newer = compare(recorded, _merged_at(same)) > 0 or not _merged_at(same)
        return _Standing.NEW if is_newer else _Standing.KNOWN
    if _others(kept, gone) and not _comes_late(kept, gone, recorded):
        raise _unclear("The patient that remains was merged into a third one")
    if _others(gone, kept) - ending.union(merged_into(kept)):  # its results would be in the records of two patients
        raise _unclear("The patient that ends was merged into a third one")
    return standing


def _comes_late(kept: Json, gone: Json, recorded: str) -> bool:
    """Whether a merge is the older part of a chain and does not close a circle."""
    times = map(_merged_at, links_of(kept, "replaced-by"))
    return all(compare(recorded, time) < 0 for time in times) and not merged_into(gone)


def _unclear(reason: str) -> Hl7Error:
    return Hl7Error(reason, hint="Ask the sender who is in use, and correct Patient.link and active by hand")


def _ended_by(patient: Json, other: Json) -> Json | None:
    """The link that says the server's patient was merged into the other one."""
    return next((link for link in links_of(patient, "replaced-by") if _leads_to(link, other)), None)


def _others(patient: Json, but: Json) -> set[str]:
    """``Patient/id`` of those that a patient was merged into, except one."""
    return set(replaced_by(patient)) - {source_of(but) if but else ""}


def _merged_at(link: Json) -> str:
    """When a merge was recorded, as FHIR instant; empty if unknown."""
    extensions = objects(link.get("extension"))
    return next((string(one.get("valueInstant")) for one in extensions if one.get("url") == MERGED_AT), "")


def _leads_to(link: Json, other: Json) -> bool:
    return bool(other) and named_by(link.get("other")) == source_of(other)


def _apart(patient: Json, other: Json) -> Json:
    """The server's patient without its links to another one."""
    return {**patient, "link": [link for link in objects(patient.get("link")) if not _leads_to(link, other)]}


def _without(new: Json, url: str) -> Json:
    """What a message says about a patient, without its merge with another one."""
    links = [link for link in objects(new.get("link")) if inner(link.get("other")).get("reference") != url]
    return {**new, "link": links}

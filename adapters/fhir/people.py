"""Whose record it is: the patient, those merged into it, and which resources are theirs."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self

from core.errors import InputFormatError
from knowledge.medical.case import Unread

from .elements import Json, identifier_key, inner, named_by, objects, source_of, without_server
from .merges import is_out_of_use, merged_into, with_merged
from .reasons import Reason
from .release import problem_in

_OF_PATIENT = {  # elements of a Patient that are read, or that forbid reading it
    "resourceType", "id", "meta", "implicitRules", "modifierExtension", "identifier", "active", "name", "gender",
    "birthDate", "deceasedBoolean", "deceasedDateTime", "link",
}  # fmt: skip
CORRECT = "Correct it in its source"


def patient_and_merged(named: dict[str, tuple[str, Json]]) -> dict[str, Json]:
    """The patient, then those that were merged into it, by ``Patient/id``.

    Args:
        named: ``(fullUrl, resource)`` of a record by ``Type/id``.

    Raises:
        InputFormatError: there is no patient, or there are several.
        FhirVersionError: there is none, and a resource is of another FHIR release.
    """
    patients = {identity: entry[1] for identity, entry in named.items() if entry[1]["resourceType"] == "Patient"}
    if not patients:
        for _, resource in named.values():
            problem_in(resource)  # a resource of another release is the actual error
        raise InputFormatError("There is no Patient resource", hint="Choose a Bundle with one patient's record")
    groups = (with_merged(identity, patients) for identity in patients)
    people = next((people for people in groups if len(people) == len(patients)), None)
    if people is None:
        raise InputFormatError(f"There are {len(patients)} patients", hint="Export one patient at a time")
    return people


def as_read(patient: Json) -> tuple[Json, str]:
    """The Patient, cut to the elements that are read if it has faults; and the path of the first fault, or empty.

    Raises:
        InputFormatError: an element that is read has a fault.
    """
    problem = problem_in(patient)
    if not problem:
        return patient, ""
    read = {name: value for name, value in patient.items() if name in _OF_PATIENT}
    if fault := problem_in(read):
        raise InputFormatError(f"The Patient resource is not valid R4 ({fault})", hint=CORRECT)
    return read, problem


def unread_merges(people: dict[str, Json]) -> list[Unread]:
    """Reports a patient that is out of use, and merged patients that were not read."""
    name, patient = next(iter(people.items()))
    left_out = [Unread(name, Reason.OUT_OF_USE)] if is_out_of_use(patient) else []
    elsewhere = {reference for person in people.values() for reference in merged_into(person)} - people.keys()
    return left_out + [Unread(name, Reason.OTHER_NUMBER)] * len(elsewhere)


@dataclass(frozen=True, slots=True)
class Whose:
    """The patient, and those merged into it.

    Attributes:
        references: the names by which resources reference them.
        identifiers: system and value.
        base: the server that they are on; empty if unknown.
    """

    references: frozenset[str]
    identifiers: frozenset[tuple[str, str]]
    base: str

    @classmethod
    def of(cls, people: Mapping[str, Json], urls: Mapping[str, str]) -> Self:
        """Patients by ``Patient/id``, with the ``fullUrl`` of each."""
        return cls(
            frozenset(name for identity, person in people.items() for name in _reference_names(person, urls[identity])),
            frozenset(identifier_key(number) for one in people.values() for number in objects(one.get("identifier"))),
            next(filter(None, map(base_of, urls.values())), ""),
        )

    def at(self, full_url: str) -> Self:
        """The same, with the server of a resource at this address if theirs is unknown."""
        return self if self.base else replace(self, base=base_of(full_url))

    def is_named_by(self, reference: Json) -> bool:
        """Whether a Reference names one of them. On another server the same id is somebody else's."""
        if name := named_by(reference):
            elsewhere = self.base and base_of(name) not in ("", self.base)
            return name in self.references or (not elsewhere and without_server(name) in self.references)
        key = identifier_key(inner(reference.get("identifier")))
        return bool(key[1]) and key in self.identifiers


def _reference_names(patient: Json, full_url: str) -> tuple[str, str, str]:
    """The names by which other resources reference a Patient."""
    return source_of(patient), full_url, f"urn:uuid:{patient['id']}"


def base_of(url: str) -> str:
    """The server in the address of a resource, the same for http and https; empty for a relative address or a URN."""
    scheme, _, name = url.split("/_history/")[0].partition("://")
    return name.rsplit("/", 2)[0].rstrip("/") if scheme in ("http", "https") else ""


def bases_of(urls: Iterable[str], server: str) -> frozenset[str]:
    """The servers in the addresses of resources, and ``server`` itself, if not empty."""
    return frozenset(map(base_of, (*urls, f"{server.rstrip('/')}/Type/id"))) - {""}


def own_name(name: str, bases: Collection[str]) -> str:
    """``Type/id`` for a reference to one of these servers, else the name itself: elsewhere the same id is another's.

    If no server is known, any address counts as one of them.
    """
    return without_server(name) if not bases or base_of(name) in ("", *bases) else name

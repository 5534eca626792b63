"""Whose record it is: the patient, those who were merged into them, and what else is theirs."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self

from core.errors import InputFormatError
from knowledge.medical.case import Unread

from .elements import Json, identifier_key, inner, named_by, objects, source_of, without_server
from .merges import is_out_of_use, merged_into, with_merged
from .reasons import Reason
from .release import problem_in

_OF_PATIENT = {  # what is read of a Patient, or forbids to
    "resourceType", "id", "meta", "implicitRules", "modifierExtension", "identifier", "active", "name", "gender",
    "birthDate", "deceasedBoolean", "deceasedDateTime", "link",
}  # fmt: skip
CORRECT = "Correct it in its source"


def patient_and_merged(named: dict[str, tuple[str, Json]]) -> dict[str, Json]:
    """The patient first, then those that were merged into it, by ``Patient/id``.

    Args:
        named: ``(fullUrl, resource)`` of a record by ``Type/id``.

    Raises:
        InputFormatError: there is no patient, or there are several.
        FhirVersionError: there is none, and a resource is of another FHIR release.
    """
    patients = {identity: entry[1] for identity, entry in named.items() if entry[1]["resourceType"] == "Patient"}
    if not patients:
        for _, resource in named.values():
            problem_in(resource)  # of another release it is the release that is wrong
        raise InputFormatError("There is no Patient resource", hint="Choose a Bundle with one patient's record")
    groups = (with_merged(identity, patients) for identity in patients)
    people = next((people for people in groups if len(people) == len(patients)), None)
    if people is None:
        raise InputFormatError(f"There are {len(patients)} patients", hint="Export one patient at a time")
    return people


def as_read(patient: Json) -> tuple[Json, str]:
    """A valid Patient, of one with faults only the elements that are read; and the path of the first fault, or empty.

    Raises:
        InputFormatError: a fault is in one that is read.
    """
    problem = problem_in(patient)
    if not problem:
        return patient, ""
    read = {name: value for name, value in patient.items() if name in _OF_PATIENT}
    if fault := problem_in(read):
        raise InputFormatError(f"The Patient resource is not valid R4 ({fault})", hint=CORRECT)
    return read, problem


def unread_merges(people: dict[str, Json]) -> list[Unread]:
    """Whether there is more under another number."""
    name, patient = next(iter(people.items()))
    left_out = [Unread(name, Reason.OUT_OF_USE)] if is_out_of_use(patient) else []
    elsewhere = {reference for person in people.values() for reference in merged_into(person)} - people.keys()
    return left_out + [Unread(name, Reason.OTHER_NUMBER)] * len(elsewhere)


@dataclass(frozen=True, slots=True)
class Whose:
    """The patient, and those who were merged into it.

    Attributes:
        references: by which resources name them.
        identifiers: system and value.
        base: the server that they are on, empty where nothing tells it.
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
        """The same where nothing else tells the server, for a resource at this address: they are on its server."""
        return self if self.base else replace(self, base=base_of(full_url))

    def is_named_by(self, reference: Json) -> bool:
        """Whether a Reference names one of them. On another server the same id is of somebody else."""
        if name := named_by(reference):
            elsewhere = self.base and base_of(name) not in ("", self.base)
            return name in self.references or (not elsewhere and without_server(name) in self.references)
        key = identifier_key(inner(reference.get("identifier")))
        return bool(key[1]) and key in self.identifiers


def _reference_names(patient: Json, full_url: str) -> tuple[str, str, str]:
    """By what other resources refer to a Patient."""
    return source_of(patient), full_url, f"urn:uuid:{patient['id']}"


def base_of(url: str) -> str:
    """The server in the address of a resource, the same for http and https; empty in a relative one or a URN."""
    scheme, _, name = url.split("/_history/")[0].partition("://")
    return name.rsplit("/", 2)[0].rstrip("/") if scheme in ("http", "https") else ""


def bases_of(urls: Iterable[str], server: str) -> frozenset[str]:
    """The servers in the addresses of resources, and the one whose own address is ``server``."""
    return frozenset(map(base_of, (*urls, f"{server.rstrip('/')}/Type/id"))) - {""}


def own_name(name: str, bases: Collection[str]) -> str:
    """``Type/id`` of what a reference names on one of some servers. On another one the same id is of something else.

    Where no server is known, any address counts as one there.
    """
    return without_server(name) if not bases or base_of(name) in ("", *bases) else name

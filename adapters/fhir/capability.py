"""The capabilities that a FHIR server declares, and in plain words those that the suite would use but it lacks.

https://hl7.org/fhir/R4/capabilitystatement.html
"""

import re

from .bundle import READ_TYPES
from .elements import Json, inner, objects, string

NAMED_TYPES = ("Specimen", "Medication", "Binary")
"""Types that are read only where other resources reference them."""
_MAY_READ = re.compile(r"(?:patient|user|system)/(\*|[A-Z][A-Za-z]+)\.(?:read|\*|c?ru?d?s|(?<=Binary\.)r)")
"""Scopes to read and search all of a type; one with a query covers only part of it."""


def patient_operations(statement: Json) -> set[str]:
    """The operations that are declared for Patient, such as ``everything``."""
    return _operations(_type(statement, "Patient"))


def missing(statement: Json) -> list[str]:
    """One sentence for each thing that the server does not declare, with its consequence.

    A server may be able to do more than it declares.
    """
    operations = patient_operations(statement)
    instead = "is read through Patient $everything" if "everything" in operations else "is not read"
    sentences = [
        f"{kind} cannot be searched by patient, so it {instead}."
        for kind in READ_TYPES
        if kind != "Patient" and not _searches_by_patient(_type(statement, kind))
    ]
    if "read" not in _interactions(_type(statement, "Patient")):
        sentences.append("A Patient cannot be read by id, so no record can be read.")
    if "everything" not in operations:
        sentences.append("There is no Patient $everything, so what the searches refuse stays unread.")
    if "transaction" not in _interactions(_rest(statement)):
        sentences.append("There are no transactions, so nothing can be written back.")
    for kind in ("ClinicalImpression", "Provenance", "Condition"):
        if "create" not in _interactions(_type(statement, kind)):
            sentences.append(f"{kind} cannot be created, so it cannot be written back.")
        elif _type(statement, kind).get("conditionalCreate") is not True:
            sentences.append(f"{kind} has no conditional create, so a write whose answer was lost is not repeated.")
    for kind in ("ClinicalImpression", "Condition"):
        if _type(statement, kind).get("versioning") not in ("versioned", "versioned-update"):
            sentences.append(f"{kind} has no versions, so withdrawing cannot notice a change made at the same moment.")
    unconditional = [
        kind
        for kind in ("Patient", "Encounter", "Observation")
        if not all(_type(statement, kind).get(name) is True for name in ("conditionalCreate", "conditionalUpdate"))
    ]
    if unconditional:
        sentences.append(
            f"There is no conditional create and update of {', '.join(unconditional)}, so HL7 v2 messages cannot be "
            "delivered."
        )
    if "export" not in operations | _operations(_rest(statement)):
        sentences.append("There is no Bulk $export, so patients are read one at a time.")
    services = objects(inner(_rest(statement).get("security")).get("service"))
    if not any(string(c.get("code")) == "SMART-on-FHIR" for s in services for c in objects(s.get("coding"))):
        sentences.append("It does not declare SMART on FHIR. If it has none, only a fixed token works, R1_FHIR_TOKEN.")
    return sentences


def unscoped(scope: str) -> list[str]:
    """The types that the suite reads, referenced ones included, but that the scopes do not allow it to read.

    https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html, of both versions.
    """
    allowed = {match[1] for word in scope.split() if (match := _MAY_READ.fullmatch(word))}
    return [kind for kind in (*READ_TYPES, *NAMED_TYPES) if "*" not in allowed and kind not in allowed]


def _rest(statement: Json) -> Json:
    return next((rest for rest in objects(statement.get("rest")) if rest.get("mode") == "server"), {})


def _type(statement: Json, kind: str) -> Json:
    return next((part for part in objects(_rest(statement).get("resource")) if part.get("type") == kind), {})


def _interactions(part: Json) -> set[str]:
    return {string(interaction.get("code")) for interaction in objects(part.get("interaction"))}


def _searches_by_patient(part: Json) -> bool:
    names = {string(parameter.get("name")) for parameter in objects(part.get("searchParam"))}
    return "search-type" in _interactions(part) and "patient" in names


def _operations(part: Json) -> set[str]:
    return {string(operation.get("name")).lstrip("$") for operation in objects(part.get("operation"))}

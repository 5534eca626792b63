"""Hand-written stand-ins for the medical knowledge, and small FHIR records.

This folder has no ``__init__.py``: as a package it would be called ``fhir`` and hide the library of that name.
"""

import base64
import re
from datetime import date
from pathlib import Path
from typing import Any

from adapters.fhir.bundle import PatientRecord, make_record
from adapters.fhir.to_case import to_case
from knowledge.medical.case import Case, Evidence, Finding, Status
from tests.medical_fakes import Read

SAMPLES = sorted((Path(__file__).parents[3] / "apps/diagnosis/sample_hospital").glob("*.json"))
TODAY = date(2026, 4, 1)


class Names:
    """Every HPO id but one is a finding; HP:0000002 is an old id of HP:0000001."""

    def resolve(self, code: str) -> str | None:
        if code == "HP:0000002":
            return "HP:0000001"
        return code if re.fullmatch(r"HP:\d{7}", code) and code != "HP:9999999" else None

    def name(self, code: str) -> str:
        return f"name of {code}"


class Reader:
    """Knows two words; ``no`` right before one makes it absent."""

    def read(self, text: str, *, source: str, date: date | None = None, **_: Any) -> Read:
        findings = []
        for match in re.finditer(r"(no )?(seizures|fever)", text, re.IGNORECASE):
            code = {"seizures": "HP:0001250", "fever": "HP:0001945"}[match[2].lower()]
            status = Status.ABSENT if match[1] else Status.PRESENT
            evidence = Evidence(source, match[2], date, match.start(2), match.end(2), (match[1] or "").strip())
            findings.append(Finding(code, match[2], status, (evidence,)))
        return Read(tuple(findings))


def attachment(text: str | bytes, content_type: str = "text/plain") -> dict[str, Any]:
    data = text.encode() if isinstance(text, str) else text
    return {"contentType": content_type, "data": base64.b64encode(data).decode()}


def record_of(*resources: dict[str, Any], **patient: Any) -> PatientRecord:
    """A record of patient ``p``; the resources may leave out id and subject."""
    entries: list[tuple[str, dict[str, Any]]] = [("", {"resourceType": "Patient", "id": "p", **patient})]
    for resource in resources:
        about = "patient" if resource["resourceType"] in ("FamilyMemberHistory", "AllergyIntolerance") else "subject"
        entries.append(("", {"id": "x", about: {"reference": "Patient/p"}, **resource}))
    return make_record(entries, origin="test")


def case_of(*resources: dict[str, Any], **patient: Any) -> Case:
    """Reads resources, given as for :func:`record_of`, into a Case."""
    return to_case(record_of(*resources, **patient), Reader(), Names(), today=TODAY)


SNOMED = "http://snomed.info/sct"
HPO = "http://purl.obolibrary.org/obo/hp.owl"
YES, NO = Status.PRESENT, Status.ABSENT


def hpo(code: str, display: str = "Seizure", system: str = HPO) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def condition(clinical: str | None, verified: str | None = "confirmed", **more: Any) -> dict[str, Any]:
    resource: dict[str, Any] = {"resourceType": "Condition", "code": {"text": "Seizures"}, **more}
    if clinical:
        resource["clinicalStatus"] = {"coding": [{"code": clinical}]}
    if verified:
        resource["verificationStatus"] = {"coding": [{"code": verified}]}
    return resource


def observation(code: dict[str, Any], status: str = "final", **more: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "status": status, "code": code, **more}


def statuses(case: Case) -> dict[str, Status]:
    return {finding.code: finding.status for finding in case.findings}

"""Drafts to write back, and the FHIR resources that they become once a clinician has approved them."""

import hashlib
import json
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from core.errors import ApprovalError, InputTooLargeError

from .bundle import PatientRecord
from .elements import THO, Json, attachments_of, codes, filled, inner, objects, source_of, string
from .reasons import Reason

ORIGIN_SYSTEM = "urn:r1-suite:origin"
ORIGIN_CODE = "written-by-r1-suite"
DRAFT_SYSTEM = "urn:r1-suite:draft"
MAX_SUMMARY = 8_000  # characters
MAX_CONSIDERED = 20


@dataclass(frozen=True, slots=True)
class Considered:
    """A disease, with the evidence for it in words. ``system`` and ``code`` may be empty."""

    label: str
    basis: str = ""
    system: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Basis:
    """A reference to a resource, and its :func:`fingerprint` when it was read."""

    reference: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Wording:
    """The fixed words of a draft, in the language of its summary; ``{}`` stands for the name in parentheses.

    Attributes:
        description: of the ClinicalImpression (the knowledge).
        note: on the ClinicalImpression: where the list is from, and that it is not a diagnosis (the approver).
        consider: a line of an HL7 v2 result (a disease).
        closing: its last line: that it is not a diagnosis (the knowledge).
    """

    description: str
    note: str
    consider: str
    closing: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What a clinician is asked to approve. Made by :func:`make_draft`.

    Attributes:
        id: a UUID; the same draft is never written twice.
        patient: ``Patient/id``.
        encounter: ``Encounter/id``, or empty.
        summary: the text of the ClinicalImpression.
        considered: the diseases, in the order shown.
        condition: the disease that the clinician also wants in the problem list, provisional; None for most.
        knowledge: the knowledge that it rests on, with its version.
        patient_fingerprint, basis: the patient, and the resources that the findings came from, when they were read.
        seen: everything clinical in the record then, whether the draft rests on it or not.
        lost: the types that could not be read completely then.
        made_at: in UTC.
    """

    id: str
    patient: str
    encounter: str
    summary: str
    considered: tuple[Considered, ...]
    condition: Considered | None
    knowledge: str
    wording: Wording
    patient_fingerprint: str
    basis: tuple[Basis, ...]
    seen: tuple[Basis, ...]
    lost: tuple[str, ...] = ()
    made_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def digest(self) -> str:
        """SHA-256 of the content; an approval names it, so that only what was shown is written."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Clinician:
    """Who approves, as the hospital's own sign-in (SMART launch) reports it.

    Attributes:
        reference: ``Practitioner/id`` or ``PractitionerRole/id``, the ``fhirUser`` of the id_token.
        name: for the reader of the record.
        patient: ``Patient/id`` of the launch context.
        encounter: ``Encounter/id`` of the launch context, or empty.
    """

    reference: str
    name: str
    patient: str
    encounter: str = ""


def make_draft(
    record: PatientRecord,
    sources: Iterable[str],
    *,
    summary: str,
    considered: Iterable[Considered],
    knowledge: str,
    wording: Wording,
    condition: Considered | None = None,
    encounter: str = "",
) -> Draft:
    """A draft about a record as it was read.

    Args:
        sources: ``Type/id`` of the resources that the findings came from (``Evidence.source``).

    Raises:
        InputTooLargeError: the summary or the list is too long.
        ApprovalError: a source is not in the record.
    """
    considered = tuple(considered)
    if len(summary) > MAX_SUMMARY or len(considered) > MAX_CONSIDERED:
        raise InputTooLargeError(
            f"A summary has at most {MAX_SUMMARY:,} characters and {MAX_CONSIDERED} diseases", hint="Shorten it"
        )
    resources = {source_of(resource): resource for resource in record.resources}
    resources[source_of(record.patient)] = record.patient
    named = list(dict.fromkeys(record.holders.get(source, source) for source in sources))
    if strange := [source for source in named if source not in resources]:
        raise ApprovalError(f"{len(strange)} sources of the draft are not in the record", hint="Read the record again")
    return Draft(
        id=str(uuid.uuid4()),
        patient=source_of(record.patient),
        encounter=encounter,
        summary=summary,
        considered=considered,
        condition=condition,
        knowledge=knowledge,
        wording=wording,
        patient_fingerprint=fingerprint(record.patient),
        basis=tuple(Basis(source, fingerprint(resources[source])) for source in named),
        seen=watched(record),
        lost=lost_in(record),
    )


def lost_in(record: PatientRecord) -> tuple[str, ...]:
    """The types that the server failed to deliver completely, each once."""
    return tuple(dict.fromkeys(unread.source for unread in record.unread if unread.reason is Reason.PAGE_LOST))


def watched(record: PatientRecord) -> tuple[Basis, ...]:
    """The resources of a record that a clinician must review again if they are new, changed or gone.

    Encounters, which say where a patient is, and what the suite itself wrote are not among them.
    """
    return tuple(
        Basis(source_of(resource), fingerprint(resource))
        for resource in record.resources
        if resource["resourceType"] != "Encounter" and not is_our_own(resource)
    )


def fingerprint(resource: Json) -> str:
    """Changes when the resource does: its ``versionId``, or a hash of its content on a server without versions."""
    if version := string(inner(resource.get("meta")).get("versionId")):
        return version
    said = {key: value for key, value in resource.items() if key not in ("meta", "text", "content", "presentedForm")}
    # A fetched note is in its attachment; the address may be signed anew each time it is read.
    notes = [{**attachment, "url": ""} for attachment in attachments_of(resource)]
    said |= {"notes": notes} if notes else {}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def is_unconfirmed_own(resource: Json) -> bool:
    """Whether the suite wrote it and no clinician has confirmed it: it is not a finding, or it would support itself."""
    return is_our_own(resource) and "confirmed" not in codes(resource.get("verificationStatus"))


def is_our_own(resource: Json) -> bool:
    """Whether the suite wrote it."""
    marks = [*objects(inner(resource.get("meta")).get("tag")), *objects(resource.get("identifier"))]
    return any(string(mark.get("system")) in (ORIGIN_SYSTEM, DRAFT_SYSTEM) for mark in marks)


def draft_query(draft_id: str, step: str = "") -> str:
    """The search that finds what a step of a draft has written: by tag, which every resource type has."""
    return f"_tag={DRAFT_SYSTEM}|{draft_id}{step}"


def approved_entries(draft: Draft, clinician: Clinician, now: datetime) -> list[Json]:
    """The transaction of an approved draft: ClinicalImpression, Condition if wanted, Provenance."""
    impression_url = f"urn:uuid:{uuid.uuid5(uuid.UUID(draft.id), 'ClinicalImpression')}"
    condition_url = f"urn:uuid:{uuid.uuid5(uuid.UUID(draft.id), 'Condition')}"
    resources = [(impression_url, _impression(draft, clinician, now))]
    if draft.condition:
        resources.append((condition_url, _condition(draft, draft.condition, clinician, now, impression_url)))
    targets = [url for url, _ in resources]
    provenance = _provenance(draft.id, targets, clinician, now, "CREATE")
    provenance["entity"] = [{"role": "source", "what": _versioned(basis)} for basis in draft.basis]
    resources.append((f"urn:uuid:{uuid.uuid5(uuid.UUID(draft.id), 'Provenance')}", filled(provenance)))
    return [_conditional_create(url, resource, draft_query(draft.id)) for url, resource in resources]


def withdrawn_entries(draft_id: str, written: list[Json], clinician: Clinician, now: datetime) -> list[Json]:
    """The transaction that marks resources as entered in error, if they still have the versions that were read."""
    entries: list[Json] = []
    for resource in written:
        marked = dict(resource)
        if resource["resourceType"] == "Condition":
            marked["verificationStatus"] = _concept("condition-ver-status", "entered-in-error")
            marked.pop("clinicalStatus", None)  # https://hl7.org/fhir/R4/condition.html, invariant con-5
        else:
            marked["status"] = "entered-in-error"
        request = {"method": "PUT", "url": source_of(resource)}
        if version := string(inner(resource.get("meta")).get("versionId")):
            request["ifMatch"] = f'W/"{version}"'
        entries.append({"fullUrl": source_of(resource), "resource": marked, "request": request})
    targets = [source_of(resource) for resource in written]
    provenance = _provenance(f"{draft_id}-withdrawn", targets, clinician, now, "NULLIFY")
    url = f"urn:uuid:{uuid.uuid5(uuid.UUID(draft_id), 'withdrawn')}"
    return [*entries, _conditional_create(url, provenance, draft_query(draft_id, "-withdrawn"))]


def _impression(draft: Draft, clinician: Clinician, now: datetime) -> Json:
    """https://hl7.org/fhir/R4/clinicalimpression.html"""
    findings = [
        filled({"itemCodeableConcept": _disease(disease), "basis": disease.basis}) for disease in draft.considered
    ]
    impression = {
        "resourceType": "ClinicalImpression",
        "meta": {"tag": _tags(draft.id)},
        "identifier": [{"system": DRAFT_SYSTEM, "value": draft.id}],
        "status": "completed",
        "description": draft.wording.description.format(draft.knowledge),
        "subject": {"reference": draft.patient},
        "encounter": {"reference": draft.encounter} if draft.encounter else None,
        "date": now.isoformat(timespec="seconds"),
        "assessor": {"reference": clinician.reference, "display": clinician.name},
        "summary": draft.summary,
        "finding": findings,
        "supportingInfo": [{"reference": basis.reference} for basis in draft.basis],
        "note": [{"text": draft.wording.note.format(clinician.name)}],
    }
    return filled(impression)


def _condition(draft: Draft, disease: Considered, clinician: Clinician, now: datetime, impression: str) -> Json:
    """https://hl7.org/fhir/R4/condition.html"""
    category = "encounter-diagnosis" if draft.encounter else "problem-list-item"
    return filled(
        {
            "resourceType": "Condition",
            "meta": {"tag": _tags(draft.id)},
            "identifier": [{"system": DRAFT_SYSTEM, "value": draft.id}],
            "clinicalStatus": _concept("condition-clinical", "active"),
            "verificationStatus": _concept("condition-ver-status", "provisional"),
            "category": [_concept("condition-category", category)],
            "code": _disease(disease),
            "subject": {"reference": draft.patient},
            "encounter": {"reference": draft.encounter} if draft.encounter else None,
            "recordedDate": now.isoformat(timespec="seconds"),
            "recorder": {"reference": clinician.reference, "display": clinician.name},
            "evidence": [{"detail": [{"reference": impression}]}],
        }
    )


def _provenance(tag: str, targets: list[str], clinician: Clinician, now: datetime, activity: str) -> Json:
    """https://hl7.org/fhir/R4/provenance.html: the suite assembled it, the clinician answers for it."""
    return {
        "resourceType": "Provenance",
        "meta": {"tag": _tags(tag)},
        "target": [{"reference": target} for target in targets],
        "recorded": now.isoformat(timespec="milliseconds"),
        "activity": _concept("v3-DataOperation", activity),
        "agent": [
            {
                "type": _concept("provenance-participant-type", "verifier"),
                "who": {"reference": clinician.reference, "display": clinician.name},
            },
            {"type": _concept("provenance-participant-type", "assembler"), "who": {"display": "R1 Suite"}},
        ],
    }


def _conditional_create(full_url: str, resource: Json, query: str) -> Json:
    request = {"method": "POST", "url": resource["resourceType"], "ifNoneExist": query}
    return {"fullUrl": full_url, "resource": resource, "request": request}


def _versioned(basis: Basis) -> Json:
    is_hash = len(basis.fingerprint) == 64  # then there is no version to name
    return {"reference": basis.reference if is_hash else f"{basis.reference}/_history/{basis.fingerprint}"}


def _disease(disease: Considered) -> Json:
    coding = {"system": disease.system, "code": disease.code, "display": disease.label}
    return filled({"coding": [coding] if disease.system and disease.code else [], "text": disease.label})


def _tags(code: str) -> list[Json]:
    return [{"system": ORIGIN_SYSTEM, "code": ORIGIN_CODE}, {"system": DRAFT_SYSTEM, "code": code}]


def _concept(system: str, code: str) -> Json:
    return {"coding": [{"system": THO + system, "code": code}]}

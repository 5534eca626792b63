"""Writes an approved draft into the record, once, and withdraws it; neither without a named clinician.

The checks read the record again with the clinician's own token: patient, launch context and versions must be those of
the draft, and nothing clinical may be new. All is written in one transaction of conditional creates, so a retry, a
lost answer and two simultaneous clicks give one set of resources.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from core.errors import ApprovalError, FhirNotFoundError, FhirServerError, FhirUnreachableError, RecordChangedError

from .bundle import PatientRecord
from .client import FhirClient
from .drafts import (
    Clinician,
    Draft,
    approved_entries,
    draft_query,
    fingerprint,
    lost_in,
    watched,
    withdrawn_entries,
)
from .elements import Json, codes, first_time, inner, objects, source_of, string
from .merges import is_out_of_use

_CLINICIAN = re.compile(r"(?:Practitioner|PractitionerRole)/[A-Za-z0-9\-.]{1,64}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WRITTEN_TYPES = ("ClinicalImpression", "Condition")


@dataclass(frozen=True, slots=True)
class Written:
    """What is in the record now.

    Attributes:
        resources: ``Type/id`` of the ClinicalImpression, and of the Condition if there is one.
        new: False if the draft had already been written (or withdrawn); then nothing was changed.
        fingerprints: of the resources as they are in the record.
        at: when it was approved, according to the ClinicalImpression; None if it does not say.
    """

    resources: tuple[str, ...]
    new: bool
    fingerprints: tuple[str, ...] = ()
    at: date | None = None


async def approve(client: FhirClient, draft: Draft, clinician: Clinician, *, digest: str) -> Written:
    """Writes a draft that a clinician approves.

    Args:
        client: with the clinician's own token.
        digest: ``Draft.digest`` of what the clinician saw.

    Raises:
        ApprovalError: the approval is not for this draft, this patient or this state of the record. Nothing is written.
        RecordChangedError: something clinical was added, changed or removed since the record was read.
        AuditError: it could not be recorded.
        FhirServerError: the server refused or failed; approving again cannot write twice.
    """
    _check_approval(draft, clinician, digest)
    if written := await _written(client, draft.id, draft.patient):
        if any(_is_withdrawn(resource) for resource in written):
            raise ApprovalError("This draft was written and withdrawn", hint="Make a new draft", kind="was_withdrawn")
        return _as_written(written, new=False)
    await _check_record(client, draft)
    responses = await client.transaction(approved_entries(draft, clinician, datetime.now(UTC)), patient=draft.patient)
    statuses = {string(response.get("status"))[:3] for response in responses}
    if not statuses <= {"200", "201"}:
        raise FhirServerError(
            "The server does not say that everything was written", hint="Approve again: nothing is written twice"
        )
    written = await _written(client, draft.id, draft.patient)
    if not written:  # a server that ignores _tag may have taken another resource for this one
        raise FhirServerError(
            "The server does not find what it says was written",
            hint="Approve again: nothing is written twice. A server without searches by _tag cannot be written to",
        )
    return _as_written(written, new="201" in statuses)


async def confirm(client: FhirClient, draft: Draft, clinician: Clinician, *, digest: str) -> PatientRecord:
    """Checks an approval and returns the current record: for a draft that is sent elsewhere than into the record.

    Raises:
        ApprovalError, RecordChangedError, AuditError, FhirServerError: see :func:`approve`.
    """
    _check_approval(draft, clinician, digest)
    return await _check_record(client, draft)


async def withdraw(client: FhirClient, draft_id: str, clinician: Clinician, before: Written) -> Written:
    """Marks what a draft has written as entered in error. FHIR keeps the earlier versions.

    Args:
        before: the result of :func:`approve`.

    Raises:
        ApprovalError: nothing of this draft is in the record of the patient whom the clinician has open, or somebody
            has changed it since it was written, so that it is theirs, too.
        FhirConflictError: somebody changed it at this moment; nothing is changed.
        AuditError: it could not be recorded.
        FhirServerError: the server refused or failed.
    """
    _check_clinician(clinician, clinician.patient)
    if not _UUID.fullmatch(draft_id):
        raise ApprovalError("This is not the id of a draft")
    written = await _written(client, draft_id, clinician.patient)
    if not written:
        raise ApprovalError(
            "Nothing of this draft is in this patient's record",
            hint="Open the patient it was for",
            kind="nothing_to_withdraw",
        )
    left = [resource for resource in written if not _is_withdrawn(resource)]
    known = dict(zip(before.resources, before.fingerprints, strict=False))
    if any(known.get(source_of(resource), now) != now for resource in left if (now := fingerprint(resource))):
        raise ApprovalError(
            "Somebody has changed it since it was written",
            hint="Check it in the hospital system and correct it there",
            kind="changed_since",
        )
    if left:
        entries = withdrawn_entries(draft_id, left, clinician, datetime.now(UTC))
        await client.transaction(entries, patient=clinician.patient)
    return _as_written(written, new=bool(left))


def _as_written(resources: list[Json], *, new: bool) -> Written:
    at = first_time(resource.get("date") for resource in resources)  # a Condition has none
    return Written(tuple(map(source_of, resources)), new, tuple(map(fingerprint, resources)), at)


def _check_approval(draft: Draft, clinician: Clinician, digest: str) -> None:
    if digest != draft.digest:
        raise ApprovalError(
            "The approval is for another draft", hint="Show the draft again and approve that one", kind="other_draft"
        )
    _check_clinician(clinician, draft.patient)
    if draft.encounter and clinician.encounter and draft.encounter != clinician.encounter:
        raise ApprovalError(
            "The draft is for another encounter",
            hint="Open the patient again from the hospital system",
            kind="other_encounter",
        )


def _check_clinician(clinician: Clinician, patient: str) -> None:
    if not _CLINICIAN.fullmatch(clinician.reference) or not clinician.name.strip():
        raise ApprovalError(
            "Only a named clinician can approve", hint="Sign in through the hospital system", kind="not_signed_in"
        )
    if not patient or clinician.patient != patient:
        raise ApprovalError(
            "The hospital system does not have this patient open",
            hint="Open the patient again from the hospital system",
            kind="not_open",
        )


async def _check_record(client: FhirClient, draft: Draft) -> PatientRecord:
    """Reads the record again.

    Raises:
        ApprovalError: the patient is gone, or was merged into another one.
        RecordChangedError: the patient, a source or anything else clinical in the record was added, changed or removed.
        FhirServerError: the server failed, or did not deliver all of it.
    """
    try:
        record = await client.read_patient(draft.patient.removeprefix("Patient/"))
    except FhirNotFoundError:
        raise ApprovalError(
            "The patient is no longer in the record", hint="Open the patient again", kind="patient_gone"
        ) from None
    patient = record.patient
    if is_out_of_use(patient):
        raise ApprovalError(
            "The patient was merged into another one", hint="Open the patient that is in use now", kind="merged"
        )
    # A type lost only now may hold something new; these two only add to the resources that reference them.
    if {*lost_in(record)} - {"Medication", "Specimen", *draft.lost}:
        raise FhirUnreachableError(
            "A part of the record could not be read again", hint="Approve again later, or read it again"
        )
    before = {basis.reference: basis.fingerprint for basis in (*draft.seen, *draft.basis)}
    before[draft.patient] = draft.patient_fingerprint
    current = {source_of(resource): fingerprint(resource) for resource in (patient, *record.resources)}
    new = tuple(basis.reference for basis in watched(record) if basis.reference not in before)
    changed = tuple(name for name, known in before.items() if current.get(name, known) != known)
    gone = tuple(name for name in before if name not in current)
    if new or changed or gone:
        counts = f"{len(new)} new, {len(changed)} changed, {len(gone)} gone"
        raise RecordChangedError(
            f"The record changed since it was read ({counts})",
            hint="Read the record again, review it and make the decision again",
            new=new,
            changed=changed,
            gone=gone,
        )
    return record


async def _written(client: FhirClient, draft_id: str, patient: str) -> list[Json]:
    """The resources of this draft in the record.

    Raises:
        ApprovalError: they are about another patient.
    """
    name, _, value = draft_query(draft_id).partition("=")
    written: list[Json] = []
    for kind in _WRITTEN_TYPES:
        found = await client.search(kind, {name: value}, patient=patient)
        written += [resource for _, resource in found.entries if _has_tag(resource, value)]
    subjects = {string(inner(resource.get("subject")).get("reference")) for resource in written}
    if any(subject != patient and not subject.endswith(f"/{patient}") for subject in subjects):
        raise ApprovalError("This draft was written for another patient", hint="Open the patient it was for")
    return written


def _has_tag(resource: Json, value: str) -> bool:
    """Whether a hit really has the tag: a server may ignore a search by tag."""
    tags = objects(inner(resource.get("meta")).get("tag"))
    return any(f"{string(tag.get('system'))}|{string(tag.get('code'))}" == value for tag in tags)


def _is_withdrawn(resource: Json) -> bool:
    return "entered-in-error" in {string(resource.get("status")), *codes(resource.get("verificationStatus"))}

"""A clinician's decision about a reviewed visit: what is stored here, and what would be written into the record.

Agreeing with a disease makes a draft, which is written when the clinician approves exactly the draft that was shown.
A disagreement is stored here by its reason and writes nothing.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, get_args

from adapters.fhir.audit import AuditTrail
from adapters.fhir.bundle import PatientRecord
from adapters.fhir.client import FhirClient
from adapters.fhir.drafts import Clinician, Considered, Draft, Wording, approved_entries, make_draft
from adapters.fhir.elements import Json, source_of
from adapters.fhir.writeback import Written, approve, withdraw
from adapters.hl7v2.outgoing import OutgoingResult, ResultReceiver, oru, send_approved
from apps.ui.texts import enumerated, t
from core.errors import ApprovalError, Hl7Error
from knowledge.medical.case import Case, Status, kind_of
from knowledge.medical.differential import Contribution, RankedDisease
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.versions import versions
from knowledge.retrieval.language import Language

from .assessment import Assessment, code_of, name_of, opposing_of
from .person import corrections
from .store import LISTED, DiagnosisStore, Opinion, Reason
from .visit import Visit
from .words import finding_words, shortened

REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
_OFFERED = 10
_NAMED = 4  # findings listed for or against a disease
_SUMMED = 60  # findings listed in the summary; the others are counted
# https://hl7.org/fhir/R4/terminologies-systems.html; DECIPHER has no system there, so its entries are text.
_SYSTEMS = {"OMIM": "http://www.omim.org", "ORPHA": "http://www.orpha.net"}
_ICD10CM, _SIGN_IN = "http://hl7.org/fhir/sid/icd-10-cm", "Sign in through the hospital system"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A disease that a clinician can agree with.

    Attributes:
        id: as the ranking names it.
        name: as its source publishes it; for common conditions, in the language of the page.
        place: in the ranking, from 1.
        system, code: its coding; empty without one.
        shown_code: as the list shows it.
        supporting, opposing: labels of findings, strongest first; absent ones marked as such.
        editorial: it is a common condition, weighed by editorial classes.
    """

    id: str
    name: str
    place: int
    system: str
    code: str
    shown_code: str
    supporting: tuple[str, ...]
    opposing: tuple[str, ...]
    editorial: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """The clinician's choice.

    Attributes:
        chosen: id of the disease to consider; empty for a disagreement.
        reason: why none fits; empty for an agreement.
        in_problem_list: write the disease into the problem list too, as provisional.
    """

    chosen: str = ""
    reason: str = ""
    in_problem_list: bool = False


@dataclass(frozen=True, slots=True)
class Sending:
    """A message for another system, made from a written draft.

    Attributes:
        to: name of that system.
        result: the message in parts; None if none can be made for this patient or draft.
        message: its exact bytes.
        why_not: why there is none, in English.
        done: it was sent and the other system has accepted it.
    """

    to: str
    result: OutgoingResult | None = None
    message: bytes = b""
    why_not: str = ""
    done: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """A stored decision, with the draft to approve.

    Attributes:
        draft: None for a disagreement, and if nothing can be written: the patient is not from a FHIR server, or
            nobody has signed in at the hospital.
        clinician: who had signed in; only the same person can approve.
        why_not: key of the text that says why there is no draft; empty if there is one.
        sending: message for another system, once the draft is written; None if no such system is set up.
    """

    visit: str
    decision: Decision
    draft: Draft | None
    clinician: Clinician | None = None
    why_not: str = ""
    written: Written | None = None
    withdrawn: bool = False
    sending: Sending | None = None

    @property
    def stands(self) -> bool:
        """Whether it is in the patient's record."""
        return self.written is not None and not self.withdrawn


def candidates(assessment: Assessment, language: Language) -> tuple[Candidate, ...]:
    """Diseases that can be agreed with: the first ten of the ranking."""
    first = assessment.ranking.diseases[:_OFFERED]
    return tuple(_candidate(place, disease, language) for place, disease in enumerate(first, start=1))


def _candidate(place: int, disease: RankedDisease, language: Language) -> Candidate:
    system, code = _SYSTEMS.get(disease.id.partition(":")[0], ""), disease.id.partition(":")[2]
    if disease.condition is not None:
        system, code = _ICD10CM, disease.condition.icd10cm
    return Candidate(
        id=disease.id,
        name=name_of(disease, language),
        place=place,
        system=system,
        code=code if system else "",
        shown_code=code_of(disease),
        supporting=_told(disease.supporting, language),
        opposing=_told(opposing_of(disease), language),
        editorial=disease.condition is not None,
    )


def _told(findings: tuple[Contribution, ...], language: Language) -> tuple[str, ...]:
    """Labels of the strongest findings; absent ones are marked, since their absence is what counts."""
    return tuple(
        t("decision.without", language, finding=name) if c.status is Status.ABSENT else name
        for c, name in ((c, finding_words(c.label, language)) for c in findings[:_NAMED])
    )


def decide(
    visit: Visit,
    decision: Decision,
    clinician: Clinician | None,
    *,
    store: DiagnosisStore,
    trail: AuditTrail,
    knowledge: MedicalKnowledge,
    language: Language,
) -> Decided:
    """Stores the decision and makes the draft if one is due; nothing is written into the record yet.

    Args:
        clinician: who has signed in at the hospital; None if nobody has.

    Raises:
        ApprovalError: there is nothing to decide on, the disease is not in the list, or a draft of this visit is
            already in the record.
        InputTooLargeError: the summary is too long.
        StorageError: the database does not answer.
    """
    assessment = visit.assessment
    if assessment is None or assessment.switched_off or not assessment.ranking.diseases:
        raise ApprovalError("There is no list to decide on", hint="Review the findings first", kind="no_list")
    offered = {candidate.id: candidate for candidate in candidates(assessment, language)}
    chosen = offered.get(decision.chosen)
    if chosen is None and (decision.chosen or decision.reason not in REASONS):
        raise ApprovalError("No listed disease and no reason was chosen", hint="Choose one", kind="no_choice")
    why_not = _why_not(visit, decision, clinician)
    draft = None
    if not why_not and chosen is not None and visit.record is not None and clinician is not None:
        listed = _listed(chosen, offered.values())
        draft = make_draft(
            visit.record,
            _sources(assessment.case, visit.record),
            summary=_summary(visit, assessment.case, chosen, language),
            considered=[_considered(c, language) for c in listed],
            knowledge=_knowledge(assessment, listed, language),
            wording=wording(language),
            condition=_considered(chosen, language) if decision.in_problem_list else None,
            encounter=clinician.encounter,
        )
    store.decide(
        opinion_of(visit, assessment, trail, knowledge, decision, chosen=chosen, clinician=clinician, draft=draft)
    )
    return Decided(visit.id, decision, draft, clinician, why_not)


async def write(
    client: FhirClient, decided: Decided | None, clinician: Clinician | None, store: DiagnosisStore, *, digest: str
) -> Decided:
    """Writes the draft that the clinician was shown and approves.

    Args:
        client: with the clinician's own token.
        digest: of the draft that was shown.

    Raises:
        ApprovalError: nobody has signed in, or the draft is no longer valid; nothing is written.
        AuditError, FhirServerError: see :func:`adapters.fhir.writeback.approve`.
        StorageError: it is in the record but could not be stored here; approving again stores it.
    """
    if decided is None or decided.draft is None or clinician is None:
        raise ApprovalError("Only a clinician who signed in can approve", hint=_SIGN_IN, kind="not_signed_in")
    _check_approver(decided, clinician)
    written = await approve(client, decided.draft, clinician, digest=digest)
    await asyncio.to_thread(store.written, decided.visit)
    return replace(decided, written=written)


def offer(decided: Decided, record: PatientRecord | None, receiver: ResultReceiver | None) -> Decided:
    """Adds to a written decision the message that the clinician may send to another system, if there is one."""
    if receiver is None or record is None or decided.draft is None or decided.clinician is None:
        return decided
    try:
        result = receiver.result(record.patient, decided.draft, decided.clinician)
        sending = Sending(receiver.title, result, oru(result))
    except Hl7Error as error:
        sending = Sending(receiver.title, why_not=error.message)
    return replace(decided, sending=sending)


async def send(
    client: FhirClient,
    decided: Decided | None,
    clinician: Clinician | None,
    receiver: ResultReceiver | None,
    *,
    digest: str,
) -> Decided:
    """Sends the message that the clinician was shown and approves; a retry after a failure sends the same one.

    Args:
        client: with the clinician's own token.
        digest: of the draft that was shown.

    Raises:
        ApprovalError: it is not in the record, was sent before, or the draft is no longer valid; nothing is sent.
        AuditError, FhirServerError, Hl7Error: see :func:`adapters.hl7v2.outgoing.send_approved`.
    """
    if receiver is None or decided is None or decided.draft is None or decided.sending is None or clinician is None:
        raise ApprovalError("There is nothing to send", hint="Write it into the record first", kind="nothing_to_send")
    if decided.withdrawn or decided.sending.done:
        raise ApprovalError("It was withdrawn, or sent before", hint="See what the page says", kind="sent_already")
    _check_approver(decided, clinician)
    await send_approved(client, receiver, decided.draft, clinician, digest=digest)
    return replace(decided, sending=replace(decided.sending, done=True))


async def take_back(
    client: FhirClient, decided: Decided | None, clinician: Clinician | None, store: DiagnosisStore
) -> Decided:
    """Marks what was written as entered in error.

    Raises:
        ApprovalError, AuditError, FhirServerError: see :func:`adapters.fhir.writeback.withdraw`.
        StorageError: it is marked, but that could not be stored here; withdrawing again stores it.
    """
    if decided is None or decided.draft is None or decided.written is None or clinician is None:
        raise ApprovalError("Only a clinician who signed in can withdraw", hint=_SIGN_IN, kind="not_signed_in")
    await withdraw(client, decided.draft.id, clinician, decided.written)
    await asyncio.to_thread(store.withdrawn, decided.visit)
    return replace(decided, withdrawn=True)


def _check_approver(decided: Decided, clinician: Clinician) -> None:
    if clinician != decided.clinician:
        raise ApprovalError("The preview names somebody else", hint="Decide again", kind="other_approver")


def entries(draft: Draft, clinician: Clinician) -> list[Json]:
    """The transaction as it would be sent now; the server adds ids and versions, and approval renews the times."""
    return approved_entries(draft, clinician, datetime.now(UTC))


def _why_not(visit: Visit, decision: Decision, clinician: Clinician | None) -> str:
    if visit.source == "sample":
        return "decision.kept_sample"
    if not decision.chosen:
        return "decision.kept_disagreement"
    if not visit.is_of_server:
        return "decision.kept_no_server"
    if clinician is None:
        return "decision.kept_not_signed_in"
    if clinician.patient != visit.case.patient:  # the approval of a draft would be refused
        return "decision.kept_not_open"
    return ""


def _knowledge(assessment: Assessment, listed: list[Candidate], language: Language) -> str:
    source = f"{assessment.ranking.source} {assessment.ranking.version}"
    return t("draft.and_editorial", language, source=source) if any(c.editorial for c in listed) else source


def wording(language: Language) -> Wording:
    """The fixed words of a draft."""
    return Wording(
        description=t("draft.description", language, knowledge="{}"),
        note=t("draft.note", language, name="{}"),
        consider=t("draft.consider", language, disease="{}"),
        closing=t("draft.closing", language, knowledge="{}"),
    )


def _listed(chosen: Candidate, offered: Iterable[Candidate]) -> list[Candidate]:
    """The chosen disease, then the others at the top of the ranking."""
    others = [c for c in offered if c.place <= LISTED and c.id != chosen.id]
    return [chosen, *others]


def _sources(case: Case, record: PatientRecord) -> list[str]:
    """Source resources of the present and absent findings; those entered by a clinician on the page have none."""
    sources = {source_of(resource) for resource in (record.patient, *record.resources)}
    known = [finding for finding in case.findings if finding.status is not Status.UNKNOWN]
    named = dict.fromkeys(evidence.source for finding in known for evidence in finding.evidence)
    return [source for source in named if source in sources]


def reasons(candidate: Candidate, language: Language) -> list[str]:
    """What speaks for and against a disease, with a remark if this is editorial judgement."""
    parts = [
        t(f"decision.{side}", language, findings=enumerated(labels, language))
        for side, labels in (("basis_for", candidate.supporting), ("basis_against", candidate.opposing))
        if labels
    ]
    if candidate.editorial:
        parts.append(t("decision.editorial", language))
    return parts


def _considered(candidate: Candidate, language: Language) -> Considered:
    basis = t("decision.then", language).join(reasons(candidate, language))
    return Considered(candidate.name, basis, candidate.system, candidate.code)


def _summary(visit: Visit, case: Case, chosen: Candidate, language: Language) -> str:
    """Plain sentences from templates: what was corrected, what is present and absent, what the clinician considers."""
    lines = [
        t("decision.summary_person", language, name=t(f"diagnosis.{name}", language), fact=fact)
        for name, fact in corrections(visit, language).items()
    ]
    for status in (Status.PRESENT, Status.ABSENT):
        labels = [finding_words(finding.label, language) for finding in case.findings if finding.status is status]
        if labels:
            named = enumerated(shortened(labels, _SUMMED, language), language)
            lines.append(t(f"decision.summary_{status.value}", language, findings=named))
    lines.append(t("decision.summary_considers", language, disease=chosen.name))
    return "\n".join(lines)


def opinion_of(
    visit: Visit,
    assessment: Assessment,
    trail: AuditTrail,
    knowledge: MedicalKnowledge,
    decision: Decision | None = None,
    *,
    chosen: Candidate | None = None,
    clinician: Clinician | None = None,
    draft: Draft | None = None,
) -> Opinion:
    """What is stored of a decision; without one, of a list that nobody saw."""
    certificate, confidence, kind = assessment.certificate, assessment.confidence, kind_of(assessment.case)
    return Opinion(
        visit=visit.id,
        decided_at=datetime.now(UTC),
        source=visit.source,
        patient=trail.pseudonym(visit.case.patient),
        clinician=trail.pseudonym(clinician.reference if clinician else ""),
        chosen=chosen.id if chosen else "",
        place=chosen.place if chosen else 0,
        reason=decision.reason if decision and not chosen else "",
        codes=tuple(disease.id for disease in assessment.ranking.diseases[:LISTED]),
        kind=kind.value,
        probability=confidence.right if confidence else None,
        suggested=assessment.is_suggestion,
        certificate=certificate.id if certificate else "",
        versions=versions(knowledge, kind),
        draft=draft.id if draft else "",
        silent=decision is None,
    )

"""Reported problems: input, output and versions, frozen as one JSON object and sealed.

A report holds the whole case, so it is encrypted with the keys for received messages or, if the operator declares the
disk encrypted, stored as it is. Without either, reporting is refused.
"""

import json
import uuid
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from adapters.fhir.audit import Access, Action, AuditTrail
from core.errors import InputTooLargeError, SettingsError
from core.vault import Vault
from knowledge.medical.case import CaseKind
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.versions import versions

from .as_json import assessment_json
from .store import DiagnosisStore
from .visit import Visit

MAX_WORDS = 2000  # characters that a reporter may write
_FORMAT = 1


class ProblemReports:
    """Takes reports from the page and gives them to the command line.

    Args:
        vault: None if neither a key nor an encrypted disk is set up.
    """

    def __init__(self, store: DiagnosisStore, trail: AuditTrail, vault: Vault | None) -> None:
        self._store, self._trail, self._vault = store, trail, vault

    def add(self, visit: Visit, words: str, *, reporter: str, knowledge: MedicalKnowledge) -> int:
        """Freezes a visit; returns the number of the report.

        Args:
            words: the reporter's text, at most :data:`MAX_WORDS` characters.
            reporter: ``Practitioner/id``, or empty if nobody has signed in.

        Raises:
            InputTooLargeError: too many words.
            SettingsError: it would be stored unencrypted.
            StorageError: the database does not answer.
        """
        if len(words) > MAX_WORDS:
            raise InputTooLargeError(f"At most {MAX_WORDS:,} characters are taken", hint="Shorten the text")
        frozen = json.dumps(frozen_visit(visit, words, knowledge), ensure_ascii=False).encode()
        name = str(uuid.uuid4())
        reporter, patient = self._trail.pseudonym(reporter), self._trail.pseudonym(visit.case.patient)
        return self._store.report(
            name, self._open_vault().seal(frozen, name.encode()), reporter=reporter, patient=patient
        )

    def read(self, number: int, *, user: str) -> dict[str, Any]:
        """A report as it was frozen. The reading is audited before it is returned.

        Raises:
            InputError: there is none with this number.
            SettingsError: there is no key.
            StorageError: it was sealed with another key or changed, or the database does not answer.
            AuditError: the reading could not be recorded.
        """
        name, sealed = self._store.sealed_report(number)
        frozen: dict[str, Any] = json.loads(self._open_vault().open(sealed, name.encode()))
        patient = frozen["output"]["patient"]["resource"] if frozen["output"] else ""
        self._trail.append(Access(Action.EXPORT, patient, stage="reported problem"), user=user)
        return frozen

    def _open_vault(self) -> Vault:
        if self._vault is None:
            raise SettingsError(
                "A report holds patient data and would be stored unencrypted",
                hint="Reports use the keys of the inbox: make one with `r1 ehr inbox key FILE`, set R1_INBOX_KEY_FILE, "
                "or set R1_INBOX_VOLUME_ENCRYPTED where the disk is encrypted",
            )
        return self._vault


def frozen_visit(visit: Visit, words: str, knowledge: MedicalKnowledge) -> dict[str, Any]:
    """Everything needed to reproduce what was seen: input, decisions, versions and output."""
    record, review, assessment = visit.record, visit.review, visit.assessment
    return {
        "format": _FORMAT,
        "reported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "words": words,
        "versions": {"r1-suite": version("r1-suite"), **versions(knowledge, CaseKind.NOTES)},
        "input": {
            "source": visit.source,
            "origin": visit.origin,
            "read_at": visit.read_at.isoformat(timespec="seconds"),
            "note": visit.note,
            "patient": record.patient if record else None,
            "resources": list(record.resources) if record else [],
        },
        "review": {
            "decisions": {code: decision.value for code, decision in review.decisions.items()},
            "paused": sorted(review.paused),
            "added": [{"code": finding.code, "status": finding.status.value} for finding in review.added],
            "misread": sorted(review.misread),
            "stated": dict(review.stated),
        },
        "output": assessment_json(assessment) if assessment else None,
    }

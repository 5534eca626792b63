"""What is kept of the assistant's use, and what stops it: one handle for the page, the routes and the commands."""

from dataclasses import dataclass

from adapters.fhir.audit import AuditTrail

from .problems import ProblemReports
from .safety import Safety
from .store import DiagnosisStore


@dataclass(frozen=True, slots=True)
class Oversight:
    """Opinions, the switch with the withdrawals, reported problems, and the audit trail that makes pseudonyms."""

    store: DiagnosisStore
    safety: Safety
    problems: ProblemReports
    trail: AuditTrail

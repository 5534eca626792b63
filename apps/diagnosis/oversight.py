"""One handle for the page, the routes and the commands on the assistant's stored use and its off switch."""

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

"""Silent mode: records what the assistant would have listed, unseen, for later comparison."""

import logging
from dataclasses import dataclass

from adapters.fhir.audit import AuditTrail
from core.errors import R1Error
from knowledge.medical.knowledge import MedicalKnowledge

from .assessment import Assessment
from .decision import opinion_of
from .store import DiagnosisStore
from .visit import Visit

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SilentRecord:
    """Stores unseen lists with clinicians' opinions: codes, numbers and pseudonyms, no text of a record."""

    store: DiagnosisStore
    trail: AuditTrail

    def keep(self, visit: Visit, assessment: Assessment, knowledge: MedicalKnowledge) -> None:
        """Records a list; without one, deletes an earlier list of the visit.

        A database failure is only logged, so that nobody is held up.
        """
        try:
            if assessment.ranking.diseases:
                self.store.record(opinion_of(visit, assessment, self.trail, knowledge))
            else:
                self.store.take_back(visit.id)
        except R1Error as error:
            _log.error("A list was not recorded in silent mode: %s", error)

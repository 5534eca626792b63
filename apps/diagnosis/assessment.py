"""What the assistant makes of a case: the diseases to consider, the red flags, and how sure that is."""

from dataclasses import dataclass

from knowledge.medical.case import Case
from knowledge.medical.certificate import Certificate
from knowledge.medical.common.rank import RankedCondition
from knowledge.medical.confidence import Confidence
from knowledge.medical.differential import Ranking
from knowledge.medical.red_flags import RedFlag


@dataclass(frozen=True, slots=True)
class Assessment:
    """A patient, the diseases to consider and what must not wait.

    Attributes:
        red_flags: those that fired, then those that cannot be assessed.
        certificate: the valid one for this kind of case; None when there is none.
        common: common and urgent conditions, best first: editorial knowledge, no clinician has reviewed it.
        confidence: calibrated probabilities, only with a certificate.
        switched_off: the operator has turned suggestions off, so there is no ranking.
    """

    case: Case
    ranking: Ranking
    red_flags: tuple[RedFlag, ...] = ()
    certificate: Certificate | None = None
    confidence: Confidence | None = None
    common: tuple[RankedCondition, ...] = ()
    switched_off: bool = False

    @property
    def is_suggestion(self) -> bool:
        """Whether the first disease may be called a suggestion."""
        if self.certificate is None or self.confidence is None:
            return False
        return self.confidence.right >= self.certificate.threshold

"""The assistant's assessment of a case: diseases to consider, red flags, and confidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from apps.ui.texts import t
from knowledge.medical.case import Case, Finding
from knowledge.medical.certificate import Certificate
from knowledge.medical.confidence import Confidence
from knowledge.medical.differential import Basis, Contribution, RankedDisease, Ranking
from knowledge.medical.red_flags import RedFlag
from knowledge.retrieval.language import Language

from .warning_signs import WarningSign


@dataclass(frozen=True, slots=True)
class Assessment:
    """A case, the diseases to consider and what must not wait.

    Attributes:
        case: as ranked, with the absent finding of each pair in ``doubts`` made unknown.
        red_flags: of every rule; first those that fired, then those that cannot be assessed, then the rest.
        certificate: the valid one for this kind of case; None if there is none, or a common condition ranks first.
        confidence: calibrated probabilities, only with a certificate.
        switched_off: the operator has turned suggestions off, so there is no ranking.
        doubts: pairs of a present finding and a wider one that a note says is absent, to ask about; see
            :func:`knowledge.medical.abstain.set_aside`.
        signs: by id of a common condition, the findings that are red flags of it.
    """

    case: Case
    ranking: Ranking
    red_flags: tuple[RedFlag, ...] = ()
    certificate: Certificate | None = None
    confidence: Confidence | None = None
    switched_off: bool = False
    doubts: tuple[tuple[Finding, Finding], ...] = ()
    signs: Mapping[str, tuple[WarningSign, ...]] = field(default_factory=dict, hash=False)

    @property
    def is_suggestion(self) -> bool:
        """Whether the first disease may be called a suggestion."""
        if self.certificate is None or self.confidence is None:
            return False
        return self.confidence.right >= self.certificate.threshold


def percent(share: float) -> str:
    """A probability for display: never certain, and never impossible."""
    return f"{100 * share:.0f}%" if 0.01 <= share <= 0.99 else ">99%" if share > 0.5 else "<1%"


def probabilities(confidence: Confidence, language: Language) -> str:
    """That the first disease is right, that another one is, and that the knowledge base has none."""
    shares = {"right": confidence.right, "other": confidence.other, "outside": confidence.outside}
    return t("diagnosis.probabilities", language, **{name: percent(share) for name, share in shares.items()})


def name_of(disease: RankedDisease, language: Language) -> str:
    """The name as published by its source; common conditions have one in each language."""
    return getattr(disease.condition.name, language) if disease.condition else disease.name


def opposing_of(disease: RankedDisease) -> tuple[Contribution, ...]:
    """What speaks against it, without findings that a common condition merely leaves unexplained."""
    return tuple(c for c in disease.opposing if disease.condition is None or c.basis is not Basis.NONE)


def code_of(disease: RankedDisease) -> str:
    """The code with its system: ``OMIM:154700``, or ``ICD-10-CM I21.9`` for a common condition."""
    return f"ICD-10-CM {disease.condition.icd10cm}" if disease.condition else disease.id

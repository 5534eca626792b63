"""What the assistant makes of a case: the diseases to consider, the red flags, and how sure that is."""

from dataclasses import dataclass

from apps.ui.texts import t
from knowledge.medical.case import Case, Finding
from knowledge.medical.certificate import Certificate
from knowledge.medical.confidence import Confidence
from knowledge.medical.differential import Basis, Contribution, RankedDisease, Ranking
from knowledge.medical.red_flags import RedFlag
from knowledge.retrieval.language import Language


@dataclass(frozen=True, slots=True)
class Assessment:
    """A patient, the diseases to consider and what must not wait.

    Attributes:
        case: as it was ranked: of each pair in ``doubts`` the absent finding is unknown.
        red_flags: of every rule; those that fired, those that cannot be assessed, those that did not fire.
        certificate: the valid one for this kind of case; None when there is none, or a common condition is first.
        confidence: calibrated probabilities, only with a certificate.
        switched_off: the operator has turned suggestions off, so there is no ranking.
        doubts: pairs of a present finding and a wider one that a note says is absent, to ask about; see
            :func:`knowledge.medical.abstain.set_aside`.
    """

    case: Case
    ranking: Ranking
    red_flags: tuple[RedFlag, ...] = ()
    certificate: Certificate | None = None
    confidence: Confidence | None = None
    switched_off: bool = False
    doubts: tuple[tuple[Finding, Finding], ...] = ()

    @property
    def is_suggestion(self) -> bool:
        """Whether the first disease may be called a suggestion."""
        if self.certificate is None or self.confidence is None:
            return False
        return self.confidence.right >= self.certificate.threshold


_A_DAY_AND_A_HALF = 0.05  # of a month: months are not equally long


def percent(share: float) -> str:
    """A probability for people: never certain, and never impossible."""
    return f"{100 * share:.0f}%" if 0.01 <= share <= 0.99 else ">99%" if share > 0.5 else "<1%"


def age_of(years: float | None, language: Language) -> str:
    """An age in words: below 28 days in days, 3 months in weeks, 2 years in months; empty when it is not known."""
    if years is None:
        return ""
    days = round(years * 365.25)
    if days < 28:
        return t("diagnosis.days", language, count=days)
    if years < 0.25:
        return t("diagnosis.weeks", language, count=days // 7)
    if years < 2:
        return t("diagnosis.months", language, count=int(years * 12 + _A_DAY_AND_A_HALF))
    return t("diagnosis.years", language, count=int(years))


def name_of(disease: RankedDisease, language: Language) -> str:
    """As its source publishes it; common conditions have a name in each language."""
    return getattr(disease.condition.name, language) if disease.condition else disease.name


def opposing_of(disease: RankedDisease) -> tuple[Contribution, ...]:
    """What speaks against it; a finding that a common condition says nothing about is only not explained by it."""
    return tuple(c for c in disease.opposing if disease.condition is None or c.basis is not Basis.NONE)


def code_of(disease: RankedDisease) -> str:
    """With its system: ``OMIM:154700``, or ``ICD-10-CM I21.9`` of a common condition."""
    return f"ICD-10-CM {disease.condition.icd10cm}" if disease.condition else disease.id

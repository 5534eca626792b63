"""The findings of a patient that are red flags of a common condition, and which of them are of now."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from knowledge.medical.case import Case, Evidence, Finding, Status
from knowledge.medical.common import load_common
from knowledge.medical.differential import RankedDisease
from knowledge.medical.ontology import Ontology
from knowledge.medical.red_flag_findings import FINDING_WINDOW, LASTING


@dataclass(frozen=True, slots=True)
class WarningSign:
    """A finding that is, or implies, a red flag of a condition.

    Attributes:
        label: name of the finding, as it was read.
        is_current: whether the rules on what must not wait may use it too: it lasts, or is not too old for them.
        newest: date of the newest of its evidence; None if none is dated.
    """

    label: str
    is_current: bool
    newest: date | None = None


def warning_signs(disease: RankedDisease, case: Case, ontology: Ontology, now: datetime) -> tuple[WarningSign, ...]:
    """The warning signs of a disease that a case has, without those that another one of them implies."""
    if disease.condition is None or not disease.red_flags:
        return ()
    wanted = {ref.code for ref in disease.condition.red_flags if ref.label in disease.red_flags}
    implied = {f.code: _implied(f.code, ontology) for f in case.findings if f.status is Status.PRESENT}
    signs = [f for f in case.findings if wanted & implied.get(f.code, set())]
    wider = {code for f in signs for code in implied[f.code] - {f.code}}
    return tuple(_sign(f, implied[f.code], now) for f in signs if f.code not in wider)


def _implied(code: str, ontology: Ontology) -> set[str]:
    """The finding, and everything that it implies or counts as in common conditions."""
    common = load_common()
    same = [row.counts_as.code for row in common.alike if row.finding.code == code]
    return {code, *(each for own in (code, *same) for each in common.lineage(own, ontology))}


def _sign(finding: Finding, implied: set[str], now: datetime) -> WarningSign:
    is_current = not finding.evidence or not implied.isdisjoint(LASTING)
    is_current = is_current or any(_is_of_now(evidence, now) for evidence in finding.evidence)
    newest = max((evidence.date for evidence in finding.evidence if evidence.date), key=_end, default=None)
    return WarningSign(finding.label, is_current, newest)


def _is_of_now(evidence: Evidence, now: datetime) -> bool:
    return not evidence.is_past and (evidence.date is None or now - _end(evidence.date) <= FINDING_WINDOW)


def _end(when: date) -> datetime:
    """A moment; of a day, its last."""
    return when if isinstance(when, datetime) else datetime.combine(when, time.max, UTC)

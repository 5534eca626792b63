"""Ranks the common conditions for a case by classes of evidence.

Each class stands for a likelihood ratio in bits (powers of two), an editorial choice like the classes themselves: the
sum orders conditions and is never shown as a number or a probability. The same bits times ln 2 are the nats of
:mod:`knowledge.medical.differential`.
"""

import math
from dataclasses import dataclass

from ..case import Case, Status
from ..ontology import Ontology
from . import CommonKnowledge
from .schema import Commonness, Condition, Strength

BITS = {Strength.STRONG: 3.0, Strength.MODERATE: 2.0, Strength.WEAK: 1.0}
"""What a present finding adds, or takes away when it speaks against."""
ABSENT_BITS = {Strength.STRONG: -1.5, Strength.MODERATE: -1.0, Strength.WEAK: -0.25}
"""What the absence of a supporting finding adds."""
PRIOR_BITS = {
    Commonness.COMMON: 0.0,
    Commonness.UNCOMMON: -1.0,
    Commonness.RARE: -2.5,
    Commonness.EXCLUDED: -math.inf,
}
UNEXPLAINED_BITS = -0.5
"""What a present finding adds that the condition says nothing about."""
GENERAL_SHARE = 0.5
"""Share kept when the case names only something wider than the condition lists: abdominal pain for epigastric pain."""
URGENT_PLACES = 10
"""A condition that must not be missed stands among so many first ones when one of its red flags is present."""


@dataclass(frozen=True, slots=True)
class CommonContribution:
    """What one finding of the case says about a condition.

    Attributes:
        code, status: the finding.
        bits: above 0 speaks for the condition, below 0 against.
        strength: class of the condition's own entry; None when it has none.
    """

    code: str
    status: Status
    bits: float
    strength: Strength | None


@dataclass(frozen=True, slots=True)
class RankedCondition:
    """A condition with what speaks for and against it.

    Attributes:
        bits: sum of prior and contributions; comparable within one ranking only.
        contributions: strongest first.
        red_flags: codes of its red flags that the case has.
        raised: its evidence alone would place it lower; it must not be missed.
    """

    condition: Condition
    bits: float
    contributions: tuple[CommonContribution, ...]
    red_flags: tuple[str, ...]
    raised: bool = False


class CommonRanker:
    """Ranks all conditions for one case at a time. Safe to share between threads."""

    def __init__(self, common: CommonKnowledge, ontology: Ontology) -> None:
        self._common, self._ontology = common, ontology
        self._lineages = {ref.code: frozenset(common.lineage(ref.code, ontology)) for ref in common.refs()}

    def rank(self, case: Case) -> tuple[RankedCondition, ...]:
        """All conditions that can occur in the patient, best first; empty without a present finding."""
        present, absent = self._used(case)
        if not present:
            return ()
        ranked = [self._weigh(condition, case, present, absent) for condition in self._common.conditions]
        ranked = [r for r in ranked if r.bits > -math.inf]
        ranked.sort(key=lambda r: (-r.bits, r.condition.id))
        return self._raise_urgent(ranked)

    def _used(self, case: Case) -> tuple[dict[str, frozenset[str]], set[str]]:
        """Present findings with their lineages, without those that another one implies; absent ones."""
        lineages = {
            finding.code: frozenset(lineage)
            for finding in case.findings
            if finding.status is Status.PRESENT and (lineage := self._common.lineage(finding.code, self._ontology))
        }
        implied = {a for code, lineage in lineages.items() for a in lineage if a != code}
        absent = {f.code for f in case.findings if f.status is Status.ABSENT} - implied - lineages.keys()
        return {code: lineage for code, lineage in lineages.items() if code not in implied}, absent

    def _weigh(
        self, condition: Condition, case: Case, present: dict[str, frozenset[str]], absent: set[str]
    ) -> RankedCondition:
        supporting, opposing = condition.supporting.by_code(), condition.opposing.by_code()
        told: list[CommonContribution] = []
        taken: set[str] = set()  # entries that a finding has spoken to: two findings do not count one entry twice
        for code, lineage in sorted(present.items()):
            bits, entry = self._best(lineage, code, supporting, taken)
            against, other = self._best(lineage, code, opposing, taken, wider=False)
            if against > bits:
                told.append(CommonContribution(code, Status.PRESENT, -against, opposing[other]))
            elif bits > 0:
                taken.add(entry)
                told.append(CommonContribution(code, Status.PRESENT, bits, supporting[entry]))
            else:
                told.append(CommonContribution(code, Status.PRESENT, UNEXPLAINED_BITS, None))
        for code in sorted(absent):
            entries = [e for e in supporting if code in self._lineages[e] and e not in taken]
            if entries:
                entry = min(entries, key=lambda e: ABSENT_BITS[supporting[e]])
                told.append(CommonContribution(code, Status.ABSENT, ABSENT_BITS[supporting[entry]], supporting[entry]))
        prior = PRIOR_BITS[condition.commonness(case.age_years, case.sex)]
        flags = tuple(
            ref.code for ref in condition.red_flags if any(ref.code in lineage for lineage in present.values())
        )
        told.sort(key=lambda c: (-abs(c.bits), c.code))
        return RankedCondition(condition, prior + sum(c.bits for c in told), tuple(told), flags)

    def _best(
        self, lineage: frozenset[str], code: str, entries: dict[str, Strength], taken: set[str], wider: bool = True
    ) -> tuple[float, str]:
        """The strongest entry that the finding is, is a kind of, or (``wider``) is a wider word for; 0 without one."""
        best = (0.0, "")
        for entry, strength in entries.items():
            if entry in taken:
                continue
            if entry in lineage:
                bits = BITS[strength]
            elif wider and code in self._lineages[entry]:
                bits = BITS[strength] * GENERAL_SHARE
            else:
                continue
            best = max(best, (bits, entry))
        return best

    @staticmethod
    def _raise_urgent(ranked: list[RankedCondition]) -> tuple[RankedCondition, ...]:
        urgent = [r for r in ranked[URGENT_PLACES:] if r.condition.must_not_miss and r.red_flags]
        if not urgent:
            return tuple(ranked)
        safe = [r for r in ranked[:URGENT_PLACES] if r.condition.must_not_miss and r.red_flags]
        room = max(URGENT_PLACES - len(safe) - len(urgent), 0)
        others = [r for r in ranked if r not in safe and r not in urgent]
        first = sorted([*safe, *others[:room]], key=lambda r: (-r.bits, r.condition.id))
        raised = [RankedCondition(r.condition, r.bits, r.contributions, r.red_flags, raised=True) for r in urgent]
        return (*first, *raised, *others[room:])

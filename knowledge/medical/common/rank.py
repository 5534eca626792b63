"""Ranks the common conditions for a case by classes of evidence.

Each class stands for a likelihood ratio in bits (powers of two), an editorial choice like the classes themselves: the
sum orders conditions and is never shown as a number or a probability. The same bits times ln 2 are the nats of
:mod:`knowledge.medical.differential`.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ..case import Case, Status
from ..codes import code_of
from ..notes.context.children import is_child_of_unknown_age
from ..notes.context.person import AFTER_BIRTH
from ..ontology import Ontology
from . import CommonKnowledge
from .schema import Commonness, Condition, Strength

BITS = {Strength.STRONG: 3.0, Strength.MODERATE: 2.0, Strength.WEAK: 1.0}
"""Bits that a present finding adds, or takes away if it opposes the condition."""
ABSENT_BITS = {Strength.STRONG: -1.5, Strength.MODERATE: -1.0, Strength.WEAK: -0.25}
"""Bits that the absence of a supporting finding adds."""
SENSITIVITY = {
    strength: 2**bits * (1 - 2 ** ABSENT_BITS[strength]) / (2**bits - 2 ** ABSENT_BITS[strength])
    for strength, bits in BITS.items()
}
"""Share of patients with a finding of a class, 0 to 1, that yields both of the ratios above."""
PRIOR_BITS = {
    Commonness.COMMON: 0.0,
    Commonness.UNCOMMON: -1.0,
    Commonness.RARE: -2.5,
    Commonness.EXCLUDED: -math.inf,
}
UNEXPLAINED_BITS = -0.5
"""Bits that a present finding adds if the condition does not list it."""
GENERAL_SHARE = 0.5
"""Share of the bits kept if the case has only a wider finding than is listed: abdominal pain for epigastric pain."""
_FIRST_HALF, _SECOND_HALF = map(code_of, ("R1:0830 First half of pregnancy", "R1:0831 Second half of pregnancy"))
_MIDDLE = 20  # completed weeks
_AGES_OF_CHILDREN = (0.05, 0.5, 1.5, 4.0, 8.0, 11.0)
"""Years; for a child of unknown age a condition is as common as at that of these at which it is commonest."""


@dataclass(frozen=True, slots=True)
class CommonContribution:
    """What one finding of the case contributes to a condition.

    Attributes:
        code, status: the finding.
        bits: above 0 speaks for the condition, below 0 against.
        strength: class of the condition's matching entry; None if it has none.
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
        prior: how common it is in such a patient, bits.
        contributions: strongest first.
        red_flags: codes of its red flags that the case has; a broad one (dyspnea) only if other findings support the
            condition as much as one of moderate strength.
        of_another_age: :meth:`Condition.is_of_another_age` for the patient.
    """

    condition: Condition
    bits: float
    prior: float
    contributions: tuple[CommonContribution, ...]
    red_flags: tuple[str, ...]
    of_another_age: bool = False

    @property
    def speaks(self) -> bool:
        """Whether a red flag or a finding of at least moderate strength supports it; at another age, a strong one."""
        least = Strength.STRONG if self.of_another_age else Strength.MODERATE
        return bool(self.red_flags) or any(c.bits >= BITS[least] for c in self.contributions)

    @property
    def is_urgent(self) -> bool:
        """Whether it must not be missed and one of its red flags is present."""
        return self.condition.must_not_miss and bool(self.red_flags)


_Told = dict[int, list[CommonContribution]]
"""Contributions by index of the condition."""


class CommonRanker:
    """Ranks all conditions for one case at a time. Safe to share between threads.

    Args:
        described: condition id -> codes that a source describes it with; those that the condition itself does not
            list support it weakly.
    """

    def __init__(
        self, common: CommonKnowledge, ontology: Ontology, described: Mapping[str, Collection[str]] | None = None
    ) -> None:
        self._common, self._ontology = common, ontology
        self._lineages: dict[str, tuple[str, ...]] = {}
        self._alike: dict[str, list[str]] = {}
        for row in common.alike:
            self._alike.setdefault(row.finding.code, []).append(row.counts_as.code)
        self._red_flags = [tuple(ref.code for ref in condition.red_flags) for condition in common.conditions]
        self._supporting, self._opposing = _Entries(), _Entries()
        for place, condition in enumerate(common.conditions):
            for entries, findings in (
                (self._supporting, condition.supporting),
                (self._opposing, condition.opposing),
            ):
                for code, strength in findings.by_code().items():
                    entries.add(place, code, strength, self._lineage(code))
            own = condition.supporting.by_code().keys() | condition.opposing.by_code().keys()
            for code in (described or {}).get(condition.id, ()):
                if code not in own:
                    self._supporting.add(place, code, Strength.WEAK, self._lineage(code))

    def rank(self, case: Case) -> tuple[RankedCondition, ...]:
        """All conditions that can occur in the patient, best first; empty without a present finding."""
        present, absent = self._used(case)
        if not present:
            return ()
        told: _Told = defaultdict(list)
        # Entries already matched: no entry counts for two findings.
        taken: set[tuple[int, str]] = set()
        for code, lineage in sorted(present.items()):
            self._weigh_present(code, lineage, told, taken)
        for code in sorted(absent):
            self._weigh_absent(code, told, taken)
        silent = {code: CommonContribution(code, Status.PRESENT, UNEXPLAINED_BITS, None) for code in sorted(present)}
        to_most = tuple(silent.values())  # most conditions list nothing of what the case has
        bits_to_most = sum(c.bits for c in to_most)
        everything = {code for lineage in present.values() for code in lineage}
        ages = _AGES_OF_CHILDREN if is_child_of_unknown_age(case) else (case.age_years,)
        ranked = []
        for place, condition in enumerate(self._common.conditions):
            prior = max(PRIOR_BITS[condition.commonness(age, case.sex)] for age in ages)
            if prior == -math.inf:
                continue
            contributions, bits, flags = to_most, prior + bits_to_most, tuple[str, ...]()
            if place in told:
                contributions = _with_silent(told[place], silent)
                bits = prior + sum(c.bits for c in contributions)
            if not everything.isdisjoint(self._red_flags[place]):
                flags = tuple(code for code in self._red_flags[place] if code in everything)
                flags = _supported(condition, flags, contributions)
            other_age = all(condition.is_of_another_age(age) for age in ages)
            ranked.append(RankedCondition(condition, bits, prior, contributions, flags, other_age))
        return tuple(sorted(ranked, key=lambda r: (-r.bits, r.condition.id)))

    def _lineage(self, code: str) -> tuple[str, ...]:
        """The code and everything it implies, by :class:`Alike` too; cached, empty if unknown."""
        known = self._lineages.get(code)
        if known is None:
            own = self._common.lineage(code, self._ontology)
            others = [self._common.lineage(other, self._ontology) for c in own[:1] for other in self._alike.get(c, ())]
            known = self._lineages[code] = tuple(dict.fromkeys(c for lineage in (own, *others) for c in lineage))
        return known

    def _used(self, case: Case) -> tuple[dict[str, tuple[str, ...]], set[str]]:
        """Present findings with their lineages, without those implied by another, and the absent findings."""
        lineages = {
            finding.code: lineage
            for finding in case.findings
            if finding.status is Status.PRESENT and (lineage := self._lineage(finding.code))
        }
        if lineages and (half := _half_of_pregnancy(case)):
            lineages[half] = self._lineage(half)
        implied = {a for code, lineage in lineages.items() for a in lineage if a != code}
        denied = [f.code for f in case.findings if f.status is Status.ABSENT]
        absent = {c for code in denied for c in (code, *self._alike.get(code, ()))} - implied - lineages.keys()
        return {code: lineage for code, lineage in lineages.items() if code not in implied}, absent

    def _weigh_present(self, code: str, lineage: tuple[str, ...], told: _Told, taken: set[tuple[int, str]]) -> None:
        """Adds the strongest entry that equals the finding or is wider or, if supporting, narrower than it."""
        pro = self._supporting.best(lineage, taken)
        for place, (bits, entry, strength) in self._supporting.best_wider(code, taken).items():
            pro[place] = max(pro.get(place, (0.0, "", strength)), (bits, entry, strength))
        contra = self._opposing.best(lineage, taken)
        for place in pro.keys() | contra.keys():
            (bits, entry, strength), against = pro.get(place, _SILENT), contra.get(place, _SILENT)
            if against[0] > bits:
                told[place].append(CommonContribution(code, Status.PRESENT, -against[0], against[2]))
            else:
                taken.add((place, entry))
                told[place].append(CommonContribution(code, Status.PRESENT, bits, strength))

    def _weigh_absent(self, code: str, told: _Told, taken: set[tuple[int, str]]) -> None:
        """Adds the entry that loses most by the absence, among those that equal or imply the finding."""
        worst: dict[int, Strength] = {}
        for place, entry, strength in self._supporting.below.get(code, ()):
            if (place, entry) not in taken:
                known = worst.get(place, strength)
                worst[place] = min(known, strength, key=lambda s: ABSENT_BITS[s])
        for place, strength in worst.items():
            told[place].append(CommonContribution(code, Status.ABSENT, ABSENT_BITS[strength], strength))


def _half_of_pregnancy(case: Case) -> str:
    """The finding that a known week of pregnancy is; empty if there is none."""
    week = case.gestation
    if week is None or week == AFTER_BIRTH:
        return ""
    return _FIRST_HALF if week < _MIDDLE else _SECOND_HALF


def _with_silent(
    told: list[CommonContribution], silent: Mapping[str, CommonContribution]
) -> tuple[CommonContribution, ...]:
    """A condition's contributions, strongest first, including present findings that it does not list."""
    unsaid = silent.keys() - {c.code for c in told}
    return tuple(sorted([*told, *(silent[code] for code in unsaid)], key=lambda c: (-abs(c.bits), c.code)))


def _supported(
    condition: Condition, flags: tuple[str, ...], contributions: tuple[CommonContribution, ...]
) -> tuple[str, ...]:
    """Red flags, without broad ones (of less than moderate strength) that other findings do not support."""
    bits = {code: BITS[strength] for code, strength in condition.supporting.by_code().items()}
    speaking = sum(c.bits for c in contributions if c.status is Status.PRESENT and c.bits > 0)
    enough = BITS[Strength.MODERATE]
    return tuple(code for code in flags if max(own := bits.get(code, 0.0), speaking - own) >= enough)


_Best = tuple[float, str, Strength | None]
_SILENT: _Best = (0.0, "", None)


class _Entries:
    """Entries of all conditions on one side, by code (``of``) and by everything the code implies (``below``)."""

    def __init__(self) -> None:
        self.of: dict[str, list[tuple[int, str, Strength]]] = {}
        self.below: dict[str, list[tuple[int, str, Strength]]] = {}

    def add(self, place: int, code: str, strength: Strength, lineage: tuple[str, ...]) -> None:
        self.of.setdefault(code, []).append((place, code, strength))
        for above in lineage:
            self.below.setdefault(above, []).append((place, code, strength))

    def best(self, lineage: tuple[str, ...], taken: set[tuple[int, str]]) -> dict[int, _Best]:
        """The strongest entry in a lineage, by condition."""
        found: dict[int, _Best] = {}
        for code in lineage:
            for place, entry, strength in self.of.get(code, ()):
                if (place, entry) not in taken:
                    found[place] = max(found.get(place, (0.0, "", strength)), (BITS[strength], entry, strength))
        return found

    def best_wider(self, code: str, taken: set[tuple[int, str]]) -> dict[int, _Best]:
        """The strongest entry that is narrower than a finding, by condition; its bits are reduced."""
        found: dict[int, _Best] = {}
        for place, entry, strength in self.below.get(code, ()):
            if entry != code and (place, entry) not in taken:
                bits = BITS[strength] * GENERAL_SHARE
                found[place] = max(found.get(place, (0.0, "", strength)), (bits, entry, strength))
        return found

"""Emergencies to consider at once: fixed rules over findings and measured values, each with its source.

No model or learning is involved. A rule has fired, has not fired, or cannot be assessed because a value is missing that
could make it fire; a finding that nothing mentions counts as absent. Only the present counts: not what was last stated
or measured long ago, nor what is only history, except for diseases that last. The rules are in :mod:`.red_flag_rules`.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from .case import ASSUMED_AGE, Case, Evidence, Finding, Sex, Status
from .common import CommonKnowledge
from .measurements import Measurement, Quantity, on_standing_only
from .notes.context.children import is_child_of_unknown_age
from .notes.context.person import IN_LABOUR
from .notes.values.ranges import NEWBORN
from .ontology import Ontology
from .red_flag_evidence import is_attempt, is_history, is_suspected
from .red_flag_findings import EVENTS, EXCEPTED_IF_SUSPECTED, FINDING_WINDOW, LASTING, NOT_MEANT, is_recent, latest

_LABOUR_WEEK = 24  # from it on a birth is not too early; ours, assumed in labour where no week is stated
_WHO = {"age", "pregnancy"}  # names of missing items that are not measurements
_NO_CHILD, _GROWN, _OLDEST = 12, 16, 200  # years; from the first on, vital signs have an adult's limits


class Outcome(StrEnum):
    """Result of a rule."""

    FIRED = "fired"
    NOT_FIRED = "not_fired"
    CANNOT_ASSESS = "cannot_assess"


@dataclass(frozen=True, slots=True)
class Used:
    """A finding or value that a rule rests on.

    Attributes:
        what: name of the finding or quantity.
        value: the measured value; None for a finding.
        time: of the value, or the date of the finding.
        source: resource or ``text``.
        phrase: the words it was read from.
        place: of a value that was read from a text, see :attr:`~knowledge.medical.measurements.Measurement.place`;
            otherwise empty.
        week: of a pregnancy, as in :class:`~knowledge.medical.case.Case`; None for everything else, or if unknown.
    """

    what: str
    value: float | None = None
    time: dt.date | None = None
    source: str = ""
    phrase: str = ""
    place: str = ""
    week: int | None = None


def used_value(value: Measurement) -> Used:
    """A measured value as something that a rule rests on."""
    place = value.place if value.is_from_text else ""
    return Used(value.quantity.value, value.value, value.time, value.source, value.phrase, place)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Three-valued: True, False, or None when ``missing`` decides. ``used`` are the parts that are true."""

    holds: bool | None
    used: tuple[Used, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """Input of the rules.

    Attributes:
        present: code of a present finding, and of every one it implies -> the finding with the evidence that counts,
            newest first.
        values: the values of each quantity within the window that may be the latest.
        age_years, sex, pregnant, gestation: as in :class:`~knowledge.medical.case.Case`.
        is_child: whether the patient is a child of unknown age.
    """

    present: dict[str, Finding]
    values: dict[Quantity, list[Measurement]]
    age_years: float | None
    sex: Sex
    pregnant: bool | None
    gestation: int | None
    is_child: bool = False


class Criterion(Protocol):
    """A part of a rule."""

    def judge(self, situation: Situation) -> Verdict:
        """Whether it holds in ``situation``."""
        ...


@dataclass(frozen=True, slots=True)
class Has:
    """Any of these findings, or one below them, is present; evidence for which ``but`` is true does not count."""

    codes: tuple[str, ...]
    but: Callable[[Evidence], bool] | None = None

    def judge(self, situation: Situation) -> Verdict:
        found = {finding.code: finding for code in self.codes if (finding := situation.present.get(code))}
        used = []
        for _, finding in sorted(found.items()):
            counting = (e for e in finding.evidence or (Evidence("", ""),) if self.but is None or not self.but(e))
            if first := next(counting, None):
                used.append(Used(finding.label, None, first.date, first.source, first.phrase))
        return Verdict(bool(used), tuple(used))


@dataclass(frozen=True, slots=True)
class Value:
    """A measured value is ``at_least`` or ``at_most`` a limit; unknown without a value.

    If several may be the latest, one that fits is enough, unless ``every`` one must fit.
    """

    quantity: Quantity
    at_least: float | None = None
    at_most: float | None = None
    every: bool = False

    def judge(self, situation: Situation) -> Verdict:
        values = situation.values.get(self.quantity, [])
        if not values:
            return Verdict(None, missing=(self.quantity.value,))
        found = [value for value in values if self._fits(value.value)]
        if not found or (self.every and found != values):
            return Verdict(False)
        return Verdict(True, (used_value(found[0]),))

    def _fits(self, value: float) -> bool:
        low = self.at_least is None or value >= self.at_least
        return low and (self.at_most is None or value <= self.at_most)


@dataclass(frozen=True, slots=True)
class PatientIs:
    """Age (years, upper bound not included), sex and pregnancy; an unstated week of pregnancy is 0.

    An unknown sex fits. An unknown age fits if an adult's does or, for a child, if every age of childhood does;
    otherwise it is missing. Pregnancy is asked of women only.
    """

    from_age: float = 0
    to_age: float = _OLDEST
    sex: Sex | None = None
    pregnant: bool = False
    from_week: int = 0
    to_week: int = 100

    def judge(self, situation: Situation) -> Verdict:
        age, sex = situation.age_years, situation.sex
        if situation.is_child and self.from_age >= _NO_CHILD:
            return Verdict(False)
        fits_age = self.from_age <= (ASSUMED_AGE if age is None else age) < self.to_age
        fits_age = (self.from_age <= NEWBORN and self.to_age >= _GROWN) if situation.is_child else fits_age
        fits_sex = self.sex is None or sex in (self.sex, Sex.UNKNOWN, Sex.OTHER)
        if not fits_sex or (self.pregnant and situation.pregnant is False) or (age is not None and not fits_age):
            return Verdict(False)
        week = _LABOUR_WEEK if situation.gestation == IN_LABOUR else situation.gestation or 0
        if not self.from_week <= week < self.to_week:
            return Verdict(False)
        if not fits_age:
            return Verdict(None, missing=("age",))
        if self.pregnant and situation.pregnant is None:
            return Verdict(None, missing=("pregnancy",)) if sex is Sex.FEMALE else Verdict(False)
        return Verdict(True, (Used("pregnancy", week=situation.gestation),) if self.pregnant else ())


@dataclass(frozen=True, slots=True)
class Unless:
    """Holds if the part is false or unknown."""

    part: Criterion

    @property
    def parts(self) -> tuple[Criterion, ...]:
        """The part as a tuple, as in :class:`AtLeast`."""
        return (self.part,)

    def judge(self, situation: Situation) -> Verdict:
        return Verdict(self.part.judge(situation).holds is not True)


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least ``number`` parts hold; unknown if enough may, and one more would do or a measured value points to it.

    Plain Kleene logic would be unknown for every headache, since a pressure, a temperature and a scale are missing.
    """

    number: int
    parts: tuple[Criterion, ...]

    def judge(self, situation: Situation) -> Verdict:
        verdicts = [part.judge(situation) for part in self.parts]
        true = [v for v in verdicts if v.holds]
        unknown = [v for v in verdicts if v.holds is None]
        used = tuple(dict.fromkeys(u for v in [*true, *unknown] for u in v.used))
        if len(true) >= self.number:
            return Verdict(True, used)
        near = len(true) + 1 >= self.number or any(u.value is not None for u in used)
        if near and len(true) + len(unknown) >= self.number:
            return Verdict(None, used, tuple(dict.fromkeys(m for v in unknown for m in v.missing)))
        return Verdict(False)


def any_of(*parts: Criterion) -> AtLeast:
    """One of the parts holds."""
    return AtLeast(1, parts)


def all_of(*parts: Criterion) -> AtLeast:
    """Every part holds."""
    return AtLeast(len(parts), parts)


@dataclass(frozen=True, slots=True)
class Rule:
    """One emergency.

    Attributes:
        id: English words joined by hyphens.
        name, action: English and Chinese; what it may be, and what to do now.
        when: criterion for firing.
        source: publication the rule follows, as a DOI or an address.
        follows: whether the thresholds are the source's (``True``) or adapted by us.
        checked: whether the wording was compared with the source or a public copy of it.
    """

    id: str
    name: tuple[str, str]
    action: tuple[str, str]
    when: Criterion
    source: str
    follows: bool = True
    checked: bool = False


@dataclass(frozen=True, slots=True)
class RedFlag:
    """Result of one rule for one patient.

    Attributes:
        rule: the rule.
        outcome: fired, not fired, or cannot be assessed.
        because: findings and values that it rests on; empty when it has not fired.
        missing: names of the values that would decide, when it cannot be assessed.
        looked_at: every current finding and value that the rule uses, whether or not it fired.
    """

    rule: Rule
    outcome: Outcome
    because: tuple[Used, ...]
    missing: tuple[str, ...]
    looked_at: tuple[Used, ...] = ()


class RedFlags:
    """All rules, ready to assess cases. Safe to share between threads."""

    def __init__(self, rules: Sequence[Rule], common: CommonKnowledge, ontology: Ontology) -> None:
        self._common, self._ontology = common, ontology
        self._rules = [(rule, tuple(dict.fromkeys(_leaves(rule.when)))) for rule in rules]

    def assess(self, case: Case, *, now: dt.datetime | None = None) -> tuple[RedFlag, ...]:
        """Results of all rules, fired ones first, then those that cannot be assessed.

        Values older than :data:`~.red_flag_findings.WINDOW` and findings older than
        :data:`~.red_flag_findings.FINDING_WINDOW` do not count, nor do those in the future or only of history; undated
        ones do. :data:`~.red_flag_findings.LASTING` ones always count, unless read from an old value.

        Args:
            now: reference time, with its time zone; without it nothing is too old.
        """
        upright = on_standing_only(case.measurements)
        at_rest = [value for value in case.measurements if value.place not in upright]
        present, values = self._present(case, now, upright), latest(at_rest, now)
        is_child = is_child_of_unknown_age(case)
        situation = Situation(present, values, case.age_years, case.sex, case.pregnant, case.gestation, is_child)
        measured = {q: tuple(dict.fromkeys(map(used_value, found))) for q, found in values.items()}
        flags = []
        for rule, leaves in self._rules:
            verdict = rule.when.judge(situation)
            outcome = {True: Outcome.FIRED, False: Outcome.NOT_FIRED, None: Outcome.CANNOT_ASSESS}[verdict.holds]
            if outcome is Outcome.CANNOT_ASSESS and not _points(verdict):
                outcome = Outcome.NOT_FIRED
            shown = outcome is not Outcome.NOT_FIRED
            missing = verdict.missing if outcome is Outcome.CANNOT_ASSESS else ()
            looked_at = tuple(_looked_at(leaves, situation, measured))
            flags.append(RedFlag(rule, outcome, verdict.used if shown else (), missing, looked_at))
        order = (Outcome.FIRED, Outcome.CANNOT_ASSESS, Outcome.NOT_FIRED)
        return tuple(sorted(flags, key=lambda flag: order.index(flag.outcome)))

    def _present(self, case: Case, now: dt.datetime | None, upright: Collection[str]) -> dict[str, Finding]:
        """As in :class:`Situation`, without findings that were only read at the places ``upright``."""
        values = {value.place for value in case.measurements}
        present: dict[str, Finding] = {}
        for finding in case.findings:
            told_at = {e.place for e in finding.evidence}
            if finding.status is Status.ABSENT or (told_at and told_at <= set(upright)):
                continue
            implied = self._common.lineage(finding.code, self._ontology)
            unmeant = {other for code, other in NOT_MEANT.items() if code in implied}
            implied = tuple(code for code in implied if code not in unmeant)
            counting = _of_now(finding.evidence, now)
            is_event = not EVENTS.isdisjoint(implied)
            if is_event:
                counting = [e for e in counting if _is_event_of_now(e, now)]
            if finding.status is Status.UNKNOWN:
                if not is_event:
                    implied = tuple(code for code in implied if code in EXCEPTED_IF_SUSPECTED)
                counting = [e for e in counting if is_suspected(e)]
                if not (counting and implied):
                    continue
            elif is_event and not counting:  # "history of PE. Now ?PE"
                otherwise = _of_now(finding.otherwise, now)
                counting = [e for e in otherwise if is_suspected(e) and _is_event_of_now(e, now)]
            if finding.evidence and not counting:  # not current: only what lasts
                implied = tuple(code for code in implied if code in LASTING)
                counting = [e for e in finding.evidence if e.place not in values]
            if counting or not finding.evidence:
                counting.sort(key=lambda evidence: evidence.date or dt.date.min, reverse=True)
                for code in implied:
                    present.setdefault(code, replace(finding, evidence=tuple(counting)))
        return present


def _of_now(evidence: Sequence[Evidence], now: dt.datetime | None) -> list[Evidence]:
    return [e for e in evidence if not e.is_past and is_recent(e.date, now, FINDING_WINDOW)]


def _is_event_of_now(evidence: Evidence, now: dt.datetime | None) -> bool:
    """Whether an event is current by its words and by when it began; an old one may be recorded only now."""
    lately = is_attempt(evidence) or is_recent(evidence.began, now, FINDING_WINDOW)
    return lately and not is_history(evidence)


def _leaves(criterion: Criterion) -> Iterator[Has | Quantity]:
    """The findings and quantities that a criterion uses, including excepted ones."""
    if isinstance(criterion, Value):
        yield criterion.quantity
    elif isinstance(criterion, Has):
        yield replace(criterion, but=None)
    for part in getattr(criterion, "parts", ()):
        yield from _leaves(part)


def _looked_at(
    leaves: Sequence[Has | Quantity], situation: Situation, measured: Mapping[Quantity, tuple[Used, ...]]
) -> Iterator[Used]:
    """What is known of the findings and quantities, each once."""
    told = set[Used]()
    for leaf in leaves:
        if isinstance(leaf, Quantity):
            yield from measured.get(leaf, ())
        else:
            new = [used for used in leaf.judge(situation).used if used not in told]
            told.update(new)
            yield from new


def _points(verdict: Verdict) -> bool:
    """Whether enough is known to ask for more: a value, two findings, or one if only age or pregnancy is missing."""
    several = len({used.phrase or used.what for used in verdict.used}) > 1
    return bool(verdict.used) and (
        several or any(used.value is not None for used in verdict.used) or _WHO.issuperset(verdict.missing)
    )

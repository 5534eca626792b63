"""Emergencies to think of at once: fixed rules over findings and measured values, each with its source.

No model and no learning takes part. A rule has fired, has not, or cannot be assessed because a value is missing that
could make it fire; a finding that nothing mentions counts as not there. An emergency is now: what was last stated or
measured long ago does not count. The rules are in :mod:`.red_flag_rules`.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from .case import Case, Evidence, Finding, Sex, Status
from .common import CommonKnowledge
from .measurements import Measurement, Quantity
from .ontology import Ontology

FINDING_WINDOW = dt.timedelta(days=7)
"""How long ago a finding may have been stated; ours, not of any source."""
_UNKNOWN_AGE = 40.0  # of an unknown age a patient counts as an adult, as in :mod:`.labs`


class Outcome(StrEnum):
    """What came of a rule."""

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
    """

    what: str
    value: float | None = None
    time: dt.date | None = None
    source: str = ""
    phrase: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Three-valued: True, False, or None when ``missing`` decides. ``used`` are the parts that are true."""

    holds: bool | None
    used: tuple[Used, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """What the rules look at.

    Attributes:
        present: code of a present finding, and of every one it implies -> the finding.
        values: latest value of each quantity within the window.
        age_years, sex, pregnant: as in :class:`~knowledge.medical.case.Case`.
    """

    present: dict[str, Finding]
    values: dict[Quantity, Measurement]
    age_years: float | None
    sex: Sex
    pregnant: bool | None


class Condition(Protocol):
    """A part of a rule."""

    def judge(self, situation: Situation) -> Verdict:
        """Whether it holds in ``situation``."""
        ...


@dataclass(frozen=True, slots=True)
class Has:
    """Any of these findings, or one below them, is present."""

    codes: tuple[str, ...]

    def judge(self, situation: Situation) -> Verdict:
        found = {situation.present[code] for code in self.codes if code in situation.present}
        used = []
        for finding in sorted(found, key=lambda f: f.code):
            first = finding.evidence[0] if finding.evidence else Evidence("", "")
            used.append(Used(finding.label, None, first.date, first.source, first.phrase))
        return Verdict(bool(found), tuple(used))


@dataclass(frozen=True, slots=True)
class Value:
    """A measured value is at least, or at most, so much; not known without a value."""

    quantity: Quantity
    at_least: float | None = None
    at_most: float | None = None

    def judge(self, situation: Situation) -> Verdict:
        found = situation.values.get(self.quantity)
        if found is None:
            return Verdict(None, missing=(self.quantity.value,))
        low = self.at_least is None or found.value >= self.at_least
        high = self.at_most is None or found.value <= self.at_most
        if not (low and high):
            return Verdict(False)
        return Verdict(True, (Used(self.quantity.value, found.value, found.time, found.source, found.phrase),))


@dataclass(frozen=True, slots=True)
class Person:
    """Age (years, upper bound not included), sex and pregnancy.

    An unknown sex holds nothing up, nor does an unknown age where an adult's fits.
    """

    from_age: float = 0
    to_age: float = 200
    sex: Sex | None = None
    pregnant: bool = False

    def judge(self, situation: Situation) -> Verdict:
        age, sex = situation.age_years, situation.sex
        fits_age = self.from_age <= (_UNKNOWN_AGE if age is None else age) < self.to_age
        fits_sex = self.sex is None or sex in (self.sex, Sex.UNKNOWN, Sex.OTHER)
        if not fits_sex or (self.pregnant and situation.pregnant is False) or (age is not None and not fits_age):
            return Verdict(False)
        if not fits_age:
            return Verdict(None, missing=("age",))
        if self.pregnant and situation.pregnant is None:
            return Verdict(None, missing=("pregnancy",))
        return Verdict(True, (Used("pregnancy"),) if self.pregnant else ())


@dataclass(frozen=True, slots=True)
class AtLeast:
    """So many of the parts hold (Kleene's logic: unknown only when the unknown parts decide)."""

    number: int
    parts: tuple[Condition, ...]

    def judge(self, situation: Situation) -> Verdict:
        verdicts = [part.judge(situation) for part in self.parts]
        true = [v for v in verdicts if v.holds]
        unknown = [v for v in verdicts if v.holds is None]
        used = tuple(dict.fromkeys(u for v in [*true, *unknown] for u in v.used))
        if len(true) >= self.number:
            return Verdict(True, used)
        if len(true) + len(unknown) >= self.number:
            return Verdict(None, used, tuple(dict.fromkeys(m for v in unknown for m in v.missing)))
        return Verdict(False)


def any_of(*parts: Condition) -> AtLeast:
    """One of the parts holds."""
    return AtLeast(1, parts)


def all_of(*parts: Condition) -> AtLeast:
    """Every part holds."""
    return AtLeast(len(parts), parts)


@dataclass(frozen=True, slots=True)
class Rule:
    """One emergency.

    Attributes:
        id: English words joined by hyphens.
        name, action: English and Chinese; what it may be, and what to do now.
        when: what makes it fire.
        source: publication the rule follows, as a DOI or an address.
        window: how old a value may be.
        follows: whether the thresholds are the source's (``True``) or ours after it.
        checked: whether the wording was compared with the source or a public copy of it.
    """

    id: str
    name: tuple[str, str]
    action: tuple[str, str]
    when: Condition
    source: str
    window: dt.timedelta = dt.timedelta(hours=24)
    follows: bool = True
    checked: bool = False


@dataclass(frozen=True, slots=True)
class RedFlag:
    """What came of one rule for one patient.

    Attributes:
        rule: the rule.
        outcome: fired, not fired, or cannot be assessed.
        because: findings and values that it rests on; empty when it has not fired.
        missing: names of the values that would decide, when it cannot be assessed.
    """

    rule: Rule
    outcome: Outcome
    because: tuple[Used, ...]
    missing: tuple[str, ...]


class RedFlags:
    """All rules, ready to be asked. Safe to share between threads."""

    def __init__(self, rules: Sequence[Rule], common: CommonKnowledge, ontology: Ontology) -> None:
        self._rules, self._common, self._ontology = tuple(rules), common, ontology

    def assess(self, case: Case, *, now: dt.datetime | None = None) -> tuple[RedFlag, ...]:
        """What came of every rule, fired ones first, then those that cannot be assessed.

        Values older than a rule's window and findings older than :data:`FINDING_WINDOW` do not count; undated ones do.

        Args:
            now: moment to count from, with its time zone; without it nothing is too old.
        """
        present: dict[str, Finding] = {}
        for finding in case.findings:
            dates = [evidence.date for evidence in finding.evidence]
            recent = any(_is_recent(date, now, FINDING_WINDOW) for date in dates) or not dates
            if finding.status is Status.PRESENT and recent:
                for code in self._common.lineage(finding.code, self._ontology):
                    present.setdefault(code, finding)
        flags = []
        for rule in self._rules:
            values = _latest(case.measurements, now, rule.window)
            verdict = rule.when.judge(Situation(present, values, case.age_years, case.sex, case.pregnant))
            outcome = {True: Outcome.FIRED, False: Outcome.NOT_FIRED, None: Outcome.CANNOT_ASSESS}[verdict.holds]
            # Without anything that points to it, a missing value is no reason to speak of an emergency.
            if outcome is Outcome.CANNOT_ASSESS and not verdict.used:
                outcome = Outcome.NOT_FIRED
            shown = outcome is not Outcome.NOT_FIRED
            missing = verdict.missing if outcome is Outcome.CANNOT_ASSESS else ()
            flags.append(RedFlag(rule, outcome, verdict.used if shown else (), missing))
        order = (Outcome.FIRED, Outcome.CANNOT_ASSESS, Outcome.NOT_FIRED)
        return tuple(sorted(flags, key=lambda flag: order.index(flag.outcome)))


def _latest(
    measurements: Sequence[Measurement], now: dt.datetime | None, window: dt.timedelta
) -> dict[Quantity, Measurement]:
    latest: dict[Quantity, Measurement] = {}
    for new in measurements:
        if not _is_recent(new.time, now, window):
            continue
        old = latest.get(new.quantity)
        if old is None or old.time is None or (new.time is not None and _moment(new.time) >= _moment(old.time)):
            latest[new.quantity] = new
    return latest


def _is_recent(time: dt.date | None, now: dt.datetime | None, window: dt.timedelta) -> bool:
    return now is None or time is None or now - _moment(time) <= window


def _moment(time: dt.date) -> dt.datetime:
    """Of a day its end: it may have been then."""
    return time if isinstance(time, dt.datetime) else dt.datetime.combine(time, dt.time.max, dt.UTC)

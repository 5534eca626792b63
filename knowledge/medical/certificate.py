"""Certificates that suggestions are right often enough, and the test for it.

The claim refers to a population: how often a suggestion can be right depends on the share of patients whose disease is
not in the knowledge base, so that share is stated and cases are weighted to it. Precision has two lower bounds, and the
lower one counts: a bootstrap over diseases (cases of one disease resemble each other) and, since a bootstrap sees no
uncertainty in a sample without errors, Clopper-Pearson on the cases shown. These are weighted, so they count as their
effective number, (sum of weights)^2 / sum of squares. Clopper and Pearson, Biometrika 26 (1934); Korn and Graubard,
Survey Methodology 24 (1998), for weighted counts; Kish, Survey Sampling (1965), for the number.
"""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InputFormatError, StorageError

from .case import CaseKind

REQUIRED = 0.85
"""Share of suggestions that must be right, by the lower bound."""
OUTSIDE = 0.15
"""Share of the reference population whose disease is not in the knowledge base."""
MOST_PER_DISEASE = 5
"""Most cases counted per disease, so that no single disease decides."""
_LEVEL = 0.05  # one-sided
_RESAMPLES = 2000


class Population(StrEnum):
    """Origin of the cases that a certificate is based on."""

    SITE = "site"
    """Consecutive cases of the hospital itself."""
    PUBLISHED = "published"
    """Published patients, nearly all of them with a rare, genetic disease."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One adjudicated case.

    Attributes:
        disease: the right disease.
        inside: it is in the knowledge base.
        right: the first disease of the ranking is the right one.
        probability: computed probability that ``right`` is true.
    """

    disease: str
    inside: bool
    right: bool
    probability: float


@dataclass(frozen=True, slots=True)
class Precision:
    """Precision of the suggestions for a set of cases, weighted to the reference population.

    Attributes:
        precision: share of suggestions that are right; nan when none is shown.
        bound: one-sided 95% lower bound; 0 when none is shown.
        shown: number of suggestions.
        shown_inside, shown_outside: share of the cases with a disease in, and not in, the base that get a suggestion.
    """

    precision: float
    bound: float
    shown: int
    shown_inside: float
    shown_outside: float


@dataclass(frozen=True, slots=True)
class Certificate:
    """The precision shown, for which kind of case and with which versions. Any other version voids it.

    Attributes:
        kind: kind of case.
        threshold: least probability of a suggestion.
        precision, bound, shown: as in :class:`Precision`, on the certifying cases.
        diseases: number of diseases in the base among these cases.
        outside: share of the reference population whose disease is not in the base.
        data: SHA-256 over the certifying cases.
        date: ISO date.
        versions: of everything that the probability depends on.
        population: origin of these cases.
    """

    kind: CaseKind
    threshold: float
    precision: float
    bound: float
    shown: int
    diseases: int
    outside: float
    data: str
    date: str
    versions: dict[str, str]
    population: Population = Population.SITE

    @property
    def id(self) -> str:
        """16 hexadecimal digits of a hash over all fields."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()[:16]

    def is_valid(self, versions: dict[str, str]) -> bool:
        """Whether it holds for a suite of these versions."""
        return self.bound >= REQUIRED and self.versions == versions

    def to_json(self) -> dict[str, Any]:
        """Plain values, the inverse of :meth:`read`."""
        return asdict(self)

    @classmethod
    def read(cls, fields: dict[str, Any]) -> "Certificate":
        """From plain values.

        Raises:
            InputFormatError: a field is missing, unknown or of the wrong type.
        """
        try:
            population = Population(fields.get("population", Population.SITE))
            certificate = cls(**{**fields, "kind": CaseKind(fields["kind"]), "population": population})
            if not (0 < certificate.threshold <= 1 and 0 <= certificate.bound <= 1):
                raise ValueError
        except (TypeError, KeyError, ValueError, AttributeError):
            raise InputFormatError("This is no certificate of the suite", hint="Make one: r1 certify CASES") from None
        return certificate


def certify(
    cases: Sequence[Judged],
    kind: CaseKind,
    threshold: float,
    versions: dict[str, str],
    outside: float = OUTSIDE,
    population: Population = Population.SITE,
) -> Certificate | None:
    """A certificate when the lower bound of the precision reaches :data:`REQUIRED`, else None."""
    found = measure(cases, threshold, outside)
    if found.bound < REQUIRED:
        return None
    told = json.dumps([[case.disease, case.inside, case.right, round(case.probability, 6)] for case in cases])
    return Certificate(
        kind=kind,
        threshold=threshold,
        precision=round(found.precision, 4),
        bound=round(found.bound, 4),
        shown=found.shown,
        diseases=len({case.disease for case in cases if case.inside}),
        outside=outside,
        data=hashlib.sha256(told.encode()).hexdigest(),
        date=datetime.now(UTC).date().isoformat(),
        versions=versions,
        population=population,
    )


def read_certificates(folder: Path) -> tuple[Certificate, ...]:
    """Every certificate in a folder (``certificate-KIND.json``); none when it does not exist.

    Raises:
        InputFormatError: a file is no certificate.
        StorageError: a file cannot be read.
    """
    certificates = []
    for path in sorted(folder.glob("certificate-*.json")):
        try:
            certificates.append(Certificate.read(json.loads(path.read_text("utf-8"))))
        except ValueError:
            raise InputFormatError(f"{path.name} is no certificate of the suite") from None
        except OSError as error:
            raise StorageError(f"{path.name} cannot be read ({error.strerror})") from None
    return tuple(certificates)


def measure(cases: Sequence[Judged], threshold: float, outside: float = OUTSIDE) -> Precision:
    """Precision of the suggestions at a threshold; at most :data:`MOST_PER_DISEASE` cases of a disease count.

    Args:
        outside: share of the reference population whose disease is not in the base, [0, 1). If all cases are inside,
            or all outside, they stand for the whole population.
    """
    kept = capped(cases)
    shown = np.array([case.probability >= threshold for case in kept])
    right = np.array([case.right for case in kept])
    inside = np.array([case.inside for case in kept])
    weight = weights(kept, outside)
    if not shown.any():
        return Precision(math.nan, 0.0, 0, 0.0, 0.0)
    of_shown = weight * shown
    precision = float((of_shown * right).sum() / of_shown.sum())
    effective = float(of_shown.sum() ** 2 / (of_shown**2).sum())
    bound = min(
        clopper_pearson(effective, precision * effective),
        _bootstrap([case.disease for case in kept], inside, of_shown * right, of_shown),
    )
    share = [float(shown[side].mean()) if side.any() else 0.0 for side in (inside, ~inside)]
    return Precision(precision, bound, int(shown.sum()), *share)


def capped(cases: Sequence[Judged]) -> list[Judged]:
    """The first :data:`MOST_PER_DISEASE` cases of each disease."""
    seen: dict[str, int] = {}
    kept = []
    for case in cases:
        seen[case.disease] = seen.get(case.disease, 0) + 1
        if seen[case.disease] <= MOST_PER_DISEASE:
            kept.append(case)
    return kept


def weights(cases: Sequence[Judged], outside: float) -> NDArray[np.float64]:
    """(cases,) weights, sum 1, that give cases inside and outside the base their shares of the population."""
    inside = np.array([case.inside for case in cases])
    if inside.all() or not inside.any():  # one kind stands for all
        return np.full(len(cases), 1 / max(len(cases), 1))
    share = np.where(inside, (1 - outside) / max(int(inside.sum()), 1), outside / max(int((~inside).sum()), 1))
    return np.asarray(share / share.sum())


def clopper_pearson(cases: float, right: float) -> float:
    """One-sided 95% lower bound of a share, 0 to 1; the counts may be fractions, as weighted ones are."""
    from scipy.special import betaincinv  # needed only to certify

    return float(betaincinv(right, cases - right + 1, _LEVEL)) if right > 0 else 0.0


def _bootstrap(
    diseases: list[str],
    inside: NDArray[np.bool_],
    right: NDArray[np.float64],
    shown: NDArray[np.float64],
) -> float:
    """The same bound by resampling diseases, separately inside and outside the base."""
    _, group = np.unique(diseases, return_inverse=True)
    per_right, per_shown = np.bincount(group, weights=right), np.bincount(group, weights=shown)
    is_inside = np.zeros(len(per_right), dtype=bool)
    is_inside[group[inside]] = True
    random = np.random.default_rng(0)
    totals = np.zeros((2, _RESAMPLES))
    for side in (is_inside, ~is_inside):
        members = np.flatnonzero(side)
        if len(members):
            draws = random.choice(members, size=(_RESAMPLES, len(members)))
            totals += [per_right[draws].sum(axis=1), per_shown[draws].sum(axis=1)]
    return float(np.quantile(totals[0] / np.maximum(totals[1], 1e-12), _LEVEL))

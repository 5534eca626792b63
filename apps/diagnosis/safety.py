"""What stops suggestions: a switch for every process, and certificates that closed cases have refuted.

The rule of drift is published in docs/safety/safety-case.md: of the newest :data:`WINDOW` closed suggestions under a
certificate so few were right that this would happen by chance in less than :data:`LEVEL` of the cases if the certified
bound still held (exact binomial test, one-sided). It is tested at each closed case, so the level is strict: in 200
cases that are right exactly as often as the bound says it fires in about one site of ten, and where suggestions are
right 6 times in 10 half of the sites stop after 13 cases.
"""

import logging
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock

from adapters.fhir.audit import Access, Action, AuditTrail
from core.errors import StorageError
from knowledge.medical.certificate import Certificate

from .store import DiagnosisStore

WINDOW = 100  # closed suggestions
LEVEL = 0.01
REFRESH_SECONDS = 10.0
"""How old what a process knows of the switch may be."""
_SUBJECT = "Device/r1-diagnosis"  # what the audit trail calls the suite's own suggestions
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class State:
    """What may be shown; by default everything.

    Attributes:
        off: no ranking and no suggestion.
        withdrawn: ids of certificates that do not count any more.
        silent: off, but what would have been listed is recorded.
    """

    off: bool = False
    withdrawn: frozenset[str] = frozenset()
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Drift:
    """How suggestions under a certificate have fared.

    Attributes:
        closed, right: of the newest closed suggestions.
        chance: that so few, or fewer, are right if the bound holds; 1 without any.
    """

    closed: int
    right: int
    chance: float

    @property
    def fires(self) -> bool:
        """Whether the certificate is refuted."""
        return self.chance < LEVEL


def drift(outcomes: Sequence[bool], bound: float) -> Drift:
    """Tests closed suggestions against a certified bound.

    Args:
        outcomes: whether the first disease was right, newest first; only :data:`WINDOW` count.
        bound: the certificate's, (0, 1).
    """
    newest = outcomes[:WINDOW]
    closed, right = len(newest), sum(newest)
    chance = sum(math.comb(closed, k) * bound**k * (1 - bound) ** (closed - k) for k in range(right + 1))
    return Drift(closed, right, min(chance, 1.0))


class Safety:
    """The switch and the withdrawals, as every process sees them. Safe to share between threads."""

    def __init__(
        self, store: DiagnosisStore, trail: AuditTrail, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store, self._trail, self._clock = store, trail, clock
        self._lock = Lock()
        self._read: tuple[float, State] | None = None

    def state(self) -> State:
        """At most :data:`REFRESH_SECONDS` old. A database that does not answer counts as off."""
        with self._lock:
            now = self._clock()
            if self._read is None or now - self._read[0] >= REFRESH_SECONDS:
                self._read = now, self._from_store()
            return self._read[1]

    def _from_store(self) -> State:
        try:
            switched = self._store.switched()
            withdrawn = frozenset(withdrawal.certificate for withdrawal in self._store.withdrawals())
        except StorageError as error:
            _log.error("Suggestions are hidden: %s", error)
            return State(off=True)
        if switched is None:
            return State(withdrawn=withdrawn)
        return State(switched.off, withdrawn, switched.silent)

    def switch(self, off: bool, by: str, *, silent: bool = False) -> None:
        """Turns suggestions off or on everywhere; off and ``silent``, lists are recorded.

        Off comes into force even if the audit trail then fails; on needs the trail first.

        Raises:
            AuditError: it could not be recorded.
            StorageError: the database does not answer.
        """
        if off:
            self._store.switch(True, by, silent=silent)
        self._record("suggestions silent" if silent else "suggestions off" if off else "suggestions on", by)
        if not off:
            self._store.switch(False, by)
        self._forget()

    def close(self, visit: str, outcome: int, by: str, certificates: Iterable[Certificate]) -> Drift | None:
        """Notes what a case turned out to be, and withdraws the certificate behind it where that refutes it.

        Returns:
            How the certificate fares now; None when no current certificate stands behind the case.

        Raises:
            InputError: there is no such visit or place.
            AuditError: a withdrawal is in force but could not be recorded.
            StorageError: the database does not answer.
        """
        closed = self._store.close(visit, outcome, by)
        certificate = next((c for c in certificates if closed.suggested and c.id == closed.certificate), None)
        if certificate is None:
            return None
        found = self.judge(certificate)
        if found.fires and self._store.withdraw_certificate(certificate.id, found.closed, found.right):
            self._forget()
            self._record(f"certificate {certificate.id} withdrawn", by)
        return found

    def judge(self, certificate: Certificate) -> Drift:
        """How a certificate has fared so far."""
        return drift(self._store.closed_suggestions(certificate.id, WINDOW), certificate.bound)

    def _forget(self) -> None:
        with self._lock:
            self._read = None

    def _record(self, what: str, by: str) -> None:
        self._trail.append(Access(Action.UPDATE, "", (_SUBJECT,), stage=what), user=by)

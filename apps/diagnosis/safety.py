"""Stops suggestions: a switch for all processes, and the withdrawal of certificates refuted by closed cases.

The drift rule is published in docs/safety/safety-case.md: it fires if so few of the newest :data:`WINDOW` closed
suggestions under a certificate were right that the chance of this is below :data:`LEVEL` while the certified bound
holds (exact one-sided binomial test). Each closed case is tested, so the level is strict: over 200 cases that are right
exactly as often as the bound says, it fires at about one site in ten; where suggestions are right 6 times in 10, half
of the sites stop after 13 cases.
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
"""How stale a process's view of the switch may be."""
_SUBJECT = "Device/r1-diagnosis"  # name of the suite's own suggestions in the audit trail
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class State:
    """What may be shown; by default everything.

    Attributes:
        off: no ranking and no suggestion.
        withdrawn: ids of certificates that are no longer valid.
        silent: off, but the lists that would have been shown are recorded.
    """

    off: bool = False
    withdrawn: frozenset[str] = frozenset()
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Drift:
    """How suggestions under a certificate have fared.

    Attributes:
        closed, right: number of the newest closed suggestions, and of right ones among them.
        chance: probability that so few, or fewer, are right if the bound holds; 1 without any.
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
        outcomes: whether the first disease was right, newest first; only the first :data:`WINDOW` count.
        bound: the certificate's, in (0, 1).
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
        """The state, at most :data:`REFRESH_SECONDS` old. If the database does not answer, suggestions are off."""
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
        """Turns suggestions off or on everywhere; when off and ``silent``, lists are recorded.

        Off takes effect even if the audit trail then fails; on is audited first.

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
        """Stores the outcome of a case, and withdraws the certificate of its suggestion if now refuted.

        Returns:
            The drift of that certificate; None if the case had no suggestion under a current certificate.

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

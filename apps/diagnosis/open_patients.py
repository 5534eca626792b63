"""Open patients: what a clinician has read and decided, shared by the pages that show it and kept while none does.

In memory only, for an hour after the last use. A page that is loaded again, by the same clinician, goes on with it.
"""

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock, Timer

from .visit import Visit

FORGET_AFTER = 3600
"""Seconds without use after which a patient is closed."""

_MOST = 200
_MOST_OF_ONE = 5  # patients of one clinician
_MOST_BYTES = 256 << 20  # of records and notes; a single record has at most 32 MiB


@dataclass(slots=True, eq=False)
class OpenPatient:
    """A patient under review. All pages of a clinician that show the patient share it, so none undoes another's work.

    Attributes:
        visit: as it is now; None once the time is over.
        id: by which a page asks for it.
        used: when a person last did something on a page that shows it, in monotonic seconds.
        stale: id of the visit for which the server has newer data.
        unasked: id of the visit for which the server cannot be asked for newer data.
        rereading: newer data are being read.
        changing: held while the visit is changed, so that neither of two simultaneous decisions is lost.
    """

    visit: Visit | None
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    used: float = field(default_factory=time.monotonic)
    stale: str = ""
    unasked: str = ""
    rereading: bool = False
    changing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def is_of(self, patient: str) -> bool:
        """Whether it is this patient of the FHIR server, ``Patient/id``."""
        return self.visit is not None and self.visit.is_of_server and self.visit.case.patient == patient


@dataclass(frozen=True, slots=True)
class _Kept:
    holder: str
    patient: OpenPatient
    bytes: int


class OpenPatients:
    """The open patients of everybody, each found only by its holder. Safe to share between threads.

    A holder is whoever reviews the patient, see :meth:`apps.fhir_access.FhirAccess.holder`; nothing is kept for the
    empty one. Beyond the limits of number and size the patient that was unused for longest is no longer kept; pages
    that show it go on.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: list[_Kept] = []
        self._keeping, self._lock = Lock(), Lock()
        self._timer: Timer | None = None

    def keep(self, holder: str, patient: OpenPatient) -> OpenPatient:
        """Keeps a patient; returns the one to go on with.

        That is another one where the holder has the same patient of the FHIR server under review already: of a patient
        there is one review.
        """
        visit = patient.visit
        if not holder or visit is None:
            return patient
        of_server = visit.case.patient if visit.is_of_server else ""
        with self._keeping:  # two windows may have read the same patient at once
            same = [each for each in self.of(holder) if each is patient or (of_server and each.is_of(of_server))]
            if same:
                return same[0]
            kept = _Kept(holder, patient, _bytes(visit))  # takes a while, in which others may look
            with self._lock:
                self._kept.append(kept)
                self._make_room(holder)
                self._wait()
        return patient

    def of(self, holder: str, patient: str = "") -> tuple[OpenPatient, ...]:
        """The holder's open patients, last used first; with ``Patient/id`` only that one of the FHIR server."""
        self.sweep()
        with self._lock:
            found = [each.patient for each in self._of(holder) if not patient or each.patient.is_of(patient)]
        return tuple(sorted(found, key=lambda each: each.used, reverse=True))

    def drop(self, holder: str, patient: OpenPatient) -> None:
        """No longer keeps a patient."""
        with self._lock:
            self._kept = [each for each in self._kept if (each.holder, each.patient) != (holder, patient)]

    def end(self, holder: str) -> None:
        """No longer keeps any patient of a holder, who signs out."""
        with self._lock:
            self._kept = [each for each in self._kept if each.holder != holder]

    def sweep(self) -> None:
        """Closes the patients whose time is over, on every page."""
        with self._lock:
            over = self._clock() - FORGET_AFTER
            for each in self._kept:
                if each.patient.used <= over:
                    each.patient.visit = None
            self._kept = [each for each in self._kept if each.patient.visit is not None]

    def _of(self, holder: str) -> list[_Kept]:
        return [each for each in self._kept if each.holder == holder and holder]

    def _make_room(self, holder: str) -> None:
        self._kept.sort(key=lambda each: each.patient.used)
        own = self._of(holder)
        for each in own[: max(len(own) - _MOST_OF_ONE, 0)]:
            self._kept.remove(each)
        while len(self._kept) > _MOST or sum(each.bytes for each in self._kept) > _MOST_BYTES:
            del self._kept[0]

    def _wait(self) -> None:
        """Sweeps by itself, even when nobody uses the suite any more."""
        if self._timer is None and self._kept:
            oldest = min(each.patient.used for each in self._kept)
            self._timer = Timer(max(oldest + FORGET_AFTER - self._clock(), 0) + 1, self._again)
            self._timer.daemon = True
            self._timer.start()

    def _again(self) -> None:
        self.sweep()
        with self._lock:
            self._timer = None
            self._wait()


def _bytes(visit: Visit) -> int:
    """The size of what was read, as JSON."""
    record = visit.record
    return len(visit.note) + (len(json.dumps([record.patient, *record.resources])) if record else 0)

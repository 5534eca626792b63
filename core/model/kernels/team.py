"""Threads that run one kernel together.

Each runs the whole kernel on its share of the work and waits for the others between steps; a token needs some hundred
such steps, so threads wait by spinning, not with system calls. For a while they also spin for the next kernel: in a
virtual machine a sleeping thread wakes a tenth of a millisecond late, twice per token. numba's own threads share a pool
with torch's, and together they were several times slower on few processors: a pool that changes its size ends threads
and starts new ones.
"""

import threading
import weakref
from collections.abc import Callable, Sequence
from functools import partial
from queue import SimpleQueue
from typing import Any, NamedTuple

import numba
import numpy as np
from numba import njit
from numba.extending import intrinsic

from .numbers import Array, array_place

_LINE = 16  # numbers in a barrier this far apart are in different cache lines
_ARRIVED, _TAKEN, _BROKEN, _MET = 0, _LINE, 2 * _LINE, 3 * _LINE  # from the last on, one line per thread
_PATIENCE = 20_000
"""Spins before yielding the processor, about 30 microseconds: a process of the same priority soon gives it back, one of
lower priority may keep it for milliseconds."""

_LISTENING = 2_000
"""Spins, each with a yield, for the next kernel, about a millisecond: the gap between two kernels of a token is
shorter."""

_LAST_SECONDS = 5  # for a thread to end; one waiting in an interrupted run never does

_sched_yield = numba.types.ExternalFunction("sched_yield", numba.int32())


class Member(NamedTuple):
    """One thread of a team: its number, the number of threads, the barrier within a kernel, and the bell that signals
    the next one."""

    number: int
    threads: int
    barrier: Array
    bell: Array


ALONE = Member(0, 1, np.zeros(_MET, np.int64), np.zeros(1, np.int64))
"""A single member that never waits, usable in any thread: its barrier is never read."""


_Calls = SimpleQueue[Callable[[], object] | None]


class Team:
    """Runs kernels in several threads, one kernel at a time.

    Attributes:
        count: threads, including the caller's.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._turn = threading.Lock()
        self._bell = np.zeros(1, np.int64)
        self._calls: list[_Calls] = [SimpleQueue() for _ in range(count - 1)]
        others = [threading.Thread(target=_follow, args=(calls, self._bell), daemon=True) for calls in self._calls]
        _listen(self._bell, -1)  # compiled here, where it may fail
        for other in others:
            other.start()
        self._end = weakref.finalize(self, _dismiss, self._calls, others)

    def run(self, kernel: Callable[..., None], *args: Any, each: Callable[[], Sequence[Any]] | None = None) -> None:
        """Runs ``kernel(*args, member)`` in every thread, or ``kernel(*args, each()[number], member)``.

        Args:
            kernel: compiled with ``nogil``; begins with :func:`ring` and must end with :func:`wait`: this method does
                not wait.
            each: returns every thread's own argument; called when no other run needs it any more.

        Raises:
            RuntimeError: Python is shutting down.
        """
        count, bell, errors = self.count, self._bell, list[BaseException]()
        barrier = np.zeros(_MET + _LINE * count, np.int64)

        def work(number: int) -> None:
            try:
                kernel(*args, *own[number : number + 1], Member(number, count, barrier, bell))
            except BaseException as error:  # also an interrupt: the others would wait forever
                errors.append(error)
                barrier[_BROKEN] = 1

        with self._turn:  # two concurrent runs, each with too few threads, would deadlock
            if not self._end.alive:
                raise RuntimeError("The threads have ended")
            own = each() if each else ()
            self._call(work)
            work(0)
            if errors:  # wait: the next run may write where the others still read
                met = threading.Barrier(count)
                self._call(lambda _: met.wait())
                met.wait()
                try:
                    raise errors[0]
                finally:
                    errors.clear()  # breaks the reference cycle with this frame

    def _call(self, work: Callable[[int], object]) -> None:
        for number, calls in enumerate(self._calls, 1):
            calls.put(partial(work, number))


def _follow(calls: _Calls, bell: Array) -> None:
    """The loop of the other threads: runs calls until None."""
    while work := calls.get():
        work()
        del work  # frees its references
        heard = int(bell[0])
        if calls.empty():
            _listen(bell, heard)


def _dismiss(calls: Sequence[_Calls], others: Sequence[threading.Thread]) -> None:
    """Ends the other threads: one that still computes while Python exits would crash it."""
    for one in calls:
        one.put(None)
    for other in others:
        if other is not threading.current_thread():  # garbage collection may run in it
            other.join(_LAST_SECONDS)


@njit(cache=True, nogil=True, error_model="numpy")
def _listen(bell: Array, heard: int) -> None:
    """Returns when the bell rings again, or after a while; runs without the GIL."""
    looks = 0
    while _read(bell, 0) == heard and looks < _LISTENING:
        looks += 1
        _sched_yield()


@njit(cache=True, error_model="numpy")
def ring(member: Member) -> None:
    """Signals the other threads that a run has begun."""
    if member.number == 0 and member.threads > 1:
        _add(member.bell, 0, 1)


@njit(cache=True, error_model="numpy")
def wait(member: Member) -> None:
    """Returns once every thread of the team has arrived: what they wrote before can be read."""
    if member.threads == 1:
        return
    mine = _MET + _LINE * member.number
    arrivals = member.barrier[mine] + member.threads  # total since the beginning, once all have arrived
    member.barrier[mine] = arrivals
    _add(member.barrier, _ARRIVED, 1)
    looks = 0
    while _read(member.barrier, _ARRIVED) < arrivals and _read(member.barrier, _BROKEN) == 0:
        looks += 1
        if looks > _PATIENCE:
            _sched_yield()


@njit(cache=True, error_model="numpy")
def share(total: int, member: Member) -> tuple[int, int]:
    """First and last (exclusive) of this thread's share of ``total``."""
    return total * member.number // member.threads, total * (member.number + 1) // member.threads


@njit(cache=True, error_model="numpy")
def rows_of(n: int, member: Member) -> tuple[int, int]:
    """First and last (exclusive) of the rows that this thread computes: its share of ``n``.

    With fewer rows than threads, it is all of them: each thread then has its own copy, which takes less time than
    waiting for another's, and :func:`meet` does not wait.
    """
    return share(n, member) if n >= member.threads else (0, n)


@njit(cache=True, error_model="numpy")
def meet(n: int, member: Member) -> None:
    """Waits for the other threads' shares of ``n`` rows."""
    if n >= member.threads:
        wait(member)


@njit(cache=True, error_model="numpy")
def begin(member: Member) -> None:
    """Resets :func:`take` to 0; the team must :func:`wait` before, after the last piece was taken, and afterwards."""
    if member.number == 0:
        member.barrier[_TAKEN] = 0


@njit(cache=True, error_model="numpy")
def take(member: Member) -> int:
    """The number of the next piece of work, from 0; each number is taken once."""
    number: int = _add(member.barrier, _TAKEN, 1)
    return number


@intrinsic
def _add(typingctx: Any, array: Any, at: Any, value: Any) -> Any:
    """Atomically adds to a number; returns its previous value."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.atomic_rmw("add", array_place(context, builder, signature, args, 0), args[2], "seq_cst")

    return numba.int64(array, numba.intp, numba.int64), generate


@intrinsic
def _read(typingctx: Any, array: Any, at: Any) -> Any:
    """Atomically reads a number."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load_atomic(array_place(context, builder, signature, args, 0), "seq_cst", 8)

    return numba.int64(array, numba.intp), generate

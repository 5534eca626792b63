"""A thread pool for many small pieces of work, instead of OpenMP.

OpenMP's threads wait for each other before and after every operation. For small operations these barriers take
longer than the work itself, above all on a busy machine.
"""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController, threadpool_limits

_outside: ContextVar[int] = ContextVar("threads outside")


def threads() -> int:
    """How many threads torch uses outside of :func:`one_thread`."""
    import torch

    return _outside.get(0) or torch.get_num_threads()


@contextmanager
def one_thread() -> Iterator[None]:
    """Inside, torch and FAISS run single-threaded in the calling thread; other threads are not affected."""
    token = _outside.set(threads())
    try:
        with _limited():
            yield
    finally:
        _outside.reset(token)


def one_numpy_thread() -> AbstractContextManager[Any]:
    """Inside, numpy multiplies single-threaded in the whole process; without effect after another thread's limit.

    (OpenBLAS has one limit for all, which threadpoolctl lets one thread set as long as that thread lives.)

    For many products of a vector and a matrix: two threads gain little, and on a busy machine they wait for each other
    for ten times as long as one takes.
    """
    limit: AbstractContextManager[Any] = threadpool_limits(1, user_api="blas")
    return limit


def in_parallel(work: Callable[[int], None], count: int) -> None:
    """Calls ``work`` with ``0`` to ``count - 1``, each call single-threaded, on :func:`threads` threads.

    Returns when all have ended, or raises an exception that ``work`` raised.
    """
    import torch

    numbers = iter(range(count))
    inference = torch.is_inference_mode_enabled()

    def some() -> None:
        with torch.inference_mode(inference):
            for number in numbers:
                work(number)

    others = [_pool().submit(some) for _ in range(min(count, threads()) - 1)]
    try:
        with one_thread():
            some()
    finally:
        wait(others)
    for other in others:
        other.result()


def _limited() -> AbstractContextManager[Any]:
    """Limits OpenMP to one thread in the calling thread, from this call until the returned context ends."""
    import torch

    torch.get_num_threads()  # a thread's first call into torch would reset the number
    limit: AbstractContextManager[Any] = _openmp("faiss" in sys.modules).limit(limits=1)
    return limit


@cache
def _openmp(with_faiss: bool) -> Any:
    """The loaded OpenMP libraries. FAISS brings another, so the search is repeated once it is imported."""
    return ThreadpoolController().select(user_api="openmp")


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_name_prefix="pieces", initializer=_limited)

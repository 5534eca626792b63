"""The process's memory: allocating from the system, and returning what libraries no longer need."""

import contextlib
import ctypes
import math
import mmap
import os

import torch

_M_ARENA_MAX = -8  # of malloc.h


def hoard_less() -> None:
    """Limits how much memory oneDNN and glibc retain; call it before the first matrix product."""
    # oneDNN caches compiled code per product shape; attention has a new shape every 64 tokens.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "16")
    # glibc retains freed memory per arena, one for each thread; with a single arena threads would wait for each other.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def give_back() -> None:
    """Returns freed memory to the system; takes a millisecond."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def zero_pages(*size: int, dtype: torch.dtype, advice: str) -> torch.Tensor:
    """Zeros in untouched system pages, which take no memory until written; torch would write its own at once.

    Args:
        size: at least 1 in each dimension.
        advice: page size hint by its name in :mod:`mmap`; ignored where the system does not know it.
    """
    pages = mmap.mmap(-1, math.prod(size) * dtype.itemsize, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with contextlib.suppress(OSError, AttributeError):  # a kernel without huge pages, another system
        pages.madvise(getattr(mmap, advice))
    return torch.frombuffer(pages, dtype=dtype).view(size)

"""The process's memory: large room from the system, and what libraries no longer need back to it."""

import contextlib
import ctypes
import math
import mmap
import os

import torch

_M_ARENA_MAX = -8  # of malloc.h


def hoard_less() -> None:
    """Limits what oneDNN and glibc keep of memory that was freed; to be called before the first matrix product."""
    # oneDNN keeps compiled code for every shape of a product; attention has a new one every 64 tokens.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "16")
    # glibc keeps what each thread once used for that thread; with a single arena threads would wait for each other.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def give_back() -> None:
    """Returns to the system what was freed; takes a millisecond."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def zero_pages(*size: int, dtype: torch.dtype, advice: str) -> torch.Tensor:
    """Zeros that take no memory before they are written: pages of the system. torch would write its own at once.

    Args:
        size: at least 1 in each dimension.
        advice: how large the pages should be, by its name in :mod:`mmap`; followed where the system knows it.
    """
    pages = mmap.mmap(-1, math.prod(size) * dtype.itemsize, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with contextlib.suppress(OSError, AttributeError):  # a kernel without large pages, another system
        pages.madvise(getattr(mmap, advice))
    return torch.frombuffer(pages, dtype=dtype).view(size)

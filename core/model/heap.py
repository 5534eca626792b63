"""Makes libraries return memory that they no longer need to the system."""

import contextlib
import ctypes
import os

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

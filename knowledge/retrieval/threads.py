"""Threads for small work: to gather a team for one question takes longer than the question, above all under load."""

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController


def one_thread() -> AbstractContextManager[Any]:
    """Inside, torch and FAISS work in the calling thread alone; other threads keep their teams."""
    limit: AbstractContextManager[Any] = _openmp().limit(limits=1)
    return limit


@cache
def _openmp() -> Any:
    import faiss  # noqa: F401  # only libraries that are loaded are found
    import torch  # noqa: F401

    return ThreadpoolController().select(user_api="openmp")

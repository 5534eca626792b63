"""One question is worked on by one thread, and nobody else's number of threads changes."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
import torch

from knowledge.retrieval.index import VectorIndex
from knowledge.retrieval.threads import one_thread


def threads() -> tuple[int, int]:
    return torch.get_num_threads(), faiss.omp_get_max_threads()


@pytest.fixture(autouse=True)
def two_threads() -> Any:
    before = threads()
    torch.set_num_threads(2)
    faiss.omp_set_num_threads(2)
    yield
    torch.set_num_threads(before[0])
    faiss.omp_set_num_threads(before[1])


def test_inside_there_is_one_thread_and_afterwards_all() -> None:
    with one_thread():
        assert threads() == (1, 1)
    assert threads() == (2, 2)


def test_other_threads_keep_theirs() -> None:
    def its_own(_: int) -> tuple[int, int]:
        torch.set_num_threads(2)
        faiss.omp_set_num_threads(2)
        return threads()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(its_own, 0).result()
        with one_thread():
            assert pool.submit(threads).result() == (2, 2)


def test_a_search_takes_one_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    vectors = np.eye(4, dtype=np.float32)
    index = VectorIndex(vectors, tmp_path)
    flat = index._index

    class Watched:
        ntotal = flat.ntotal

        def search(self, query: Any, k: int) -> Any:
            seen.append(faiss.omp_get_max_threads())
            return flat.search(query, k)

    monkeypatch.setattr(index, "_index", Watched())
    assert index.nearest(vectors[2], 1).tolist() == [2]
    assert seen == [1]

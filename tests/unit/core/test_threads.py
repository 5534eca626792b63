"""One question is worked on by one thread, and nobody else's number of threads changes."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info

from core.threads import in_parallel, one_numpy_thread, one_thread
from knowledge.retrieval.index import VectorIndex


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


def test_a_thread_that_has_not_used_torch_is_limited_too() -> None:
    def first_use() -> tuple[int, int]:
        with one_thread():
            torch.ones(1000, 1000).sum()
            return threads()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(first_use).result() == (1, 1)


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


def test_pieces_are_each_done_once_by_a_single_thread() -> None:
    done: list[int] = []
    seen = set()

    def work(piece: int) -> None:
        done.append(piece)
        seen.add((torch.get_num_threads(), torch.is_inference_mode_enabled()))

    with torch.inference_mode():
        in_parallel(work, 100)
    in_parallel(done.append, 0)
    assert sorted(done) == list(range(100))
    assert seen == {(1, True)}
    assert threads() == (2, 2)


@pytest.mark.parametrize("bad", [0, 57, 99])
def test_what_a_piece_raises_is_raised(bad: int) -> None:
    def work(piece: int) -> None:
        if piece == bad:
            raise ValueError(str(piece))

    with pytest.raises(ValueError, match=str(bad)):
        in_parallel(work, 100)
    assert threads() == (2, 2)


def test_pieces_really_run_beside_each_other() -> None:
    both = threading.Barrier(2)
    in_parallel(lambda _: both.wait(60), 2)
    with one_thread():
        in_parallel(lambda _: both.wait(60), 2)


def test_when_one_piece_has_failed_none_goes_on() -> None:
    """Who fails may give the memory away that the others write to."""
    torch.set_num_threads(5)
    together, running = threading.Barrier(5, timeout=10), threading.Lock()

    def work(number: int) -> None:
        together.wait()
        if threading.current_thread() is threading.main_thread():
            return
        if not running.acquire(blocking=False):
            raise KeyError(number)
        time.sleep(0.05)
        running.release()

    for _ in range(5):  # the one that goes on may be the first that is waited for
        with pytest.raises(KeyError):
            in_parallel(work, 5)
        assert not running.locked()


def test_numpy_takes_one_thread_whoever_asks() -> None:
    def numpys() -> list[int]:
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    def inside() -> list[int]:
        with one_numpy_thread():
            return numpys()

    before = numpys()
    with ThreadPoolExecutor(1) as pool:
        for found in inside(), pool.submit(inside).result(), inside():
            assert set(found) == {1}
            assert numpys() == before

"""Pages a minute are of one core: what measures them holds every library to one thread."""

from typing import Any, cast

import numpy as np
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from benchmarks.texts import pages_per_minute
from knowledge.medical.findings import FindingRecognizer


class Watching:
    """Stands in for the recogniser, works in numpy and torch, and counts the threads of the libraries that it meets."""

    def __init__(self) -> None:
        self.met: list[set[int]] = []

    def read(self, text: str, *, source: str) -> None:
        self.met.append(_threads())
        square = np.ones((50, 50))
        square @ square
        torch.ones(50, 50) @ torch.ones(50, 50)


def test_nothing_works_in_a_second_thread() -> None:
    texts = ["Fever and cough. " * 50] * 3
    torch.get_num_threads()  # its first call would set the number anew
    with threadpool_limits(limits=2):
        assert _threads() == {2}
        watching = Watching()
        recognizer = cast(FindingRecognizer, watching)
        assert pages_per_minute(recognizer, texts) > 0
        assert watching.met[-len(texts) :] == [{1}] * len(texts)
        assert _threads() == {2}, "as it was before"


def _threads() -> set[Any]:
    return {library["num_threads"] for library in threadpool_info()}

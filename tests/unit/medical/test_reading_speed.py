"""Pages a minute are of one core: what measures them holds every library to one thread."""

import json
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from benchmarks.diagnosis import score_recognizer
from benchmarks.entities import pages_per_minute
from knowledge.medical.entities import FindingRecognizer
from knowledge.medical.knowledge import MedicalKnowledge


class Watching:
    """Stands in for the recogniser, works in numpy and torch, and counts the threads of the libraries that it meets."""

    def __init__(self) -> None:
        self.met: list[set[int]] = []

    def read(self, text: str, *, source: str) -> None:
        self.mentions(text)

    def mentions(self, text: str) -> tuple[()]:
        self.met.append({library["num_threads"] for library in threadpool_info()})
        square = np.ones((50, 50))
        square @ square
        torch.ones(50, 50) @ torch.ones(50, 50)
        return ()


def test_nothing_works_in_a_second_thread(medical: MedicalKnowledge, tmp_path: Path) -> None:
    texts = ["Fever and cough. " * 50] * 3
    path = tmp_path / "texts.jsonl"
    path.write_text("".join(json.dumps({"text": text, "findings": []}) + "\n" for text in texts), "utf-8")
    torch.get_num_threads()  # its first call would set the number anew
    with threadpool_limits(limits=2):
        assert _threads() == {2}
        watching = Watching()
        recognizer = cast(FindingRecognizer, watching)
        assert pages_per_minute(recognizer, texts) > 0
        assert watching.met[-len(texts) :] == [{1}] * len(texts)
        assert score_recognizer(recognizer, medical, path)["pages_per_minute"] > 0
        assert watching.met[-len(texts) :] == [{1}] * len(texts)
        assert _threads() == {2}, "as it was before"


def _threads() -> set[Any]:
    return {library["num_threads"] for library in threadpool_info()}

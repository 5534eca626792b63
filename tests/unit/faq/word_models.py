"""Embedders that count words, and libraries that are searched with them."""

import hashlib
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np

from knowledge.faq.search import FaqSearch
from knowledge.faq.sources import Entry
from knowledge.retrieval.embed import Embedders, Vectors

MEANINGS = {"card": "卡", "lost": "丢", "transfer": "转账", "fee": "费"}


class Words:
    """A text is the sum of its words; Chinese words that :data:`MEANINGS` knows count as their English ones."""

    def __init__(self, name: str, *, chinese: bool) -> None:
        self.name = name
        self._chinese = chinese
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        vectors = np.full((len(texts), 64), 1e-3, np.float32)
        for row, text in enumerate(texts):
            words = re.findall(r"[a-z]+", text.lower())
            if self._chinese:
                words += [english for english, chinese in MEANINGS.items() if chinese in text]
            for word in words:
                vectors[row, hashlib.sha256(word.encode()).digest()[0] % 64] += 1
        normal: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return normal


def entry(name: str, language: str, *questions: str, answer: str = "Answer.") -> Entry:
    return Entry.model_validate(
        {"id": name, "language": language, "questions": questions, "answer": answer, "updated": date(2026, 1, 1)}
    )


def models() -> Embedders:
    return Embedders(
        english=Words("bge-small-en", chinese=False),
        chinese=Words("multilingual-e5-small", chinese=True),
        multilingual=Words("use-multilingual-v3", chinese=True),
    )


def library(cache: Path, *entries: Entry) -> FaqSearch:
    return FaqSearch(entries, embedders=models(), cache=cache)

"""Reads the public question sets from ``R1_DATA`` and turns them into libraries."""

import csv
import functools
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from core.hub import ModelHub
from core.settings import load_settings
from knowledge.faq.sources import Entry
from knowledge.retrieval.cross_encoder import BASES, CrossEncoder
from knowledge.retrieval.embed import (
    BgeSmall,
    Embedder,
    Embedders,
    MultilingualE5,
    MultilingualUSE,
    Vectors,
    encode_once,
)
from knowledge.retrieval.spelling import everyday_words

CACHE = Path("build/bench-faq")
"""Cache of vectors between runs."""

SHARED_WITH_BANKING77 = {"exchange_rate"}
"""Intents of CLINC150, besides the banking domains, that are never used for fitting."""
_OF_A_BANK = {"banking", "credit_cards"}
_KEPT_OUT = {"small_talk", "travel", "utility", "work"}

Labelled = tuple[str, str]
"""A text and its intent."""


class Remembered:
    """An embedder that can encode a benchmark's texts in bulk before they are asked one by one.

    Args:
        name: the embedder's.
        load: loads it, which takes seconds; not called if every text is known.
    """

    def __init__(self, name: str, load: Callable[[], Embedder]) -> None:
        self.name = name
        self.model = functools.cache(load)
        self._known: dict[str, Vectors] = {}

    def prepare(self, texts: Iterable[str]) -> None:
        """Encodes many texts at once."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known |= dict(zip(new, encode_once(_Late(self), new, CACHE), strict=True))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See :class:`knowledge.retrieval.embed.Embedder`."""
        if not texts:
            return self.model().encode(texts)
        self.prepare(texts)
        return np.stack([self._known[text] for text in texts])


class _Late:
    """The underlying embedder, loaded on first use."""

    def __init__(self, behind: Remembered) -> None:
        self.name, self._behind = behind.name, behind

    def encode(self, texts: Sequence[str]) -> Vectors:
        return self._behind.model().encode(texts)


Models = tuple[Remembered, Remembered, Remembered]
"""The English, the Chinese and the multilingual model."""


def embedders() -> Models:
    """The shipped models."""
    hub = ModelHub(load_settings().home)
    return (
        Remembered(BgeSmall.name, lambda: BgeSmall(hub.folder(BgeSmall.name))),
        Remembered(MultilingualE5.name, lambda: MultilingualE5(hub.folder(MultilingualE5.name))),
        Remembered(MultilingualUSE.name, MultilingualUSE),
    )


@functools.cache
def judges() -> tuple[CrossEncoder, CrossEncoder]:
    """The shipped cross-encoders, English and Chinese."""
    hub = ModelHub(load_settings().home)
    return CrossEncoder(hub.folder(BASES["en"]), "en"), CrossEncoder(hub.folder(BASES["zh"]), "zh")


def together(models: Models) -> Embedders:
    """The models and cross-encoders in the form that a search takes."""
    return Embedders(*models, *judges())


def everyday() -> frozenset[str]:
    """The everyday words with which the shipped search corrects spelling."""
    return everyday_words(ModelHub(load_settings().home).folder(BgeSmall.name))


def entry(id: str, language: str, questions: Sequence[str], answer: str) -> Entry:
    """An entry like a company's."""
    fields = {"id": id, "language": language, "questions": tuple(questions), "answer": answer}
    return Entry.model_validate({**fields, "updated": date(2026, 1, 1)})


def intents(library: Mapping[str, Sequence[str]]) -> list[Entry]:
    """A library of intents, which have wordings but no answer: their name replaces it."""
    return [
        entry(f"intent-{number}", "en", questions, name.replace("_", " "))
        for number, (name, questions) in enumerate(library.items())
    ]


def wordings(pairs: Iterable[Labelled], most: int) -> dict[str, list[str]]:
    """Up to ``most`` random texts of each intent."""
    shuffled = list(pairs)
    random.Random(0).shuffle(shuffled)
    found: dict[str, list[str]] = defaultdict(list)
    for text, intent in shuffled:
        if text.strip() and len(found[intent]) < most and text not in found[intent]:
            found[intent].append(text)
    return dict(sorted(found.items()))


def banking77(folder: Path, part: str) -> list[Labelled]:
    """The texts of ``train.csv`` or ``test.csv``."""
    with (folder / f"{part}.csv").open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["category"]) for row in csv.DictReader(file)]


def sequences(folder: Path, name: str) -> list[Labelled]:
    """The texts of ``NAME.seq.in`` with the intents of ``NAME.label``."""
    return list(zip(lines(folder / f"{name}.seq.in"), lines(folder / f"{name}.label"), strict=True))


def clinc150(folder: Path) -> dict[str, list[Labelled]]:
    """Texts with their intents, by part."""
    parts = json.loads((folder / "data.json").read_text("utf-8"))
    return {part: [(text, intent) for text, intent in pairs] for part, pairs in parts.items()}


def clinc_domains(folder: Path) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """CLINC150's domains with their intents: those for fitting, and the held-out ones; no banking domains."""
    domains = json.loads((folder / "domains.json").read_text("utf-8"))
    fitting = {name: intents for name, intents in domains.items() if name not in _OF_A_BANK | _KEPT_OUT}
    return fitting, {name: domains[name] for name in sorted(_KEPT_OUT)}


def lines(path: Path) -> list[str]:
    """A file's lines."""
    return path.read_text("utf-8").removesuffix("\n").split("\n")

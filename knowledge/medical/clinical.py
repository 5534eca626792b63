"""Diseases, drugs with their dose, and procedures in English notes, linked where that is safe.

A disease or drug is what the trained recogniser marks. A disease is linked to ICD-10-CM and a drug to its ingredient
only when its very words, by stem, are a name in the tables of :mod:`.lexicon`; there is no nearest match.
"""

import gzip
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from core.errors import InputTooLargeError, KnowledgeError

from .characters import plain
from .context import contexts
from .lexicon import FOLDER, Kind, shipped_lexicon
from .rules import Assertion
from .stems import stem

MAX_CHARACTERS = 1_000_000

_DOSE = re.compile(
    r"[ ,:(]{0,3}(?P<dose>\d+(?:[.,]\d+)?(?:\s?[-/]\s?\d+(?:\.\d+)?)?\s?(?:mg|mcg|[µμ]g|g|kg|ml|mL|units?|IU|mmol|mEq|"
    r"%|puffs?|tablets?|tabs?|capsules?|drops?)(?:/(?:kg|day|d|h|ml|mL))?)?"
    r"(?P<rest>[^.;\n]{0,20}?(?P<often>\b(?:once|twice|three times|four times) (?:a day|daily|a week|weekly)|\bdaily\b|"
    r"\bevery \d+ (?:hours|days)|\bq\.?\s?\d{1,2}\s?h|\b(?:[bqt]\.?i\.?d|q\.?d|q\.?h\.?s|p\.?r\.?n|o\.?d)\b\.?|"
    r"\bat (?:night|bedtime)|\bas needed|\bweekly))?"
)
_PROCEDURE = re.compile(
    r"(?<!\w)(?:(?:CT|MRI|PET|MR|ECG|EKG|EEG|EMG|ERCP|PCI|CABG|TURP)(?: (?:scan|angiogra(?:m|phy)|of the \w+))?|"
    r"[A-Za-z]{3,}(?:ectomy|otomy|ostomy|plasty|oscopy|centesis|ography|ogram|desis|pexy|opexy)|"
    r"(?:(?:bone marrow|liver|kidney|skin|renal|lung|lymph node) )?biops(?:y|ies)|lumbar puncture|ultrasound|x-?rays?|"
    r"(?:chest|abdominal) (?:radiograph|film)s?|h[a]?emodialysis|dialysis|transfusions?|intubat(?:ion|ed)|"
    r"(?:cardiac |urinary )?catheteri[sz]ation|(?:coronary |gastric )?bypass|stent(?:ing)?|pacemaker(?: implantation)?|"
    r"(?:kidney|liver|heart|lung|bone marrow|renal|stem cell) transplant(?:ation)?|chemotherapy|radiotherapy|"
    r"radiation therapy|c(?:a)?esarean(?: section)?|amputation|(?:hip|knee) replacement|vaccination)(?!\w)",
    re.IGNORECASE,
)
_CONTRACTED = re.compile("(?:has|have|had|is|was|are|were|do|does|did|could|would|should)n", re.IGNORECASE)  # n't
_NO_PROCEDURE = re.compile(r"(?:program|telegram|diagram|anatomy|histogram|kilogram)s?", re.IGNORECASE)


class EntityKind(StrEnum):
    """What an entity is."""

    DISEASE = "disease"
    DRUG = "drug"
    PROCEDURE = "procedure"


@dataclass(frozen=True, slots=True)
class Entity:
    """A place in a text that names a disease, a drug or a procedure.

    Attributes:
        start, end: character offsets.
        assertion, cue: what the words around say; see :class:`~knowledge.medical.context.Context`.
        code: ICD-10-CM of a disease; empty when its words are no name there.
        name: what the table calls it: description of the code, or ingredient of the drug; empty when it is not known.
        dose, often: of a drug, verbatim; empty when not stated.
    """

    kind: EntityKind
    start: int
    end: int
    assertion: Assertion
    cue: str
    code: str = ""
    name: str = ""
    dose: str = ""
    often: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    kind: EntityKind
    start: int
    end: int
    words: tuple[str, ...]


class EntityRecognizer:
    """Reads entities from notes. Built once (a second or two), then safe to share between threads.

    Raises:
        KnowledgeError: the model folder is missing or torn.
    """

    def __init__(self) -> None:
        from .ner_model import add_trained  # spaCy is slow to import
        from .pipeline import blank

        self._lexicon = shipped_lexicon()
        self._lock = threading.Lock()
        self._pipeline: Any = blank(MAX_CHARACTERS)
        try:
            add_trained(self._pipeline)
        except (OSError, ValueError) as error:
            raise KnowledgeError(
                f"The recogniser cannot be read ({type(error).__name__})", hint="Install the suite again"
            ) from None

    def read(self, text: str) -> tuple[Entity, ...]:
        """Entities in the order of the text, none overlapping.

        Raises:
            InputTooLargeError: more than 1,000,000 characters.
        """
        if len(text) > MAX_CHARACTERS:
            raise InputTooLargeError(
                f"The text has {len(text):,} characters; the limit is {MAX_CHARACTERS:,}",
                hint="Split it into documents",
            )
        places = _without_overlap([*self._marked(text), *_procedures(text)])
        said = contexts(text, [(place.start, place.end) for place in places])
        return tuple(self._entity(text, place, c.assertion, c.cue) for place, c in zip(places, said, strict=True))

    def _marked(self, text: str) -> Iterator[_Place]:
        kinds = {"Disease": EntityKind.DISEASE, "Chemical": EntityKind.DRUG}
        with self._lock, self._pipeline.memory_zone():
            doc = self._pipeline(plain(text))
            places = [
                _Place(kinds[ent.label_], ent.start_char, ent.end_char, tuple(t.text for t in ent if not t.is_space))
                for ent in doc.ents
                if not _CONTRACTED.fullmatch(ent.text)
            ]
        yield from places

    def _entity(self, text: str, place: _Place, assertion: Assertion, cue: str) -> Entity:
        code = name = dose = often = ""
        if place.kind is EntityKind.DISEASE:
            code, name = icd10cm(place.words) or self._by_canonical(place.words)
        elif place.kind is EntityKind.DRUG:
            name = self._lexicon.canonical(place.words, Kind.DRUG)
            match = _DOSE.match(text, place.end)
            if match is not None:
                dose, often = match["dose"] or "", match["often"] or ""
        return Entity(place.kind, place.start, place.end, assertion, cue, code, name, dose.strip(), often.strip())

    def _by_canonical(self, words: tuple[str, ...]) -> tuple[str, str]:
        """The code of another name of the same disease; else no code and what the lexicon calls it."""
        canonical = self._lexicon.canonical(words, Kind.DISEASE)
        found = icd10cm(tuple(re.findall(r"\w+|[^\w\s]", canonical))) if canonical else None
        return found or ("", canonical)


def icd10cm(words: tuple[str, ...]) -> tuple[str, str] | None:
    """Code and description of ICD-10-CM (April 2026) that these words are, by stem; None when they are none."""
    return _codes().get(" ".join(stem(word) for word in words))


def icd10cm_names() -> Iterator[str]:
    """The stems of every description and included term of ICD-10-CM, joined by blanks."""
    return iter(_codes())


@cache
def _codes() -> dict[str, tuple[str, str]]:
    path = FOLDER / "icd10cm.tsv.gz"
    try:
        lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise KnowledgeError(
            f"{path.name} cannot be read ({type(error).__name__})", hint="Install the suite again"
        ) from None
    return {stems: (code, description) for stems, code, description in (line.split("\t") for line in lines)}


def _procedures(text: str) -> Iterator[_Place]:
    for match in _PROCEDURE.finditer(text):
        if not _NO_PROCEDURE.fullmatch(match[0]):
            yield _Place(EntityKind.PROCEDURE, match.start(), match.end(), (match[0],))


def _without_overlap(places: list[_Place]) -> list[_Place]:
    kept: list[_Place] = []
    for place in sorted(places, key=lambda p: (p.start, p.start - p.end)):
        if not kept or place.start >= kept[-1].end:
            kept.append(place)
    return kept

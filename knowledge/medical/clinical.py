"""Diseases, drugs with their dose, and procedures in English and Chinese notes, linked where that is safe.

A disease or drug is what our own tables name (:mod:`.known_names`) or, in English, what the trained recogniser marks. A
disease is linked to ICD-10-CM and a drug to its ingredient only when its very words, by stem, are a name in a table;
there is no nearest match.
"""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from core.errors import KnowledgeError

from .characters import plain
from .context import contexts
from .cue_rules import Assertion
from .entities import MAX_CHARACTERS, check_length
from .known_names import known_names
from .lexicon import Kind, read_table, shipped_lexicon
from .procedures import procedures, said_of_procedure
from .stems import stem

_DOSE = re.compile(
    r"[ ,:(]{0,3}(?P<dose>\d+(?:[.,]\d+)?(?:\s?[-/]\s?\d+(?:\.\d+)?)?\s?(?:mg|mcg|[µμ]g|g|kg|ml|mL|units?|IU|mmol|mEq|"
    r"%|puffs?|tablets?|tabs?|capsules?|drops?|[片粒支滴喷])(?:/(?:kg|day|d|h|ml|mL))?)?"
    r"(?P<rest>,?[^.,;，。；\n\d]{0,20}?(?P<often>"
    r"(?i:\b(?:once|twice|three times|four times) (?:a day|daily|a week|weekly)|\bdaily\b|"
    r"\bevery \d+ (?:hours|days)|\bq\.?\s?\d{1,2}\s?h|\b(?:[bqt]\.?i\.?d|q\.?d|q\.?h\.?s|p\.?r\.?n|o\.?d)\b\.?|"
    r"\bat (?:night|bedtime)|\bas needed|\bweekly)|每[日天晚周](?:\s?[一二两三四1-4]次)?|必要时))?"
)
_CONTRACTED = re.compile("(?:has|have|had|is|was|are|were|do|does|did|could|would|should)n", re.IGNORECASE)  # n't
_NO_ENTITY = re.compile(
    r"allerg(?:y|ies|ic)|[bqt]\.?i\.?d\.?|q\.?d\.?|q\.?h\.?s\.?|p\.?r\.?n\.?|o\.?d\.?|stat|NK?DA|"
    r"K|Na|Cl|Mg|Ca|PO4|HCO3|creatinine|urea|glucose|sodium|potassium|lactate|bilirubin|cholesterol|urate|alcohol|ethanol",
    re.IGNORECASE,
)
"""What the recogniser marks as well: heads, how often, and what is measured."""
_ALLERGIC = re.compile(
    r"(?:(?:allerg(?:ic|y|ies)|intoleran(?:t|ce|ces)|hypersensitiv\w+|adverse (?:drug )?reactions?|anaphyla\w+)"
    r"(?:\s+(?:to|of)\b|\s*[:=])|过敏史?[:：])(?!.*(?:NKD?A|none|\bnil\b|takes|taking|given|treated|started))"
    r"[^.;:。；：\n]{0,40}$",
    re.IGNORECASE,
)
_IS_ALLERGIC = re.compile(
    r"[ -]?(?:allerg|intoleran|hypersensitiv|(?:[、和及][^，。；、]{1,8}){0,3}过敏|"
    r"[(（](?:rash|hives|anaphyla|皮疹|过敏))",
    re.IGNORECASE,
)
_AROUND = 60  # characters before a drug in which it may be said that it is not tolerated
_LATIN_SHARE = 0.5  # of the letters of a text that the recogniser can read


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
        is_allergy: whether a drug is named as one that the patient does not tolerate.
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
    is_allergy: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    kind: EntityKind
    start: int
    end: int
    words: tuple[str, ...] = ()
    code: str = ""
    name: str = ""


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
        check_length(text)
        places = _without_overlap([*_known(text), *self._marked(text), *_procedures(text)])
        said = contexts(text, [(place.start, place.end) for place in places])
        return tuple(self._entity(text, place, c.assertion, c.cue) for place, c in zip(places, said, strict=True))

    def _marked(self, text: str) -> Iterator[_Place]:
        """What the recogniser marks; nothing where it would see hardly a word that it can read."""
        letters = [character for character in text if character.isalpha()]
        if sum(map(str.isascii, letters)) < _LATIN_SHARE * len(letters):
            return
        kinds = {"Disease": EntityKind.DISEASE, "Chemical": EntityKind.DRUG}
        with self._lock, self._pipeline.memory_zone():
            doc = self._pipeline(plain(text))
            places = [
                _Place(kinds[ent.label_], ent.start_char, ent.end_char, tuple(t.text for t in ent if not t.is_space))
                for ent in doc.ents
                if not (_CONTRACTED.fullmatch(ent.text) or _NO_ENTITY.fullmatch(ent.text))
            ]
        yield from places

    def _entity(self, text: str, place: _Place, assertion: Assertion, cue: str) -> Entity:
        code, name, dose, often, allergy = place.code, place.name, "", "", False
        if place.kind is EntityKind.DISEASE and place.words:
            code, name = icd10cm(place.words) or self._by_canonical(place.words)
        elif place.kind is EntityKind.PROCEDURE:
            assertion, cue = said_of_procedure(text, place.start, place.end, assertion, cue)
        if place.kind is EntityKind.DRUG:
            name = name or self._lexicon.canonical(place.words, Kind.DRUG)
            match = _DOSE.match(text, place.end)
            if match is not None:
                dose, often = (match["dose"] or "").strip(), (match["often"] or "").strip().removesuffix(".")
            before = text[max(0, place.start - _AROUND) : place.start]
            allergy = bool(_ALLERGIC.search(before) or _IS_ALLERGIC.match(text, place.end))
        return Entity(place.kind, place.start, place.end, assertion, cue, code, name, dose, often, allergy)

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
    return {stems: (code, description) for stems, code, description in read_table("icd10cm")}


@cache
def _categories() -> dict[str, str]:
    """Descriptions of the categories of ICD-10-CM: codes of three characters."""
    return {code: description for code, description in _codes().values() if len(code) == 3}


def _known(text: str) -> Iterator[_Place]:
    for found in known_names(text):
        if found.kind is Kind.DRUG:
            yield _Place(EntityKind.DRUG, found.start, found.end, name=found.name)
            continue
        words = tuple(re.findall(r"\w+|[^\w\s]", text[found.start : found.end]))
        code, name = icd10cm(words) or (found.code, _categories().get(found.code, found.name))
        yield _Place(EntityKind.DISEASE, found.start, found.end, code=code, name=name)


def _procedures(text: str) -> Iterator[_Place]:
    return (_Place(EntityKind.PROCEDURE, start, end) for start, end in procedures(text))


def _without_overlap(places: list[_Place]) -> list[_Place]:
    kept: list[_Place] = []
    for place in sorted(places, key=lambda p: (p.start, p.start - p.end)):
        if not kept or place.start >= kept[-1].end:
            kept.append(place)
    return kept

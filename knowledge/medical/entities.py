"""Diseases, drugs with their dose, and procedures in English and Chinese notes, linked where that is safe.

Diseases and drugs are found by our own tables (:mod:`.notes.words.known_names`) or, in English, by the trained
recogniser. A disease is linked to ICD-10-CM and a drug to its ingredient only if its exact words, by stem, are a name
in a table; there is no nearest match.
"""

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from core.errors import KnowledgeError

from .case import Side
from .findings import MAX_CHARACTERS, check_length
from .icd10cm import categories, icd10cm
from .lexicon import TOKEN, NameKind, shipped_lexicon
from .notes.characters import plain
from .notes.context.assertion import Context, contexts
from .notes.context.cue_rules import Assertion
from .notes.context.cues_persons import PERSON_RULES
from .notes.context.site import site_of
from .notes.words.drug_notes import allergy_lists, dose_of, is_not_tolerated, said_of_drug
from .notes.words.known_names import is_measured, known_names
from .notes.words.misspellings import misspellings
from .notes.words.procedures import procedures, said_of_procedure
from .notes.words.valves import valve_lesions

_CONTRACTED = re.compile("(?:has|have|had|is|was|are|were|do|does|did|could|would|should)n", re.IGNORECASE)  # n't
_NO_ENTITY = re.compile(
    r"allerg(?:y|ies|ic)|[bqt]\.?i\.?d\.?|q\.?d\.?|q\.?h\.?s\.?|p\.?r\.?n\.?|o\.?d\.?|stat|NK?DA|NAD|nappies|mediastinum|"
    r"NO|feel(?:s|ing)?|ha?emoly[sz]ed|"
    r"K|Na|Cl|Mg|Ca|PO4|HCO3|creatinine|urea|glucose|sodium|potassium|lactate|bilirubin|cholesterol|urate|alcohol|ethanol",
    re.IGNORECASE,
)
"""False positives of the recogniser: headings, dosing frequencies, measured quantities."""
_PERSONS = [rule.regex for rule in PERSON_RULES if isinstance(rule.effect, Assertion) and not rule.backward]
_SOMETHING_ELSE = re.compile(
    r"(?:(?:ST|PR|CNS|respiratory|marrow|reciprocal) ?depression|"
    r"depression (?:in )?(?:I{1,3}\b|aV[LRF]|V[1-6])|(?:surgical|subcutaneous) emphysema|"
    r"GBS (?:\+|pos|neg|carri|coloni|bacteriuria|screen|swab|status|prophyla)|"
    r"(?i:stroke (?:volume|unit|team|ward|scale|index|clinic|nurse|"
    r"rehab\w*|consultant|physician|registrar|service|pathway|"
    r"prevention|association)\b)|"
    r"PICA(?=\s(?:territor|infarct|stroke|aneurysm|occlu|thromb|distribution|syndrome))|"  # an artery
    # room air, on air; elsewhere they are diseases of joints
    r"(?:%(?: on| in)?|\b(?:[4-9]\d|100) on) ?RA\b|"
    r"(?:%(?: on)?|\b(?:[4-9]\d|100) on|\b(?:sats?|SpO2) (?:[4-9]\d|100)) ?(?:RA|OA)"
    r"(?=\s*(?:[,.;)\n]|$)|\s(?:HR|BP|RR|T|P|GCS|NEWS)\b))"
)
_TESTED = re.compile(
    r"(?: (?:test|PCR|antigen|film|serology|screen|antibod(?:y|ies)|swab)){0,2} (?:was |is )?"
    r"(?:negative|non-?reactive|immune)\b",
    re.IGNORECASE,
)
"""Words after a disease that was tested for and not found."""
_SHORT = 4  # letters of short capitals, of which notes have hundreds: "HPC", "AXR"
_SHORT_NAMES = frozenset(["ARB", "DM", "ICH", "RCC", "TBI", "VT"])  # in no table, yet unambiguous
_LATIN_SHARE = 0.5  # least share of Latin letters in a text that the recogniser can read


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
        assertion, cue: what the words around say; see :class:`~knowledge.medical.notes.context.assertion.Context`.
        code: ICD-10-CM of a disease; empty when its words are no name there.
        name: its name in the table: description of the code, or ingredient of the drug; empty if unknown.
        dose, often: of a drug, verbatim; empty when not stated.
        is_allergy: whether a drug is named as one that the patient does not tolerate.
        side: of a disease or procedure, if the adjacent words state it.
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
    side: Side | None = None


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
        KnowledgeError: the model folder is missing or corrupt.
    """

    def __init__(self) -> None:
        from .notes.pipeline import blank
        from .notes.words.ner_model import add_trained  # spaCy is slow to import

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
        normal = plain(text)
        others = [match.span() for match in _SOMETHING_ELSE.finditer(normal)]
        places = [
            place
            for place in _without_overlap(
                [*_known(normal), *_valves(normal), *self._marked(normal), *_procedures(normal)]
            )
            if not any(start <= place.start < end for start, end in others)
        ]
        said = contexts(text, [(place.start, place.end) for place in places])
        ends = [*(place.start for place in places[1:]), len(text)]
        allergies = list(allergy_lists(normal))
        return tuple(
            entity
            for place, until, context in zip(places, ends, said, strict=False)
            if not _is_junk(entity := self._entity(normal, place, until, context, allergies), place, normal)
        )

    def _marked(self, text: str) -> Iterator[_Place]:
        """Entities that the recogniser marks; none in a text with too few Latin letters."""
        letters = [] if text.isascii() else [character for character in text if character.isalpha()]
        if sum(map(str.isascii, letters)) < _LATIN_SHARE * len(letters):
            return
        kinds = {"Disease": EntityKind.DISEASE, "Chemical": EntityKind.DRUG}
        with self._lock, self._pipeline.memory_zone():
            doc = self._pipeline(text)
            places = [
                _Place(kinds[ent.label_], ent.start_char, ent.end_char, _meant(t.text for t in ent if not t.is_space))
                for ent in doc.ents
                if not (_CONTRACTED.fullmatch(ent.text) or _NO_ENTITY.fullmatch(ent.text) or _is_person(ent.text))
                and not (ent.label_ == "Chemical" and is_measured(text, ent.start_char, ent.end_char))
            ]
        yield from places

    def _entity(
        self, text: str, place: _Place, until: int, context: Context, allergies: Sequence[tuple[int, int]]
    ) -> Entity:
        span, code, name = (place.start, place.end), place.code, place.name
        assertion, cue = context.assertion, context.cue
        dose = often = ""
        allergy = False
        side = None if place.kind is EntityKind.DRUG else site_of(text, *span).side
        if place.kind is EntityKind.DISEASE:
            if place.words:
                code, name = icd10cm(place.words) or self._by_canonical(place.words)
            if match := _TESTED.match(text, place.end):
                assertion, cue = Assertion.NEGATED, match[0].strip()
        elif place.kind is EntityKind.PROCEDURE:
            assertion, cue = said_of_procedure(text, *span, assertion, cue)
        else:
            name = name or self._lexicon.canonical(place.words, NameKind.DRUG)
            assertion, cue = said_of_drug(text, *span, assertion, cue)
            allergy = is_not_tolerated(text, *span, name, allergies)
            if not allergy:
                dose, often = dose_of(text, place.end, until)
        return Entity(place.kind, *span, assertion, cue, code, name, dose, often, allergy, side)

    def _by_canonical(self, words: tuple[str, ...]) -> tuple[str, str]:
        """Code and name by another name of the same disease, or no code and the lexicon's name."""
        canonical = self._lexicon.canonical(words, NameKind.DISEASE)
        found = icd10cm(tuple(TOKEN.findall(canonical))) if canonical else None
        return found or ("", canonical)


def _known(text: str) -> Iterator[_Place]:
    for found in known_names(text):
        if found.kind is NameKind.DRUG:
            yield _Place(EntityKind.DRUG, found.start, found.end, name=found.name)
            continue
        words = _meant(TOKEN.findall(text, found.start, found.end))
        code, name = icd10cm(words) or (found.code, found.code and categories().get(found.code, found.name))
        yield _Place(EntityKind.DISEASE, found.start, found.end, code=code, name=name)


def _valves(text: str) -> Iterator[_Place]:
    """Two-letter abbreviations of valve lesions, as entities of their full names."""
    for start, end, name in valve_lesions(text):
        named = next(_known(name), _Place(EntityKind.DISEASE, 0, 0, tuple(name.split())))
        yield replace(named, start=start, end=end)


def _meant(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(misspellings().corrected(tuple(words)))


def _is_junk(entity: Entity, place: _Place, text: str) -> bool:
    """Whether only the recogniser marked short capitals: they are in no table, without a dose and not defined."""
    mark = text[entity.start : entity.end]
    is_known = not place.words or entity.code or entity.name or entity.dose or f"({mark})" in text
    return not is_known and mark.isupper() and len(mark) <= _SHORT and mark not in _SHORT_NAMES


def _is_person(words: str) -> bool:
    """Whether the words end with a person: the lexicon lists some as diseases, but as an entity one is no cue."""
    return any(match.end() == len(words) for regex in _PERSONS for match in regex.finditer(words))


def _procedures(text: str) -> Iterator[_Place]:
    return (_Place(EntityKind.PROCEDURE, start, end) for start, end in procedures(text))


def _without_overlap(places: list[_Place]) -> list[_Place]:
    """Of overlapping places, drugs of our tables win, then the earlier, then the longer one."""
    kept: list[_Place] = []
    taken = bytearray(max((place.end for place in places), default=0))
    for place in sorted(places, key=lambda p: (not (p.kind is EntityKind.DRUG and p.name), p.start, p.start - p.end)):
        if not any(taken[place.start : place.end]):
            taken[place.start : place.end] = b"\1" * (place.end - place.start)
            kept.append(place)
    return sorted(kept, key=lambda place: place.start)

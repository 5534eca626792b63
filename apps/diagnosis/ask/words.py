"""The vocabulary of questions: what can be asked about, and how it is found in names and sentences."""

import functools
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from core.files import packaged
from knowledge.medical.common import load_common
from knowledge.medical.drugs import load_drugs
from knowledge.medical.stems import stem
from knowledge.retrieval.language import HAN, Language, simplified

_GUESSED_FROM = 5  # letters of the shortest word that may be misspelt
_TWO_SLIPS_FROM = 9  # letters
_NO_SLIPS = frozenset({"inhale", "inhaled", "inhales"})  # similar to "inhaler"


class SubjectKind(StrEnum):
    """What a word of a question names."""

    VALUE = "value"
    DRUG = "drug"
    DRUG_CLASS = "class"
    VACCINE = "vaccine"
    PROCEDURE = "procedure"
    HABIT = "habit"
    CONDITION = "condition"
    WORDS = "words"
    """Words in none of the tables."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something a question asks about.

    Attributes:
        name: in English, to identify subjects and for display.
        words: all wordings of it, plain (:func:`plain`).
        codes: LOINC codes of a value.
        findings: codes that it stands for.
        guessed: it was recognised despite its spelling.
    """

    kind: SubjectKind
    name: str
    words: tuple[str, ...]
    codes: frozenset[str] = frozenset()
    findings: frozenset[str] = frozenset()
    guessed: bool = False

    def name_in(self, language: Language) -> str:
        """Its display name."""
        chinese = next((word for word in self.words if HAN.search(word)), "")
        return chinese if language == "zh" and chinese else self.name

    def is_in(self, text: str) -> bool:
        """Whether a text has one of the words; for :attr:`SubjectKind.WORDS`, all of them."""
        if self.kind is SubjectKind.WORDS:
            return _has_all(plain(text), self.words)
        return bool(_pattern(self.words).search(plain(text)))


@dataclass(frozen=True, slots=True)
class Named:
    """A span of a question that names subjects; the same words may mean a vaccine and a condition."""

    start: int
    end: int
    subjects: tuple[Subject, ...]


def plain(text: str) -> str:
    """Lower case, simplified Chinese, full-width characters as half-width ones."""
    return simplified(unicodedata.normalize("NFKC", text)).casefold().replace("’", "'")


def named_in(question: str) -> list[Named]:
    """What a plain question names: longest matches, without overlap, in the order of the question."""
    table, regex = _table()
    return [Named(match.start(), match.end(), table[_known(match[0], table)]) for match in regex.finditer(question)]


@functools.cache
def shorthand() -> dict[str, str]:
    """Abbreviations allowed in a question without other unknown words, each with its plain full name."""
    rows = (row for rows in _subjects().values() for row in rows)
    return {short: plain(row["en"][0]) for row in rows for short in row.get("short", ())}


def guess(word: str) -> tuple[Subject, ...]:
    """What a misspelled English word most likely names, with one slip or two in a long word; empty if unclear.

    The first letter must be right: "group" is not croup.
    """
    if len(word) < _GUESSED_FROM or not word.isascii() or word in _not_misspelt() | _NO_SLIPS:
        return ()
    slips = 2 if len(word) >= _TWO_SLIPS_FROM else 1
    table, _ = _table()
    near: dict[int, list[str]] = {}
    for known in _single_words():
        if (
            known[0] == word[0]
            and abs(len(known) - len(word)) <= slips
            and (distance := _distance(word, known, slips)) <= slips
        ):
            near.setdefault(distance, []).append(known)
    for distance in sorted(near):
        subjects = {table[known] for known in near[distance]}
        return tuple(replace(s, guessed=True) for s in subjects.pop()) if len(subjects) == 1 else ()
    return ()


def members(subject: Subject) -> tuple[Subject, ...]:
    """The ingredients of a drug class; for any other subject, itself."""
    if subject.kind is not SubjectKind.DRUG_CLASS:
        return (subject,)
    return _drugs()[1][subject.name]


def classes_of(subject: Subject) -> tuple[Subject, ...]:
    """The classes that a drug is a member of; none for any other subject."""
    _, inside, classes = _drugs()
    return tuple(one for one in classes if subject in inside[one.name])


def ingredients_in(text: str) -> set[str]:
    """Names of the ingredients that a text mentions, under any of their names."""
    table, regex = _ingredients()
    return {name for match in regex.finditer(plain(text)) for name in table[_known(match[0], table)]}


@functools.cache
def _drugs() -> tuple[dict[str, Subject], dict[str, tuple[Subject, ...]], list[Subject]]:
    """Ingredients by name, members by class, and the classes."""
    table, asked = load_drugs(), _subjects()

    def subject(kind: SubjectKind, name: str, words: Iterable[str]) -> Subject:
        return Subject(kind, name, tuple(plain(word) for word in words))

    drugs = {name: subject(SubjectKind.DRUG, name, words) for name, words in table.ingredients.items()}
    drugs |= {row["en"][0]: subject(SubjectKind.DRUG, row["en"][0], (*row["en"], *row["zh"])) for row in asked["drug"]}
    inside = {one.name: tuple(drugs[name] for name in one.members) for one in table.classes}
    classes = [subject(SubjectKind.DRUG_CLASS, one.name, one.words) for one in table.classes]
    for row in asked["class"]:
        others = (drug for name in row.get("within", ()) for drug in inside[name])
        inside[row["en"][0]] = tuple(dict.fromkeys((*others, *(drugs[name] for name in row["members"]))))
        classes.append(subject(SubjectKind.DRUG_CLASS, row["en"][0], (*row["en"], *row["zh"])))
    return drugs, inside, classes


@functools.cache
def _table() -> tuple[dict[str, tuple[Subject, ...]], re.Pattern[str]]:
    """Every word with its subjects, and a pattern that finds them."""
    drugs, _, classes = _drugs()
    subjects: list[Subject] = [*drugs.values(), *classes]
    for kind, rows in _subjects().items():
        for row in rows if kind not in (SubjectKind.DRUG, SubjectKind.DRUG_CLASS) else ():
            words = tuple(dict.fromkeys(plain(word) for word in (*row["en"], *row["zh"])))
            codes, findings = frozenset(row.get("loinc", ())), frozenset(row.get("hpo", ()))
            subjects.append(Subject(SubjectKind(kind), row["en"][0], words, codes, findings))
    known = {word for subject in subjects for word in subject.words}
    for condition in load_common().conditions:
        words = tuple(plain(word) for word in (condition.name.en, condition.name.zh, *condition.also))
        if new := tuple(word for word in words if word not in known):
            subjects.append(Subject(SubjectKind.CONDITION, condition.name.en, new))
    table: dict[str, tuple[Subject, ...]] = {}
    for subject in subjects:
        for word in subject.words:
            table[word] = (*table.get(word, ()), subject)
    return table, _pattern(tuple(table))


def quantity_of(codes: frozenset[str], names: Iterable[str]) -> str:
    """Name of the narrowest quantity with one of the codes, otherwise with one of the plain names; empty if none."""
    wanted = set(names)
    by_code = (value for value in _quantities() if value.codes & codes)
    by_name = (value for value in _quantities() if wanted & set(value.words))
    found = next(by_code, None) or next(by_name, None)
    return found.name if found else ""


@functools.cache
def _quantities() -> tuple[Subject, ...]:
    """The values in the tables, those with the fewest codes first: "potassium" before "electrolytes"."""
    values = {s for subjects in _table()[0].values() for s in subjects if s.kind is SubjectKind.VALUE}
    return tuple(sorted(values, key=lambda value: (len(value.codes), value.name)))


def codes_of(name: str) -> frozenset[str]:
    """The LOINC codes of a quantity."""
    return next(value.codes for value in _quantities() if value.name == name)


@functools.cache
def known_codes() -> frozenset[str]:
    """Every LOINC code in the tables."""
    return frozenset(code for subjects in _table()[0].values() for subject in subjects for code in subject.codes)


@functools.cache
def _ingredients() -> tuple[dict[str, tuple[str, ...]], re.Pattern[str]]:
    table: dict[str, tuple[str, ...]] = {}
    for name, subject in _drugs()[0].items():
        for word in subject.words:
            table[word] = (*table.get(word, ()), name)
    return table, re.compile("|".join(_bounded(word) for word in _longest_first(table)))


@functools.cache
def _not_misspelt() -> frozenset[str]:
    """Correct English words that resemble names."""
    return frozenset(packaged("knowledge.medical.notes.words", "not_misspelt.txt").read_text("utf-8").split())


@functools.cache
def _single_words() -> tuple[str, ...]:
    return tuple(word for word in _table()[0] if word.isascii() and word.isalpha() and len(word) >= _GUESSED_FROM)


def _known(found: str, table: Mapping[str, object]) -> str:
    """The table's form of a match: with single blanks, and in the singular."""
    found = " ".join(found.split())
    return found if found in table else found.removesuffix("s")


@functools.lru_cache(maxsize=512)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(
        "|".join(_bounded(word) + ("s?" + _END if _can_end(word) else "") for word in _longest_first(words))
    )


_END = r"(?![a-z0-9])"


def _can_end(word: str) -> bool:
    return word[-1].isascii() and word[-1].isalnum()


def _bounded(word: str) -> str:
    """A pattern of a word: Latin ones must begin at a word boundary, Chinese ones may stand anywhere."""
    start = r"(?<![a-z0-9])" if word[0].isascii() else ""
    return start + re.escape(word).replace(r"\ ", r"\s+")


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted(words, key=lambda word: (-len(word), word))


def _has_all(text: str, words: tuple[str, ...]) -> bool:
    stems = {stem(word) for word in re.findall(r"[a-z0-9]+", text)}
    return all(word in text if HAN.search(word) else stem(word) in stems for word in words)


def _distance(one: str, other: str, most: int) -> int:
    """Edit distance of two words: letters inserted, deleted, replaced or swapped; ``most + 1`` if above ``most``."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        before, last, row = row, before, [i]
        for j, b in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def _subjects() -> dict[str, Any]:
    return tomllib.loads(packaged("apps.diagnosis.ask", "subjects.toml").read_text("utf-8"))

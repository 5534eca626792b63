"""Diseases and drugs of our own tables in a text: the common conditions, and ``drugs.toml``.

These names are few but certain, in English and Chinese; the trained recogniser of :mod:`.ner_model` learned from
abstracts and misses many lists in notes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from ....retrieval.language import HAN
from ...common import load_common
from ...drugs import load_drugs
from ...lexicon import TOKEN, Lexicon, NameKind
from ...stems import stem
from .chinese import ChineseBook
from .misspellings import misspellings

_MORE = {
    "HTN": "I10", "高血压": "I10", "T2DM": "E11.9", "DM2": "E11.9", "type 2 diabetes": "E11.9",
    "type 1 diabetes": "E10.9", "AF": "I48.91", "房颤": "I48.91", "MI": "I21.9", "HF": "I50.9", "CHF": "I50.9",
    "心衰": "I50.9", "PAD": "I73.9", "PVD": "I73.9", "OA": "M19.90", "GORD": "K21.9", "GERD": "K21.9",
}  # fmt: skip
"""Names in notes that mean just one condition, with its code: its own file lacks them, or has them as another name."""
_SOMETHING_ELSE = frozenset(["asa", "boil", "caput", "depression", "diabetes", "fits", "mono", "piles"])
"""Single words that more often mean something else in a note, or more than one thing."""
_WIDER = frozenset(["UTI", "HIV"])  # abbreviations that also cover more than the condition
_MEASURED_BEFORE = re.compile(r"\b(?:serum|plasma|blood) $|血清$", re.IGNORECASE)
"""Text before the name of something that is measured."""
_MEASURED = re.compile(
    r"[ -](?:levels?|trough|deficien\w+|studies|stores|saturation|resistan\w+)\b|水平|浓度|缺乏|抵抗", re.IGNORECASE
)
"""Text after the name of something that is measured, or lacking, rather than given."""
_BEFORE = 8  # characters
_CAPITALS = 5  # letters of the longest name that counts only in capitals


@dataclass(frozen=True, slots=True)
class KnownName:
    """A place in a text that names a disease or drug.

    Attributes:
        start, end: character offsets.
        name: its English name in the table.
        code: ICD-10-CM category of a disease, such as ``J44``, since a note may leave open what a condition's full
            code says; empty for a drug, and for another name of a condition, which may be wider.
    """

    start: int
    end: int
    kind: NameKind
    name: str
    code: str


def is_measured(text: str, start: int, end: int) -> bool:
    """Whether a drug's name stands for its level in the blood."""
    before = text[max(0, start - _BEFORE) : start]
    return _MEASURED.match(text, end) is not None or _MEASURED_BEFORE.search(before) is not None


def known_names(text: str) -> Iterator[KnownName]:
    """Every place, English ones before Chinese ones; none overlaps another.

    Args:
        text: in simplified characters.
    """
    tables = _tables()
    tokens = list(TOKEN.finditer(text))
    written = [token[0] for token in tokens]
    words = misspellings().corrected(written)
    for found in tables.english.find(words):
        start, end = tokens[found.start].start(), tokens[found.end - 1].end()
        if (text[start:end].casefold() not in tables.capitals or text[start:end].isupper()) and not (
            found.kind is NameKind.DRUG and is_measured(text, start, end)
        ):
            span = slice(found.start, found.end)
            meant = text[start:end] if words[span] == written[span] else " ".join(words[span])
            code = tables.codes.get(meant.casefold(), "")
            yield KnownName(start, end, found.kind, found.canonical, code)
    for start, end, key in tables.chinese.find(text):
        kind, name = NameKind(key[0]), key[1:]
        if not (kind is NameKind.DRUG and is_measured(text, start, end)):
            yield KnownName(start, end, kind, name, tables.codes.get(text[start:end].casefold(), ""))


@dataclass(frozen=True, slots=True)
class _Tables:
    """The names by language.

    Attributes:
        chinese: its codes are kind and name in one string.
        codes: lower-case wordings that name nothing wider -> categories.
        capitals: names, in lower case, that count only in capitals.
    """

    english: Lexicon
    chinese: ChineseBook
    codes: dict[str, str]
    capitals: frozenset[str]


@cache
def _tables() -> _Tables:
    conditions = load_common().conditions
    by_code = {condition.icd10cm: condition.name.en for condition in conditions}
    names = [
        (NameKind.DISEASE, condition.name.en, word)
        for condition in conditions
        for word in (condition.name.en, condition.name.zh, *condition.also)
    ]
    names += [(NameKind.DISEASE, by_code[code], word) for word, code in _MORE.items()]
    drugs = load_drugs()
    for table in (drugs.products, drugs.ingredients):  # of two with the same wording the first counts
        names += [(NameKind.DRUG, name, word) for name, words in table.items() for word in words]
    sure = [(word, c.icd10cm) for c in conditions for word in (c.name.en, c.name.zh)]
    sure += [(word, c.icd10cm) for c in conditions for word in c.also if word.isupper() and word not in _WIDER]
    sure += _MORE.items()
    english = [row for row in names if not HAN.search(row[2]) and row[2] not in _SOMETHING_ELSE]
    return _Tables(
        Lexicon((" ".join(stem(token) for token in TOKEN.findall(word)), kind, name) for kind, name, word in english),
        ChineseBook((f"{kind}{name}", word) for kind, name, word in names if HAN.search(word)),
        {word.casefold(): code.partition(".")[0] for word, code in sure},
        frozenset(word.casefold() for _, _, word in english if word.isupper() and len(word) <= _CAPITALS),
    )

"""Finds the wordings of an ontology in tokens: by stem, in any safe word order, longest first."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .ontology import Ontology


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FILLERS = _words("of the a an in on at to with by for and or is are was were his her their its my our your")
_SAME_SENSE = {  # stem -> the stem it is compared as; only words that HPO itself uses for one another
    "anomal~": "abnorm",
    "malform": "abnorm",
    "malform^": "abnorm",
    "defect": "abnorm",
    "renal": "kidney",
    "cardiac": "heart",
    "hepat~": "liver",
    "ocular": "eye",
    "faci": "fac",
    "cutaneous": "skin",
    "elevat": "increas",
    "rais": "increas",
    "reduc": "decreas",
    "diminish": "decreas",
}
_FAMILIES = (  # endings that mark forms of one word, and what they become
    (("alities", "ality"), "", 5),
    (("ations", "ation", "ions", "ion", "ive"), "^", 4),
    (("ities", "ity"), "", 4),
    (("ically", "ical", "ics", "ic", "ias", "iae", "ia", "ies", "ys", "y"), "~", 4),
    (("ements", "ement", "ments", "ment"), "", 4),
    (("ed", "es", "al", "als", "e", "s"), "", 4),
)
_UNTOUCHED = _words("loss mass gas pus pes lens")
_TOO_COMMON = _words(
    """all abnormal abnormality acute bite bites birth blue bow chronic cold cyst death difficulty dullness fall falls
    fits fixed flat floppy growth heavy high hot large left lie long loss low mass mild moderate movement normal
    obsolete onset open pale pass phenotype present progressive recurrent red right round severe short sign slow small
    sore spinning spot spots still stone stones sudden symptom tall thick thin tired variable weak white wide worse
    young"""
)
"""Single words that name a term in HPO and something else in most notes."""
_SHORT = 3  # words up to this length, and marked abbreviations of any length, count only in capitals
_WINDOW = 12


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A crude stem that joins singular and plural, noun and adjective, British and American spelling."""
    word = word.casefold()
    if word in _UNTOUCHED or not word.isalpha():
        return word
    word = word.replace("ae", "e").replace("oe", "e").replace("our", "or")
    if word.endswith(("ss", "us", "is")):
        return _SAME_SENSE.get(word, word)
    for endings, becomes, rest in _FAMILIES:
        ending = next((e for e in endings if word.endswith(e) and len(word) - len(e) >= rest), None)
        if ending is not None:
            word = word[: -len(ending)] + becomes
            break
    else:
        if len(word) > 3:
            word = word.removesuffix("s")
    return _SAME_SENSE.get(word, word)


@dataclass(frozen=True, slots=True)
class Hit:
    """Tokens ``start`` up to but not including ``end`` name the term ``code``."""

    start: int
    end: int
    code: str


class PhraseBook:
    """All wordings of an ontology, ready to be looked up.

    Args:
        words: code and further wording; these count even where the single word is a common one.
    """

    def __init__(self, ontology: Ontology, words: Iterable[tuple[str, str]] = ()) -> None:
        self._ordered: dict[tuple[str, ...], str] = {}
        self._unordered: dict[tuple[str, ...], str | None] = {}
        self._verbatim: dict[str, str] = {}
        wordings = [(code, name, False) for code, name in zip(ontology.codes, ontology.names, strict=True)]
        wordings += [(s.code, s.text, s.abbreviation) for s in ontology.synonyms]
        for code, text, abbreviation in wordings:
            self._add(code, text, abbreviation)
        for code, text in words:
            self._add(code, text, abbreviation=False, common=True)
        # What a phrase may begin with, and what it may go on with.
        self._first = {key[0] for key in self._ordered} | {word for key in self._unordered for word in key}
        self._words = {word for key in self._ordered for word in key}

    def _add(self, code: str, text: str, abbreviation: bool, common: bool = False) -> None:
        words = re.findall(r"\w+|,", re.sub(r"\([^)]*\)", "", text))  # "Fever (above 38.5)"
        if not words or (len(words) == 1 and not common and words[0].casefold() in _TOO_COMMON):
            return
        if len(words) == 1 and (len(text) <= _SHORT or (abbreviation and text.upper() == text)):
            if text.upper() == text and len(text) > 2:
                self._verbatim.setdefault(text, code)
            return
        key = tuple(stem(w) for w in words if w.casefold() not in _FILLERS)
        if not key or len(key) > _WINDOW:
            return
        self._ordered.setdefault(key, code)  # labels come first, so a label wins over another term's synonym
        if 1 < len(key) <= 5:
            bag = tuple(sorted(word for word in key if word != ","))
            known = self._unordered.setdefault(bag, code)
            if known != code and self._ordered[key] == code:
                self._unordered[bag] = None  # the order decides between two terms

    def find(self, words: Sequence[str]) -> list[Hit]:
        """Longest hits from left to right, without overlap.

        Hyphens and slashes do not matter; a comma matters; other punctuation ends a phrase.
        """
        hits: list[Hit] = []
        for run in _runs(words):
            hits.extend(self._find_in_run(words, run))
        return hits

    def _find_in_run(self, words: Sequence[str], run: list[int]) -> Iterable[Hit]:
        stems = [stem(words[i]) for i in run]
        at = 0
        while at < len(run):
            hit = self._longest(words, run, stems, at)
            if hit is None:
                at += 1
                continue
            length, code = hit
            yield Hit(run[at], run[at + length - 1] + 1, code)
            at += length

    def _longest(self, words: Sequence[str], run: list[int], stems: list[str], at: int) -> tuple[int, str] | None:
        if stems[at] in self._first:
            reach = 0
            while reach < _WINDOW and at + reach < len(stems) and stems[at + reach] in self._words:
                reach += 1
            for length in range(reach, 0, -1):
                key = tuple(stems[at : at + length])
                code = self._ordered.get(key)
                if code is None and 1 < length <= 5:
                    code = self._unordered.get(tuple(sorted(key)))
                if code is not None:
                    return length, code
        code = self._verbatim.get(words[run[at]])
        return (1, code) if code is not None else None


def _runs(words: Sequence[str]) -> Iterable[list[int]]:
    """Places of the words that count, cut at punctuation and line ends that a phrase cannot cross."""
    run: list[int] = []
    for i, word in enumerate(words):
        if word[0].isalnum() or (word == "," and run):
            if word.casefold() not in _FILLERS:
                run.append(i)
        elif word not in ("-", "/", "–", "'", "’s", "'s") and not (word.isspace() and word.count("\n") < 2):
            if run:
                yield run
            run = []
    if run:
        yield run

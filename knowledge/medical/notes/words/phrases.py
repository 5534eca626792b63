"""Finds the wordings of an ontology in tokens: by stem, in any safe word order, longest first."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files

from ...ontology import Ontology
from ...stems import in_near_senses, sense


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FILLERS = _words(
    "of the a an in on at to with by for and or is are was were his her their its my our your affecting involving"
)
_TOO_COMMON = _words("coldness dullness falls jumping mouthing slowness spinning tired")
"""Single words that name a term in HPO and something else in most notes."""
_OTHER_SENSE = _words(
    """arrange arranged arrangement arrangements arranging blinded blinding blinds boiled boiling bounced
    collect collected collecting collects confusing exhaust fist fists hopped hopping inactive maculae order ordered
    ordering orders pant pants spotted stroked stroking wind winding winds"""
)
"""Forms that share a stem with a single word that names a term but mean something else: "CT ordered" is no sorting."""
_LINKS = _words("and or ,")
_GOVERNS = _words("of in to on over down")
_WHOSE = _words("the his her their my both")
_IN_ORDER = _words("normal negative nad ok fine clear intact unremarkable unchanged stable")
_MODIFIERS = _words(
    """bilateral bilaterally unilateral left right mild mildly moderate moderately severe severely marked markedly
    slight slightly significant significantly profound mainly serum plasma blood circulating level levels concentration
    concentrations"""
)
"""Words that may occur inside a wording without changing the finding it names."""
_SILENT = _words("morphology physiology circulating level concentration blood serum plasma system")
"""Words of the ontology's own style that people leave out: "abnormal liver morphology"."""
_REFUSED = frozenset(
    {"weak jaw", "tearing", "unresponsive", "disoriented", "oncology", "lft", "csu", "aob", "tmd", "vma", "dnt"}
)
"""Lay wordings of HPO that mean something else to most people: a weak jaw is a receding one, tearing is of the eyes,
an unresponsive or disoriented person has just woken up, oncology is a ward, LFT are tests of the liver and a CSU is of
urine. Our own words may define them."""
_NOTHING = ""  # code of wordings that contain one of a finding but name none
_SHORT = 3  # words up to this length, and marked abbreviations of any length, count only in capitals
_WINDOW = 12
_SPELT_OUT = 6  # least letters of a misspelt word that is recognised
_LONG_STEM = 5
_DOUBLED = re.compile(r"([a-z])\1")


@dataclass(frozen=True, slots=True)
class Hit:
    """Tokens ``start`` up to but not including ``end`` name the term ``code``."""

    start: int
    end: int
    code: str


class PhraseBook:
    """All wordings of an ontology, ready to be looked up.

    Args:
        words: code and further wording; these count even if the single word is a common one, and as an abbreviation of
            two letters or with a lower-case letter.
    """

    def __init__(self, ontology: Ontology, words: Iterable[tuple[str, str]] = ()) -> None:
        self._ordered: dict[tuple[str, ...], str] = {}
        self._unordered: dict[tuple[str, ...], str | None] = {}
        self._nearly: dict[tuple[str, ...], str | None] = {}
        self._verbatim: dict[str, str] = {}
        self._beside: dict[str, list[tuple[list[str], list[str], str]]] = {}  # words before, words after, and code
        for text in _not_findings():
            self._add(_NOTHING, text, abbreviation=False)
        wordings = [(code, name, False) for code, name in zip(ontology.codes, ontology.names, strict=True)]
        wordings += [(s.code, s.text, s.abbreviation) for s in ontology.synonyms]
        for code, text, abbreviation in wordings:
            self._add(code, text, abbreviation)
        for code, text in words:
            self._add(code, text, abbreviation=False, common=True)
            if "n't" in text:  # as typed in haste: "cant lie flat"
                self._add(code, text.replace("n't", "nt"), abbreviation=False, common=True)
        for code, text, _ in wordings:
            for variant in _variants(text):
                self._add(code, variant, abbreviation=False)
        # Words that may begin a phrase, and words that may continue it.
        self._first = {key[0] for key in self._ordered} | {word for key in self._unordered for word in key}
        self._words = {word for key in self._ordered for word in key}
        self._singly: dict[str, str | None] = {}
        for word in self._words:
            if self._singly.setdefault(_single_letters(word), word) != word:
                self._singly[_single_letters(word)] = None

    def _add(self, code: str, text: str, abbreviation: bool, common: bool = False) -> None:
        words = re.findall(r"\w+|,", re.sub(r"\([^)]*\)", "", text))  # "Fever (above 38.5)"
        if not words or (len(words) == 1 and not common and words[0].casefold() in _TOO_COMMON):
            return
        if text.casefold() in _REFUSED and not common:
            return
        if len(words) == 1 and (len(text) <= _SHORT or (abbreviation and text.upper() == text)):
            if text != text.lower() if common else (text.upper() == text and len(text) > 2):
                self._verbatim.setdefault(text, code)
            return
        key = tuple(sense(w) for w in words if w.casefold() not in _FILLERS)
        if not key or len(key) > _WINDOW:
            return
        if len(key) == 1 < len(words):  # "on edge": without its "on" it means something else
            folded = [word.casefold() for word in words]
            at = next(i for i, word in enumerate(folded) if word not in _FILLERS)
            self._beside.setdefault(key[0], []).append((folded[:at], folded[at + 1 :], code))
            return
        self._ordered.setdefault(key, code)  # labels come first, so a label wins over another term's synonym
        if 1 < len(key) <= 5 and code != _NOTHING:
            bag = tuple(sorted(word for word in key if word != ","))
            known = self._unordered.setdefault(bag, code)
            if known != code and self._ordered[key] == code:
                self._unordered[bag] = None  # the order decides between two terms
            near = in_near_senses(key)
            if self._nearly.setdefault(near, code) != code:
                self._nearly[near] = None

    def find(self, words: Sequence[str]) -> list[Hit]:
        """Longest hits from left to right, without overlap.

        Hyphens and slashes do not matter; a comma matters; other punctuation ends a phrase.
        """
        hits: list[Hit] = []
        for run in _runs(words):
            hits.extend(self._find_in_run(words, run))
        return hits

    def _find_in_run(self, words: Sequence[str], run: list[int]) -> list[Hit]:
        stems = [self._stem(words[i]) for i in run]
        found: list[tuple[int, int, str]] = []  # places in the run, and code
        at = 0
        while at < len(run):
            hit = self._longest(words, run, stems, at)
            if hit is None:
                at += 1
                continue
            length, code = hit
            found.append((at, at + length, code))
            at += length
        found += self._shared(words, run, stems, found)
        hits = (Hit(run[a], run[b - 1] + 1, code) for a, b, code in found if code != _NOTHING)
        return sorted(hits, key=lambda hit: hit.start)

    def _shared(
        self, words: Sequence[str], run: list[int], stems: list[str], found: list[tuple[int, int, str]]
    ) -> list[tuple[int, int, str]]:
        """Words that share the rest of a wording with the next one: "inner and middle ear anomalies", "pits or cysts".

        Such a finding is marked at its own word only.
        """
        taken = {place for a, b, _ in found for place in range(a, b)}
        shared: list[tuple[int, int, str]] = []
        for a, b, _ in found:
            if b - a < 2 or "," in stems[a:b]:
                continue
            for step in (-1, 1):
                chain: list[tuple[int, int, str]] = []
                place, edge = (a - 1, a) if step < 0 else (b, b - 1)
                while True:
                    if 0 <= place < len(stems) and stems[place] == ",":
                        place += step
                    if not (0 <= place < len(stems)) or place in taken or stems[place] == ",":
                        break
                    if not _linked(words, run[min(place, edge)], run[max(place, edge)]):
                        break
                    if step > 0 and place + 1 < len(run) and words[run[place + 1]].casefold() in _IN_ORDER:
                        break  # "raised CRP, ALT normal"
                    rest = stems[a + 1 : b] if step < 0 else stems[a : b - 1]
                    code = self._code([stems[place], *rest] if step < 0 else [*rest, stems[place]])
                    if code is None:
                        break
                    chain.append((place, place + 1, code))
                    taken.add(place)
                    place, edge = place + step, place
                if not (chain and step < 0 and _is_governed(words, run[edge])):
                    shared += chain
        return shared

    def _code(self, key: list[str]) -> str | None:
        """The term that these stems name, in this order or, if that is safe, in any, or in words of near senses."""
        code = self._ordered.get(tuple(key))
        if code is None and 1 < len(key) <= 5 and "," not in key:
            bag = tuple(sorted(key))
            code = self._unordered[bag] if bag in self._unordered else self._nearly.get(in_near_senses(key))
        return code

    def _longest(self, words: Sequence[str], run: list[int], stems: list[str], at: int) -> tuple[int, str] | None:
        if stems[at] in self._first:
            reach = 0
            while reach < _WINDOW and at + reach < len(stems) and self._may_follow(stems[at + reach]):
                reach += 1
            for length in range(reach, 0, -1):
                key = stems[at : at + length]
                if length == 1 and words[run[at]].casefold() in _OTHER_SENSE:
                    break
                code = self._code(key)
                if code is None and length > 2 and key[-1] not in _MODIFIER_STEMS:
                    plain = [word for word in key if word not in _MODIFIER_STEMS]
                    key, code = plain, self._code(plain) if 1 < len(plain) < length else None
                if code is not None and (tuple(key) in self._ordered or not _joined(words, run[at : at + length])):
                    return length, code
        code = self._with_fillers(words, run[at], stems[at])
        code = self._verbatim.get(words[run[at]]) if code is None else code  # "IHD", but not "on IHD"
        return (1, code) if code is not None else None

    def _with_fillers(self, words: Sequence[str], place: int, stem: str) -> str | None:
        for before, after, code in self._beside.get(stem, ()):
            preceding = [word.casefold() for word in words[max(place - _WINDOW, 0) : place] if word[0].isalnum()]
            follow = [word.casefold() for word in words[place + 1 : place + _WINDOW] if word[0].isalnum()]
            if preceding[len(preceding) - len(before) :] == before and follow[: len(after)] == after:
                return code
        return None

    def _stem(self, word: str) -> str:
        """The stem of a word; if no wording has it, the stem that differs in a doubled letter: "vomitting", "diarhoea".

        Not if the stem is short: "fitting" and "mapped" double a letter by rule.
        """
        stem = sense(word)
        if len(word) < _SPELT_OUT or stem in self._words or stem in _MODIFIER_STEMS:
            return stem
        meant = self._singly.get(_single_letters(stem))
        is_near = meant is not None and len(stem) > _LONG_STEM <= len(meant) and abs(len(meant) - len(stem)) <= 1
        return meant if meant is not None and is_near else stem

    def _may_follow(self, word: str) -> bool:
        return word in self._words or word in _MODIFIER_STEMS


def _not_findings() -> list[str]:
    """The wordings of ``not_findings.txt``."""
    lines = (files(__package__) / "not_findings.txt").read_text("utf-8").splitlines()
    return [text.strip() for line in lines if not line.startswith("#") for text in line.split(";") if text.strip()]


def _single_letters(stem: str) -> str:
    return _DOUBLED.sub(r"\1", stem)


_MODIFIER_STEMS = frozenset(sense(word) for word in _MODIFIERS)


def _variants(text: str) -> Iterable[str]:
    """Variants of a wording of the ontology: either side of a slash, and without words of its own style."""
    words = text.split()
    kept = [word for word in words if word.casefold().strip(",") not in _SILENT]
    if sum(word.casefold() not in _FILLERS for word in kept) > 1 and len(kept) < len(words):
        yield " ".join(kept)
    for at, word in enumerate(words):
        sides = word.split("/")
        if len(sides) == 2 and all(len(side) > 3 for side in sides):
            for side in sides:
                yield " ".join([*words[:at], side, *words[at + 1 :]])


def _linked(words: Sequence[str], start: int, end: int) -> bool:
    """Whether there are only "and", "or" or commas between two words."""
    between = [word.casefold() for word in words[start + 1 : end] if not word.isspace()]
    return bool(between) and all(word in _LINKS for word in between)


def _is_governed(words: Sequence[str], place: int) -> bool:
    """Whether a part of the body belongs to what is said before it: "tingling of his toes and back pain"."""
    before = [word.casefold() for word in words[max(place - 4, 0) : place] if not word.isspace()][-2:]
    return len(before) > 1 and before[0] in _GOVERNS and before[1] in _WHOSE


def _joined(words: Sequence[str], run: list[int]) -> bool:
    """Whether "and", "or" or "with" joins some of the words: "eyelids and double vision" is no double eyelid."""
    return any(word.casefold() in ("and", "or", "with") for word in words[run[0] : run[-1]])


def _runs(words: Sequence[str]) -> Iterable[list[int]]:
    """Indices of the words that count, split at punctuation and line ends that a phrase cannot cross."""
    run: list[int] = []
    for i, word in enumerate(words):
        if word[0].isalnum() or (word == "," and run):
            if word.casefold() not in _FILLERS:
                run.append(i)
        elif word not in ("-", "/", "–", "'") and not (word.isspace() and word.count("\n") < 2):
            if run:
                yield run
            run = []
    if run:
        yield run

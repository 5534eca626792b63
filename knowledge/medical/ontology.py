"""The Human Phenotype Ontology (HPO): terms, their words and their place in the hierarchy.

Source: Köhler et al., "The Human Phenotype Ontology in 2021", Nucleic Acids Research 49 (2021). Format: OBO 1.2/1.4.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import KnowledgeError

ROOT = "HP:0000118"  # Phenotypic abnormality: only what lies below it is a finding.

_SYNONYM = re.compile(r'synonym: "((?:[^"\\]|\\.)*)" (EXACT|NARROW|BROAD|RELATED)(?: ([^\s\[]+))? \[')
_TERM_ID = re.compile(r"HP:\d{7}")


@dataclass(frozen=True, slots=True)
class Synonym:
    """Another wording of a term, spelled as in the ontology."""

    code: str
    text: str
    abbreviation: bool


@dataclass(frozen=True, slots=True)
class Match:
    """One hit of a search: the term and the wording that matched."""

    code: str
    label: str
    text: str


@dataclass(frozen=True)
class Ontology:
    """Every finding of HPO, numbered by its place in ``codes``.

    Attributes:
        version: release, ``2025-01-16``.
        codes: HPO ids below phenotypic abnormality, ascending.
        names: label of each code.
        lineage_start, lineage: the ancestors of term ``i``, itself first, are
            ``lineage[lineage_start[i] : lineage_start[i + 1]]``, as places in ``codes``.
        replaced: alternative or obsolete id -> current id.
        synonyms: other wordings; broad and discarded ones are left out.
    """

    version: str
    codes: tuple[str, ...]
    names: tuple[str, ...]
    lineage_start: NDArray[np.int32]
    lineage: NDArray[np.int32]
    replaced: dict[str, str]
    synonyms: tuple[Synonym, ...]

    @cached_property
    def index(self) -> dict[str, int]:
        """Place of each code in ``codes``."""
        return {code: i for i, code in enumerate(self.codes)}

    def resolve(self, code: str) -> str | None:
        """The current id of ``code``; None when it is no finding of this release."""
        code = self.replaced.get(code, code)
        return code if code in self.index else None

    def name(self, code: str) -> str:
        """Label of a code, alternative ids included.

        Raises:
            KnowledgeError: the code is no finding of this release.
        """
        return self.names[self._place(code)]

    def ancestors(self, code: str) -> frozenset[str]:
        """The code itself and every finding above it.

        Raises:
            KnowledgeError: the code is no finding of this release.
        """
        return frozenset(self.codes[i] for i in self.lineage_of(self._place(code)))

    def lineage_of(self, place: int) -> NDArray[np.int32]:
        """Places of a term and its ancestors, itself first."""
        return self.lineage[self.lineage_start[place] : self.lineage_start[place + 1]]

    def below(self, place: int) -> NDArray[np.int32]:
        """Places of a term and all below it, ascending."""
        start, terms = self._descendants
        return terms[start[place] : start[place + 1]]

    @cached_property
    def _descendants(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """``lineage_start`` and ``lineage`` the other way round."""
        of_term = np.repeat(np.arange(len(self.codes), dtype=np.int32), np.diff(self.lineage_start))
        counts = np.bincount(self.lineage, minlength=len(self.codes))
        return np.concatenate(([0], np.cumsum(counts))), of_term[np.argsort(self.lineage, kind="stable")]

    def search(self, text: str, limit: int = 20) -> tuple[Match, ...]:
        """Terms for search as you type: every typed word must begin a word of a label or synonym.

        Best first: the whole wording, then its beginning, then its words; labels before synonyms, short before long.
        """
        typed = " ".join(text.casefold().split())
        if not typed:
            return ()
        found: dict[str, tuple[tuple[int, int, int, str], Match]] = {}
        words = typed.split()
        for place, is_synonym, wording, folded in self._wordings:
            if not all(word in folded for word in words):
                continue
            if folded == typed:
                grade = 0
            elif folded.startswith(typed):
                grade = 1
            elif all(re.search(rf"(?<!\w){re.escape(word)}", folded) for word in words):
                grade = 2
            else:
                continue
            code = self.codes[place]
            key = (grade, is_synonym, len(folded), code)
            if code not in found or key < found[code][0]:
                found[code] = (key, Match(code, self.names[place], wording))
        best = sorted(found.values(), key=lambda hit: hit[0])[:limit]
        return tuple(match for _, match in best)

    @cached_property
    def _wordings(self) -> list[tuple[int, int, str, str]]:
        labels = [(i, 0, name, name.casefold()) for i, name in enumerate(self.names)]
        return labels + [(self.index[s.code], 1, s.text, s.text.casefold()) for s in self.synonyms]

    def _place(self, code: str) -> int:
        current = self.resolve(code)
        if current is None:
            raise KnowledgeError(f"{code} is no finding of HPO {self.version}")
        return self.index[current]

    def to_parts(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """The ontology as arrays and JSON values, for :meth:`from_parts`."""
        arrays: dict[str, NDArray[Any]] = {"lineage_start": self.lineage_start, "lineage": self.lineage}
        texts = {
            "version": self.version,
            "codes": self.codes,
            "names": self.names,
            "replaced": self.replaced,
            "synonyms": [(s.code, s.text, s.abbreviation) for s in self.synonyms],
        }
        return arrays, texts

    @classmethod
    def from_parts(cls, arrays: dict[str, NDArray[Any]], texts: dict[str, Any]) -> "Ontology":
        """The inverse of :meth:`to_parts`."""
        return cls(
            version=texts["version"],
            codes=tuple(texts["codes"]),
            names=tuple(texts["names"]),
            lineage_start=arrays["lineage_start"],
            lineage=arrays["lineage"],
            replaced=texts["replaced"],
            synonyms=tuple(Synonym(*row) for row in texts["synonyms"]),
        )


@dataclass(slots=True)
class _Term:
    """One [Term] stanza while it is read."""

    code: str
    line: int
    name: str = ""
    obsolete: bool = False
    replaced_by: str = ""
    alternatives: list[str] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)
    synonyms: list[Synonym] = field(default_factory=list)


def read_lines(path: Path) -> list[str]:
    """The lines of a source.

    Raises:
        KnowledgeError: it is missing or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeError(f"{path.name} cannot be read ({type(error).__name__})", hint=f"Looked in {path}") from None


def read_obo(path: Path) -> Ontology:
    """Reads ``hp.obo``.

    Raises:
        KnowledgeError: the file is missing, or a line is malformed; the message names file and line.
    """
    lines = read_lines(path)
    release = re.search(r"^data-version:.*?(\d{4}-\d{2}-\d{2})", "\n".join(lines[:50]), re.MULTILINE)
    if release is None:
        raise KnowledgeError(f"{path.name}, line 1: no data-version in the header")
    terms = {term.code: term for term in _stanzas(path.name, lines)}
    return _assemble(path.name, release[1], terms)


def _stanzas(file: str, lines: list[str]) -> Iterator[_Term]:
    term: _Term | None = None
    inside = False
    for number, line in enumerate(lines, start=1):
        if line.startswith("["):
            if term is not None:
                yield term
            term, inside = None, line == "[Term]"
        elif not inside or not line:
            continue
        elif term is None:
            code = line.removeprefix("id: ")
            if not line.startswith("id: "):
                raise KnowledgeError(f"{file}, line {number}: a term must begin with its id")
            term = _Term(code, number)
        else:
            _read_tag(file, number, line, term)
    if term is not None:
        yield term


def _read_tag(file: str, number: int, line: str, term: _Term) -> None:
    tag, separator, value = line.partition(": ")
    if not separator:
        raise KnowledgeError(f"{file}, line {number}: not a `tag: value` line")
    if tag == "name":
        term.name = value
    elif tag == "is_a":
        term.parents.append(_id(file, number, value))
    elif tag == "alt_id":
        term.alternatives.append(_id(file, number, value))
    elif tag == "replaced_by":
        term.replaced_by = _id(file, number, value)
    elif tag == "is_obsolete":
        term.obsolete = value == "true"
    elif tag == "synonym":
        match = _SYNONYM.match(line)
        if match is None:
            raise KnowledgeError(f"{file}, line {number}: malformed synonym")
        text, scope, kind = match.groups()
        if scope != "BROAD" and kind != "obsolete_synonym":
            term.synonyms.append(Synonym(term.code, re.sub(r"\\(.)", r"\1", text), kind == "abbreviation"))


def _id(file: str, number: int, value: str) -> str:
    match = _TERM_ID.match(value)
    if match is None:
        raise KnowledgeError(f"{file}, line {number}: not an HPO id")
    return match[0]


def _assemble(file: str, version: str, terms: dict[str, _Term]) -> Ontology:
    above: dict[str, tuple[str, ...] | None] = {}  # ancestors that are findings; None while being visited

    def lineage_of(code: str) -> tuple[str, ...]:
        if code in above:
            known = above[code]
            if known is None:
                raise KnowledgeError(f"{file}, line {terms[code].line}: {code} is its own ancestor")
            return known
        term = terms.get(code)
        if term is None:
            raise KnowledgeError(f"{file}: {code} is named as a parent but not defined")
        above[code] = None
        parents: dict[str, None] = {}
        for parent in term.parents:
            parents.update(dict.fromkeys(lineage_of(parent)))
        # Ancestors of a finding are only those at or below the root, so others have an empty lineage.
        above[code] = (code, *parents) if parents or code == ROOT else ()
        return above[code] or ()

    current = {code for code, term in terms.items() if not term.obsolete}
    findings = sorted(code for code in current if lineage_of(code) and code != ROOT)
    if not findings:
        raise KnowledgeError(f"{file}: no term below {ROOT}")
    index = {code: i for i, code in enumerate(findings)}
    rows = [[index[c] for c in lineage_of(code) if c != ROOT] for code in findings]
    replaced: dict[str, str] = {}
    for term in terms.values():
        if term.obsolete and term.replaced_by in index:
            replaced[term.code] = term.replaced_by
        elif term.code in index:
            replaced.update(dict.fromkeys(term.alternatives, term.code))
    for code in findings:
        if not terms[code].name:
            raise KnowledgeError(f"{file}, line {terms[code].line}: {code} has no name")
    return Ontology(
        version=version,
        codes=tuple(findings),
        names=tuple(terms[code].name for code in findings),
        lineage_start=np.cumsum([0, *map(len, rows)], dtype=np.int32),
        lineage=np.asarray([i for row in rows for i in row], dtype=np.int32),
        replaced={old: new for old, new in sorted(replaced.items()) if old not in index},
        synonyms=tuple(s for code in findings for s in terms[code].synonyms),
    )

"""Which findings occur in which disease, and how often: the HPO annotations of OMIM, Orphanet and DECIPHER.

Format: https://obophenotype.github.io/human-phenotype-ontology/annotations/phenotype_hpoa/
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import KnowledgeError

from .case import Sex
from .names import fame
from .ontology import ROOT, Ontology
from .twins import Profile, find_twins

_COLUMNS = 12
_CLASSES = {  # subontology "Frequency" of HPO: text, and the middle of its range
    "HP:0040280": ("Obligate (100%)", 1.0),
    "HP:0040281": ("Very frequent (80-99%)", 0.895),
    "HP:0040282": ("Frequent (30-79%)", 0.545),
    "HP:0040283": ("Occasional (5-29%)", 0.17),
    "HP:0040284": ("Very rare (1-4%)", 0.025),
    "HP:0040285": ("Excluded (0%)", 0.0),
}
_ONSETS = {
    "HP:0030674": "Antenatal onset",
    "HP:0003577": "Congenital onset",
    "HP:0003623": "Neonatal onset",
    "HP:0003593": "Infantile onset",
    "HP:0011463": "Childhood onset",
    "HP:0003621": "Juvenile onset",
    "HP:0003581": "Adult onset",
    "HP:0011462": "Young adult onset",
    "HP:0003596": "Middle age onset",
    "HP:0003584": "Late onset",
}
_ONSET_YEARS = {  # age at which each begins and ends, as HPO defines it; before birth is -1
    "Antenatal onset": (-1.0, 0.0),
    "Congenital onset": (0.0, 0.0),
    "Neonatal onset": (0.0, 0.08),
    "Infantile onset": (0.0, 1.0),
    "Childhood onset": (1.0, 5.0),
    "Juvenile onset": (5.0, 15.0),
    "Adult onset": (16.0, 80.0),
    "Young adult onset": (16.0, 40.0),
    "Middle age onset": (40.0, 60.0),
    "Late onset": (60.0, 100.0),
}
_INHERITANCE = {
    "HP:0000006": "Autosomal dominant",
    "HP:0000007": "Autosomal recessive",
    "HP:0001417": "X-linked",
    "HP:0001419": "X-linked recessive",
    "HP:0001423": "X-linked dominant",
    "HP:0001426": "Multifactorial",
    "HP:0001427": "Mitochondrial",
    "HP:0001450": "Y-linked",
    "HP:0003745": "Sporadic",
}
_IMPLIED = ("implied_start", "implied_disease", "implied_row")
_SEXES = {"": None, "MALE": Sex.MALE, "FEMALE": Sex.FEMALE}


@dataclass(frozen=True, slots=True)
class Annotation:
    """One finding of one disease.

    Attributes:
        code: HPO id.
        frequency: estimated share of patients who have it, 0 to 1; None when the source does not say.
        frequency_text: as the source puts it, ``3/7`` or ``Frequent (30-79%)``; empty when it does not say.
        references: ``PMID:...``, ``OMIM:...`` or ``ORPHA:...`` ids the statement rests on.
        excluded: the source says that the disease does not have it.
        sex: the sex it is restricted to, if any.
        onset: when it begins, in HPO's words; empty when not stated.
    """

    code: str
    frequency: float | None
    frequency_text: str
    references: tuple[str, ...]
    excluded: bool = False
    sex: Sex | None = None
    onset: str = ""


@dataclass(frozen=True, slots=True)
class Disease:
    """One disease; entries of two sources that :mod:`~knowledge.medical.twins` finds to be the same are one.

    Attributes:
        id: ``OMIM:...``, ``ORPHA:...`` or ``DECIPHER:...``; OMIM's when sources were joined.
        name: as the source of ``id`` writes it.
        aliases: ids of the entries joined into this one.
        inheritance: modes, ``Autosomal dominant``.
        onset: when it begins, in HPO's words, ``Infantile onset``.
        other_names: of the entries joined into this one, as far as they differ.
    """

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    inheritance: tuple[str, ...] = ()
    onset: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()

    @property
    def earliest_onset(self) -> float | None:
        """Age in years before which it does not begin; None when not stated, -1 before birth."""
        return min((_ONSET_YEARS[onset][0] for onset in self.onset), default=None)


@dataclass(frozen=True)
class DiseaseBase:
    """All diseases and their annotations, in columns.

    Attributes:
        version: release of the annotation file, ``2025-01-16``.
        diseases: ascending by id.
        start: annotations of disease ``i`` are rows ``start[i] : start[i + 1]``.
        term: (rows,) place of the finding in the ontology.
        frequency: (rows,) share of patients, nan when not stated.
        excluded: (rows,) the disease does not have the finding.
        details: (rows,) frequency text, references, sex and onset, as places in ``texts``.
        implied_start, implied_disease, implied_row: diseases that have finding ``t`` or one below it are
            ``implied_disease[implied_start[t] : implied_start[t + 1]]``; ``implied_row`` is the most frequent
            annotation that says so.
        fame: (diseases,) a :class:`~knowledge.medical.names.Fame`.
    """

    version: str
    diseases: tuple[Disease, ...]
    codes: tuple[str, ...]
    start: NDArray[np.int32]
    term: NDArray[np.int32]
    frequency: NDArray[np.float32]
    excluded: NDArray[np.bool_]
    details: NDArray[np.int32]
    texts: tuple[str, ...]
    implied_start: NDArray[np.int32]
    implied_disease: NDArray[np.int32]
    implied_row: NDArray[np.int32]
    fame: NDArray[np.uint8]

    @cached_property
    def index(self) -> dict[str, int]:
        """Place of each disease id, joined ones included."""
        return {id_: i for i, d in enumerate(self.diseases) for id_ in (d.id, *d.aliases)}

    def annotations(self, disease_id: str) -> tuple[Annotation, ...]:
        """Annotations of a disease, one a finding.

        Raises:
            KnowledgeError: no such disease.
        """
        if disease_id not in self.index:
            raise KnowledgeError(f"{disease_id} is no disease of the HPO annotations {self.version}")
        place = self.index[disease_id]
        return tuple(self.annotation(row) for row in range(int(self.start[place]), int(self.start[place + 1])))

    def annotation(self, row: int) -> Annotation:
        """The annotation in one row of the columns."""
        text, references, sex, onset = [self.texts[i] for i in self.details[row].tolist()]
        frequency = float(self.frequency[row])
        return Annotation(
            code=self.codes[self.term[row]],
            frequency=None if np.isnan(frequency) else round(frequency, 4),
            frequency_text=text,
            references=tuple(references.split(";")) if references else (),
            excluded=bool(self.excluded[row]),
            sex=_SEXES[sex],
            onset=onset,
        )

    @cached_property
    def by_disease(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
        """What ``implied_*`` say, by disease: disease ``i`` has the findings ``term[start[i] : start[i + 1]]``.

        Returns:
            ``start``, ``term`` (ascending for each disease) and the ``row`` of the annotation that says so.
        """
        order = np.argsort(self.implied_disease, kind="stable")
        counts = np.bincount(self.implied_disease, minlength=len(self.diseases))
        of_term = np.repeat(np.arange(len(self.codes), dtype=np.int32), np.diff(self.implied_start))
        return np.concatenate(([0], np.cumsum(counts))), of_term[order], self.implied_row[order]

    def implied(self, place: int) -> dict[int, int]:
        """Every finding that disease ``place`` has, or has one below, to the row of the annotation that says so."""
        start, term, row = self.by_disease
        own = slice(int(start[place]), int(start[place + 1]))
        return dict(zip(term[own].tolist(), row[own].tolist(), strict=True))

    def to_parts(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """The base as arrays and JSON values, for :meth:`from_parts`."""
        names = ("start", "term", "frequency", "excluded", "details", *_IMPLIED, "fame")
        texts = {
            "version": self.version,
            "diseases": [(d.id, d.name, d.aliases, d.inheritance, d.onset, d.other_names) for d in self.diseases],
            "texts": self.texts,
        }
        return {name: getattr(self, name) for name in names}, texts

    @classmethod
    def from_parts(cls, arrays: dict[str, NDArray[Any]], texts: dict[str, Any], ontology: Ontology) -> "DiseaseBase":
        """The inverse of :meth:`to_parts`."""
        return cls(
            version=texts["version"],
            diseases=tuple(Disease(id_, name, *map(tuple, more)) for id_, name, *more in texts["diseases"]),
            codes=ontology.codes,
            texts=tuple(texts["texts"]),
            **arrays,
        )


@dataclass(slots=True)
class _Statement:
    """All rows of one disease about one finding, pooled."""

    patients: int = 0
    affected: int = 0
    shares: list[tuple[str, float]] = field(default_factory=list)
    negated: int = 0
    rows: int = 0
    references: dict[str, None] = field(default_factory=dict)
    sex: set[str] = field(default_factory=set)
    onset: str = ""

    def settle(self) -> tuple[float, str, bool]:
        """Frequency (nan when not stated), its text, and whether the finding is excluded.

        Counts are pooled and drawn towards one half by one imagined patient, so that 1/1 is not certainty.
        """
        if self.negated == self.rows:
            return 0.0, "", True
        if self.patients:
            text = f"{self.affected}/{self.patients}"
            return (self.affected + 0.5) / (self.patients + 1), text, self.affected == 0
        if self.shares:
            text, share = max(self.shares, key=lambda pair: pair[1])
            return share, text, share == 0.0
        return float("nan"), "", False


@dataclass(slots=True)
class _Entry:
    """One entry of a source while it is read."""

    name: str
    statements: dict[int, _Statement] = field(default_factory=lambda: defaultdict(_Statement))
    inheritance: dict[str, None] = field(default_factory=dict)
    onset: dict[str, None] = field(default_factory=dict)


def read_genes(path: Path) -> dict[str, set[str]]:
    """Entry id -> symbols of its genes, from ``genes_to_phenotype.txt``; empty when the file is not there.

    Raises:
        KnowledgeError: a line is malformed; the message names file and line.
    """
    genes: dict[str, set[str]] = defaultdict(set)
    if not path.is_file():
        return genes
    with path.open(encoding="utf-8", errors="replace") as lines:
        next(lines, None)
        for number, line in enumerate(lines, start=2):
            fields = line.rstrip("\n").split("\t")
            if len(fields) != 6:
                raise KnowledgeError(f"{path.name}, line {number}: {len(fields)} columns instead of 6")
            genes[fields[5]].add(fields[1])
    return genes


def read_hpoa(path: Path, ontology: Ontology, genes: Mapping[str, Set[str]] | None = None) -> DiseaseBase:
    """Reads ``phenotype.hpoa``: findings (aspect P), inheritance (I) and onset (C).

    Args:
        genes: entry id -> its genes, to find twins by.

    Raises:
        KnowledgeError: the file is missing, or a line is malformed; the message names file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeError(f"{path.name} cannot be read ({type(error).__name__})", hint=f"Looked in {path}") from None
    version = next((m[1] for line in lines[:20] if (m := re.match(r"#version: *(\S+)", line))), None)
    if version is None:
        raise KnowledgeError(f"{path.name}, line 1: no #version in the header")
    entries: dict[str, _Entry] = {}
    for number, line in enumerate(lines, start=1):
        if line.startswith(("#", "database_id\t")) or not line:
            continue
        fields = line.split("\t")
        if len(fields) != _COLUMNS:
            raise KnowledgeError(f"{path.name}, line {number}: {len(fields)} columns instead of {_COLUMNS}")
        id_, name, code, aspect = fields[0], fields[1], fields[3], fields[10]
        if aspect == "P" and code != ROOT:  # the root says nothing
            current = ontology.resolve(code)
            if current is None:
                raise KnowledgeError(
                    f"{path.name}, line {number}: {code[:20]} is no finding of HPO {ontology.version}",
                    hint="Take hp.obo and phenotype.hpoa from the same release",
                )
            entry = entries.setdefault(id_, _Entry(name))
            _pool(path.name, number, fields, entry.statements[ontology.index[current]])
        elif aspect == "I" and code in _INHERITANCE:
            entries.setdefault(id_, _Entry(name)).inheritance[_INHERITANCE[code]] = None
        elif aspect == "C" and code in _ONSETS:
            entries.setdefault(id_, _Entry(name)).onset[_ONSETS[code]] = None
    entries = {id_: entry for id_, entry in entries.items() if entry.statements}
    return _assemble(version, entries, genes or {}, ontology)


def _pool(file: str, number: int, fields: list[str], statement: _Statement) -> None:
    _, _, qualifier, _, references, _, onset, frequency, sex, *_ = fields
    if sex.upper() not in _SEXES:
        raise KnowledgeError(f"{file}, line {number}: unknown sex")
    statement.rows += 1
    statement.references.update(dict.fromkeys(filter(None, references.split(";"))))
    statement.sex.add(sex.upper())
    statement.onset = statement.onset or _ONSETS.get(onset, "")
    if qualifier == "NOT":
        statement.negated += 1
    elif frequency in _CLASSES:
        statement.shares.append(_CLASSES[frequency])
    elif match := re.fullmatch(r"(\d{1,7})/(\d{1,7})", frequency):
        affected, patients = int(match[1]), int(match[2])
        if affected > patients or not patients:
            raise KnowledgeError(f"{file}, line {number}: more patients affected than seen")
        statement.affected += affected
        statement.patients += patients
    elif match := re.fullmatch(r"(\d{1,3}(?:\.\d+)?)%", frequency):
        statement.shares.append((frequency, min(float(match[1]) / 100, 1.0)))
    elif frequency:
        raise KnowledgeError(f"{file}, line {number}: malformed frequency")


def _assemble(
    version: str, entries: dict[str, _Entry], genes: Mapping[str, Set[str]], ontology: Ontology
) -> DiseaseBase:
    diseases = _join_twins(entries, genes, ontology)
    texts: dict[str, int] = {"": 0}
    start, term, frequency, excluded, details = [0], [], [], [], []
    for disease in diseases:
        pooled = _merge(entries[id_].statements for id_ in (disease.id, *disease.aliases))
        for place in sorted(pooled):
            statement = pooled[place]
            share, text, is_excluded = statement.settle()
            sex = statement.sex.copy().pop() if len(statement.sex) == 1 else ""
            row = (text, ";".join(statement.references), sex, statement.onset)
            term.append(place)
            frequency.append(share)
            excluded.append(is_excluded)
            details.append([texts.setdefault(t, len(texts)) for t in row])
        start.append(len(term))
    starts, terms = np.asarray(start, dtype=np.int32), np.asarray(term, dtype=np.int32)
    shares, exclusions = np.asarray(frequency, dtype=np.float32), np.asarray(excluded, dtype=np.bool_)
    implied_start, implied_disease, implied_row = _implied(starts, terms, shares, exclusions, ontology)
    return DiseaseBase(
        version=version,
        diseases=diseases,
        codes=ontology.codes,
        start=starts,
        term=terms,
        frequency=shares,
        excluded=exclusions,
        details=np.asarray(details, dtype=np.int32).reshape(-1, 4),
        texts=tuple(texts),
        implied_start=implied_start,
        implied_disease=implied_disease,
        implied_row=implied_row,
        fame=np.asarray([fame((d.name, *d.other_names)) for d in diseases], dtype=np.uint8),
    )


def _join_twins(entries: dict[str, _Entry], genes: Mapping[str, Set[str]], ontology: Ontology) -> tuple[Disease, ...]:
    """Joins entries of different sources that bear the same name, and OMIM's and Orphanet's twins."""
    same: dict[str, list[str]] = defaultdict(list)
    for id_, entry in entries.items():
        same[" ".join(re.findall(r"\w+", entry.name.casefold()))].append(id_)
    groups: dict[str, list[str]] = {}
    for ids in same.values():
        ids.sort(key=lambda id_: (not id_.startswith("OMIM:"), id_))
        if len({id_.split(":")[0] for id_ in ids}) == len(ids):
            groups[ids[0]] = ids
        else:  # one source uses the name twice, so it names more than one disease
            groups.update({id_: [id_] for id_ in ids})
    alone = [id_ for id_, ids in groups.items() if len(ids) == 1]
    for orpha, omim in find_twins(_profiles(entries, alone, genes, ontology)).items():
        groups[omim] += groups.pop(orpha)
    return tuple(_joined(groups[id_], entries) for id_ in sorted(groups))


def _joined(ids: list[str], entries: dict[str, _Entry]) -> Disease:
    inheritance = dict.fromkeys(mode for id_ in ids for mode in entries[id_].inheritance)
    onset = dict.fromkeys(onset for id_ in ids for onset in entries[id_].onset)
    name, *others = dict.fromkeys(entries[id_].name for id_ in ids)
    return Disease(ids[0], name, tuple(ids[1:]), tuple(inheritance), tuple(onset), tuple(others))


def _profiles(
    entries: dict[str, _Entry], ids: list[str], genes: Mapping[str, Set[str]], ontology: Ontology
) -> dict[str, Profile]:
    terms = {}
    for id_, entry in entries.items():
        has = [ontology.lineage_of(place) for place, s in entry.statements.items() if s.negated < s.rows]
        terms[id_] = np.unique(np.concatenate(has)) if has else np.zeros(0, dtype=np.int32)
    spread = np.bincount(np.concatenate([*terms.values(), np.zeros(0, dtype=np.int32)]), minlength=len(ontology.codes))
    information = np.log(len(entries) / np.maximum(spread, 1))
    return {
        id_: Profile(entries[id_].name, genes.get(id_, frozenset()), terms[id_], information[terms[id_]]) for id_ in ids
    }


def _merge(sources: Iterable[dict[int, _Statement]]) -> dict[int, _Statement]:
    merged: dict[int, _Statement] = {}
    for statements in sources:
        for place, statement in statements.items():
            if place not in merged:
                merged[place] = statement
                continue
            into = merged[place]
            into.patients += statement.patients
            into.affected += statement.affected
            into.shares += statement.shares
            into.negated += statement.negated
            into.rows += statement.rows
            into.references.update(statement.references)
            into.sex |= statement.sex
            into.onset = into.onset or statement.onset
    return merged


def _implied(
    start: NDArray[np.int32],
    term: NDArray[np.int32],
    frequency: NDArray[np.float32],
    excluded: NDArray[np.bool_],
    ontology: Ontology,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Carries every annotation up to the ancestors of its finding; the most frequent one speaks for each."""
    rows = np.flatnonzero(~excluded)
    own = np.repeat(np.arange(len(start) - 1), np.diff(start))[rows]
    begin = ontology.lineage_start[term[rows]]
    length = ontology.lineage_start[term[rows] + 1] - begin
    distance = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    above = ontology.lineage[np.repeat(begin, length) + distance]
    disease, row = np.repeat(own, length), np.repeat(rows, length)
    # An unstated frequency counts as one half here; the finding's own annotation wins a tie.
    share = np.nan_to_num(frequency, nan=0.5)[row]
    order = np.lexsort((row, distance, -share, disease, above))
    above, disease, row = above[order], disease[order], row[order]
    first = np.ones(len(above), dtype=bool)
    first[1:] = (above[1:] != above[:-1]) | (disease[1:] != disease[:-1])
    counts = np.bincount(above[first], minlength=len(ontology.codes))
    implied_start = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    return implied_start, disease[first].astype(np.int32), row[first].astype(np.int32)

"""Reads the HPO annotations of OMIM, Orphanet and DECIPHER, and joins entries about the same disease.

Format: https://obophenotype.github.io/human-phenotype-ontology/annotations/phenotype_hpoa/
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import KnowledgeError

from .diseases import SEXES, UNSTATED, Disease, DiseaseBase
from .names import fame
from .ontology import ROOT, Ontology, read_lines
from .twins import Profile, find_twins

_COLUMNS = 12
FREQUENCY_CLASSES = {  # subontology "Frequency" of HPO: text, and the middle of its range
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

        Counts are pooled and pulled towards one half by one imaginary patient, so that 1/1 is not certainty.
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
    lines = read_lines(path)
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
    if sex.upper() not in SEXES:
        raise KnowledgeError(f"{file}, line {number}: unknown sex")
    statement.rows += 1
    statement.references.update(dict.fromkeys(filter(None, references.split(";"))))
    statement.sex.add(sex.upper())
    statement.onset = statement.onset or _ONSETS.get(onset, "")
    if qualifier == "NOT":
        statement.negated += 1
    elif frequency in FREQUENCY_CLASSES:
        statement.shares.append(FREQUENCY_CLASSES[frequency])
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
    # The finding's own annotation wins a tie.
    share = np.nan_to_num(frequency, nan=UNSTATED)[row]
    order = np.lexsort((row, distance, -share, disease, above))
    above, disease, row = above[order], disease[order], row[order]
    first = np.ones(len(above), dtype=bool)
    first[1:] = (above[1:] != above[:-1]) | (disease[1:] != disease[:-1])
    counts = np.bincount(above[first], minlength=len(ontology.codes))
    implied_start = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    return implied_start, disease[first].astype(np.int32), row[first].astype(np.int32)

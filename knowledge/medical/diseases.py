"""Which findings occur in which disease, and how often: the HPO annotations of OMIM, Orphanet and DECIPHER.

Format: https://obophenotype.github.io/human-phenotype-ontology/annotations/phenotype_hpoa/
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import KnowledgeError

from .case import Sex
from .ontology import ROOT, Ontology

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
    """One disease; entries of two sources with the very same name are one.

    Attributes:
        id: ``OMIM:...``, ``ORPHA:...`` or ``DECIPHER:...``; OMIM's when sources were joined.
        name: as the source of ``id`` writes it.
        aliases: ids of the entries joined into this one.
    """

    id: str
    name: str
    aliases: tuple[str, ...] = ()


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
        text, references, sex, onset = (self.texts[i] for i in self.details[row])
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

    def to_parts(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """The base as arrays and JSON values, for :meth:`from_parts`."""
        names = ("start", "term", "frequency", "excluded", "details", "implied_start", "implied_disease", "implied_row")
        texts = {
            "version": self.version,
            "diseases": [(d.id, d.name, d.aliases) for d in self.diseases],
            "texts": self.texts,
        }
        return {name: getattr(self, name) for name in names}, texts

    @classmethod
    def from_parts(cls, arrays: dict[str, NDArray[Any]], texts: dict[str, Any], ontology: Ontology) -> "DiseaseBase":
        """The inverse of :meth:`to_parts`."""
        return cls(
            version=texts["version"],
            diseases=tuple(Disease(id_, name, tuple(aliases)) for id_, name, aliases in texts["diseases"]),
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


def read_hpoa(path: Path, ontology: Ontology) -> DiseaseBase:
    """Reads ``phenotype.hpoa``; only rows about findings (aspect P) are kept.

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
    names: dict[str, str] = {}
    statements: dict[str, dict[int, _Statement]] = defaultdict(lambda: defaultdict(_Statement))
    for number, line in enumerate(lines, start=1):
        if line.startswith(("#", "database_id\t")) or not line:
            continue
        fields = line.split("\t")
        if len(fields) != _COLUMNS:
            raise KnowledgeError(f"{path.name}, line {number}: {len(fields)} columns instead of {_COLUMNS}")
        if fields[10] != "P" or fields[3] == ROOT:  # the root says nothing
            continue
        code = ontology.resolve(fields[3])
        if code is None:
            raise KnowledgeError(
                f"{path.name}, line {number}: {fields[3][:20]} is no finding of HPO {ontology.version}",
                hint="Take hp.obo and phenotype.hpoa from the same release",
            )
        names.setdefault(fields[0], fields[1])
        _pool(path.name, number, fields, statements[fields[0]][ontology.index[code]])
    return _assemble(version, names, statements, ontology)


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
    version: str, names: dict[str, str], statements: dict[str, dict[int, _Statement]], ontology: Ontology
) -> DiseaseBase:
    diseases = _join_twins(names)
    texts: dict[str, int] = {"": 0}
    start, term, frequency, excluded, details = [0], [], [], [], []
    for disease in diseases:
        pooled = _merge(statements[id_] for id_ in (disease.id, *disease.aliases))
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
    )


def _join_twins(names: dict[str, str]) -> tuple[Disease, ...]:
    """Joins entries of different sources whose names are equal but for case and punctuation."""
    same: dict[str, list[str]] = defaultdict(list)
    for id_, name in names.items():
        same[" ".join(re.findall(r"\w+", name.casefold()))].append(id_)
    diseases = []
    for ids in same.values():
        ids.sort(key=lambda id_: (not id_.startswith("OMIM:"), id_))
        if len({id_.split(":")[0] for id_ in ids}) == len(ids):
            diseases.append(Disease(ids[0], names[ids[0]], tuple(ids[1:])))
        else:  # one source uses the name twice, so it names more than one disease
            diseases.extend(Disease(id_, names[id_]) for id_ in ids)
    return tuple(sorted(diseases, key=lambda disease: disease.id))


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

"""Which findings occur in which disease, and how often; read by :mod:`~knowledge.medical.hpoa`."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import KnowledgeError

from .case import Sex
from .ontology import Ontology

_ONSET_YEARS = {  # age at which each begins, as HPO defines it; before birth is -1
    "Antenatal onset": -1.0,
    "Congenital onset": 0.0,
    "Neonatal onset": 0.0,
    "Infantile onset": 0.0,
    "Childhood onset": 1.0,
    "Juvenile onset": 5.0,
    "Adult onset": 16.0,
    "Young adult onset": 16.0,
    "Middle age onset": 40.0,
    "Late onset": 60.0,
}
UNSTATED = 0.5
"""Frequency assumed where the source gives none."""
_IMPLIED = ("implied_start", "implied_disease", "implied_row")
SEXES = {"": None, "MALE": Sex.MALE, "FEMALE": Sex.FEMALE}
"""As the annotation file writes them."""


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
    """One disease; entries of two sources that :mod:`~knowledge.medical.twins` finds to be the same are joined.

    Attributes:
        id: ``OMIM:...``, ``ORPHA:...`` or ``DECIPHER:...``; OMIM's when sources were joined.
        name: as the source of ``id`` writes it.
        aliases: ids of the entries joined into this one.
        inheritance: modes, ``Autosomal dominant``.
        onset: when it begins, in HPO's words, ``Infantile onset``.
        other_names: differing names of the entries joined into this one.
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
        return min((_ONSET_YEARS[onset] for onset in self.onset), default=None)


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
        """Annotations of a disease, one per finding.

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
            sex=SEXES[sex],
            onset=onset,
        )

    @cached_property
    def by_disease(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
        """``implied_*`` by disease: disease ``i`` has the findings ``term[start[i] : start[i + 1]]``.

        Returns:
            ``start``, ``term`` (ascending for each disease) and the ``row`` of the annotation that says so.
        """
        order = np.argsort(self.implied_disease, kind="stable")
        counts = np.bincount(self.implied_disease, minlength=len(self.diseases))
        of_term = np.repeat(np.arange(len(self.codes), dtype=np.int32), np.diff(self.implied_start))
        return np.concatenate(([0], np.cumsum(counts))), of_term[order], self.implied_row[order]

    def implied(self, place: int) -> dict[int, int]:
        """Every finding that disease ``place`` has, or has one below -> row of the annotation that says so."""
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
